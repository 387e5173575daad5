/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A whole header without Via, From, To, Call-ID or CSeq: RFC 3261 8.1.1 asks for each in every
 * request, and no server can answer without.
 */
#ifndef SIPSHIELD_CHECK_MISSING_HEADER_H
#define SIPSHIELD_CHECK_MISSING_HEADER_H

#include "bpf/fields.h"

static __always_inline int check_missing_header(const struct request *r)
{
	const struct sip_facts *f = &r->sip->facts;

	return f->extent == SIP_COMPLETE && f->kind == SIP_KIND_REQUEST &&
	       !(f->seen[SIP_HEADER_VIA] && f->seen[SIP_HEADER_FROM] && f->seen[SIP_HEADER_TO] &&
		 f->seen[SIP_HEADER_CALL_ID] && f->seen[SIP_HEADER_CSEQ]);
}

#endif
