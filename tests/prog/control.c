// SPDX-License-Identifier: GPL-2.0-or-later
/* What holds for all packets: a bypass for a time; and what the packets cost. */
#include "tests/prog/harness.h"

TestSuite(control, .init = prog_start);

/* Everything passes while it lasts, answers teach nothing, and it ends by itself. */
Test(control, bypass)
{
	prog_policy("deny: [198.51.100.7]");
	expect(REASON_DENY, .payload = MESSAGE());
	cr_assert_eq(store_set_bypass(prog_store(), prog_now() + SECOND), 0);
	expect(REASON_BYPASS, .payload = MESSAGE());
	expect(REASON_BYPASS, .dport = 53);
	expect_out(REASON_EGRESS_OTHER, .payload = MESSAGE(.status = 200));
	prog_wait(SECOND - 1);
	expect(REASON_BYPASS, .payload = MESSAGE());
	prog_wait(1);
	expect(REASON_DENY, .payload = MESSAGE());
}

/* By hand it ends at once; the agent's round takes the look at the clock from the packets. */
Test(control, bypass_ends)
{
	struct control control;

	prog_policy("deny: [198.51.100.7]");
	cr_assert_eq(store_set_bypass(prog_store(), prog_now() + HOUR), 0);
	cr_assert_eq(store_beat(prog_store(), prog_now()), 0);
	expect(REASON_BYPASS, .payload = MESSAGE());
	cr_assert_eq(store_set_bypass(prog_store(), 0), 0);
	expect(REASON_DENY, .payload = MESSAGE());
	cr_assert_eq(store_set_bypass(prog_store(), prog_now() + SECOND), 0);
	prog_wait(2 * SECOND);
	cr_assert_eq(store_beat(prog_store(), prog_now()), 0);
	cr_assert_eq(store_control(prog_store(), &control), 0);
	cr_assert_eq(control.timers, 0);
	cr_assert_eq(control.bypass_until_ns, 0);
	cr_assert_eq(control.agent_ns, prog_now());
}

/* One packet of so many is timed on each CPU; what goes out is not. */
Test(control, cost)
{
	static struct frame in, out;
	struct cost before, after;

	frame_build(FRAME(.payload = "\r\n"), &in);
	frame_build(FRAME(.payload = MESSAGE(.status = 200)), &out);
	cr_assert_eq(store_cost(prog_store(), &before), 0);
	prog_repeat(&in, 8 * COST_EVERY);
	cr_assert_eq(store_cost(prog_store(), &after), 0);
	cr_assert_eq(after.packets - before.packets, 8);
	cr_assert_gt(after.ns, before.ns);
	cr_assert_lt(after.ns - before.ns, 8 * SECOND);
	for (unsigned int i = 0; i < 2 * COST_EVERY; i++)
		cr_assert_eq(prog_run(ENTRY_EGRESS, &out, &(struct verdict_record){ 0 }), 0);
	cr_assert_eq(store_cost(prog_store(), &before), 0);
	cr_assert_eq(after.packets, before.packets);
}
