/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Hosts that were made up and left in: those of the examples of RFC 3261 as the sender of a
 * request, and the user 100 or 123 at 1.1.1.1 that SIPVicious writes where it needs none. A server
 * that has this address is spared.
 */
#ifndef SIPSHIELD_CHECK_PLACEHOLDER_HOST_H
#define SIPSHIELD_CHECK_PLACEHOLDER_HOST_H

#include "bpf/fields.h"

#define PLACEHOLDER_ONES SIP_WORD('@', '1', '.', '1', '.', '1', '.', '1')

/* The five hosts by their first eight letters and the eight before ".com". */
static __always_inline int placeholder_sender(const struct sip_scratch *s, struct sip_span host)
{
	__u64 first = sip_lower(sip_load(s, host.off));
	__u32 end = sip_span_end(host);

	if ((__u32)sip_lower(sip_load(s, end - 4)) != SIP_SET('.', 'c', 'o', 'm'))
		return 0;
	switch (sip_lower(sip_load(s, end - 12))) {
	case SIP_WORD('.', 'a', 't', 'l', 'a', 'n', 't', 'a'):
		return (host.len == 16 &&
			first == SIP_WORD('p', 'c', '3', '3', '.', 'a', 't', 'l')) ||
		       (host.len == 25 &&
			first == SIP_WORD('b', 'i', 'g', 'b', 'o', 'x', '3', '.'));
	case SIP_WORD('c', '.', 'b', 'i', 'l', 'o', 'x', 'i'):
		return host.len == 17 && first == SIP_WORD('b', 'o', 'b', 's', 'p', 'c', '.', 'b');
	case SIP_WORD('0', '.', 'b', 'i', 'l', 'o', 'x', 'i'):
		return host.len == 19 && first == SIP_WORD('s', 'e', 'r', 'v', 'e', 'r', '1', '0');
	case SIP_WORD('e', 'l', 'e', 'p', 'h', 'o', 'n', 'e'):
		return host.len == 25 &&
		       first == SIP_WORD('e', 'r', 'l', 'a', 'n', 'g', '.', 'b') &&
		       sip_lower(sip_load(s, end - 18)) ==
			       SIP_WORD('b', 'e', 'l', 'l', '-', 't', 'e', 'l');
	default:
		return 0;
	}
}

/* To: "sipvicious"<sip:100@1.1.1.1>: svmap writes the same there as in From. */
static __always_inline int placeholder_to(const struct request *r)
{
	struct sip_span to = r->sip->facts.header[SIP_HEADER_TO];
	__u32 end = sip_span_end(to);

	return request_last8(r, SIP_HEADER_TO) ==
		       SIP_WORD('1', '.', '1', '.', '1', '.', '1', '>') &&
	       to.len >= 17 &&
	       sip_load(r->sip, end - 13) == SIP_WORD(':', '1', '0', '0', '@', '1', '.', '1') &&
	       sip_same(r->sip, r->sip->facts.header[SIP_HEADER_FROM].off, to.off, to.len);
}

/* sip:123@1.1.1.1, and nothing else. */
static __always_inline int placeholder_contact(const struct sip_scratch *s, struct sip_span contact)
{
	return contact.len == 15 && sip_load(s, contact.off + 7) == PLACEHOLDER_ONES &&
	       sip_load(s, contact.off) == SIP_WORD('s', 'i', 'p', ':', '1', '2', '3', '@');
}

static __always_inline int check_placeholder_host(const struct request *r)
{
	const struct sip_fields *v = r->fields;

	if (v->via.host.len >= 16 && placeholder_sender(r->sip, v->via.host))
		return 1;
	if (!placeholder_to(r) &&
	    !placeholder_contact(r->sip, r->sip->facts.header[SIP_HEADER_CONTACT]))
		return 0;
	return r->packet->dst.word[3] != bpf_htonl(0x01010101) &&
	       r->packet->src.word[3] != bpf_htonl(0x01010101);
}

#endif
