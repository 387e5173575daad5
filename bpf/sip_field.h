/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is inside a header's value. Each function takes a span that the sweep has noted, and writes
 * its output only on success; errors are -EINVAL, or what it says itself. Output structs are in a
 * map or wholly initialised when the caller is a BPF program.
 */
#ifndef SIPSHIELD_SIP_FIELD_H
#define SIPSHIELD_SIP_FIELD_H

#include <linux/errno.h>

#include "sip_line.h"

#define SIP_FIELD_BYTES 1024 /* of a value are read at most */
#define SIP_PARAMS_MAX 24    /* parameters that are looked at in one value */
#define SIP_ESCAPES_MAX 32   /* escaped characters in one quoted string */
#define SIP_HASH_BYTES 128   /* of a token are hashed at most */

enum sip_transport {
	SIP_TRANSPORT_OTHER,
	SIP_TRANSPORT_UDP,
	SIP_TRANSPORT_TCP,
	SIP_TRANSPORT_TLS,
	SIP_TRANSPORT_SCTP,
	SIP_TRANSPORT_WS,
	SIP_TRANSPORT_WSS,
};

/* The topmost Via. */
struct sip_via {
	struct sip_span host; /* of sent-by, an IPv6 literal with its brackets */
	struct sip_span port; /* of sent-by, absent if there is none */
	struct sip_span branch;
	__u16 transport; /* enum sip_transport */
	__u16 pad;
};

struct sip_cseq {
	__u32 number; /* ~0 if it does not fit */
	struct sip_span method_name;
	__u8 method;   /* enum sip_method */
	__u8 overflow; /* 1: the number does not fit into 32 bits */
	__u8 pad[2];
};

/* From, To, or the first Contact, with or without angle brackets. */
struct sip_name_addr {
	struct sip_span uri;
	struct sip_uri parts;
	struct sip_span tag;
	__u8 has_display; /* 1: there is a display name */
	__u8 pad[3];
};

/* Digest credentials, without their quotes; what is not there is absent. */
struct sip_digest {
	struct sip_span username;
	struct sip_span realm;
	struct sip_span nonce;
};

/* End of the part of a value that is read. */
static __always_inline __u32 sip_field_end(const struct sip_span *value)
{
	return value->off + (value->len < SIP_FIELD_BYTES ? value->len : SIP_FIELD_BYTES);
}

/* The closing quote of the string whose text begins at `at`, or end. */
__subprog __u32 sip_quote_end(struct sip_scratch *s, __u32 at, __u32 end)
{
	if (!s)
		return end;
	for (int i = 0; i < SIP_ESCAPES_MAX; i++) {
		at = sip_find(s, at, end, SIP_SET('"', '"', '\\', '\\'), 0);
		if (at >= end || sip_byte(s, at) == '"')
			return at;
		at += 2;
	}
	return end;
}

/* Reads the value behind an equals sign, with or without quotes; returns where it ends. */
static __always_inline __u32 sip_param_value(struct sip_scratch *s, __u32 at, __u32 end,
					     struct sip_span *value)
{
	__u32 close;

	at = sip_skip_lws(s, at, end);
	if (at < end && sip_byte(s, at) == '"') {
		close = sip_quote_end(s, at + 1, end);
		*value = sip_span(at + 1, close);
		return close < end ? close + 1 : end;
	}
	close = sip_find(s, at, end, SIP_SET(';', ',', '"', '>'), SIP_LWS);
	*value = sip_span(at, close);
	return close;
}

/* The equals sign behind a name that ends at `at`, or end: blanks may stand before it. */
static __always_inline __u32 sip_equals_sign(struct sip_scratch *s, __u32 at, __u32 end)
{
	at = sip_skip_lws(s, at, end);
	return at < end && sip_byte(s, at) == '=' ? at : end;
}

/* One step of sip_param(): 0 to go on, 1 if found, -ENOENT at the end. */
__subprog int sip_param_step(struct sip_scratch *s)
{
	struct sip_cursor *c;
	__u32 at, end, equals;
	__u8 byte;

	if (!s)
		return -ENOENT;
	c = &s->cursor;
	end = c->end;
	at = sip_find(s, c->at, end, SIP_SET(';', ',', '"', '"'), 0);
	byte = sip_byte(s, at);
	if (at >= end || byte == ',')
		return -ENOENT;
	if (byte == '"') {
		at = sip_quote_end(s, at + 1, end);
		c->at = at + 1;
		return at < end ? 0 : -ENOENT;
	}
	at = sip_skip_lws(s, at + 1, end);
	c->at = at;
	if (((sip_load(s, at) | SIP_BYTES(0x20)) & sip_low_bytes(c->length)) != c->key)
		return 0;
	equals = sip_equals_sign(s, at + c->length, end);
	if (equals >= end)
		return 0;
	c->at = sip_param_value(s, equals + 1, end, &c->value);
	return 1;
}

/*
 * Looks in [at, end) for the parameter ;key=value: key in lower case, of length bytes, at most 7
 * letters. Returns 0 with its value in s->cursor.value, or -ENOENT. A comma outside of quotes ends
 * the search, since it begins the next element of a list.
 */
__subprog int sip_param(struct sip_scratch *s, __u32 at, __u32 end, __u64 key, __u32 length)
{
	int found = 0;

	if (!s)
		return -ENOENT;
	s->cursor.key = key;
	s->cursor.length = length;
	s->cursor.at = at;
	s->cursor.end = end;
	for (int i = 0; i < SIP_PARAMS_MAX && !found; i++)
		found = sip_param_step(s);
	return found == 1 ? 0 : -ENOENT;
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
		at = sip_find(s, at, end, SIP_SET('/', ';', ',', ':'), 0);
		if (at >= end || sip_byte(s, at) != '/')
			return end;
		at = sip_skip(s, at + 1, end);
	}
	return at;
}

/* Reads "host:port" at `at` into via; returns where it ends. */
static __always_inline __u32 sip_sent_by(struct sip_scratch *s, __u32 at, __u32 end,
					 struct sip_via *via)
{
	__u32 to = sip_host_end(s, at, end, SIP_SET(':', ';', ',', ','));

	via->host = sip_span(at, to);
	at = sip_skip_lws(s, to, end);
	if (at >= end || sip_byte(s, at) != ':')
		return to;
	at = sip_skip_lws(s, at + 1, end);
	to = sip_find(s, at, end, SIP_SET(';', ',', ';', ','), SIP_LWS);
	via->port = sip_span(at, to);
	return to;
}

/* Reads the first element of a Via value. -EINVAL: it has no protocol, transport or host. */
__subprog int sip_via(struct sip_scratch *s, const struct sip_span *value, struct sip_via *out)
{
	__u32 at, to, end;
	struct sip_via via = {};

	if (!s || !value || !out)
		return -EINVAL;
	at = value->off;
	end = sip_field_end(value);
	if (sip_is_version(sip_load(s, at)) && sip_byte(s, at + 7) == '/' && at + 8 < end)
		at = sip_skip_lws(s, at + 8, end);
	else
		at = sip_via_protocol(s, at, end);
	to = sip_find(s, at, end, SIP_SET(';', ',', ':', '/'), SIP_LWS);
	if (at >= to || to >= end)
		return -EINVAL;
	via.transport = sip_transport_at(s, at, to);
	at = sip_skip_lws(s, to, end);
	at = sip_sent_by(s, at, end, &via);
	if (!via.host.len)
		return -EINVAL;
	if (!sip_param(s, at, end, SIP_WORD('b', 'r', 'a', 'n', 'c', 'h', 0, 0), 6))
		via.branch = s->cursor.value;
	*out = via;
	return 0;
}

/* Digits at `at`: their value, ~0 and *overflow if it does not fit; *to is where they end. */
static __always_inline __u32 sip_digits(const struct sip_scratch *s, __u32 at, __u32 end, __u32 *to,
					__u8 *overflow)
{
	__u64 number = 0;

	for (int i = 0; i < 40 && at < end; i++, at++) {
		__u32 digit = sip_byte(s, at) - '0';

		if (digit > 9)
			break;
		number = number * 10 + digit;
		if (number >> 32)
			number = 1ULL << 32;
	}
	*to = at;
	*overflow = number >> 32;
	return *overflow ? ~0U : number;
}

/* Reads a value that is a number, as that of Max-Forwards. -ERANGE: more than 32 bits. */
__subprog int sip_number(struct sip_scratch *s, const struct sip_span *value, __u32 *out)
{
	__u32 to, end, number;
	__u8 overflow;

	if (!s || !value || !out)
		return -EINVAL;
	end = sip_field_end(value);
	number = sip_digits(s, value->off, end, &to, &overflow);
	if (to == value->off || (to < end && sip_byte(s, to) > ' ' && sip_byte(s, to) != ';'))
		return -EINVAL;
	if (overflow)
		return -ERANGE;
	*out = number;
	return 0;
}

/* Reads a CSeq value. -EINVAL: no number, or no method behind it. */
__subprog int sip_cseq(struct sip_scratch *s, const struct sip_span *value, struct sip_cseq *out)
{
	struct sip_cseq cseq = {};
	__u32 at, to, end;

	if (!s || !value || !out)
		return -EINVAL;
	end = sip_field_end(value);
	cseq.number = sip_digits(s, value->off, end, &to, &cseq.overflow);
	at = sip_skip_lws(s, to, end);
	if (to == value->off || at == to || at >= end)
		return -EINVAL;
	to = sip_find(s, at, end, 0, SIP_LWS);
	cseq.method_name = sip_span(at, to);
	cseq.method = sip_method_at(s, at, to);
	*out = cseq;
	return 0;
}

/* The opening angle bracket in [at, end), or end; quoted strings are skipped. */
__subprog __u32 sip_angle(struct sip_scratch *s, __u32 at, __u32 end)
{
	if (!s)
		return end;
	for (int i = 0; i < SIP_PARAMS_MAX; i++) {
		at = sip_find(s, at, end, SIP_SET('<', '"', ';', ';'), 0);
		if (at >= end || sip_byte(s, at) == ';')
			return end;
		if (sip_byte(s, at) == '<')
			return at;
		at = sip_quote_end(s, at + 1, end) + 1;
	}
	return end;
}

/* Reads a From, To or Contact value. -EINVAL: it has no URI. */
__subprog int sip_name_addr(struct sip_scratch *s, const struct sip_span *value,
			    struct sip_name_addr *out)
{
	struct sip_name_addr addr = {};
	__u32 at, to, end;

	if (!s || !value || !out)
		return -EINVAL;
	end = sip_field_end(value);
	at = sip_angle(s, value->off, end);
	if (at < end) {
		addr.has_display = at > value->off;
		at = sip_skip_lws(s, at + 1, end);
		to = sip_find(s, at, end, SIP_SET('>', '>', '>', '>'), 0);
	} else {
		at = value->off;
		to = sip_find(s, at, end, SIP_SET(';', ',', ';', ','), SIP_LWS);
	}
	if (at >= to)
		return -EINVAL;
	addr.uri = sip_span(at, to);
	sip_uri_at(s, at, to, &addr.parts);
	if (!sip_param(s, to, end, SIP_WORD('t', 'a', 'g', 0, 0, 0, 0, 0), 3))
		addr.tag = s->cursor.value;
	*out = addr;
	return 0;
}

/* Notes a credential of the name [at, to) if it is one of the three that are wanted. */
static __always_inline void sip_digest_note(const struct sip_scratch *s, __u32 at, __u32 to,
					    struct sip_span value, struct sip_digest *out)
{
	__u64 word = sip_load(s, at) | SIP_BYTES(0x20);
	__u32 length = to - at;

	if (length < 8)
		word &= sip_low_bytes(length);
	if (word == SIP_WORD('u', 's', 'e', 'r', 'n', 'a', 'm', 'e') && length == 8)
		out->username = out->username.off ? out->username : value;
	else if (word == SIP_WORD('r', 'e', 'a', 'l', 'm', 0, 0, 0))
		out->realm = out->realm.off ? out->realm : value;
	else if (word == SIP_WORD('n', 'o', 'n', 'c', 'e', 0, 0, 0))
		out->nonce = out->nonce.off ? out->nonce : value;
}

/* One name=value of the credentials at s->cursor. Returns 0 if there may be more that is wanted. */
__subprog int sip_digest_step(struct sip_scratch *s, struct sip_digest *out)
{
	struct sip_span value;
	__u32 at, end, equals;

	if (!s || !out)
		return 1;
	end = s->cursor.end;
	at = sip_skip_lws(s, s->cursor.at, end);
	equals = sip_find(s, at, end, SIP_SET('=', ',', '=', ','), 0);
	s->cursor.at = equals + 1;
	if (equals >= end)
		return 1;
	if (sip_byte(s, equals) == ',')
		return 0;
	s->cursor.at = sip_find(s, sip_param_value(s, equals + 1, end, &value), end,
				SIP_SET(',', ',', ',', ','), 0) +
		       1;
	sip_digest_note(s, at, sip_trim_lws(s, at, equals), value, out);
	return out->username.off && out->realm.off && out->nonce.off;
}

/* Reads digest credentials (RFC 3261 22.4). -EINVAL: another scheme. */
__subprog int sip_digest(struct sip_scratch *s, const struct sip_span *value,
			 struct sip_digest *out)
{
	struct sip_digest digest = {};
	__u64 word;

	if (!s || !value || !out)
		return -EINVAL;
	word = sip_load(s, value->off);
	if (value->len < 8 || (__u8)(word >> 48) > ' ' ||
	    ((word | SIP_BYTES(0x20)) & sip_low_bytes(6)) !=
		    SIP_WORD('d', 'i', 'g', 'e', 's', 't', 0, 0))
		return -EINVAL;
	s->cursor.at = value->off + 7;
	s->cursor.end = sip_field_end(value);
	for (int i = 0; i < SIP_PARAMS_MAX; i++)
		if (sip_digest_step(s, &digest))
			break;
	*out = digest;
	return 0;
}

/*
 * Keyed hash of a token, of its first 128 bytes and its length. Whoever does not know the seed
 * cannot make two tokens meet: what a difference becomes depends on the state so far.
 */
__subprog __u64 sip_token_hash(struct sip_scratch *s, const struct sip_span *token, __u64 seed)
{
	__u64 hash = seed, word;
	__u32 left;

	if (!s || !token)
		return 0;
	left = token->len < SIP_HASH_BYTES ? token->len : SIP_HASH_BYTES;
	for (__u32 i = 0; i < SIP_HASH_BYTES && i < left; i += 8) {
		word = sip_load(s, token->off + i);
		if (left - i < 8)
			word &= sip_low_bytes(left - i);
		word ^= hash;
		hash = (word & 0xffffffff) * (word >> 32) + ((word << 32 | word >> 32) ^ seed);
	}
	hash ^= token->len * 0x9e3779b97f4a7c15ULL;
	hash = (hash ^ hash >> 33) * 0xff51afd7ed558ccdULL;
	hash = (hash ^ hash >> 33) * 0xc4ceb9fe1a85ec53ULL;
	return hash ^ hash >> 33;
}

#endif
