// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The packet path: the entries and the list of stages. A stage answers with the reason to leave,
 * or CONTINUE; every packet leaves through account().
 */
#include "bpf/env.h"
#include "maps/maps.h"

#include <linux/pkt_cls.h>

#include "bpf/account.h"
#include "bpf/budget.h"
#include "bpf/control.h"
#include "bpf/egress.h"
#include "bpf/grey.h"
#include "bpf/inspect.h"
#include "bpf/l2.h"
#include "bpf/l3.h"
#include "bpf/l4.h"
#include "bpf/packet.h"
#include "bpf/payload.h"
#include "bpf/proof.h"
#include "bpf/segment.h"
#include "bpf/standing.h"

char LICENSE[] SEC("license") = "GPL";

/* There is a deadline, which may have passed. Leaves the slot, or the reason to let all pass. */
static __always_inline int begin_timers(struct packet *p)
{
	__u64 now_ns = clock_now(p->control);

	if (control_bypassed(p->control, now_ns))
		return REASON_BYPASS;
	p->f->slot = control_slot(p->control, now_ns);
	return CONTINUE;
}

/* The policy slot in force, taken once: a packet sees no half of a change. */
static __always_inline int begin(struct packet *p, __u32 length)
{
	__u32 zero = 0;

	p->f->early[0] = 0;
	p->f->early[1] = 0;
	p->f->early[2] = 0;
	p->f->early[3] = 0;
	p->f->length = length;
	p->control = bpf_map_lookup_elem(&control, &zero);
	if (!p->control)
		return REASON_ERROR;
	p->f->slot = p->control->active_slot;
	if (p->control->timers && begin_timers(p) != CONTINUE)
		return REASON_BYPASS;
	p->policy = bpf_map_lookup_elem(&policy, &p->f->slot);
	if (!p->policy)
		return REASON_ERROR;
	return p->policy->mode == ACTION_OFF ? REASON_OFF : CONTINUE;
}

/*
 * Time and a hash of the datagram, for packets that are fragments; others cost nothing here. The
 * protocol is part of an IPv4 datagram's name alone (RFC 791, RFC 8200 4.5): with IPv6 the first
 * fragment tells UDP where the others tell the extension header before it.
 */
static __always_inline void fragment_key(struct packet *p)
{
	__u8 protocol = p->f->ether_type == ETH_P_IP ? p->f->protocol : 0;
	const __u64 *key = p->control->hash_key;

	p->f->now_ns = clock_now(p->control);
	p->f->fragment_id =
		hash_with(addr_hash(key, &p->f->src) + mix64(addr_hash(key, &p->f->dst)),
			  p->f->fragment_id << 8 | protocol);
}

/* A fragment without ports follows its first one; without that, its source's small budget. */
static __always_inline int fragment_stage(struct packet *p)
{
	enum fragment_verdict verdict = FRAGMENT_UNKNOWN;
	const __u64 *cell;
	__u32 i;

	if (p->f->fragment == FRAGMENT_NONE)
		return CONTINUE;
	fragment_key(p);
	if (p->f->fragment == FRAGMENT_FIRST)
		return CONTINUE;
	i = fragment_index(p->f->fragment_id);
	cell = bpf_map_lookup_elem(&fragments, &i);
	if (cell)
		verdict = fragment_verdict(*cell, p->f->fragment_id, p->f->now_ns);
	if (verdict == FRAGMENT_DROPPED)
		return REASON_FRAGMENT_DROPPED;
	if (verdict == FRAGMENT_PASSED)
		return REASON_FRAGMENT_FOLLOWS;
	standing_key(p);
	if (!budget_take(p, CLASS_FRAGMENT, 1)) {
		int answer = refuse(p, REASON_FRAGMENT_RATE);

		if (answer != CONTINUE)
			return answer;
	}
	return REASON_FRAGMENT_ORPHAN;
}

static __always_inline int listener_stage(struct packet *p)
{
	if (!payload_protected(p, &p->f->dst, p->f->dport))
		return REASON_NO_LISTENER;
	if (!p->f->now_ns)
		p->f->now_ns = clock_now(p->control);
	p->f->lane = LANE_REQUEST;
	standing_key(p);
	return CONTINUE;
}

/* What is no request leaves here. */
static __always_inline int kind_stage(struct packet *p)
{
	payload_classify(p, HOOK_XDP);
	if (p->f->protocol == IPPROTO_TCP)
		return segment_kind(p);
	switch (p->f->kind) {
	case SIP_KIND_REQUEST:
		p->f->class = budget_class(p->f->method);
		return CONTINUE;
	case SIP_KIND_RESPONSE:
		return budget_light(p, CLASS_RESPONSE, LANE_RESPONSE, REASON_RESPONSE_RATE,
				    REASON_RESPONSE);
	case SIP_KIND_CRLF:
		return budget_light(p, CLASS_KEEPALIVE, LANE_OTHER, REASON_KEEPALIVE_RATE,
				    REASON_KEEPALIVE_CRLF);
	case SIP_KIND_STUN:
		return budget_light(p, CLASS_KEEPALIVE, LANE_OTHER, REASON_KEEPALIVE_RATE,
				    REASON_KEEPALIVE_STUN);
	case SIP_KIND_EMPTY:
		return budget_light(p, CLASS_KEEPALIVE, LANE_OTHER, REASON_KEEPALIVE_RATE,
				    REASON_KEEPALIVE_EMPTY);
	case SIP_KIND_TEXT:
		return budget_light(p, CLASS_KEEPALIVE, LANE_OTHER, REASON_KEEPALIVE_RATE,
				    REASON_KEEPALIVE_TEXT);
	default:
		return budget_light(p, CLASS_NOT_SIP, LANE_OTHER, REASON_NOT_SIP_RATE,
				    REASON_NOT_SIP);
	}
}

static __always_inline int inspect_stage(struct packet *p)
{
	return p->f->protocol == IPPROTO_TCP ? segment_messages(p) : inspect_datagram(p->ctx);
}

/* The list of stages for what comes in. */
static __always_inline int ingress(struct packet *p, __u32 length)
{
	int answer = begin(p, length);

	if (answer == CONTINUE)
		answer = l2_parse(p);
	if (answer == CONTINUE)
		answer = l3_parse(p);
	if (answer == CONTINUE)
		answer = l4_parse(p);
	if (answer == CONTINUE)
		answer = fragment_stage(p);
	if (answer == CONTINUE)
		answer = listener_stage(p);
	if (answer == CONTINUE)
		answer = standing_rules(p);
	if (answer == CONTINUE)
		answer = standing_history(p);
	if (answer == CONTINUE)
		answer = kind_stage(p);
	if (answer == CONTINUE)
		answer = budget_known(p);
	if (answer == REASON_CARRIER && p->f->method == SIP_METHOD_ACK)
		proof_of_carrier(p->ctx);
	if (answer == CONTINUE)
		answer = grey_stage(p);
	if (answer == CONTINUE)
		answer = budget_work(p);
	if (answer == CONTINUE)
		answer = inspect_stage(p);
	return account(p, HOOK_XDP, answer);
}

/* What leaves a protected port: the peer is the destination. */
static __always_inline int egress_stage(struct packet *p)
{
	if (p->f->fragment == FRAGMENT_LATER || !payload_protected(p, &p->f->src, p->f->sport))
		return REASON_EGRESS_OTHER;
	payload_classify(p, HOOK_TC);
	if (p->f->kind != SIP_KIND_RESPONSE &&
	    (p->f->kind != SIP_KIND_REQUEST || p->f->protocol != IPPROTO_TCP))
		return REASON_EGRESS_OTHER;
	p->f->now_ns = clock_now(p->control);
	p->f->key = p->f->dst;
	addr_cut(&p->f->key, p->policy->ipv6_prefix);
	p->f->hash = addr_hash(p->control->hash_key, &p->f->key);
	return egress_learn(p);
}

/* Tells the agent of an answer that speaks against its peer; of such as hold it, always. */
static __always_inline void egress_tell(struct packet *p, __u32 reason)
{
	const struct message *m;
	__u32 zero = 0;

	if (!p->f->told || !p->policy)
		return;
	m = bpf_map_lookup_elem(&scratch, &zero);
	if (m)
		p->f->method = m->fields.cseq.method;
	if (p->f->told == EVENT_HELD || event_due(p, reason))
		event_send(p->f, p->policy, reason, p->f->told);
}

/*
 * The list of stages for what goes out. Only looks. Whatever ended it early, a packet that goes out
 * has a reason of its own, so that all other counters are of what comes in.
 */
static __always_inline void egress(struct packet *p, __u32 length)
{
	int answer = begin(p, length);

	if (answer == CONTINUE)
		answer = l2_parse(p);
	if (answer == CONTINUE)
		answer = l3_parse(p);
	if (answer == CONTINUE)
		answer = l4_parse(p);
	if (answer == CONTINUE)
		answer = egress_stage(p);
	if (answer != REASON_EGRESS_LEARNED)
		answer = REASON_EGRESS_OTHER;
	p->f->fragment = FRAGMENT_NONE;
	account(p, HOOK_TC, answer);
	egress_tell(p, answer);
}

static __always_inline int xdp_entry(struct xdp_md *ctx, __u32 length)
{
	__u32 zero = 0;
	struct packet p = {
		.ctx = ctx,
		.start = (void *)(long)ctx->data,
		.pos = (void *)(long)ctx->data,
		.end = (void *)(long)ctx->data_end,
		.f = bpf_map_lookup_elem(&facts, &zero),
	};
	int dropped;

	if (!p.f)
		return XDP_PASS;
	cost_begin(p.f);
	dropped = ingress(&p, length);
	cost_end(p.f);
	return dropped ? XDP_DROP : XDP_PASS;
}

SEC("xdp")
int sipshield_xdp(struct xdp_md *ctx)
{
	return xdp_entry(ctx, ctx->data_end - ctx->data);
}

SEC("xdp.frags")
int sipshield_frags(struct xdp_md *ctx)
{
	return xdp_entry(ctx, bpf_xdp_get_buff_len(ctx));
}

SEC("tc")
int sipshield_egress(struct __sk_buff *skb)
{
	__u32 zero = 0;
	struct packet p = {
		.ctx = skb,
		.start = (void *)(long)skb->data,
		.pos = (void *)(long)skb->data,
		.end = (void *)(long)skb->data_end,
		.f = bpf_map_lookup_elem(&facts, &zero),
	};

	if (p.f)
		egress(&p, skb->len);
	return TC_ACT_UNSPEC;
}
