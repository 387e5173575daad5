/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The challenges in a response. */
#include "bpf/sip_challenge.h"
#include "ref_parser.h"
#include "ref_text.h"

/* How often "nonce" stands before an equals sign; more often than once, too, if there are too many. */
static int nonces_in(const __u8 *p, struct sip_span value)
{
	struct text t = { .p = p, .at = value.off, .end = value.off + value.len };
	int nonces = 0;

	for (int i = 0; t.at < t.end; i++) {
		struct sip_span name = read_until(&t, "=", 0);

		if (i == SIP_CHALLENGE_EQUALS)
			return 2;
		if (t.at == t.end)
			break;
		while (name.len && is_space(p[name.off + name.len - 1]))
			name.len--;
		if (name.len > 5)
			name = (struct sip_span){ .off = name.off + name.len - 5, .len = 5 };
		nonces += span_is(p, name, "nonce");
		t.at++;
	}
	return nonces;
}

/* The value of the challenge in a line without its line feed. Returns 0 if it is none. */
static int read_challenge(struct text line, struct sip_span *value)
{
	static const char *const names[] = { "WWW-Authenticate", "Proxy-Authenticate" };

	for (int i = 0; i < 2; i++) {
		struct text t = line;

		if (!text_begins(&t, names[i]))
			continue;
		t.at += strlen(names[i]);
		skip_space(&t);
		if (peek(&t) != ':')
			continue;
		t.at++;
		skip_space(&t);
		*value = (struct sip_span){ .off = t.at, .len = t.end - t.at };
		if (nonces_in(t.p, *value) != 1)
			value->len = 0;
		return 1;
	}
	return 0;
}

__u32 ref_challenge(const __u8 *p, __u32 from, __u32 end, struct sip_span *value)
{
	struct text t = { .p = p, .at = from, .end = end };
	__u32 steps = 0;

	while (t.at < end && steps < SIP_LINES_MAX) {
		struct text line = t;
		__u32 length = read_until(&t, "\n", 0).len;
		int whole = t.at < end && length <= SIP_FIELD_BYTES;

		line.end = t.at++;
		steps += length ? (length + SIP_FIELD_BYTES - 1) / SIP_FIELD_BYTES : 1;
		if (whole && read_challenge(line, value))
			return t.at;
	}
	return 0;
}
