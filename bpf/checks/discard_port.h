/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The topmost Via of a datagram names the discard port, 9, for the answer (RFC 863): sipsak in its
 * flood mode and inviteflood do, to be spared the answers. Nobody who wants one does.
 */
#ifndef SIPSHIELD_CHECK_DISCARD_PORT_H
#define SIPSHIELD_CHECK_DISCARD_PORT_H

#include <linux/in.h>

#include "bpf/fields.h"

static __always_inline int check_discard_port(const struct request *r)
{
	struct sip_span port = r->fields->via.port;

	return port.len == 1 && sip_byte(r->sip, port.off) == '9' &&
	       r->packet->protocol == IPPROTO_UDP && r->packet->dport != bpf_htons(9);
}

#endif
