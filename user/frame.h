/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who sent an Ethernet frame to whom, for people and for the direction of a replay. Says nothing
 * about its fate: that is the packet path's. Pure.
 */
#ifndef SIPSHIELD_FRAME_H
#define SIPSHIELD_FRAME_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/types.h"

struct frame_info {
	bool ip;       /* IPv4 or IPv6, with the whole of its fixed header; else nothing is set */
	bool syn;      /* TCP that opens a connection: SYN without ACK */
	__u8 protocol; /* IPPROTO_, behind the extension headers of IPv6 */
	__u16 sport;   /* host byte order; 0: the packet has no ports, or they are out of sight */
	__u16 dport;
	struct addr src;
	struct addr dst;
	const __u8 *payload; /* of UDP or TCP, NULL: none in sight; points into the frame */
	size_t payload_len;
};

void frame_parse(const __u8 *data, size_t len, struct frame_info *out);

/*
 * The method of the SIP request that a payload begins with, as servers read it;
 * SIP_METHOD_RESPONSE for a response, SIP_METHOD_NONE for anything else.
 */
enum sip_method frame_method(const struct frame_info *frame);

#endif
