// SPDX-License-Identifier: GPL-2.0-or-later
/* What somebody meant who wrote no name. */
#include <criterion/criterion.h>

#include "user/nearest.h"

static const char *const names[] = { "run", "status", "source", "ban", "detach", "metrics" };

static const char *guess(const char *word)
{
	struct nearest nearest = nearest_to(word);

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		nearest_offer(&nearest, names[i]);
	return nearest.name;
}

Test(nearest_name, slips)
{
	cr_expect_str_eq(guess("statsu"), "status");
	cr_expect_str_eq(guess("stats"), "status");
	cr_expect_str_eq(guess("detahc"), "detach");
	cr_expect_str_eq(guess("metrisc"), "metrics");
	cr_expect_str_eq(guess("bam"), "ban");
}

Test(nearest_name, strangers)
{
	cr_expect_null(guess(""));
	cr_expect_null(guess("x"));
	cr_expect_null(guess("xyz"));
	cr_expect_null(guess("completely-different"));
	cr_expect_null(guess("statusstatusstatusstatusstatusstatus"));
}
