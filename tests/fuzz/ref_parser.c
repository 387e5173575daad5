/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The start line and the header. */
#include "ref_parser.h"

#include <ctype.h>
#include <stdlib.h>

#include "bpf/sip_sweep.h"
#include "ref_text.h"

static int has_high_byte(const __u8 *p, struct sip_span span)
{
	for (__u32 i = 0; i < span.len; i++)
		if (p[span.off + i] & 0x80)
			return 1;
	return 0;
}

__u8 ref_method_of(const __u8 *p, __u32 len)
{
	__u8 eight[9] = { 0 };
	struct text t = { .p = eight, .end = 8 };
	struct sip_span word;

	memcpy(eight, p, len < 8 ? len : 8);
	if (text_begins(&t, "SIP/2.0") && is_blank_char(eight[7]))
		return SIP_METHOD_RESPONSE;
	word = read_word(&t);
	if (has_high_byte(eight, word))
		return SIP_METHOD_NONE;
	if (word.len == 8 && span_is(eight, word, "SUBSCRIB"))
		return SIP_METHOD_SUBSCRIBE;
	if (word.len < 8 && !is_blank_char(peek(&t)))
		return SIP_METHOD_OTHER;
	return method_named(eight, word);
}

static enum sip_kind kind_of_short(const __u8 *p, __u32 len)
{
	enum sip_kind kind = SIP_KIND_CRLF;

	for (__u32 i = 0; i < len; i++) {
		if (is_one_of(p[i], "\r\n\t "))
			continue;
		if (p[i] && (p[i] < ' ' || p[i] > 0x7f))
			return SIP_KIND_NOT_SIP;
		kind = SIP_KIND_TEXT;
	}
	return kind;
}

static int is_stun(const __u8 *p, __u32 len)
{
	static const __u8 cookie[4] = { 0x21, 0x12, 0xa4, 0x42 };

	return len >= 20 && p[0] < 0x40 && p[3] % 4 == 0 && !memcmp(p + 4, cookie, 4);
}

enum sip_kind ref_kind_of(const __u8 *p, __u32 len)
{
	if (!len)
		return SIP_KIND_EMPTY;
	if (len <= 8)
		return kind_of_short(p, len);
	if (is_stun(p, len))
		return SIP_KIND_STUN;
	if (ref_method_of(p, len) == SIP_METHOD_RESPONSE)
		return SIP_KIND_RESPONSE;
	if (ref_method_of(p, len) == SIP_METHOD_NONE)
		return SIP_KIND_NOT_SIP;
	if (is_space(p[0]) && p[0] && !is_one_of(p[0], " \t\r\n"))
		return SIP_KIND_NOT_SIP;
	return SIP_KIND_REQUEST;
}

/* --- the start line --- */

static int is_token(const __u8 *p, struct sip_span span)
{
	for (__u32 i = 0; i < span.len; i++) {
		__u8 c = p[span.off + i];

		if (c >= 0x80 || (!isalnum(c) && !is_one_of(c, "-.!%*_+`'~")))
			return 0;
	}
	return 1;
}

static void trim_end(struct text *t)
{
	while (t->end > t->at && is_space(t->p[t->end - 1]))
		t->end--;
}

static int span_is_version(const __u8 *p, struct sip_span span)
{
	return span.len > 4 && !strncasecmp((const char *)p + span.off, "SIP/", 4);
}

/* The last word of the text, or an empty one if it has more than 15 bytes. */
static struct sip_span last_word(const struct text *t)
{
	__u32 from = t->end;

	while (from > t->at && !is_space(t->p[from - 1]))
		from--;
	if (t->end - from > 15)
		from = t->end;
	return (struct sip_span){ .off = from, .len = t->end - from };
}

static int read_status(const struct text *line, struct sip_facts *f)
{
	struct text t = *line;
	struct sip_span word;

	f->version = (struct sip_span){ .off = t.at, .len = 7 };
	f->version_ok = 1;
	t.at += 7;
	skip_space(&t);
	word = read_word(&t);
	if (word.len != 3)
		return SIP_COMPLETE;
	for (int i = 0; i < 3; i++)
		if (!isdigit(t.p[word.off + i]))
			return SIP_COMPLETE;
	if (t.p[word.off] >= '1' && t.p[word.off] <= '6')
		f->status =
			atoi((char[]){ t.p[word.off], t.p[word.off + 1], t.p[word.off + 2], 0 });
	return SIP_COMPLETE;
}

/* The URI and the version: the rest of the line behind the method. */
static int read_uri_and_version(struct text *t, struct sip_facts *f)
{
	struct sip_span version;

	trim_end(t);
	version = last_word(t);
	if (!span_is_version(t->p, version)) {
		struct text second = *t;

		read_word(&second);
		skip_space(&second);
		version = read_word(&second);
		if (!span_is_version(t->p, version))
			return SIP_NOT;
	}
	f->version = version;
	f->version_ok = span_is(t->p, version, "SIP/2.0");
	t->end = version.off;
	if (t->at >= t->end)
		return SIP_COMPLETE;
	trim_end(t);
	f->uri = (struct sip_span){ .off = t->at, .len = t->end - t->at };
	f->scheme = scheme_of(t);
	return SIP_COMPLETE;
}

static int read_request(struct text *t, int cut, struct sip_facts *f)
{
	struct sip_span name = read_word(t);

	if (!name.len || name.len > SIP_METHOD_BYTES || !is_blank_char(peek(t)))
		return SIP_NOT;
	f->method_name = name;
	f->method = method_named(t->p, name);
	skip_space(t);
	if (f->method == SIP_METHOD_OTHER) {
		struct text uri = *t;

		if (!is_token(t->p, name))
			return SIP_NOT;
		if (cut && scheme_of(&uri) == SIP_SCHEME_OTHER)
			return SIP_NOT;
	}
	return cut ? SIP_CUT : read_uri_and_version(t, f);
}

/* The line up to its line feed. Returns 1 if that is not in sight. */
static int cut_line(struct text *t)
{
	__u32 limit = t->at + SIP_LINE_BYTES;

	for (__u32 i = t->at; i < t->end && i < limit; i++) {
		if (t->p[i] == '\n') {
			t->end = i;
			return 0;
		}
	}
	if (t->end > limit)
		t->end = limit;
	return 1;
}

int ref_line(const __u8 *p, __u32 len, struct sip_facts *f)
{
	struct text t = { .p = p, .end = len };
	int cut;

	memset(f, 0, sizeof(*f));
	f->len = len;
	f->extent = SIP_NOT;
	f->kind = ref_kind_of(p, len);
	if (f->kind != SIP_KIND_REQUEST && f->kind != SIP_KIND_RESPONSE)
		return SIP_NOT;
	skip_space(&t);
	if (t.at == t.end) {
		f->kind = p[0] ? SIP_KIND_CRLF : SIP_KIND_TEXT;
		return SIP_NOT;
	}
	f->kind = SIP_KIND_REQUEST;
	if (text_begins(&t, "SIP/2.0 ") || text_begins(&t, "SIP/2.0\t"))
		f->kind = SIP_KIND_RESPONSE;
	cut = cut_line(&t);
	f->at = t.end + 1;
	f->head = f->at;
	if (f->kind == SIP_KIND_RESPONSE) {
		f->method = SIP_METHOD_RESPONSE;
		f->extent = cut ? SIP_CUT : read_status(&t, f);
	} else {
		f->extent = read_request(&t, cut, f);
	}
	if (f->extent == SIP_CUT)
		f->kind = SIP_KIND_CUT;
	if (f->extent == SIP_NOT) {
		f->kind = SIP_KIND_NOT_SIP;
		f->method = SIP_METHOD_NONE;
	}
	return f->extent;
}

/* --- the header --- */

static int header_named(const __u8 *p, struct sip_span name)
{
	static const struct {
		const char *name;
		const char *compact;
		int header;
	} headers[] = {
		{ "Via", "v", SIP_HEADER_VIA },
		{ "From", "f", SIP_HEADER_FROM },
		{ "To", "t", SIP_HEADER_TO },
		{ "Call-ID", "i", SIP_HEADER_CALL_ID },
		{ "CSeq", "CSeq", SIP_HEADER_CSEQ },
		{ "Contact", "m", SIP_HEADER_CONTACT },
		{ "User-Agent", "User-Agent", SIP_HEADER_USER_AGENT },
		{ "Server", "Server", SIP_HEADER_SERVER },
		{ "Max-Forwards", "Max-Forwards", SIP_HEADER_MAX_FORWARDS },
		{ "Content-Length", "l", SIP_HEADER_CONTENT_LENGTH },
		{ "Authorization", "Authorization", SIP_HEADER_AUTHORIZATION },
		{ "Proxy-Authorization", "Proxy-Authorization", SIP_HEADER_PROXY_AUTHORIZATION },
		{ "Route", "Route", SIP_HEADER_ROUTE },
		{ "Expires", "Expires", SIP_HEADER_EXPIRES },
	};

	for (size_t i = 0; i < sizeof(headers) / sizeof(headers[0]); i++)
		if (span_is(p, name, headers[i].name) || span_is(p, name, headers[i].compact))
			return headers[i].header;
	return SIP_HEADER_OTHER;
}

/* Reads "name :"; returns the header, OTHER if it is not known or has no colon. */
static int read_name(struct text *t)
{
	struct sip_span name = read_until(t, ":", 1);
	__u32 from = t->at;

	if (is_blank_char(peek(t)))
		while (is_space(peek(t)) && peek(t) != '\n' && t->at - from < SIP_FIELD_BYTES)
			t->at++;
	if (peek(t) != ':')
		return SIP_HEADER_OTHER;
	t->at++;
	return header_named(t->p, name);
}

/* Goes behind the next line feed. Returns 0 if there is none. */
static int skip_line(struct text *t)
{
	while (t->at < t->end && t->p[t->at] != '\n')
		t->at++;
	if (t->at == t->end)
		return 0;
	t->at++;
	return 1;
}

/* Notes a header of which the name begins at `from`; the text is behind its last line feed. */
static void note_header(const struct text *t, __u32 from, struct sip_facts *f)
{
	struct text value = { .p = t->p, .at = from, .end = t->at - 1 };
	int header;

	if (value.end > from && t->p[value.end - 1] == '\r')
		value.end--;
	header = read_name(&value);
	if (header == SIP_HEADER_OTHER || f->seen[header]++)
		return;
	skip_space(&value);
	f->header[header] = (struct sip_span){ .off = value.at, .len = value.end - value.at };
}

int ref_sweep(const __u8 *p, __u32 len, struct sip_facts *f)
{
	struct text t = { .p = p, .at = f->at, .end = len };
	__u32 from = 0; /* the header that began last, 0 for none */
	int whole = 1;

	f->extent = SIP_CUT;
	while (whole) {
		if (!is_blank_char(peek(&t))) {
			if (from)
				note_header(&t, from, f);
			from = t.at;
			if (t.at == t.end)
				break;
			if (peek(&t) == '\r')
				from = ++t.at;
			if (t.at == t.end || peek(&t) == '\n') {
				t.at += peek(&t) == '\n';
				f->body = t.at;
				f->extent = SIP_COMPLETE;
				break;
			}
		}
		if (f->lines >= SIP_LINES_MAX)
			break;
		whole = skip_line(&t);
		f->lines += whole;
	}
	return f->extent;
}
