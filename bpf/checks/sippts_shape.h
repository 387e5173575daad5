/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * sippts makes its branch of 71 random small letters and digits, without the cookie that RFC 3261
 * 8.1.1.7 asks for, and its Call-ID of 32 hexadecimal digits without a host.
 */
#ifndef SIPSHIELD_CHECK_SIPPTS_SHAPE_H
#define SIPSHIELD_CHECK_SIPPTS_SHAPE_H

#include "bpf/fields.h"

static __always_inline int check_sippts_shape(const struct request *r)
{
	struct sip_span branch = r->fields->via.branch;
	struct sip_span id = r->sip->facts.header[SIP_HEADER_CALL_ID];

	return branch.len == 71 && id.len == 32 && sip_span_is(r->sip, id, &sip_lower_hex) &&
	       sip_span_is(r->sip, branch, &sip_lower_alnum);
}

#endif
