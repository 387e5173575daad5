/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "ref_parser.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <strings.h>

#include "bpf/sip_field.h"
#include "bpf/sip_sweep.h"

/* A piece of text that is read from its front. */
struct text {
	const __u8 *p;
	__u32 at;
	__u32 end;
};

static int peek(const struct text *t)
{
	return t->at < t->end ? t->p[t->at] : -1;
}

/* Control characters and the blank. */
static int is_space(int c)
{
	return c >= 0 && c <= ' ';
}

static void skip_space(struct text *t)
{
	while (is_space(peek(t)))
		t->at++;
}

static struct sip_span span_from(const struct text *t, __u32 from)
{
	return (struct sip_span){ .off = from, .len = t->at - from };
}

static int is_one_of(int c, const char *set)
{
	return c > 0 && strchr(set, c) != NULL;
}

/* Reads up to one of the characters in set or, if space is asked for, up to a blank. */
static struct sip_span read_until(struct text *t, const char *set, int space)
{
	__u32 from = t->at;

	while (t->at < t->end && !is_one_of(peek(t), set) && !(space && is_space(peek(t))))
		t->at++;
	return span_from(t, from);
}

static struct sip_span read_word(struct text *t)
{
	return read_until(t, "", 1);
}

static int span_is(const __u8 *p, struct sip_span span, const char *name)
{
	return span.len == strlen(name) && !strncasecmp((const char *)p + span.off, name, span.len);
}

static int text_begins(const struct text *t, const char *with)
{
	__u32 length = strlen(with);

	return t->end - t->at >= length && !strncasecmp((const char *)t->p + t->at, with, length);
}

static __u8 method_named(const __u8 *p, struct sip_span name)
{
	static const struct {
		const char *name;
		__u8 method;
	} methods[] = {
#define METHOD(id, name) { name, SIP_METHOD_##id },
#include "maps/methods.def"
#undef METHOD
	};

	for (size_t i = 0; i < sizeof(methods) / sizeof(methods[0]); i++)
		if (span_is(p, name, methods[i].name))
			return methods[i].method;
	return SIP_METHOD_OTHER;
}

static int is_blank_char(int c)
{
	return c == ' ' || c == '\t';
}

/* --- the first eight bytes --- */

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

static __u8 scheme_of(struct text *t)
{
	static const struct {
		const char *prefix;
		__u8 scheme;
	} schemes[] = {
		{ "sip:", SIP_SCHEME_SIP },
		{ "sips:", SIP_SCHEME_SIPS },
		{ "tel:", SIP_SCHEME_TEL },
		{ "urn:", SIP_SCHEME_URN },
	};

	for (int i = 0; i < 4; i++) {
		if (text_begins(t, schemes[i].prefix)) {
			t->at += strlen(schemes[i].prefix);
			return schemes[i].scheme;
		}
	}
	return SIP_SCHEME_OTHER;
}

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
			if (peek(&t) == '\r' || peek(&t) == '\n') {
				t.at += text_begins(&t, "\r\n") ? 2 : 1;
				f->body = t.at;
				f->extent = SIP_COMPLETE;
				break;
			}
			if (f->lines >= SIP_LINES_MAX)
				break;
		}
		whole = skip_line(&t);
		f->lines += whole;
	}
	return f->extent;
}

/* --- the fields --- */

static struct text field(const __u8 *p, struct sip_span value)
{
	struct text t = { .p = p, .at = value.off, .end = value.off + value.len };

	if (value.len > SIP_FIELD_BYTES)
		t.end = t.at + SIP_FIELD_BYTES;
	return t;
}

/* Behind an opening quote: reads the string, and its closing quote. */
static struct sip_span read_quoted(struct text *t)
{
	struct sip_span string;
	__u32 from = t->at, escapes = 0;

	while (t->at < t->end && peek(t) != '"') {
		if (peek(t) == '\\') {
			t->at++;
			if (++escapes == SIP_ESCAPES_MAX)
				t->at = t->end;
		}
		t->at++;
	}
	if (t->at > t->end)
		t->at = t->end;
	string = span_from(t, from);
	t->at++;
	return string;
}

/* Behind an equals sign. */
static struct sip_span read_value(struct text *t)
{
	skip_space(t);
	if (peek(t) != '"')
		return read_until(t, ";,\">", 1);
	t->at++;
	return read_quoted(t);
}

/* Looks for ;name=value in the parameters, up to a comma or SIP_PARAMS_MAX delimiters. */
static int read_param(struct text *t, const char *name, struct sip_span *value)
{
	for (int i = 0; i < SIP_PARAMS_MAX; i++) {
		struct text before;

		read_until(t, ";,\"", 0);
		if (t->at >= t->end || peek(t) == ',')
			return 0;
		if (peek(t) == '"') {
			t->at++;
			read_quoted(t);
			continue;
		}
		t->at++;
		skip_space(t);
		before = *t;
		if (text_begins(t, name)) {
			t->at += strlen(name);
			skip_space(t);
			if (peek(t) == '=') {
				t->at++;
				*value = read_value(t);
				return 1;
			}
		}
		*t = before;
	}
	return 0;
}

static struct sip_span read_host(struct text *t, const char *set)
{
	__u32 from = t->at;

	if (peek(t) != '[')
		return read_until(t, set, 1);
	read_until(t, "]", 0);
	t->at += peek(t) == ']';
	return span_from(t, from);
}

static void read_uri(struct text t, struct sip_uri *uri)
{
	struct text user;

	memset(uri, 0, sizeof(*uri));
	uri->scheme = scheme_of(&t);
	if (uri->scheme == SIP_SCHEME_TEL)
		uri->user = read_until(&t, ";", 0);
	if (uri->scheme != SIP_SCHEME_SIP && uri->scheme != SIP_SCHEME_SIPS)
		return;
	user = t;
	read_until(&t, "@", 0);
	if (peek(&t) == '@') {
		user.end = t.at;
		uri->user = read_until(&user, ":", 0);
		t.at++;
	} else {
		t.at = user.at;
	}
	uri->host = read_host(&t, ":;?>");
}

int ref_uri(const __u8 *p, struct sip_span value, struct sip_uri *out)
{
	if (!value.len)
		return -EINVAL;
	read_uri(field(p, value), out);
	return 0;
}

static __u16 transport_named(const __u8 *p, struct sip_span name)
{
	static const char *const names[] = { NULL, "UDP", "TCP", "TLS", "SCTP", "WS", "WSS" };

	for (int i = SIP_TRANSPORT_UDP; i <= SIP_TRANSPORT_WSS; i++)
		if (span_is(p, name, names[i]))
			return i;
	return SIP_TRANSPORT_OTHER;
}

int ref_via(const __u8 *p, struct sip_span value, struct sip_via *out)
{
	struct text t = field(p, value), before;
	struct sip_via via = { 0 };
	struct sip_span name;

	for (int i = 0; i < 2; i++) {
		read_until(&t, "/;,:", 0);
		if (peek(&t) != '/')
			return -EINVAL;
		t.at++;
		skip_space(&t);
	}
	name = read_until(&t, ";,:/", 1);
	if (!name.len || t.at == t.end)
		return -EINVAL;
	via.transport = transport_named(p, name);
	skip_space(&t);
	via.host = read_host(&t, ":;,");
	if (!via.host.len)
		return -EINVAL;
	before = t;
	skip_space(&t);
	if (peek(&t) == ':') {
		t.at++;
		skip_space(&t);
		via.port = read_until(&t, ";,", 1);
	} else {
		t = before;
	}
	read_param(&t, "branch", &via.branch);
	*out = via;
	return 0;
}

/* Reads digits; returns how many, and their value, of 33 bits at most. */
static __u32 read_digits(struct text *t, __u64 *number)
{
	__u32 digits = 0;

	*number = 0;
	while (digits < SIP_DIGITS_MAX && peek(t) >= '0' && peek(t) <= '9') {
		*number = *number * 10 + peek(t) - '0';
		if (*number > ~0U)
			*number = 1ULL << 32;
		t->at++;
		digits++;
	}
	return digits;
}

int ref_number(const __u8 *p, struct sip_span value, __u32 *out)
{
	struct text t = field(p, value);
	__u64 number;

	if (!read_digits(&t, &number))
		return -EINVAL;
	if (t.at < t.end && !is_space(peek(&t)) && peek(&t) != ';')
		return -EINVAL;
	if (number >> 32)
		return -ERANGE;
	*out = number;
	return 0;
}

int ref_cseq(const __u8 *p, struct sip_span value, struct sip_cseq *out)
{
	struct text t = field(p, value);
	__u32 behind;
	__u64 number;

	if (!read_digits(&t, &number))
		return -EINVAL;
	behind = t.at;
	skip_space(&t);
	if (t.at == behind || t.at == t.end)
		return -EINVAL;
	memset(out, 0, sizeof(*out));
	out->overflow = number >> 32;
	out->number = out->overflow ? ~0U : number;
	out->method_name = read_word(&t);
	out->method = method_named(p, out->method_name);
	return 0;
}

/* Goes to the opening angle bracket, over quoted strings. Returns 0 if there is none. */
static int find_angle(struct text *t)
{
	for (int i = 0; i < SIP_PARAMS_MAX; i++) {
		read_until(t, "<\";", 0);
		if (peek(t) == '<')
			return 1;
		if (peek(t) != '"')
			return 0;
		t->at++;
		read_quoted(t);
	}
	return 0;
}

int ref_name_addr(const __u8 *p, struct sip_span value, struct sip_name_addr *out)
{
	struct text t = field(p, value), uri = t;
	struct sip_name_addr addr = { 0 };

	if (find_angle(&t)) {
		addr.has_display = t.at > value.off;
		t.at++;
		skip_space(&t);
		addr.uri = read_until(&t, ">", 0);
	} else {
		t = field(p, value);
		addr.uri = read_until(&t, ";,", 1);
	}
	if (!addr.uri.len)
		return -EINVAL;
	uri.at = addr.uri.off;
	uri.end = addr.uri.off + addr.uri.len;
	read_uri(uri, &addr.parts);
	read_param(&t, "tag", &addr.tag);
	*out = addr;
	return 0;
}

static void note_credential(const __u8 *p, struct sip_span name, struct sip_span value,
			    struct sip_digest *digest)
{
	struct sip_span *wanted = NULL;

	if (span_is(p, name, "username"))
		wanted = &digest->username;
	if (span_is(p, name, "realm"))
		wanted = &digest->realm;
	if (span_is(p, name, "nonce"))
		wanted = &digest->nonce;
	if (wanted && !wanted->off)
		*wanted = value;
}

int ref_digest(const __u8 *p, struct sip_span value, struct sip_digest *out)
{
	struct text t = field(p, value);
	struct sip_span name, word;

	if (value.len < 8 || !text_begins(&t, "Digest") || !is_space(p[value.off + 6]))
		return -EINVAL;
	memset(out, 0, sizeof(*out));
	t.at += 7;
	for (int i = 0; i < SIP_PARAMS_MAX && t.at < t.end; i++) {
		skip_space(&t);
		name = read_until(&t, "=,", 0);
		while (name.len && is_space(p[name.off + name.len - 1]))
			name.len--;
		if (peek(&t) == '=') {
			t.at++;
			word = read_value(&t);
			note_credential(p, name, word, out);
			read_until(&t, ",", 0);
		}
		t.at++;
	}
	return 0;
}
