/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The start line of a SIP message: a request's or a response's (RFC 3261 7.1, 7.2). */
#ifndef SIPSHIELD_SIP_LINE_H
#define SIPSHIELD_SIP_LINE_H

#include "sip.h"

#define SIP_LINE_BYTES 512 /* a start line of more is cut, so that its cost stays bounded */

/* The letters, digits and -.!%*_+`'~ of a token (RFC 3261 25.1), a bit for each of 128 bytes. */
#define SIP_TOKEN_LOW 0x03ff6ca200000000ULL
#define SIP_TOKEN_HIGH 0x47ffffff87fffffeULL

/* Whether the method's bytes are token characters only. */
__subprog int sip_is_token(struct sip_scratch *s, __u32 at, __u32 end)
{
	if (!s)
		return 0;
	for (int i = 0; i < SIP_METHOD_BYTES && at < end; i++, at++) {
		__u8 byte = sip_byte(s, at);
		__u64 bits = byte & 0x40 ? SIP_TOKEN_HIGH : SIP_TOKEN_LOW;

		if (byte & 0x80 || !(bits >> (byte & 0x3f) & 1))
			return 0;
	}
	return at >= end;
}

/* The last byte in [from, end) that is visible, plus one; from if there is none. */
__subprog __u32 sip_trim(struct sip_scratch *s, __u32 from, __u32 end)
{
	if (!s)
		return from;
	for (int i = 0; i < SIP_WINDOW_WORDS && end >= from + 8; i++, end -= 8)
		if (sip_visible(sip_load(s, end - 8)))
			break;
	for (int i = 0; i < 8 && end > from; i++, end--)
		if (sip_byte(s, end - 1) > ' ')
			break;
	return end;
}

/* The same, without the call where there is nothing to trim. */
static __always_inline __u32 sip_trim_lws(struct sip_scratch *s, __u32 from, __u32 end)
{
	return end > from && sip_byte(s, end - 1) > ' ' ? end : sip_trim(s, from, end);
}

/* Method of the token [at, end), of at least one byte: enum sip_method, OTHER for an unknown one. */
static __always_inline __u8 sip_method_at(const struct sip_scratch *s, __u32 at, __u32 end)
{
	__u32 length = end - at;
	__u64 word = sip_load(s, at);
	__u8 method;

	if (length < 8)
		word &= sip_low_bytes(length);
	method = sip_method_named(word, length);
	if (method == SIP_METHOD_SUBSCRIBE && (sip_byte(s, at + 8) | 0x20) != 'e')
		return SIP_METHOD_OTHER;
	return method;
}

/* The scheme that [at, end) begins with, and where the rest begins. */
static __always_inline __u8 sip_scheme_at(const struct sip_scratch *s, __u32 at, __u32 end,
					  __u32 *rest)
{
	__u64 word = sip_load(s, at);
	__u32 four = word, three = four & 0xffdfdfdf;

	if (at + 4 > end)
		return SIP_SCHEME_OTHER;
	*rest = at + 4;
	if (three == SIP_SET('S', 'I', 'P', ':'))
		return SIP_SCHEME_SIP;
	if (three == SIP_SET('T', 'E', 'L', ':'))
		return SIP_SCHEME_TEL;
	if (three == SIP_SET('U', 'R', 'N', ':'))
		return SIP_SCHEME_URN;
	if ((four & 0xdfdfdfdf) != SIP_SET('S', 'I', 'P', 'S') || (__u8)(word >> 32) != ':' ||
	    at + 5 > end)
		return SIP_SCHEME_OTHER;
	*rest = at + 5;
	return SIP_SCHEME_SIPS;
}

/* Parts of a URI. Of schemes other than sip, sips and tel only the scheme is told. */
struct sip_uri {
	struct sip_span user; /* up to the password; of a tel: URI its number */
	struct sip_span host; /* an IPv6 literal with its brackets */
	__u16 scheme;	      /* enum sip_scheme */
	__u16 pad;
};

/* End of the host that begins at `at`: behind the bracket of an IPv6 literal, else a delimiter. */
static __always_inline __u32 sip_host_end(struct sip_scratch *s, __u32 at, __u32 end, __u32 set)
{
	__u32 close;

	if (at < end && sip_byte(s, at) == '[') {
		close = sip_find(s, at, end, SIP_SET(']', ']', ']', ']'), 0);
		return close < end ? close + 1 : end;
	}
	return sip_find(s, at, end, set, SIP_LWS);
}

/* Takes the URI in [at, end) apart. */
static __always_inline void sip_uri_at(struct sip_scratch *s, __u32 at, __u32 end,
				       struct sip_uri *uri)
{
	__u32 rest = end, user_end;

	uri->scheme = sip_scheme_at(s, at, end, &rest);
	if (uri->scheme == SIP_SCHEME_TEL)
		uri->user = sip_span(rest, sip_find(s, rest, end, SIP_SET(';', ';', ';', ';'), 0));
	if (uri->scheme != SIP_SCHEME_SIP && uri->scheme != SIP_SCHEME_SIPS)
		return;
	at = sip_find(s, rest, end, SIP_SET('@', '@', '@', '@'), 0);
	if (at < end) {
		user_end = sip_find(s, rest, at, SIP_SET(':', ':', ':', ':'), 0);
		uri->user = sip_span(rest, user_end);
		rest = at + 1;
	}
	uri->host = sip_span(rest, sip_host_end(s, rest, end, SIP_SET(':', ';', '?', '>')));
}

/* Three digits, 100 to 699, and no fourth; 0 for anything else. */
static __always_inline __u16 sip_status_at(const struct sip_scratch *s, __u32 at, __u32 end)
{
	__u64 word = sip_load(s, at);
	__u32 a = (__u8)word - '0', b = (__u8)(word >> 8) - '0', c = (__u8)(word >> 16) - '0';

	if (at + 3 > end || a < 1 || a > 6 || b > 9 || c > 9)
		return 0;
	if (at + 3 < end && (__u8)(word >> 24) > ' ')
		return 0;
	return a * 100 + b * 10 + c;
}

/* "SIP/2.0 200 OK": at is its first byte, eol its line feed. */
static __always_inline int sip_status_line(struct sip_scratch *s, __u32 at, __u32 eol)
{
	struct sip_facts *f = &s->facts;

	f->version = sip_span(at, at + 7);
	f->version_ok = 1;
	f->status = sip_status_at(s, sip_skip_lws(s, at + 7, eol), eol);
	return SIP_COMPLETE;
}

/* Where the last word of [at, end) begins if it can be a version: it has at most 15 bytes. */
static __always_inline __u32 sip_last_word(const struct sip_scratch *s, __u32 at, __u32 end)
{
	__u32 from = end;

	for (int i = 0; i < 16 && from > at && sip_byte(s, from - 1) > ' '; i++)
		from--;
	return from;
}

static __always_inline int sip_is_version_name(const struct sip_scratch *s, __u32 at, __u32 end)
{
	return at + 4 < end && (load_u32(&s->window[at & (SIP_WINDOW - 1)]) & 0xffdfdfdf) ==
				       SIP_SET('S', 'I', 'P', '/');
}

/*
 * Finds the version in [at, end), which is what follows the method, and with it the end of the
 * URI: the last word of the line, or else its second. *from is where it begins, *to where it ends.
 * Returns 0 if neither begins with SIP/. Not inlined: nearly all lines end with " SIP/2.0".
 */
__subprog __u32 sip_version_slow(struct sip_scratch *s, __u32 at, __u32 end)
{
	__u32 from;

	if (!s)
		return 0;
	from = sip_last_word(s, at, end);
	if (sip_is_version_name(s, from, end))
		return from << 16 | end;
	from = sip_skip(s, sip_find(s, at, end, 0, SIP_LWS), end);
	if (!sip_is_version_name(s, from, end))
		return 0;
	return from << 16 | sip_find(s, from, end, 0, SIP_LWS);
}

/* The URI and the version in [at, end), end without blanks before it. Returns 0 if not SIP. */
static __always_inline int sip_uri_and_version(struct sip_scratch *s, __u32 at, __u32 end)
{
	struct sip_facts *f = &s->facts;
	__u32 from = end - 7, to = end;
	struct sip_uri uri = {};

	if (at + 8 > end || !sip_is_version(sip_load(s, from)) || sip_byte(s, from - 1) > ' ') {
		to = sip_version_slow(s, at, end);
		if (!to)
			return 0;
		from = to >> 16;
		to &= 0xffff;
	}
	f->version = sip_span(from, to);
	f->version_ok = to - from == 7 && sip_is_version(sip_load(s, from));
	if (from <= at)
		return 1;
	end = sip_trim_lws(s, at, from - 1);
	f->uri = sip_span(at, end);
	sip_uri_at(s, at, end, &uri);
	f->scheme = uri.scheme;
	f->uri_user = uri.user;
	f->uri_host = uri.host;
	return 1;
}

/* "INVITE sip:bob@example.com SIP/2.0": at is its first byte, eol its line feed unless it is cut. */
__subprog int sip_request_line(struct sip_scratch *s, __u32 at, __u32 eol, int cut)
{
	__u32 end, rest;

	if (!s)
		return SIP_NOT;
	end = sip_find(s, at, eol, 0, SIP_LWS);
	if (end <= at || end - at > SIP_METHOD_BYTES || end >= eol ||
	    !sip_is_blank(sip_byte(s, end)))
		return SIP_NOT;
	s->facts.method = sip_method_at(s, at, end);
	if (s->facts.method == SIP_METHOD_OTHER && !sip_is_token(s, at, end))
		return SIP_NOT;
	s->facts.method_name = sip_span(at, end);
	at = sip_skip_lws(s, end, eol);
	if (cut) {
		if (s->facts.method == SIP_METHOD_OTHER &&
		    sip_scheme_at(s, at, eol, &rest) == SIP_SCHEME_OTHER)
			return SIP_NOT;
		return SIP_CUT;
	}
	return sip_uri_and_version(s, at, sip_trim(s, at, eol)) ? SIP_COMPLETE : SIP_NOT;
}

/* What the start line turned out to be. */
static __always_inline int sip_line_done(struct sip_facts *f, int extent, __u8 kind)
{
	f->extent = extent;
	f->kind = kind;
	if (extent == SIP_NOT)
		f->method = SIP_METHOD_NONE;
	return extent;
}

static __always_inline void sip_facts_clear(struct sip_facts *f)
{
	__u32 len = f->len;

	__builtin_memset(f, 0, sizeof(*f));
	f->len = len;
}

/*
 * Reads the start line of the len bytes in the window, behind any line ends, blanks and NULs.
 * Returns an enum sip_extent: COMPLETE with kind REQUEST or RESPONSE and the sweep prepared; CUT
 * with kind CUT, and a request's method, if the line's end was not seen; NOT with any other kind.
 */
__subprog int sip_line(struct sip_scratch *s)
{
	__u32 at, eol, len, limit;
	int extent;
	__u64 word;
	__u8 kind;

	if (!s)
		return SIP_NOT;
	len = sip_len(s);
	sip_facts_clear(&s->facts);
	kind = sip_kind_of(sip_load(s, 0), len);
	if (kind != SIP_KIND_REQUEST && kind != SIP_KIND_RESPONSE)
		return sip_line_done(&s->facts, SIP_NOT, kind);
	at = sip_skip_lws(s, 0, len);
	if (at >= len)
		return sip_line_done(&s->facts, SIP_NOT,
				     sip_byte(s, 0) ? SIP_KIND_CRLF : SIP_KIND_TEXT);
	limit = len - at < SIP_LINE_BYTES ? len : at + SIP_LINE_BYTES;
	eol = sip_find(s, at, limit, SIP_SET('\n', '\n', '\n', '\n'), 0);
	word = sip_load(s, at);
	if (sip_is_version(word) && at + 8 <= len && sip_is_blank(word >> 56)) {
		s->facts.method = SIP_METHOD_RESPONSE;
		kind = SIP_KIND_RESPONSE;
		extent = eol < limit ? sip_status_line(s, at, eol) : SIP_CUT;
	} else {
		kind = SIP_KIND_REQUEST;
		extent = sip_request_line(s, at, eol, eol >= limit);
	}
	s->facts.at = eol + 1;
	if (extent == SIP_CUT)
		kind = SIP_KIND_CUT;
	else if (extent == SIP_NOT)
		kind = SIP_KIND_NOT_SIP;
	return sip_line_done(&s->facts, extent, kind);
}

#endif
