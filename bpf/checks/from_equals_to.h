/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * An OPTIONS request from an address to the same address, at a host that is not the one asked: as
 * svmap sends it. A registration has both alike by its nature, a keepalive sometimes.
 */
#ifndef SIPSHIELD_CHECK_FROM_EQUALS_TO_H
#define SIPSHIELD_CHECK_FROM_EQUALS_TO_H

#include "bpf/fields.h"

/* The host in a URI with a user part; absent if there is no user part. */
static __always_inline struct sip_span equals_host(struct sip_scratch *s, struct sip_span uri)
{
	__u32 end = sip_span_end(uri), at = sip_find_far(s, uri.off, end, SIP_ONE('@'), 0) + 1;

	if (at > end)
		return (struct sip_span){};
	return sip_span(at, sip_find_far(s, at, end, SIP_SET(':', ';', '>', '?'), SIP_LWS));
}

static __always_inline int check_from_equals_to(const struct request *r)
{
	const struct sip_facts *f = &r->sip->facts;
	struct sip_span from = f->header[SIP_HEADER_FROM], to = f->header[SIP_HEADER_TO];

	if (r->packet->method != SIP_METHOD_OPTIONS || !to.len || from.len < to.len + 5 ||
	    !sip_same(r->sip, from.off, to.off, to.len))
		return 0;
	/* the one is the other and ;tag= */
	if (from.off + to.len + 5U != fields_from_tag(r->sip))
		return 0;
	return !sip_spans_same(r->sip, equals_host(r->sip, to), equals_host(r->sip, f->uri));
}

#endif
