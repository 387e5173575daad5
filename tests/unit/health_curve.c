// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The lanes of a server that cannot do all that strangers ask: the agent's steps against a model of
 * it. The curve is printed with --verbose.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "bpf/health.h"
#include "user/health.h"

#define SECOND 1000000000ULL
#define TICK 10000000ULL /* a hundredth of it */
#define QUEUE_MAX 100000U
#define STEPS_MAX 400

/* What the server does with what it has no room for. */
enum excess { EXCESS_503, EXCESS_LOST };

struct server {
	double capacity;    /* requests a second; may change */
	unsigned int queue; /* requests that may wait */
	enum excess excess;
	double delay; /* seconds that each answer takes besides the queue */
	__u64 waiting[QUEUE_MAX];
	unsigned int head, tail;
	double work; /* requests that it could have done by now, less those that it did */
	struct health health;
};

/* The load and the result of each second. */
struct run {
	struct server server;
	struct health_state state;
	double lane;  /* requests a second at share 1 */
	double asked; /* by strangers, a second; what is over the lane is dropped */
	double known; /* requests a second of others */
	double minimum;
	__u64 now;
	double due;
	double share[STEPS_MAX];
	unsigned int steps;
	unsigned int narrowed, wide; /* how often that was reported */
	enum health_sign why;
};

static void answer(struct server *s, __u64 at, __u64 now, unsigned int class)
{
	__u64 age = now - at;

	s->health.status[class]++;
	s->health.overload += class == 5;
	if (age <= PENDING_LIFE << PENDING_TIME_SHIFT)
		health_first(&s->health, age, now);
}

static void ask(struct server *s, __u64 now)
{
	s->health.asked[health_span(now)]++;
	if (s->tail - s->head < s->queue)
		s->waiting[s->tail++ % QUEUE_MAX] = now;
	else if (s->excess == EXCESS_503)
		answer(s, now, now, 5);
}

static void serve(struct server *s, __u64 now)
{
	s->work += s->capacity * TICK / SECOND;
	while (s->work >= 1 && s->head != s->tail) {
		__u64 at = s->waiting[s->head++ % QUEUE_MAX];

		answer(s, at, now + (__u64)(s->delay * SECOND), 4);
		s->work--;
	}
	if (s->head == s->tail && s->work > 1)
		s->work = 1;
}

static struct run *run_new(double capacity, unsigned int queue, enum excess excess)
{
	struct run *run = calloc(1, sizeof(*run));

	cr_assert_not_null(run);
	run->server = (struct server){ .capacity = capacity, .queue = queue, .excess = excess };
	run->lane = 400;
	run->known = 20;
	run->minimum = 0.1;
	run->now = 1000 * SECOND;
	health_init(&run->state);
	return run;
}

static void run_second(struct run *run)
{
	struct health_report report;
	double lane = run->lane * run->state.share;
	double rate = run->known + (run->asked < lane ? run->asked : lane);

	for (unsigned int i = 0; i < SECOND / TICK; i++) {
		for (run->due += rate * TICK / SECOND; run->due >= 1; run->due--)
			ask(&run->server, run->now);
		serve(&run->server, run->now);
		run->now += TICK;
	}
	health_step(&run->state, &run->server.health, run->now, run->minimum, &report);
	if (report.change == HEALTH_NARROWED)
		run->why = report.why;
	run->narrowed += report.change == HEALTH_NARROWED;
	run->wide += report.change == HEALTH_WIDE;
	cr_assert_lt(run->steps, STEPS_MAX);
	run->share[run->steps++] = run->state.share;
}

static void run_for(struct run *run, unsigned int seconds)
{
	char line[16 * 20] = "";
	unsigned int from = run->steps, len = 0;

	while (seconds--)
		run_second(run);
	for (unsigned int i = from; i < run->steps; i++) {
		len += (unsigned int)snprintf(line + len, sizeof(line) - len, " %3.0f",
					      run->share[i] * run->lane + run->known);
		if ((i - from) % 20 == 19 || i + 1 == run->steps) {
			cr_log_info("%3u s:%s", (i - from) / 20 * 20, line);
			len = 0;
		}
	}
}

/* All that came to the server in a second, of those from one step on, is near its capacity. */
static void expect_near(const struct run *run, unsigned int from, double least, double most)
{
	for (unsigned int i = from; i < run->steps; i++) {
		double rate = run->share[i] * run->lane + run->known;

		cr_expect_geq(rate, run->server.capacity * least, "second %u: %g of %g", i, rate,
			      run->server.capacity);
		cr_expect_leq(rate, run->server.capacity * most, "second %u: %g of %g", i, rate,
			      run->server.capacity);
	}
}

static void expect_all(const struct run *run, unsigned int from, unsigned int to, double share)
{
	for (unsigned int i = from; i < to; i++)
		cr_expect_eq(run->share[i], share, "second %u: %g", i, run->share[i]);
}

/*
 * Calm, a flood of strangers, and a server that gets well although it is asked as much as before. By
 * what the first cut was told is why; HEALTH_SIGNS: by whatever is seen first.
 */
static void flood(double capacity, unsigned int queue, enum excess excess, enum health_sign why)
{
	struct run *run = run_new(capacity, queue, excess);

	run->asked = 40;
	run_for(run, 30);
	expect_all(run, 0, 30, 1);
	run->asked = 1000;
	run_for(run, 150);
	expect_near(run, 60, 0.85, 1.15);
	cr_expect_eq(run->narrowed, 1);
	cr_expect(why == HEALTH_SIGNS || run->why == why, "sign %d", run->why);
	cr_expect_eq(run->wide, 0);
	run->server.capacity = 2000;
	run_for(run, 60);
	cr_expect_eq(run->state.share, 1);
	cr_expect_eq(run->wide, 1);
	free(run);
}

Test(health_curve, what_is_over_is_refused)
{
	flood(200, 50, EXCESS_503, HEALTH_OVERLOAD);
}

Test(health_curve, what_is_over_is_lost)
{
	flood(200, 10, EXCESS_LOST, HEALTH_LOST);
}

Test(health_curve, what_is_over_waits)
{
	flood(200, 200, EXCESS_LOST, HEALTH_WAIT);
}

Test(health_curve, little_capacity)
{
	flood(80, 50, EXCESS_503, HEALTH_SIGNS);
	flood(80, 10, EXCESS_LOST, HEALTH_SIGNS);
	flood(80, 80, EXCESS_LOST, HEALTH_SIGNS);
}

Test(health_curve, nearly_enough)
{
	flood(330, 50, EXCESS_503, HEALTH_SIGNS);
	flood(330, 10, EXCESS_LOST, HEALTH_SIGNS);
	flood(330, 330, EXCESS_LOST, HEALTH_SIGNS);
}

/* Enough for all that the lanes let through: nothing ever changes. */
Test(health_curve, enough)
{
	struct run *run = run_new(500, 50, EXCESS_503);

	run->asked = 1000;
	run_for(run, 300);
	expect_all(run, 0, 300, 1);
	free(run);
}

/* A server that answers nothing any more: the least share, and never less. */
Test(health_curve, a_dead_server)
{
	struct run *run = run_new(500, 50, EXCESS_LOST);

	run->asked = 100;
	run_for(run, 20);
	run->server.capacity = 0;
	run_for(run, 100);
	expect_all(run, 20 + 20, 120, 0.1);
	free(run);
}

/* What is always so is no reason: a trunk that answers 503 to a third of all calls. */
Test(health_curve, refusals_that_are_usual)
{
	struct run *run = run_new(500, 50, EXCESS_503);
	unsigned int n = 0;

	run->asked = 100;
	for (unsigned int i = 0; i < 200; i++) {
		__u64 *status = run->server.health.status;

		for (; n < status[4] / 10; n++) {
			status[5]++;
			run->server.health.overload++;
		}
		run_second(run);
	}
	expect_all(run, 0, 200, 1);
	free(run);
}

/* The wait for a phone behind a proxy is not the server's. */
Test(health_curve, waits_that_are_usual)
{
	struct run *run = run_new(500, 50, EXCESS_503);

	run->server.delay = 0.2;
	run->asked = 100;
	run_for(run, 100);
	expect_all(run, 0, 100, 1);
	run->server.delay = 0.6;
	run_for(run, 100);
	cr_expect_lt(run->state.share, 0.2);
	run->server.delay = 0.1;
	run_for(run, 100);
	cr_expect_eq(run->state.share, 1);
	free(run);
}
