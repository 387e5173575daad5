/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A Call-ID that is a bare decimal number, as SIPVicious and many a script make it. RFC 3261 allows
 * it, and some phones do the same.
 */
#ifndef SIPSHIELD_CHECK_DECIMAL_CALL_ID_H
#define SIPSHIELD_CHECK_DECIMAL_CALL_ID_H

#include "bpf/fields.h"

static __always_inline int check_decimal_call_id(const struct request *r)
{
	struct sip_span id = r->sip->facts.header[SIP_HEADER_CALL_ID];
	__u32 first = sip_load(r->sip, id.off), last = sip_load(r->sip, sip_span_end(id) - 4);

	/* four bytes of 30 to 3f at either end: hardly any is left to be looked at byte by byte */
	return !(((first ^ SIP_ONE('0')) | (last ^ SIP_ONE('0'))) & SIP_ONE(0xf0)) && id.len > 4 &&
	       sip_span_is(r->sip, id, &sip_digit);
}

#endif
