// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The deadline of a policy on trial by the kernel's own clock, with no agent, while somebody moves the
 * clock of the calendar: in a guest of the test's own, which says so by SIPSHIELD_OWN_CLOCK; elsewhere
 * that clock stays as it is. On the loopback interface of a network namespace and a bpffs of its own.
 */
#include <bpf/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <time.h>
#include <unistd.h>

#include "tests/prog/harness.h"
#include "user/cmd.h"
#include "user/loader.h"

#define DEV "lo"
#define CONFIRM (2 * SECOND)
#define DAY (24 * 3600)
#define XDP_RETURNS_DROP 1

static void isolate(void)
{
	cr_assert_eq(unshare(CLONE_NEWNET | CLONE_NEWNS), 0);
	cr_assert_eq(mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL), 0);
	cr_assert_eq(mount("bpf", "/sys/fs/bpf", "bpf", 0, NULL), 0);
}

TestSuite(trial_clock, .init = isolate); /* a time limit would go by the calendar */

static void put(struct store *store, const char *yaml, __u64 confirm_ns)
{
	struct policy_doc doc;
	struct plan plan;

	cr_assert_eq(policy_parse("policy", yaml, strlen(yaml), &doc, stderr), 0);
	cr_assert_eq(plan_build(&doc, NULL, &plan, NULL), 0);
	cr_assert_eq(store_try(store, &plan, confirm_ns, NULL), 0);
	plan_free(&plan);
	policy_free(&doc);
}

static bool dropped(int program)
{
	struct frame frame;
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame.data);

	frame_build(FRAME(.payload = MESSAGE()), &frame);
	opts.data_size_in = frame.len;
	cr_assert_eq(bpf_prog_test_run_opts(program, &opts), 0);
	return opts.retval == XDP_RETURNS_DROP;
}

static void step_calendar(int seconds)
{
	struct timespec now;

	if (!getenv("SIPSHIELD_OWN_CLOCK"))
		return;
	cr_assert_eq(clock_gettime(CLOCK_REALTIME, &now), 0);
	now.tv_sec += seconds;
	cr_assert_eq(clock_settime(CLOCK_REALTIME, &now), 0);
}

/* When the policy on trial ends, in ns after `apply' came back; the calendar is moved meanwhile. */
static __u64 trial(struct shield *shield, int step)
{
	struct store *store = shield_store(shield);
	int program = shield_ingress_fd(shield);
	__u64 begin;

	put(store, "allow: [198.51.100.7]", CONFIRM);
	begin = cmd_now();
	cr_assert_not(dropped(program));
	step_calendar(step);
	while (!dropped(program) && cmd_now() < begin + 5 * CONFIRM)
		usleep(2000);
	return cmd_now() - begin;
}

Test(trial_clock, ends_at_its_deadline)
{
	static const int steps[] = { 0, DAY, -DAY };
	char why[SHIELD_WHY_LEN] = "";
	struct shield *shield = NULL;
	__u64 took;

	cr_assert_eq(shield_load(DEV, &shield, why), 0, "%s", why);
	for (size_t i = 0; i < COUNT_OF(steps); i++) {
		put(shield_store(shield), "deny: [198.51.100.7]", 0);
		cr_assert(dropped(shield_ingress_fd(shield)));
		took = trial(shield, steps[i]);
		cr_expect(took > CONFIRM - SECOND && took < CONFIRM + SECOND,
			  "%.3f s, step of %d s", (double)took / SECOND, steps[i]);
	}
	shield_free(shield);
}
