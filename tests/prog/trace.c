// SPDX-License-Identifier: GPL-2.0-or-later
/* Copies of packets: which ones a filter takes, with which verdict, and who may look. */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "tests/prog/harness.h"
#include "user/trace_text.h"
#include "user/tracer.h"

TestSuite(trace, .init = prog_start);

#define SEEN_MAX 64

static struct {
	struct trace_record record[SEEN_MAX];
	size_t count;
} seen;

static int keep(const struct trace_record *record, void *arg)
{
	(void)arg;
	if (seen.count < SEEN_MAX)
		seen.record[seen.count++] = *record;
	return 0;
}

static struct tracer *look(const struct trace_wish *wish)
{
	struct trace_filter filter;
	struct tracer *tracer;
	char why[TRACE_WHY_LEN] = "";

	cr_assert_eq(trace_filter_parse(wish, &filter, why), 0, "%s", why);
	cr_assert_eq(tracer_open(prog_store(), &filter, &tracer), 0);
	return tracer;
}
#define LOOK(...) look(&(struct trace_wish){ __VA_ARGS__ })

/* What was recorded since the last call. */
static size_t records(struct tracer *tracer)
{
	seen.count = 0;
	cr_assert_geq(tracer_read(tracer, keep, NULL), 0);
	return seen.count;
}

/* Byte for byte the frame, with the verdict that the shield counts. */
Test(trace, copy_of_a_drop)
{
	struct frame frame;
	struct tracer *tracer;

	prog_policy("deny: [198.51.100.7]");
	tracer = LOOK(.verdict = NULL);
	expect(REASON_DENY, .src = "198.51.100.7", .payload = MESSAGE());
	expect(REASON_REQUEST, .src = "198.51.100.8", .payload = MESSAGE());
	frame_build(FRAME(.src = "198.51.100.7", .payload = MESSAGE()), &frame);
	cr_assert_eq(records(tracer), 1);
	cr_expect_eq(seen.record[0].reason, REASON_DENY);
	cr_expect_eq(seen.record[0].dropped, 1);
	cr_expect_eq(seen.record[0].length, frame.len);
	cr_expect_eq(seen.record[0].captured, frame.len);
	cr_expect_arr_eq(seen.record[0].data, frame.data, 14 + 20 + 8 + 40);
	tracer_close(tracer);
}

Test(trace, verdicts)
{
	struct tracer *pass = LOOK(.verdict = "pass"), *all = LOOK(.verdict = "all");
	struct tracer *shadow = LOOK(.verdict = "shadow");

	prog_policy("rules: {deny: shadow}\ndeny: [198.51.100.7]");
	expect(REASON_REQUEST, .src = "198.51.100.7", .payload = MESSAGE());
	expect(REASON_NO_LISTENER, .dport = 53, .payload = "x");
	cr_expect_eq(records(pass), 1);
	cr_expect_eq(records(all), 2);
	cr_assert_eq(records(shadow), 1);
	cr_expect_eq(seen.record[0].reason, REASON_REQUEST);
	cr_expect_eq(seen.record[0].shadow, REASON_DENY);
	cr_expect_eq(seen.record[0].method, SIP_METHOD_INVITE);
	tracer_close(pass);
	tracer_close(all);
	tracer_close(shadow);
}

Test(trace, sources)
{
	struct tracer *one = LOOK(.verdict = "all", .source = "198.51.100.7");
	struct tracer *net = LOOK(.verdict = "all", .source = "198.51.100.0/24");
	struct tracer *ipv6 = LOOK(.verdict = "all", .source = "2001:db8:100::/48");

	expect(REASON_NO_LISTENER, .src = "198.51.100.7", .dport = 53);
	expect(REASON_NO_LISTENER, .src = "198.51.100.8", .dport = 53);
	expect(REASON_NO_LISTENER, .src = "198.51.101.8", .dport = 53);
	expect(REASON_NO_LISTENER, .src = "2001:db8:100::7", .dst = "2001:db8::1", .dport = 53);
	expect(REASON_NO_LISTENER, .src = "2001:db8:101::7", .dst = "2001:db8::1", .dport = 53);
	cr_expect_eq(records(one), 1);
	cr_expect_eq(records(net), 2);
	cr_expect_eq(records(ipv6), 1);
	tracer_close(one);
	tracer_close(net);
	tracer_close(ipv6);
}

Test(trace, reasons_and_length)
{
	struct tracer *tracer = LOOK(.reason = "no-listener", .snaplen = "64");

	expect(REASON_REQUEST, .payload = MESSAGE());
	expect(REASON_NO_LISTENER, .dport = 53, .payload = MESSAGE());
	cr_assert_eq(records(tracer), 1);
	cr_expect_eq(seen.record[0].captured, 64);
	cr_expect_gt(seen.record[0].length, 64);
	tracer_close(tracer);
}

/* What is over the rate is counted and not copied. */
Test(trace, rate)
{
	struct tracer *tracer = LOOK(.reason = "no-listener", .rate = "10");
	struct trace_state state;

	for (int i = 0; i < 20; i++)
		expect(REASON_NO_LISTENER, .dport = 53);
	cr_assert_eq(tracer_state(tracer, &state), 0);
	cr_expect_eq(state.matched, 20);
	cr_expect_geq(state.over_rate, 10);
	cr_expect_eq(records(tracer) + state.over_rate, 20);
	cr_expect_eq(state.lost, 0);
	tracer_close(tracer);
}

/* A ring holds some 2,000 records: the rest is lost, and counted. */
Test(trace, full_ring)
{
	struct tracer *tracer = LOOK(.reason = "no-listener", .rate = "1000000");
	const unsigned int many = 2 * TRACE_RING_LEN / TRACE_DATA_LEN;
	struct trace_state state;
	static struct frame frame;

	frame_build(FRAME(.dport = 53), &frame);
	prog_repeat(&frame, many);
	cr_assert_eq(tracer_state(tracer, &state), 0);
	cr_expect_eq(state.matched, many);
	cr_expect_gt(state.lost, 0);
	cr_expect_eq(tracer_read(tracer, keep, NULL) + (int)state.lost, (int)many);
	tracer_close(tracer);
}

/* Four at a time; a place is free again when somebody ends. */
Test(trace, places)
{
	struct tracer *tracer[TRACERS_MAX], *more;
	struct trace_filter filter;
	char why[TRACE_WHY_LEN];

	for (unsigned int i = 0; i < TRACERS_MAX; i++)
		tracer[i] = LOOK(.verdict = "all");
	cr_assert_eq(trace_filter_parse(&(struct trace_wish){ 0 }, &filter, why), 0);
	cr_expect_eq(tracer_open(prog_store(), &filter, &more), -EBUSY);
	tracer_close(tracer[2]);
	tracer[2] = LOOK(.verdict = "all");
	expect(REASON_NO_LISTENER, .dport = 53);
	for (unsigned int i = 0; i < TRACERS_MAX; i++) {
		cr_expect_eq(records(tracer[i]), 1);
		tracer_close(tracer[i]);
	}
}

/* Nobody looks any more: that costs nothing from then on. One who was killed is forgotten. */
Test(trace, ends)
{
	struct tracer *first = LOOK(.verdict = "all"), *second = LOOK(.verdict = "all");
	struct control control;

	tracer_close(first);
	cr_assert_eq(store_control(prog_store(), &control), 0);
	cr_expect(control.timers & CONTROL_TRACE);
	cr_assert_eq(store_beat(prog_store(), control.trace_until_ns - 1), 0);
	cr_assert_eq(store_control(prog_store(), &control), 0);
	cr_expect(control.timers & CONTROL_TRACE);
	cr_assert_eq(store_beat(prog_store(), control.trace_until_ns), 0);
	cr_assert_eq(store_control(prog_store(), &control), 0);
	cr_expect_not(control.timers & CONTROL_TRACE);
	cr_assert_eq(tracer_renew(second), 0);
	tracer_close(second);
	cr_assert_eq(store_control(prog_store(), &control), 0);
	cr_expect_not(control.timers & CONTROL_TRACE);
}

/* A pipe that nobody reads holds a capture up until its place is free, and another one takes it. */
Test(trace, late_one_takes_another_place)
{
	struct tracer *late = LOOK(.reason = "no-listener"), *next;
	struct trace_state state;

	usleep((TRACER_LIFE_NS + 200 * MS) / 1000);
	next = LOOK(.reason = "not-ip");
	cr_assert_eq(tracer_renew(late), 0);
	expect(REASON_NO_LISTENER, .dport = 53);
	cr_expect_eq(records(late), 1);
	cr_expect_eq(records(next), 0);
	cr_assert_eq(tracer_state(next, &state), 0);
	cr_expect_eq(state.matched, 0);
	tracer_close(late);
	late = LOOK(.reason = "no-listener");
	expect(REASON_NO_LISTENER, .dport = 53);
	cr_expect_eq(records(late), 1);
	cr_expect_eq(records(next), 0);
	tracer_close(late);
	tracer_close(next);
}

/* Whoever ends late does not end the one who has his place now. */
Test(trace, late_end)
{
	struct tracer *late = LOOK(.verdict = "all"), *next;

	usleep((TRACER_LIFE_NS + 200 * MS) / 1000);
	next = LOOK(.verdict = "all");
	tracer_close(late);
	cr_assert_eq(tracer_renew(next), 0);
	expect(REASON_NO_LISTENER, .dport = 53);
	cr_expect_eq(records(next), 1);
	tracer_close(next);
}
