/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The strangers' lanes follow the server's health: once a second in the agent, once a second of the
 * capture in a replay.
 */
#ifndef SIPSHIELD_LANES_H
#define SIPSHIELD_LANES_H

#include "user/health.h"
#include "user/store.h"

/* Does this lane follow? Those of responses and of what is no SIP ask nothing of the server. */
bool lane_follows(enum lane lane);

/* The limit of a lane that is in force at a time. */
static inline struct rate_limit lane_in_force(const struct lane_cell *cell,
					      const struct policy *policy, enum lane lane,
					      __u64 now_ns)
{
	return cell->set_until_ns > now_ns ? cell->set : policy->lane[lane];
}

/*
 * One step at now_ns, in the clock of the maps. report tells what is to be told. The lanes hold for a
 * few seconds only: nothing stays narrow when nobody looks. Returns 0 or a negative errno.
 */
int lanes_round(struct store *store, struct health_state *health, __u64 now_ns,
		struct health_report *report);

#endif
