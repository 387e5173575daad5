/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The fields of one inspected request, each taken apart once: the checks and the sketch of
 * transactions ask them. What nearly every request is asked for is read at once; what few are asked
 * for is left to the check that wants it.
 */
#ifndef SIPSHIELD_FIELDS_H
#define SIPSHIELD_FIELDS_H

#include "bpf/env.h"
#include "bpf/packet.h"
#include "bpf/sip_field.h"
#include "bpf/sip_text.h"

/* What stands in a Request-URI that has no place there. */
#define URI_CONTROL 1	/* a control character other than the tab */
#define URI_INJECTION 2 /* in the user part: an apostrophe with SQL behind it */

#define FIELDS_TAG_WORDS 16  /* of eight bytes, in which a tag is searched from its end */
#define FIELDS_URI_BYTES 256 /* of a Request-URI that is odd are looked at one by one */

struct sip_fields {
	struct sip_via via;	  /* the topmost; all 0: absent or unreadable */
	struct sip_cseq cseq;	  /* all 0: absent or unreadable */
	struct sip_span from_tag; /* absent if it is not the last parameter */
	__u8 uri_marks;
	__u8 pad[3];
	__u64 hits; /* of the structural checks, a bit for each in their order */
};

/* What a check is given. */
struct request {
	const struct facts *packet;
	struct sip_scratch *sip;
	const struct sip_fields *fields;
};

/*
 * The tag of a From or To value, searched from the end: tools and phones write it last, and to take
 * the whole value apart for it costs several times as much.
 */
static __always_inline struct sip_span fields_tag(struct sip_scratch *s, struct sip_span value)
{
	__u32 end = sip_span_end(value), at = end;
	__u64 fits = 0;

	for (int i = 0; i < FIELDS_TAG_WORDS && at > value.off; i++, at -= 8) {
		fits = sip_equal(__builtin_bswap64(sip_load(s, at - 8)), SIP_BYTES('='));
		if (fits)
			break;
	}
	at = sip_settle(s, fits ? at - sip_first(fits) : 0);
	if (at < value.off + 4U ||
	    ((__u32)sip_load(s, at - 4) | 0x00202020) != SIP_SET('t', 'a', 'g', '='))
		return (struct sip_span){};
	return sip_span(at, end);
}

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
	if ((byte < ' ' && byte != '\t') || byte == 0x7f)
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

/* Looks at a Request-URI byte by byte. Few have anything odd that leads here. */
__subprog int fields_uri(struct sip_scratch *s, struct sip_fields *v, __u32 at, __u32 end)
{
	if (!s || !v)
		return 0;
	s->cursor.end = sip_find_far(s, at, end, SIP_ONE('@'), 0);
	for (int i = 0; i < FIELDS_URI_BYTES && at < end; i++, at++)
		fields_uri_byte(s, v, at);
	return 0;
}

/* Marks an odd Request-URI. Most have nothing in them that asks for a second look. */
static __always_inline void fields_mark_uri(struct sip_scratch *s, struct sip_fields *v)
{
	struct sip_span uri = s->facts.uri;
	__u32 end = sip_span_end(uri);

	v->uri_marks = 0;
	if (sip_find(s, uri.off, end, SIP_SET('\'', '%', 0x7f, 0x7f), SIP_BYTES(' ')) < end)
		fields_uri(s, v, uri.off, end);
}

/* Reads what names a transaction: the topmost Via and the CSeq. */
static __always_inline void fields_transaction(struct sip_scratch *s, struct sip_fields *v)
{
	v->via = (struct sip_via){};
	v->cseq = (struct sip_cseq){};
	sip_cseq(s, &s->facts.header[SIP_HEADER_CSEQ], &v->cseq);
	sip_via(s, &s->facts.header[SIP_HEADER_VIA], &v->via);
}

/* Reads the fields of a request after its sweep. A function of its own for the verifier's sake. */
__subprog int fields_request(struct sip_scratch *s, struct sip_fields *v)
{
	if (!s || !v)
		return 0;
	fields_transaction(s, v);
	barrier();
	v->from_tag = fields_tag(s, s->facts.header[SIP_HEADER_FROM]);
	barrier();
	fields_mark_uri(s, v);
	return 0;
}

#endif
