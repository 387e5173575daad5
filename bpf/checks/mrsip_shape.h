/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Mr.SIP draws without putting back: its branch is the cookie, a hyphen and all ten digits in some
 * order, its From tag six digits, its Call-ID 27 small letters and digits, no two alike, and five
 * digits.
 */
#ifndef SIPSHIELD_CHECK_MRSIP_SHAPE_H
#define SIPSHIELD_CHECK_MRSIP_SHAPE_H

#include "bpf/fields.h"

static __always_inline int mrsip_all_digits(const struct sip_scratch *s, __u32 at)
{
	__u32 seen = 0;

	for (int i = 0; i < 10; i++)
		seen |= 1U << (sip_byte(s, at + i) & 15);
	return seen == 0x3ff;
}

static __always_inline int check_mrsip_shape(const struct request *r)
{
	struct sip_span branch = r->fields->via.branch, tag;
	struct sip_span id = r->sip->facts.header[SIP_HEADER_CALL_ID];
	__u32 tail = id.off + 27;

	if (id.len != 32 || branch.len != 18 || sip_load(r->sip, branch.off) != SIP_COOKIE_HYPHEN)
		return 0;
	tag = request_from_tag(r);
	return tag.len == 6 && sip_span_is(r->sip, tag, &sip_digit) &&
	       sip_range_is(r->sip, tail, sip_span_end(id), &sip_digit) &&
	       sip_range_is(r->sip, id.off, tail, &sip_lower_alnum) &&
	       sip_range_is(r->sip, branch.off + 8, sip_span_end(branch), &sip_digit) &&
	       mrsip_all_digits(r->sip, branch.off + 8);
}

#endif
