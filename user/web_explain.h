/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the web process asks the agent: why a source is treated as it is. Questions are asked one
 * after another; nobody else waits for their answers.
 */
#ifndef SIPSHIELD_WEB_EXPLAIN_H
#define SIPSHIELD_WEB_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/types.h"
#include "user/instance.h"

#define WEB_QUESTIONS_MAX 4 /* that wait at one time */

/* One question, the caller's; `answered` is called once, unless it is dropped before. */
struct web_question {
	struct addr address;
	double until; /* seconds, by the clock of web_explain_round() */
	char *answer; /* after it: the text, to be freed, or NULL: there is none */
	size_t len;   /* of it, bytes */
	bool waits;   /* for an answer */
	void (*answered)(struct web_question *question);
};

struct web_explain {
	char path[INSTANCE_PATH_LEN]; /* of the agent's socket */
	int fd;			      /* -1: none */
	size_t waiting;
	size_t late; /* answers that are to come and that nobody waits for any more */
	struct web_question *question[WEB_QUESTIONS_MAX]; /* the first one is asked */
};

/* Connects at once if the agent runs, while that is permitted. */
void web_explain_open(const char *dev, struct web_explain *out);

/* Returns 0; -EBUSY: too many wait; or the negative errno of a connection that cannot be had. */
int web_explain_ask(struct web_explain *explain, struct web_question *question, double now);
/* Nobody wants the answer any more. */
void web_explain_drop(struct web_explain *explain, const struct web_question *question);

/* To be called when the descriptor can be read, and now and then. */
void web_explain_round(struct web_explain *explain, double now);

#endif
