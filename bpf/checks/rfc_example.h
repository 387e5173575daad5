/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The OPTIONS request that RFC 3261 11.1 prints as an example, pasted as a probe by masscan and
 * others: its Call-ID together with its CSeq.
 */
#ifndef SIPSHIELD_CHECK_RFC_EXAMPLE_H
#define SIPSHIELD_CHECK_RFC_EXAMPLE_H

#include "bpf/fields.h"

static __always_inline int check_rfc_example(const struct request *r)
{
	struct sip_span id = r->sip->facts.header[SIP_HEADER_CALL_ID];

	return id.len == 14 && r->fields->cseq.number == 63104 &&
	       sip_load(r->sip, id.off) == SIP_WORD('a', '8', '4', 'b', '4', 'c', '7', '6') &&
	       sip_load(r->sip, id.off + 6) == SIP_WORD('7', '6', 'e', '6', '6', '7', '1', '0');
}

#endif
