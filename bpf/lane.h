/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What all strangers share: the lanes, and each CPU's time for those who are over a limit. */
#ifndef SIPSHIELD_LANE_H
#define SIPSHIELD_LANE_H

#include "bpf/packet.h"
#include "bpf/rate.h"
#include "maps/maps.h"

#define WORK_TICK_SHIFT 22 /* 4.2 ms */

/* The limit in force: what the agent set after the server's health while that holds, else the policy's. */
static __always_inline struct rate_limit lane_limit(const struct packet *p,
						    const struct lane_cell *cell, __u32 lane)
{
	return cell->set_until_ns > p->f->now_ns ? cell->set : p->policy->lane[lane];
}

/* The key is a copy: kernels of 6.1 forget the bounds of what a helper was given to read. */
static __always_inline int lane_over(const struct packet *p, __u32 lane)
{
	const struct lane_cell *cell;
	struct rate_limit limit;
	__u32 key = lane;

	cell = bpf_map_lookup_elem(&lanes, &key);
	if (!cell)
		return 0;
	limit = lane_limit(p, cell, lane);
	return rate_over(cell->arrival_ns, p->f->now_ns, &limit);
}

static __always_inline int lane_take(const struct packet *p, __u32 lane, __u32 n)
{
	struct rate_limit many;
	struct lane_cell *cell;
	__u32 key = lane;
	__u64 after;

	cell = bpf_map_lookup_elem(&lanes, &key);
	if (!cell)
		return 1;
	many = lane_limit(p, cell, lane);
	many.interval_ns *= n;
	return rate_take(&cell->arrival_ns, p->f->now_ns, &many, &after);
}

#define GREY_SHIFT_MAX 7U /* one source of 2^7 is looked for at the least; 2^n - 1 */

/*
 * A new tick. When all that was saved up is spent, half as many sources are looked for; when half of
 * it is there, twice as many; and after a pause all.
 */
static __always_inline void grey_tick(struct work *w, __u64 tick)
{
	__u64 passed = tick - w->tick;

	if (passed > GREY_SAVED / GREY_PER_TICK) {
		w->grey = GREY_SAVED;
		w->grey_shift = 0;
		return;
	}
	if (!w->grey && w->grey_shift < GREY_SHIFT_MAX)
		w->grey_shift++;
	w->grey += passed * GREY_PER_TICK;
	if (w->grey > GREY_SAVED)
		w->grey = GREY_SAVED;
	if (w->grey > GREY_SAVED / 2 && w->grey_shift)
		w->grey_shift--;
}

/* What this CPU has spent in this tick; NULL if there is no such map. */
static __always_inline struct work *work_now(const struct packet *p)
{
	__u64 tick = p->f->now_ns >> WORK_TICK_SHIFT;
	struct work *w;
	__u32 zero = 0;

	w = bpf_map_lookup_elem(&work, &zero);
	if (w && w->tick != tick) {
		grey_tick(w, tick);
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

#endif
