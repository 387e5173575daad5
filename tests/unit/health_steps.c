// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The agent's steps one by one, and what the packet path counts for them.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "bpf/health.h"
#include "user/health.h"

#define MS 1000000ULL
#define SECOND (1000 * MS)
#define MINIMUM 0.1

static struct health_state state;
static struct health total;
static struct health_report report;
static __u64 now;

static void start(void)
{
	health_init(&state);
	memset(&total, 0, sizeof(total));
	now = 5000 * SECOND;
	health_step(&state, &total, now, MINIMUM, &report);
}

TestSuite(health_steps, .init = start);

/* A second in which n requests came and were answered so. */
static void second(unsigned int n, unsigned int refused, __u64 wait_ns)
{
	for (unsigned int i = 0; i < n; i++) {
		total.asked[health_span(now)]++;
		health_first(&total, wait_ns, now + wait_ns);
		health_count(&total, i < refused ? 503 : 200);
	}
	now += SECOND;
	health_step(&state, &total, now, MINIMUM, &report);
}

static void calm(void)
{
	for (int i = 0; i < 5; i++)
		second(50, 0, MS);
	cr_assert_eq(state.share, 1);
}

Test(health_steps, one_cut_for_each_second)
{
	static const double shares[] = { 0.7, 0.49, 0.343, 0.2401, 0.16807, 0.117649, 0.1, 0.1 };

	calm();
	for (size_t i = 0; i < sizeof(shares) / sizeof(shares[0]); i++) {
		second(50, 50, MS);
		cr_expect_float_eq(state.share, shares[i], 1e-9, "%zu: %g", i, state.share);
		cr_expect_eq(report.change, i ? HEALTH_SAME : HEALTH_NARROWED);
	}
}

Test(health_steps, a_cut_is_as_deep_as_what_is_wrong)
{
	calm();
	second(100, 7, MS);
	cr_expect_eq(state.share, 1);
	second(100, 20, MS);
	cr_expect_float_eq(state.share, 0.8, 0.001, "%g", state.share);
	second(100, 9, MS);
	cr_expect_float_eq(state.share, 0.8 * 0.9, 0.001, "%g", state.share);
}

/* Between well and bad nothing changes; where all is well it takes two steps to grow. */
Test(health_steps, it_grows_when_all_is_well)
{
	double before;

	calm();
	second(100, 20, MS);
	for (int i = 0; i < 10; i++)
		second(100, 6, MS);
	cr_expect_float_eq(state.share, 0.8, 0.001);
	second(100, 0, MS);
	cr_expect_float_eq(state.share, 0.8, 0.001);
	before = state.share;
	for (int i = 0; i < 40 && state.share < 1; i++) {
		second(100, 0, MS);
		cr_expect(state.share > before && state.share <= before * 1.0801, "%g after %g",
			  state.share, before);
		before = state.share;
	}
	cr_expect_eq(state.share, 1);
	cr_expect_eq(report.change, HEALTH_WIDE);
	cr_expect_float_eq(report.least, 0.8, 0.001);
	cr_expect_geq(report.took_ns, 12 * SECOND);
}

/* Nothing is told from a few events, however bad they are. */
Test(health_steps, a_few_events_tell_nothing)
{
	for (int i = 0; i < 100; i++)
		second(9, 9, 3 * SECOND);
	cr_expect_eq(state.share, 1);
	calm();
	second(25, 4, MS);
	cr_expect_eq(state.share, 1);
	second(25, 5, MS);
	cr_expect_lt(state.share, 1);
}

/* An agent that is late for its steps misses spans, but not what goes on. */
Test(health_steps, late_steps)
{
	calm();
	for (int i = 0; i < 10; i++) {
		for (int j = 0; j < 200; j++)
			total.asked[health_span(now + (__u64)j * 10 * MS)]++;
		now += 2ULL << HEALTH_SPAN_SHIFT;
		health_step(&state, &total, now, MINIMUM, &report);
	}
	cr_expect_lt(state.share, 0.3);
}

Test(health_steps, without_data_nothing_changes_for_a_minute)
{
	calm();
	second(50, 50, MS);
	for (int i = 0; i < 58; i++)
		second(0, 0, 0);
	cr_expect_float_eq(state.share, 0.7, 1e-9, "%g", state.share);
	for (int i = 0; i < 60; i++)
		second(0, 0, 0);
	cr_expect_eq(state.share, 1);
}

/* Many requests and not one answer, ever: what the server sends is not seen here. */
Test(health_steps, answers_that_take_another_way)
{
	for (int i = 0; i < 100; i++) {
		total.asked[health_span(now)] += 100;
		now += SECOND;
		health_step(&state, &total, now, MINIMUM, &report);
	}
	cr_expect_eq(state.share, 1);
}

Test(health_steps, a_least_share_of_all_never_changes)
{
	for (int i = 0; i < 5; i++)
		second(50, 0, MS);
	for (int i = 0; i < 20; i++) {
		total.overload += 100;
		total.status[5] += 100;
		now += SECOND;
		health_step(&state, &total, now, 1, &report);
		cr_expect_eq(state.share, 1);
		cr_expect_eq(report.change, HEALTH_SAME);
	}
}

/* A policy with a greater minimum is heeded at once. */
Test(health_steps, the_least_share_may_change)
{
	calm();
	for (int i = 0; i < 10; i++)
		second(50, 50, MS);
	cr_expect_eq(state.share, MINIMUM);
	now += SECOND;
	health_step(&state, &total, now, 0.5, &report);
	cr_expect_eq(state.share, 0.5);
}

Test(health_steps, less_than_half_a_second_is_no_step)
{
	calm();
	total.status[5] += 1000;
	total.overload += 1000;
	health_step(&state, &total, now + 400 * MS, MINIMUM, &report);
	cr_expect_eq(state.share, 1);
	health_step(&state, &total, now + SECOND, MINIMUM, &report);
	cr_expect_lt(state.share, 1);
}

/* What happened while nobody looked is not held against the second in which somebody does again. */
Test(health_steps, a_gap_tells_nothing)
{
	calm();
	second(50, 50, MS);
	total.status[5] += 1000;
	total.overload += 1000;
	now += 10 * SECOND;
	health_step(&state, &total, now, MINIMUM, &report);
	cr_expect_float_eq(state.share, 0.7, 1e-9);
	now += 100 * SECOND;
	health_step(&state, &total, now, MINIMUM, &report);
	cr_expect_eq(state.share, 1);
	cr_expect_eq(report.change, HEALTH_WIDE);
}

/* Answers that come when the next span is over are late, and do not make up for another span's. */
Test(health_steps, late_answers)
{
	calm();
	for (int i = 0; i < 40 && state.share == 1; i++) {
		total.asked[health_span(now)] += 50;
		total.answered[health_span(now - 3 * SECOND)] += 50;
		now += SECOND;
		health_step(&state, &total, now, MINIMUM, &report);
	}
	cr_expect_lt(state.share, 1);
	cr_expect_eq(report.why, HEALTH_LOST);
}

Test(health_steps, said_for_people)
{
	char text[HEALTH_TEXT_LEN];

	calm();
	second(100, 25, MS);
	cr_expect_str_eq(health_text(&report, text),
			 "25 % of its final answers are 500, 503 or 504, usually 0 %");
	start();
	calm();
	second(100, 0, 800 * MS);
	cr_expect_str_eq(health_text(&report, text),
			 "it answers after 800 ms on average, usually after 1 ms");
	report = (struct health_report){ .why = HEALTH_LOST, .value = 1, .usual = 0.014 };
	cr_expect_str_eq(health_text(&report, text),
			 "100 % of what it is asked has no answer after a second, usually 1 %");
}

Test(health_steps, limits)
{
	struct rate_limit full = { .interval_ns = 5000000, .tolerance_ns = 1995000000 };
	struct rate_limit none = { 0 };
	struct rate_limit half = health_limit(&full, 0.5);

	cr_expect_eq(half.interval_ns, 10000000);
	cr_expect_eq(half.tolerance_ns, 500 * MS); /* 51 at once, where there were 400 */
	full.tolerance_ns = 0;
	cr_expect_eq(health_limit(&full, 0.5).tolerance_ns, 0);
	full.tolerance_ns = 2 * SECOND;
	cr_expect_eq(health_limit(&full, 1).tolerance_ns, 2 * SECOND);
	cr_expect_eq(health_limit(&full, 1).interval_ns, full.interval_ns);
	cr_expect_eq(health_limit(&none, 0.1).interval_ns, 0);
}

/* --- the packet path's part ---------------------------------------------------------------------*/

#define HASH 0x123456789abcdef0ULL

Test(health_pending, a_cell_waits_for_its_answer)
{
	__u64 at = 77 * SECOND, cell = pending_cell(HASH, at);

	cr_expect(pending_waits(cell, HASH, at));
	cr_expect(pending_waits(cell, HASH, at + 4 * SECOND));
	cr_expect_not(pending_waits(cell, HASH, at + 5 * SECOND));
	cr_expect_not(pending_waits(cell, HASH ^ 1ULL << 24, at));
	cr_expect_not(pending_waits(cell, HASH ^ 1ULL << 63, at));
	cr_expect_not(pending_waits(0, 0, at));
	cr_expect_leq(pending_age(cell, at + 100 * MS), 102 * MS);
	cr_expect_geq(pending_age(cell, at + 100 * MS), 98 * MS);
}

Test(health_pending, the_older_stays)
{
	__u64 at = 77 * SECOND, cell = pending_cell(HASH, at);

	cr_expect(pending_free(0, at));
	cr_expect_not(pending_free(cell, at));
	cr_expect_not(pending_free(cell, at + 2 * SECOND));
	cr_expect(pending_free(cell, at + 3 * SECOND));
}

/* The time in a cell goes round after 4.9 hours. */
Test(health_pending, time_goes_round)
{
	__u64 at = (1ULL << 44) - 10 * MS, cell = pending_cell(HASH, at);

	cr_expect_leq(pending_age(cell, at + 50 * MS), 52 * MS);
	cr_expect(pending_waits(cell, HASH, at + 50 * MS));
	cr_expect_not(pending_free(cell, at + 50 * MS));
}

Test(health_pending, what_is_counted)
{
	struct health h = { 0 };
	__u64 at = 100ULL << HEALTH_SPAN_SHIFT;

	health_count(&h, 200);
	health_count(&h, 302);
	health_count(&h, 486);
	health_count(&h, 501);
	health_count(&h, 503);
	health_count(&h, 699);
	cr_expect_eq(h.status[2], 1);
	cr_expect_eq(h.status[3], 1);
	cr_expect_eq(h.status[4], 1);
	cr_expect_eq(h.status[5], 2);
	cr_expect_eq(h.status[6], 1);
	cr_expect_eq(h.overload, 1);
	health_first(&h, 20 * MS, at + 10 * MS);
	cr_expect_eq(h.answered[99 % HEALTH_SPANS], 1);
	cr_expect_eq(h.wait_ns, 20 * MS);
}
