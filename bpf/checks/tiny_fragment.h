/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A first fragment that ends inside the start line, with less of it than any link's packets hold:
 * made to hide what the message is. The smallest packets of IPv4 that are met hold 576 bytes,
 * those of IPv6 1,280.
 */
#ifndef SIPSHIELD_CHECK_TINY_FRAGMENT_H
#define SIPSHIELD_CHECK_TINY_FRAGMENT_H

#include "bpf/fields.h"

static __always_inline int check_tiny_fragment(const struct request *r)
{
	return r->packet->fragment == FRAGMENT_FIRST && r->packet->payload_len < 64 &&
	       r->sip->facts.kind == SIP_KIND_CUT;
}

#endif
