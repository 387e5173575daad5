/* SPDX-License-Identifier: GPL-2.0-or-later */
/* IPv4 with options (RFC 791) and IPv6 with extension headers (RFC 8200). */
#ifndef SIPSHIELD_L3_H
#define SIPSHIELD_L3_H

#include <linux/if_ether.h>
#include <linux/in.h>
#include <linux/ip.h>
#include <linux/ipv6.h>

#include "bpf/packet.h"
#include "bpf/sketch.h"

#define IPV4_OFFSET_MASK 0x1fff
#define IPV4_MORE_FRAGMENTS 0x2000
#define IPV6_OFFSET_MASK 0xfff8
#define IPV6_MORE_FRAGMENTS 0x0001
#define IPV6_HEADERS_MAX 8 /* extension headers that are followed */

/* Extension headers (RFC 8200 4.1, RFC 4302, RFC 6275, RFC 5533, RFC 7401). */
#define IPV6_HOP_BY_HOP 0
#define IPV6_ROUTING 43
#define IPV6_FRAGMENT 44
#define IPV6_AUTHENTICATION 51
#define IPV6_DESTINATION 60
#define IPV6_MOBILITY 135
#define IPV6_HIP 139
#define IPV6_SHIM6 140

struct ipv6_fragment {
	__u8 next;
	__u8 reserved;
	__be16 offset;
	__be32 id;
};

static __always_inline void l3_map_ipv4(struct addr *a, __be32 address)
{
	a->half[0] = 0;
	a->word[2] = bpf_htonl(0xffff);
	a->word[3] = address;
}

static __always_inline void l3_fragment(struct packet *p, __u32 offset, __u32 more, __u32 id)
{
	if (!offset && !more)
		return;
	p->f->fragment = offset ? FRAGMENT_LATER : FRAGMENT_FIRST;
	p->f->fragment_id = id;
}

static __always_inline int l3_parse_ipv4(struct packet *p)
{
	__u32 start = packet_offset(p);
	const struct iphdr *ip = packet_pull(p, sizeof(*ip));
	__u32 frag;

	if (!ip)
		return REASON_CUT_HEADERS;
	if (ip->version != 4 || ip->ihl < 5)
		return REASON_NOT_IP;
	if (ip->ihl > 5 && !packet_skip(p, (ip->ihl - 5) * 4))
		return REASON_CUT_HEADERS;
	p->f->l3_end = start + bpf_ntohs(ip->tot_len);
	p->f->protocol = ip->protocol;
	p->f->hop = ip->ttl;
	l3_map_ipv4(&p->f->src, ip->saddr);
	l3_map_ipv4(&p->f->dst, ip->daddr);
	frag = bpf_ntohs(ip->frag_off);
	l3_fragment(p, frag & IPV4_OFFSET_MASK, frag & IPV4_MORE_FRAGMENTS, ip->id);
	return CONTINUE;
}

static __always_inline int ipv6_is_extension(__u8 next)
{
	return next == IPV6_HOP_BY_HOP || next == IPV6_ROUTING || next == IPV6_FRAGMENT ||
	       next == IPV6_AUTHENTICATION || next == IPV6_DESTINATION || next == IPV6_MOBILITY ||
	       next == IPV6_HIP || next == IPV6_SHIM6;
}

/*
 * Follows the chain of extension headers. More of them than the shield follows, or a fragment that
 * is not the first, end it: what lies behind is out of sight.
 */
static __always_inline int l3_follow_ipv6(struct packet *p, __u8 next)
{
	for (int i = 0; i < IPV6_HEADERS_MAX; i++) {
		const struct ipv6_fragment *ext;
		__u32 size;

		if (!ipv6_is_extension(next))
			break;
		ext = packet_pull(p, sizeof(*ext));
		if (!ext)
			return REASON_CUT_HEADERS;
		if (next == IPV6_FRAGMENT) {
			__u32 field = bpf_ntohs(ext->offset);

			l3_fragment(p, field & IPV6_OFFSET_MASK, field & IPV6_MORE_FRAGMENTS,
				    ext->id);
			size = 0;
		} else if (next == IPV6_AUTHENTICATION) {
			size = ext->reserved * 4; /* in words, less 2 (RFC 4302 2.2) */
		} else {
			size = ext->reserved * 8; /* in 8 bytes, less the first 8 */
		}
		next = ext->next;
		if (p->f->fragment == FRAGMENT_LATER)
			break;
		if (!packet_skip(p, size))
			return REASON_CUT_HEADERS;
	}
	p->f->protocol = next;
	return CONTINUE;
}

static __always_inline int l3_parse_ipv6(struct packet *p)
{
	__u32 start = packet_offset(p);
	const struct ipv6hdr *ip = packet_pull(p, sizeof(*ip));

	if (!ip)
		return REASON_CUT_HEADERS;
	if (ip->version != 6)
		return REASON_NOT_IP;
	p->f->l3_end = start + sizeof(*ip) + bpf_ntohs(ip->payload_len);
	p->f->hop = ip->hop_limit;
	__builtin_memcpy(&p->f->src, &ip->saddr, sizeof(p->f->src));
	__builtin_memcpy(&p->f->dst, &ip->daddr, sizeof(p->f->dst));
	/* Mapped addresses are none on the wire (Linux drops them), and are our keys of IPv4. */
	if (addr_is_ipv4(&p->f->src))
		return REASON_NOT_IP;
	return l3_follow_ipv6(p, ip->nexthdr);
}

/* Leaves addresses, protocol and fragment, and the cursor at the transport header. */
static __always_inline int l3_parse(struct packet *p)
{
	if (p->f->ether_type == ETH_P_IP)
		return l3_parse_ipv4(p);
	if (p->f->ether_type == ETH_P_IPV6)
		return l3_parse_ipv6(p);
	return REASON_NOT_IP;
}

#endif
