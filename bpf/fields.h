/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of one inspected request, each taken apart once: the checks and the sketch of
 * transactions ask them. Only what every request is asked for is read at once. Hardly any request
 * gets behind the first comparison of a check, so that a check reads the rest for itself, then.
 */
#ifndef SIPSHIELD_FIELDS_H
#define SIPSHIELD_FIELDS_H

#include "bpf/env.h"
#include "bpf/packet.h"
#include "bpf/sip_field.h"
#include "bpf/sip_text.h"

/* What stands in a Request-URI that has no place there. */
#define URI_CONTROL 1	/* a byte below the blank other than the tab */
#define URI_INJECTION 2 /* in the user part: an apostrophe with SQL behind it */

#define FIELDS_TAG_WORDS 16   /* of eight bytes, in which a tag is searched from its end */
#define FIELDS_URI_NEAR 64    /* bytes of a Request-URI in which something odd is looked for */
#define FIELDS_URI_ODD 32     /* odd bytes of a Request-URI are looked at */
#define FIELDS_LINES_NEAR 128 /* bytes up to the topmost Via's end, where it is the first header */
#define FIELDS_CONTROLS 32    /* control characters before that end are looked at */

/* What was read of the message in hand. Spans are offsets into its window. */
struct sip_fields {
	struct sip_via via;   /* the topmost; all 0: absent or unreadable */
	struct sip_cseq cseq; /* all 0: absent or unreadable */
	__u8 uri_marks;	      /* URI_CONTROL, URI_INJECTION */
	__u8 pad[3];
	__u64 hits; /* of the structural checks, a bit for each in their order */
};

/* What a check is given. */
struct request {
	const struct facts *packet;
	struct sip_scratch *sip;
	const struct sip_fields *fields;
};

/* Is the apostrophe before `at` followed by a comparison, a comment or a word of SQL? */
static __always_inline int fields_is_sql(const struct sip_scratch *s, __u32 at)
{
	__u64 word = sip_load(s, at);
	__u8 first = word;

	if (first == '=' || (__u16)word == ('-' | '-' << 8))
		return 1;
	if (first == ' ' || first == '+')
		at++;
	else if ((__u32)(word & 0xffffff) == SIP_SET('%', '2', '0', 0))
		at += 3;
	word = sip_lower(sip_load(s, at));
	if ((__u16)word == ('o' | 'r' << 8)) {
		first = sip_byte(s, at + 2);
		return first == ' ' || first == '+' || first == '%' || first == '\'';
	}
	return (word & sip_low_bytes(5)) == SIP_WORD('u', 'n', 'i', 'o', 'n', 0, 0, 0) ||
	       (word & sip_low_bytes(6)) == SIP_WORD('s', 'e', 'l', 'e', 'c', 't', 0, 0);
}

/* Marks what the byte at `at` of a Request-URI is; its user part ends at s->cursor.end. */
__subprog int fields_uri_byte(struct sip_scratch *s, struct sip_fields *v, __u32 at)
{
	__u32 word;
	__u8 byte;

	if (!s || !v)
		return 0;
	word = sip_load(s, at);
	byte = word;
	if (byte < ' ' && byte != '\t')
		v->uri_marks |= URI_CONTROL;
	if (at >= s->cursor.end)
		return 0;
	if ((word & 0xffffff) == SIP_SET('%', '2', '7', 0))
		at += 2;
	else if (byte != '\'')
		return 0;
	if (fields_is_sql(s, at + 1))
		v->uri_marks |= URI_INJECTION;
	return 0;
}

/* Looks at what is odd in a Request-URI. Few have anything that leads here. */
__subprog int fields_uri(struct sip_scratch *s, struct sip_fields *v, __u32 at, __u32 end)
{
	if (!s || !v)
		return 0;
	/* a user may begin with an at sign: the first that can end one stands behind "sip:" and a byte */
	s->cursor.end = sip_find_far(s, at + 5, end, SIP_ONE('@'), 0);
	for (int i = 0; i < FIELDS_URI_ODD; i++, at++) {
		at = sip_find_far(s, at, end, SIP_SET('\'', '%', '\'', '%'), SIP_BYTES(' '));
		if (at >= end)
			break;
		fields_uri_byte(s, v, at);
	}
	return 0;
}

/*
 * Marks an odd Request-URI. Most have nothing in them that asks for a second look: a control
 * character, or a percent sign or apostrophe, which are one bit apart. What stands behind the URI
 * in its last word does no harm.
 */
static __always_inline void fields_mark_uri(struct sip_scratch *s, struct sip_fields *v)
{
	__u32 at = s->facts.uri.off, end = sip_span_end(s->facts.uri);
	__u64 odd = end - at > FIELDS_URI_NEAR, word;

	v->uri_marks = 0;
	for (__u32 i = 0; i < FIELDS_URI_NEAR && at + i < end; i += 8) {
		word = sip_load(s, at + i);
		odd |= sip_below(word, SIP_BYTES(' ')) |
		       sip_equal(word & SIP_BYTES(0xfd), SIP_BYTES('%'));
	}
	if (odd)
		fields_uri(s, v, at, end);
}

/*
 * Whether one of the control characters in [at, end) is neither a tab nor of a line's end. Some
 * servers take a carriage return by itself for the end of a line, and other control characters for
 * letters: what such a server reads is not what is read here.
 */
__subprog int fields_control(struct sip_scratch *s, __u32 at, __u32 end)
{
	__u8 byte;

	if (!s)
		return 1;
	for (int i = 0; i < FIELDS_CONTROLS; i++, at++) {
		at = sip_find_far(s, at, end, 0, SIP_BYTES(' '));
		if (at >= end)
			return 0;
		byte = sip_byte(s, at);
		if (byte == '\r' && sip_byte(s, at + 1) == '\n')
			at++;
		else if (byte != '\n' && byte != '\t')
			return 1;
	}
	return 1;
}

/*
 * Whether a server may find another Via, or other parameters in it, than are read here: by a control
 * character before its end, a comment, or a quoted string, which Kamailio ends at a comma. Most have
 * the topmost Via in their first line and nothing of the kind.
 */
static __always_inline int fields_via_odd(struct sip_scratch *s, __u32 at, struct sip_span via)
{
	__u32 end = sip_span_end(via);
	__u64 odd = end - at > FIELDS_LINES_NEAR, word;

	for (__u32 i = 0; i < FIELDS_LINES_NEAR && at + i < end; i += 8) {
		word = sip_load(s, at + i);
		if (end - at - i < 8)
			word |= ~sip_low_bytes(end - at - i);
		odd |= sip_below(word, SIP_BYTES(' ')) | sip_equal(word, SIP_BYTES('"')) |
		       sip_equal(word, SIP_BYTES('('));
	}
	if (!odd)
		return 0;
	return fields_control(s, at, end) ||
	       sip_find_far(s, via.off, end, SIP_SET('"', '(', '"', '('), 0) < end;
}

/* Reads what names a transaction: the topmost Via and the CSeq. */
static __always_inline void fields_transaction(struct sip_scratch *s, struct sip_fields *v)
{
	struct sip_span *via = &s->facts.header[SIP_HEADER_VIA];

	v->via = (struct sip_via){};
	v->cseq = (struct sip_cseq){};
	sip_cseq(s, &s->facts.header[SIP_HEADER_CSEQ], &v->cseq);
	if (sip_via(s, via, &v->via))
		return;
	barrier();
	if (fields_via_odd(s, s->facts.head, *via))
		v->via.unsure = 1;
}

/* Reads the fields of a request after its sweep. */
static __always_inline void fields_request(struct sip_scratch *s, struct sip_fields *v)
{
	fields_transaction(s, v);
	barrier();
	fields_mark_uri(s, v);
	barrier();
}

/*
 * The tag of the From value, if it is the last parameter, as tools and phones write it, without
 * blanks and quotes: searched from the end. To take the whole value apart costs several times as
 * much.
 */
__subprog __u32 fields_from_tag(struct sip_scratch *s)
{
	struct sip_span value;
	__u64 fits = 0, word;
	__u32 at;

	if (!s)
		return 0;
	value = s->facts.header[SIP_HEADER_FROM];
	at = sip_span_end(value);
	for (int i = 0; i < FIELDS_TAG_WORDS && at > value.off; i++, at -= 8) {
		word = __builtin_bswap64(sip_load(s, at - 8));
		fits = sip_any(word, SIP_SET('=', ';', '>', '"'), SIP_LWS);
		if (fits)
			break;
	}
	at = sip_settle(s, fits ? at - sip_first(fits) : 0);
	if (at < value.off + 5U ||
	    ((__u32)sip_load(s, at - 4) | 0x00202020) != SIP_SET('t', 'a', 'g', '='))
		return 0;
	return sip_byte(s, at - 5) == ';' || sip_byte(s, at - 5) <= ' ' ? at : 0;
}

/* The same as a span, absent if there is none. */
static __always_inline struct sip_span request_from_tag(const struct request *r)
{
	__u32 at = fields_from_tag(r->sip);

	if (!at)
		return (struct sip_span){};
	return sip_span(at, sip_span_end(r->sip->facts.header[SIP_HEADER_FROM]));
}

/* The last eight bytes of a header's value. */
static __always_inline __u64 request_last8(const struct request *r, enum sip_header header)
{
	return sip_load(r->sip, sip_span_end(r->sip->facts.header[header]) - 8);
}

#endif
