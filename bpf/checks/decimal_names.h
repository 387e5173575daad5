/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A branch of the cookie, a hyphen and a decimal number, together with a Call-ID that is a bare
 * decimal number: SIPVicious and its copies, in any order of headers.
 */
#ifndef SIPSHIELD_CHECK_DECIMAL_NAMES_H
#define SIPSHIELD_CHECK_DECIMAL_NAMES_H

#include "bpf/fields.h"

static __always_inline int check_decimal_names(const struct request *r)
{
	struct sip_span branch = r->fields->via.branch;
	struct sip_span id = r->sip->facts.header[SIP_HEADER_CALL_ID];

	return sip_load(r->sip, branch.off) == SIP_COOKIE_HYPHEN && branch.len > 8 &&
	       sip_span_is(r->sip, id, &sip_digit) &&
	       sip_range_is(r->sip, branch.off + 8, sip_span_end(branch), &sip_digit);
}

#endif
