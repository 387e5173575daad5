/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Content-Length that is no number, that stands twice, or, in an unfragmented datagram, that is
 * more than what follows the header (RFC 3261 20.14, 18.3).
 */
#ifndef SIPSHIELD_CHECK_CONTENT_LENGTH_H
#define SIPSHIELD_CHECK_CONTENT_LENGTH_H

#include <linux/in.h>

#include "bpf/fields.h"

static __always_inline int check_content_length(const struct request *r)
{
	const struct sip_facts *f = &r->sip->facts;
	const struct sip_span *value = &f->header[SIP_HEADER_CONTENT_LENGTH];
	__u32 length = 0;

	if (f->seen[SIP_HEADER_CONTENT_LENGTH] > 1)
		return 1;
	if (value->len < 2)
		return value->len && sip_byte(r->sip, value->off) - (__u32)'0' > 9;
	if (sip_number(r->sip, value, &length))
		return 1;
	return r->packet->protocol == IPPROTO_UDP && r->packet->fragment == FRAGMENT_NONE &&
	       f->body && length > r->packet->payload_len - f->body;
}

#endif
