// SPDX-License-Identifier: GPL-2.0-or-later
/* Strangers that ask in vain a few times a day, and what a forged address pays for it. */
#include <criterion/criterion.h>
#include <string.h>

#include "bpf/sketch.h"
#include "bpf/slow.h"

#define SECOND 1000000000ULL
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define START (1000 * DAY)

static __u64 cells[SLOW_CELLS];
static __u64 random_state;

static void forget(void)
{
	memset(cells, 0, sizeof(cells));
	random_state = 1;
}

TestSuite(conduct_slow, .init = forget);

static __u32 chance(void)
{
	random_state += 0x9e3779b97f4a7c15ULL;
	return mix64(random_state);
}

static __u64 source(__u64 n)
{
	return hash_with(0x5eed, n);
}

static void vain(__u64 hash, __u64 now_ns)
{
	__u32 i = slow_index(hash), j = i ^ 1;

	if (slow_pick(cells[i], cells[j], hash, now_ns))
		i = j;
	cells[i] = slow_add(cells[i], hash, now_ns, chance());
}

static __u32 price(__u64 hash, __u64 now_ns)
{
	__u32 i = slow_index(hash);

	return slow_price(cells[i], cells[i ^ 1], hash, now_ns);
}

Test(conduct_slow, prices)
{
	static const struct {
		__u32 events;
		__u32 price;
	} steps[] = { { 7, 1 }, { 8, 2 }, { 15, 2 }, { 16, 4 }, { 31, 4 }, { 32, 8 }, { 999, 8 } };
	__u32 done = 0;

	cr_assert_eq(price(source(1), START), 1);
	for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
		for (; done < steps[i].events; done++)
			vain(source(1), START);
		cr_expect_eq(price(source(1), START), steps[i].price, "after %u", done);
	}
	cr_assert_eq(price(source(2), START), 1);
	cr_assert_eq(slow_count(cells[slow_index(source(1))], START), SLOW_COUNT_MAX);
}

/* 26 requests in 15.4 hours, as one source sent them. */
Test(conduct_slow, a_few_a_day_add_up)
{
	for (__u64 i = 0; i < 26; i++)
		vain(source(1), START + i * 35 * 60 * SECOND);
	cr_assert_eq(price(source(1), START + 15 * HOUR), 4);
}

/* Ten a day for a week: more than the half that each day forgets. */
Test(conduct_slow, ten_a_day)
{
	for (__u64 i = 0; i < 70; i++)
		vain(source(1), START + i * DAY / 10);
	cr_assert_geq(price(source(1), START + 7 * DAY), 2);
}

/* Three a day, as of a user who mistypes: never. */
Test(conduct_slow, three_a_day)
{
	for (__u64 i = 0; i < 90; i++) {
		vain(source(1), START + i * DAY / 3);
		cr_assert_eq(price(source(1), START + i * DAY / 3), 1);
	}
}

Test(conduct_slow, days_of_silence)
{
	for (int i = 0; i < 300; i++)
		vain(source(1), START);
	cr_assert_eq(price(source(1), START + 2 * DAY), 8);
	cr_assert_eq(price(source(1), START + 7 * DAY), 1);
	cr_assert_eq(slow_count(cells[slow_index(source(1))], START + 10 * DAY), 0);
	vain(source(1), START + 10 * DAY);
	cr_assert_eq(slow_count(cells[slow_index(source(1))], START + 10 * DAY), 1);
}

/* Updates in between do not put off the day's halving. */
Test(conduct_slow, the_day_goes_on)
{
	for (int i = 0; i < 200; i++)
		vain(source(1), START);
	for (__u64 i = 1; i <= 100; i++)
		vain(source(1), START + i * HOUR);
	cr_assert_lt(slow_count(cells[slow_index(source(1))], START + 100 * HOUR), 100);
}

/* A million strangers, one event each: those who were there before stay. */
Test(conduct_slow, a_flood_of_others)
{
	unsigned int kept = 0;

	for (__u64 s = 0; s < 100; s++) {
		for (int i = 0; i < 12; i++)
			vain(source(s), START);
	}
	for (__u64 i = 0; i < 1000000; i++)
		vain(source(1000 + i), START + i * SECOND / 200);
	for (__u64 s = 0; s < 100; s++)
		kept += price(source(s), START + 2 * HOUR) == 2;
	cr_assert_geq(kept, 98, "%u", kept);
}

/* And find room among them while it goes on, if they come often enough. */
Test(conduct_slow, room_in_a_flood_of_others)
{
	unsigned int found = 0;

	for (__u64 i = 0; i < 1000000; i++)
		vain(source(1000 + i), START + i * SECOND / 200);
	for (__u64 s = 0; s < 100; s++) {
		for (int i = 0; i < 64; i++)
			vain(source(s), START + 2 * HOUR);
		found += price(source(s), START + 2 * HOUR) == 8;
	}
	cr_assert_geq(found, 90, "%u", found);
}

Test(conduct_slow, cells_are_shared_by_chance_alone)
{
	unsigned int dear = 0;

	for (__u64 s = 0; s < 100; s++) {
		for (int i = 0; i < 300; i++)
			vain(source(s), START);
	}
	for (__u64 i = 0; i < 1000000; i++)
		dear += price(source(1000 + i), START) != 1;
	cr_assert_eq(dear, 0);
}

Test(conduct_slow, success_forgives_half)
{
	__u64 *cell = &cells[slow_index(source(1))];

	for (int i = 0; i < 33; i++)
		vain(source(1), START);
	*cell = slow_forgive(*cell, source(2));
	cr_assert_eq(price(source(1), START), 8, "another's success");
	*cell = slow_forgive(*cell, source(1));
	cr_assert_eq(slow_count(*cell, START), 16);
	for (int i = 0; i < 5; i++)
		*cell = slow_forgive(*cell, source(1));
	cr_assert_eq(*cell, 0);
}

Test(conduct_slow, verdicts)
{
	static const __u16 counts[] = { 403, 404, 410, 484, 604 };
	static const __u16 nothing[] = { 302, 408, 480, 486, 487, 500, 503, 600, 603 };
	unsigned int challenges = 0;

	for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
		cr_expect_eq(slow_verdict(counts[i], SIP_METHOD_OPTIONS, 1), SLOW_COUNTS);
		cr_expect_eq(slow_verdict(counts[i], SIP_METHOD_BYE, 1), SLOW_NOTHING);
	}
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++)
		cr_expect_eq(slow_verdict(nothing[i], SIP_METHOD_INVITE, 0), SLOW_NOTHING);
	cr_expect_eq(slow_verdict(200, SIP_METHOD_OPTIONS, 0), SLOW_NOTHING);
	cr_expect_eq(slow_verdict(200, SIP_METHOD_REGISTER, 0), SLOW_FORGIVES);
	for (int i = 0; i < 10000; i++)
		challenges += slow_verdict(401, SIP_METHOD_REGISTER, chance()) == SLOW_COUNTS;
	cr_expect(challenges > 2300 && challenges < 2700, "%u", challenges);
	cr_expect_eq(slow_verdict(401, SIP_METHOD_REGISTER, 3), SLOW_COUNTS, "bits of slow_add()");
}
