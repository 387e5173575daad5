/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svmap writes the address and the port that it asks, as hexadecimal digits, into its From tag,
 * and these in hexadecimal once more. Both are ours, so that 24 characters are known before they
 * come. Of an IPv6 address it writes what it was told, in any spelling: that is left to
 * sipvicious-tag.
 */
#ifndef SIPSHIELD_CHECK_OWN_ADDRESS_TAG_H
#define SIPSHIELD_CHECK_OWN_ADDRESS_TAG_H

#include "bpf/fields.h"

/* Can the eight bytes be hexadecimal digits? One of two bits is set in each of these. */
static __always_inline int own_address_hex(__u64 word)
{
	return ((word >> 6 ^ word >> 4) & SIP_BYTES(1)) == SIP_BYTES(1);
}

/* The low 16 bits of a number as four hexadecimal digits, each as two. */
static __always_inline __u64 own_address_word(__u32 number)
{
	__u64 word = 0;

	for (int i = 0; i < 4; i++) {
		__u64 digit = number >> (12 - 4 * i) & 15, letter = (digit + 6) >> 4;

		word |= (('3' + 3 * letter) | ('0' + digit - 9 * letter) << 8) << (16 * i);
	}
	return word;
}

static __always_inline int check_own_address_tag(const struct request *r)
{
	const struct facts *f = r->packet;
	__u32 address = bpf_ntohl(f->dst.word[3]);
	struct sip_span tag;

	if (!own_address_hex(request_last8(r, SIP_HEADER_FROM)) || f->dst.half[0] ||
	    f->dst.word[2] != bpf_htonl(0xffff))
		return 0;
	tag = request_from_tag(r);
	return tag.len >= 24 && sip_load(r->sip, tag.off) == own_address_word(address >> 16) &&
	       sip_load(r->sip, tag.off + 8) == own_address_word(address) &&
	       sip_load(r->sip, tag.off + 16) == own_address_word(bpf_ntohs(f->dport));
}

#endif
