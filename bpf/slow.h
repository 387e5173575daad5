/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A memory of days for strangers that ask in vain: who never proves anything has no entry of his
 * own anywhere, and a scanner that asks a few times a day is otherwise new each time. Its requests
 * cost more events of the same budgets, so that it may be wrong at little harm: an address that
 * was forged for days still registers with its first tries.
 *
 * A source has two cells, which it shares with others. One that counts a source makes room for
 * another with a chance that halves with each event it has counted (after HeavyKeeper, Gong et
 * al. 2018), and its count halves each day. Pure: time and chance are arguments.
 */
#ifndef SIPSHIELD_SLOW_H
#define SIPSHIELD_SLOW_H

#include "bpf/env.h"
#include "maps/types.h"

/* A cell: 32 bits of the hash, 16 of the count, 16 of the time in 2^42 ns (73 min). 0: free. */
#define SLOW_TIME_SHIFT 42
#define SLOW_HALF_LIFE 20  /* units, 24.4 h */
#define SLOW_COUNT_MAX 256 /* a source that stops is forgotten after nine days */
#define SLOW_SAFE 24	   /* a count that no other source takes anything off */

#define SLOW_PRICE_MAX 8U /* of 40 REGISTERs at once five are left */
#define SLOW_CHALLENGE 4U /* a challenge counts with one chance in so many */

static __always_inline __u16 slow_time(__u64 now_ns)
{
	return now_ns >> SLOW_TIME_SHIFT;
}

/* The first of a source's two cells; the other is its neighbour, index ^ 1. */
static __always_inline __u32 slow_index(__u64 hash)
{
	return hash & (SLOW_CELLS - 1);
}

static __always_inline __u32 slow_halvings(__u64 cell, __u64 now_ns)
{
	return (__u16)(slow_time(now_ns) - (__u16)cell) / SLOW_HALF_LIFE;
}

/* What a cell counts by now, whoever it is. */
static __always_inline __u32 slow_count(__u64 cell, __u64 now_ns)
{
	__u32 halvings = slow_halvings(cell, now_ns);

	return halvings < 16 ? (cell >> 16 & 0xffff) >> halvings : 0;
}

static __always_inline int slow_is(__u64 cell, __u64 hash)
{
	return cell >> 32 == hash >> 32;
}

/* The cell after a source's event. `chance` is random. */
static __always_inline __u64 slow_add(__u64 cell, __u64 hash, __u64 now_ns, __u32 chance)
{
	__u32 count = slow_count(cell, now_ns);
	__u16 since = (__u16)cell + slow_halvings(cell, now_ns) * SLOW_HALF_LIFE;

	if (!count || (!slow_is(cell, hash) && count == 1 && chance & 1))
		return (hash & ~0xffffffffULL) | 1 << 16 | slow_time(now_ns);
	if (slow_is(cell, hash))
		count += count < SLOW_COUNT_MAX;
	else if (count > 1 && count < SLOW_SAFE && !(chance & ((1U << count) - 1)))
		count--;
	return (cell & ~0xffffffffULL) | count << 16 | since;
}

/* The cell after a source's success: half is forgiven, but never more than the source's own. */
static __always_inline __u64 slow_forgive(__u64 cell, __u64 hash)
{
	__u64 count = cell >> 16 & 0xffff;

	if (!slow_is(cell, hash))
		return cell;
	return count < 2 ? 0 : (cell & ~0xffff0000ULL) | count / 2 << 16;
}

/* Which of a source's two cells is to count its event: its own, else the one that counts less. */
static __always_inline int slow_pick(__u64 first, __u64 second, __u64 hash, __u64 now_ns)
{
	if (slow_is(first, hash))
		return 0;
	if (slow_is(second, hash))
		return 1;
	return slow_count(second, now_ns) < slow_count(first, now_ns);
}

/* Events of its budgets that a request costs a source with these two cells: 1, 2, 4 or 8. */
static __always_inline __u32 slow_price(__u64 first, __u64 second, __u64 hash, __u64 now_ns)
{
	__u32 count = 0;

	if (slow_is(first, hash))
		count = slow_count(first, now_ns);
	else if (slow_is(second, hash))
		count = slow_count(second, now_ns);
	if (count < 8)
		return 1;
	if (count < 16)
		return 2;
	return count < 32 ? 4 : SLOW_PRICE_MAX;
}

/* What an answer does to its peer's cell. */
enum slow_verdict { SLOW_NOTHING, SLOW_COUNTS, SLOW_FORGIVES };

/*
 * What a final answer to a stranger says. Not whether it rejects credentials: none of a stranger
 * has been proven to be its own. OPTIONS find out users, too, but anybody's are accepted. `chance`
 * is random; slow_add() takes other bits of it.
 */
static __always_inline enum slow_verdict slow_verdict(__u16 status, __u8 method, __u32 chance)
{
	if (method == SIP_METHOD_BYE || method == SIP_METHOD_CANCEL || method == SIP_METHOD_NOTIFY)
		return SLOW_NOTHING;
	if (status >= 200 && status < 300)
		return method == SIP_METHOD_OPTIONS ? SLOW_NOTHING : SLOW_FORGIVES;
	if (status == 403 || status == 404 || status == 410 || status == 484 || status == 604)
		return SLOW_COUNTS;
	if ((status == 401 || status == 407) && !((chance >> 30) % SLOW_CHALLENGE))
		return SLOW_COUNTS;
	return SLOW_NOTHING;
}

#endif
