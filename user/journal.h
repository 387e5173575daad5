/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The journal of what the agent decided: one JSON object a line, for people and programs, in a file
 * of bounded size beside an older one. It can be read while the agent is down. All functions that
 * return int return 0 or a negative errno.
 */
#ifndef SIPSHIELD_JOURNAL_H
#define SIPSHIELD_JOURNAL_H

#include <jansson.h>

#include "user/recent.h"
#include "user/transition.h"

#define JOURNAL_SIZE_MAX (4U << 20) /* bytes of a file; then it becomes the older one */

/* A moment by the clock of the maps and by the wall, to tell the one in terms of the other. */
struct journal_clock {
	__u64 now_ns;
	double wall; /* seconds since 1970 */
};

/* What time_ns of the maps was by the wall. */
static inline double journal_wall(const struct journal_clock *clock, __u64 time_ns)
{
	return clock->wall - (double)(__s64)(clock->now_ns - time_ns) / 1e9;
}

struct journal;

/* Continues the journal of an interface; last_id is the greatest in it, 0 if there is none. */
int journal_open(const char *dir, const char *dev, struct journal **out, __u64 *last_id);
void journal_close(struct journal *journal);

/* A line for a transition, with what was known of the source's packets. */
int journal_append(struct journal *journal, const struct transition *transition,
		   const struct journal_clock *clock, const struct recent_packet *packet,
		   size_t packets);

/*
 * Calls fn for each entry, the oldest first, until it returns non-zero, and returns that. A line
 * that is damaged is left out. No journal is an empty one.
 */
int journal_each(const char *dir, const char *dev, int (*fn)(json_t *entry, void *arg), void *arg);

/*
 * The same for some sources: entries of others, whose text `wanted` declines, are passed over
 * without being read as JSON, which takes thirty times as long as to find that text. len: bytes of
 * src, which has no NUL behind it.
 */
typedef bool journal_wanted(const char *src, size_t len, const void *arg);
int journal_each_of(const char *dir, const char *dev, journal_wanted *wanted,
		    int (*fn)(json_t *entry, void *arg), void *arg);

/* The same for the entries in the last `bytes` of each of the two files, as far as they are whole. */
int journal_each_late(const char *dir, const char *dev, long bytes,
		      int (*fn)(json_t *entry, void *arg), void *arg);

#endif
