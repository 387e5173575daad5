/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * TCP. A segment may hold several messages, a piece of one, or the end of one and others behind it.
 * Nothing is reassembled: each message that begins where a message can begin is judged like a
 * datagram, and what begins elsewhere is only found, counted and paid for.
 *
 * The payload in struct facts is what is left of the segment; each message moves its beginning.
 */
#ifndef SIPSHIELD_SEGMENT_H
#define SIPSHIELD_SEGMENT_H

#include "bpf/budget.h"
#include "bpf/inspect.h"
#include "bpf/payload.h"

#define SEGMENT_MESSAGES 4 /* of a segment are judged one by one */
#define SEGMENT_LINES 256  /* that begin with a letter are searched for requests */
#define SEGMENT_REQUEST 32 /* bytes; behind those lines requests are taken to stand so close */
#define SEGMENT_NAME 16	   /* bytes that are more than the name of any method that is known */
#define TLS_RECORD_MAX (16384 + 2048) /* bytes behind its header (RFC 5246 6.2.3) */

/* A TLS record of SSL 3.0 to TLS 1.3: change of cipher, alert, handshake or data (RFC 8446 5.1). */
static __always_inline int segment_is_tls(const struct facts *f)
{
	__u8 type = f->first8, major = f->first8 >> 8, minor = f->first8 >> 16;
	__u32 length = bpf_ntohs((__u16)(f->first8 >> 24));

	return f->payload_len > 4 && type >= 20 && type <= 23 && major == 3 && minor <= 4 &&
	       length && length <= TLS_RECORD_MAX;
}

/*
 * The known method whose name, with a blank behind it or without, is begun by a payload of at most
 * nine bytes, of which word holds the first eight; else SIP_METHOD_NONE.
 */
static __always_inline __u8 segment_begun(__u64 word, __u32 len)
{
	__u64 mask = len < 8 ? sip_low_bytes(len) : ~0ULL;
	__u8 method = sip_method_of(word & mask);

	if (len > 9)
		return SIP_METHOD_NONE;
	if (method > SIP_METHOD_OTHER && method != SIP_METHOD_RESPONSE)
		return method;
	word &= mask & SIP_BYTES(0xdf);
#define METHOD(id, name)                                                                           \
	if (word == (SIP_METHOD_WORD(name) & mask))                                                \
		return SIP_METHOD_##id;
#include "../maps/methods.def"
#undef METHOD
	return SIP_METHOD_NONE;
}

/* The same as segment_line() within 64 bytes; 0 if no line begins there. */
__subprog __u32 segment_line_near(struct sip_scratch *s, __u32 at)
{
	__u64 feeds, fits;

	if (!s)
		return 0;
	for (int i = 0; i < SIP_NEAR_WORDS; i++, at += 8) {
		feeds = sip_zero_exact(sip_load(s, at) ^ SIP_BYTES('\n'));
		fits = feeds & (sip_load(s, at + 1) & SIP_BYTES(0x40)) << 1;
		if (fits)
			return at + sip_first(fits) + 1;
	}
	return 0;
}

/* Where a line begins with a letter in [at, end), or end. */
__subprog __u32 segment_line(struct sip_scratch *s, __u32 at, __u32 end)
{
	__u32 found;

	if (!s)
		return end;
	for (int i = 0; i < SIP_WINDOW_WORDS / SIP_NEAR_WORDS && at < end; i++) {
		found = segment_line_near(s, at);
		at = found ? found : at + 8 * SIP_NEAR_WORDS;
		if (found)
			break;
	}
	return at < end ? at : end;
}

/* The known method of the request that begins at `at`; SIP_METHOD_NONE if none does. */
__subprog int segment_request_at(struct sip_scratch *s, __u32 at)
{
	__u32 len, to, rest;
	__u8 method;

	if (!s)
		return SIP_METHOD_NONE;
	len = sip_len(s);
	to = sip_find(s, at, at + SEGMENT_NAME < len ? at + SEGMENT_NAME : len, 0, SIP_LWS);
	if (to <= at || to >= len || !sip_is_blank(sip_byte(s, to)))
		return SIP_METHOD_NONE;
	method = sip_method_at(s, at, to);
	if (method == SIP_METHOD_OTHER)
		return SIP_METHOD_NONE;
	to = sip_skip(s, to, len);
	return sip_scheme_at(s, to, len, &rest) == SIP_SCHEME_OTHER ? SIP_METHOD_NONE : method;
}

/* One line of segment_search(). */
__subprog int segment_search_line(struct sip_scratch *s)
{
	int method;

	if (!s)
		return 0;
	method = segment_request_at(s, s->cursor.at);
	if (method && !s->cursor.length++)
		s->cursor.key = method;
	s->cursor.at = segment_line(s, s->cursor.at, sip_len(s));
	return 0;
}

/*
 * How many requests of known methods begin at the beginning of a line of the window, which itself
 * begins one if `border`. The method of the first goes into the cursor's key. Behind more lines than
 * any text has, requests may stand as close as they can. The position and the count stay in memory:
 * the verifier would follow each of their values.
 */
__subprog int segment_search(struct sip_scratch *s, int border)
{
	if (!s)
		return 0;
	s->cursor.key = SIP_METHOD_OTHER;
	s->cursor.length = 0;
	s->cursor.at = border ? 0 : segment_line(s, 0, sip_len(s));
	for (int i = 0; i < SEGMENT_LINES; i++) {
		if (s->cursor.at >= sip_len(s))
			return s->cursor.length;
		segment_search_line(s);
	}
	return s->cursor.length + (sip_len(s) - s->cursor.at) / SEGMENT_REQUEST;
}

/* What begins no message costs an event of a budget that is wide enough for bulk. */
static __always_inline int segment_pay(struct packet *p)
{
	if (p->f->standing == STANDING_CARRIER || budget_take(p, CLASS_SEGMENT, 1))
		return CONTINUE;
	return refuse(p, REASON_SEGMENT_RATE);
}

/* The price of n requests of a method whose header is not read. */
static __noinline int segment_pay_requests(struct packet *p, __u8 method, __u32 n)
{
	int answer;

	suspect_clear(p);
	p->f->method = method;
	p->f->class = budget_class(method);
	answer = budget_request(p, n);
	if (answer != CONTINUE && answer != REASON_GREYLIST)
		suspect_note(p, answer);
	return answer;
}

/* Takes the first n bytes off the segment. */
static __always_inline void segment_take(struct packet *p, __u32 n)
{
	if (n > p->f->payload_len)
		n = p->f->payload_len;
	p->f->payload += n;
	p->f->payload_len -= n;
}

/*
 * What begins in the middle of anything: looks for requests in it. Behind the window there may be
 * as many again, which matters where a network card or GRO has merged segments.
 */
static __noinline int segment_inside(struct packet *p, struct message *m, int border)
{
	__u32 windows = (p->f->payload_len + SIP_WINDOW - 1) / SIP_WINDOW;
	int found = segment_search(&m->sip, border), answer;

	if (found > 0 && border && segment_request_at(&m->sip, 0))
		found *= windows;
	p->f->method = SIP_METHOD_NONE;
	segment_take(p, m->sip.facts.len);
	if (found <= 0)
		return REASON_TCP_SEGMENT;
	answer = segment_pay_requests(p, m->sip.cursor.key, found);
	return answer == CONTINUE ? REASON_TCP_INSIDE : answer;
}

/* The window begins no message. */
static __always_inline int segment_other(struct packet *p, struct message *m, __u32 before)
{
	__u8 method = segment_begun(sip_load(&m->sip, 0), p->f->payload_len);
	int answer = CONTINUE;

	if (!before)
		answer = segment_pay(p);
	if (answer != CONTINUE)
		return answer;
	if (!method)
		return segment_inside(p, m, 0);
	p->f->method = method;
	/* one letter or two may be anything */
	if (p->f->payload_len > 2)
		answer = segment_pay_requests(p, method, 1);
	segment_take(p, p->f->payload_len);
	return answer == CONTINUE ? REASON_TCP_SPLIT : answer;
}

/* Goes on behind the message, as far as the header tells where it ends. */
static __always_inline void segment_next(struct packet *p, struct message *m)
{
	const struct sip_facts *f = &m->sip.facts;
	__u32 end = f->body ? f->body : f->at, to;
	__u32 length = 0;

	if (f->kind == SIP_KIND_CUT) { /* behind the rest of its line, not inside it */
		to = f->len < end + SIP_FIELD_BYTES ? f->len : end + SIP_FIELD_BYTES;
		end = sip_find_far(&m->sip, end, to, SIP_ONE('\n'), 0);
		end += end < to;
	}
	if (f->body && f->seen[SIP_HEADER_CONTENT_LENGTH] == 1 &&
	    sip_number(&m->sip, &f->header[SIP_HEADER_CONTENT_LENGTH], &length))
		length = 0;
	segment_take(p, end < f->len ? end : f->len);
	segment_take(p, length);
}

/*
 * The budgets of a request behind another: what was over for that need not be for this. A first try
 * stays one.
 */
static __always_inline int segment_budget(struct packet *p)
{
	int answer;

	if (p->f->over != REASON_GREYLIST)
		p->f->over = 0;
	answer = budget_known(p);
	return answer == CONTINUE ? budget_work(p) : answer;
}

/* A request at the beginning of the window, or as much of its start line as there is. */
static __always_inline int segment_request(struct packet *p, struct message *m, __u32 before)
{
	int split = m->sip.facts.kind == SIP_KIND_CUT && m->sip.facts.at > p->f->payload_len;
	int answer = CONTINUE;

	p->f->class = budget_class(p->f->method);
	if (before)
		answer = segment_budget(p);
	if (answer == REASON_KNOWN || answer == REASON_CARRIER)
		sip_sweep(&m->sip);
	if (answer == CONTINUE)
		answer = inspect_structure(p, m);
	if (answer == CONTINUE)
		answer = inspect_transaction(p, m);
	segment_next(p, m);
	return split && answer == REASON_REQUEST_CUT ? REASON_TCP_SPLIT : answer;
}

static __always_inline int segment_response(struct packet *p, struct message *m)
{
	if (m->sip.facts.kind == SIP_KIND_RESPONSE)
		sip_sweep(&m->sip);
	segment_next(p, m);
	return budget_light(p, CLASS_RESPONSE, LANE_RESPONSE, REASON_RESPONSE_RATE,
			    REASON_RESPONSE);
}

/* Does a request begin the window? An unknown token may be the end of a name that was split. */
static __always_inline int segment_begins_request(const struct sip_scratch *s, __u32 before)
{
	__u32 at = s->cursor.at, end = s->cursor.end, rest;

	if (s->facts.method == SIP_METHOD_OTHER && !before)
		return 0;
	if (s->facts.kind == SIP_KIND_REQUEST)
		return 1;
	return s->facts.kind == SIP_KIND_CUT &&
	       (at + 5 > end || sip_scheme_at(s, at, end, &rest) != SIP_SCHEME_OTHER);
}

/*
 * Judges the message that the rest of the segment begins with, after `before` others, and goes on
 * behind it. Returns the reason to drop the segment, or that to let this message through.
 */
__subprog int segment_message(struct xdp_md *ctx, __u32 before)
{
	struct packet packet = { .ctx = ctx };
	struct packet *p = &packet;
	struct message *m;

	if (!ctx || !packet_again(p))
		return REASON_ERROR;
	m = payload_window(p, HOOK_XDP);
	if (!m) {
		p->f->payload_len = 0;
		return REASON_ERROR;
	}
	if (before == SEGMENT_MESSAGES)
		return segment_inside(p, m, 1);
	sip_line(&m->sip);
	p->f->method = m->sip.facts.method;
	if (p->f->method == SIP_METHOD_RESPONSE)
		return segment_response(p, m);
	if (segment_begins_request(&m->sip, before))
		return segment_request(p, m, before);
	return segment_other(p, m, before);
}

/* All messages of a segment. The first gives the reason to let it through, any one that to drop. */
static __always_inline int segment_messages(struct packet *p)
{
	int answer = REASON_ERROR, first = REASON_ERROR;
	__u8 method = SIP_METHOD_NONE;

	for (__u32 i = 0; i <= SEGMENT_MESSAGES && p->f->payload_len; i++) {
		answer = segment_message(p->ctx, i);
		if (answer >= REASON_DROP_FIRST)
			return answer;
		if (!i) {
			first = answer;
			method = p->f->method;
		}
	}
	p->f->method = method;
	return first;
}

/* A segment of a source that is not inspected is told by its first bytes alone. */
static __always_inline int segment_known(struct packet *p)
{
	__u8 begun = segment_begun(p->f->first8, p->f->payload_len);
	int answer;

	if (p->f->method == SIP_METHOD_RESPONSE)
		return budget_light(p, CLASS_RESPONSE, LANE_RESPONSE, REASON_RESPONSE_RATE,
				    REASON_RESPONSE);
	p->f->method = begun;
	answer = segment_pay(p);
	if (answer != CONTINUE)
		return answer;
	return begun ? REASON_TCP_SPLIT : REASON_TCP_SEGMENT;
}

/*
 * Another's segment that begins with no known method. While the strangers' lane is full theirs is read
 * out of the work budget; TCP sends it again. What looks like TLS is searched like all else: five bytes in front
 * of clear text hide nothing.
 */
static __always_inline int segment_stranger(struct packet *p, int tls)
{
	int answer = CONTINUE;

	if (p->f->standing == STANDING_UNKNOWN && lane_over(p, LANE_REQUEST) &&
	    rule_enforced(p, REASON_STRANGERS_LANE) && !work_take(p))
		answer = refuse(p, REASON_WORK_BUDGET);
	if (answer == CONTINUE)
		answer = segment_messages(p);
	return tls && answer == REASON_TCP_SEGMENT ? REASON_TCP_TLS : answer;
}

/*
 * The stage for TCP after payload_classify(). Goes on to the budgets with a request of a known
 * method; answers for all else.
 */
static __always_inline int segment_kind(struct packet *p)
{
	int answer, tls;

	if (!p->f->payload_len)
		return REASON_TCP_CONTROL;
	tls = segment_is_tls(p->f);
	if (tls && p->f->standing > STANDING_PROVEN) {
		answer = segment_pay(p);
		return answer == CONTINUE ? REASON_TCP_TLS : answer;
	}
	if (p->f->method > SIP_METHOD_OTHER && p->f->method != SIP_METHOD_RESPONSE) {
		p->f->class = budget_class(p->f->method);
		return CONTINUE;
	}
	if (p->f->standing > STANDING_PROVEN)
		return segment_known(p);
	return segment_stranger(p, tls);
}

#endif
