// SPDX-License-Identifier: GPL-2.0-or-later
/* Budgets of sources, of the strangers' lane and of the CPU's work. */
#include <errno.h>
#include <stdio.h>

#include "tests/prog/harness.h"

#define TICK (1ULL << 22) /* of the work budget, ns */
#define NO_LANE                                                                                    \
	"lanes: {request: {rate: 0}, repeat: {rate: 0}, response: {rate: 0}, other: {rate: 0}}\n"

/* Requests of each class, one for each budget. */
static const struct {
	enum rate_class class;
	const char *method;
} requests[] = {
	{ CLASS_INVITE, "INVITE" },   { CLASS_REGISTER, "REGISTER" },
	{ CLASS_OPTIONS, "OPTIONS" }, { CLASS_SUBSCRIBE, "SUBSCRIBE" },
	{ CLASS_DIALOG, "ACK" },      { CLASS_OTHER, "MESSAGE" },
};

TestSuite(rates, .init = prog_start);

static struct frame_spec *from_source(unsigned int i)
{
	static char text[32];
	static struct frame_spec spec;

	snprintf(text, sizeof(text), "10.%u.%u.%u", i >> 16 & 255, i >> 8 & 255, i & 255);
	spec = (struct frame_spec){ .src = text };
	return &spec;
}

/* A burst at once, then the rate; no more is saved up than the burst. */
static void burst_then_rate(const struct frame_spec *from, const char *method)
{
	cr_expect_eq(prog_admitted(20, from, method), 7, "%s: the burst", method);
	prog_wait(249 * MS);
	cr_expect_eq(prog_admitted(3, from, method), 0, "%s: before the interval", method);
	prog_wait(MS);
	cr_expect_eq(prog_admitted(3, from, method), 1, "%s: after one interval", method);
	prog_wait(SECOND);
	cr_expect_eq(prog_admitted(20, from, method), 4, "%s: after a second", method);
	prog_wait(100 * SECOND);
	cr_expect_eq(prog_admitted(20, from, method), 7, "%s: after a long time", method);
}

static void policy_of_class(const char *standing, enum rate_class class)
{
	char yaml[256];

	snprintf(yaml, sizeof(yaml), NO_LANE "limits: {%s: {%s: {rate: 4, burst: 7}}}\n", standing,
		 class_name(class));
	prog_policy(yaml);
}

Test(rates, each_class)
{
	for (size_t i = 0; i < COUNT_OF(requests); i++) {
		prog_wait(HOUR);
		policy_of_class("unknown", requests[i].class);
		burst_then_rate(FRAME(.src = "203.0.113.5"), requests[i].method);
	}
}

Test(rates, each_standing)
{
	static const enum standing_state states[] = { STANDING_PROVEN, STANDING_TRUSTED };

	for (size_t i = 0; i < COUNT_OF(states); i++) {
		for (size_t j = 0; j < COUNT_OF(requests); j++) {
			prog_wait(HOUR);
			prog_set_standing("203.0.113.6", states[i], ~0ULL);
			policy_of_class(standing_name(states[i]), requests[j].class);
			burst_then_rate(FRAME(.src = "203.0.113.6"), requests[j].method);
		}
	}
}

/* The classes do not pay for each other. */
Test(rates, classes_are_apart)
{
	prog_policy(
		"limits: {unknown: {invite: {rate: 1, burst: 1}, options: {rate: 1, burst: 2}}}");
	cr_assert_eq(prog_admitted(5, FRAME(), "INVITE"), 1);
	cr_assert_eq(prog_admitted(5, FRAME(), "OPTIONS"), 2);
	cr_assert_eq(prog_admitted(5, FRAME(), "INVITE"), 0);
	cr_assert_eq(prog_admitted(5, FRAME(), "REGISTER"), 5);
}

Test(rates, dialog_methods_share)
{
	static const char *const methods[] = { "ACK",	 "BYE",	 "CANCEL", "PRACK",
					       "UPDATE", "INFO", "NOTIFY" };

	prog_policy("limits: {unknown: {dialog: {rate: 1, burst: 7}}}");
	for (size_t i = 0; i < COUNT_OF(methods); i++)
		cr_assert_eq(prog_admitted(1, FRAME(), methods[i]), 1, "%s", methods[i]);
	for (size_t i = 0; i < COUNT_OF(methods); i++)
		cr_assert_eq(prog_admitted(1, FRAME(), methods[i]), 0, "%s", methods[i]);
}

Test(rates, no_limit)
{
	prog_policy(NO_LANE "limits: {unknown: {invite: {rate: 0}}}");
	cr_assert_eq(prog_admitted(500, FRAME(), "INVITE"), 500);
}

/*
 * A thousand sources, each with its own burst. One in some hundreds meets another in a cell, and
 * has less for a while; none has more.
 */
Test(rates, sources_are_apart)
{
	unsigned int whole = 0;

	prog_policy(NO_LANE "limits: {unknown: {invite: {rate: 1, burst: 2}}}");
	for (unsigned int i = 0; i < 1000; i++) {
		unsigned int admitted = prog_admitted(4, from_source(i), "INVITE");

		cr_assert(admitted == 1 || admitted == 2, "source %u: %u", i, admitted);
		whole += admitted == 2;
	}
	cr_assert_geq(whole, 995);
}

Test(rates, ipv6_prefix_shares)
{
	prog_policy("limits: {unknown: {invite: {rate: 1, burst: 2}}}");
	cr_assert_eq(prog_admitted(2, FRAME(.src = "2001:db8:1:1::1"), "INVITE"), 2);
	cr_assert_eq(prog_admitted(2, FRAME(.src = "2001:db8:1:1:ffff::2"), "INVITE"), 0);
	cr_assert_eq(prog_admitted(2, FRAME(.src = "2001:db8:1:2::1"), "INVITE"), 2);
}

Test(rates, ipv6_prefix_is_the_policys)
{
	prog_policy("ipv6-prefix: 48\nlimits: {unknown: {invite: {rate: 1, burst: 2}}}");
	cr_assert_eq(prog_admitted(2, FRAME(.src = "2001:db8:1:1::1"), "INVITE"), 2);
	cr_assert_eq(prog_admitted(2, FRAME(.src = "2001:db8:1:2::1"), "INVITE"), 0);
	cr_assert_eq(prog_admitted(2, FRAME(.src = "2001:db8:2:1::1"), "INVITE"), 2);
	prog_wait(HOUR);
	prog_policy("ipv6-prefix: 128\nlimits: {unknown: {invite: {rate: 1, burst: 2}}}");
	cr_assert_eq(prog_admitted(2, FRAME(.src = "2001:db8:1:1::1"), "INVITE"), 2);
	cr_assert_eq(prog_admitted(2, FRAME(.src = "2001:db8:1:1::2"), "INVITE"), 2);
}

/* All strangers share one lane, and known sources do not use it. */
Test(rates, lane)
{
	unsigned int admitted = 0;

	prog_policy("lanes: {request: {rate: 10, burst: 50}}");
	prog_set_standing("203.0.113.7", STANDING_TRUSTED, ~0ULL);
	for (unsigned int i = 0; i < 200; i++)
		admitted += prog_admitted(1, from_source(i), "INVITE");
	cr_assert_eq(admitted, 50);
	expect(REASON_GREYLIST, .src = "10.0.0.1", .payload = MESSAGE());
	expect(REASON_KNOWN, .src = "203.0.113.7", .payload = MESSAGE());
	cr_assert_eq(prog_admitted(90, FRAME(.src = "203.0.113.7"), "INVITE"), 90);
	prog_wait(SECOND);
	for (unsigned int i = 1000; i < 1100; i++)
		admitted += prog_admitted(1, from_source(i), "INVITE");
	cr_assert_eq(admitted, 60);
}

/* Copies of what was let through have a lane too: a forged flood gains nothing by sending twice. */
Test(rates, lane_of_repeats)
{
	const char *copy = MESSAGE(.branch = "z9hG4bKcopy");
	unsigned int repeats = 0;

	prog_policy("lanes: {repeat: {rate: 10, burst: 50}}");
	for (unsigned int i = 0; i < 20; i++) {
		char src[16];

		snprintf(src, sizeof(src), "10.9.0.%u", i);
		expect(REASON_REQUEST, .src = src, .payload = copy);
		for (int j = 0; j < 5; j++, repeats++)
			expect(repeats < 50 ? REASON_RETRANSMISSION : REASON_STRANGERS_LANE,
			       .src = src, .payload = copy);
	}
	prog_set_standing("10.9.0.1", STANDING_TRUSTED, ~0ULL);
	expect(REASON_KNOWN, .src = "10.9.0.1", .payload = copy);
}

/* A full lane costs a source nothing of its own budget, and its own limit nothing of the lane. */
Test(rates, lane_and_source)
{
	prog_policy("lanes: {request: {rate: 1, burst: 3}}\n"
		    "limits: {unknown: {invite: {rate: 1/h, burst: 2}}}");
	cr_assert_eq(prog_admitted(9, FRAME(.src = "203.0.113.1"), "INVITE"), 2);
	cr_assert_eq(prog_admitted(9, FRAME(.src = "203.0.113.2"), "INVITE"), 1);
	cr_assert_eq(prog_admitted(9, FRAME(.src = "203.0.113.3"), "INVITE"), 0);
	prog_wait(9 * SECOND);
	cr_assert_eq(prog_admitted(9, FRAME(.src = "203.0.113.3"), "INVITE"), 2);
	cr_assert_eq(prog_admitted(9, FRAME(.src = "203.0.113.2"), "INVITE"), 1);
}

/* What is over a limit is looked at as long as the tick has work left, then no more. */
Test(rates, work_of_strangers)
{
	const char *passed = MESSAGE(.branch = "z9hG4bKwork");

	prog_policy("work-per-tick: 5\nlanes: {request: {rate: 1/h, burst: 1}}\n"
		    "rules: {greylist: off}");
	expect(REASON_REQUEST, .payload = passed);
	for (int i = 0; i < 5; i++)
		expect(REASON_STRANGERS_LANE, .src = "203.0.113.1", .payload = MESSAGE());
	expect(REASON_WORK_BUDGET, .src = "203.0.113.1", .payload = MESSAGE());
	expect(REASON_WORK_BUDGET, .src = "203.0.113.2", .payload = MESSAGE());
	/* even a repeat is not read any more ... */
	expect(REASON_WORK_BUDGET, .payload = passed);
	prog_wait(TICK);
	/* ... until the next tick */
	expect(REASON_RETRANSMISSION, .payload = passed);
	for (int i = 0; i < 4; i++)
		expect(REASON_STRANGERS_LANE, .src = "203.0.113.1", .payload = MESSAGE());
	expect(REASON_WORK_BUDGET, .payload = passed);
}

/* The same for one source over its own limit; the others are untouched. */
Test(rates, work_of_one_source)
{
	prog_policy("work-per-tick: 3\nlimits: {unknown: {invite: {rate: 1/h, burst: 1}}}");
	expect(REASON_REQUEST, .payload = MESSAGE());
	for (int i = 0; i < 3; i++)
		expect(REASON_SOURCE_RATE, .payload = MESSAGE());
	expect(REASON_WORK_BUDGET, .payload = MESSAGE());
	expect(REASON_REQUEST, .payload = MESSAGE(.method = "OPTIONS"));
	expect(REASON_REQUEST, .src = "203.0.113.1", .payload = MESSAGE());
	prog_wait(TICK);
	expect(REASON_SOURCE_RATE, .payload = MESSAGE());
}

/* Sources of good standing over their limit use the work budget, those within it never. */
Test(rates, work_of_the_known)
{
	const char *passed = MESSAGE(.branch = "z9hG4bKknown");

	prog_policy("work-per-tick: 2\nlimits: {unknown: {invite: {rate: 1/h, burst: 1}},\n"
		    "  trusted: {invite: {rate: 10, burst: 10}}}");
	prog_set_standing("203.0.113.7", STANDING_TRUSTED, ~0ULL);
	expect(REASON_REQUEST, .payload = MESSAGE());
	for (int i = 0; i < 2; i++)
		expect(REASON_SOURCE_RATE, .payload = MESSAGE());
	expect(REASON_WORK_BUDGET, .payload = MESSAGE());
	cr_assert_eq(prog_admitted(10, FRAME(.src = "203.0.113.7"), "INVITE"), 10);
	expect(REASON_WORK_BUDGET, .src = "203.0.113.7", .payload = passed);
	prog_wait(TICK);
	expect(REASON_SOURCE_RATE, .src = "203.0.113.7", .payload = passed);
}

/* Who goes over a limit is noted for the agent, with what it did. */
Test(rates, suspects)
{
	struct addr key = { .byte = { [10] = 0xff, 0xff, 203, 0, 113, 77 } };
	struct suspect suspect;

	prog_policy("limits: {unknown: {register: {rate: 1/h, burst: 1}}}");
	expect(REASON_REQUEST, .src = "203.0.113.77", .payload = MESSAGE(.method = "REGISTER"));
	cr_assert_eq(store_suspect_get(prog_store(), &key, &suspect), -ENOENT);
	for (int i = 0; i < 3; i++) {
		prog_wait(MS);
		expect(REASON_SOURCE_RATE, .src = "203.0.113.77",
		       .payload = MESSAGE(.method = "REGISTER"));
	}
	cr_assert_eq(store_suspect_get(prog_store(), &key, &suspect), 0);
	cr_assert_eq(suspect.exceeded, 3);
	cr_assert_eq(suspect.structural, 0);
	cr_assert_eq(suspect.reason, REASON_SOURCE_RATE);
	cr_assert_eq(suspect.method, SIP_METHOD_REGISTER);
	cr_assert_eq(suspect.last_ns, prog_now());
	cr_assert_eq(suspect.first_ns, prog_now() - 2 * MS);
}
