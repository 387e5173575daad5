/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * svmap writes the address and the port that it asks, as hexadecimal digits, into its From tag,
 * and these in hexadecimal once more. Both are ours, so that 24 characters are known before they
 * come. Of an IPv6 address it takes out the colons: that of the text of RFC 5952 is known, too,
 * other spellings are left to sipvicious-tag.
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

/* The longest run of zero groups of an IPv6 address, a bit for each: RFC 5952 leaves it out. */
__subprog __u32 own_address_gap(const struct facts *f)
{
	__u32 zero = 0, begins, length = 1;

	if (!f)
		return 0;
	for (int i = 0; i < 8; i++)
		zero |= (__u32) !(f->dst.byte[2 * i] | f->dst.byte[2 * i + 1]) << i;
	begins = zero; /* a bit where a run of this length begins */
	for (int i = 1; i < 8 && (begins & zero >> i); i++) {
		begins &= zero >> i;
		length = i + 1;
	}
	return length > 1 ? (begins & -begins) * ((1U << length) - 1) : 0;
}

/* Is a group at `at`, without leading zeros? Returns the offset behind it, or 0. */
__subprog __u32 own_address_group(struct sip_scratch *s, __u32 at, __u32 group)
{
	__u64 word = own_address_word(group);
	__u32 zeros = (group < 0x1000) + (group < 0x100) + (group < 0x10);
	__u64 mask = ~0ULL >> (16 * (zeros & 3));

	if (!s || (sip_load(s, at) ^ word >> (16 * (zeros & 3))) & mask)
		return 0;
	return at + 8 - 2 * zeros;
}

/* Does the From tag begin with our IPv6 address and port? */
__subprog int own_address_text(struct sip_scratch *s, const struct facts *f)
{
	__u32 at, gap;

	if (!s || !f)
		return 0;
	at = fields_from_tag(s);
	if (!at)
		return 0;
	gap = own_address_gap(f);
	for (__u32 i = 0; i < 8; i++) {
		if (gap >> i & 1)
			continue;
		at = own_address_group(s, at, f->dst.byte[2 * i] << 8 | f->dst.byte[2 * i + 1]);
		if (!at)
			return 0;
	}
	return sip_load(s, at) == own_address_word(bpf_ntohs(f->dport));
}

static __always_inline int check_own_address_tag(const struct request *r)
{
	const struct facts *f = r->packet;
	__u32 address = bpf_ntohl(f->dst.word[3]);
	struct sip_span tag;

	if (!own_address_hex(request_last8(r, SIP_HEADER_FROM)))
		return 0;
	if (f->dst.half[0] || f->dst.word[2] != bpf_htonl(0xffff))
		return own_address_text(r->sip, f);
	tag = request_from_tag(r);
	return tag.len >= 24 && sip_load(r->sip, tag.off) == own_address_word(address >> 16) &&
	       sip_load(r->sip, tag.off + 8) == own_address_word(address) &&
	       sip_load(r->sip, tag.off + 16) == own_address_word(bpf_ntohs(f->dport));
}

#endif
