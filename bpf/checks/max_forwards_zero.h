/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A request that may not be forwarded any more: a traceroute of SIP, or a loop that ends here. */
#ifndef SIPSHIELD_CHECK_MAX_FORWARDS_ZERO_H
#define SIPSHIELD_CHECK_MAX_FORWARDS_ZERO_H

#include "bpf/fields.h"

static __always_inline int check_max_forwards_zero(const struct request *r)
{
	struct sip_span value = r->sip->facts.header[SIP_HEADER_MAX_FORWARDS];

	return value.len == 1 && sip_byte(r->sip, value.off) == '0';
}

#endif
