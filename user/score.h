/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Escalation: from what the maps say of a source to a step of the ladder or nothing. Pure: time is
 * an argument.
 */
#ifndef SIPSHIELD_SCORE_H
#define SIPSHIELD_SCORE_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/types.h"
#include "user/transition.h"

/*
 * How long the packet path keeps a source tight if the agent is not there to end or renew it; the
 * agent does so after a quiet day.
 */
#define SCORE_TIGHT_NS (26 * 3600 * 1000000000ULL)

struct score; /* what the agent remembers of sources; bounded */

/* What the maps say of one source. */
struct score_facts {
	const struct suspect *suspect;	 /* NULL: none */
	const struct standing *standing; /* NULL: a stranger */
	const struct ban *ban;		 /* NULL: none; may be past its time */
	bool protected;			 /* by the policy or the never-ban set */
	bool frozen;			 /* no new bans for now */
};

struct score *score_new(size_t sources_max); /* NULL: no memory */
void score_free(struct score *score);

/*
 * Can there be a step on what is known of a suspect? Most have done too little in all their time:
 * of a forged flood each source is one, and need not be looked up any further.
 */
bool score_heeds(const struct suspect *suspect);

/*
 * Judges one source at a round of the agent. true: *out is a decision and counts as carried out
 * (the next ban needs evidence of its own), and the source is to be judged again. If from and to
 * are equal, a step is to be renewed and there is nothing to tell. id, prefix and error are the
 * caller's.
 *
 * Only sources proven reachable are ever banned. Those that are trusted are not, since others can
 * send in their name: what is wrong with their packets is dropped packet by packet. Of strangers
 * nothing is remembered.
 */
bool score_judge(struct score *score, const struct addr *key, const struct score_facts *facts,
		 __u64 now_ns, struct transition *out);

/* A decision could not be carried out: the source stands where it stood, the evidence is used up. */
void score_refused(struct score *score, const struct transition *decision);

/* Calls fn for each source that is to be judged at now_ns even if nothing new is known of it. */
void score_each_due(const struct score *score, __u64 now_ns,
		    void (*fn)(const struct addr *key, void *arg), void *arg);

#endif
