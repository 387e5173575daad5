/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The payload: which listener it is for, what kind it is, and its copy into the parser's window. */
#ifndef SIPSHIELD_PAYLOAD_H
#define SIPSHIELD_PAYLOAD_H

#include <linux/in.h>

#include "bpf/message.h"
#include "bpf/packet.h"
#include "maps/maps.h"

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct facts);
} facts SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct message);
} scratch SEC(".maps");

/* The packet again, in a function that the verifier checks by itself. Returns 0 if a map is gone. */
static __always_inline int packet_again(struct packet *p)
{
	__u32 zero = 0;

	p->f = bpf_map_lookup_elem(&facts, &zero);
	p->control = bpf_map_lookup_elem(&control, &zero);
	if (!p->f || !p->control)
		return 0;
	p->policy = bpf_map_lookup_elem(&policy, &p->f->slot);
	return p->policy != NULL;
}

/* Is this port (and address) one that the policy protects? */
static __always_inline int payload_protected(const struct packet *p, const struct addr *address,
					     __be16 port)
{
	__u32 transport = p->f->protocol == IPPROTO_UDP ? LISTENER_UDP : LISTENER_TCP;
	struct listener_key key = {};
	__u32 number = bpf_ntohs(port);

	if (p->policy->listener_port[transport][number >> 6] >> (number & 63) & 1)
		return 1;
	if (!p->policy->listener_addresses)
		return 0;
	key.address = *address;
	key.port = port;
	key.transport = transport;
	key.slot = p->f->slot;
	return bpf_map_lookup_elem(&listeners, &key) != NULL;
}

/* Copies the first len (1 to SIP_WINDOW) bytes of the payload. 0 or a negative errno. */
static __always_inline long payload_load(const struct packet *p, enum hook hook, void *to,
					 __u32 len)
{
	if (hook == HOOK_XDP)
		return bpf_xdp_load_bytes(p->ctx, p->f->payload, to, len);
	return bpf_skb_load_bytes(p->ctx, p->f->payload, to, len);
}

/* The first eight bytes; short payloads and those behind the linear part take the slow way. */
static __always_inline void payload_first8(struct packet *p, enum hook hook)
{
	char *at = p->pos;
	__u32 len = p->f->payload_len;

	p->f->first8 = 0;
	if (len >= 8 && at + 8 <= p->end) {
		p->f->first8 = load_u64(at);
		return;
	}
	if (!len)
		return;
	barrier_var(len);
	len = len > 8 ? 8 : ((len - 1) & 7) + 1;
	payload_load(p, hook, &p->f->first8, len);
}

static __always_inline void payload_classify(struct packet *p, enum hook hook)
{
	payload_first8(p, hook);
	p->f->kind = sip_kind_of(p->f->first8, p->f->payload_len);
	if (p->f->kind == SIP_KIND_RESPONSE)
		p->f->method = SIP_METHOD_RESPONSE;
	else if (p->f->kind == SIP_KIND_REQUEST)
		p->f->method = sip_method_of(p->f->first8);
}

/* The message with the payload in its window; NULL if it could not be copied. */
static __always_inline struct message *payload_window(const struct packet *p, enum hook hook)
{
	struct message *m;
	__u32 len = p->f->payload_len;
	__u32 zero = 0;

	m = bpf_map_lookup_elem(&scratch, &zero);
	if (!m || !len)
		return NULL;
	if (len > SIP_WINDOW)
		len = SIP_WINDOW;
	barrier_var(len);
	len = ((len - 1) & (SIP_WINDOW - 1)) + 1;
	if (payload_load(p, hook, m->sip.window, len))
		return NULL;
	m->sip.facts.len = len;
	return m;
}

#endif
