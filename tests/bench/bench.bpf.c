// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The packet path behind a prologue that lays another message into the frame each time: one frame
 * repeated would train the branch predictor and understate what reading a header costs. What the
 * prologue costs by itself is measured with `bench_copy` and taken off.
 */
#include "bpf/shield.bpf.c"

#include "tests/bench/bench.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, BENCH_FRAMES);
	__type(key, __u32);
	__type(value, struct bench_frame);
} bench_frames SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct bench_state);
} bench_state SEC(".maps");

/* xorshift64: a source that was never seen costs no more to make than one of a few. */
static __always_inline __u32 bench_random(struct bench_state *state)
{
	state->random ^= state->random << 13;
	state->random ^= state->random >> 7;
	state->random ^= state->random << 17;
	return state->random >> 32;
}

/* The source of this turn, from 0. */
static __always_inline __u32 bench_source(struct bench_state *state, __u32 turn)
{
	__u32 block = state->block;

	if (!block)
		return bench_random(state) % state->sources;
	return turn / (2 * block) * block + turn % block;
}

/* Lays the next message into the frame; its IPv4 source is one of state->sources. */
static __always_inline int bench_next(struct xdp_md *ctx)
{
	const struct bench_frame *frame;
	struct bench_state *state;
	__u32 zero = 0, turn, i, len;
	__be32 source;

	state = bpf_map_lookup_elem(&bench_state, &zero);
	if (!state)
		return -1;
	turn = state->turn++;
	i = turn & (BENCH_FRAMES - 1);
	frame = bpf_map_lookup_elem(&bench_frames, &i);
	if (!frame)
		return -1;
	len = frame->len;
	barrier_var(len);
	len = ((len - 1) & (BENCH_FRAME_LEN - 1)) + 1;
	if (bpf_xdp_store_bytes(ctx, 0, (void *)frame->bytes, len))
		return -1;
	if (!frame->source_at)
		return 0;
	source = bpf_htonl(state->base + bench_source(state, turn));
	return bpf_xdp_store_bytes(ctx, frame->source_at, &source, sizeof(source));
}

SEC("xdp")
int bench_copy(struct xdp_md *ctx)
{
	return bench_next(ctx) ? XDP_ABORTED : XDP_PASS;
}

SEC("xdp")
int bench_shield(struct xdp_md *ctx)
{
	if (bench_next(ctx))
		return XDP_ABORTED;
	return xdp_entry(ctx, ctx->data_end - ctx->data);
}

/* Sends the frame back out with another source each time: a forged flood out of live frames. */
SEC("xdp")
int bench_send(struct xdp_md *ctx)
{
	struct bench_state *state;
	__u32 zero = 0;
	__be32 source;

	state = bpf_map_lookup_elem(&bench_state, &zero);
	if (!state)
		return XDP_ABORTED;
	source = bpf_htonl(state->base + bench_random(state) % state->sources);
	if (bpf_xdp_store_bytes(ctx, ETH_HLEN + offsetof(struct iphdr, saddr), &source,
				sizeof(source)))
		return XDP_ABORTED;
	return XDP_TX;
}

SEC("xdp")
int bench_pass(struct xdp_md *ctx __attribute__((unused)))
{
	return XDP_PASS;
}

SEC("xdp")
int bench_drop(struct xdp_md *ctx __attribute__((unused)))
{
	return XDP_DROP;
}
