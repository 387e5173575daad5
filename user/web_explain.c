// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/web_explain.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/agent_explain.h"
#include "user/agent_socket.h"

#define ANSWER_SECONDS 3

static int link_up(struct web_explain *explain)
{
	int fd;

	if (explain->fd >= 0)
		return 0;
	fd = agent_connect(explain->path, SOCK_NONBLOCK);
	if (fd < 0)
		return fd;
	explain->fd = fd;
	return 0;
}

static void link_down(struct web_explain *explain)
{
	if (explain->fd >= 0)
		close(explain->fd);
	explain->fd = -1;
	explain->late = 0;
}

void web_explain_open(const char *dev, struct web_explain *out)
{
	memset(out, 0, sizeof(*out));
	out->fd = -1;
	instance_path(dev, EXPLAIN_SOCKET, out->path);
	link_up(out); /* without an agent the first question tries again */
}

/* An agent that ended has left a connection that looks well until it is used. */
static int send_first(struct web_explain *explain)
{
	const struct addr *address = &explain->question[0]->address;
	int err = 0;

	for (int try = 0; try < 2; try++) {
		err = link_up(explain);
		if (err || send(explain->fd, address, sizeof(*address), MSG_NOSIGNAL) > 0)
			return err;
		err = -errno;
		link_down(explain);
	}
	return err;
}

static void forget(struct web_explain *explain, size_t i)
{
	explain->waiting--;
	memmove(&explain->question[i], &explain->question[i + 1],
		(explain->waiting - i) * sizeof(explain->question[0]));
}

/* The first one has its answer, or will have none; text may be NULL. */
static void settle(struct web_explain *explain, char *text, size_t len)
{
	struct web_question *question = explain->question[0];

	forget(explain, 0);
	question->waits = false;
	question->answer = text;
	question->len = len;
	question->answered(question);
}

/* What cannot even be asked is settled at once. */
static void ask_next(struct web_explain *explain)
{
	while (explain->waiting && send_first(explain))
		settle(explain, NULL, 0);
}

int web_explain_ask(struct web_explain *explain, struct web_question *question, double now)
{
	int err = 0;

	if (explain->waiting == WEB_QUESTIONS_MAX)
		return -EBUSY;
	question->until = now + ANSWER_SECONDS;
	explain->question[explain->waiting++] = question;
	if (explain->waiting == 1)
		err = send_first(explain);
	if (err)
		forget(explain, 0);
	question->waits = !err;
	return err;
}

void web_explain_drop(struct web_explain *explain, const struct web_question *question)
{
	size_t i = 0;

	while (i < explain->waiting && explain->question[i] != question)
		i++;
	if (i == explain->waiting)
		return;
	forget(explain, i);
	if (i)
		return;
	explain->late++;
	ask_next(explain);
}

/* Answers come in the order of the questions; one that nobody waits for any more comes, too. */
static void take_answer(struct web_explain *explain)
{
	ssize_t n = recv(explain->fd, NULL, 0, MSG_DONTWAIT | MSG_PEEK | MSG_TRUNC);
	char *text;

	if (n < 0 && errno == EAGAIN)
		return;
	text = n > 0 ? malloc((size_t)n) : NULL;
	if (!text || recv(explain->fd, text, (size_t)n, MSG_DONTWAIT) != n) {
		free(text);
		link_down(explain);
		ask_next(explain); /* of the agent that is there now, if one is */
		return;
	}
	if (explain->late) {
		explain->late--;
		free(text);
		return;
	}
	if (n <= 1) {
		free(text);
		text = NULL;
	}
	if (explain->waiting)
		settle(explain, text, (size_t)n);
	else
		free(text);
	ask_next(explain);
}

void web_explain_round(struct web_explain *explain, double now)
{
	if (explain->fd >= 0)
		take_answer(explain);
	while (explain->waiting && explain->question[0]->until < now) {
		explain->late++;
		settle(explain, NULL, 0);
		ask_next(explain);
	}
}
