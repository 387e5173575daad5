/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIPVicious writes what it needs to know again into its From tag, in hexadecimal: some text, the
 * byte 1, and a random number of 32 bits in decimal. At least seven digits of it are asked for
 * (one in 4,000 is shorter), so that a random tag of hexadecimal digits fits once in 10^10.
 */
#ifndef SIPSHIELD_CHECK_SIPVICIOUS_TAG_H
#define SIPSHIELD_CHECK_SIPVICIOUS_TAG_H

#include "bpf/fields.h"

/* Are the eight bytes four digits in hexadecimal: 30 to 39? */
static __always_inline int sipvicious_digits(__u64 word)
{
	__u64 digits = word >> 8 & 0x00ff00ff00ff00ffULL;

	return (word & 0x00ff00ff00ff00ffULL) == 0x0033003300330033ULL &&
	       !((digits ^ 0x0030003000300030ULL) & 0x00f000f000f000f0ULL) &&
	       !((digits + 0x0006000600060006ULL) & 0x0040004000400040ULL);
}

/* Is there the byte 1 before the seven digits at `to`, or before one to three more? */
static __always_inline int sipvicious_mark(const struct sip_scratch *s, __u32 from, __u32 to)
{
	for (int i = 0; i < 4 && to >= from + 4; i++, to -= 2) {
		__u16 pair = sip_load(s, to - 2);

		if (pair == ('0' | '1' << 8))
			return 1;
		if ((__u8)pair != '3')
			return 0;
	}
	return 0;
}

static __always_inline int check_sipvicious_tag(const struct request *r)
{
	struct sip_span tag;
	__u32 end;

	if (!sipvicious_digits(request_last8(r, SIP_HEADER_FROM)))
		return 0;
	tag = request_from_tag(r);
	end = sip_span_end(tag);
	return tag.len >= 18 && !(tag.len & 1) && sipvicious_digits(sip_load(r->sip, end - 14)) &&
	       sipvicious_mark(r->sip, tag.off, end - 14) &&
	       sip_span_is(r->sip, tag, &sip_lower_hex);
}

#endif
