/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A header line without a colon, or with a name of other characters than RFC 3261 25.1 allows:
 * written by fuzzers. Only the first eight bytes of a line make it suspect, which bounds the cost
 * for honest ones.
 */
#ifndef SIPSHIELD_CHECK_HEADER_NAME_H
#define SIPSHIELD_CHECK_HEADER_NAME_H

#include "bpf/fields.h"

static __always_inline int check_header_name(const struct request *r)
{
	return r->sip->facts.odd_name;
}

#endif
