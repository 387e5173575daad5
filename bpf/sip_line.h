/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The start line of a SIP message: a request's or a response's (RFC 3261 7.1, 7.2). */
#ifndef SIPSHIELD_SIP_LINE_H
#define SIPSHIELD_SIP_LINE_H

#include "sip.h"

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

/*
 * The last byte in [from, end), of at most SIP_FIELD_BYTES, that is neither a control character
 * nor a blank, plus one; from if there is none.
 */
__subprog __u32 sip_trim_far(struct sip_scratch *s, __u32 from, __u32 end)
{
	if (!s)
		return from;
	for (int i = 0; i < SIP_FIELD_BYTES / 8 && end >= from + 8; i++, end -= 8)
		if (sip_visible(sip_load(s, end - 8)))
			break;
	for (int i = 0; i < 8 && end > from; i++, end--)
		if (sip_byte(s, end - 1) > ' ')
			break;
	return end;
}

/* The same; nearly always there is one blank or carriage return, or none. */
static __always_inline __u32 sip_trim(struct sip_scratch *s, __u32 from, __u32 end)
{
	if (end > from && sip_byte(s, end - 1) <= ' ') {
		end--;
		if (end > from && sip_byte(s, end - 1) <= ' ')
			end = sip_trim_far(s, from, end);
	}
	return sip_settle(s, end);
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

/* Where the last word of [at, end) begins if it can be a version, of at most 15 bytes, or end. */
static __always_inline __u32 sip_last_word(const struct sip_scratch *s, __u32 at, __u32 end)
{
	__u32 from = end;

	for (int i = 0; i < 15 && from > at && sip_byte(s, from - 1) > ' '; i++)
		from--;
	return from > at && sip_byte(s, from - 1) > ' ' ? end : from;
}

static __always_inline int sip_is_version_name(const struct sip_scratch *s, __u32 at, __u32 end)
{
	return at + 4 < end && ((__u32)sip_load(s, at) & 0xffdfdfdf) == SIP_SET('S', 'I', 'P', '/');
}

/*
 * Finds a version other than " SIP/2.0" at the very end of [at, end), which is what follows the
 * method: the last word of the line, or else its second. Returns its end, and its beginning in the
 * upper half; 0 if neither begins with SIP/.
 */
__subprog __u32 sip_version_far(struct sip_scratch *s, __u32 at, __u32 end)
{
	__u32 from;

	if (!s)
		return 0;
	from = sip_last_word(s, at, end);
	if (sip_is_version_name(s, from, end))
		return from << 16 | end;
	from = sip_skip_far(s, sip_find_far(s, at, end, 0, SIP_LWS), end);
	end = sip_find_far(s, from, end, 0, SIP_LWS);
	return sip_is_version_name(s, from, end) ? from << 16 | end : 0;
}

/*
 * The start line is read in stages. Each takes its positions from s->cursor, [at, end) being what
 * is left of the line, and leaves them there; behind each the compiler must forget what it holds in
 * registers, so that the verifier can too.
 */

/* Skips what may stand before the line, and finds its end. Returns its extent as far as known. */
static __always_inline int sip_line_begin(struct sip_scratch *s, __u32 len)
{
	__u32 at = sip_byte(s, 0) > ' ' ? 0 : sip_settle(s, sip_skip_far(s, 0, len)), limit;

	s->cursor.at = at;
	if (at >= len) {
		s->facts.kind = sip_byte(s, 0) ? SIP_KIND_CRLF : SIP_KIND_TEXT;
		return SIP_NOT;
	}
	limit = len - at < SIP_LINE_BYTES ? len : at + SIP_LINE_BYTES;
	at = sip_find(s, at, limit, SIP_ONE('\n'), 0);
	s->cursor.end = at;
	s->facts.at = at + 1;
	s->facts.head = at + 1;
	return at < limit ? SIP_COMPLETE : SIP_CUT;
}

/* "SIP/2.0 200 OK" */
static __always_inline void sip_status_line(struct sip_scratch *s)
{
	struct sip_facts *f = &s->facts;
	__u32 at = s->cursor.at, end = s->cursor.end;

	f->version = sip_span(at, at + 7);
	f->version_ok = 1;
	f->status = sip_status_at(s, sip_skip(s, at + 7, end), end);
}

/* The method and the blanks behind it. Returns 0 if there is none. */
static __always_inline int sip_request_method(struct sip_scratch *s)
{
	__u32 at = s->cursor.at, end = s->cursor.end;
	__u32 to = sip_find(s, at, end, 0, SIP_LWS);

	if (to <= at || to - at > SIP_METHOD_BYTES || to >= end || !sip_is_blank(sip_byte(s, to)))
		return 0;
	s->facts.method_name = sip_span(at, to);
	s->cursor.at = sip_skip(s, to, end);
	s->facts.method = sip_method_at(s, at, to);
	return 1;
}

/* Checks the spelling of an unknown method; what is cut must have a URI of a known scheme too. */
static __always_inline int sip_request_other(struct sip_scratch *s, int extent)
{
	__u32 from = s->facts.method_name.off, at = s->cursor.at, rest;

	if (!sip_is_token(s, from, from + s->facts.method_name.len))
		return SIP_NOT;
	if (extent == SIP_CUT && sip_scheme_at(s, at, s->cursor.end, &rest) == SIP_SCHEME_OTHER)
		return SIP_NOT;
	return extent;
}

/* The version, and the end of the URI before it. Returns 0 if there is none. */
static __always_inline int sip_request_version(struct sip_scratch *s)
{
	__u32 at = s->cursor.at, to = sip_trim(s, at, s->cursor.end), from = to - 7;

	if (at + 8 > to || !sip_is_version(sip_load(s, from)) || sip_byte(s, from - 1) > ' ') {
		to = sip_settle(s, sip_version_far(s, at, to));
		from = to >> 16;
		to &= 0xffff;
	}
	s->facts.version = sip_span(from, to);
	s->facts.version_ok = to - from == 7 && sip_is_version(sip_load(s, from));
	s->cursor.end = from;
	return to;
}

static __always_inline void sip_line_uri(struct sip_scratch *s)
{
	__u32 at = s->cursor.at, end = s->cursor.end, rest;

	if (at >= end)
		return;
	end = sip_trim(s, at, end);
	s->facts.uri = sip_span(at, end);
	s->facts.scheme = sip_scheme_at(s, at, end, &rest);
}

/* "INVITE sip:bob@example.com SIP/2.0" */
static __always_inline int sip_request_line(struct sip_scratch *s, int extent)
{
	if (!sip_request_method(s))
		return SIP_NOT;
	barrier();
	if (s->facts.method == SIP_METHOD_OTHER)
		extent = sip_request_other(s, extent);
	if (extent != SIP_COMPLETE)
		return extent;
	barrier();
	if (!sip_request_version(s))
		return SIP_NOT;
	barrier();
	sip_line_uri(s);
	return SIP_COMPLETE;
}

static __always_inline int sip_is_status_line(const struct sip_scratch *s)
{
	__u64 word = sip_load(s, s->cursor.at);

	return sip_is_version(word) && sip_is_blank(word >> 56) && s->cursor.at + 8 <= sip_len(s);
}

/* The line of a payload that may be SIP. Notes its kind and returns its extent. */
static __always_inline int sip_line_read(struct sip_scratch *s)
{
	struct sip_facts *f = &s->facts;
	int extent = sip_line_begin(s, sip_len(s));

	barrier();
	if (extent == SIP_NOT)
		return extent;
	if (sip_is_status_line(s)) {
		f->kind = SIP_KIND_RESPONSE;
		f->method = SIP_METHOD_RESPONSE;
		if (extent == SIP_COMPLETE)
			sip_status_line(s);
	} else {
		f->kind = SIP_KIND_REQUEST;
		extent = sip_request_line(s, extent);
	}
	if (extent == SIP_CUT)
		f->kind = SIP_KIND_CUT;
	if (extent == SIP_NOT) {
		f->kind = SIP_KIND_NOT_SIP;
		f->method = SIP_METHOD_NONE;
	}
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
	int extent = SIP_NOT;

	if (!s)
		return SIP_NOT;
	sip_facts_clear(&s->facts);
	s->facts.kind = sip_kind_of(sip_load(s, 0), sip_len(s));
	barrier();
	if (s->facts.kind == SIP_KIND_REQUEST || s->facts.kind == SIP_KIND_RESPONSE)
		extent = sip_line_read(s);
	s->facts.extent = extent;
	return extent;
}

#endif
