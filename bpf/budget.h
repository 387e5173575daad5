/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a packet costs its source, the strangers' lane and the CPU. */
#ifndef SIPSHIELD_BUDGET_H
#define SIPSHIELD_BUDGET_H

#include "bpf/lane.h"
#include "bpf/narrow.h"
#include "bpf/packet.h"
#include "bpf/rate.h"
#include "bpf/sketch.h"
#include "bpf/slow.h"
#include "bpf/standing.h"
#include "bpf/verdict.h"
#include "maps/maps.h"

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

/*
 * A carrier's addresses share its budget; INVITEs have their own. Each other source has its own, for
 * its registered flows one, for what else comes from its address another.
 */
static __always_inline const struct rate_limit *budget_limit(const struct packet *p, __u32 class)
{
	const struct carrier_limit *carrier;
	__u32 row = p->f->row;

	if (p->f->standing == STANDING_CARRIER) {
		carrier = &p->policy->carrier[p->f->carrier & (CARRIERS_MAX - 1)];
		return class == CLASS_INVITE ? &carrier->invite : &carrier->other;
	}
	if (row >= STANDING_MAX || class >= CLASS_MAX)
		return NULL;
	/* the masks stay in the code, for a verifier that has lost the comparisons */
	barrier_var(row);
	barrier_var(class);
	return &p->policy->limit[row & 7][class & 15];
}

/*
 * The limit on n events at once for a source that has earned it `share` times: as much faster, and as
 * many more at once, since the tolerance is a time.
 */
static __always_inline void budget_shared(const struct packet *p, __u32 n, struct rate_limit *limit)
{
	__u32 share = p->f->share;

	limit->interval_ns *= n;
	if (share > 1)
		limit->interval_ns /= share;
}

static __always_inline __u64 budget_hash(const struct packet *p, __u32 class)
{
	if (p->f->standing != STANDING_CARRIER)
		return hash_with(p->f->hash, (__u32)p->f->standing << 8 | (class + 1));
	return hash_with(p->control->hash_key[3] ^ (p->f->carrier + 1),
			 class == CLASS_INVITE ? CLASS_INVITE + 1 : CLASS_MAX + 1);
}

struct budget_cells {
	__u64 *first;
	__u64 *second;
};

/*
 * The two cells of a hash. They lie within 4 KiB of one another: by how many sources one is shared
 * does not depend on the other all the same, and the second costs no entry of the TLB.
 */
static __always_inline struct budget_cells budget_cells_at(__u64 hash)
{
	__u32 i = hash & (CELLS - 1), j = (i & ~511U) | ((i + 1 + (hash >> 32 & 255)) & 511);

	return (struct budget_cells){
		.first = bpf_map_lookup_elem(&cells, &i),
		.second = bpf_map_lookup_elem(&cells, &j),
	};
}

static __always_inline struct budget_cells budget_cells(const struct packet *p, __u32 class)
{
	return budget_cells_at(budget_hash(p, class));
}

/*
 * n events (at least 1) of the class at once, from the source's own budget. 1: within it, of which
 * only the last may go over the burst. Whatever is missing: 1, fail open.
 */
static __always_inline int budget_pay(const struct packet *p, __u32 class, __u32 n)
{
	const struct rate_limit *limit = budget_limit(p, class);
	struct budget_cells cell = budget_cells(p, class);
	struct rate_limit many;

	if (!limit || !cell.first || !cell.second)
		return 1;
	many = *limit;
	budget_shared(p, n, &many);
	return rate_pair_take(cell.first, cell.second, p->f->now_ns, &many);
}

/* The same, for the verifier to check once. */
__subprog int budget_events(struct facts *f, const struct policy *policy, struct control *control,
			    __u32 class, __u32 n)
{
	const struct packet p = { .f = f, .policy = policy, .control = control };

	if (!f || !policy || !control)
		return 1;
	return budget_pay(&p, class, n);
}

static __always_inline int budget_take(const struct packet *p, __u32 class, __u32 n)
{
	return budget_events(p->f, p->policy, p->control, class, n);
}

/* Would budget_take fail? Changes nothing. */
static __always_inline int budget_over(const struct packet *p, __u32 class)
{
	const struct rate_limit *limit = budget_limit(p, class);
	struct budget_cells cell = budget_cells(p, class);
	struct rate_limit one;

	if (!limit || !cell.first || !cell.second)
		return 0;
	one = *limit;
	budget_shared(p, 1, &one);
	return rate_pair_over(cell.first, cell.second, p->f->now_ns, &one);
}

/*
 * Is a request's source over a limit before anything is read of it? Then it is inspected out of the
 * work budget, and dropped if that is used up; a first try that was remembered says so. The lane is
 * asked first, so that a forged flood touches no large map.
 */
static __always_inline int budget_work(struct packet *p)
{
	if (p->f->standing <= STANDING_PROVEN && !p->f->over) {
		if (p->f->standing == STANDING_UNKNOWN && lane_over(p, p->f->lane))
			p->f->over = REASON_STRANGERS_LANE;
		else if (budget_over(p, p->f->class))
			p->f->over = REASON_SOURCE_RATE;
		if (p->f->over == REASON_SOURCE_RATE && p->f->standing == STANDING_PROVEN)
			standing_attacked(p->f);
	}
	if (!p->f->over || !rule_enforced(p, p->f->over) || work_take(p))
		return CONTINUE;
	return refuse(p, p->f->over == REASON_GREYLIST ? REASON_GREYLIST : REASON_WORK_BUDGET);
}

/* Events that a stranger's request costs it, from what it asked for in vain in the last days. */
__subprog int budget_price(const struct facts *f)
{
	const __u64 *first, *second;
	__u32 i, j;

	if (!f)
		return 1;
	i = slow_index(f->hash);
	j = i ^ 1;
	first = bpf_map_lookup_elem(&slow, &i);
	second = bpf_map_lookup_elem(&slow, &j);
	return first && second ? slow_price(*first, *second, f->hash, f->now_ns) : 1;
}

/* The budget that the strangers of a marked prefix share. Returns 1 within it, or if it has none. */
__subprog int budget_narrow(const struct facts *f, const struct policy *policy,
			    const struct control *control, __u32 class, __u32 n)
{
	const struct narrow_bits *marks;
	struct budget_cells cell;
	struct rate_limit limit;
	__u32 zero = 0;
	__u64 hash;

	if (!f || !policy || !control || class >= CLASS_MAX)
		return 1;
	hash = narrow_hash(control->hash_key, &f->src);
	marks = bpf_map_lookup_elem(&narrow, &zero);
	if (!marks || !narrow_has(marks->word, hash))
		return 1;
	cell = budget_cells_at(hash_with(hash, class + 1));
	if (!cell.first || !cell.second)
		return 1;
	barrier_var(class);
	limit = narrow_limit(&policy->limit[STANDING_UNKNOWN][class & 15]);
	limit.interval_ns *= n;
	return rate_pair_take(cell.first, cell.second, f->now_ns, &limit);
}

/*
 * What an event is paid from, in one word, and the reason to drop what goes over the class. A
 * request may cost its source more events than one, and the lane no more for it.
 */
#define BUDGET_FROM(class, lane, over) ((class) | (lane) << 8 | (over) << 16)
#define BUDGET_MORE(events) ((events) << 24)

#define LANE_AT_ONCE 4U /* events: a TCP segment may be forged, and must not fill what all share */

/*
 * A stranger's price: n events of its own budget and of the lane, of that LANE_AT_ONCE at most. The lane is asked first, so that a
 * full lane costs the source nothing. Others pay from their own budget alone.
 */
__subprog int budget_spend(struct facts *f, const struct policy *policy, struct control *control,
			   __u32 from, __u32 n)
{
	struct packet p = { .f = f, .policy = policy, .control = control };
	__u32 class = from & 0xff, lane = from >> 8 & 0xff, over = from >> 16 & 0xff;
	__u32 events = n * (1 + (from >> 24));
	int answer = CONTINUE, stranger;

	if (!f || !policy || !control || lane >= LANE_MAX)
		return CONTINUE;
	stranger = f->standing == STANDING_UNKNOWN;
	if (stranger && lane_over(&p, lane))
		answer = refuse(&p, REASON_STRANGERS_LANE);
	if (answer == CONTINUE && !budget_pay(&p, class, events))
		answer = refuse(&p, over);
	if (answer == CONTINUE && stranger && over == REASON_SOURCE_RATE &&
	    !budget_narrow(f, policy, control, class, events))
		answer = refuse(&p, REASON_PREFIX_RATE);
	if (answer == CONTINUE && stranger &&
	    !lane_take(&p, lane, n < LANE_AT_ONCE ? n : LANE_AT_ONCE))
		answer = refuse(&p, REASON_STRANGERS_LANE);
	return answer;
}

/* Everything that is not a request. */
static __always_inline int budget_light(struct packet *p, __u32 class, __u32 lane, __u32 over,
					int within)
{
	int answer = budget_spend(p->f, p->policy, p->control, BUDGET_FROM(class, lane, over), 1);

	return answer == CONTINUE ? within : answer;
}

/*
 * A carrier, or a registered flow of a trusted source, needs no look at the header while it is within
 * its budget. One that is proven to be reachable and no more is inspected like a stranger.
 */
static __always_inline int budget_known(struct packet *p)
{
	int carrier = p->f->standing == STANDING_CARRIER;

	if (p->f->standing <= STANDING_PROVEN)
		return CONTINUE;
	if (budget_take(p, p->f->class, 1))
		return carrier ? REASON_CARRIER : REASON_KNOWN;
	standing_attacked(p->f);
	p->f->over = carrier ? REASON_CARRIER_RATE : REASON_SOURCE_RATE;
	return CONTINUE;
}

/* The price of n new transactions. Carriers and the trusted were asked by budget_known already. */
static __always_inline int budget_request(struct packet *p, __u32 n)
{
	__u32 more = 0;

	if (p->f->standing > STANDING_PROVEN || p->f->over == REASON_GREYLIST)
		return refuse(p, p->f->over);
	if (p->f->standing == STANDING_UNKNOWN)
		more = budget_price(p->f) - 1;
	return budget_spend(
		p->f, p->policy, p->control,
		BUDGET_FROM(p->f->class, p->f->lane, REASON_SOURCE_RATE) | BUDGET_MORE(more), n);
}

#endif
