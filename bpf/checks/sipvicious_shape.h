/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The other habits of SIPVicious, for when somebody has changed the tag's: a branch of the cookie,
 * a hyphen and a decimal number, a Call-ID that is a bare decimal number, and the headers in the
 * order that its program lists them, as of version 0.3 or 0.2. Its ACKs have no From tag at all.
 */
#ifndef SIPSHIELD_CHECK_SIPVICIOUS_SHAPE_H
#define SIPSHIELD_CHECK_SIPVICIOUS_SHAPE_H

#include "bpf/fields.h"

static __always_inline int sipvicious_order(const struct sip_span *h)
{
	__u32 via = h[SIP_HEADER_VIA].off, to = h[SIP_HEADER_TO].off;
	__u32 from = h[SIP_HEADER_FROM].off, contact = h[SIP_HEADER_CONTACT].off;
	__u32 id = h[SIP_HEADER_CALL_ID].off, cseq = h[SIP_HEADER_CSEQ].off;

	if (via < to && to < from && from < id && id < contact && contact < cseq)
		return 1;
	return via < from && from < to && to < contact && contact < cseq && cseq < id &&
	       id < h[SIP_HEADER_MAX_FORWARDS].off;
}

static __always_inline int check_sipvicious_shape(const struct request *r)
{
	const struct sip_facts *f = &r->sip->facts;
	struct sip_span branch = r->fields->via.branch, id = f->header[SIP_HEADER_CALL_ID];

	if (branch.len < 9 || branch.len > 18 || id.len > 25 ||
	    sip_load(r->sip, branch.off) != SIP_COOKIE_HYPHEN)
		return 0;
	return sipvicious_order(f->header) && sip_span_is(r->sip, id, &sip_digit) &&
	       sip_range_is(r->sip, branch.off + 8, sip_span_end(branch), &sip_digit);
}

#endif
