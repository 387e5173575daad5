/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The method in CSeq must be the request's own (RFC 3261 8.1.1.5). Mr.SIP writes "CSeq: 1 INVITE"
 * into its BYEs and CANCELs; no user agent does. A message without CSeq, or with one that is cut
 * or unreadable, is another matter.
 */
#ifndef SIPSHIELD_CHECK_CSEQ_METHOD_H
#define SIPSHIELD_CHECK_CSEQ_METHOD_H

#include "bpf/fields.h"

static __always_inline int check_cseq_method(const struct request *r)
{
	__u8 method = r->fields->cseq.method;

	return r->sip->facts.extent == SIP_COMPLETE && method != SIP_METHOD_NONE &&
	       method != r->packet->method;
}

#endif
