// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which peers become carriers.
 */
#include "tests/unit/trunk_reading.h"

#include <string.h>

#include "user/policy.h"

static const struct policy_prefix own[] = {
	{ .address = { .byte = { [10] = 0xff, 0xff, 192, 0, 2, 10 } }, .length = 128 },
};
static const struct policy_prefix_list own_list = { (struct policy_prefix *)own, 1 };

static void expect_fate(const struct trunks *trunks, unsigned int line, enum trunk_fate fate)
{
	for (size_t i = 0; i < trunks->count; i++) {
		if (trunks->item[i].line == line) {
			cr_expect_eq(trunks->item[i].fate, fate, "line %u: %d, must be %d", line,
				     trunks->item[i].fate, fate);
			return;
		}
	}
	cr_assert_fail("nothing was found in line %u", line);
}

Test(trunk_judge, fates)
{
	static const enum trunk_fate want[] = {
		TRUNK_COVERED, TRUNK_TAKEN, TRUNK_OWN,	   TRUNK_WIDE,	TRUNK_WIDE,  TRUNK_WIDE,
		TRUNK_NAMED,   TRUNK_TAKEN, TRUNK_COVERED, TRUNK_TAKEN, TRUNK_TAKEN,
	};
	struct trunk_reading reading = { 0 };

	trunk_reading_of(&reading, TRUNK_ADDRESS, "f",
			 "1 203.0.113.5\n"
			 "2 203.0.113.0 24\n"
			 "2 192.0.2.10\n"
			 "3 10.0.0.0 8\n"
			 "3 0.0.0.0 0\n"
			 "3 ::/40\n"
			 "4 pbx.example\n"
			 "5 198.51.100.1\n"
			 "6 198.51.100.1\n"
			 "7 192.0.2.0 24\n"
			 "8 2001:db8::/32\n");
	trunk_judge(&reading.trunks, &own_list);
	for (unsigned int i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		expect_fate(&reading.trunks, i + 1, want[i]);
	trunk_reading_end(&reading);
}

Test(trunk_judge, brings_names_together)
{
	struct trunk_reading reading = { 0 };
	char *got;

	trunk_reading_of(&reading, TRUNK_DISPATCHER, "f",
			 "1 sip:203.0.113.1\n2 sip:203.0.113.2\n1 sip:203.0.113.3\n"
			 "3 sip:203.0.113.4\n2 sip:203.0.113.5\n1 sip:203.0.113.6\n");
	trunk_judge(&reading.trunks, &own_list);
	got = trunk_reading_text(&reading);
	cr_assert_str_eq(got, "dispatcher-1 203.0.113.1 f:1\n"
			      "dispatcher-1 203.0.113.3 f:3\n"
			      "dispatcher-1 203.0.113.6 f:6\n"
			      "dispatcher-2 203.0.113.2 f:2\n"
			      "dispatcher-2 203.0.113.5 f:5\n"
			      "dispatcher-3 203.0.113.4 f:4\n");
	free(got);
	trunk_reading_end(&reading);
}
