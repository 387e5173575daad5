/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svcrack's first request, without credentials, has always the same From tag, and the branch of
 * all SIPVicious: the cookie, a hyphen and a decimal number.
 */
#ifndef SIPSHIELD_CHECK_SVCRACK_TAG_H
#define SIPSHIELD_CHECK_SVCRACK_TAG_H

#include "bpf/fields.h"

static __always_inline int check_svcrack_tag(const struct request *r)
{
	struct sip_span tag, branch = r->fields->via.branch;

	if (request_last8(r, SIP_HEADER_FROM) != SIP_WORD('0', '6', '2', '1', '0', '8', '4', '4'))
		return 0;
	tag = request_from_tag(r);
	return tag.len == 10 && (__u16)sip_load(r->sip, tag.off) == ('3' | '2' << 8) &&
	       branch.len > 8 && sip_load(r->sip, branch.off) == SIP_COOKIE_HYPHEN &&
	       sip_range_is(r->sip, branch.off + 8, sip_span_end(branch), &sip_digit);
}

#endif
