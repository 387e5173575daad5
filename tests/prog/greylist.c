// SPDX-License-Identifier: GPL-2.0-or-later
/* Strangers while their lane is full: first tries, retransmissions, and those who came back. */
#include <stdio.h>

#include "tests/prog/harness.h"

#define FULL "lanes: {request: {rate: 1/h, burst: 1}"
#define TICK (1ULL << 22)

TestSuite(greylist, .init = prog_start);

/* Puts a policy in force whose lane has room for one, and fills it. */
static void fill(const char *yaml)
{
	prog_policy(yaml);
	expect(REASON_REQUEST, .src = "192.0.2.200", .payload = MESSAGE());
}

Test(greylist, retransmission_goes_first)
{
	const char *first = MESSAGE();

	fill(FULL "}");
	expect(REASON_GREYLIST, .payload = first);
	prog_wait(500 * MS);
	expect(REASON_REQUEST, .payload = first);
	expect(REASON_RETRANSMISSION, .payload = first);
}

/* A network that doubles packets, and a tool that sends each twice at once. */
Test(greylist, a_copy_is_no_retransmission)
{
	const char *first = MESSAGE();

	fill(FULL "}");
	expect(REASON_GREYLIST, .payload = first);
	expect(REASON_GREYLIST, .payload = first);
	prog_wait(100 * MS);
	expect(REASON_GREYLIST, .payload = first);
	prog_wait(110 * MS);
	expect(REASON_REQUEST, .payload = first);
}

/* What follows need not be sent twice: the request with credentials, the call. */
Test(greylist, who_came_back_goes_on)
{
	const char *first = MESSAGE(.method = "REGISTER");

	fill(FULL "}");
	expect(REASON_GREYLIST, .payload = first);
	prog_wait(500 * MS);
	expect(REASON_REQUEST, .payload = first);
	expect(REASON_REQUEST,
	       .payload = MESSAGE(.method = "REGISTER", .headers = MESSAGE_CREDENTIALS));
	expect(REASON_REQUEST, .sport = 5062, .payload = MESSAGE());
	expect(REASON_GREYLIST, .src = "198.51.100.8", .payload = MESSAGE());
	prog_wait(30 * SECOND);
	expect(REASON_REQUEST, .payload = MESSAGE());
	prog_wait(30 * SECOND); /* since the last one */
	expect(REASON_REQUEST, .payload = MESSAGE());
	prog_wait(41 * SECOND);
	expect(REASON_GREYLIST, .payload = MESSAGE());
}

/*
 * Somebody uses up the budget of a phone or a carrier in its name, from its port: what is sent again
 * gets through all the same, each message by itself.
 */
static void over_its_budget(const char *src, enum reason over)
{
	const char *first = MESSAGE();

	expect(over, .src = src, .payload = first);
	expect(over, .src = src, .payload = MESSAGE());
	prog_wait(500 * MS);
	expect(REASON_REQUEST, .src = src, .payload = first);
	expect(REASON_RETRANSMISSION, .src = src, .payload = first);
	expect(over, .src = src, .payload = MESSAGE());
}

Test(greylist, known_sources_over_their_budget)
{
	prog_policy("limits: {trusted: {invite: {rate: 1/h, burst: 1}}}\n"
		    "carriers: [{name: trunk, prefixes: [203.0.113.90], cps: 1}]");
	prog_set_standing("203.0.113.91", STANDING_TRUSTED, ~0ULL);
	expect(REASON_KNOWN, .src = "203.0.113.91", .payload = MESSAGE());
	over_its_budget("203.0.113.91", REASON_SOURCE_RATE);
	for (int i = 0; i < 10; i++)
		expect(REASON_CARRIER, .src = "203.0.113.90", .payload = MESSAGE());
	over_its_budget("203.0.113.90", REASON_CARRIER_RATE);
}

Test(greylist, off_for_known_sources_too)
{
	const char *first = MESSAGE();

	prog_policy(
		"limits: {trusted: {invite: {rate: 1/h, burst: 1}}}\nrules: {greylist: shadow}");
	prog_set_standing("203.0.113.91", STANDING_TRUSTED, ~0ULL);
	expect(REASON_KNOWN, .src = "203.0.113.91", .payload = MESSAGE());
	expect(REASON_SOURCE_RATE, .src = "203.0.113.91", .payload = first);
	prog_wait(500 * MS);
	expect(REASON_SOURCE_RATE, .src = "203.0.113.91", .payload = first);
}

Test(greylist, a_first_try_is_forgotten)
{
	const char *first = MESSAGE();

	fill(FULL "}");
	expect(REASON_GREYLIST, .payload = first);
	prog_wait(41 * SECOND);
	expect(REASON_GREYLIST, .payload = first);
	prog_wait(39 * SECOND);
	expect(REASON_REQUEST, .payload = first);
}

/* The same message from elsewhere, and another one from there, are first tries. */
Test(greylist, others_do_not_return)
{
	const char *first = MESSAGE();

	fill(FULL "}");
	expect(REASON_GREYLIST, .payload = first);
	prog_wait(500 * MS);
	expect(REASON_GREYLIST, .src = "198.51.100.8", .payload = first);
	expect(REASON_GREYLIST, .sport = 5061, .payload = first);
	expect(REASON_GREYLIST, .payload = MESSAGE());
	expect(REASON_REQUEST, .payload = first);
}

static void from_number(char *text, size_t size, unsigned int i)
{
	snprintf(text, size, "10.%u.%u.%u", i >> 16 & 255, i >> 8 & 255, i & 255);
}

/* A million forged sources, each once, are first tries: hardly any is mistaken for another. */
Test(greylist, forged_sources)
{
	unsigned int returned = 0, n = 100000;
	const char *text = MESSAGE();
	char src[32];

	fill(FULL "}");
	for (unsigned int i = 0; i < n; i++) {
		struct verdict_record got;

		from_number(src, sizeof(src), i);
		got = prog_in(FRAME(.src = src, .payload = text));
		returned += got.reason != REASON_GREYLIST;
		if (i % 1000 == 999)
			prog_wait(TICK);
	}
	cr_assert_leq(returned, 3, "%u of %u", returned, n);
}

Test(greylist, the_other_lane_ends_too)
{
	const char *message[3];
	char src[32];

	fill(FULL ", return: {rate: 1/h, burst: 2}}");
	for (unsigned int i = 0; i < 3; i++) {
		from_number(src, sizeof(src), i);
		message[i] = MESSAGE();
		expect(REASON_GREYLIST, .src = src, .payload = message[i]);
	}
	prog_wait(500 * MS);
	for (unsigned int i = 0; i < 3; i++) {
		from_number(src, sizeof(src), i);
		expect(i < 2 ? REASON_REQUEST : REASON_STRANGERS_LANE, .src = src,
		       .payload = message[i]);
	}
}

/* It pays as before from its own budget. */
Test(greylist, own_budget_holds)
{
	const char *first = MESSAGE();

	fill(FULL "}\nlimits: {unknown: {invite: {rate: 1/h, burst: 2}}}");
	expect(REASON_GREYLIST, .payload = first);
	prog_wait(500 * MS);
	expect(REASON_REQUEST, .payload = first);
	expect(REASON_REQUEST, .payload = MESSAGE());
	expect(REASON_SOURCE_RATE, .payload = MESSAGE());
}

/* What cannot be told from others by its first bytes is left to the lane. */
Test(greylist, short_messages)
{
	const char *text = "OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP a;branch=z9hG4bKs\r\n"
			   "From: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\n"
			   "CSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\n\r\n";

	fill(FULL "}");
	expect(REASON_STRANGERS_LANE, .payload = text);
	prog_wait(500 * MS);
	expect(REASON_STRANGERS_LANE, .payload = text);
}

/* A scanner that repeats itself comes no further, and its next try is a first one. */
Test(greylist, structure_holds)
{
	const char *probe = MESSAGE(.method = "BYE", .cseq_method = "INVITE");

	prog_policy_checked(FULL "}");
	expect(REASON_REQUEST, .src = "192.0.2.200", .payload = MESSAGE());
	expect(REASON_CHECK_cseq_method, .payload = probe);
	prog_wait(500 * MS);
	expect(REASON_CHECK_cseq_method, .payload = probe);
	expect(REASON_GREYLIST, .payload = MESSAGE());
}

/* In shadow it tells what it would have done, and the lane does what it does without it. */
Test(greylist, trial)
{
	const char *first = MESSAGE();
	struct verdict_record got;

	fill(FULL "}\nrules: {greylist: shadow}");
	got = prog_in(FRAME(.payload = first));
	expect_record(got, REASON_STRANGERS_LANE);
	cr_expect_eq(got.shadow, REASON_GREYLIST);
	prog_wait(500 * MS);
	got = prog_in(FRAME(.payload = first));
	expect_record(got, REASON_STRANGERS_LANE);
	cr_expect_eq(got.shadow, 0);
}

Test(greylist, known_sources_are_not_asked)
{
	fill(FULL "}");
	prog_set_standing("198.51.100.9", STANDING_TRUSTED, ~0ULL);
	expect(REASON_KNOWN, .src = "198.51.100.9", .payload = MESSAGE());
}

/*
 * Beyond a CPU's share nobody is looked for; in the next tick half of the sources are, and these have
 * all they need.
 */
Test(greylist, work)
{
	unsigned int dropped[2] = { 0 }, met = 0;
	const char *text = MESSAGE();
	struct frame frame;
	char src[32];

	fill("work-per-tick: 1\n" FULL "}");
	frame_build(FRAME(.payload = text), &frame);
	prog_repeat(&frame, GREY_SAVED + 1);
	prog_wait(TICK);
	for (unsigned int i = 0; i < 1000; i++) {
		struct verdict_record got;

		from_number(src, sizeof(src), i);
		got = prog_in(FRAME(.src = src, .payload = text));
		if (got.reason != REASON_GREYLIST && got.reason != REASON_WORK_BUDGET)
			cr_assert_fail("%s", reason_name(got.reason));
		dropped[got.reason == REASON_GREYLIST]++;
	}
	cr_expect_geq(dropped[0], 400);
	cr_expect_geq(dropped[1], 400);
	prog_wait(500 * MS);
	for (unsigned int i = 0; i < 1000; i++) {
		from_number(src, sizeof(src), i);
		met += prog_in(FRAME(.src = src, .payload = text)).reason == REASON_REQUEST;
	}
	cr_expect_geq(met, 190, "%u", met); /* the other lane's burst allows 400 */
}
