/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A datagram over IPv4 without a checksum, from a port below 1024. A socket makes neither;
 * inviteflood, which writes its packets by itself, makes both. A device that saves the checksum
 * does not send from the ports of services.
 */
#ifndef SIPSHIELD_CHECK_RAW_SOCKET_H
#define SIPSHIELD_CHECK_RAW_SOCKET_H

#include <linux/if_ether.h>
#include <linux/in.h>

#include "bpf/fields.h"

static __always_inline int check_raw_socket(const struct request *r)
{
	const struct facts *f = r->packet;

	return !f->checksum && f->protocol == IPPROTO_UDP && bpf_ntohs(f->sport) < 1024 &&
	       f->ether_type == ETH_P_IP;
}

#endif
