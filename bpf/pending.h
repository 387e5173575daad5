/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Which requests wait for an answer: the maps behind bpf/health.h. */
#ifndef SIPSHIELD_PENDING_H
#define SIPSHIELD_PENDING_H

#include <linux/in.h>

#include "bpf/health.h"
#include "bpf/packet.h"
#include "maps/maps.h"

/*
 * A new transaction is let through. hash is transaction_hash; 0: nothing can answer it for sure. Over
 * TCP nothing waits: several answers in one segment look like one.
 */
static __always_inline void health_asked(const struct packet *p, __u64 hash)
{
	__u32 i = pending_index(hash), zero = 0;
	struct health *h;
	__u64 *cell;

	if (!hash || p->f->method == SIP_METHOD_ACK || p->f->protocol != IPPROTO_UDP)
		return;
	cell = bpf_map_lookup_elem(&pending, &i);
	h = bpf_map_lookup_elem(&health, &zero);
	if (!cell || !h || !pending_free(*(volatile __u64 *)cell, p->f->now_ns))
		return;
	*cell = pending_cell(hash, p->f->now_ns);
	h->asked[health_span(p->f->now_ns)]++;
}

/* A response leaves for its peer. hash is transaction_hash of it; 0: of no request that waits. */
static __always_inline void health_answered(const struct packet *p, __u64 hash, __u32 status)
{
	__u32 i = pending_index(hash), zero = 0;
	struct health *h;
	__u64 waiting;
	__u64 *cell;

	cell = bpf_map_lookup_elem(&pending, &i);
	h = bpf_map_lookup_elem(&health, &zero);
	if (!cell || !h || status < 100 || status > 699)
		return;
	if (status >= 200)
		health_count(h, status);
	waiting = *(volatile __u64 *)cell;
	if (!hash || !pending_waits(waiting, hash, p->f->now_ns))
		return;
	*cell = 0;
	health_first(h, pending_age(waiting, p->f->now_ns), p->f->now_ns);
}

#endif
