/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent explains sources to those who may not look themselves: the web process, which has no
 * capability. Over the socket /run/sipshield/DEV.sock, which root and the group sipshield can open.
 * A message is a source's address (struct addr), the answer is the document of `explain --json` on
 * one line, or a single line feed if it cannot be had. The address :: asks for the last decisions
 * about anybody: "decisions", the entries of the journal, the oldest first.
 */
#ifndef SIPSHIELD_AGENT_EXPLAIN_H
#define SIPSHIELD_AGENT_EXPLAIN_H

#include <systemd/sd-event.h>

#include "user/store.h"

#define EXPLAIN_SOCKET "sock"		/* for instance_path() */
#define EXPLAIN_ANSWER_MAX (128U << 10) /* bytes of an answer */

struct explainer;

/* The store and the strings must outlive it. Returns 0 or a negative errno. */
int explainer_open(sd_event *loop, const struct store *store, const char *dev,
		   const char *state_dir, struct explainer **out);
void explainer_close(struct explainer *explainer);

#endif
