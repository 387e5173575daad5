/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/ref_uri.h"

#include <string.h>

#include "ref_text.h"

static int begins(const struct text *t, const char *with)
{
	__u32 len = strlen(with);

	return t->end - t->at >= len && !memcmp(t->p + t->at, with, len);
}

/* Behind an apostrophe: a comparison, a comment, or a word of SQL? */
static int is_sql(struct text t)
{
	if (begins(&t, "=") || begins(&t, "--"))
		return 1;
	if (begins(&t, " ") || begins(&t, "+"))
		t.at++;
	else if (begins(&t, "%20"))
		t.at += 3;
	if (!text_begins(&t, "or"))
		return text_begins(&t, "union") || text_begins(&t, "select");
	t.at += 2;
	return is_one_of(peek(&t), " +%'");
}

__u8 ref_uri_marks(const __u8 *p, __u32 len, struct sip_span uri)
{
	/* behind "sip:" and a byte of the user */
	const __u8 *host = uri.len > 5 ? memchr(p + uri.off + 5, '@', uri.len - 5) : NULL;
	__u32 end = uri.off + uri.len, user_end = host ? (__u32)(host - p) : end, odd = 0;
	__u8 marks = 0;

	for (__u32 at = uri.off; at < end; at++) {
		struct text t = { .p = p, .at = at, .end = len };

		if (p[at] >= ' ' && p[at] != '\'' && p[at] != '%')
			continue;
		if (odd++ == FIELDS_URI_ODD)
			break;
		if (p[at] < ' ' && p[at] != '\t')
			marks |= URI_CONTROL;
		if (at >= user_end || (p[at] != '\'' && !begins(&t, "%27")))
			continue;
		t.at += p[at] == '%' ? 3 : 1;
		if (is_sql(t))
			marks |= URI_INJECTION;
	}
	return marks;
}

int ref_odd_lines(const __u8 *p, __u32 at, struct sip_span via)
{
	__u32 end = via.off + via.len, controls = 0, from = at;

	for (; at < end; at++) {
		if (at >= via.off && (p[at] == '"' || p[at] == '('))
			return 1;
		if (p[at] >= ' ' && at - from < SIP_FIELD_BYTES)
			continue;
		if (p[at] == '\r' && p[at + 1] == '\n')
			at++;
		else if (p[at] != '\n' && p[at] != '\t')
			return 1;
		if (++controls == FIELDS_CONTROLS)
			return 1;
		from = at + 1;
	}
	return 0;
}
