/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Several Content-Lengths that differ: what one server takes for the body is the next request to
 * another. RFC 3261 20.14 knows one; that two are alike is another matter.
 */
#ifndef SIPSHIELD_CHECK_CONTENT_LENGTHS_H
#define SIPSHIELD_CHECK_CONTENT_LENGTHS_H

#include "bpf/fields.h"

static __always_inline int check_content_lengths(const struct request *r)
{
	return r->sip->facts.unequal;
}

#endif
