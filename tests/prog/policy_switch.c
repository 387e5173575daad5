// SPDX-License-Identifier: GPL-2.0-or-later
/* A policy takes the place of another between two packets: none is judged by parts of both. */
#include <cap-ng.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>

#include "tests/prog/harness.h"

#define SWITCHES 100
#define FRAMES 4

/* Whoever took the ports of one and the prefixes of the other would give none of their answers. */
#define POLICY_A                                                                                   \
	"listeners:\n"                                                                             \
	"  - {transport: udp, port: 5060}\n"                                                       \
	"  - {transport: udp, port: 5062, address: 192.0.2.1}\n"                                   \
	"deny: [198.51.100.7, 203.0.113.0/24]\n"
#define POLICY_B                                                                                   \
	"listeners:\n"                                                                             \
	"  - {transport: udp, port: 5070}\n"                                                       \
	"  - {transport: udp, port: 5072, address: 192.0.2.1}\n"                                   \
	"allow: [198.51.100.7, 203.0.113.0/24]\n"

static const struct {
	struct frame_spec frame;
	enum reason a;
	enum reason b;
} packets[FRAMES] = {
	{ { .payload = "\r\n" }, REASON_DENY, REASON_NO_LISTENER },
	{ { .src = "203.0.113.9", .dport = 5062 }, REASON_DENY, REASON_NO_LISTENER },
	{ { .dport = 5070, .payload = "\r\n" }, REASON_NO_LISTENER, REASON_ALLOW },
	{ { .src = "203.0.113.9", .dport = 5072 }, REASON_NO_LISTENER, REASON_ALLOW },
};

TestSuite(policy_switch, .init = prog_start);

Test(policy_switch, changes_everything_at_once)
{
	for (int round = 0; round < 3; round++) {
		prog_policy(POLICY_A);
		for (int i = 0; i < FRAMES; i++)
			expect_record(prog_in(&packets[i].frame), packets[i].a);
		prog_policy(POLICY_B);
		for (int i = 0; i < FRAMES; i++)
			expect_record(prog_in(&packets[i].frame), packets[i].b);
	}
}

/* The agent's unit has three capabilities. To ask for the types of a map would take a fourth. */
Test(policy_switch, takes_three_capabilities)
{
	capng_clear(CAPNG_SELECT_ALL);
	capng_updatev(CAPNG_ADD, CAPNG_EFFECTIVE | CAPNG_PERMITTED, CAP_BPF, CAP_NET_ADMIN,
		      CAP_PERFMON, -1);
	cr_assert_eq(capng_apply(CAPNG_SELECT_CAPS), 0);
	prog_policy(POLICY_A);
	for (int i = 0; i < FRAMES; i++)
		expect_record(prog_in(&packets[i].frame), packets[i].a);
}

/* An error leaves the running policy as it is. */
Test(policy_switch, keeps_the_old_one)
{
	struct plan too_large = { 0 };
	struct plan_prefix prefix[2] = { { .length = 129 }, { .length = 130 } };

	prog_policy(POLICY_A);
	too_large.prefix = prefix;
	too_large.prefixes = COUNT_OF(prefix);
	cr_assert_lt(store_apply(prog_store(), &too_large, NULL), 0);
	for (int i = 0; i < FRAMES; i++)
		expect_record(prog_in(&packets[i].frame), packets[i].a);
}

/* The packets of one thread, judged on its own CPU. */
struct traffic {
	pthread_t thread;
	_Atomic bool stop;
	unsigned long judged_by_a;
	unsigned long judged_by_b;
	unsigned long mixed;
	enum reason wrong; /* the last one */
};

static void *traffic_run(void *arg)
{
	struct traffic *traffic = arg;
	static struct frame frames[FRAMES];
	struct verdict_record got;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu() ? 0 : 1, &set);
	sched_setaffinity(0, sizeof(set), &set); /* where there is no other, it stays */
	for (int i = 0; i < FRAMES; i++)
		frame_build(&packets[i].frame, &frames[i]);
	while (!traffic->stop) {
		for (int i = 0; i < FRAMES; i++) {
			prog_run(ENTRY_XDP, &frames[i], &got);
			if (got.reason == packets[i].a) {
				traffic->judged_by_a++;
			} else if (got.reason == packets[i].b) {
				traffic->judged_by_b++;
			} else {
				traffic->mixed++;
				traffic->wrong = got.reason;
			}
		}
	}
	return NULL;
}

Test(policy_switch, under_load)
{
	static struct traffic traffic;

	prog_policy(POLICY_A);
	cr_assert_eq(pthread_create(&traffic.thread, NULL, traffic_run, &traffic), 0);
	for (int i = 0; i < SWITCHES; i++)
		prog_policy(i % 2 ? POLICY_A : POLICY_B);
	traffic.stop = true;
	pthread_join(traffic.thread, NULL);
	cr_assert_eq(traffic.mixed, 0, "%lu of %lu packets, one with %s", traffic.mixed,
		     traffic.judged_by_a + traffic.judged_by_b + traffic.mixed,
		     reason_name(traffic.wrong));
	cr_assert_gt(traffic.judged_by_a, 0);
	cr_assert_gt(traffic.judged_by_b, 0);
}

/* What sources have used up, and who is trusted or banned, is no part of a policy. */
Test(policy_switch, keeps_the_state)
{
	const char *request = MESSAGE(.branch = "z9hG4bKstate");

	prog_policy("limits: {unknown: {invite: {rate: 1/h, burst: 1}}}");
	expect(REASON_REQUEST, .payload = request);
	prog_register("203.0.113.70");
	prog_ban("203.0.113.71", 0);
	prog_policy("limits: {unknown: {invite: {rate: 1/h, burst: 1}}}\ndeny: [10.0.0.0/8]");
	expect(REASON_RETRANSMISSION, .payload = request);
	expect(REASON_SOURCE_RATE, .payload = MESSAGE());
	expect(REASON_KNOWN, .src = "203.0.113.70", .payload = MESSAGE());
	expect(REASON_BANNED, .src = "203.0.113.71", .payload = MESSAGE());
}
