/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the agent does once a second, and a replay once a second of the capture: judges the
 * suspects, bans, lets what is over expire.
 */
#ifndef SIPSHIELD_ROUND_H
#define SIPSHIELD_ROUND_H

#include "user/score.h"
#include "user/store.h"

#define ROUND_NS 1000000000ULL
/* For score_new: twice the suspects that the kernel can name at once. */
#define ROUND_SOURCES_MAX 16384

/*
 * Called for each decision to ban. error: 0 when the ban is in force, -EPERM when the policy or
 * the never-ban set protects the source, or another negative errno of store_ban.
 */
typedef void round_decided(const struct addr *key, const struct score_decision *decision, int error,
			   void *arg);

/*
 * One round at now_ns, in the clock of the maps. The order of its decisions depends on the
 * addresses alone. decided may be NULL. Returns how many bans were made, or a negative errno;
 * what expired is deleted in any case.
 */
int agent_round(struct store *store, struct score *score, __u64 now_ns, round_decided *decided,
		void *arg);

#endif
