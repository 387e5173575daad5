/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The method in CSeq must be the request's own (RFC 3261 8.1.1.5). Mr.SIP writes "CSeq: 1 INVITE"
 * into its BYEs and CANCELs; no user agent does. A message without CSeq, or with one that is cut
 * or unreadable, is another matter.
 */
#ifndef SIPSHIELD_CHECK_CSEQ_METHOD_H
#define SIPSHIELD_CHECK_CSEQ_METHOD_H

#include "bpf/packet.h"
#include "bpf/sip_field.h"

static __always_inline int check_cseq_method(const struct packet *p, struct sip_scratch *s)
{
	struct sip_span value = s->facts.header[SIP_HEADER_CSEQ];
	struct sip_cseq cseq = {};

	if (s->facts.extent != SIP_COMPLETE || !value.len)
		return 0;
	sip_cseq(s, &value, &cseq);
	return cseq.method != SIP_METHOD_NONE && cseq.method != p->f->method;
}

#endif
