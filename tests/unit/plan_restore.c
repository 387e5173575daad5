// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The way back from the maps: what is shown is what is in force.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/policy_reading.h"
#include "user/plan.h"

static char *printed(const struct policy_doc *doc)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	cr_assert_eq(policy_print(doc, out), 0);
	fclose(out);
	return text;
}

static void check_same(const struct plan *a, const struct plan *b)
{
	cr_expect_eq(memcmp(&a->policy, &b->policy, sizeof(a->policy)), 0);
	cr_assert_eq(a->prefixes, b->prefixes);
	cr_assert_eq(a->listeners, b->listeners);
	for (size_t i = 0; i < a->prefixes; i++) {
		cr_expect_eq(memcmp(&a->prefix[i].address, &b->prefix[i].address, 16), 0);
		cr_expect_eq(a->prefix[i].length, b->prefix[i].length);
		cr_expect_eq(a->prefix[i].rule.kind, b->prefix[i].rule.kind);
		cr_expect_eq(a->prefix[i].rule.carrier, b->prefix[i].rule.carrier);
	}
	for (size_t i = 0; i < a->listeners; i++)
		cr_expect_eq(memcmp(&a->listener[i], &b->listener[i], sizeof(a->listener[i])), 0);
}

/* Text to plan, back to text, to plan: the plans are one. Returns the text on the way. */
static char *round_trip(const char *policy)
{
	cleanup_reading struct reading reading = read_policy(policy);
	struct plan first, second;
	struct policy_doc shown;
	char *text;

	cr_assert_eq(reading.result, 0, "%s", reading.said);
	cr_assert_eq(plan_build(&reading.doc, NULL, &first, NULL), 0);
	cr_assert_eq(plan_restore(&first, &shown), 0);
	text = printed(&shown);
	policy_free(&shown);
	{
		cleanup_reading struct reading again = read_policy(text);

		cr_assert_eq(again.result, 0, "%s\n%s", text, again.said);
		cr_assert_eq(plan_build(&again.doc, NULL, &second, NULL), 0);
	}
	check_same(&first, &second);
	plan_free(&first);
	plan_free(&second);
	return text;
}

Test(plan_restore, defaults_come_back_as_they_were)
{
	struct policy_doc defaults;
	char *shown = round_trip("");
	char *expected;

	policy_defaults(&defaults);
	expected = printed(&defaults);
	cr_expect_str_eq(shown, expected);
	policy_free(&defaults);
	free(expected);
	free(shown);
}

Test(plan_restore, everything)
{
	char *shown = round_trip(
		"listeners:\n  - {transport: tcp, port: 65535}\n  - {transport: udp, port: 1}\n"
		"  - {transport: udp, port: 5060, address: \"2001:db8::1\"}\n"
		"allow: [10.0.0.0/8, \"::1\"]\ndeny: [0.0.0.0/0, 10.0.0.0/7, 2001:db8::/32]\n"
		"carriers:\n  - {name: a, prefixes: [192.0.2.0/24], cps: 100}\n"
		"  - {name: b, prefixes: [198.51.100.7, 198.51.100.8/29], cps: 2.5}\n"
		"rules: {source-rate: off, banned: shadow}\n"
		"limits: {unknown: {invite: {rate: 0}, other: {rate: 1/h, burst: 1000000}}}\n"
		"lanes: {request: {rate: 9876543, burst: 3}, minimum: 100%}\n"
		"standing: {trust: 25h, proven: 90m, earned: 3}\nipv6-prefix: 128\nwork-per-tick: 5\n"
		"events-per-second: 3\n");

	cr_expect(strstr(shown, "- name: \"a\"\n    cps: 100\n"));
	cr_expect(strstr(shown, "- name: \"b\"\n    cps: 2.5\n"));
	cr_expect(strstr(shown, "invite: {rate: 0, burst: 1}\n"));
	cr_expect(strstr(shown, "trust: 1d1h\n  proven: 1h30m\n  earned: 3\n"));
	cr_expect(strstr(shown, "  minimum: 100%\n"));
	cr_expect(strstr(shown, "mode: enforce\n"));
	free(shown);
}

/* All of its prefixes are allowed, so that nothing is left of it. */
Test(plan_restore, a_carrier_without_effect_is_gone)
{
	cleanup_reading struct reading reading =
		read_policy("allow: [192.0.2.1]\ncarriers:\n"
			    "  - {name: gone, prefixes: [192.0.2.1], cps: 7}\n"
			    "  - {name: stays, prefixes: [192.0.2.2], cps: 8}\n");
	struct policy_doc shown;
	struct plan plan;
	char *text;

	cr_assert_eq(reading.result, 0, "%s", reading.said);
	cr_assert_eq(plan_build(&reading.doc, NULL, &plan, NULL), 0);
	cr_assert_eq(plan_restore(&plan, &shown), 0);
	text = printed(&shown);
	cr_expect_eq(shown.carriers, 1);
	cr_expect(strstr(text, "- name: \"stays\"\n    cps: 8\n"));
	free(text);
	plan_free(&plan);
	policy_free(&shown);
}

Test(plan_restore, modes)
{
	char *shadow = round_trip("mode: shadow\nrules: {banned: off}\n");
	char *off = round_trip("mode: off\nrules: {deny: off}\n");

	cr_expect(strstr(shadow, "mode: shadow\n"));
	cr_expect(strstr(shadow, "deny: enforce\n"));
	cr_expect(strstr(shadow, "banned: off\n"));
	cr_expect(strstr(off, "mode: off\n"));
	cr_expect(strstr(off, "deny: off\n"));
	free(shadow);
	free(off);
}

/* Numbers that somebody wrote come back as they were written, and every one as the same limit. */
Test(plan_restore, rates)
{
	static const char *const written[] = { "0.000278", "0.001", "0.016667", "0.033333", "0.1",
					       "0.333333", "1.5",   "3",	"7",	    "13.25",
					       "333",	   "1000",  "12345",	"1000000" };
	unsigned int state = 1;
	char policy[96];

	for (size_t i = 0; i < sizeof(written) / sizeof(written[0]); i++) {
		char *shown;

		snprintf(policy, sizeof(policy), "lanes: {other: {rate: %s/s, burst: 5}}\n",
			 written[i]);
		shown = round_trip(policy);
		snprintf(policy, sizeof(policy), "  other: {rate: %s/s, burst: 5}\n", written[i]);
		cr_expect(strstr(shown, policy), "%s not in\n%s", policy, shown);
		free(shown);
	}
	for (int i = 0; i < 300; i++) {
		state = state * 1664525 + 1013904223;
		snprintf(policy, sizeof(policy), "lanes: {other: {rate: %u.%06u/s, burst: %u}}\n",
			 (state >> 8) >> (state >> 28), (state >> 4) % 1000000,
			 1 + state % 1000000);
		free(round_trip(policy));
	}
}
