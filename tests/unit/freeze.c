// SPDX-License-Identifier: GPL-2.0-or-later
/* When no new bans are made. */
#include <criterion/criterion.h>

#include "user/freeze.h"

#define SECOND 1000000000ULL
#define START (1000 * SECOND)

Test(freeze, too_many_bans)
{
	struct freeze freeze = { 0 };
	struct transition t;

	for (int i = 0; i < FREEZE_BANS; i++)
		cr_assert_not(freeze_banned(&freeze, START + i * SECOND / 4, &t));
	cr_assert_not(freeze_active(&freeze, START + 9 * SECOND));
	cr_assert(freeze_banned(&freeze, START + 9 * SECOND, &t));
	cr_assert_eq(t.to, STEP_FROZEN);
	cr_assert_eq(t.rule, RULE_TOO_MANY_BANS);
	cr_assert_str_eq(t.sentence, "21 bans in ten seconds");
	cr_assert(freeze_active(&freeze, START + 69 * SECOND - 1));
	cr_assert_not(freeze_active(&freeze, START + 69 * SECOND));
}

Test(freeze, bans_over_a_longer_time)
{
	struct freeze freeze = { 0 };
	struct transition t;

	for (int i = 0; i < 1000; i++)
		cr_assert_not(freeze_banned(&freeze, START + i * SECOND / 2, &t), "%d", i);
	for (int i = 0; i < FREEZE_BANS; i++)
		cr_assert_not(freeze_banned(&freeze, START + 1000 * SECOND, &t), "%d", i);
}

Test(freeze, too_many_limited)
{
	struct freeze freeze = { 0 };
	struct transition t;

	cr_assert_not(freeze_peers(&freeze, 20, 19, START, &t), "too few to tell");
	cr_assert_not(freeze_peers(&freeze, 400, 20, START, &t), "not more than 5 %%");
	cr_assert(freeze_peers(&freeze, 399, 20, START, &t));
	cr_assert_eq(t.rule, RULE_TOO_MANY_LIMITED);
	cr_assert(freeze_active(&freeze, START));
}

Test(freeze, it_is_said_once_and_lasts_as_long_as_its_cause)
{
	struct freeze freeze = { 0 };
	struct transition t;

	cr_assert_not(freeze_over(&freeze, START, &t));
	cr_assert(freeze_peers(&freeze, 100, 50, START, &t));
	cr_assert_not(freeze_peers(&freeze, 100, 50, START + 50 * SECOND, &t));
	cr_assert(freeze_active(&freeze, START + 109 * SECOND));
	cr_assert_not(freeze_over(&freeze, START + 109 * SECOND, &t));
	cr_assert(freeze_over(&freeze, START + 110 * SECOND, &t));
	cr_assert_eq(t.from, STEP_FROZEN);
	cr_assert_eq(t.to, STEP_NONE);
	cr_assert_not(freeze_over(&freeze, START + 111 * SECOND, &t));
	cr_assert(freeze_peers(&freeze, 100, 50, START + 200 * SECOND, &t), "and again");
}
