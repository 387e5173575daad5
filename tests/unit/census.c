// SPDX-License-Identifier: GPL-2.0-or-later
/* What the agent counts of sources: numbers, and short lists whose order is their own. */
#include <criterion/criterion.h>
#include <string.h>

#include "user/census.h"

#define SECOND 1000000000ULL
#define NOW (10000 * SECOND)

static struct addr source(unsigned int n)
{
	return (struct addr){
		.byte = { [10] = 0xff, [11] = 0xff, [12] = 192, [13] = 0, [14] = n >> 8, [15] = n & 255 }
	};
}

static void count_ban(struct census *census, unsigned int n, __u64 since_ns, __u64 expires_ns)
{
	const struct ban ban = { .since_ns = since_ns, .expires_ns = expires_ns };
	const struct addr key = source(n);

	census_count_ban(census, &key, &ban, NOW);
}

static void count_suspect(struct census *census, unsigned int n, __u32 suspicion, __u64 exceeded,
			  __u64 last_ns)
{
	const struct suspect suspect = { .suspicion = suspicion,
					 .exceeded = exceeded,
					 .last_ns = last_ns };
	const struct addr key = source(n);

	census_count_suspect(census, &key, &suspect, NOW);
}

Test(census, bans_past_their_time_are_entries_alone)
{
	struct census census = { 0 };

	count_ban(&census, 1, 1, NOW);
	count_ban(&census, 2, 1, NOW + 1);
	count_ban(&census, 3, 1, ~0ULL);
	cr_expect_eq(census.ban_entries, 3U);
	cr_expect_eq(census.bans, 2U);
	cr_expect_eq(census.listed_bans, 2U);
	census_clear_bans(&census);
	cr_expect_eq(census.ban_entries + census.bans + census.listed_bans, 0U);
}

/* 7 and 100 have no common divisor: each number once, in no order. */
Test(census, the_newest_bans_are_listed)
{
	struct census census = { 0 };

	for (unsigned int i = 0; i < 100; i++)
		count_ban(&census, i * 7 % 100, i * 7 % 100 + 1, ~0ULL);
	cr_assert_eq(census.bans, 100U);
	cr_assert_eq(census.listed_bans, CENSUS_LIST);
	for (unsigned int i = 0; i < CENSUS_LIST; i++)
		cr_expect_eq(census.ban[i].ban.since_ns, 100U - i);
}

Test(census, the_order_of_the_map_does_not_show)
{
	struct census up = { 0 }, down = { 0 };

	for (unsigned int i = 0; i < 60; i++) {
		count_ban(&up, i, 5, ~0ULL);
		count_ban(&down, 59 - i, 5, ~0ULL);
		count_suspect(&up, i, 3, 3, NOW);
		count_suspect(&down, 59 - i, 3, 3, NOW);
	}
	cr_expect_eq(memcmp(&up, &down, sizeof(up)), 0);
	cr_expect_eq(up.ban[0].src.byte[15], 0);
	cr_expect_eq(up.suspect[CENSUS_LIST - 1].src.byte[15], CENSUS_LIST - 1);
}

Test(census, the_worst_suspects_are_listed)
{
	struct census census = { 0 };

	count_suspect(&census, 1, 0, 900000000000, NOW);
	count_suspect(&census, 2, 4, 0, NOW);
	count_suspect(&census, 3, 4, 7, NOW);
	count_suspect(&census, 4, 400, 400, NOW - 3601 * SECOND); /* long ago */
	count_suspect(&census, 5, 16, 1, NOW - 3599 * SECOND);
	cr_assert_eq(census.suspects, 5U);
	cr_assert_eq(census.listed_suspects, 5U);
	cr_expect_eq(census.suspect[0].src.byte[15], 5);
	cr_expect_eq(census.suspect[1].src.byte[15], 3);
	cr_expect_eq(census.suspect[2].src.byte[15], 2);
	cr_expect_eq(census.suspect[3].src.byte[15], 1);
	cr_expect_eq(census.suspect[4].src.byte[15], 4);
}

Test(census, standing_by_state)
{
	const struct standing proven = { .expires_ns = NOW + 1, .proven_ns = 1 };
	const struct standing trusted = { .expires_ns = NOW + 1, .trusted_until_ns = NOW + 1 };
	const struct standing gone = { .expires_ns = NOW, .proven_ns = 1 };
	struct census census = { 0 };

	census_count_standing(&census, &proven, NOW);
	census_count_standing(&census, &proven, NOW);
	census_count_standing(&census, &trusted, NOW);
	census_count_standing(&census, &gone, NOW);
	cr_expect_eq(census.standing[STANDING_PROVEN], 2U);
	cr_expect_eq(census.standing[STANDING_TRUSTED], 1U);
	cr_expect_eq(census.standing[STANDING_UNKNOWN], 1U);
}

Test(census, holds_for_three_rounds)
{
	struct census census = { 0 };

	cr_expect_not(census_holds(&census, NOW)); /* no whole walk yet, or a change by hand */
	census.counted_ns = NOW;
	cr_expect(census_holds(&census, NOW - 4000000)); /* the reader's coarse clock lags */
	cr_expect(census_holds(&census, NOW + 3 * SECOND - 1));
	cr_expect_not(census_holds(&census, NOW + 3 * SECOND));
}
