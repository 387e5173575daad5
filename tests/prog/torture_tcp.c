// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The messages of RFC 4475 and RFC 5118 as TCP may cut them: several in a segment, and one in many
 * small segments. No valid message loses a segment by it; one to be dropped is found behind others.
 */
#include <stdio.h>
#include <string.h>

#include "tests/prog/outcome.h"

#define AGENTS "tests/vectors/agents"
#define SEGMENT 37    /* bytes of each piece, so that it begins anywhere in a message */
#define SEVERAL 3     /* messages in a segment */
#define SHORT 1250    /* bytes of each of them at most */
#define HOSTILE_MAX 8 /* messages that the defaults drop */

TestSuite(torture_tcp, .init = prog_start);

/* --- small segments ---------------------------------------------------------------------------*/

/*
 * What the first piece of a valid message is taken for. One that is cut inside its start line is
 * known as the beginning of a request by its method and by the scheme behind it.
 */
static bool is_first_piece(const struct vector *v, const struct outcome *expected,
			   enum reason reason)
{
	const char *line_end = memchr(v->text, '\n', v->len);

	if (strncmp(expected->reason[1], "request", strlen("request")) != 0)
		return !strcmp(reason_name(reason), expected->reason[1]);
	if (line_end - v->text < SEGMENT)
		return reason == REASON_REQUEST_CUT;
	if (memmem(v->text, SEGMENT, " sip:", strlen(" sip:")))
		return reason == REASON_TCP_SPLIT;
	return reason == REASON_TCP_SPLIT || reason == REASON_TCP_SEGMENT;
}

/* The others begin inside of it. Only what stands in its body may look like another request. */
static bool is_next_piece(const struct frame_spec *frame, enum reason reason)
{
	if (memmem(frame->payload, frame->payload_len, "INVITE sip:", strlen("INVITE sip:")))
		return reason == REASON_TCP_INSIDE || reason == REASON_TCP_SPLIT;
	return reason == REASON_TCP_SEGMENT;
}

/* The verdict on the piece at `at`, of which frame is made. */
static struct verdict_record piece_verdict(const struct vector *v, size_t at,
					   struct frame_spec *frame)
{
	*frame = (struct frame_spec){ .tcp = true, .payload = v->text + at };
	frame->payload_len = v->len - at < SEGMENT ? v->len - at : SEGMENT;
	return outcome_verdict(frame);
}

/* All pieces at once. */
static void try_pieces(const struct vector *v, const struct outcome *expected)
{
	struct frame_spec frame;

	if (!outcome_is_valid(expected))
		return;
	prog_wait(HOUR);
	for (size_t at = 0; at < v->len; at += SEGMENT) {
		struct verdict_record got = piece_verdict(v, at, &frame);
		bool right = at ? is_next_piece(&frame, got.reason)
				: is_first_piece(v, expected, got.reason);

		cr_expect(right && !got.dropped && !got.shadow, "%s from byte %zu: %s, shadow %s",
			  v->path, at, reason_name(got.reason), outcome_shadow(&got));
	}
}

Test(torture_tcp, small_segments)
{
	outcome_all(try_pieces);
}

static void try_agent(const struct vector *v, const void *context)
{
	struct frame_spec frame;

	(void)context;
	prog_wait(HOUR);
	for (size_t at = 0; at < v->len; at += SEGMENT) {
		struct verdict_record got = piece_verdict(v, at, &frame);

		cr_expect(!got.dropped && !got.shadow, "%s from byte %zu: %s, shadow %s", v->path,
			  at, reason_name(got.reason), outcome_shadow(&got));
	}
}

Test(torture_tcp, agents_in_small_segments)
{
	outcome_need(AGENTS);
	cr_expect_gt(vector_each(AGENTS, try_agent, NULL), 0);
}

/* --- several in a segment ---------------------------------------------------------------------*/

/*
 * Can the shield tell where the message ends and another begins? Not if its method is unknown, if
 * it has a body without a Content-Length, or if its header is longer than the window.
 */
static bool is_delimited(const struct outcome *expected)
{
	return strcmp(expected->reason[1], "tcp-segment") != 0 &&
	       strcmp(expected->reason[1], "request-cut") != 0 &&
	       strcmp(expected->name, "inv2543") != 0;
}

/* Messages one behind the other, and what became of each by itself over TCP. */
static struct {
	char text[SEVERAL * SHORT + VECTOR_MAX];
	size_t len;
	size_t message_len[SEVERAL];
	struct outcome outcome[SEVERAL];
	int n;
} queue;

static void queue_take(void)
{
	queue.len -= queue.message_len[0];
	memmove(queue.text, queue.text + queue.message_len[0], queue.len);
	for (int i = 1; i < SEVERAL; i++) {
		queue.message_len[i - 1] = queue.message_len[i];
		queue.outcome[i - 1] = queue.outcome[i];
	}
	queue.n--;
}

static void queue_put(const struct vector *v, const struct outcome *expected)
{
	if (queue.n == SEVERAL)
		queue_take();
	memcpy(queue.text + queue.len, v->text, v->len);
	queue.len += v->len;
	queue.message_len[queue.n] = v->len;
	queue.outcome[queue.n++] = *expected;
}

/* The reason to let a segment through is that of its first message. */
static void try_several(const struct vector *v, const struct outcome *expected)
{
	struct frame_spec frame = { .tcp = true, .payload = queue.text };
	struct verdict_record got;

	if (!outcome_is_valid(expected) || !is_delimited(expected) || v->len > SHORT ||
	    strcmp(expected->shadow[1], "-") != 0)
		return;
	queue_put(v, expected);
	frame.payload_len = queue.len;
	prog_wait(HOUR);
	got = outcome_verdict(&frame);
	cr_expect(!strcmp(reason_name(got.reason), queue.outcome[0].reason[1]) && !got.shadow,
		  "%s as message %d of a segment: %s, shadow %s", v->path, queue.n,
		  reason_name(got.reason), outcome_shadow(&got));
}

Test(torture_tcp, several_in_a_segment)
{
	outcome_all(try_several);
}

/* --- a hostile one among others ---------------------------------------------------------------*/

static struct {
	struct vector v;
	struct outcome expected;
} hostile[HOSTILE_MAX];
static size_t hostile_n;

static bool is_dropped(const char *reason)
{
	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX; i++) {
		if (!strcmp(reason, reason_name(i)))
			return true;
	}
	return false;
}

static void keep_hostile(const struct vector *v, const struct outcome *expected)
{
	if (!is_dropped(expected->reason[0]))
		return;
	cr_assert_lt(hostile_n, HOSTILE_MAX);
	hostile[hostile_n].v = *v;
	hostile[hostile_n++].expected = *expected;
}

static void expect_together(const struct vector *a, const struct vector *b, bool tcp,
			    const char *reason)
{
	static char text[2 * VECTOR_MAX];
	struct frame_spec frame = { .tcp = tcp, .payload = text, .payload_len = a->len + b->len };
	struct verdict_record got;

	memcpy(text, a->text, a->len);
	memcpy(text + a->len, b->text, b->len);
	prog_wait(HOUR);
	got = outcome_verdict(&frame);
	cr_expect_str_eq(reason_name(got.reason), reason, "%s and %s over %s: %s", a->path, b->path,
			 tcp ? "TCP" : "UDP", reason_name(got.reason));
}

/*
 * Behind a message, or before it, over TCP. What stands behind a message in a datagram is none (RFC
 * 3261 18.3).
 */
static void try_with_hostile(const struct vector *v, const struct outcome *expected)
{
	if (!outcome_is_valid(expected) || !is_delimited(expected))
		return;
	for (size_t i = 0; i < hostile_n; i++) {
		expect_together(v, &hostile[i].v, true, hostile[i].expected.reason[0]);
		expect_together(v, &hostile[i].v, false, expected->reason[0]);
		if (is_dropped(hostile[i].expected.reason[1]))
			expect_together(&hostile[i].v, v, true, hostile[i].expected.reason[1]);
	}
}

Test(torture_tcp, with_a_hostile_one)
{
	outcome_need(TORTURE);
	outcome_each(TORTURE "/rfc4475", keep_hostile);
	outcome_each(TORTURE "/other", keep_hostile);
	cr_assert_gt(hostile_n, 3);
	outcome_each(TORTURE "/rfc4475", try_with_hostile);
	outcome_each(TORTURE "/rfc5118", try_with_hostile);
	outcome_each(TORTURE "/other", try_with_hostile);
}
