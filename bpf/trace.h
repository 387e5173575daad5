/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of packets together with their verdict, for those who look at them. Nobody looks, usually:
 * then a packet pays the comparison in account().
 */
#ifndef SIPSHIELD_BPF_TRACE_H
#define SIPSHIELD_BPF_TRACE_H

#include "bpf/packet.h"
#include "bpf/rate.h"
#include "maps/maps.h"

static __always_inline int trace_has(const __u64 set[2], __u32 bit)
{
	return set[bit >> 6 & 1] >> (bit & 63) & 1;
}

/* What leaves before its addresses are read has those of another packet. */
static __always_inline int trace_has_source(const struct facts *f)
{
	return f->reason != REASON_ERROR && f->reason != REASON_OFF && f->reason != REASON_BYPASS &&
	       f->reason != REASON_NOT_IP && f->reason != REASON_CUT_HEADERS;
}

static __always_inline int trace_from(const struct facts *f, const struct trace_filter *filter)
{
	__u32 len = filter->source_len;

	if (!len)
		return 1;
	if (!trace_has_source(f))
		return 0;
	for (int i = 0; i < 4; i++) {
		__u32 bits = len > 32 ? 32 : len;
		__u32 mask = bits ? ~0U << (32 - bits) : 0;

		if ((bpf_ntohl(f->src.word[i]) & mask) != bpf_ntohl(filter->source.word[i]))
			return 0;
		len -= bits;
	}
	return 1;
}

static __always_inline int trace_wanted(const struct facts *f, const struct trace_filter *filter)
{
	int passed = f->reason < REASON_DROP_FIRST;

	if (!trace_has(filter->reason, f->reason) &&
	    !(passed && f->shadow && trace_has(filter->shadow, f->shadow)))
		return 0;
	if (!trace_from(f, filter))
		return 0;
	return filter->every < 2 || bpf_get_prandom_u32() % filter->every == 0;
}

static __always_inline void trace_copy(struct xdp_md *ctx, const struct facts *f,
				       const struct trace_filter *filter, struct trace_record *r)
{
	__u32 len = f->length < filter->length ? f->length : filter->length;

	r->captured = 0;
	if (!len)
		return;
	barrier_var(len);
	len = ((len - 1) & (TRACE_DATA_LEN - 1)) + 1;
	if (!bpf_xdp_load_bytes(ctx, 0, r->data, len))
		r->captured = len;
}

/* One of those who look. */
__subprog int trace_for(struct xdp_md *ctx, const struct facts *f, __u32 tracer)
{
	struct trace_filter *filter = bpf_map_lookup_elem(&trace_filters, &tracer);
	struct trace_state *state = bpf_map_lookup_elem(&trace_states, &tracer);
	__u64 now_ns = bpf_ktime_get_ns(), after;
	struct trace_record *r;
	void *ring;

	if (!ctx || !f || !filter || !state || now_ns >= filter->until_ns ||
	    !trace_wanted(f, filter))
		return 0;
	__sync_fetch_and_add(&state->matched, 1);
	if (!rate_take(&state->cell, now_ns, &filter->rate, &after)) {
		__sync_fetch_and_add(&state->over_rate, 1);
		return 0;
	}
	ring = bpf_map_lookup_elem(&trace_rings, &tracer);
	r = ring ? bpf_ringbuf_reserve(ring, sizeof(*r), 0) : NULL;
	if (!r) {
		__sync_fetch_and_add(&state->lost, 1);
		return 0;
	}
	r->time_ns = now_ns;
	r->length = f->length;
	r->reason = f->reason;
	r->shadow = f->shadow;
	r->method = f->method;
	r->standing = f->standing;
	r->signature = f->signature;
	r->dropped = f->reason >= REASON_DROP_FIRST;
	trace_copy(ctx, f, filter, r);
	bpf_ringbuf_submit(r, 0);
	return 0;
}

static __always_inline void trace_packet(const struct packet *p)
{
	for (__u32 tracer = 0; tracer < TRACERS_MAX; tracer++)
		trace_for(p->ctx, p->f, tracer);
}

#endif
