// SPDX-License-Identifier: GPL-2.0-or-later
/* When the agent says that the server's nonces prove nothing. */
#include <criterion/criterion.h>

#include "user/nonce_alarm.h"

#define MINUTE (60 * 1000000000ULL)
#define START (1000 * MINUTE)

static bool look(struct nonce_alarm *alarm, __u64 nonces, __u64 shared, __u64 minute)
{
	struct health health = { .nonces = nonces, .shared = shared };
	__u64 of[2];

	return nonce_alarm(alarm, &health, START + minute * MINUTE, &of[0], &of[1]);
}

Test(nonce_alarm, once_an_hour)
{
	struct nonce_alarm alarm = { 0 };
	struct health health = { .nonces = 230, .shared = 55 };
	__u64 shared = 0, nonces = 0;

	cr_assert_not(look(&alarm, 100, 50, 0), "what was before");
	cr_assert_not(look(&alarm, 200, 52, 1), "may be chance");
	cr_assert(nonce_alarm(&alarm, &health, START + 2 * MINUTE, &shared, &nonces));
	cr_assert_eq(shared, 5);
	cr_assert_eq(nonces, 130);
	cr_assert_not(look(&alarm, 400, 200, 61));
	cr_assert(look(&alarm, 401, 200, 62));
	cr_assert_not(look(&alarm, 1000, 202, 200));
}

Test(nonce_alarm, a_few_in_many_hours_are_chance)
{
	struct nonce_alarm alarm = { 0 };

	for (__u64 hour = 0; hour < 100; hour++)
		cr_assert_not(look(&alarm, hour * 1000, hour * 2, hour * 60), "hour %llu",
			      (unsigned long long)hour);
}

Test(nonce_alarm, maps_made_anew)
{
	struct nonce_alarm alarm = { 0 };

	cr_assert_not(look(&alarm, 1000, 500, 0));
	cr_assert_not(look(&alarm, 10, 5, 1));
	cr_assert(look(&alarm, 20, 8, 2));
}
