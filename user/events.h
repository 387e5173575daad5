/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The ring buffer of sampled events, as lines of the log. The kernel keeps to a budget for each
 * reason; the log has one of its own for all of them together, so that a flood cannot fill a disk.
 */
#ifndef SIPSHIELD_EVENTS_H
#define SIPSHIELD_EVENTS_H

#include "user/store.h"

struct events;

/*
 * Called for each event, those too for which the log has no line left. signature: the name of the one
 * that hit, or NULL.
 */
typedef void events_told(const struct event *event, const char *signature, void *arg);

/* The store must outlive them. told may be NULL. */
int events_open(const struct store *store, events_told *told, void *arg, struct events **out);
void events_close(struct events *events);

int events_fd(const struct events *events); /* readable when there are events */
int events_read(struct events *events);	    /* logs what there is; how many, or -errno */

/* Once a second: grants more lines, and says now and then how many were left out. */
void events_round(struct events *events);

#endif
