/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the bytes of a span are: the questions that structural checks ask of tokens. */
#ifndef SIPSHIELD_SIP_TEXT_H
#define SIPSHIELD_SIP_TEXT_H

#include "sip.h"

#define SIP_TEXT_BYTES 128 /* of a span are looked at; a longer one is of no kind */

/* Sets of characters, a bit for each: those below 64, and those from 64 to 127. */
struct sip_chars {
	__u64 low;
	__u64 high;
};

#define SIP_CHARS_DIGIT 0x03ff000000000000ULL
#define SIP_CHARS_LOWER 0x07fffffe00000000ULL
#define SIP_CHARS_UPPER 0x0000000007fffffeULL

static const struct sip_chars sip_digit = { .low = SIP_CHARS_DIGIT };
static const struct sip_chars sip_lower_hex = { .low = SIP_CHARS_DIGIT, .high = 0x7eULL << 32 };
static const struct sip_chars sip_letter = { .high = SIP_CHARS_LOWER | SIP_CHARS_UPPER };
/* RFC 3261 25.1: token */
static const struct sip_chars sip_token = {
	.low = SIP_CHARS_DIGIT | 1ULL << '!' | 1ULL << '%' | 1ULL << '\'' | 1ULL << '*' |
	       1ULL << '+' | 1ULL << '-' | 1ULL << '.',
	.high = SIP_CHARS_LOWER | SIP_CHARS_UPPER | 1ULL << ('_' - 64) | 1ULL << ('`' - 64) |
		1ULL << ('~' - 64),
};
static const struct sip_chars sip_lower_alnum = { .low = SIP_CHARS_DIGIT, .high = SIP_CHARS_LOWER };
/* Letters, digits and the underscore. */
static const struct sip_chars sip_word_char = {
	.low = SIP_CHARS_DIGIT,
	.high = SIP_CHARS_LOWER | SIP_CHARS_UPPER | 1ULL << ('_' - 64),
};

static __always_inline int sip_chars_have(__u64 low, __u64 high, __u8 byte)
{
	__u64 bits = byte & 0x40 ? high : low;

	return !(byte & 0x80) && bits >> (byte & 0x3f) & 1;
}

/* Whether [at, end), of 1 to SIP_TEXT_BYTES bytes, is made of the characters of a set alone. */
__subprog int sip_made_of(struct sip_scratch *s, __u32 at, __u32 end, __u64 low, __u64 high)
{
	if (!s || at >= end)
		return 0;
	for (int i = 0; i < SIP_TEXT_BYTES && at < end; i++, at++)
		if (!sip_chars_have(low, high, sip_byte(s, at)))
			return 0;
	return at >= end;
}

static __always_inline int sip_range_is(struct sip_scratch *s, __u32 at, __u32 end,
					const struct sip_chars *set)
{
	return sip_made_of(s, at, end, set->low, set->high);
}

static __always_inline int sip_span_is(struct sip_scratch *s, struct sip_span span,
				       const struct sip_chars *set)
{
	return sip_made_of(s, span.off, span.off + span.len, set->low, set->high);
}

/* Offset behind the span. */
static __always_inline __u32 sip_span_end(struct sip_span span)
{
	return span.off + span.len;
}

/* Whether the `length` bytes at two places are the same; no more than SIP_TEXT_BYTES ever are. */
__subprog int sip_same(struct sip_scratch *s, __u32 a, __u32 b, __u32 length)
{
	if (!s || length > SIP_TEXT_BYTES)
		return 0;
	if (length < 8)
		return !((sip_load(s, a) ^ sip_load(s, b)) & sip_low_bytes(length));
	barrier_var(length); /* the bound of the loop stays in the code: 6.1 sees no other */
	for (__u32 i = 0; i < SIP_TEXT_BYTES && i < length - 8; i += 8)
		if (sip_load(s, a + i) != sip_load(s, b + i))
			return 0;
	return sip_load(s, a + length - 8) == sip_load(s, b + length - 8);
}

static __always_inline int sip_spans_same(struct sip_scratch *s, struct sip_span a,
					  struct sip_span b)
{
	return a.len == b.len && sip_same(s, a.off, b.off, a.len);
}

/* Up to eight bytes in lower case (and some marks changed): for comparisons with letters. */
static __always_inline __u64 sip_lower(__u64 word)
{
	return word | SIP_BYTES(0x20);
}

/* Does a branch begin with the cookie that makes it a transaction's name (RFC 3261 8.1.1.7)? */
static __always_inline int sip_has_cookie(const struct sip_scratch *s, struct sip_span branch)
{
	return branch.len > 7 && (sip_load(s, branch.off) & sip_low_bytes(7)) ==
					 SIP_WORD('z', '9', 'h', 'G', '4', 'b', 'K', 0);
}

/* "z9hG4bK-", as many tools begin a branch; the cookie and a hyphen. */
#define SIP_COOKIE_HYPHEN SIP_WORD('z', '9', 'h', 'G', '4', 'b', 'K', '-')

#endif
