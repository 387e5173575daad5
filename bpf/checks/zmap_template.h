/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The SIP probe of ZMap has random letters and digits in every field, in numbers that never
 * change: a branch of six letters, a dot and ten digits without the cookie, a From tag of eight
 * digits, a Call-ID that begins with ten.
 */
#ifndef SIPSHIELD_CHECK_ZMAP_TEMPLATE_H
#define SIPSHIELD_CHECK_ZMAP_TEMPLATE_H

#include "bpf/fields.h"

static __always_inline int check_zmap_template(const struct request *r)
{
	struct sip_span branch = r->fields->via.branch, tag;
	struct sip_span id = r->sip->facts.header[SIP_HEADER_CALL_ID];

	if (branch.len != 17 || id.len < 11 || sip_byte(r->sip, branch.off + 6) != '.' ||
	    sip_byte(r->sip, id.off + 10) != '@')
		return 0;
	tag = request_from_tag(r);
	return tag.len == 8 && sip_range_is(r->sip, branch.off, branch.off + 6, &sip_letter) &&
	       sip_range_is(r->sip, branch.off + 7, sip_span_end(branch), &sip_digit) &&
	       sip_span_is(r->sip, tag, &sip_digit) &&
	       sip_range_is(r->sip, id.off, id.off + 10, &sip_digit);
}

#endif
