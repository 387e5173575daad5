/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is inside a header's value. Each function takes a span that the sweep has noted, reads at
 * most SIP_FIELD_BYTES of it, and writes its output only on success; -EINVAL if the value has not
 * the form that is asked for. What a BPF program passes for output must be initialised.
 *
 * As in sip_line.h the work is done in stages over s->cursor, with a barrier behind each.
 */
#ifndef SIPSHIELD_SIP_FIELD_H
#define SIPSHIELD_SIP_FIELD_H

#include <linux/errno.h>

#include "sip_line.h"

#define SIP_PARAMS_MAX 16  /* delimiters that are looked at in one value */
#define SIP_ESCAPES_MAX 32 /* escaped characters in one quoted string */
#define SIP_DIGITS_MAX 40  /* digits of a number */
#define SIP_HASH_BYTES 256 /* of a token are hashed at most */
#define SIP_BRANCH SIP_WORD('b', 'r', 'a', 'n', 'c', 'h', 0, 0)

/* Sets the cursor to a value, or to as much of it as is read. */
static __always_inline void sip_field(struct sip_scratch *s, const struct sip_span *value)
{
	s->cursor.at = value->off;
	s->cursor.end = value->off + (value->len < SIP_FIELD_BYTES ? value->len : SIP_FIELD_BYTES);
	barrier();
}

/* The closing quote of the string whose text begins at `at`, or end. */
__subprog __u32 sip_quote_end(struct sip_scratch *s, __u32 at, __u32 end)
{
	if (!s)
		return end;
	for (int i = 0; i < SIP_ESCAPES_MAX; i++) {
		at = sip_find_far(s, at, end, SIP_SET('"', '"', '\\', '\\'), 0);
		if (at >= end || sip_byte(s, at) == '"')
			return at;
		at += 2;
	}
	return end;
}

/* The quoted string at the cursor to s->cursor.value, without its quotes. */
__subprog int sip_quoted(struct sip_scratch *s)
{
	__u32 at, end;

	if (!s)
		return 0;
	end = s->cursor.end;
	at = s->cursor.at + 1;
	s->cursor.at = sip_quote_end(s, at, end) + 1;
	s->cursor.value = sip_span(at, s->cursor.at - 1);
	return 0;
}

/* What stands behind an equals sign at the cursor to s->cursor.value, with or without quotes. */
static __always_inline void sip_param_value(struct sip_scratch *s)
{
	__u32 at = sip_skip(s, s->cursor.at, s->cursor.end);

	s->cursor.at = at;
	if (at < s->cursor.end && sip_byte(s, at) == '"') {
		sip_quoted(s);
		return;
	}
	barrier();
	s->cursor.at = sip_find(s, at, s->cursor.end, SIP_SET(';', ',', '"', ';'), SIP_LWS);
	barrier();
	s->cursor.value = sip_span(at, s->cursor.at);
}

/* Whether the cursor, behind a semicolon, is at the parameter s->cursor.key; then at its value. */
static __always_inline int sip_param_named(struct sip_scratch *s)
{
	__u32 at = sip_skip(s, s->cursor.at, s->cursor.end);
	__u64 word = sip_load(s, at) | SIP_BYTES(0x20);

	s->cursor.at = at;
	if ((word & sip_low_bytes(s->cursor.length)) != s->cursor.key)
		return 0;
	at = sip_skip(s, at + s->cursor.length, s->cursor.end);
	if (at >= s->cursor.end || sip_byte(s, at) != '=')
		return 0;
	s->cursor.at = at + 1;
	return 1;
}

/*
 * One step of sip_param(): goes behind the next semicolon or quoted string. Returns the delimiter,
 * or 0 at the end.
 */
static __always_inline __u8 sip_param_next(struct sip_scratch *s)
{
	__u32 at = sip_find(s, s->cursor.at, s->cursor.end, SIP_SET(';', ',', '"', ';'), 0);
	__u8 byte = sip_byte(s, at);

	s->cursor.at = at + 1;
	if (at >= s->cursor.end || byte == ',')
		return 0;
	if (byte == '"')
		s->cursor.at = sip_quote_end(s, at + 1, s->cursor.end) + 1;
	return byte;
}

/*
 * Looks from the cursor on for the parameter ;key=value: key in lower case, of length bytes, at
 * most 7 letters. Returns 1 with its value in s->cursor.value, 0, or -E2BIG: not among the first
 * SIP_PARAMS_MAX. A comma outside of quotes ends the search, since it begins the next element of a
 * list.
 */
__subprog int sip_param(struct sip_scratch *s, __u64 key, __u32 length)
{
	int named = 0;
	__u8 byte;

	if (!s)
		return 0;
	s->cursor.key = key;
	s->cursor.length = length;
	for (int i = 0; i < SIP_PARAMS_MAX; i++) {
		byte = sip_param_next(s);
		barrier();
		if (!byte)
			return 0;
		named = byte == ';' && sip_param_named(s);
		barrier();
		if (named)
			break;
	}
	if (!named)
		return -E2BIG;
	sip_param_value(s);
	return named;
}

/* End of the host that begins at `at`: behind the bracket of an IPv6 literal, else a delimiter. */
static __always_inline __u32 sip_host_end(struct sip_scratch *s, __u32 at, __u32 end, __u32 set)
{
	__u32 close;

	if (at >= end || sip_byte(s, at) != '[')
		return sip_find(s, at, end, set, SIP_LWS);
	close = sip_find_far(s, at, end, SIP_ONE(']'), 0);
	return close < end ? close + 1 : end;
}

/* Takes the URI at the cursor apart, to *uri, which is inside the scratch value. */
static __always_inline void sip_uri_parts(struct sip_scratch *s, struct sip_uri *uri)
{
	__u32 at = s->cursor.at, end = s->cursor.end, rest = end;

	*uri = (struct sip_uri){ .scheme = sip_scheme_at(s, at, end, &rest) };
	barrier();
	if (uri->scheme == SIP_SCHEME_TEL)
		uri->user = sip_span(rest, sip_find_far(s, rest, end, SIP_ONE(';'), 0));
	if (uri->scheme != SIP_SCHEME_SIP && uri->scheme != SIP_SCHEME_SIPS)
		return;
	at = sip_find_far(s, rest, end, SIP_ONE('@'), 0);
	if (at < end) {
		uri->user = sip_span(rest, sip_find_far(s, rest, at, SIP_ONE(':'), 0));
		rest = at + 1;
	}
	rest = sip_settle(s, rest);
	uri->host = sip_span(rest, sip_host_end(s, rest, end, SIP_SET(':', ';', '?', '>')));
}

/* Takes the Request-URI apart. -EINVAL: there is none. */
__subprog int sip_request_uri(struct sip_scratch *s, struct sip_uri *out)
{
	if (!s || !out || !s->facts.uri.len)
		return -EINVAL;
	sip_field(s, &s->facts.uri);
	sip_uri_parts(s, &s->cursor.uri);
	*out = s->cursor.uri;
	return 0;
}

/* The transport named by the token [at, end). */
static __always_inline __u16 sip_transport_at(const struct sip_scratch *s, __u32 at, __u32 end)
{
	__u64 word = sip_load(s, at) & SIP_BYTES(0xdf);

	if (end - at > 4)
		return SIP_TRANSPORT_OTHER;
	switch (word & sip_low_bytes(end - at)) {
	case SIP_WORD('U', 'D', 'P', 0, 0, 0, 0, 0):
		return SIP_TRANSPORT_UDP;
	case SIP_WORD('T', 'C', 'P', 0, 0, 0, 0, 0):
		return SIP_TRANSPORT_TCP;
	case SIP_WORD('T', 'L', 'S', 0, 0, 0, 0, 0):
		return SIP_TRANSPORT_TLS;
	case SIP_WORD('S', 'C', 'T', 'P', 0, 0, 0, 0):
		return SIP_TRANSPORT_SCTP;
	case SIP_WORD('W', 'S', 0, 0, 0, 0, 0, 0):
		return SIP_TRANSPORT_WS;
	case SIP_WORD('W', 'S', 'S', 0, 0, 0, 0, 0):
		return SIP_TRANSPORT_WSS;
	default:
		return SIP_TRANSPORT_OTHER;
	}
}

/* "SIP / 2.0 / " with blanks anywhere: returns where the transport begins, or end. */
__subprog __u32 sip_via_protocol(struct sip_scratch *s, __u32 at, __u32 end)
{
	if (!s)
		return end;
	for (int i = 0; i < 2; i++) {
		at = sip_find_far(s, at, end, SIP_SET('/', ';', ',', ':'), 0);
		if (at >= end || sip_byte(s, at) != '/')
			return end;
		at = sip_skip_far(s, at + 1, end);
	}
	return at;
}

/* "SIP/2.0/UDP " at the cursor. Returns 0 if there is no transport. */
static __always_inline int sip_via_transport(struct sip_scratch *s)
{
	__u32 at = s->cursor.at, to, end = s->cursor.end;

	if (sip_is_version(sip_load(s, at)) && sip_byte(s, at + 7) == '/' &&
	    sip_byte(s, at + 8) > ' ')
		at += 8;
	else
		at = sip_via_protocol(s, at, end);
	at = sip_settle(s, at);
	to = sip_find(s, at, end, SIP_SET(';', ',', ':', '/'), SIP_LWS);
	if (at >= to || to >= end)
		return 0;
	s->cursor.at = sip_skip(s, to, end);
	s->cursor.via.transport = sip_transport_at(s, at, to);
	return 1;
}

/* The host of sent-by at the cursor. Returns 0 if there is none. */
static __always_inline int sip_via_host(struct sip_scratch *s)
{
	__u32 at = s->cursor.at, to;

	to = sip_settle(s, sip_host_end(s, at, s->cursor.end, SIP_SET(':', ';', ',', ',')));
	s->cursor.via.host = sip_span(at, to);
	s->cursor.at = to;
	return to > at;
}

/* The port of sent-by at the cursor, if there is one. */
static __always_inline void sip_via_port(struct sip_scratch *s)
{
	__u32 at = sip_skip(s, s->cursor.at, s->cursor.end);

	if (at >= s->cursor.end || sip_byte(s, at) != ':')
		return;
	at = sip_skip(s, at + 1, s->cursor.end);
	s->cursor.at = sip_find(s, at, s->cursor.end, SIP_SET(';', ',', ';', ','), SIP_LWS);
	s->cursor.via.port = sip_span(at, s->cursor.at);
}

/* ";rport", what most often stands behind a branch. */
static __always_inline int sip_is_rport(const struct sip_scratch *s, __u32 at, __u32 end)
{
	return end - at == 6 && (sip_load(s, at) & 0xdfdfdfdfdfffULL) ==
					SIP_WORD(';', 'R', 'P', 'O', 'R', 'T', 0, 0);
}

/*
 * The branch, if there is one. Of two some servers take the first and some the last; with either
 * of them alone the other could be varied from request to request behind it. Kamailio 5.6 takes
 * the parameter "ali" for a branch.
 */
static __always_inline void sip_via_branch(struct sip_scratch *s)
{
	int found = sip_param(s, SIP_BRANCH, 6);
	__u32 at;
	__u8 byte;

	s->cursor.via.unsure = found < 0;
	if (found <= 0)
		return;
	s->cursor.via.branch = s->cursor.value;
	at = sip_skip(s, s->cursor.at, s->cursor.end);
	byte = sip_byte(s, at);
	if (at >= s->cursor.end || byte == ',' || sip_is_rport(s, at, s->cursor.end))
		return;
	s->cursor.via.unsure = 1;
	if (byte != ';' || sip_param(s, SIP_BRANCH, 6))
		return;
	s->cursor.at = at;
	s->cursor.via.unsure = sip_param(s, SIP_WORD('a', 'l', 'i', 0, 0, 0, 0, 0), 3) != 0;
}

/* Reads the first element of a Via value. -EINVAL: it has no protocol, transport or host. */
static __always_inline int sip_via(struct sip_scratch *s, const struct sip_span *value,
				   struct sip_via *out)
{
	if (!s || !value || !out)
		return -EINVAL;
	sip_field(s, value);
	s->cursor.via = (struct sip_via){};
	if (!sip_via_transport(s))
		return -EINVAL;
	barrier();
	if (!sip_via_host(s))
		return -EINVAL;
	barrier();
	sip_via_port(s);
	barrier();
	sip_via_branch(s);
	barrier();
	s->cursor.via.unsure |= value->len > SIP_FIELD_BYTES;
	*out = s->cursor.via;
	return 0;
}

/*
 * The decimal number at the cursor, which goes behind its last digit: the value in the low 32
 * bits, a bit above them if it does not fit. At most SIP_DIGITS_MAX digits are read.
 */
static __always_inline __u64 sip_digits(struct sip_scratch *s)
{
	__u32 at = s->cursor.at, end = s->cursor.end;
	__u64 number = 0, overflow = 0;

	for (int i = 0; i < SIP_DIGITS_MAX && at < end; i++, at++) {
		__u32 digit = sip_byte(s, at) - '0';

		if (digit > 9)
			break;
		number = (number & 0xffffffff) * 10 + digit;
		overflow |= number >> 32;
	}
	s->cursor.at = at;
	return (number & 0xffffffff) | (__u64) !!overflow << 32;
}

/* Reads a value that is a number, as that of Max-Forwards. -ERANGE: more than 32 bits. */
__subprog int sip_number(struct sip_scratch *s, const struct sip_span *value, __u32 *out)
{
	__u64 number;
	__u32 to;

	if (!s || !value || !out)
		return -EINVAL;
	sip_field(s, value);
	number = sip_digits(s);
	barrier();
	to = s->cursor.at;
	if (to == value->off)
		return -EINVAL;
	if (to < s->cursor.end && sip_byte(s, to) > ' ' && sip_byte(s, to) != ';')
		return -EINVAL;
	if (number >> 32)
		return -ERANGE;
	*out = number;
	return 0;
}

/* Reads a CSeq value. -EINVAL: no number, or no method behind it. */
static __always_inline int sip_cseq(struct sip_scratch *s, const struct sip_span *value,
				    struct sip_cseq *out)
{
	__u32 at, to;
	__u64 number;

	if (!s || !value || !out)
		return -EINVAL;
	sip_field(s, value);
	number = sip_digits(s);
	s->cursor.cseq = (struct sip_cseq){ .number = number, .overflow = number >> 32 };
	barrier();
	if (s->cursor.cseq.overflow)
		s->cursor.cseq.number = ~0U;
	to = s->cursor.at;
	at = sip_skip(s, to, s->cursor.end);
	if (to == value->off || at == to || at >= s->cursor.end)
		return -EINVAL;
	barrier();
	to = sip_find(s, at, s->cursor.end, 0, SIP_LWS);
	s->cursor.cseq.method_name = sip_span(at, to);
	s->cursor.cseq.method = sip_method_at(s, at, to);
	barrier();
	*out = s->cursor.cseq;
	return 0;
}

/* The opening angle bracket in [at, end), or end; quoted strings are skipped. */
__subprog __u32 sip_angle(struct sip_scratch *s, __u32 at, __u32 end)
{
	if (!s)
		return end;
	for (int i = 0; i < SIP_PARAMS_MAX; i++) {
		at = sip_find_far(s, at, end, SIP_SET('<', '"', ';', ';'), 0);
		if (at >= end || sip_byte(s, at) == ';')
			return end;
		if (sip_byte(s, at) == '<')
			return at;
		at = sip_quote_end(s, at + 1, end) + 1;
	}
	return end;
}

/* The URI of a From, To or Contact at the cursor. Returns 0 if there is none. */
static __always_inline int sip_addr_uri(struct sip_scratch *s, struct sip_name_addr *addr)
{
	__u32 at = s->cursor.at, end = s->cursor.end, angle = sip_angle(s, at, end), to;

	if (angle < end) {
		addr->has_display = angle > at;
		at = sip_skip_far(s, angle + 1, end);
		to = sip_find_far(s, at, end, SIP_ONE('>'), 0);
	} else {
		to = sip_find_far(s, at, end, SIP_SET(';', ',', ';', ','), SIP_LWS);
	}
	addr->uri = sip_span(at, to);
	return at < to;
}

/* Reads a From, To or Contact value. -EINVAL: it has no URI. */
__subprog int sip_name_addr(struct sip_scratch *s, const struct sip_span *value,
			    struct sip_name_addr *out)
{
	struct sip_name_addr *addr;
	__u32 end;

	if (!s || !value || !out)
		return -EINVAL;
	sip_field(s, value);
	addr = &s->cursor.addr;
	*addr = (struct sip_name_addr){};
	if (!sip_addr_uri(s, addr))
		return -EINVAL;
	barrier();
	end = s->cursor.end;
	s->cursor.at = addr->uri.off;
	s->cursor.end = addr->uri.off + addr->uri.len;
	sip_uri_parts(s, &addr->parts);
	s->cursor.at = s->cursor.end;
	s->cursor.end = end;
	barrier();
	if (sip_param(s, SIP_WORD('t', 'a', 'g', 0, 0, 0, 0, 0), 3) > 0)
		addr->tag = s->cursor.value;
	*out = *addr;
	return 0;
}

/* Notes s->cursor.value if [at, to) is one of the names that are wanted, for the first time. */
static __always_inline void sip_digest_note(struct sip_scratch *s, __u32 at, __u32 to)
{
	struct sip_digest *digest = &s->cursor.digest;
	__u64 word = sip_load(s, at) | SIP_BYTES(0x20);
	__u32 length = to - at;
	struct sip_span *wanted;

	if (length < 8)
		word &= sip_low_bytes(length);
	if (word == SIP_WORD('u', 's', 'e', 'r', 'n', 'a', 'm', 'e') && length == 8)
		wanted = &digest->username;
	else if (word == SIP_WORD('r', 'e', 'a', 'l', 'm', 0, 0, 0))
		wanted = &digest->realm;
	else if (word == SIP_WORD('n', 'o', 'n', 'c', 'e', 0, 0, 0))
		wanted = &digest->nonce;
	else
		return;
	if (!wanted->off)
		*wanted = s->cursor.value;
}

/* One name=value of the credentials at the cursor. Returns 0 if there may be more to note. */
__subprog int sip_digest_step(struct sip_scratch *s)
{
	struct sip_digest *digest;
	__u32 at, equals, end;

	if (!s)
		return 1;
	end = s->cursor.end;
	at = sip_skip(s, s->cursor.at, end);
	equals = sip_find(s, at, end, SIP_SET('=', ',', '=', ','), 0);
	s->cursor.at = equals + 1;
	if (equals >= end)
		return 1;
	if (sip_byte(s, equals) == ',')
		return 0;
	barrier();
	sip_param_value(s);
	barrier();
	s->cursor.at = sip_find(s, s->cursor.at, end, SIP_ONE(','), 0) + 1;
	sip_digest_note(s, at, sip_trim(s, at, equals));
	barrier();
	digest = &s->cursor.digest;
	return digest->username.off && digest->realm.off && digest->nonce.off;
}

/* Reads digest credentials (RFC 3261 22.4). -EINVAL: another scheme. */
__subprog int sip_digest(struct sip_scratch *s, const struct sip_span *value,
			 struct sip_digest *out)
{
	__u64 word;

	if (!s || !value || !out)
		return -EINVAL;
	word = sip_load(s, value->off);
	if (value->len < 8 || (__u8)(word >> 48) > ' ' ||
	    ((word | SIP_BYTES(0x20)) & sip_low_bytes(6)) !=
		    SIP_WORD('d', 'i', 'g', 'e', 's', 't', 0, 0))
		return -EINVAL;
	sip_field(s, value);
	s->cursor.at += 7;
	s->cursor.digest = (struct sip_digest){};
	for (int i = 0; i < SIP_PARAMS_MAX; i++)
		if (sip_digest_step(s))
			break;
	*out = s->cursor.digest;
	return 0;
}

/* One more word under a hash. */
static __always_inline __u64 sip_hash_step(__u64 hash, __u64 word, __u64 seed)
{
	word ^= hash;
	return (word & 0xffffffff) * (word >> 32) + ((word << 32 | word >> 32) ^ seed);
}

/*
 * Keyed hash of a token, of its first SIP_HASH_BYTES and its length. Whoever does not know the
 * seed cannot make two tokens meet: what a difference becomes depends on the state so far.
 */
__subprog __u64 sip_token_hash(struct sip_scratch *s, const struct sip_span *token, __u64 seed)
{
	__u64 hash = seed, rest;
	__u32 left;

	if (!s || !token)
		return 0;
	left = token->len < SIP_HASH_BYTES ? token->len : SIP_HASH_BYTES;
	for (__u32 i = 0; i < SIP_HASH_BYTES; i += 8) {
		if (i + 8 > left)
			break;
		hash = sip_hash_step(hash, sip_load(s, token->off + i), seed);
	}
	rest = sip_load(s, token->off + (left & ~7U)) & sip_low_bytes(left);
	hash = sip_hash_step(hash, rest, seed);
	hash ^= token->len * 0x9e3779b97f4a7c15ULL;
	hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdULL;
	hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return hash ^ hash >> 33;
}

#endif
