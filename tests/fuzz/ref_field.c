/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is inside a header's value. */
#include <errno.h>

#include "bpf/sip_field.h"
#include "ref_parser.h"
#include "ref_text.h"

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
		return read_until(t, ";,\"", 1);
	t->at++;
	return read_quoted(t);
}

/*
 * Looks for ;name=value in the parameters, up to a comma. Returns 1, 0, or -E2BIG if there are
 * SIP_PARAMS_MAX delimiters and it is behind none of them.
 */
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
	return -E2BIG;
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

static void read_branch(struct text *t, struct sip_via *via)
{
	int found = read_param(t, "branch", &via->branch);
	struct sip_span second;
	struct text rest;

	via->unsure = found < 0;
	if (found <= 0)
		return;
	skip_space(t);
	if (t->at >= t->end || peek(t) == ',')
		return;
	rest = *t;
	via->unsure = peek(t) != ';' || read_param(t, "branch", &second) ||
		      read_param(&rest, "ali", &second);
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
	read_branch(&t, &via);
	via.unsure |= value.len > SIP_FIELD_BYTES;
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
