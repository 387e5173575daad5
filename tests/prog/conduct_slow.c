// SPDX-License-Identifier: GPL-2.0-or-later
/* What strangers pay for what they asked for in vain, and for neighbours that take turns. */
#include <stdio.h>

#include "bpf/slow.h"
#include "tests/prog/harness.h"

#define STRANGER "203.0.113.10"
#define OTHER "203.0.114.10"

TestSuite(conduct_slow_kernel, .init = prog_start);
TestSuite(conduct_narrow_kernel, .init = prog_start);

/* n answers to requests of a method that a source sent, or that were sent in its name. */
static void answered(const char *src, const char *method, unsigned int status, int n)
{
	for (int i = 0; i < n; i++)
		prog_out(FRAME(.dst = src, .payload = MESSAGE(.method = method, .status = status)));
}

static unsigned int admitted(const char *src, const char *method)
{
	return prog_admitted(100, FRAME(.src = src), method);
}

/* What one has asked for in vain over a day makes the next requests dearer, one step at a time. */
Test(conduct_slow_kernel, price)
{
	static const struct {
		int answers;
		unsigned int admitted; /* of a burst of 20 */
	} steps[] = { { 7, 20 }, { 1, 10 }, { 8, 5 }, { 16, 3 } };

	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		for (int n = 0; n < steps[i].answers; n++) {
			answered("198.18.0.21", "INVITE", 404, 1);
			prog_wait(1200 * SECOND);
		}
		cr_expect_eq(admitted("198.18.0.21", "INVITE"), steps[i].admitted, "step %zu", i);
		prog_wait(1200 * SECOND);
	}
	cr_assert_eq(admitted(OTHER, "INVITE"), 20);
}

/* Whoever forges its address for days: a newcomer's phone registers all the same. */
Test(conduct_slow_kernel, a_forged_address_registers)
{
	answered("198.18.0.22", "OPTIONS", 404, 1000);
	prog_register("198.18.0.22");
	expect(REASON_KNOWN, .src = "198.18.0.22", .payload = MESSAGE());
}

/* The dear request takes no more of what all strangers share than a cheap one. */
Test(conduct_slow_kernel, the_lane_pays_one)
{
	prog_policy("lanes: {request: {rate: 1/m, burst: 4}}");
	answered("198.18.0.23", "INVITE", 404, 100);
	expect(REASON_REQUEST, .src = "198.18.0.23", .payload = MESSAGE());
	for (int i = 0; i < 3; i++)
		expect(REASON_REQUEST, .src = OTHER, .payload = MESSAGE());
	expect(REASON_GREYLIST, .src = OTHER, .payload = MESSAGE());
}

/* In a flood most of what is answered was forged. */
Test(conduct_slow_kernel, nothing_is_noted_in_a_flood)
{
	prog_policy("lanes: {request: {rate: 1/m, burst: 1}}");
	expect(REASON_REQUEST, .src = OTHER, .payload = MESSAGE());
	answered("198.18.0.24", "INVITE", 404, 100);
	prog_policy("");
	prog_wait(3 * HOUR);
	cr_assert_eq(admitted("198.18.0.24", "INVITE"), 20);
}

Test(conduct_slow_kernel, what_does_not_count)
{
	static const struct {
		const char *src;
		const char *method;
		unsigned int status;
	} answers[] = {
		{ "198.18.1.1", "INVITE", 486 }, { "198.18.1.2", "INVITE", 503 },
		{ "198.18.1.3", "BYE", 404 },	 { "198.18.1.4", "OPTIONS", 200 },
		{ "198.18.1.5", "INVITE", 180 },
	};

	for (size_t i = 0; i < COUNT_OF(answers); i++) {
		answered(answers[i].src, answers[i].method, answers[i].status, 40);
		cr_expect_eq(admitted(answers[i].src, "INVITE"), 20, "%u to %s", answers[i].status,
			     answers[i].method);
		prog_wait(SECOND);
	}
}

Test(conduct_slow_kernel, success_forgives)
{
	answered("198.18.0.26", "INVITE", 404, 15);
	answered("198.18.0.26", "INVITE", 200, 1);
	cr_assert_eq(admitted("198.18.0.26", "INVITE"), 20);
}

/* Who has a standing has a conduct; what he did is not held against him as a stranger's. */
Test(conduct_slow_kernel, not_of_the_proven)
{
	prog_set_standing("198.18.0.27", STANDING_PROVEN, prog_now() + HOUR);
	answered("198.18.0.27", "INVITE", 404, 100);
	prog_wait(2 * HOUR);
	cr_assert_eq(admitted("198.18.0.27", "INVITE"), 20);
}

/* --- neighbours ----------------------------------------------------------------------------------*/

static unsigned int of_neighbours(const char *format, const char *method)
{
	unsigned int sum = 0;
	char src[64];

	for (int i = 1; i <= 10; i++) {
		snprintf(src, sizeof(src), format, i);
		sum += admitted(src, method);
	}
	return sum;
}

/* Ten sources of a prefix: four times what one may. */
Test(conduct_narrow_kernel, share)
{
	cr_assert_eq(of_neighbours("203.0.113.%d", "INVITE"), 200);
	prog_wait(HOUR);
	prog_narrow(STRANGER);
	cr_assert_eq(of_neighbours("203.0.113.%d", "INVITE"), 80);
	expect(REASON_PREFIX_RATE, .src = "203.0.113.99", .payload = MESSAGE());
	prog_wait(4 * SECOND);
	cr_assert_eq(of_neighbours("203.0.114.%d", "INVITE"), 200, "the next prefix");
	prog_wait(4 * SECOND);
	cr_assert_eq(of_neighbours("203.0.113.%d", "REGISTER"), 160, "another class");
	prog_narrow(NULL);
	expect(REASON_REQUEST, .src = "203.0.113.99", .payload = MESSAGE());
}

Test(conduct_narrow_kernel, share_of_ipv6)
{
	prog_narrow("2001:db8:9:1::1");
	cr_assert_eq(of_neighbours("2001:db8:9:%d::1", "INVITE"), 80);
	expect(REASON_PREFIX_RATE, .src = "2001:db8:9:ffff::1", .payload = MESSAGE());
	expect(REASON_REQUEST, .src = "2001:db8:a:1::1", .payload = MESSAGE());
}

/* One that floods uses up its own budget, not that of its neighbours. */
Test(conduct_narrow_kernel, one_that_floods)
{
	prog_narrow(STRANGER);
	cr_assert_eq(prog_admitted(200, FRAME(.src = STRANGER), "INVITE"), 20);
	expect(REASON_REQUEST, .src = "203.0.113.99", .payload = MESSAGE());
}

/* New transactions are what they share. */
Test(conduct_narrow_kernel, other_traffic)
{
	char src[32];

	prog_policy("limits: {unknown: {keepalive: {rate: 1/h, burst: 1}}}");
	prog_narrow(STRANGER);
	for (int i = 1; i <= 6; i++) {
		snprintf(src, sizeof(src), "203.0.113.%d", i);
		expect(REASON_KEEPALIVE_CRLF, .src = src, .payload = "\r\n\r\n");
	}
}

/* Those who have proven themselves are not their neighbours' keepers. */
Test(conduct_narrow_kernel, the_proven_have_their_own)
{
	prog_register("203.0.113.50");
	prog_set_standing("203.0.113.51", STANDING_PROVEN, ~0ULL);
	prog_narrow(STRANGER);
	of_neighbours("203.0.113.%d", "INVITE");
	expect(REASON_PREFIX_RATE, .src = "203.0.113.99", .payload = MESSAGE());
	expect(REASON_KNOWN, .src = "203.0.113.50", .payload = MESSAGE());
	expect(REASON_REQUEST, .src = "203.0.113.51", .payload = MESSAGE());
}
