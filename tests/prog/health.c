// SPDX-License-Identifier: GPL-2.0-or-later
/* What is told of the server from its answers, and the lanes that follow it. */
#include <stdio.h>
#include <string.h>

#include "tests/prog/harness.h"
#include "user/lanes.h"

#define PHONE "203.0.113.10"

static struct health before;

static void start(void)
{
	prog_start();
	cr_assert_eq(store_health(prog_store(), &before), 0);
}

TestSuite(health, .init = start);

/* What was counted since the test began. */
static struct health counted(void)
{
	struct health now;

	cr_assert_eq(store_health(prog_store(), &now), 0);
	for (size_t i = 0; i < sizeof(now) / sizeof(__u64); i++)
		((__u64 *)&now)[i] -= ((const __u64 *)&before)[i];
	return now;
}

static __u64 sum(const __u64 count[HEALTH_SPANS])
{
	__u64 all = 0;

	for (unsigned int i = 0; i < HEALTH_SPANS; i++)
		all += count[i];
	return all;
}

static void expect_counts(__u64 asked, __u64 answered)
{
	struct health now = counted();

	cr_expect_eq(sum(now.asked), asked, "%llu asked", sum(now.asked));
	cr_expect_eq(sum(now.answered), answered, "%llu answered", sum(now.answered));
}

/* Any response, also one that says nothing yet, ends the wait; each final one is counted. */
Test(health, a_request_waits_for_its_first_answer)
{
	struct health now;

	expect(REASON_REQUEST, .src = PHONE, .payload = MESSAGE(.branch = "z9hG4bKw"));
	expect_counts(1, 0);
	prog_wait(200 * MS);
	prog_out(FRAME(.dst = PHONE, .payload = MESSAGE(.branch = "z9hG4bKw", .status = 100)));
	expect_counts(1, 1);
	prog_wait(SECOND);
	prog_out(FRAME(.dst = PHONE, .payload = MESSAGE(.branch = "z9hG4bKw", .status = 503)));
	expect_counts(1, 1);
	now = counted();
	cr_expect(now.wait_ns > 198 * MS && now.wait_ns < 202 * MS, "%llu ns", now.wait_ns);
	cr_expect_eq(now.status[1], 0);
	cr_expect_eq(now.status[5], 1);
	cr_expect_eq(now.overload, 1);
}

Test(health, classes_of_answers)
{
	static const unsigned int status[] = { 200, 202, 302, 401, 404, 486, 500, 501, 504, 603 };
	static const __u64 want[8] = { [2] = 2, [3] = 1, [4] = 3, [5] = 3, [6] = 1 };
	struct health now;

	for (size_t i = 0; i < COUNT_OF(status); i++)
		prog_out(FRAME(.dst = PHONE, .payload = MESSAGE(.status = status[i])));
	now = counted();
	for (unsigned int i = 0; i < 8; i++)
		cr_expect_eq(now.status[i], want[i], "%uxx: %llu", i, now.status[i]);
	cr_expect_eq(now.overload, 2);
	expect_counts(0, 0);
}

/* An answer to somebody else, to another method or an old one is none. */
Test(health, only_its_own_answer)
{
	expect(REASON_REQUEST, .src = PHONE, .payload = MESSAGE(.branch = "z9hG4bKo"));
	prog_out(FRAME(.dst = "203.0.113.11",
		       .payload = MESSAGE(.branch = "z9hG4bKo", .status = 200)));
	prog_out(FRAME(.dst = PHONE, .payload = MESSAGE(.branch = "z9hG4bKother", .status = 200)));
	prog_out(FRAME(.dst = PHONE, .payload = MESSAGE(.branch = "z9hG4bKo", .status = 200,
							.method = "OPTIONS")));
	expect_counts(1, 0);
	prog_wait(5 * SECOND);
	prog_out(FRAME(.dst = PHONE, .payload = MESSAGE(.branch = "z9hG4bKo", .status = 200)));
	expect_counts(1, 0);
}

Test(health, what_does_not_wait)
{
	const char *repeated = MESSAGE(.branch = "z9hG4bKr");

	prog_policy("limits: {unknown: {options: {rate: 1/h, burst: 1}}}");
	expect(REASON_REQUEST, .src = PHONE, .payload = repeated);
	expect_counts(1, 0);
	expect(REASON_RETRANSMISSION, .src = PHONE, .payload = repeated);
	expect(REASON_REQUEST, .src = PHONE, .payload = MESSAGE(.method = "ACK"));
	expect(REASON_REQUEST, .src = "203.0.113.12", .tcp = true,
	       .payload = MESSAGE(.method = "MESSAGE"));
	expect(REASON_REQUEST, .src = "203.0.113.13",
	       .payload = MESSAGE(.branch = "z9hG4bKaway;maddr=203.0.113.99"));
	expect_counts(1, 0);
	expect(REASON_REQUEST, .src = PHONE, .payload = MESSAGE(.method = "OPTIONS"));
	expect_counts(2, 0);
	expect(REASON_SOURCE_RATE, .src = PHONE, .payload = MESSAGE(.method = "OPTIONS"));
	expect_counts(2, 0);
}

/* --- lanes --------------------------------------------------------------------------------------*/

/* How many of n strangers' requests come through at one time. */
static unsigned int admitted(unsigned int n, unsigned int first)
{
	unsigned int passed = 0;
	char src[32];

	for (unsigned int i = first; i < first + n; i++) {
		snprintf(src, sizeof(src), "10.1.%u.%u", i >> 8, i & 255);
		passed += prog_admitted(1, FRAME(.src = src), "INVITE");
	}
	return passed;
}

/* What was set holds until its time, and then the policy does again. */
Test(health, a_lane_that_is_set)
{
	struct rate_limit set = { .interval_ns = SECOND, .tolerance_ns = 4 * SECOND };
	struct lane_cell cell[LANE_MAX];

	prog_policy("lanes: {request: {rate: 10, burst: 50}}");
	store_set_lane(prog_store(), LANE_REQUEST, &set, prog_now() + 100 * SECOND);
	cr_expect_eq(admitted(20, 0), 5);
	expect(REASON_GREYLIST, .src = PHONE, .payload = MESSAGE());
	prog_wait(10 * SECOND);
	cr_expect_eq(admitted(20, 100), 5);
	prog_wait(89 * SECOND);
	cr_expect_eq(admitted(20, 200), 5);
	cr_assert_eq(store_lanes(prog_store(), cell), 0);
	cr_expect_geq(cell[LANE_REQUEST].arrival_ns, prog_now());
	cr_expect_eq(cell[LANE_REQUEST].set.interval_ns, SECOND);
	prog_wait(6 * SECOND);
	cr_expect_eq(admitted(60, 300), 50);
}

/* A second of it: n strangers ask, all are let through, and answered so. */
static void served(unsigned int n, unsigned int status, unsigned int first)
{
	char src[32], branch[32];

	for (unsigned int i = 0; i < n; i++) {
		snprintf(src, sizeof(src), "10.2.%u.%u", (first + i) >> 8, (first + i) & 255);
		snprintf(branch, sizeof(branch), "z9hG4bKs%u", first + i);
		expect(REASON_REQUEST, .src = src,
		       .payload = MESSAGE(.method = "REGISTER", .branch = branch));
		prog_out(FRAME(.dst = src, .payload = MESSAGE(.method = "REGISTER",
							      .status = status, .branch = branch)));
		prog_wait(SECOND / n);
	}
}

static struct rate_limit in_force(enum lane lane)
{
	struct lane_cell cell[LANE_MAX];
	struct policy policy;

	cr_assert_eq(store_lanes(prog_store(), cell), 0);
	cr_assert_eq(store_policy(prog_store(), &policy), 0);
	return lane_in_force(&cell[lane], &policy, lane, prog_now());
}

Test(health, the_lanes_follow_the_server)
{
	struct health_report report;
	struct health_state state;
	unsigned int first = 0;

	prog_policy("lanes: {request: {rate: 200, burst: 400}, minimum: 20%}");
	health_init(&state);
	for (int i = 0; i < 4; i++, first += 30) {
		cr_assert_eq(lanes_round(prog_store(), &state, prog_now(), &report), 0);
		served(30, 401, first);
	}
	cr_expect_eq(in_force(LANE_REQUEST).interval_ns, 5 * MS);
	for (int i = 0; i < 8; i++, first += 30) {
		served(30, 503, first);
		cr_assert_eq(lanes_round(prog_store(), &state, prog_now(), &report), 0);
		cr_expect_eq(report.change, i ? HEALTH_SAME : HEALTH_NARROWED);
	}
	cr_expect_eq(in_force(LANE_REQUEST).interval_ns, 25 * MS);
	cr_expect_eq(in_force(LANE_RETURN).interval_ns, 25 * MS);
	cr_expect_eq(in_force(LANE_REPEAT).interval_ns, 25 * MS / 2);
	cr_expect_eq(in_force(LANE_RESPONSE).interval_ns, 5 * MS / 2);
	cr_expect_eq(in_force(LANE_OTHER).interval_ns, 5 * MS);
	cr_expect_eq(admitted(200, 0), 21);
	prog_wait(6 * SECOND); /* nobody sets it any more */
	cr_expect_eq(in_force(LANE_REQUEST).interval_ns, 5 * MS);
}
