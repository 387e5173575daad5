/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * inviteflood counts its messages in ten digits with leading zeros, and writes the same count at
 * the end of the branch, of the From tag, of the Call-ID, and as CSeq.
 */
#ifndef SIPSHIELD_CHECK_REPEATED_COUNTER_H
#define SIPSHIELD_CHECK_REPEATED_COUNTER_H

#include "bpf/fields.h"

/* Does the span end with the ten bytes at `count`? */
static __always_inline int counter_ends(struct sip_scratch *s, struct sip_span span, __u32 count)
{
	__u32 end = sip_span_end(span);

	return span.len >= 10 && sip_load(s, end - 10) == sip_load(s, count) &&
	       sip_load(s, end - 8) == sip_load(s, count + 2);
}

static __always_inline int check_repeated_counter(const struct request *r)
{
	const struct sip_span *h = r->sip->facts.header;
	__u32 cseq = h[SIP_HEADER_CSEQ].off;

	if (h[SIP_HEADER_CSEQ].len < 12 || sip_byte(r->sip, cseq) != '0' ||
	    !sip_range_is(r->sip, cseq, cseq + 10, &sip_digit))
		return 0;
	return counter_ends(r->sip, r->fields->via.branch, cseq) &&
	       counter_ends(r->sip, request_from_tag(r), cseq) &&
	       counter_ends(r->sip, h[SIP_HEADER_CALL_ID], cseq);
}

#endif
