/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How the server does: which requests it answers, how soon and with what. A request that is let
 * through waits in a table for its first answer. Of two that meet in a cell the older goes on waiting
 * and the other is not counted at all, so that a full table does not make the server look slow. Two
 * CPUs that race for a cell lose a sample.
 *
 * Requests are counted by the span of time that they came in, and their answers by the same: what of
 * a span is unanswered when the next one is over has been lost, or takes long.
 */
#ifndef SIPSHIELD_HEALTH_H
#define SIPSHIELD_HEALTH_H

#include "bpf/env.h"
#include "maps/types.h"

/* A cell: 40 bits of the transaction's hash, 24 of the time in 2^20 ns (1.05 ms). 0: free. */
#define PENDING_TIME_SHIFT 20
#define PENDING_TIME_MASK 0xffffffULL
#define PENDING_LIFE 4096ULL  /* units, 4.3 s: a later answer does not count */
#define PENDING_TAKEN 2048ULL /* units: so long another request leaves the cell alone */

#define HEALTH_SPAN_SHIFT 30 /* 2^30 ns, 1.07 s */

static __always_inline __u32 health_span(__u64 time_ns)
{
	return time_ns >> HEALTH_SPAN_SHIFT & (HEALTH_SPANS - 1);
}

static __always_inline __u32 pending_index(__u64 hash)
{
	return hash & (PENDING_CELLS - 1);
}

static __always_inline __u64 pending_cell(__u64 hash, __u64 now_ns)
{
	return (hash & ~PENDING_TIME_MASK) | (now_ns >> PENDING_TIME_SHIFT & PENDING_TIME_MASK);
}

/* Nanoseconds since the cell was written; those of 4.9 h ago look new. */
static __always_inline __u64 pending_age(__u64 cell, __u64 now_ns)
{
	return (((now_ns >> PENDING_TIME_SHIFT) - cell) & PENDING_TIME_MASK) << PENDING_TIME_SHIFT;
}

/* May a request wait in the cell? One that does so already stays as it is. */
static __always_inline int pending_free(__u64 cell, __u64 now_ns)
{
	return !cell || pending_age(cell, now_ns) > PENDING_TAKEN << PENDING_TIME_SHIFT;
}

/* Does this transaction wait in the cell, and may its answer count? */
static __always_inline int pending_waits(__u64 cell, __u64 hash, __u64 now_ns)
{
	return cell && !((cell ^ hash) & ~PENDING_TIME_MASK) &&
	       pending_age(cell, now_ns) <= PENDING_LIFE << PENDING_TIME_SHIFT;
}

/* Does a final answer say that the server, and not the request, is to blame? */
static __always_inline int health_overload(__u32 status)
{
	return status == 500 || status == 503 || status == 504;
}

/* A final answer: 200 to 699. */
static __always_inline void health_count(struct health *h, __u32 status)
{
	__u32 class = status / 100;

	barrier_var(class); /* or a compiler that knows the range drops the mask */
	h->status[class & 7]++;
	h->overload += health_overload(status);
}

/* The first answer to a request that came in age_ns ago. */
static __always_inline void health_first(struct health *h, __u64 age_ns, __u64 now_ns)
{
	h->answered[health_span(now_ns - age_ns)]++;
	h->wait_ns += age_ns;
}

#endif
