/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * GCRA, the leaky bucket as one time stamp (ITU-T I.371): a cell holds the theoretical arrival
 * time of the next event. An event conforms if that is not later than now + tolerance; it then
 * moves by one interval. One u64, moved by compare-and-swap: exact on any number of CPUs.
 * Pure: the clock is an argument.
 */
#ifndef SIPSHIELD_RATE_H
#define SIPSHIELD_RATE_H

#include "bpf/env.h"
#include "maps/types.h"

/* Tries of a swap that another CPU's swap may fail. */
#define RATE_TRIES 4

static __always_inline __u64 rate_later(__u64 a, __u64 b)
{
	return a > b ? a : b;
}

static __always_inline int rate_over(__u64 cell, __u64 now_ns, const struct rate_limit *limit)
{
	return limit->interval_ns && cell > now_ns + limit->tolerance_ns;
}

/*
 * Takes one event from a cell. Returns 1 if it conforms, else 0 and the cell is as it was; *after
 * (only if 1) is the cell's new value.
 */
static __always_inline int rate_take(__u64 *cell, __u64 now_ns, const struct rate_limit *limit,
				     __u64 *after)
{
	if (!limit->interval_ns)
		return 1;
	for (int i = 0; i < RATE_TRIES; i++) {
		__u64 old = *(volatile __u64 *)cell;
		__u64 new = rate_later(old, now_ns) + limit->interval_ns;

		if (old > now_ns + limit->tolerance_ns)
			return 0;
		if (__sync_val_compare_and_swap(cell, old, new) == old) {
			*after = new;
			return 1;
		}
	}
	return 0;
}

/*
 * One source's limit, kept in two cells that it shares with others by chance. The first decides.
 * Only if it is over while the second is far behind it, so that the first must have been filled
 * by another source, does the second decide. "Far" is 8 intervals: the second lags behind the
 * first by what is in flight on other CPUs, and that must not open it.
 */
#define RATE_RELIEF 8

/* Are both cells over, so that an event could not conform now? Touches nothing. */
static __always_inline int rate_pair_over(const __u64 *first, const __u64 *second, __u64 now_ns,
					  const struct rate_limit *limit)
{
	__u64 lag = limit->interval_ns * RATE_RELIEF;

	if (!rate_over(*first, now_ns, limit))
		return 0;
	return rate_over(*second, now_ns, limit) || *second + lag >= *first;
}

static __always_inline int rate_pair_take(__u64 *first, __u64 *second, __u64 now_ns,
					  const struct rate_limit *limit)
{
	__u64 after = 0;
	__u64 other;

	if (rate_take(first, now_ns, limit, &after)) {
		other = *(volatile __u64 *)second;
		if (other < after)
			__sync_val_compare_and_swap(second, other, after);
		return 1;
	}
	if (rate_pair_over(first, second, now_ns, limit))
		return 0;
	return rate_take(second, now_ns, limit, &after);
}

#endif
