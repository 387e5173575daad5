/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SIP scripts of Nmap, whatever User-Agent they claim: random letters, digits and underscores,
 * 25 behind the cookie, 20 as From tag, 60 as Call-ID without a host, and a CSeq that begins at
 * 1234.
 */
#ifndef SIPSHIELD_CHECK_NMAP_SHAPE_H
#define SIPSHIELD_CHECK_NMAP_SHAPE_H

#include "bpf/fields.h"

static __always_inline int check_nmap_shape(const struct request *r)
{
	struct sip_span branch = r->fields->via.branch, tag;
	struct sip_span id = r->sip->facts.header[SIP_HEADER_CALL_ID];

	if (id.len != 60 || branch.len != 32 || r->fields->cseq.number - 1234 > 100)
		return 0;
	tag = request_from_tag(r);
	return tag.len == 20 && sip_span_is(r->sip, id, &sip_word_char) &&
	       sip_span_is(r->sip, tag, &sip_word_char) &&
	       sip_span_is(r->sip, branch, &sip_word_char);
}

#endif
