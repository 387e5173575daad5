/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The challenges in a response (RFC 3261 22.2, 22.3). The sweep does not note their headers: only
 * what leaves the host is asked for them.
 */
#ifndef SIPSHIELD_SIP_CHALLENGE_H
#define SIPSHIELD_SIP_CHALLENGE_H

#include "sip_field.h"
#include "sip_sweep.h"

/* Length of the name at a line's begin if it is WWW-Authenticate or Proxy-Authenticate, else 0. */
static __always_inline __u32 sip_challenge_name(const struct sip_scratch *s, __u32 at)
{
	__u64 word = sip_load(s, at) | SIP_BYTES(0x20);
	__u64 more = sip_load(s, at + 8) | SIP_BYTES(0x20);

	if (word == SIP_WORD('w', 'w', 'w', '-', 'a', 'u', 't', 'h') &&
	    more == SIP_WORD('e', 'n', 't', 'i', 'c', 'a', 't', 'e'))
		return 16;
	if (word == SIP_WORD('p', 'r', 'o', 'x', 'y', '-', 'a', 'u') &&
	    more == SIP_WORD('t', 'h', 'e', 'n', 't', 'i', 'c', 'a') &&
	    ((__u32)sip_load(s, at + 16) & 0xdfdf) == SIP_SET('T', 'E', 0, 0))
		return 18;
	return 0;
}

/*
 * The value of the first challenge in a line that begins at `from` or behind it, to *value; a fold
 * ends it. Looks at whole lines alone: a peer that was asked writes half of the answer's header, and
 * must not write a challenge into a value of its own. Returns where the next line begins, or 0 if
 * there is no challenge. After sip_sweep().
 */
__subprog __u32 sip_challenge(struct sip_scratch *s, __u32 from, struct sip_span *value)
{
	__u32 at = from, end, name, colon, to;

	if (!s || !value)
		return 0;
	end = s->facts.body ? s->facts.body : sip_len(s);
	for (int i = 0; i < SIP_LINES_MAX && at < end; i++) {
		to = sip_find_far(s, at, end, SIP_ONE('\n'), 0);
		name = sip_challenge_name(s, at);
		if (name) {
			colon = sip_skip_far(s, at + name, to);
			if (colon < to && sip_byte(s, colon) == ':') {
				*value = sip_span(sip_skip_far(s, colon + 1, to), to);
				return to + 1;
			}
		}
		at = to + 1;
	}
	return 0;
}

#endif
