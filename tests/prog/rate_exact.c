// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A limit holds on any number of CPUs: each sends the same packet as fast as it can, and what they
 * get together is the limit, no more and no less. Nothing here depends on how fast that is.
 */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "tests/prog/harness.h"

#define THREADS 2
#define STEPS 8
#define AT_ONCE 2000 /* runs in one system call */

struct hammer {
	pthread_t thread;
	int cpu;
	const struct frame *frame;
	_Atomic unsigned int calls; /* made so far */
	const _Atomic bool *stop;
};

TestSuite(rate_exact, .init = prog_start);

static void *hammer_run(void *arg)
{
	struct hammer *hammer = arg;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(hammer->cpu, &set);
	sched_setaffinity(0, sizeof(set), &set); /* on the CPU that is left if this one is not */
	while (!*hammer->stop) {
		prog_repeat(hammer->frame, AT_ONCE);
		hammer->calls++;
	}
	return NULL;
}

static void hammers_start(struct hammer *hammers, const struct frame *frames,
			  const _Atomic bool *stop)
{
	for (int i = 0; i < THREADS; i++) {
		hammers[i] = (struct hammer){ .cpu = i, .frame = &frames[i], .stop = stop };
		cr_assert_eq(pthread_create(&hammers[i].thread, NULL, hammer_run, &hammers[i]), 0);
	}
}

static void hammers_stop(struct hammer *hammers, _Atomic bool *stop)
{
	*stop = true;
	for (int i = 0; i < THREADS; i++)
		pthread_join(hammers[i].thread, NULL);
}

/* Waits until each has made two calls more, so that at least one of them began after now. */
static void hammers_wait(const struct hammer *hammers)
{
	for (int i = 0; i < THREADS; i++) {
		unsigned int calls = hammers[i].calls;

		while (hammers[i].calls < calls + 2)
			sched_yield();
	}
}

/*
 * Hammers with a frame for each thread while the clock moves by 25 intervals of 10 ms, 8 times.
 * Returns how many packets left with the reason: a burst and 200 more, if the limit holds.
 */
static __u64 hammered(const struct frame frames[THREADS], enum reason reason)
{
	struct hammer hammers[THREADS];
	_Atomic bool stop = false;

	hammers_start(hammers, frames, &stop);
	hammers_wait(hammers);
	for (int step = 0; step < STEPS; step++) {
		prog_wait(250 * MS);
		hammers_wait(hammers);
	}
	hammers_stop(hammers, &stop);
	return prog_count(reason);
}

static void frame_from(const char *src, const char *payload, struct frame *out)
{
	frame_build(FRAME(.src = src, .payload = payload), out);
}

Test(rate_exact, one_source)
{
	struct frame frames[THREADS];

	prog_policy("limits: {trusted: {invite: {rate: 100, burst: 1000}}}");
	prog_set_standing("203.0.113.50", STANDING_TRUSTED, ~0ULL);
	for (int i = 0; i < THREADS; i++)
		frame_from("203.0.113.50", MESSAGE(), &frames[i]);
	cr_assert_eq(hammered(frames, REASON_KNOWN), 1200);
}

/* One transaction that is repeated: let through once, then bounded by the limit of repeats. */
Test(rate_exact, repeats)
{
	const char *request = MESSAGE(.branch = "z9hG4bKhammer");
	struct frame frames[THREADS];

	prog_policy("lanes: {repeat: {rate: 0}}\n"
		    "limits: {unknown: {retransmission: {rate: 100, burst: 1000}}}");
	expect(REASON_REQUEST, .src = "203.0.113.51", .payload = request);
	for (int i = 0; i < THREADS; i++)
		frame_from("203.0.113.51", request, &frames[i]);
	cr_assert_eq(hammered(frames, REASON_RETRANSMISSION), 1200);
}

/* Two addresses of a carrier have one limit between them. */
Test(rate_exact, carrier)
{
	struct frame frames[THREADS];

	prog_policy("carriers: [{name: c, prefixes: [203.0.113.0/24], cps: 66.666667}]");
	frame_from("203.0.113.52", MESSAGE(), &frames[0]);
	frame_from("203.0.113.53", MESSAGE(), &frames[1]);
	cr_assert_eq(hammered(frames, REASON_CARRIER), 400);
}

/* The lane that all strangers share, each within its own limit. */
Test(rate_exact, lane)
{
	struct frame frames[THREADS];

	prog_policy("lanes: {other: {rate: 100, burst: 1000}}\n"
		    "limits: {unknown: {keepalive: {rate: 0}}}");
	frame_from("203.0.113.54", "\r\n\r\n", &frames[0]);
	frame_from("203.0.113.55", "\r\n\r\n", &frames[1]);
	cr_assert_eq(hammered(frames, REASON_KEEPALIVE_CRLF), 1200);
}

/* The budget of work is each CPU's own: 9 ticks of it, the one before the first step included. */
Test(rate_exact, work)
{
	const char *request = MESSAGE(.branch = "z9hG4bKwork");
	struct frame frames[THREADS];
	__u64 inspected;

	prog_policy(
		"work-per-tick: 100\n"
		"lanes: {repeat: {rate: 0}}\n"
		"limits: {unknown: {invite: {rate: 1/h, burst: 1}, retransmission: {rate: 0}}}");
	expect(REASON_REQUEST, .src = "203.0.113.56", .payload = request);
	for (int i = 0; i < THREADS; i++)
		frame_from("203.0.113.56", request, &frames[i]);
	inspected = hammered(frames, REASON_RETRANSMISSION);
	cr_assert(inspected == 900 || inspected == 1800, "%llu", (unsigned long long)inspected);
}
