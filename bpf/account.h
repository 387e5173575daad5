/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The one exit: every packet is counted here with its reason, some are told to the agent. */
#ifndef SIPSHIELD_ACCOUNT_H
#define SIPSHIELD_ACCOUNT_H

#include "bpf/packet.h"
#include "bpf/rate.h"
#include "bpf/sketch.h"
#include "bpf/trace.h"
#include "maps/maps.h"

/* Set when the object is loaded for a replay: the clock is control.replay_now_ns. */
const volatile __u8 replay_clock;

/*
 * CLOCK_MONOTONIC, coarse: one tick of the kernel (1 to 10 ms) behind at most, and a third of the
 * price of the exact one.
 */
static __always_inline __u64 clock_now(const struct control *control)
{
	return replay_clock ? control->replay_now_ns : bpf_ktime_get_coarse_ns();
}

/* One of COST_EVERY packets is timed: the exact clock twice is dearer than most verdicts. */
static __always_inline void cost_begin(struct facts *f)
{
	if (!(++f->turn & (COST_EVERY - 1)))
		f->began_ns = bpf_ktime_get_ns();
}

static __always_inline void cost_end(const struct facts *f)
{
	__u32 zero = 0;
	struct cost *c;

	if (f->turn & (COST_EVERY - 1))
		return;
	c = bpf_map_lookup_elem(&cost, &zero);
	if (!c)
		return;
	c->packets++;
	c->ns += bpf_ktime_get_ns() - f->began_ns;
}

static __always_inline void count(struct counter *c, const struct packet *p)
{
	if (!c)
		return;
	c->packets++;
	c->bytes += p->f->length;
}

/* One event of this reason within its budget? Most of a flood leaves at the first comparison. */
static __always_inline int event_due(const struct packet *p, __u32 reason)
{
	struct rate_limit limit;
	__u64 after, *cell;

	cell = bpf_map_lookup_elem(&event_budget, &reason);
	if (!cell)
		return 0;
	limit.interval_ns = p->policy->event_interval_ms * 1000000ULL;
	limit.tolerance_ns = limit.interval_ns * p->policy->event_burst;
	return rate_take(cell, p->f->now_ns, &limit, &after);
}

static __always_inline int reason_of_signature(__u32 reason)
{
	return reason == REASON_SIGNATURE || reason == REASON_USER_AGENT;
}

/* The first bytes of the payload to the facts, for event_send(). */
__subprog int event_line(struct xdp_md *ctx, struct facts *f)
{
	__u32 len;

	if (!ctx || !f)
		return 0;
	__builtin_memset(f->line, 0, sizeof(f->line));
	if (f->fragment == FRAGMENT_LATER)
		return 0;
	len = f->payload + f->payload_len - f->text;
	if (!len)
		return 0;
	if (len > EVENT_LINE_LEN)
		len = EVENT_LINE_LEN;
	barrier_var(len);
	len = ((len - 1) & (EVENT_LINE_LEN - 1)) + 1;
	bpf_xdp_load_bytes(ctx, f->text, f->line, len);
	return 0;
}

__subprog int event_send(const struct facts *f, const struct policy *policy, __u32 reason,
			 __u32 kind)
{
	int leaves = reason == REASON_EGRESS_LEARNED || reason == REASON_EGRESS_OTHER;
	__u32 lost = REASON_MAX;
	struct event *e;
	__u64 *count;

	if (!f || !policy)
		return 0;
	e = bpf_ringbuf_reserve(&events, sizeof(*e), 0);

	if (!e) {
		count = bpf_map_lookup_elem(&event_budget, &lost);
		if (count)
			__sync_fetch_and_add(count, 1);
		return 0;
	}
	__builtin_memset(e, 0, sizeof(*e));
	e->time_ns = f->now_ns;
	e->src = leaves ? f->dst : f->src;
	e->dst = leaves ? f->src : f->dst;
	e->sport = leaves ? f->dport : f->sport;
	e->dport = leaves ? f->sport : f->dport;
	e->generation = policy->generation;
	e->length = f->length;
	e->reason = reason;
	e->kind = kind;
	e->method = f->method;
	e->standing = f->standing;
	e->transport = f->protocol;
	e->why = f->proved;
	e->status = f->status;
	e->credentials = f->authenticated;
	if (reason_of_signature(reason))
		e->signature = f->signature;
	if (!leaves)
		__builtin_memcpy(e->line, f->line, sizeof(e->line));
	bpf_ringbuf_submit(e, 0);
	return 0;
}

/* The line of what leaves the host is not read: its events are of whom it goes to. */
static __always_inline void account_event(const struct packet *p, enum hook hook, __u32 reason,
					  __u32 kind)
{
	if (hook == HOOK_XDP)
		event_line(p->ctx, p->f);
	event_send(p->f, p->policy, reason, kind);
}

/* A new call that is let through. A known source's INVITE is not read: it may be a repeated one. */
static __always_inline int account_call(const struct packet *p, __u32 reason)
{
	return p->f->method == SIP_METHOD_INVITE &&
	       (reason == REASON_REQUEST || reason == REASON_REQUEST_CUT ||
		reason == REASON_KNOWN || reason == REASON_CARRIER);
}

static __always_inline void account_events(const struct packet *p, enum hook hook, __u32 reason)
{
	__u32 kind = EVENT_DROP, told = reason;

	if (p->f->proved)
		account_event(p, hook, reason,
			      p->f->proved < WHY_2XX_REGISTER ? EVENT_PROVEN : EVENT_LEARNED);
	if (reason < REASON_DROP_FIRST) {
		if (p->f->shadow) {
			kind = EVENT_SHADOW;
			told = p->f->shadow;
		} else if (account_call(p, reason)) {
			kind = EVENT_PASS;
		} else {
			return;
		}
	}
	if (event_due(p, told))
		account_event(p, hook, told, kind);
}

/* The others of a datagram follow its first fragment. */
static __always_inline void account_fragment(const struct packet *p, int dropped)
{
	__u32 i = fragment_index(p->f->fragment_id);
	__u64 *cell = bpf_map_lookup_elem(&fragments, &i);

	if (cell)
		*cell = fragment_cell(p->f->fragment_id, p->f->now_ns, dropped);
}

static __always_inline void account_replay(const struct packet *p, __u32 reason)
{
	struct verdict_record *record;
	__u32 zero = 0;

	if (!replay_clock)
		return;
	record = bpf_map_lookup_elem(&last, &zero);
	if (!record)
		return;
	record->reason = reason;
	record->shadow = p->f->shadow;
	record->method = p->f->method;
	record->standing = p->f->standing;
	record->dropped = reason >= REASON_DROP_FIRST;
	record->signature = 0;
	if (reason_of_signature(reason) || reason_of_signature(p->f->shadow))
		record->signature = p->f->signature;
}

/* Returns 1 if the packet is to be dropped. */
static __always_inline int account(const struct packet *p, enum hook hook, __u32 reason)
{
	__u32 i = (reason * SIP_METHOD_MAX + p->f->method) * STANDING_MAX + p->f->standing;
	__u32 shadow = p->f->shadow;
	int dropped = reason >= REASON_DROP_FIRST;

	p->f->reason = reason;
	count(bpf_map_lookup_elem(&counters, &i), p);
	if (shadow && !dropped)
		count(bpf_map_lookup_elem(&shadows, &shadow), p);
	if (p->f->fragment == FRAGMENT_FIRST && p->policy)
		account_fragment(p, dropped);
	if (p->policy)
		account_events(p, hook, reason);
	if (hook == HOOK_XDP && p->control && p->control->timers & CONTROL_TRACE)
		trace_packet(p);
	account_replay(p, reason);
	return dropped;
}

#endif
