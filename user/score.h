/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Escalation: from what the maps say of a source to a ban or nothing. Pure: time is an argument.
 */
#ifndef SIPSHIELD_SCORE_H
#define SIPSHIELD_SCORE_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/types.h"

struct score; /* what the agent remembers of suspects; bounded */

/* What to do about one suspect. */
struct score_decision {
	bool ban;
	__u32 level; /* step of the ladder, from 1 */
	__u64 ttl_seconds;
	char sentence[BAN_NOTE_LEN]; /* why, for people */
};

struct score *score_new(size_t sources_max);
void score_free(struct score *score);

/*
 * Can there be a ban on what is known of a suspect? Most have done too little in all their time: of
 * a forged flood each source is one, and need not be looked up any further.
 */
bool score_heeds(const struct suspect *suspect);

/*
 * Judges one suspect at a round of the agent. standing is NULL for an unknown source. Only
 * sources proven reachable are ever banned; those in good standing are not, since others can send
 * in their name: what is wrong with their packets is dropped packet by packet. A decision counts
 * as carried out: the next one needs evidence of its own.
 */
void score_judge(struct score *score, const struct addr *key, const struct suspect *suspect,
		 const struct standing *standing, __u64 now_ns, struct score_decision *out);

#endif
