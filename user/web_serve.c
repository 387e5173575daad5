// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/web_serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/addr.h"
#include "user/asset.h"
#include "user/cmd.h"
#include "user/request.h"
#include "user/web_explain.h"
#include "user/web_pages.h"
#include "user/web_stream.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* A scraper, a few people and a reverse proxy; each may be idle for some seconds. */
#define CONNECTIONS_MAX 32
#define CONNECTION_SECONDS 10
#define CONNECTION_BYTES 16384

/* Between two readings while somebody looks, and while nobody does. */
#define LIVE_SECONDS 1
#define REST_SECONDS 2

#define TEXT_PLAIN "text/plain; charset=utf-8"

struct web {
	struct web_pages pages;
	struct stream stream;
	struct web_explain *explain;
	double due; /* of the next reading, seconds */
};

/* A request from its header to its end. */
struct request {
	bool begun;
	struct MHD_Connection *connection;
	struct web *web;
	struct web_question question;
};

static double now_seconds(void)
{
	return (double)cmd_now() / 1e9;
}

static const char *header(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_HEADER_KIND, name);
}

static const char *argument(struct MHD_Connection *connection, const char *name)
{
	return MHD_lookup_connection_value(connection, MHD_GET_ARGUMENT_KIND, name);
}

/* Takes over the response. */
static enum MHD_Result send_response(struct MHD_Connection *connection, unsigned int status,
				     const char *type, const char *cache,
				     struct MHD_Response *response)
{
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(response, "Content-Security-Policy", "default-src 'self'");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(response, "X-Frame-Options", "DENY");
	MHD_add_response_header(response, "Cross-Origin-Resource-Policy", "same-origin");
	MHD_add_response_header(response, "Referrer-Policy", "no-referrer");
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, cache);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

/* body is freed by whoever sends it. */
static enum MHD_Result send_body(struct MHD_Connection *connection, unsigned int status,
				 const char *type, char *body, size_t len)
{
	struct MHD_Response *response =
		MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE);

	if (!response)
		free(body);
	return send_response(connection, status, type, "no-store", response);
}

static enum MHD_Result send_words(struct MHD_Connection *connection, unsigned int status,
				  const char *words)
{
	return send_response(connection, status, TEXT_PLAIN, "no-store",
			     MHD_create_response_from_buffer(strlen(words), (void *)words,
							     MHD_RESPMEM_PERSISTENT));
}

/* Files stay as they are for as long as the process runs: asked again, the tag is enough. */
static enum MHD_Result send_asset(struct MHD_Connection *connection, const struct asset *asset)
{
	bool known = asset_known(asset, header(connection, MHD_HTTP_HEADER_IF_NONE_MATCH));
	struct MHD_Response *response =
		MHD_create_response_from_buffer(known ? 0 : (size_t)(asset->end - asset->begin),
						(void *)asset->begin, MHD_RESPMEM_PERSISTENT);

	if (response)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ETAG, asset->tag);
	return send_response(connection, known ? MHD_HTTP_NOT_MODIFIED : MHD_HTTP_OK,
			     asset_type(asset), "no-cache", response);
}

static enum MHD_Result send_stream(struct web *web, struct MHD_Connection *connection)
{
	struct MHD_Response *response = stream_join(&web->stream, connection);

	if (!response)
		return send_words(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
				  "So many look already; /api/snapshot has the same.\n");
	web->due = 0;
	return send_response(connection, MHD_HTTP_OK, "text/event-stream", "no-store", response);
}

static void on_answer(struct web_question *question)
{
	struct request *request =
		(struct request *)((char *)question - offsetof(struct request, question));

	MHD_resume_connection(request->connection);
}

static enum MHD_Result send_answer(struct MHD_Connection *connection, struct request *request)
{
	char *answer = request->question.answer;

	request->question.answer = NULL;
	if (!answer)
		return send_words(
			connection, MHD_HTTP_GATEWAY_TIMEOUT,
			"The agent gave no answer; try again, or: sipshield explain ADDR\n");
	return send_body(connection, MHD_HTTP_OK, "application/json", answer,
			 request->question.len);
}

/* NULL: none, or the unspecified address, which is nobody's. */
static const char *source_argument(struct MHD_Connection *connection)
{
	const char *text = argument(connection, "addr");

	return text && text[strspn(text, "0:.")] ? text : NULL;
}

/* About one source, or with the address :: about the last decisions. */
static enum MHD_Result ask_agent(struct web *web, struct MHD_Connection *connection,
				 const char *address, struct request *request)
{
	int err;

	if (request->question.until > 0)
		return send_answer(connection, request);
	if (!address || addr_parse(address, &request->question.address))
		return send_words(connection, MHD_HTTP_BAD_REQUEST,
				  "That is no IPv4 or IPv6 address. "
				  "For example: /api/source?addr=198.51.100.7\n");
	request->connection = connection;
	request->question.answered = on_answer;
	err = web_explain_ask(web->explain, &request->question, now_seconds());
	if (err)
		return send_words(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
				  err == -EBUSY ? "So many ask already; try again.\n"
						: "The agent does not run, or may not be asked; "
						  "sipshield explain ADDR needs no agent.\n");
	MHD_suspend_connection(connection);
	return MHD_YES;
}

static enum MHD_Result send_page(struct web *web, struct MHD_Connection *connection,
				 const char *path)
{
	struct web_ask ask = { .accept = header(connection, MHD_HTTP_HEADER_ACCEPT),
			       .range = argument(connection, "range") };
	struct web_page page = { .status = MHD_HTTP_OK, .type = TEXT_PLAIN };
	const struct asset *asset = asset_find(path);
	char *body = NULL;
	size_t len = 0;
	int err;

	if (asset)
		return send_asset(connection, asset);
	page.body = open_memstream(&body, &len);
	if (!page.body)
		return MHD_NO;
	err = web_page_write(&web->pages, path, &ask, &page);
	if (err) {
		page.status = MHD_HTTP_NOT_FOUND;
		fputs("There is /, /metrics, /healthz, /api/snapshot, /api/stream, "
		      "/api/history?range=15m, /api/decisions and "
		      "/api/source?addr=198.51.100.7.\n",
		      page.body);
	}
	if (fclose(page.body)) {
		free(body);
		return MHD_NO;
	}
	return send_body(connection, page.status, page.type, body, len);
}

static bool is_reading(const char *method)
{
	return !strcmp(method, MHD_HTTP_METHOD_GET) || !strcmp(method, MHD_HTTP_METHOD_HEAD);
}

/* NULL: nothing is wrong with who asks and how. */
static const char *refusal(struct MHD_Connection *connection, const char *url, const char *method,
			   unsigned int *status)
{
	if (!is_reading(method)) {
		*status = MHD_HTTP_METHOD_NOT_ALLOWED;
		return "Only GET and HEAD.\n";
	}
	*status = MHD_HTTP_FORBIDDEN;
	if (!request_is_local(header(connection, MHD_HTTP_HEADER_HOST)))
		return "Only as 127.0.0.1, localhost or [::1]; a reverse proxy sets the Host header to "
		       "one of these.\n";
	if (!strncmp(url, "/api/", 5) && request_is_foreign(header(connection, "Sec-Fetch-Site")))
		return "Not for the pages of other sites.\n";
	return NULL;
}

static enum MHD_Result route(struct web *web, struct MHD_Connection *connection, const char *url,
			     const char *method, struct request *request)
{
	unsigned int status;
	const char *why = refusal(connection, url, method, &status);

	if (why)
		return send_words(connection, status, why);
	if (!strcmp(url, "/api/stream") && !strcmp(method, MHD_HTTP_METHOD_GET))
		return send_stream(web, connection);
	if (!strcmp(url, "/api/source"))
		return ask_agent(web, connection, source_argument(connection), request);
	if (!strcmp(url, "/api/decisions"))
		return ask_agent(web, connection, "::", request);
	return send_page(web, connection, url);
}

/*
 * Called with the header, then for each piece of a body, then at the end; an answer before the end
 * closes the connection. A request that asks for something has no body worth reading.
 */
static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_len, void **state)
{
	struct request *request = *state;
	struct web *web = arg;
	bool complete;

	(void)version, (void)upload;
	if (!request) {
		request = calloc(1, sizeof(*request));
		if (!request)
			return MHD_NO;
		request->web = web;
		*state = request;
	}
	complete = request->begun && !*upload_len;
	request->begun = true;
	*upload_len = 0;
	if (is_reading(method) && !complete)
		return MHD_YES;
	return route(web, connection, url, method, request);
}

static void on_end(void *arg, struct MHD_Connection *connection, void **state,
		   enum MHD_RequestTerminationCode why)
{
	struct web *web = arg;
	struct request *request = *state;

	(void)connection, (void)why;
	if (!request)
		return;
	if (request->question.waits)
		web_explain_drop(web->explain, &request->question);
	free(request->question.answer);
	free(request);
	*state = NULL;
}

int web_listen(unsigned short port)
{
	const struct sockaddr_in local = { .sin_family = AF_INET,
					   .sin_port = htons(port),
					   .sin_addr.s_addr = htonl(INADDR_LOOPBACK) };
	const int on = 1;
	int fd, err;

	fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return -errno;
	if (!setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) &&
	    !bind(fd, (const struct sockaddr *)&local, sizeof(local)) &&
	    !listen(fd, CONNECTIONS_MAX))
		return fd;
	err = -errno;
	close(fd);
	return err;
}

/* One reading for the past and for everybody who looks. */
static void read_all(struct web *web)
{
	char trouble[128];
	int err;
	char *text = web_pages_reading(&web->pages, &err);

	if (text) {
		stream_publish(&web->stream, "snapshot", text);
	} else {
		snprintf(trouble, sizeof(trouble), "{\"error\":\"The maps cannot be read: %s\"}",
			 strerror(-err));
		stream_publish(&web->stream, "trouble", trouble);
	}
	free(text);
}

static int wait_ms(struct MHD_Daemon *daemon, double left)
{
	double ms = left > 0 ? left * 1000 + 1 : 0;
	MHD_UNSIGNED_LONG_LONG asked;

	if (MHD_get_timeout(daemon, &asked) == MHD_YES && (double)asked < ms)
		ms = (double)asked;
	return (int)ms;
}

static int serve(struct web *web, struct MHD_Daemon *daemon)
{
	const union MHD_DaemonInfo *info = MHD_get_daemon_info(daemon, MHD_DAEMON_INFO_EPOLL_FD);
	double now;

	if (!info)
		return -ENOTSUP;
	for (;;) {
		struct pollfd fds[] = { { .fd = info->epoll_fd, .events = POLLIN },
					{ .fd = web->explain->fd, .events = POLLIN } };

		if (poll(fds, ARRAY_LEN(fds), wait_ms(daemon, web->due - now_seconds())) < 0 &&
		    errno != EINTR)
			return -errno;
		now = now_seconds();
		web_explain_round(web->explain, now);
		if (now >= web->due) {
			read_all(web);
			web->due = now + (web->stream.clients ? LIVE_SECONDS : REST_SECONDS);
		}
		if (MHD_run(daemon) != MHD_YES)
			return -EIO;
	}
}

int web_serve(int listener, const struct scrape *scrape, struct web_explain *explain)
{
	struct web web = { .explain = explain };
	struct MHD_Daemon *daemon;
	int err = web_pages_open(scrape, &web.pages);

	if (err)
		return err;
	daemon = MHD_start_daemon(MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME, 0, NULL, NULL, answer,
				  &web, MHD_OPTION_LISTEN_SOCKET, listener,
				  MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
				  MHD_OPTION_CONNECTION_TIMEOUT, CONNECTION_SECONDS,
				  MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES,
				  MHD_OPTION_NOTIFY_COMPLETED, on_end, &web, MHD_OPTION_END);
	err = daemon ? serve(&web, daemon) : -EIO;
	if (daemon)
		MHD_stop_daemon(daemon);
	web_pages_close(&web.pages);
	return err;
}
