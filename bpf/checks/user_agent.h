/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names that only scanners and attack tools bear. A name that a product of some kind bears too is
 * not here; what comes before or behind the name decides nothing, as long as it begins the value
 * and ends as a word.
 */
#ifndef SIPSHIELD_CHECK_USER_AGENT_H
#define SIPSHIELD_CHECK_USER_AGENT_H

#include "bpf/fields.h"

#define SCANNER_INITIAL(letter) (1U << ((letter)&31))
#define SCANNER_INITIALS                                                                           \
	(SCANNER_INITIAL('f') | SCANNER_INITIAL('i') | SCANNER_INITIAL('n') |                      \
	 SCANNER_INITIAL('p') | SCANNER_INITIAL('s'))

/* By their first eight letters. */
static __always_inline int scanner_long_name(__u64 word, __u8 ninth)
{
	switch (word) {
	case SIP_WORD('f', 'r', 'i', 'e', 'n', 'd', 'l', 'y'): /* friendly-scanner, -request */
		return ninth == '-';
	case SIP_WORD('n', 'm', 'a', 'p', ' ', 'n', 's', 'e'):
	case SIP_WORD('n', 's', 'a', 'u', 'd', 'i', 't', 'o'): /* Nsauditor */
	case SIP_WORD('s', 'i', 'p', 'a', 'r', 'm', 'y', 'k'): /* siparmyknife */
	case SIP_WORD('s', 'i', 'p', 'v', 'i', 'c', 'i', 'o'): /* sipvicious */
	case SIP_WORD('s', 'u', 'n', 'd', 'a', 'y', 'd', 'd'): /* sundayddr */
	case SIP_WORD('s', 'u', 'n', 'd', 'a', 'y', 'a', 'd'): /* sundayaddr */
		return 1;
	default:
		return 0;
	}
}

/* Does the name of n letters end there, as a word? */
static __always_inline int scanner_ends(__u64 word, __u32 n, __u32 len)
{
	__u8 next = word >> (8 * n);

	return len == n || next == '/' || next == ' ' || next == ';';
}

/* Those of less than eight. */
static __always_inline int scanner_short_name(__u64 word, __u32 len)
{
	switch ((__u32)word) {
	case SIP_SET('i', 'w', 'a', 'r'):
	case SIP_SET('s', 'm', 'a', 'p'):
		return scanner_ends(word, 4, len);
	case SIP_SET('p', 'p', 'l', 's'):
		return (word & sip_low_bytes(6)) == SIP_WORD('p', 'p', 'l', 's', 'i', 'p', 0, 0) &&
		       scanner_ends(word, 6, len);
	case SIP_SET('s', 'i', 'p', 'c'):
		return (word & sip_low_bytes(6)) == SIP_WORD('s', 'i', 'p', 'c', 'l', 'i', 0, 0) &&
		       scanner_ends(word, 6, len);
	case SIP_SET('s', 'i', 'p', 's'):
		return (word & sip_low_bytes(7)) ==
			       SIP_WORD('s', 'i', 'p', 's', 'c', 'a', 'n', 0) &&
		       scanner_ends(word, 7, len);
	case SIP_SET('s', 'i', 'p', '-'):
		return word == SIP_WORD('s', 'i', 'p', '-', 's', 'c', 'a', 'n') && len == 8;
	default:
		return 0;
	}
}

static __always_inline int check_user_agent(const struct request *r)
{
	struct sip_span agent = r->sip->facts.header[SIP_HEADER_USER_AGENT];
	__u64 word;

	if (agent.len < 4)
		return 0;
	word = sip_lower(sip_load(r->sip, agent.off));
	if (!(SCANNER_INITIALS >> (word & 31) & 1))
		return 0;
	return scanner_long_name(word, sip_byte(r->sip, agent.off + 8)) ||
	       scanner_short_name(word, agent.len);
}

#endif
