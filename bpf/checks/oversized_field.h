/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Fields of a size that no user agent makes, as fuzzers do. RFC 4475 3.1.1.7 calls a From of 590
 * bytes valid, a To of 486 and a branch of 229: what is oversized is longer than those.
 */
#ifndef SIPSHIELD_CHECK_OVERSIZED_FIELD_H
#define SIPSHIELD_CHECK_OVERSIZED_FIELD_H

#include "bpf/fields.h"

static __always_inline int check_oversized_field(const struct request *r)
{
	const struct sip_span *h = r->sip->facts.header;

	return r->fields->via.branch.len > 255 || h[SIP_HEADER_CALL_ID].len > 255 ||
	       h[SIP_HEADER_FROM].len > 767 || h[SIP_HEADER_TO].len > 767 ||
	       h[SIP_HEADER_CSEQ].len > 127;
}

#endif
