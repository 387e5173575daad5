/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ethernet and up to two tags (IEEE 802.1Q, 802.1ad). */
#ifndef SIPSHIELD_L2_H
#define SIPSHIELD_L2_H

#include <linux/if_ether.h>

#include "bpf/packet.h"

#define VLAN_TAGS 2

struct vlan_tag {
	__be16 tci;
	__be16 ether_type;
};

static __always_inline int l2_is_vlan(__be16 ether_type)
{
	return ether_type == bpf_htons(ETH_P_8021Q) || ether_type == bpf_htons(ETH_P_8021AD);
}

/* Leaves ether_type and the cursor at the network header. */
static __always_inline int l2_parse(struct packet *p)
{
	const struct ethhdr *eth = packet_pull(p, sizeof(*eth));
	__be16 ether_type;

	if (!eth)
		return REASON_CUT_HEADERS;
	ether_type = eth->h_proto;
#pragma unroll
	for (int i = 0; i < VLAN_TAGS; i++) {
		const struct vlan_tag *tag;

		if (!l2_is_vlan(ether_type))
			break;
		tag = packet_pull(p, sizeof(*tag));
		if (!tag)
			return REASON_CUT_HEADERS;
		ether_type = tag->ether_type;
	}
	p->f->ether_type = bpf_ntohs(ether_type);
	return CONTINUE;
}

#endif
