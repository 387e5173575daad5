// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which rule decides for an address: precedence between lists, longest match.
 */
#include <criterion/criterion.h>
#include <string.h>
#include <time.h>

#include "tests/unit/policy_reading.h"
#include "user/addr.h"
#include "user/plan.h"

struct planned {
	struct plan plan;
	char *warned;
	size_t warned_len;
};

static void planned_free(struct planned *planned)
{
	plan_free(&planned->plan);
	free(planned->warned);
}
#define cleanup_planned __attribute__((cleanup(planned_free)))

static struct policy_prefix prefix_of(const char *text)
{
	struct policy_prefix prefix = { 0 };

	cr_assert_eq(prefix_parse(text, &prefix.address, &prefix.length), 0, "%s", text);
	return prefix;
}

/* The plan of a policy with a never-ban set, its prefixes apart by blanks. */
static struct planned plan_of(const char *policy, const char *never_ban)
{
	cleanup_reading struct reading reading = read_policy(policy);
	struct planned planned = { 0 };
	struct policy_prefix own[8];
	struct policy_prefix_list list = { .item = own };
	char words[256];
	FILE *warn = open_memstream(&planned.warned, &planned.warned_len);

	cr_assert_eq(reading.result, 0, "%s", reading.said);
	snprintf(words, sizeof(words), "%s", never_ban);
	for (char *word = strtok(words, " "); word; word = strtok(NULL, " "))
		own[list.count++] = prefix_of(word);
	cr_assert_eq(plan_build(&reading.doc, &list, &planned.plan, warn), 0);
	fclose(warn);
	return planned;
}

/* The kind of rule that decides for an address; 0: none. */
static int kind_of(const struct planned *planned, const char *text)
{
	const struct plan_prefix *match;
	struct addr address;

	cr_assert_eq(addr_parse(text, &address), 0);
	match = plan_match(&planned->plan, &address);
	return match ? match->rule.kind : 0;
}

Test(plan_prefixes, longest_match)
{
	cleanup_planned struct planned planned = plan_of(
		"deny: [10.0.0.0/8, 2001:db8::/32]\n"
		"allow: [10.1.0.0/16, 10.1.2.3, \"2001:db8:1::/48\"]\n"
		"carriers: [{name: a, prefixes: [10.2.0.0/16]}, {name: b, prefixes: [10.3.0.1]}]\n",
		"");

	cr_expect_eq(kind_of(&planned, "10.0.0.1"), PREFIX_DENY);
	cr_expect_eq(kind_of(&planned, "10.1.0.1"), PREFIX_ALLOW);
	cr_expect_eq(kind_of(&planned, "10.1.2.3"), PREFIX_ALLOW);
	cr_expect_eq(kind_of(&planned, "10.2.255.255"), PREFIX_CARRIER);
	cr_expect_eq(kind_of(&planned, "10.3.0.0"), PREFIX_DENY);
	cr_expect_eq(kind_of(&planned, "10.3.0.1"), PREFIX_CARRIER);
	cr_expect_eq(kind_of(&planned, "11.0.0.0"), 0);
	cr_expect_eq(kind_of(&planned, "9.255.255.255"), 0);
	cr_expect_eq(kind_of(&planned, "2001:db8::1"), PREFIX_DENY);
	cr_expect_eq(kind_of(&planned, "2001:db8:1::1"), PREFIX_ALLOW);
	cr_expect_eq(kind_of(&planned, "2001:db9::1"), 0);
	cr_expect_str_eq(planned.warned, "");
}

Test(plan_prefixes, carriers_have_their_index)
{
	cleanup_planned struct planned planned = plan_of(
		"carriers: [{name: a, prefixes: [10.2.0.0/16]}, {name: b, prefixes: [10.3.0.1]}]",
		"");

	cr_assert_eq(planned.plan.prefixes, 2);
	cr_expect_eq(planned.plan.prefix[0].rule.carrier, 0);
	cr_expect_eq(planned.plan.prefix[1].rule.carrier, 1);
}

Test(plan_prefixes, deny_inside_a_grant_is_left_out)
{
	cleanup_planned struct planned planned =
		plan_of("allow:\n  - 10.0.0.0/8\n"
			"deny:\n  - 10.1.0.0/16\n  - 10.1.0.1\n  - 192.0.2.5\n  - 127.0.0.1\n"
			"carriers: [{name: a, prefixes: [192.0.2.0/24]}]\n",
			"127.0.0.0/8 127.0.0.1");

	cr_expect_eq(kind_of(&planned, "10.1.0.1"), PREFIX_ALLOW);
	cr_expect_eq(kind_of(&planned, "192.0.2.5"), PREFIX_CARRIER);
	cr_expect_eq(kind_of(&planned, "127.0.0.1"), PREFIX_NEVER_BAN);
	cr_expect_eq(planned.plan.prefixes, 4);
	cr_expect_str_eq(
		planned.warned,
		"p.yaml:4: warning: deny: 10.1.0.0/16 has no effect, it lies in 10.0.0.0/8, which is "
		"allowed (p.yaml:2); fix: remove one of the two\n"
		"p.yaml:5: warning: deny: 10.1.0.1 has no effect, it lies in 10.0.0.0/8, which is "
		"allowed (p.yaml:2); fix: remove one of the two\n"
		"p.yaml:7: warning: deny: 127.0.0.1 has no effect, it lies in 127.0.0.1, which is never "
		"banned: this host, its gateway, a resolver or a special range; fix: remove one of the "
		"two\n"
		"p.yaml:6: warning: deny: 192.0.2.5 has no effect, it lies in 192.0.2.0/24, which is a "
		"carrier's (p.yaml:8); fix: remove one of the two\n");
}

Test(plan_prefixes, never_ban_takes_nothing_away)
{
	cleanup_planned struct planned planned =
		plan_of("allow: [10.0.0.0/8]\ncarriers: [{name: a, prefixes: [192.0.2.0/24]}]\n"
			"deny: [198.51.100.0/24]\n",
			"10.0.0.1 192.0.2.1 192.0.2.0/24 198.51.100.1 224.0.0.0/4 224.0.0.0/4");

	cr_expect_eq(kind_of(&planned, "10.0.0.1"), PREFIX_ALLOW);
	cr_expect_eq(kind_of(&planned, "192.0.2.1"), PREFIX_CARRIER);
	cr_expect_eq(kind_of(&planned, "198.51.100.1"), PREFIX_NEVER_BAN);
	cr_expect_eq(kind_of(&planned, "198.51.100.2"), PREFIX_DENY);
	cr_expect_eq(kind_of(&planned, "230.0.0.1"), PREFIX_NEVER_BAN);
	cr_expect_eq(planned.plan.prefixes, 5);
	cr_expect_str_eq(planned.warned, "");
}

Test(plan_prefixes, the_same_prefix_twice)
{
	cleanup_planned struct planned planned =
		plan_of("allow: [10.0.0.1, 10.0.0.1]\n"
			"carriers:\n  - {name: a, prefixes: [10.0.0.1, 10.0.0.2, 10.0.0.2]}\n"
			"deny: [10.0.0.2, 10.0.0.9, 10.0.0.9]\n",
			"10.0.0.1 10.0.0.2 10.0.0.3");

	cr_expect_eq(planned.plan.prefixes, 4);
	cr_expect_eq(kind_of(&planned, "10.0.0.1"), PREFIX_ALLOW);
	cr_expect_eq(kind_of(&planned, "10.0.0.2"), PREFIX_CARRIER);
	cr_expect_eq(kind_of(&planned, "10.0.0.3"), PREFIX_NEVER_BAN);
	cr_expect(strstr(planned.warned,
			 "p.yaml:3: warning: carriers: 10.0.0.1 of a is allowed too"));
	cr_expect(strstr(planned.warned, "p.yaml:4: warning: deny: 10.0.0.2 has no effect"));
	cr_expect_not(strstr(planned.warned, "10.0.0.9"));
}

Test(plan_prefixes, wide_ipv6)
{
	cleanup_planned struct planned wide = plan_of("deny: [\"2000::/3\"]\n", "");
	cleanup_planned struct planned narrow = plan_of("deny: [2001:db8::/32, 0.0.0.0/0]\n", "");

	cr_expect_eq(wide.plan.policy.ipv6_wide, 1);
	cr_expect_eq(narrow.plan.policy.ipv6_wide, 0);
	cr_expect_eq(kind_of(&narrow, "192.0.2.1"), PREFIX_DENY);
	cr_expect_eq(kind_of(&narrow, "2001:db9::1"), 0);
}

Test(plan_prefixes, warnings_are_bounded)
{
	char text[4096] = "allow: [10.0.0.0/8]\ndeny:\n";

	for (int i = 0; i < 50; i++)
		snprintf(text + strlen(text), sizeof(text) - strlen(text), "  - 10.0.0.%d\n", i);
	{
		cleanup_planned struct planned planned = plan_of(text, "");
		unsigned int lines = 0;

		for (const char *p = planned.warned; *p; p++)
			lines += *p == '\n';
		cr_expect_eq(lines, 21);
		cr_expect(strstr(planned.warned, "warning: and 30 more deny entries"));
		cr_expect_eq(planned.plan.prefixes, 1);
	}
}

/* --- against a reference that is too simple to be wrong -----------------------------------------*/

static unsigned int random_state = 20261121;

static unsigned int random_below(unsigned int n)
{
	random_state = random_state * 1664525 + 1013904223;
	return (random_state >> 8) % n;
}

/* Few bits vary, so that prefixes lie in each other and repeat. */
static struct policy_prefix random_prefix(void)
{
	static const __u8 lengths[] = { 104, 108, 112, 113, 119, 120, 121, 126, 127, 128, 128 };
	struct policy_prefix prefix = { .length = lengths[random_below(sizeof(lengths))] };

	prefix.address.byte[10] = 0xff;
	prefix.address.byte[11] = 0xff;
	prefix.address.byte[12] = 10;
	prefix.address.byte[13] = (__u8)random_below(3);
	prefix.address.byte[14] = (__u8)random_below(2) * 0x80;
	prefix.address.byte[15] = (__u8)random_below(4) * 0x41;
	prefix_cut(&prefix.address, prefix.length);
	return prefix;
}

struct lists {
	struct policy_prefix item[4][12]; /* by enum prefix_kind - 1 */
	struct policy_prefix_list list[4];
};

static void random_lists(struct lists *lists)
{
	for (int i = 0; i < 4; i++) {
		lists->list[i].item = lists->item[i];
		lists->list[i].count = random_below(12);
		for (size_t j = 0; j < lists->list[i].count; j++)
			lists->item[i][j] = random_prefix();
	}
}

/* Length of the longest prefix of one kind that holds an address, -1 for none. */
static int longest(const struct lists *lists, enum prefix_kind kind, const struct addr *address)
{
	const struct policy_prefix_list *list = &lists->list[kind - 1];
	int best = -1;

	for (size_t i = 0; i < list->count; i++) {
		const struct policy_prefix *prefix = &list->item[i];

		if (prefix->length > best &&
		    prefix_holds(&prefix->address, prefix->length, address))
			best = prefix->length;
	}
	return best;
}

static bool has(const struct lists *lists, enum prefix_kind kind, const struct addr *address)
{
	return longest(lists, kind, address) >= 0;
}

/*
 * The words of plan.h for one address. What allow and carriers hold is the longest of them; the
 * never-ban set rules what neither holds, unless it only lies in a grant's prefix; deny rules the
 * rest. A deny entry inside a grant is gone, but one around it or beside it stays.
 */
static int reference(const struct lists *lists, const struct addr *address)
{
	int allow = longest(lists, PREFIX_ALLOW, address);
	int carrier = longest(lists, PREFIX_CARRIER, address);

	if (allow >= 0 || carrier >= 0)
		return allow >= carrier ? PREFIX_ALLOW : PREFIX_CARRIER;
	if (has(lists, PREFIX_NEVER_BAN, address))
		return PREFIX_NEVER_BAN;
	return has(lists, PREFIX_DENY, address) ? PREFIX_DENY : 0;
}

/* Never-ban inside an allowed or carrier prefix is gone, around one it is shorter: never above. */
Test(plan_prefixes, random_lists_against_the_reference)
{
	static struct lists lists;

	for (int round = 0; round < 2000; round++) {
		struct policy_carrier carrier = { .name = "c", .cps = 1 };
		struct policy_doc doc;
		struct plan plan;

		random_lists(&lists);
		policy_defaults(&doc);
		doc.deny = lists.list[PREFIX_DENY - 1];
		doc.allow = lists.list[PREFIX_ALLOW - 1];
		carrier.prefixes = lists.list[PREFIX_CARRIER - 1];
		doc.carrier = &carrier;
		doc.carriers = 1;
		cr_assert_eq(plan_build(&doc, &lists.list[PREFIX_NEVER_BAN - 1], &plan, NULL), 0);
		for (int i = 0; i < 64; i++) {
			struct addr address = random_prefix().address;
			const struct plan_prefix *match = plan_match(&plan, &address);

			cr_assert_eq(match ? match->rule.kind : 0, reference(&lists, &address));
		}
		plan_free(&plan);
		free(doc.listener);
	}
}

/* The match itself, for addresses anywhere, against a scan of the plan. */
Test(plan_prefixes, match_against_a_scan)
{
	static struct lists lists;
	struct policy_doc doc;

	for (int round = 0; round < 500; round++) {
		struct plan plan;

		random_lists(&lists);
		policy_defaults(&doc);
		doc.deny = lists.list[0];
		cr_assert_eq(plan_build(&doc, NULL, &plan, NULL), 0);
		for (int i = 0; i < 64; i++) {
			struct addr address = random_prefix().address;
			const struct plan_prefix *match, *best = NULL;

			address.byte[random_below(16)] ^= 1 << random_below(8);
			match = plan_match(&plan, &address);
			for (size_t j = 0; j < plan.prefixes; j++) {
				const struct plan_prefix *entry = &plan.prefix[j];

				if (prefix_holds(&entry->address, entry->length, &address) &&
				    (!best || entry->length > best->length))
					best = entry;
			}
			cr_assert_eq(match, best);
		}
		plan_free(&plan);
		free(doc.listener);
	}
}

Test(plan_prefixes, a_million_denied)
{
	static const size_t n = 1000000;
	struct policy_doc doc;
	struct plan plan;

	policy_defaults(&doc);
	doc.deny.item = calloc(n, sizeof(*doc.deny.item));
	doc.deny.count = n;
	for (size_t i = 0; i < n; i++) {
		struct policy_prefix prefix = prefix_of("0.0.0.0");

		prefix.address.byte[12] = (__u8)(1 + random_below(200));
		prefix.address.byte[13] = (__u8)random_below(256);
		prefix.address.byte[14] = (__u8)random_below(256);
		prefix.address.byte[15] = (__u8)random_below(256);
		prefix.length = random_below(2) ? 128 : 120;
		prefix_cut(&prefix.address, prefix.length);
		doc.deny.item[i] = prefix;
	}
	cr_assert_eq(plan_build(&doc, NULL, &plan, NULL), 0);
	cr_expect_gt(plan.prefixes, n / 2);
	for (size_t i = 1; i < plan.prefixes; i++)
		cr_assert_lt(memcmp(&plan.prefix[i - 1], &plan.prefix[i], 17), 0);
	plan_free(&plan);
	policy_free(&doc);
}
