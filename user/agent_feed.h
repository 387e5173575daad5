/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The live feed: the ring buffer of events has one reader, the agent, which passes them on, and its
 * own decisions with them, over the socket /run/sipshield/DEV.events. Each message is a JSON object:
 * an event as event_json() has it, or a decision as transition_json() has it with "kind": "decision"
 * and "text". Whoever reads too slowly is told later how many it missed ("kind": "lost", "events").
 */
#ifndef SIPSHIELD_AGENT_FEED_H
#define SIPSHIELD_AGENT_FEED_H

#include <systemd/sd-event.h>

#include "user/transition.h"

#define FEED_SOCKET "events"   /* for instance_path() */
#define FEED_MESSAGE_MAX 4096U /* bytes */

struct feed;

/* Returns 0 or a negative errno. */
int feed_open(sd_event *loop, const char *dev, struct feed **out);
void feed_close(struct feed *feed);

/* Each costs nothing while nobody listens. feed may be NULL. */
void feed_event(struct feed *feed, const struct event *event, const char *signature);
void feed_transition(struct feed *feed, const struct transition *transition);

#endif
