// SPDX-License-Identifier: GPL-2.0-or-later
/* Neighbours: who they are, and what they share. */
#include <criterion/criterion.h>

#include "bpf/narrow.h"
#include "bpf/rate.h"

static const __u64 key[4] = { 0x0123456789abcdef, 0xfedcba9876543210, 0x5eed, 0x1234 };

static __u64 hash4(__u8 a, __u8 b, __u8 c, __u8 d)
{
	struct addr source = { .byte = { [10] = 0xff, 0xff, a, b, c, d } };

	return narrow_hash(key, &source);
}

static __u64 hash6(__u8 sixth, __u8 seventh)
{
	struct addr source = { .byte = { 0x20, 1, 0xd, 0xb8, 0, sixth, seventh, 1 } };

	return narrow_hash(key, &source);
}

Test(conduct_narrow, neighbours)
{
	cr_assert_eq(hash4(192, 0, 2, 1), hash4(192, 0, 2, 254));
	cr_assert_neq(hash4(192, 0, 2, 1), hash4(192, 0, 3, 1));
	cr_assert_eq(hash6(5, 1), hash6(5, 99));
	cr_assert_neq(hash6(5, 1), hash6(6, 1));
}

/* The cells of a prefix are not those of its first address. */
Test(conduct_narrow, a_prefix_is_no_address)
{
	struct addr first = { .byte = { [10] = 0xff, 0xff, 192, 0, 2, 0 } };

	cr_assert_neq(hash4(192, 0, 2, 0), addr_hash(key, &first));
}

Test(conduct_narrow, marks)
{
	static __u64 word[NARROW_WORDS];
	__u64 hash = hash4(192, 0, 2, 1);
	unsigned int others = 0;

	cr_assert_not(narrow_has(word, hash));
	word[narrow_word(hash)] |= narrow_bit(hash);
	cr_assert(narrow_has(word, hash4(192, 0, 2, 77)));
	for (int i = 0; i < 65536; i++)
		others += narrow_has(word, hash4(10, i >> 8, i & 255, 1));
	cr_assert_leq(others, 8, "%u", others);
}

/* Four strangers' burst at once, and four times their rate. */
Test(conduct_narrow, limit)
{
	struct rate_limit one = { .interval_ns = 250000000, .tolerance_ns = 39 * 250000000ULL };
	struct rate_limit all = narrow_limit(&one);
	__u64 now = 1000000000000ULL, cell = 0, after;
	int passed = 0;

	while (rate_take(&cell, now, &all, &after))
		passed++;
	cr_assert_eq(passed, 160);
	for (int i = 0; i < 10; i++) {
		now += 62500000;
		cr_assert(rate_take(&cell, now, &all, &after));
		cr_assert_not(rate_take(&cell, now, &all, &after));
	}
}

Test(conduct_narrow, no_limit)
{
	struct rate_limit none = { 0 }, all = narrow_limit(&none);

	cr_assert_eq(all.interval_ns, 0);
}
