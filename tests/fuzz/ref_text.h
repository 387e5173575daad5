/* SPDX-License-Identifier: GPL-2.0-or-later */
/* How the reference parser reads text: one character after the other. */
#ifndef SIPSHIELD_REF_TEXT_H
#define SIPSHIELD_REF_TEXT_H

#include <string.h>
#include <strings.h>

#include "bpf/sip.h"

/* A piece of text that is read from its front. */
struct text {
	const __u8 *p;
	__u32 at;
	__u32 end;
};

static inline int peek(const struct text *t)
{
	return t->at < t->end ? t->p[t->at] : -1;
}

/* Control characters and the blank. */
static inline int is_space(int c)
{
	return c >= 0 && c <= ' ';
}

static inline void skip_space(struct text *t)
{
	while (is_space(peek(t)))
		t->at++;
}

static inline struct sip_span span_from(const struct text *t, __u32 from)
{
	return (struct sip_span){ .off = from, .len = t->at - from };
}

static inline int is_one_of(int c, const char *set)
{
	return c > 0 && strchr(set, c) != NULL;
}

/* Reads up to one of the characters in set or, if space is asked for, up to a blank. */
static inline struct sip_span read_until(struct text *t, const char *set, int space)
{
	__u32 from = t->at;

	while (t->at < t->end && !is_one_of(peek(t), set) && !(space && is_space(peek(t))))
		t->at++;
	return span_from(t, from);
}

static inline struct sip_span read_word(struct text *t)
{
	return read_until(t, "", 1);
}

static inline int span_is(const __u8 *p, struct sip_span span, const char *name)
{
	return span.len == strlen(name) && !strncasecmp((const char *)p + span.off, name, span.len);
}

static inline int text_begins(const struct text *t, const char *with)
{
	__u32 length = strlen(with);

	return t->end - t->at >= length && !strncasecmp((const char *)t->p + t->at, with, length);
}

static inline __u8 method_named(const __u8 *p, struct sip_span name)
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

static inline int is_blank_char(int c)
{
	return c == ' ' || c == '\t';
}

static inline __u8 scheme_of(struct text *t)
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

#endif
