// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/web_serve.h"

#include <arpa/inet.h>
#include <errno.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/expo.h"
#include "user/scrape.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* A scraper, a few people and a reverse proxy; each may be idle for some seconds. */
#define CONNECTIONS_MAX 32
#define CONNECTION_SECONDS 10
#define CONNECTION_BYTES 16384

#define TEXT_PLAIN "text/plain; charset=utf-8"

struct web {
	const struct scrape *scrape;
	struct snapshot *snapshot; /* room for one reading; requests are answered one after another */
};

/* What is sent back. */
struct page {
	unsigned int status;
	const char *type;
	FILE *body;
};

static void metrics_page(const struct web *web, const char *accept, struct page *page)
{
	enum expo_format format = expo_negotiate(accept);

	page->type = expo_content_type(format);
	expo_print(web->snapshot, format, page->body);
}

static void health_page(const struct web *web, const char *accept, struct page *page)
{
	(void)accept;
	if (!snapshot_enforcing(web->snapshot))
		page->status = MHD_HTTP_SERVICE_UNAVAILABLE;
	fputs(snapshot_enforcing(web->snapshot) ? "enforcing\n" : "not enforcing\n", page->body);
}

static void front_page(const struct web *web, const char *accept, struct page *page)
{
	(void)accept;
	page->type = "text/html; charset=utf-8";
	fprintf(page->body,
		"<!DOCTYPE html>\n<html lang=\"en\"><head><title>sipshield</title></head><body>\n"
		"<h1>sipshield %s</h1>\n<p>%s.</p>\n<ul>\n"
		"<li><a href=\"/metrics\">/metrics</a>: OpenMetrics or Prometheus text</li>\n"
		"<li><a href=\"/healthz\">/healthz</a>: 200 if it is enforcing, else 503</li>\n"
		"</ul>\n</body></html>\n",
		web->snapshot->version,
		snapshot_enforcing(web->snapshot) ? "Enforcing" : "<strong>Not enforcing</strong>");
}

static const struct {
	const char *path;
	void (*write)(const struct web *web, const char *accept, struct page *page);
} routes[] = {
	{ "/metrics", metrics_page },
	{ "/healthz", health_page },
	{ "/", front_page },
};

/* Every page shows numbers, so every page reads them first. */
static void route(const struct web *web, const char *url, const char *accept, struct page *page)
{
	size_t i = 0;
	int err;

	while (i < ARRAY_LEN(routes) && strcmp(routes[i].path, url))
		i++;
	if (i == ARRAY_LEN(routes)) {
		page->status = MHD_HTTP_NOT_FOUND;
		fputs("There is /metrics, /healthz and /.\n", page->body);
		return;
	}
	err = scrape_read(web->scrape, web->snapshot);
	if (err) {
		page->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
		fprintf(page->body, "The maps cannot be read: %s.\n", strerror(-err));
		return;
	}
	routes[i].write(web, accept, page);
}

static enum MHD_Result send_page(struct MHD_Connection *connection, unsigned int status,
				 const char *type, char *body, size_t len)
{
	struct MHD_Response *response;
	enum MHD_Result result;

	response = MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE);
	if (!response) {
		free(body);
		return MHD_NO;
	}
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
	MHD_add_response_header(response, "Content-Security-Policy", "default-src 'self'");
	MHD_add_response_header(response, "X-Content-Type-Options", "nosniff");
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static bool is_reading(const char *method)
{
	return !strcmp(method, MHD_HTTP_METHOD_GET) || !strcmp(method, MHD_HTTP_METHOD_HEAD);
}

/*
 * Called with the header, then for each piece of a body, then at the end; an answer before the end
 * closes the connection. A request that asks for something has no body worth reading.
 */
static bool is_complete(void **request, size_t *upload_len)
{
	static const char begun;
	bool first = !*request, last = !first && !*upload_len;

	*request = (void *)&begun;
	*upload_len = 0;
	return last;
}

static enum MHD_Result answer(void *arg, struct MHD_Connection *connection, const char *url,
			      const char *method, const char *version, const char *upload,
			      size_t *upload_len, void **request)
{
	struct page page = { .status = MHD_HTTP_OK, .type = TEXT_PLAIN };
	const char *accept;
	char *body = NULL;
	size_t len = 0;

	(void)version, (void)upload;
	if (is_reading(method) && !is_complete(request, upload_len))
		return MHD_YES;
	page.body = open_memstream(&body, &len);
	if (!page.body)
		return MHD_NO;
	accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND, MHD_HTTP_HEADER_ACCEPT);
	if (is_reading(method)) {
		route(arg, url, accept, &page);
	} else {
		page.status = MHD_HTTP_METHOD_NOT_ALLOWED;
		fputs("Only GET and HEAD.\n", page.body);
	}
	if (fclose(page.body)) {
		free(body);
		return MHD_NO;
	}
	return send_page(connection, page.status, page.type, body, len);
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

int web_serve(int listener, const struct scrape *scrape)
{
	struct web web = { .scrape = scrape, .snapshot = calloc(1, sizeof(*web.snapshot)) };
	struct MHD_Daemon *daemon;

	if (!web.snapshot)
		return -ENOMEM;
	daemon = MHD_start_daemon(MHD_USE_EPOLL, 0, NULL, NULL, answer, &web,
				  MHD_OPTION_LISTEN_SOCKET, listener, MHD_OPTION_CONNECTION_LIMIT,
				  CONNECTIONS_MAX, MHD_OPTION_CONNECTION_TIMEOUT,
				  CONNECTION_SECONDS, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
				  (size_t)CONNECTION_BYTES, MHD_OPTION_END);
	if (daemon) {
		while (MHD_run_wait(daemon, -1) == MHD_YES)
			;
		MHD_stop_daemon(daemon);
	}
	free(web.snapshot);
	return -EIO;
}
