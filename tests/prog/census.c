// SPDX-License-Identifier: GPL-2.0-or-later
/* The census in its map, and what a round counts into it. */
#include <stdint.h>
#include <string.h>

#include "tests/prog/harness.h"
#include "user/addr.h"
#include "user/round.h"

TestSuite(census, .init = prog_start);

static struct addr address_of(const char *text)
{
	struct addr address;

	cr_assert_eq(addr_parse(text, &address), 0, "%s", text);
	return address;
}

static void ban(const char *text)
{
	struct addr address = address_of(text);

	cr_assert_eq(store_ban(prog_store(), &address, prog_now(), 3600, 0, "by hand"), 0);
}

static struct census read_census(void)
{
	struct census census;

	cr_assert_eq(store_census(prog_store(), &census), 0);
	return census;
}

/* The last byte too: the whole value goes there and back, but for its lock. */
Test(census, is_read_as_it_was_written)
{
	struct census census, got;

	memset(&census, 0x5a, sizeof(census));
	memset(&census.lock, 0, sizeof(census.lock));
	cr_assert_eq(store_set_census(prog_store(), &census), 0);
	got = read_census();
	cr_expect_eq(memcmp(&got, &census, sizeof(got)), 0);
}

Test(census, a_change_by_hand_outdates_it)
{
	const struct census census = { .pid = 7, .counted_ns = prog_now(), .bans = 3 };
	struct addr address = address_of("198.18.61.1");

	cr_assert_eq(store_set_census(prog_store(), &census), 0);
	ban("198.18.61.1");
	cr_expect_eq(read_census().counted_ns, 0U);
	cr_expect_eq(read_census().pid, 7U); /* the agent is none the worse */
	cr_assert_eq(store_set_census(prog_store(), &census), 0);
	cr_assert_eq(store_unban(prog_store(), &address, prog_now(), 0), 0);
	cr_expect_eq(read_census().counted_ns, 0U);
}

Test(census, a_round_counts_all)
{
	const struct standing proven = { .since_ns = prog_now(),
					 .expires_ns = ~0ULL,
					 .proven_ns = prog_now(),
					 .why = WHY_NONCE };
	struct round *round = round_new(prog_store(), SIZE_MAX, 0, 1);
	struct census before, after;

	cr_assert_not_null(round);
	cr_assert_geq(round_run(round, prog_now(), NULL, NULL), 0);
	before = *round_census(round);
	cr_expect_eq(before.counted_ns, prog_now());
	ban("198.18.61.2");
	prog_wait(SECOND);
	ban("198.18.61.3");
	prog_put_standing("198.18.61.4", &proven);
	cr_assert_geq(round_run(round, prog_now(), NULL, NULL), 0);
	after = *round_census(round);
	cr_expect_eq(after.bans, before.bans + 2);
	cr_expect_eq(after.standing[STANDING_PROVEN], before.standing[STANDING_PROVEN] + 1);
	cr_assert_geq(after.listed_bans, 2U);
	cr_expect_eq(after.ban[0].src.byte[15], 3); /* the newest */
	cr_expect_eq(after.ban[1].src.byte[15], 2);
	cr_expect_str_eq(after.ban[0].ban.note, "by hand");
	prog_wait(2 * HOUR);
	cr_assert_geq(round_run(round, prog_now(), NULL, NULL), 0);
	cr_expect_eq(round_census(round)->bans, before.bans);
	round_free(round);
}
