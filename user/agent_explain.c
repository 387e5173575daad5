// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/agent_explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/agent_socket.h"
#include "user/cmd.h"
#include "user/explain_steps.h"
#include "user/instance.h"
#include "user/json.h"
#include "user/state_report.h"

#define CLIENTS_MAX 4
#define DECISIONS_MAX 20
/* A journal is read for each answer: what asks faster waits. */
#define ANSWERS_PER_SECOND 5
#define NS_PER_SECOND 1000000000ULL

struct client {
	struct explainer *explainer;
	sd_event_source *source; /* owns the descriptor; NULL: a free place */
};

struct explainer {
	const struct store *store;
	const char *dev;
	const char *state_dir;
	sd_event_source *listener;
	struct client client[CLIENTS_MAX];
	__u64 second; /* in which `answers` were given */
	unsigned int answers;
	char path[INSTANCE_PATH_LEN];
};

static void report_cleanup(struct state_report **report)
{
	free(*report);
}

static json_t *source_document(const struct explainer *explainer, const struct addr *address)
{
	__attribute__((cleanup(report_cleanup))) struct state_report *report =
		malloc(sizeof(*report));
	json_t *document;

	if (!report || state_report_read(explainer->store, explainer->dev, true, address,
					 explainer->state_dir, report))
		return NULL;
	document = state_report_json(report);
	state_report_free(report);
	return document;
}

static json_t *decisions_document(const struct explainer *explainer)
{
	json_t *document = json_document(), *decisions;

	if (explain_steps_last(explainer->state_dir, explainer->dev, DECISIONS_MAX, &decisions)) {
		json_decref(document);
		return NULL;
	}
	json_object_set_new(document, "dev", json_string(explainer->dev));
	json_object_set_new(document, "decisions", decisions);
	return document;
}

/* The document as text, to be freed; NULL: it cannot be had. */
static char *explained(const struct explainer *explainer, const struct addr *address)
{
	static const struct addr nobody;
	json_t *document = memcmp(address, &nobody, sizeof(nobody))
				   ? source_document(explainer, address)
				   : decisions_document(explainer);
	char *text = json_dumps(document, JSON_COMPACT | JSON_REAL_PRECISION(15));

	json_decref(document);
	if (text && strlen(text) <= EXPLAIN_ANSWER_MAX)
		return text;
	free(text);
	return NULL;
}

static bool may_answer(struct explainer *explainer)
{
	__u64 second = cmd_now() / NS_PER_SECOND;

	if (second != explainer->second)
		explainer->answers = 0;
	explainer->second = second;
	return explainer->answers++ < ANSWERS_PER_SECOND;
}

static void client_close(struct client *client)
{
	client->source = sd_event_source_unref(client->source);
}

static int on_question(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct client *client = arg;
	struct addr address;
	char *text = NULL;
	ssize_t n = recv(fd, &address, sizeof(address), MSG_DONTWAIT | MSG_TRUNC);

	(void)source;
	(void)revents;
	if (n < 0 && errno == EAGAIN)
		return 0;
	if (n != sizeof(address)) {
		client_close(client);
		return 0;
	}
	if (may_answer(client->explainer))
		text = explained(client->explainer, &address);
	if (send(fd, text ? text : "\n", text ? strlen(text) : 1, MSG_DONTWAIT | MSG_NOSIGNAL) < 0)
		client_close(client);
	free(text);
	return 0;
}

static int on_client(sd_event_source *source, int fd, uint32_t revents, void *arg)
{
	struct explainer *explainer = arg;
	int client = accept4(fd, NULL, NULL, SOCK_CLOEXEC | SOCK_NONBLOCK);
	size_t i = 0;

	(void)revents;
	if (client < 0)
		return 0;
	while (i < CLIENTS_MAX && explainer->client[i].source)
		i++;
	if (i == CLIENTS_MAX ||
	    sd_event_add_io(sd_event_source_get_event(source), &explainer->client[i].source, client,
			    EPOLLIN, on_question, &explainer->client[i]) < 0) {
		close(client);
		return 0;
	}
	explainer->client[i].explainer = explainer;
	sd_event_source_set_io_fd_own(explainer->client[i].source, 1);
	return 0;
}

int explainer_open(sd_event *loop, const struct store *store, const char *dev,
		   const char *state_dir, struct explainer **out)
{
	struct explainer *explainer = calloc(1, sizeof(*explainer));
	int fd, err;

	if (!explainer)
		return -ENOMEM;
	explainer->store = store;
	explainer->dev = dev;
	explainer->state_dir = state_dir;
	instance_path(dev, EXPLAIN_SOCKET, explainer->path);
	fd = agent_socket(explainer->path, CLIENTS_MAX);
	err = fd < 0 ? fd
		     : sd_event_add_io(loop, &explainer->listener, fd, EPOLLIN, on_client,
				       explainer);
	if (err < 0) {
		if (fd >= 0)
			close(fd);
		free(explainer);
		return err;
	}
	sd_event_source_set_io_fd_own(explainer->listener, 1);
	*out = explainer;
	return 0;
}

void explainer_close(struct explainer *explainer)
{
	if (!explainer)
		return;
	for (size_t i = 0; i < CLIENTS_MAX; i++)
		client_close(&explainer->client[i]);
	sd_event_source_unref(explainer->listener);
	unlink(explainer->path);
	free(explainer);
}
