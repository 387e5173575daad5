/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Content-Length that is no number, that stands twice, or, in an unfragmented datagram, that is
 * more than what follows the header (RFC 3261 20.14, 18.3).
 */
#ifndef SIPSHIELD_CHECK_CONTENT_LENGTH_H
#define SIPSHIELD_CHECK_CONTENT_LENGTH_H

#include <linux/in.h>

#include "bpf/fields.h"

/*
 * The number of a value of up to four digits in a word of its own: what hardly any is not, and
 * cheaper than a call. ~0: it is another.
 */
static __always_inline __u32 content_length_short(__u32 word, __u32 len)
{
	__u32 digit = (word ^ SIP_ONE('0')) << (8 * (4 - len) & 31);

	if (len - 1 > 3 || ((digit | (digit + SIP_ONE(6))) & SIP_ONE(0xf0)))
		return ~0U;
	return (digit & 0xff) * 1000 + (digit >> 8 & 0xff) * 100 + (digit >> 16 & 0xff) * 10 +
	       (digit >> 24);
}

static __always_inline int check_content_length(const struct request *r)
{
	const struct sip_facts *f = &r->sip->facts;
	const struct sip_span *value = &f->header[SIP_HEADER_CONTENT_LENGTH];
	__u32 length;

	if (f->seen[SIP_HEADER_CONTENT_LENGTH] > 1)
		return 1;
	if (!value->len)
		return 0;
	length = content_length_short(sip_load(r->sip, value->off), value->len);
	if (length == ~0U && sip_number(r->sip, value, &length))
		return 1;
	return r->packet->protocol == IPPROTO_UDP && r->packet->fragment == FRAGMENT_NONE &&
	       f->body && length > r->packet->payload_len - f->body;
}

#endif
