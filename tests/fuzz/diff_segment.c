// SPDX-License-Identifier: GPL-2.0-or-later
/* The model of bpf/segment.h: what a TCP segment holds, and what each of it is taken for. */
#include <ctype.h>
#include <string.h>

#include "bpf/sip_sweep.h"
#include "tests/fuzz/diff_model.h"
#include "tests/fuzz/diff_random.h"
#include "tests/fuzz/ref_frame.h"
#include "tests/fuzz/ref_parser.h"
#include "tests/fuzz/ref_text.h"

#define MESSAGES 4     /* are judged one by one */
#define LINES 256      /* that begin with a letter are looked at */
#define REQUEST_LEN 32 /* bytes of the shortest request, behind that many lines */
#define NAME_LEN 16    /* bytes in which the name of a method must end */

static int is_tls(const __u8 *p, __u32 len)
{
	__u32 length;

	if (len < 5)
		return 0;
	length = p[3] * 256U + p[4];
	return p[0] >= 20 && p[0] <= 23 && p[1] == 3 && p[2] <= 4 && length && length <= 18432;
}

/* The known method of which a short payload is the beginning. */
static __u8 begun(const __u8 *p, __u32 len)
{
	static const struct {
		char name[12];
		__u8 method;
	} names[] = {
#define METHOD(id, name) { name, SIP_METHOD_##id },
#include "maps/methods.def"
#undef METHOD
	};
	__u8 method = ref_method_of(p, len);
	__u32 n = len < 8 ? len : 8;

	if (len > 9)
		return SIP_METHOD_NONE;
	if (method > SIP_METHOD_OTHER && method != SIP_METHOD_RESPONSE)
		return method;
	for (size_t i = 1; i < COUNT_OF(names); i++) {
		__u32 same = 0;

		while (same < n && (p[same] & 0xdf) == names[i].name[same])
			same++;
		if (same == n)
			return names[i].method;
	}
	return SIP_METHOD_NONE;
}

/* The known method of a request that begins here, with a URI of a known scheme. */
static __u8 request_at(struct text t)
{
	struct text name = t;
	struct sip_span word;
	__u8 method;

	if (name.end > name.at + NAME_LEN)
		name.end = name.at + NAME_LEN;
	word = read_word(&name);
	t.at = name.at;
	if (!word.len || !is_blank_char(peek(&t)))
		return SIP_METHOD_NONE;
	method = method_named(t.p, word);
	skip_space(&t);
	if (method == SIP_METHOD_OTHER || scheme_of(&t) == SIP_SCHEME_OTHER)
		return SIP_METHOD_NONE;
	return method;
}

/* Goes to the next line that begins with a letter, or to the end. */
static void next_line(struct text *t)
{
	while (++t->at < t->end)
		if (t->p[t->at - 1] == '\n' && t->p[t->at] & 0x40)
			return;
	t->at = t->end;
}

/* How many requests begin at the beginning of a line, and the method of the first. */
static __u32 search(struct text t, int border, __u8 *first)
{
	__u32 found = 0;

	*first = SIP_METHOD_NONE;
	if (!border)
		next_line(&t);
	for (int i = 0; i < LINES; i++) {
		__u8 method;

		if (t.at >= t.end)
			return found;
		method = request_at(t);
		if (method && !found++)
			*first = method;
		next_line(&t);
	}
	return found + (t.end - t.at) / REQUEST_LEN;
}

static void take(struct facts *packet, __u32 n)
{
	if (n > packet->payload_len)
		n = packet->payload_len;
	packet->payload += n;
	packet->payload_len -= n;
}

static int inside(const __u8 *p, __u32 len, int border, struct expected *out)
{
	struct text t = { .p = p, .end = len };
	__u8 first;
	__u32 found = search(t, border, &first);

	take(&out->packet, len);
	out->verdict.method = SIP_METHOD_NONE;
	if (!found)
		return REASON_TCP_SEGMENT;
	out->verdict.method = first ? first : SIP_METHOD_OTHER;
	return REASON_TCP_INSIDE;
}

/*
 * Where the sweep of a header that does not end has stopped: behind the last of the lines that are
 * swept, or else somewhere behind the window.
 */
static __u32 header_stop(const __u8 *p, __u32 len, const struct sip_facts *facts, int *unsaid)
{
	__u32 at = facts->head;

	for (__u32 lines = 0; lines < facts->lines; lines++)
		at = (const __u8 *)memchr(p + at, '\n', len - at) - p + 1;
	if (facts->lines >= SIP_LINES_MAX || at >= len)
		return at;
	*unsaid = 1;
	return len;
}

/* Goes behind a message, as far as it tells where it ends. */
static void next_message(const __u8 *p, __u32 len, const struct sip_facts *facts,
			 struct expected *out)
{
	__u32 end = facts->head, length = 0;
	int beyond = 0;
	const __u8 *feed;

	if (facts->kind == SIP_KIND_CUT && end < len) {
		__u32 to = len < end + SIP_FIELD_BYTES ? len : end + SIP_FIELD_BYTES;

		feed = memchr(p + end, '\n', to - end);
		end = feed ? (__u32)(feed - p) + 1 : to;
	}
	if (facts->kind != SIP_KIND_CUT)
		end = facts->body ? facts->body : header_stop(p, len, facts, &beyond);
	if (facts->body && facts->seen[SIP_HEADER_CONTENT_LENGTH] == 1 &&
	    ref_number(p, facts->header[SIP_HEADER_CONTENT_LENGTH], &length))
		length = 0;
	if (beyond && out->packet.payload_len > len)
		out->unsaid = 1;
	take(&out->packet, end < len ? end : len);
	take(&out->packet, length);
}

/* Does a request begin here? An unknown token may be the end of a name that was split. */
static int begins_request(const __u8 *p, __u32 len, const struct sip_facts *facts, int before)
{
	struct text uri = { .p = p, .at = facts->method_name.off, .end = len };

	if (facts->method == SIP_METHOD_OTHER && !before)
		return 0;
	if (facts->kind != SIP_KIND_CUT)
		return facts->kind == SIP_KIND_REQUEST;
	if (uri.end > uri.at + SIP_LINE_BYTES)
		uri.end = uri.at + SIP_LINE_BYTES;
	uri.at += facts->method_name.len;
	skip_space(&uri);
	return uri.at + 5 > uri.end || scheme_of(&uri) != SIP_SCHEME_OTHER;
}

static int request(const __u8 *p, __u32 len, const struct policy *policy, struct expected *out)
{
	const struct sip_facts *facts = &out->reference.facts;
	int cut_by_end = facts->kind == SIP_KIND_CUT && facts->head > out->packet.payload_len;
	int answer = model_request(p, len, policy, out);

	next_message(p, len, facts, out);
	return cut_by_end && answer == REASON_REQUEST_CUT ? REASON_TCP_SPLIT : answer;
}

static int other(const __u8 *p, __u32 len, struct expected *out)
{
	__u8 method = begun(p, out->packet.payload_len);

	if (!method)
		return inside(p, len, 0, out);
	out->verdict.method = method;
	take(&out->packet, out->packet.payload_len);
	return REASON_TCP_SPLIT;
}

/* What the rest of the segment begins with, behind so many others. */
static int message(const __u8 *p, int before, const struct policy *policy, struct expected *out)
{
	__u32 rest = out->packet.payload_len, len = rest < SIP_WINDOW ? rest : SIP_WINDOW;
	struct sip_facts *facts = &out->reference.facts;

	out->inspected = 0;
	if (before == MESSAGES)
		return inside(p, len, 1, out);
	told_by_reference(p, len, &out->reference);
	out->verdict.method = out->packet.method = facts->method;
	if (facts->method == SIP_METHOD_RESPONSE) {
		struct sip_facts response;

		ref_line(p, len, &response);
		response.head = response.at;
		if (response.kind == SIP_KIND_RESPONSE)
			ref_sweep(p, len, &response);
		next_message(p, len, &response, out);
		return REASON_RESPONSE;
	}
	if (begins_request(p, len, facts, before))
		return request(p, len, policy, out);
	return other(p, len, out);
}

/* The first of a segment's messages gives the reason to let it through, any one that to drop. */
static int messages(const __u8 *frame, const struct policy *policy, struct expected *out)
{
	int first = REASON_ERROR, named = 0;
	__u8 method = SIP_METHOD_NONE;

	for (int i = 0; i <= MESSAGES && out->packet.payload_len; i++) {
		int answer = message(frame + out->packet.payload, i, policy, out);

		if (answer >= REASON_DROP_FIRST) {
			out->named = 0;
			return answer;
		}
		if (!i) {
			first = answer;
			named = out->named;
			method = out->verdict.method;
		}
	}
	out->named = named;
	out->verdict.method = method;
	return first;
}

int model_segment(const __u8 *frame, const struct policy *policy, struct expected *out)
{
	const __u8 *p = frame + out->packet.payload;
	__u32 len = out->packet.payload_len;
	int tls;

	if (!len)
		return REASON_TCP_CONTROL;
	tls = is_tls(p, len);
	if (out->verdict.standing == STANDING_UNKNOWN) {
		int answer = messages(frame, policy, out);

		return tls && answer == REASON_TCP_SEGMENT ? REASON_TCP_TLS : answer;
	}
	if (tls)
		return REASON_TCP_TLS;
	if (out->verdict.method == SIP_METHOD_RESPONSE)
		return REASON_RESPONSE;
	if (out->verdict.method > SIP_METHOD_OTHER)
		return REASON_CARRIER;
	out->verdict.method = begun(p, len);
	return out->verdict.method ? REASON_TCP_SPLIT : REASON_TCP_SEGMENT;
}
