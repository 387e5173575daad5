/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What nftables would do to the packets of a port, from `nft -j list ruleset`. Pure.
 */
#ifndef SIPSHIELD_DOCTOR_NFT_H
#define SIPSHIELD_DOCTOR_NFT_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/types.h"

struct nft_port {
	__u8 protocol; /* IPPROTO_UDP or IPPROTO_TCP */
	__u16 port;    /* host byte order */
};

struct nft_view {
	unsigned int drops; /* rules that drop or reject one of the ports */
	char rule[120];	    /* where the first of them is: "inet filter input" */
	bool closed; /* a chain of what comes in drops what no rule accepts, and none names a port */
	char chain[96];
};

/* -EINVAL: that is not what nft prints. Sets are not looked into: a rule that asks one is none. */
int nft_read(const char *json, const struct nft_port *port, size_t ports, struct nft_view *out);

#endif
