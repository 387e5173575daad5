/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the agent does once a second, and a replay once a second of the capture: judges the sources
 * that something new speaks against, takes the steps of the ladder, lets what is over expire.
 */
#ifndef SIPSHIELD_ROUND_H
#define SIPSHIELD_ROUND_H

#include "user/score.h"
#include "user/store.h"

#define ROUND_NS 1000000000ULL
/* Sources in good standing that the agent looks at in a round; a replay looks at all of them. */
#define ROUND_ENTRIES 16384

struct round;

/* Called for each decision, in their order; t->error tells whether it is in force. */
typedef void round_told(const struct transition *t, void *arg);

/*
 * The store must outlive it. entries: how many entries of `standing` a round walks over, at least
 * 4,096. since_ns: sources that nothing spoke against since then are not judged for what was
 * before; 0: all are. first_id: of the first decision. NULL: no memory.
 */
struct round *round_new(struct store *store, size_t entries, __u64 since_ns, __u64 first_id);
void round_free(struct round *round);

/*
 * Takes back what only the rounds can end: the marks of narrow prefixes. Bans and tight limits end
 * by themselves and stay. Negative errno.
 */
int round_leave(struct round *round);

/* Something speaks against a source: the next round judges it, wherever its walk stands. */
void round_wake(struct round *round, const struct addr *key);

/*
 * One round at now_ns, in the clock of the maps. The order of its decisions depends on the
 * addresses alone. told may be NULL. Returns how many bans were made, or a negative errno; what
 * expired is deleted in any case.
 */
int round_run(struct round *round, __u64 now_ns, round_told *told, void *arg);

/* What the rounds have counted, as of the last one; counted_ns is 0 until a whole walk was done. */
const struct census *round_census(const struct round *round);

#endif
