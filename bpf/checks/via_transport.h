/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The topmost Via says another transport than UDP, and the request came over UDP. Over TCP any is
 * right: a balancer may have taken off TLS or WebSocket. Nothing breaks by it, and old probes are
 * not alone in it.
 */
#ifndef SIPSHIELD_CHECK_VIA_TRANSPORT_H
#define SIPSHIELD_CHECK_VIA_TRANSPORT_H

#include <linux/in.h>

#include "bpf/fields.h"

static __always_inline int check_via_transport(const struct request *r)
{
	return r->packet->protocol == IPPROTO_UDP && r->fields->via.transport > SIP_TRANSPORT_UDP;
}

#endif
