// SPDX-License-Identifier: GPL-2.0-or-later
/* Which prefixes become narrow, and for how long. */
#include <criterion/criterion.h>

#include "user/addr.h"
#include "user/neighbours.h"

#define MINUTE (60 * 1000000000ULL)
#define START (1000 * MINUTE)

static bool climb(struct neighbours *n, const char *text, __u64 now_ns, struct transition *t)
{
	struct addr key;

	cr_assert_eq(addr_parse(text, &key), 0);
	return neighbours_climbed(n, &key, now_ns, t);
}

static void count(const struct addr *prefix, void *arg)
{
	(void)prefix;
	++*(unsigned int *)arg;
}

static unsigned int narrow(const struct neighbours *n)
{
	unsigned int prefixes = 0;

	neighbours_each_narrow(n, count, &prefixes);
	return prefixes;
}

Test(neighbours, four_within_an_hour)
{
	struct neighbours *n = neighbours_new();
	char text[PREFIX_TEXT_LEN];
	struct transition t;

	cr_assert_not(climb(n, "198.51.100.1", START, &t));
	cr_assert_not(climb(n, "198.51.100.200", START, &t));
	cr_assert_not(climb(n, "198.51.100.2", START + MINUTE, &t));
	cr_assert_not(climb(n, "198.51.101.3", START + MINUTE, &t), "another prefix");
	cr_assert_eq(narrow(n), 0U);
	cr_assert(climb(n, "198.51.100.255", START + 59 * MINUTE, &t));
	cr_assert_eq(t.from, STEP_NONE);
	cr_assert_eq(t.to, STEP_NARROW);
	cr_assert_eq(t.rule, RULE_NEIGHBOURS);
	cr_assert_str_eq(transition_subject(&t, text), "198.51.100.0/24");
	cr_assert_eq(narrow(n), 1U);
	cr_assert_not(climb(n, "198.51.100.4", START + 59 * MINUTE, &t), "said once");
	neighbours_free(n);
}

Test(neighbours, four_within_more_than_an_hour)
{
	struct neighbours *n = neighbours_new();
	char source[32];
	struct transition t;

	for (int i = 0; i < 100; i++) {
		snprintf(source, sizeof(source), "198.51.100.%d", i);
		cr_assert_not(climb(n, source, START + i * 21 * MINUTE, &t), "%d", i);
	}
	neighbours_free(n);
}

Test(neighbours, one_source_is_one)
{
	struct neighbours *n = neighbours_new();
	struct transition t;

	for (int i = 0; i < 10; i++) {
		cr_assert_not(climb(n, "198.51.100.1", START + i, &t));
		cr_assert_not(climb(n, "198.51.100.2", START + i, &t));
		cr_assert_not(climb(n, "198.51.100.3", START + i, &t));
	}
	neighbours_free(n);
}

Test(neighbours, of_ipv6_a_48)
{
	struct neighbours *n = neighbours_new();
	char text[PREFIX_TEXT_LEN];
	struct transition t;

	cr_assert_not(climb(n, "2001:db8:1:1::", START, &t));
	cr_assert_not(climb(n, "2001:db8:1:2::", START, &t));
	cr_assert_not(climb(n, "2001:db8:1:3::", START, &t));
	cr_assert_not(climb(n, "2001:db8:2:3::", START, &t));
	cr_assert(climb(n, "2001:db8:1:ffff::", START, &t));
	cr_assert_str_eq(transition_subject(&t, text), "2001:db8:1::/48");
	neighbours_free(n);
}

Test(neighbours, an_hour_of_calm)
{
	struct neighbours *n = neighbours_new();
	struct transition t;

	for (int i = 1; i <= 4; i++) {
		char source[32];

		snprintf(source, sizeof(source), "198.51.100.%d", i);
		climb(n, source, START, &t);
	}
	cr_assert_eq(narrow(n), 1U);
	climb(n, "198.51.100.4", START + 30 * MINUTE, &t);
	cr_assert_not(neighbours_calm(n, START + 90 * MINUTE - 1, &t));
	cr_assert(neighbours_calm(n, START + 90 * MINUTE, &t));
	cr_assert_eq(t.from, STEP_NARROW);
	cr_assert_eq(t.to, STEP_NONE);
	cr_assert_eq(t.rule, RULE_CALM);
	cr_assert_eq(narrow(n), 0U);
	cr_assert_not(neighbours_calm(n, START + 91 * MINUTE, &t), "said once");
	neighbours_free(n);
}

/* Many prefixes with one source each push no narrow one out, and nothing grows. */
Test(neighbours, memory_is_bounded)
{
	struct neighbours *n = neighbours_new();
	struct addr key = { 0 };
	struct transition t;

	for (int i = 1; i <= 4; i++) {
		char source[32];

		snprintf(source, sizeof(source), "198.51.100.%d", i);
		climb(n, source, START, &t);
	}
	for (__u32 i = 0; i < 10 * NEIGHBOURS_PREFIXES_MAX; i++) {
		key.byte[0] = 0x20;
		key.byte[2] = i >> 16;
		key.byte[3] = i >> 8;
		key.byte[4] = i;
		cr_assert_not(neighbours_climbed(n, &key, START + i + 1, &t));
	}
	cr_assert_eq(narrow(n), 1U);
	cr_assert_not(climb(n, "198.51.100.9", START, &t), "it is narrow already");
	neighbours_free(n);
}
