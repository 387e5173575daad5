/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SQL in the user part of the Request-URI: an apostrophe, plain or escaped, and behind it a
 * comparison, a comment, or, union or select. An apostrophe alone is a character like others (RFC
 * 3261 25.1).
 */
#ifndef SIPSHIELD_CHECK_USER_INJECTION_H
#define SIPSHIELD_CHECK_USER_INJECTION_H

#include "bpf/fields.h"

static __always_inline int check_user_injection(const struct request *r)
{
	return r->fields->uri_marks & URI_INJECTION;
}

#endif
