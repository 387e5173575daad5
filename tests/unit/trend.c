// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rates and levels over time: what a step has, which ring answers, what is left out.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>

#include "user/trend.h"
#include "user/names.h"

/* A trend that was fed every two seconds from 1000 s on; ten packets are dropped a second. */
static struct trend *fed(double seconds)
{
	struct trend *trend = trend_new();
	struct trend_reading reading = { .time = 0 };

	cr_assert(trend);
	for (double t = 0; t <= seconds; t += 2) {
		reading.time = 1000 + t;
		reading.counter[TREND_DROPPED] = 10 * t;
		reading.counter[TREND_REASON + REASON_BANNED] = 10 * t;
		reading.level[TREND_BANS] = 3;
		trend_add(trend, &reading);
	}
	return trend;
}

static json_t *asked(const struct trend *trend, double range, double now)
{
	json_t *document = trend_json(trend, range, now, now + 1e9);

	cr_assert(document);
	return document;
}

/* The i-th value of a series, NAN where there is none. */
static double value(const json_t *document, const char *kind, const char *name, size_t i)
{
	const json_t *number =
		json_array_get(json_object_get(json_object_get(document, kind), name), i);

	return number ? json_number_value(number) : NAN;
}

static size_t steps(const json_t *document)
{
	return json_array_size(json_object_get(document, "time"));
}

Test(trend, rates_and_levels)
{
	struct trend *trend = fed(20);
	json_t *document = asked(trend, 300, 1020);

	cr_expect_eq(steps(document), 10);
	cr_expect_eq(value(document, "rate", "dropped", 0), 10);
	cr_expect_eq(value(document, "reason", "banned", 9), 10);
	cr_expect_eq(value(document, "level", "bans", 4), 3);
	cr_expect(isnan(value(document, "rate", "passed", 0)), "what stood still is left out");
	cr_expect(isnan(value(document, "level", "suspects", 0)));
	cr_expect_float_eq(json_number_value(json_array_get(json_object_get(document, "time"), 9)),
			   1e9 + 1020, 0.01);
	json_decref(document);
	trend_free(trend);
}

Test(trend, nothing_yet)
{
	struct trend *trend = trend_new();
	json_t *document = asked(trend, 300, 5);

	cr_expect_eq(steps(document), 0);
	json_decref(document);
	trend_free(trend);
}

/* The finest ring answers as long as it has lost nothing of the range. */
Test(trend, step_follows_range)
{
	struct trend *trend = fed(1200);
	static const struct {
		double range, step;
		size_t steps;
	} cases[] = { { 300, 2, 151 }, { 880, 2, 441 }, { 3600, 30, 40 }, { 604800, 30, 40 } };

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		json_t *document = asked(trend, cases[i].range, 2200);

		cr_expect_eq(json_number_value(json_object_get(document, "step")), cases[i].step);
		cr_expect_eq(steps(document), cases[i].steps, "%g s: %zu", cases[i].range,
			     steps(document));
		cr_expect_eq(value(document, "rate", "dropped", 0), 10);
		json_decref(document);
	}
	trend_free(trend);
}

Test(trend, week_is_bounded)
{
	struct trend *trend = fed(8 * 86400);
	json_t *document = asked(trend, 604800, 1000 + 8 * 86400);

	cr_expect_eq(json_number_value(json_object_get(document, "step")), 300);
	cr_expect_eq(steps(document), 2016);
	json_decref(document);
	trend_free(trend);
}

/* New maps count from 0: no step has a rate below 0, and none has one made up of both. */
Test(trend, counters_that_go_back)
{
	struct trend *trend = fed(20);
	struct trend_reading reading = { .time = 1022 };
	json_t *document;

	reading.counter[TREND_DROPPED] = 5;
	trend_add(trend, &reading);
	reading.time = 1024;
	reading.counter[TREND_DROPPED] = 9;
	trend_add(trend, &reading);
	document = asked(trend, 300, 1024);
	cr_expect_eq(steps(document), 11);
	cr_expect_eq(value(document, "rate", "dropped", 10), 2);
	json_decref(document);
	trend_free(trend);
}

/* A process that slept has one long step, and no others are made up. */
Test(trend, late_reading)
{
	struct trend *trend = fed(4);
	struct trend_reading reading = { .time = 1044 };
	json_t *document;

	reading.counter[TREND_DROPPED] = 80;
	reading.counter[TREND_REASON + REASON_BANNED] = 80;
	trend_add(trend, &reading);
	document = asked(trend, 300, 1044);
	cr_expect_eq(steps(document), 3);
	cr_expect_eq(value(document, "rate", "dropped", 2), 1);
	json_decref(document);
	trend_free(trend);
}

Test(trend, reading_of_a_snapshot)
{
	json_t *snapshot = json_pack(
		"{s:f, s:i, s:i, s:{s:i}, s:i, s:{s:i, s:i}, s:{s:i, s:f, s:i, s:{s:i, s:i}},"
		" s:{s:{s:f, s:f, s:f}}, s:[{s:i}, {s:i}]}",
		"clock", 12.5, "passed", 7, "dropped", 9, "by_reason", "banned", 9, "bans", 2,
		"standing_sources", "proven", 4, "trusted", 5, "server", "answered", 8, "mean_wait",
		0.25, "overload", 1, "answers", "2xx", 6, "5xx", 1, "lanes", "request", "rate", 5.0,
		"full", 20.0, "fill", 0.5, "reasons", "shadow", 0, "shadow", 4);
	struct trend_reading reading;

	cr_assert(snapshot);
	cr_assert_eq(trend_reading_of(snapshot, &reading), 0);
	cr_expect_eq(reading.time, 12.5);
	cr_expect_eq(reading.counter[TREND_PASSED], 7);
	cr_expect_eq(reading.counter[TREND_REASON + REASON_BANNED], 9);
	cr_expect_eq(reading.counter[TREND_WAIT_MS], 2000);
	cr_expect_eq(reading.counter[TREND_2XX], 6);
	cr_expect_eq(reading.counter[TREND_OVERLOAD], 1);
	cr_expect_eq(reading.level[TREND_BANS], 2);
	cr_expect_eq(reading.level[TREND_TRUSTED], 5);
	cr_expect_eq(reading.level[TREND_LANE_SHARE], 0.25);
	cr_expect_eq(reading.level[TREND_LANE_FILL], 0.5);
	cr_expect_eq(reading.counter[TREND_SHADOW + 1], 4,
		     "rows stand in the order of the reasons");
	json_object_del(snapshot, "clock");
	cr_expect_eq(trend_reading_of(snapshot, &reading), -EINVAL);
	json_decref(snapshot);
}
