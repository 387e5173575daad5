/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What an entry of `standing` is worth at some time. Pure: the kernel and userspace run the same
 * lines.
 */
#ifndef SIPSHIELD_EARNED_H
#define SIPSHIELD_EARNED_H

#include "bpf/env.h"
#include "bpf/token.h"
#include "maps/types.h"

#define EARNED_PERIOD_NS (7200ULL * 1000000000ULL) /* in which registered flows are counted */
#define EARNED_DEBT_MAX 64  /* rejected credentials that are held against it */
#define EARNED_DEBT_TIGHT 4 /* from here on a proven source is treated as a stranger */

/* Is it in good standing at all? */
static __always_inline int standing_live(const struct standing *s, __u64 now_ns)
{
	return s->expires_ns > now_ns;
}

/* Has it proven that it can be reached? Only then may it be banned. */
static __always_inline int standing_proven(const struct standing *s, __u64 now_ns)
{
	return standing_live(s, now_ns) && s->proven_ns;
}

static __always_inline enum standing_state standing_state_of(const struct standing *s, __u64 now_ns)
{
	if (!standing_live(s, now_ns))
		return STANDING_UNKNOWN;
	if (s->trusted_until_ns > now_ns)
		return STANDING_TRUSTED;
	return s->proven_ns ? STANDING_PROVEN : STANDING_UNKNOWN;
}

/* Registered flows behind the address: those of the better period. */
static __always_inline __u32 standing_flows(const struct standing *s)
{
	return s->flows > s->flows_new ? s->flows : s->flows_new;
}

/*
 * How many times the limits of its state it has: for each registered flow once, less what its
 * rejected credentials take, at least 1, at most max.
 */
static __always_inline __u32 standing_share(const struct standing *s, __u32 max)
{
	__u32 flows = standing_flows(s);
	__u32 debt = s->debt, share = flows > debt ? flows - debt : 1;

	return share < max ? share : max;
}

/* Whose limits it has: a source that failed too often has those of strangers, though not their lane. */
static __always_inline enum standing_state standing_row(const struct standing *s,
							enum standing_state state)
{
	if (state == STANDING_PROVEN && s->debt >= EARNED_DEBT_TIGHT)
		return STANDING_UNKNOWN;
	return state;
}

/*
 * Begins the next period if it is time: flows are counted anew, and those of the last one hold. In
 * whole units of the flows' time, so that none is marked in a period's first unit before it begins:
 * it would be taken for counted there.
 */
static __always_inline void standing_period(struct standing *s, __u64 now_ns)
{
	__u64 units = (now_ns >> FLOW_TIME_SHIFT) - (s->period_ns >> FLOW_TIME_SHIFT);

	if (units <= EARNED_PERIOD_NS >> FLOW_TIME_SHIFT)
		return;
	s->flows = s->flows_new;
	s->flows_new = 0;
	s->period_ns = now_ns;
}

#endif
