// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Standing that outlives the maps: what comes back, after how long, and what of a damaged file.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/earned.h"
#include "user/keep.h"

#define SECOND 1000000000ULL
#define HOUR (3600 * SECOND)
#define BOOT (100 * HOUR) /* how long the first kernel was up */
#define WALL 1800000000ULL

static const struct keep_clock saved = { .now_ns = BOOT, .wall = WALL };

static struct addr address(__u32 n)
{
	struct addr a = { 0 };

	memset(&a.byte[10], 0xff, 2);
	memcpy(&a.byte[12], &n, sizeof(n));
	return a;
}

/* A phone's address: proven an hour ago, trusted for another hour, its standing ends in ten. */
static struct standing phone(void)
{
	return (struct standing){
		.since_ns = BOOT - 20 * HOUR,
		.expires_ns = BOOT + 10 * HOUR,
		.proven_ns = BOOT - HOUR,
		.trusted_ns = BOOT - 60 * SECOND,
		.trusted_until_ns = BOOT + HOUR,
		.attacked_until_ns = BOOT + HOUR,
		.held_until_ns = BOOT + SECOND,
		.period_ns = BOOT - 60 * SECOND,
		.proofs = 7,
		.flows = 9,
		.flows_new = 20,
		.hop = { 57, 58 },
		.why = WHY_NONCE,
		.trusted_why = WHY_2XX_REGISTER,
		.debt = 3,
		.conduct = { .users = { 1 }, .rejected = 5, .since_ns = 1 },
	};
}

static struct keep written(const struct standing *standing, size_t n)
{
	struct keep keep = { 0 };

	cr_assert_eq(keep_begin(&keep, &saved), 0);
	for (size_t i = 0; i < n; i++) {
		struct addr key = address(i + 1);

		cr_assert_eq(keep_add(&keep, &key, &standing[i]), 0);
	}
	keep_end(&keep);
	cr_assert_eq(keep_check(keep.data, keep.len), 0);
	return keep;
}

/* What one source's standing is after a reboot, so many seconds later; false: nothing. */
static bool recalled(const struct standing *before, __u64 later, struct standing *out)
{
	const struct keep_clock clock = { .now_ns = 30 * SECOND, .wall = WALL + later };
	const struct addr want = address(1);
	struct keep keep = written(before, 1);
	struct addr key;
	bool found = keep_count(keep.data) == 1 && keep_get(keep.data, 0, &clock, &key, out);

	if (found)
		cr_assert_eq(memcmp(&key, &want, sizeof(key)), 0);
	free(keep.data);
	return found;
}

Test(keep_standing, half_of_the_trust_comes_back)
{
	const __u64 now_ns = 30 * SECOND;
	struct standing before = phone(), after;

	cr_assert(recalled(&before, 0, &after));
	cr_assert_eq(standing_state_of(&after, now_ns), STANDING_TRUSTED);
	cr_assert_eq(after.expires_ns, now_ns + 5 * HOUR);
	cr_assert_eq(after.trusted_until_ns, now_ns + HOUR / 2);
	cr_assert_eq(after.flows, 10, "half of the better period's");
	cr_assert_eq(after.flows_new, 0);
	cr_assert_eq(after.period_ns, now_ns);
	cr_assert_eq(after.why, WHY_RESTORED);
	cr_assert_eq(after.trusted_why, WHY_RESTORED);
	cr_assert_eq(after.proofs, 7);
	cr_assert_eq(after.debt, 3);
	cr_assert_eq(memcmp(after.hop, before.hop, HOPS_MAX), 0);
}

Test(keep_standing, what_holds_for_seconds_or_for_the_old_maps_is_gone)
{
	struct standing before = phone(), after;

	cr_assert(recalled(&before, 0, &after));
	cr_assert_eq(after.attacked_until_ns, 0);
	cr_assert_eq(after.held_until_ns, 0);
	cr_assert_eq(after.conduct.rejected, 0);
	cr_assert_eq(after.conduct.users[0], 0);
	cr_assert_eq(after.conduct.since_ns, 30 * SECOND);
}

Test(keep_standing, time_goes_on_while_nobody_looks)
{
	struct standing before = phone(), after;

	cr_assert(recalled(&before, 1800, &after));
	cr_assert_eq(after.trusted_until_ns, (30 + 900) * SECOND);
	cr_assert(recalled(&before, 3600, &after), "it is still proven");
	cr_assert_eq(standing_state_of(&after, 30 * SECOND), STANDING_PROVEN);
	cr_assert_eq(after.trusted_until_ns, 0);
	cr_assert_eq(after.expires_ns, 30 * SECOND + 9 * HOUR / 2);
	cr_assert(recalled(&before, 10 * 3600 - 1, &after));
	cr_assert_eq(after.expires_ns, 31 * SECOND);
	cr_assert_not(recalled(&before, 10 * 3600, &after), "all of it is over");
	cr_assert_not(recalled(&before, ~0ULL - WALL, &after));
}

Test(keep_standing, a_wall_clock_that_went_back_stood_still)
{
	struct standing before = phone(), after;

	cr_assert(recalled(&before, -WALL + 5, &after), "a host without a battery: 1970");
	cr_assert_eq(after.trusted_until_ns, 30 * SECOND + HOUR / 2);
}

Test(keep_standing, proofs_from_before_the_boot_are_old_but_there)
{
	struct standing before = phone(), after;

	cr_assert(recalled(&before, 5, &after));
	cr_assert_eq(after.proven_ns, 1);
	cr_assert_eq(after.since_ns, 1);
	before.proven_ns = BOOT - 10 * SECOND;
	cr_assert(recalled(&before, 5, &after));
	cr_assert_eq(after.proven_ns, 15 * SECOND);
}

Test(keep_standing, nobody_gains_a_proof)
{
	struct standing before = phone(), after;

	before.proven_ns = 0;
	before.why = WHY_NONE;
	cr_assert(recalled(&before, 0, &after));
	cr_assert_not(standing_proven(&after, 30 * SECOND), "it may not be banned");
	cr_assert_eq(after.why, WHY_NONE);
	cr_assert_not(recalled(&before, 3600, &after), "not trusted any more, and never proven");
	before = phone();
	before.trusted_ns = before.trusted_until_ns = 0;
	before.flows = before.flows_new = 0;
	cr_assert(recalled(&before, 0, &after));
	cr_assert_eq(standing_state_of(&after, 30 * SECOND), STANDING_PROVEN);
	cr_assert_eq(after.trusted_why, WHY_NONE);
	cr_assert_eq(after.flows, 0);
	before.flows = 1;
	cr_assert(recalled(&before, 0, &after));
	cr_assert_eq(after.flows, 1);
}

Test(keep_standing, what_is_worth_nothing_is_not_written)
{
	struct standing s[3] = { phone(), phone(), phone() };
	struct keep keep;

	s[0].expires_ns = BOOT;
	s[1].proven_ns = s[1].trusted_until_ns = 0;
	keep = written(s, 3);
	cr_assert_eq(keep_count(keep.data), 1);
	free(keep.data);
	keep = written(s, 0);
	cr_assert_eq(keep_count(keep.data), 0);
	free(keep.data);
}

Test(keep_standing, each_damaged_byte_is_noticed)
{
	struct standing s[3] = { phone(), phone(), phone() };
	struct keep keep = written(s, 3);
	int err;

	for (size_t i = 0; i < keep.len; i++) {
		for (unsigned int bit = 0; bit < 8; bit++) {
			keep.data[i] ^= 1U << bit;
			err = keep_check(keep.data, keep.len);
			cr_assert_eq(err, -EBADMSG, "byte %zu bit %u: %d", i, bit, err);
			keep.data[i] ^= 1U << bit;
		}
	}
	for (size_t len = 0; len < keep.len; len++) {
		unsigned char *cut = malloc(len + 1);

		memcpy(cut, keep.data, len);
		cr_assert_eq(keep_check(cut, len), -EBADMSG, "%zu bytes", len);
		free(cut);
	}
	free(keep.data);
}

Test(keep_standing, no_more_than_the_map_holds)
{
	struct standing s = phone();
	struct keep keep = { 0 };
	struct addr key;

	cr_assert_eq(keep_begin(&keep, &saved), 0);
	for (__u32 i = 0; i < STANDING_ENTRIES + 2; i++) {
		key = address(i);
		cr_assert_eq(keep_add(&keep, &key, &s), 0);
	}
	keep_end(&keep);
	cr_assert_eq(keep.len, keep_size_max());
	cr_assert_eq(keep_count(keep.data), STANDING_ENTRIES);
	cr_assert_eq(keep_check(keep.data, keep.len), 0);
	free(keep.data);
}
