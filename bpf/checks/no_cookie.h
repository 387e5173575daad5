/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The topmost Via has no branch, or one without the cookie of RFC 3261 8.1.1.7. Clients of RFC 2543
 * have none; many tools forgot it.
 */
#ifndef SIPSHIELD_CHECK_NO_COOKIE_H
#define SIPSHIELD_CHECK_NO_COOKIE_H

#include "bpf/fields.h"

static __always_inline int check_no_cookie(const struct request *r)
{
	return !sip_has_cookie(r->sip, r->fields->via.branch) && r->fields->via.host.len;
}

#endif
