/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sources that the agent remembers; bounded, the one that was not asked for the longest makes
 * room. For score.c alone. Pure.
 */
#ifndef SIPSHIELD_SCORE_MEMORY_H
#define SIPSHIELD_SCORE_MEMORY_H

#include "user/evidence.h"

/* A source in good standing that something spoke against. */
struct score_source {
	struct addr key;
	struct score_source *chain; /* next in the bucket */
	struct score_source *older; /* the list by use */
	struct score_source *newer;
	__u64 suspect_ns; /* first_ns of its record as a suspect */
	__u64 since_ns;	  /* the evidence of that record counts from here */
	struct evidence_base base;
	struct evidence_counts last; /* at the last round */
	__u64 hits_since_ns;	     /* its own hits count from here */
	__u32 last_hits;	     /* as of the last round, */
	__u32 last_weight;	     /* and what they weigh together */
	__u64 seen_ns;		     /* the latest that spoke against it, as of the last round */
	__u64 quiet_since_ns;	     /* the last evidence worth its step, or the last step down */
	__u64 ends_ns;		     /* of its ban */
	__u64 tight_ns;		     /* since when its limits are those of strangers */
	__u64 due_ns;		     /* when time alone changes something; 0: never */
	__u32 accepted;		     /* of its conduct, at the last round */
	__u8 step;		     /* enum step */
	__u8 level;		     /* of the last ban, less the quiet days; 0: none */
	__u8 rule;		     /* enum rule: what its step is for */
	bool waits;		     /* for the end of a grace or a freeze */
};

struct score_memory {
	size_t sources_max;
	size_t sources; /* the first ones of source are in use */
	size_t mask;
	struct score_source **bucket;
	struct score_source *source;
	struct score_source *oldest;
	struct score_source *newest;
};

/* At least one source. -ENOMEM. */
int score_memory_init(struct score_memory *memory, size_t sources_max);
void score_memory_free(struct score_memory *memory);

/* NULL: not remembered. One that is found is the newest from then on. */
struct score_source *score_memory_find(struct score_memory *memory, const struct addr *key);
/* A new one, all 0 but its key; it must not be there yet. */
struct score_source *score_memory_add(struct score_memory *memory, const struct addr *key);

#endif
