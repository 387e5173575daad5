/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A control character inside of the Request-URI. Behind a method that was understood it is no
 * accident of the line or of another protocol.
 */
#ifndef SIPSHIELD_CHECK_LINE_CONTROL_H
#define SIPSHIELD_CHECK_LINE_CONTROL_H

#include "bpf/fields.h"

static __always_inline int check_line_control(const struct request *r)
{
	return r->fields->uri_marks & URI_CONTROL;
}

#endif
