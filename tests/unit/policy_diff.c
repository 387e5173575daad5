// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What two policies differ in, and which of it is said to drop what passes now.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "tests/unit/policy_reading.h"
#include "user/plan.h"
#include "user/policy_diff.h"

/* What is printed for two texts. To be freed. */
static char *differences(const char *from, const char *to)
{
	cleanup_reading struct reading old = read_policy(from);
	cleanup_reading struct reading new = read_policy(to);
	struct policy_diff diff;
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	cr_assert_eq(old.result, 0, "%s", old.said);
	cr_assert_eq(new.result, 0, "%s", new.said);
	cr_assert_eq(policy_diff(&old.doc, &new.doc, &diff), 0);
	policy_diff_print(&diff, out);
	policy_diff_free(&diff);
	fclose(out);
	return text;
}

struct expected {
	const char *from;
	const char *to;
	const char *lines; /* as they begin, what is in brackets left out */
};

/* Cuts what is in brackets at the end of each line. */
static void cut_effects(char *text)
{
	char *to = text;

	for (char *from = text; *from;) {
		char *end = strchr(from, '\n');
		char *effect = strstr(from, "   (");
		size_t len = (size_t)((effect && effect < end ? effect : end) - from);

		memmove(to, from, len);
		to += len;
		*to++ = '\n';
		from = end + 1;
	}
	*to = 0;
}

static void check_all(const struct expected *expected, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *text = differences(expected[i].from, expected[i].to);

		cut_effects(text);
		cr_expect_str_eq(text, expected[i].lines, "%s ->\n%s", expected[i].from,
				 expected[i].to);
		free(text);
	}
}

#define CHECK_ALL(expected) check_all(expected, sizeof(expected) / sizeof((expected)[0]))

Test(policy_diff, single_values)
{
	static const struct expected expected[] = {
		{ "", "", "" },
		{ "", "mode: enforce\nipv6-prefix: 64\nlanes: {minimum: 10%}\n", "" },
		{ "mode: shadow\n", "", "! mode: shadow -> enforce\n" },
		{ "", "mode: shadow\n", "  mode: enforce -> shadow\n" },
		{ "limits: {unknown: {invite: {rate: 120/m}}}\n", "", "" },
		{ "", "limits: {unknown: {invite: {rate: 5/s, burst: 10}}}\n",
		  "! limits.unknown.invite.burst: 20 -> 10\n"
		  "  limits.unknown.invite.rate: 2/s -> 5/s\n" },
		{ "limits: {unknown: {invite: {rate: 0}}}\n", "",
		  "! limits.unknown.invite.rate: 0 -> 2/s\n" },
		{ "", "lanes: {other: {rate: 0}, minimum: 5%}\n",
		  "! lanes.minimum: 10% -> 5%\n  lanes.other.rate: 200/s -> 0\n" },
		{ "", "standing: {trust: 2h, proven: 1h, earned: 64}\n",
		  "! standing.proven: 1d -> 1h\n  standing.trust: 1h -> 2h\n" },
		{ "", "ipv6-prefix: 56\nwork-per-tick: 1000\nevents-per-second: 1\n",
		  "! ipv6-prefix: 64 -> 56\n  work-per-tick: 512 -> 1000\n"
		  "  events-per-second: 10 -> 1\n" },
		{ "rules: {banned: off}\n", "rules: {banned: shadow}\n",
		  "  rules.banned: off -> shadow\n" },
		{ "rules: {banned: off, cseq-method: shadow}\n", "rules: {cseq-method: score}\n",
		  "! rules.banned: off -> enforce\n! rules.cseq-method: shadow -> score\n" },
	};

	CHECK_ALL(expected);
}

Test(policy_diff, lists)
{
	static const struct expected expected[] = {
		{ "deny: [198.51.100.0/24, 192.0.2.1]\n", "deny: [192.0.2.1, 198.51.100.0/24]\n",
		  "" },
		{ "deny: [192.0.2.1]\nallow: [192.0.2.2]\n", "deny: [192.0.2.3]\nallow: []\n",
		  "! allow: - 192.0.2.2\n  deny: - 192.0.2.1\n! deny: + 192.0.2.3\n" },
		{ "", "listeners: [{transport: udp}, {port: 5080, transport: udp}]\n",
		  "  listeners: - {transport: tcp, port: 5060}\n"
		  "! listeners: + {transport: udp, port: 5080}\n" },
		{ "user-agents: [smap, iwar]\n", "user-agents: [\"a b\", smap]\n",
		  "! user-agents: + \"a b\"\n  user-agents: - \"iwar\"\n" },
	};

	CHECK_ALL(expected);
}

Test(policy_diff, carriers)
{
	static const struct expected expected[] = {
		{ "carriers:\n  - {name: a, prefixes: [192.0.2.1]}\n"
		  "  - {name: b, prefixes: [192.0.2.2, 192.0.2.3], cps: 50}\n",
		  "carriers:\n  - {name: b, prefixes: [192.0.2.3, 192.0.2.4], cps: 20}\n",
		  "! carriers.a.cps: - 100\n! carriers.a.prefixes: - 192.0.2.1\n"
		  "! carriers.b.cps: 50 -> 20\n! carriers.b.prefixes: - 192.0.2.2\n"
		  "  carriers.b.prefixes: + 192.0.2.4\n" },
		{ "", "carriers: [{name: a, prefixes: [192.0.2.1]}]\n",
		  "  carriers.a.cps: + 100\n  carriers.a.prefixes: + 192.0.2.1\n" },
	};

	CHECK_ALL(expected);
}

#define RULE_A "  - {name: a, action: enforce, match: {method: {equals: INVITE}}}\n"
#define RULE_B "  - {name: b, match: {call-id: {length: 32}}}\n"

Test(policy_diff, signatures)
{
	static const struct expected expected[] = {
		{ "signatures:\n" RULE_A RULE_B, "signatures:\n" RULE_A RULE_B, "" },
		{ "signatures:\n" RULE_A RULE_B, "signatures:\n" RULE_B RULE_A,
		  "  signatures: a, b -> b, a\n" },
		{ "", "signatures:\n" RULE_A,
		  "! signatures.a.action: + enforce\n"
		  "  signatures.a.match: + {method: {equals: INVITE}}\n" },
		{ "signatures:\n" RULE_A, "",
		  "  signatures.a.action: - enforce\n"
		  "  signatures.a.match: - {method: {equals: INVITE}}\n" },
		{ "signatures:\n" RULE_A,
		  "signatures: [{name: a, action: enforce, match: {method: {equals: BYE}}}]\n",
		  "! signatures.a.match: {method: {equals: INVITE}} -> {method: {equals: BYE}}\n" },
		{ "signatures:\n" RULE_B,
		  "signatures: [{name: b, match: {call-id: {length: 9}}}]\n",
		  "  signatures.b.match: {call-id: {length: 32}} -> {call-id: {length: 9}}\n" },
	};

	CHECK_ALL(expected);
}

/* Where nothing is dropped, nothing is dropped newly. */
Test(policy_diff, a_mode_that_drops_nothing)
{
	char *text = differences("mode: shadow\n", "mode: shadow\ndeny: [192.0.2.1]\n");

	cr_expect_str_eq(text, "  deny: + 192.0.2.1   (would drop more, but this mode drops "
			       "nothing)\n");
	free(text);
}

Test(policy_diff, as_json)
{
	cleanup_reading struct reading old = read_policy("deny: [192.0.2.1]\n");
	cleanup_reading struct reading new = read_policy("ipv6-prefix: 56\n");
	struct policy_diff diff;
	json_t *list, *first, *second;

	cr_assert_eq(policy_diff(&old.doc, &new.doc, &diff), 0);
	cr_expect_eq(diff.stricter, 1);
	list = policy_diff_json(&diff);
	policy_diff_free(&diff);
	cr_assert_eq(json_array_size(list), 2);
	first = json_array_get(list, 0);
	second = json_array_get(list, 1);
	cr_expect_str_eq(json_string_value(json_object_get(first, "path")), "deny");
	cr_expect_str_eq(json_string_value(json_object_get(first, "from")), "192.0.2.1");
	cr_expect(json_is_null(json_object_get(first, "to")));
	cr_expect(json_is_true(json_object_get(first, "entry")));
	cr_expect_str_eq(json_string_value(json_object_get(second, "to")), "56");
	cr_expect(json_is_true(json_object_get(second, "stricter")));
	json_decref(list);
}

/* The way of `policy diff': a policy against itself after it went through the maps. */
Test(policy_diff, through_the_plan)
{
	cleanup_reading struct reading reading = read_policy(
		"mode: shadow\nallow: [192.0.2.9]\ndeny: [192.0.2.0/24]\n"
		"carriers: [{name: a, prefixes: [203.0.113.7], cps: 3.7}]\n"
		"limits: {proven: {invite: {rate: 7/m, burst: 3}}}\nsignatures:\n" RULE_A RULE_B);
	struct policy_doc first, second;
	struct policy_diff diff;
	struct plan plan;

	cr_assert_eq(reading.result, 0, "%s", reading.said);
	cr_assert_eq(plan_build(&reading.doc, NULL, &plan, NULL), 0);
	cr_assert_eq(plan_restore(&plan, &first), 0);
	plan_free(&plan);
	cr_assert_eq(plan_build(&first, NULL, &plan, NULL), 0);
	cr_assert_eq(plan_restore(&plan, &second), 0);
	plan_free(&plan);
	cr_assert_eq(policy_diff(&first, &second, &diff), 0);
	cr_expect_eq(diff.count, 0);
	policy_diff_free(&diff);
	policy_free(&first);
	policy_free(&second);
}
