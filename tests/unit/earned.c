// SPDX-License-Identifier: GPL-2.0-or-later
/* What an entry of `standing` is worth. */
#include "bpf/earned.h"

#include <criterion/criterion.h>
#include <string.h>

#define SECOND 1000000000ULL
#define NOW (100000 * SECOND)
#define UNIT (1ULL << FLOW_TIME_SHIFT)

Test(earned, state)
{
	static const struct {
		const char *name;
		struct standing s;
		enum standing_state state;
		int proven;
	} cases[] = {
		{ "nothing", { 0 }, STANDING_UNKNOWN, 0 },
		{ "proven", { .expires_ns = NOW + 1, .proven_ns = 1 }, STANDING_PROVEN, 1 },
		{ "proven once", { .expires_ns = NOW, .proven_ns = 1 }, STANDING_UNKNOWN, 0 },
		{ "trusted",
		  { .expires_ns = NOW + 1, .proven_ns = 1, .trusted_until_ns = NOW + 1 },
		  STANDING_TRUSTED,
		  1 },
		{ "trusted, never proven",
		  { .expires_ns = NOW + 1, .trusted_until_ns = NOW + 1 },
		  STANDING_TRUSTED,
		  0 },
		{ "trusted once, proven",
		  { .expires_ns = NOW + 1, .proven_ns = 1, .trusted_until_ns = NOW },
		  STANDING_PROVEN,
		  1 },
		{ "trusted once, never proven",
		  { .expires_ns = NOW + 1, .trusted_until_ns = NOW },
		  STANDING_UNKNOWN,
		  0 },
		{ "ended, whatever it says",
		  { .expires_ns = NOW, .proven_ns = 1, .trusted_until_ns = NOW + 1 },
		  STANDING_UNKNOWN,
		  0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cr_expect_eq(standing_state_of(&cases[i].s, NOW), cases[i].state, "%s",
			     cases[i].name);
		cr_expect_eq(!!standing_proven(&cases[i].s, NOW), cases[i].proven, "%s",
			     cases[i].name);
	}
}

/* The better of two periods, less the debt, at least once, at most so often. */
Test(earned, share)
{
	static const struct {
		struct standing s;
		__u32 max;
		__u32 share;
	} cases[] = {
		{ { 0 }, 64, 1 },
		{ { .flows_new = 1 }, 64, 1 },
		{ { .flows = 5, .flows_new = 2 }, 64, 5 },
		{ { .flows = 2, .flows_new = 5 }, 64, 5 },
		{ { .flows = 200 }, 64, 64 },
		{ { .flows = 200 }, 1, 1 },
		{ { .flows = 20, .debt = 5 }, 64, 15 },
		{ { .flows = 20, .debt = 19 }, 64, 1 },
		{ { .flows = 20, .debt = 20 }, 64, 1 },
		{ { .flows = 20, .debt = 64 }, 64, 1 },
		{ { .flows = 100, .debt = 10 }, 64, 64 },
		{ { .flows = 1024 }, 1024, 1024 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(standing_share(&cases[i].s, cases[i].max), cases[i].share, "%zu", i);
}

/* Too many rejected credentials cost a proven source its limits, a trusted one its share alone. */
Test(earned, row)
{
	struct standing s = { .debt = EARNED_DEBT_TIGHT - 1 };

	cr_assert_eq(standing_row(&s, STANDING_PROVEN), STANDING_PROVEN);
	cr_assert_eq(standing_row(&s, STANDING_TRUSTED), STANDING_TRUSTED);
	s.debt = EARNED_DEBT_TIGHT;
	cr_assert_eq(standing_row(&s, STANDING_PROVEN), STANDING_UNKNOWN);
	cr_assert_eq(standing_row(&s, STANDING_TRUSTED), STANDING_TRUSTED);
}

/* A period ends with the unit in which it has lasted long enough, wherever in one it began. */
Test(earned, period)
{
	const __u64 whole = EARNED_PERIOD_NS >> FLOW_TIME_SHIFT;

	for (__u64 into = 0; into < UNIT; into += UNIT / 4) {
		struct standing s = { .period_ns = 500 * UNIT + into, .flows_new = 7, .flows = 9 };
		const struct standing before = s;

		standing_period(&s, (501 + whole) * UNIT - 1);
		cr_expect_eq(memcmp(&s, &before, sizeof(s)), 0);
		standing_period(&s, (501 + whole) * UNIT);
		cr_expect_eq(s.flows, 7);
		cr_expect_eq(s.flows_new, 0);
		cr_expect_eq(s.period_ns, (501 + whole) * UNIT);
		standing_period(&s, (501 + whole) * UNIT + 1);
		cr_expect_eq(s.flows, 7);
	}
}
