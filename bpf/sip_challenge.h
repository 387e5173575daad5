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
	const __u64 word = sip_load(s, at), more = sip_load(s, at + 8);

	if (!((word ^ SIP_WORD('w', 'w', 'w', '-', 'a', 'u', 't', 'h')) & 0xdfdfdfdfffdfdfdfULL) &&
	    !((more ^ SIP_WORD('e', 'n', 't', 'i', 'c', 'a', 't', 'e')) & SIP_BYTES(0xdf)))
		return 16;
	if (!((word ^ SIP_WORD('p', 'r', 'o', 'x', 'y', '-', 'a', 'u')) & 0xdfdfffdfdfdfdfdfULL) &&
	    !((more ^ SIP_WORD('t', 'h', 'e', 'n', 't', 'i', 'c', 'a')) & SIP_BYTES(0xdf)) &&
	    ((__u32)sip_load(s, at + 16) & 0xdfdf) == SIP_SET('T', 'E', 0, 0))
		return 18;
	return 0;
}

#define SIP_CHALLENGE_EQUALS 64 /* equals signs in a challenge; with more it is not believed */

/* Goes behind the next equals sign, or to the end; counts it if "nonce" stands in front of it. */
__subprog __u32 sip_challenge_name_at(struct sip_scratch *s, __u32 at, __u32 end)
{
	__u32 equals, to;

	if (!s)
		return end;
	equals = sip_find_far(s, at, end, SIP_ONE('='), 0);
	if (equals >= end)
		return end;
	to = sip_trim(s, at, equals);
	s->cursor.length += to >= at + 5 &&
			    ((sip_load(s, to - 5) | SIP_BYTES(0x20)) & sip_low_bytes(5)) ==
				    SIP_WORD('n', 'o', 'n', 'c', 'e', 0, 0, 0);
	return equals + 1;
}

/*
 * Is there one nonce in [at, end)? Servers write the domain of the From into the realm, and may not
 * look at it closely: who asks in another's name must not write a nonce beside theirs. Looks at
 * equals signs and not at parameters: what is one depends on the quotes, which he might write, too.
 */
__subprog int sip_challenge_single(struct sip_scratch *s, __u32 at, __u32 end)
{
	if (!s)
		return 0;
	s->cursor.length = 0;
	for (int i = 0; i < SIP_CHALLENGE_EQUALS && at < end; i++)
		at = sip_challenge_name_at(s, at, end);
	return at >= end && s->cursor.length == 1;
}

/*
 * One line, or SIP_FIELD_BYTES of one that is longer, at the cursor, which goes behind it; the key is 1
 * if it begins inside of a line. Returns 1 if it is a challenge, with its value.
 */
__subprog int sip_challenge_line(struct sip_scratch *s)
{
	__u32 at, to, end, name = 0;

	if (!s)
		return 0;
	at = s->cursor.at;
	end = s->cursor.end;
	if (!s->cursor.key)
		name = sip_challenge_name(s, at);
	to = sip_find_far(s, at, end, SIP_ONE('\n'), 0);
	s->cursor.key = to >= end || sip_byte(s, to) != '\n';
	s->cursor.at = s->cursor.key ? to : to + 1;
	if (!name || s->cursor.key)
		return 0;
	at = sip_skip_far(s, at + name, to);
	if (at >= to || sip_byte(s, at) != ':')
		return 0;
	at = sip_skip_far(s, at + 1, to);
	s->cursor.value = sip_span(at, sip_challenge_single(s, at, to) ? to : at);
	return 1;
}

/*
 * The value of the first challenge in a line that begins at `from` or behind it, to *value; it is
 * empty if its nonce is not to be believed. Looks at whole lines alone: a peer that was asked writes
 * half of the answer's header, and must not write a challenge into a value of its own, nor push the
 * server's to where only a part of its nonce is seen, which could be guessed. A fold ends the value;
 * a line of more than SIP_FIELD_BYTES is none. Returns where the next line begins, or 0 if there is
 * no challenge. After sip_sweep().
 */
__subprog __u32 sip_challenge(struct sip_scratch *s, __u32 from, struct sip_span *value)
{
	if (!s || !value)
		return 0;
	s->cursor.at = from;
	s->cursor.end = s->facts.body ? s->facts.body : sip_len(s);
	s->cursor.key = 0;
	for (int i = 0; i < SIP_LINES_MAX; i++) {
		if (s->cursor.at >= s->cursor.end)
			break;
		if (sip_challenge_line(s)) {
			*value = s->cursor.value;
			return s->cursor.at;
		}
	}
	return 0;
}

#define SIP_CHALLENGE_PARAMS 16 /* of a challenge are looked at */

/*
 * Does a challenge refuse a nonce for its age alone (RFC 2617 3.2.1)? Who wrote a realm that says so,
 * too, is the server itself.
 */
__subprog int sip_challenge_stale(struct sip_scratch *s, const struct sip_span *value)
{
	__u32 at, end;

	if (!s || !value)
		return 0;
	at = value->off;
	end = sip_span_end(*value);
	for (int i = 0; i < SIP_CHALLENGE_PARAMS; i++, at++) {
		at = sip_find_far(s, at, end, SIP_ONE('='), 0);
		if (at >= end || at < 5)
			break;
		if (((sip_load(s, at - 5) | SIP_BYTES(0x20)) & sip_low_bytes(5)) !=
		    SIP_WORD('s', 't', 'a', 'l', 'e', 0, 0, 0))
			continue;
		at += sip_byte(s, at + 1) == '"';
		return ((__u32)sip_load(s, at + 1) | 0x20202020) == SIP_SET('t', 'r', 'u', 'e');
	}
	return 0;
}

#endif
