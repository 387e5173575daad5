// SPDX-License-Identifier: GPL-2.0-or-later
/* The most frequent keys, among many that come once. */
#include <criterion/criterion.h>
#include <string.h>

#include "user/hot.h"

#define SECOND 1000000000ULL

static struct hot *hot;

static void begin(void)
{
	hot = hot_new();
	cr_assert_not_null(hot);
}

static void end(void)
{
	hot_free(hot);
}

TestSuite(hot, .init = begin, .fini = end);

static void count(unsigned int n, bool dropped, __u64 now_ns)
{
	__u8 key[HOT_KEY_LEN] = { n >> 16, n >> 8 & 255, n & 255 };

	hot_count(hot, key, dropped, n & 7, now_ns);
}

static unsigned int number_of(const struct hot_entry *entry)
{
	return entry->key[0] << 16 | entry->key[1] << 8 | entry->key[2];
}

Test(hot, counts_exactly_where_there_is_room)
{
	struct hot_entry top[8];

	for (unsigned int i = 0; i < 100; i++)
		count(i % 3 ? 5 : 9, i % 3 == 0, SECOND);
	count(1, true, SECOND);
	cr_assert_eq(hot_top(hot, SECOND, top, 8), 2U); /* what came once is not hot */
	cr_expect_eq(number_of(&top[0]), 5U);
	cr_expect_eq(hot_events(&top[0]), 66U);
	cr_expect_eq(top[0].dropped, 0U);
	cr_expect_eq(number_of(&top[1]), 9U);
	cr_expect_eq(hot_events(&top[1]), 34U);
	cr_expect_eq(top[1].dropped, 34U);
	cr_expect_eq(top[1].reason, 1);
}

/* A flood of forged sources, each of them new, hides none that comes again and again. */
Test(hot, finds_the_frequent_ones_among_forged_ones)
{
	struct hot_entry top[4];

	for (unsigned int i = 0; i < 200000; i++) {
		count(1000 + i, true, SECOND);
		if (i % 50 == 0)
			count(7, true, SECOND);
		if (i % 100 == 0)
			count(8, true, SECOND);
	}
	cr_assert_geq(hot_top(hot, SECOND, top, 4), 2U);
	cr_expect_eq(number_of(&top[0]), 7U);
	cr_expect_eq(number_of(&top[1]), 8U);
	/* what is told is sure: never more than there was */
	cr_expect_leq(hot_events(&top[0]), 4000U);
	cr_expect_geq(hot_events(&top[0]), 3000U);
	cr_expect_leq(top[0].dropped, hot_events(&top[0]));
}

Test(hot, fades)
{
	struct hot_entry top[4];

	for (unsigned int i = 0; i < 64; i++)
		count(3, true, SECOND);
	count(4, true, SECOND);
	cr_assert_eq(hot_top(hot, SECOND + HOT_FADE_NS, top, 4), 1U);
	cr_expect_eq(hot_events(&top[0]), 32U);
	cr_expect_eq(top[0].dropped, 32U);
	for (unsigned int i = 2; i < 8; i++)
		hot_top(hot, SECOND + i * HOT_FADE_NS, top, 4);
	cr_expect_eq(hot_top(hot, SECOND + 9 * HOT_FADE_NS, top, 4), 0U);
}

Test(hot, the_order_of_equals_is_their_own)
{
	struct hot_entry top[3];

	for (unsigned int i = 0; i < 20; i++)
		count(9 - i % 10, false, SECOND);
	cr_assert_eq(hot_top(hot, SECOND, top, 3), 3U);
	for (unsigned int i = 0; i < 3; i++)
		cr_expect_eq(number_of(&top[i]), i);
}
