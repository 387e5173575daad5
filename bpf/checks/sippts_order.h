/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The headers of sippts, for when somebody has changed its branch: a Contact that expires in 120
 * seconds, and Via, From, To, Contact, Call-ID, CSeq and Max-Forwards in this order.
 */
#ifndef SIPSHIELD_CHECK_SIPPTS_ORDER_H
#define SIPSHIELD_CHECK_SIPPTS_ORDER_H

#include "bpf/fields.h"

static __always_inline int check_sippts_order(const struct request *r)
{
	const struct sip_span *h = r->sip->facts.header;

	if (request_last8(r, SIP_HEADER_CONTACT) !=
	    SIP_WORD('i', 'r', 'e', 's', '=', '1', '2', '0'))
		return 0;
	return h[SIP_HEADER_VIA].off < h[SIP_HEADER_FROM].off &&
	       h[SIP_HEADER_FROM].off < h[SIP_HEADER_TO].off &&
	       h[SIP_HEADER_TO].off < h[SIP_HEADER_CONTACT].off &&
	       h[SIP_HEADER_CONTACT].off < h[SIP_HEADER_CALL_ID].off &&
	       h[SIP_HEADER_CALL_ID].off < h[SIP_HEADER_CSEQ].off &&
	       h[SIP_HEADER_CSEQ].off < h[SIP_HEADER_MAX_FORWARDS].off;
}

#endif
