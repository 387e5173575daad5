/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The greylist: while the strangers' lane is full, a stranger's first try is dropped and
 * remembered; its retransmission (RFC 3261 17.1.1.2: the same bytes, 0.5 s later) goes to a lane
 * of its own, and so does what the source sends after it. A forged flood that repeats itself gets no
 * more than that lane.
 *
 * What is remembered is a hash of the source and the first bytes of the message, which hold the
 * branch, the tag or the Call-ID: nothing is parsed for a packet that is going to be dropped.
 */
#ifndef SIPSHIELD_GREY_H
#define SIPSHIELD_GREY_H

#include "bpf/lane.h"
#include "bpf/packet.h"
#include "bpf/payload.h"
#include "bpf/sketch.h"
#include "bpf/verdict.h"
#include "maps/maps.h"

#define GREY_BYTES 256	   /* of a message are hashed; a shorter one cannot be remembered */
#define GREY_TURN_SHIFT 33 /* 8.6 s */

/*
 * Hash of what a stranger sends: NH (RFC 4418 5.2.2) over the first GREY_BYTES of the payload, each
 * word with a key of its own, under the hash of the source and its port. 0: the payload is shorter,
 * or not in the part of the frame that can be read directly. It has a pointer of its own: what the
 * verifier learns of p->pos it would keep apart to the end.
 */
static __always_inline __u64 grey_hash(const struct packet *p)
{
	const char *at = p->start + (p->f->payload & HEADERS_MAX);
	__u64 key = p->control->hash_key[3], sum = 0, word;

	if (at + GREY_BYTES > p->end || p->f->payload_len < GREY_BYTES)
		return 0;
#pragma unroll
	for (int i = 0; i < GREY_BYTES / 8; i++) {
		word = load_u64(&at[8 * i]) + key;
		sum += (word & 0xffffffff) * (word >> 32);
		key += 0x9e3779b97f4a7c15ULL;
	}
	return hash_with(p->f->hash, mix64(sum) ^ p->f->sport);
}

/* Has this source come back lately? */
static __always_inline int grey_source_returned(const struct packet *p)
{
	__u32 i = p->f->hash & (RETURNED_CELLS - 1);
	const __u64 *cell = bpf_map_lookup_elem(&returned, &i);

	return cell && returned_fresh(*cell, p->f->hash, p->f->now_ns);
}

/* What else a source sends need not be sent twice. */
static __always_inline void grey_source_add(const struct packet *p)
{
	__u32 i = p->f->hash & (RETURNED_CELLS - 1);
	__u64 *cell = bpf_map_lookup_elem(&returned, &i);

	if (cell)
		*cell = returned_cell(p->f->hash, p->f->now_ns);
}

/*
 * One look into the table from this CPU's share. If that was used up in a tick, only every second
 * source is looked for in the next, then every fourth: always the same ones for 2^33 ns, so that
 * first tries are met again. Which ones changes, so that everybody's turn comes.
 */
static __always_inline int grey_take(const struct packet *p)
{
	struct work *w = work_now(p);
	__u32 turn = p->f->now_ns >> GREY_TURN_SHIFT;

	if (!w)
		return 1;
	if (((p->f->hash >> 16) + turn) & ((1U << (w->grey_shift & GREY_SHIFT_MAX)) - 1))
		return 0;
	if (!w->grey)
		return 0;
	w->grey--;
	return 1;
}

/*
 * A stranger's request while the lane is full: one that returns gets the other lane, p->f->lane, a
 * first try gets p->f->over. Whether that repeats what was let through before the lane was full,
 * only an inspection can tell. What cannot be remembered is left to the lane and the work budget.
 */
static __noinline int grey_full(struct packet *p)
{
	__u8 action = rule_action(p->policy, REASON_GREYLIST);
	__u8 lane = action == ACTION_ENFORCE ? LANE_RETURN : LANE_REQUEST; /* a trial opens none */
	struct grey_cells *cells;
	__u32 i, age;
	__u64 hash;

	if (action == ACTION_OFF || action > rule_action(p->policy, REASON_STRANGERS_LANE))
		return CONTINUE;
	if (!p->f->demoted && grey_source_returned(p)) {
		p->f->lane = lane;
		return CONTINUE;
	}
	if (!grey_take(p))
		return action == ACTION_ENFORCE ? refuse(p, REASON_WORK_BUDGET) : CONTINUE;
	hash = grey_hash(p);
	if (!hash)
		return CONTINUE;
	i = hash & (GREY_WORDS - 1);
	cells = bpf_map_lookup_elem(&grey, &i);
	if (!cells)
		return CONTINUE;
	age = grey_age_of(cells, hash, p->f->now_ns);
	if (age >= GREY_SOONEST && age <= GREY_LIFE) {
		p->f->lane = lane;
		return CONTINUE;
	}
	if (age > GREY_LIFE)
		grey_remember(cells, hash, p->f->now_ns);
	if (refuse(p, REASON_GREYLIST) != CONTINUE)
		p->f->over = REASON_GREYLIST;
	return CONTINUE;
}

/*
 * A request of a carrier or a registered flow that is over its budget: somebody may use it up in its
 * name who knows its port and hop limit, too. What comes again goes on as a stranger's that came
 * back, each message by itself: that one returned says nothing of the others.
 */
__subprog int grey_known(struct xdp_md *ctx)
{
	struct packet packet = { .ctx = ctx };
	struct packet *p = &packet;
	struct grey_cells *cells;
	__u32 i, age;
	__u64 hash;

	if (!ctx || !packet_again(p) || !rule_enforced(p, REASON_GREYLIST) || !grey_take(p))
		return 0;
	p->start = (void *)(long)ctx->data;
	p->end = (void *)(long)ctx->data_end;
	hash = grey_hash(p);
	if (!hash)
		return 0;
	i = hash & (GREY_WORDS - 1);
	cells = bpf_map_lookup_elem(&grey, &i);
	if (!cells)
		return 0;
	age = grey_age_of(cells, hash, p->f->now_ns);
	if (age > GREY_LIFE)
		grey_remember(cells, hash, p->f->now_ns);
	if (age < GREY_SOONEST || age > GREY_LIFE)
		return 0;
	p->f->standing = STANDING_UNKNOWN;
	p->f->row = STANDING_UNKNOWN;
	p->f->share = 0;
	p->f->demoted = 1;
	p->f->lane = LANE_RETURN;
	p->f->over = 0;
	return 1;
}

/* The lane of a stranger's request. In a segment of several the first one's holds for all. */
static __always_inline int grey_stage(struct packet *p)
{
	if (p->f->standing > STANDING_PROVEN && p->f->over)
		grey_known(p->ctx);
	else if (p->f->standing == STANDING_UNKNOWN && lane_over(p, LANE_REQUEST))
		return grey_full(p);
	return CONTINUE;
}

#endif
