/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A CSeq number that does not fit into 32 bits; RFC 3261 8.1.1.5 allows less than 2^31. Nobody
 * counts that far.
 */
#ifndef SIPSHIELD_CHECK_CSEQ_RANGE_H
#define SIPSHIELD_CHECK_CSEQ_RANGE_H

#include "bpf/fields.h"

static __always_inline int check_cseq_range(const struct request *r)
{
	return r->fields->cseq.overflow;
}

#endif
