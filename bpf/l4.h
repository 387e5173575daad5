/* SPDX-License-Identifier: GPL-2.0-or-later */
/* UDP (RFC 768) and TCP (RFC 9293). */
#ifndef SIPSHIELD_L4_H
#define SIPSHIELD_L4_H

#include <linux/in.h>
#include <linux/tcp.h>
#include <linux/udp.h>

#include "bpf/l3.h"
#include "bpf/packet.h"

/* The payload lies from the cursor to `end` (an offset), as far as the frame holds it. */
static __always_inline void l4_payload(struct packet *p, __u32 end)
{
	__u32 start = packet_offset(p);

	if (end > p->f->l3_end)
		end = p->f->l3_end;
	if (end > p->f->length)
		end = p->f->length;
	p->f->payload = start;
	p->f->text = start;
	p->f->payload_len = end > start ? end - start : 0;
}

static __always_inline int l4_parse_udp(struct packet *p)
{
	__u32 start = packet_offset(p);
	const struct udphdr *udp = packet_pull(p, sizeof(*udp));

	if (!udp)
		return REASON_CUT_HEADERS;
	p->f->sport = udp->source;
	p->f->dport = udp->dest;
	p->f->checksum = udp->check;
	l4_payload(p, start + bpf_ntohs(udp->len));
	return CONTINUE;
}

static __always_inline int l4_parse_tcp(struct packet *p)
{
	const struct tcphdr *tcp = packet_pull(p, sizeof(*tcp));

	if (!tcp)
		return REASON_CUT_HEADERS;
	if (tcp->doff < 5 || (tcp->doff > 5 && !packet_skip(p, (tcp->doff - 5) * 4)))
		return REASON_CUT_HEADERS;
	p->f->sport = tcp->source;
	p->f->dport = tcp->dest;
	l4_payload(p, p->f->l3_end);
	return CONTINUE;
}

/*
 * Leaves ports and payload. A fragment that is not the first has none to see, and neither has a
 * packet whose extension headers went on for longer than they were followed.
 */
static __always_inline int l4_parse(struct packet *p)
{
	if (ipv6_is_extension(p->f->protocol)) {
		p->f->fragment = FRAGMENT_LATER;
		return CONTINUE;
	}
	if (p->f->protocol != IPPROTO_UDP && p->f->protocol != IPPROTO_TCP)
		return REASON_OTHER_PROTOCOL;
	if (p->f->fragment == FRAGMENT_LATER)
		return CONTINUE;
	return p->f->protocol == IPPROTO_UDP ? l4_parse_udp(p) : l4_parse_tcp(p);
}

#endif
