/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a packet costs its source, the strangers' lane and the CPU. */
#ifndef SIPSHIELD_BUDGET_H
#define SIPSHIELD_BUDGET_H

#include "bpf/packet.h"
#include "bpf/rate.h"
#include "bpf/sketch.h"
#include "bpf/verdict.h"
#include "maps/maps.h"

#define WORK_TICK_SHIFT 22 /* 4.2 ms */

static __always_inline __u8 budget_class(__u8 method)
{
	switch (method) {
	case SIP_METHOD_INVITE:
		return CLASS_INVITE;
	case SIP_METHOD_REGISTER:
		return CLASS_REGISTER;
	case SIP_METHOD_OPTIONS:
		return CLASS_OPTIONS;
	case SIP_METHOD_SUBSCRIBE:
		return CLASS_SUBSCRIBE;
	case SIP_METHOD_ACK:
	case SIP_METHOD_BYE:
	case SIP_METHOD_CANCEL:
	case SIP_METHOD_PRACK:
	case SIP_METHOD_UPDATE:
	case SIP_METHOD_INFO:
	case SIP_METHOD_NOTIFY:
		return CLASS_DIALOG;
	default:
		return CLASS_OTHER;
	}
}

_Static_assert(STANDING_MAX <= 8 && CLASS_MAX <= 16, "three bits and four hold them");

/* A carrier's addresses share its budget; INVITEs have their own. Each other source has its own. */
static __always_inline const struct rate_limit *budget_limit(const struct packet *p, __u32 class)
{
	const struct carrier_limit *carrier;
	__u32 standing = p->f->standing;

	if (standing == STANDING_CARRIER) {
		carrier = &p->policy->carrier[p->f->carrier & (CARRIERS_MAX - 1)];
		return class == CLASS_INVITE ? &carrier->invite : &carrier->other;
	}
	if (standing >= STANDING_MAX || class >= CLASS_MAX)
		return NULL;
	/* the masks stay in the code, for a verifier that has lost the comparisons */
	barrier_var(standing);
	barrier_var(class);
	return &p->policy->limit[standing & 7][class & 15];
}

static __always_inline __u64 budget_hash(const struct packet *p, __u32 class)
{
	if (p->f->standing != STANDING_CARRIER)
		return hash_with(p->f->hash, class + 1);
	return hash_with(p->control->hash_key[3] ^ (p->f->carrier + 1),
			 class == CLASS_INVITE ? CLASS_INVITE + 1 : CLASS_MAX + 1);
}

/*
 * n events (at least 1) of the class at once, from the source's own budget. 1: within it, of which
 * only the last may go over the burst. Whatever is missing: 1, fail open.
 */
__subprog int budget_events(struct facts *f, const struct policy *policy, struct control *control,
			    __u32 class, __u32 n)
{
	const struct packet p = { .f = f, .policy = policy, .control = control };
	const struct rate_limit *limit;
	struct rate_limit many;
	__u64 hash, *first, *second;
	__u32 i, j;

	if (!f || !policy || !control)
		return 1;
	limit = budget_limit(&p, class);
	hash = budget_hash(&p, class);
	i = hash & (CELLS - 1);
	j = hash >> 32 & (CELLS - 1);
	first = bpf_map_lookup_elem(&cells, &i);
	second = bpf_map_lookup_elem(&cells, &j);
	if (!limit || !first || !second)
		return 1;
	many.interval_ns = limit->interval_ns * n;
	many.tolerance_ns = limit->tolerance_ns;
	return rate_pair_take(first, second, f->now_ns, &many);
}

static __always_inline int budget_take(const struct packet *p, __u32 class, __u32 n)
{
	return budget_events(p->f, p->policy, p->control, class, n);
}

/* Would budget_take fail? Changes nothing. */
static __always_inline int budget_over(const struct packet *p, __u32 class)
{
	const struct rate_limit *limit = budget_limit(p, class);
	__u64 hash = budget_hash(p, class);
	__u32 i = hash & (CELLS - 1), j = hash >> 32 & (CELLS - 1);
	__u64 *first, *second;

	first = bpf_map_lookup_elem(&cells, &i);
	second = bpf_map_lookup_elem(&cells, &j);
	if (!limit || !first || !second)
		return 0;
	return rate_pair_over(first, second, p->f->now_ns, limit);
}

/* The key is a copy: kernels of 6.1 forget the bounds of what a helper was given to read. */
static __always_inline int lane_over(const struct packet *p, __u32 lane)
{
	const struct lane_cell *cell;
	__u32 key = lane;

	cell = bpf_map_lookup_elem(&lanes, &key);
	return cell && rate_over(cell->arrival_ns, p->f->now_ns, &p->policy->lane[lane]);
}

static __always_inline int lane_take(const struct packet *p, __u32 lane, __u32 n)
{
	struct rate_limit many = p->policy->lane[lane];
	struct lane_cell *cell;
	__u32 key = lane;
	__u64 after;

	many.interval_ns *= n;
	cell = bpf_map_lookup_elem(&lanes, &key);
	return !cell || rate_take(&cell->arrival_ns, p->f->now_ns, &many, &after);
}

/* What this CPU has spent in this tick; NULL if there is no such map. */
static __always_inline struct work *work_now(const struct packet *p)
{
	__u64 tick = p->f->now_ns >> WORK_TICK_SHIFT;
	struct work *w;
	__u32 zero = 0;

	w = bpf_map_lookup_elem(&work, &zero);
	if (w && w->tick != tick) {
		w->tick = tick;
		w->used = 0;
		w->suspects = 0;
	}
	return w;
}

/*
 * One inspection from this CPU's share for sources that are over a limit already. It is never
 * zero: some of them are retransmissions of what was let through.
 */
static __always_inline int work_take(const struct packet *p)
{
	struct work *w = work_now(p);

	if (!w)
		return 1;
	if (w->used >= p->policy->work_per_tick)
		return 0;
	w->used++;
	return 1;
}

/*
 * Is a request's source over a limit before anything is read of it? Decides whether the
 * inspection comes out of the work budget, and drops it if that is used up. A lane that is full
 * is asked first, so that a forged flood touches no large map.
 */
static __always_inline int budget_work(struct packet *p)
{
	if (p->f->standing == STANDING_UNKNOWN) {
		if (lane_over(p, LANE_REQUEST))
			p->f->over = REASON_STRANGERS_LANE;
		else if (budget_over(p, p->f->class))
			p->f->over = REASON_SOURCE_RATE;
	}
	if (p->f->over && rule_enforced(p, p->f->over) && !work_take(p))
		return refuse(p, REASON_WORK_BUDGET);
	return CONTINUE;
}

/*
 * A stranger's price: one event of its own budget and one of the lane, n times. The lane is asked
 * first, so that a full lane costs the source nothing.
 */
static __always_inline int budget_stranger(struct packet *p, __u32 class, __u32 lane, int over,
					   __u32 n)
{
	int answer = CONTINUE;

	if (lane_over(p, lane))
		answer = refuse(p, REASON_STRANGERS_LANE);
	if (answer == CONTINUE && !budget_take(p, class, n))
		answer = refuse(p, over);
	if (answer == CONTINUE && !lane_take(p, lane, n))
		answer = refuse(p, REASON_STRANGERS_LANE);
	return answer;
}

/* Everything that is not a request. */
static __always_inline int budget_light(struct packet *p, __u32 class, __u32 lane, int over,
					int within)
{
	int answer = CONTINUE;

	if (p->f->standing == STANDING_UNKNOWN)
		answer = budget_stranger(p, class, lane, over, 1);
	else if (!budget_take(p, class, 1))
		answer = refuse(p, over);
	return answer == CONTINUE ? within : answer;
}

/* A source of good standing within its budget needs no look at the header. */
static __always_inline int budget_known(struct packet *p)
{
	int carrier = p->f->standing == STANDING_CARRIER;

	if (p->f->standing == STANDING_UNKNOWN)
		return CONTINUE;
	if (budget_take(p, p->f->class, 1))
		return carrier ? REASON_CARRIER : REASON_KNOWN;
	p->f->over = carrier ? REASON_CARRIER_RATE : REASON_SOURCE_RATE;
	return CONTINUE;
}

/* The price of n new transactions. A source of good standing was asked by budget_known already. */
static __always_inline int budget_request(struct packet *p, __u32 n)
{
	if (p->f->standing != STANDING_UNKNOWN)
		return refuse(p, p->f->over);
	return budget_stranger(p, p->f->class, LANE_REQUEST, REASON_SOURCE_RATE, n);
}

#endif
