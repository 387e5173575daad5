/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent's part of the alarm for packets that get past the program: reads the counters, says
 * when the alarm begins and ends, and marks it in the maps for whoever reads them.
 */
#ifndef SIPSHIELD_AGENT_SIGHT_H
#define SIPSHIELD_AGENT_SIGHT_H

#include "user/blind.h"
#include "user/store.h"

/* All 0 at first. */
struct sight {
	struct blind blind;
	__u64 since_ns; /* of the alarm */
};

/* The counters of both sides, in the order that blind.h asks for. Returns 0 or a negative errno. */
int sight_read(const struct store *store, const char *dev, bool native, struct blind_reading *out);

/* Once a second while the program is attached. 0: the counters were compared. */
int sight_round(struct sight *sight, struct store *store, const char *dev, bool native);

/* The program is not attached: what is counted from now on is no continuation. */
void sight_interrupted(struct sight *sight);

#endif
