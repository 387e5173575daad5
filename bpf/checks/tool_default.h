/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sender that SIPp and sipsak put in where nobody told them one. Operators test with them, and
 * so do others.
 */
#ifndef SIPSHIELD_CHECK_TOOL_DEFAULT_H
#define SIPSHIELD_CHECK_TOOL_DEFAULT_H

#include "bpf/fields.h"

static __always_inline int check_tool_default(const struct request *r)
{
	__u32 from = r->sip->facts.header[SIP_HEADER_FROM].off;
	__u64 word = sip_load(r->sip, from);

	if (word == SIP_WORD('s', 'i', 'p', 'p', ' ', '<', 's', 'i'))
		return (sip_load(r->sip, from + 8) & sip_low_bytes(7)) ==
		       SIP_WORD('p', ':', 's', 'i', 'p', 'p', '@', 0);
	return word == SIP_WORD('s', 'i', 'p', ':', 's', 'i', 'p', 's') &&
	       (sip_load(r->sip, from + 8) & sip_low_bytes(3)) ==
		       SIP_WORD('a', 'k', '@', 0, 0, 0, 0, 0);
}

#endif
