/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What leads from a value to the signatures that it may hit: the same for the packet path and for
 * userspace, which fills the tables.
 */
#ifndef SIPSHIELD_SIGNATURE_INDEX_H
#define SIPSHIELD_SIGNATURE_INDEX_H

#include "bpf/sip_text.h"

/* Bucket of two bytes, the one that comes first in the text lowest, in any case. */
static __always_inline __u32 signature_bucket(__u32 pair)
{
	pair = (pair | 0x2020) & 0xffff;
	return (pair * 40503U & 0xffff) >> 10;
}

/* The cookie that all honest branches begin with, z9hG4bK, as sip_lower() makes it. */
#define SIGNATURE_LEAD SIP_WORD('z', '9', 'h', 'g', '4', 'b', 'k', 0)
#define SIGNATURE_LEAD_LEN 7

/* Bytes at a value's start that tell nothing: the tables of starts begin behind them. */
static __always_inline __u32 signature_lead(__u64 word)
{
	return (sip_lower(word) & sip_low_bytes(SIGNATURE_LEAD_LEN)) == SIGNATURE_LEAD
		       ? SIGNATURE_LEAD_LEN
		       : 0;
}

/* Bucket of a value's length. */
static __always_inline __u32 signature_length_bucket(__u32 length)
{
	return length < SIGNATURE_BUCKETS ? length : SIGNATURE_BUCKETS - 1;
}

/* Eight bytes with their ASCII letters in lower case. */
static __always_inline __u64 signature_fold(__u64 word)
{
	__u64 seven = word & SIP_BYTES(0x7f);
	__u64 upper = (seven + SIP_BYTES(0x80 - 'A')) ^ (seven + SIP_BYTES(0x7f - 'Z'));

	return word | (upper & ~word & SIP_BYTES(0x80)) >> 2;
}

/* Sets the top bit of each byte that is an ASCII letter or digit, and nothing else. */
static __always_inline __u64 signature_alnum(__u64 word)
{
	__u64 seven = word & SIP_BYTES(0x7f), lower = seven | SIP_BYTES(0x20);
	__u64 letter = (lower + SIP_BYTES(0x80 - 'a')) ^ (lower + SIP_BYTES(0x7f - 'z'));
	__u64 digit = (seven + SIP_BYTES(0x80 - '0')) ^ (seven + SIP_BYTES(0x7f - '9'));

	return (letter | digit) & ~word & SIP_BYTES(0x80);
}

#endif
