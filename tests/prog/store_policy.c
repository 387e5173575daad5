// SPDX-License-Identifier: GPL-2.0-or-later
/* Policies through the standby slot. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/prog/harness.h"
#include "user/addr.h"

TestSuite(store_policy, .init = prog_start);

static struct addr address_of(const char *text)
{
	struct addr address;

	cr_assert_eq(addr_parse(text, &address), 0, "%s", text);
	return address;
}

/* The kind of the rule for an address; 0: there is none. */
static int kind_of(const char *text)
{
	struct addr address = address_of(text);
	struct prefix_rule rule;
	int err = store_prefix(prog_store(), &address, &rule);

	cr_assert(!err || err == -ENOENT);
	return err ? 0 : rule.kind;
}

static int allow(const char *text)
{
	struct addr address;
	__u8 length;

	cr_assert_eq(prefix_parse(text, &address, &length), 0);
	return store_allow(prog_store(), &address, length);
}

static int unallow(const char *text)
{
	struct addr address;
	__u8 length;

	cr_assert_eq(prefix_parse(text, &address, &length), 0);
	return store_unallow(prog_store(), &address, length);
}

static struct plan empty_plan(void)
{
	struct policy_doc doc;
	struct plan plan;

	policy_defaults(&doc);
	cr_assert_eq(plan_build(&doc, NULL, &plan, NULL), 0);
	policy_free(&doc);
	return plan;
}

Test(store_policy, slots_take_turns)
{
	struct plan plan = empty_plan();
	struct control before, after;
	__u32 first, second;

	cr_assert_eq(store_control(prog_store(), &before), 0);
	cr_assert_eq(store_apply(prog_store(), &plan, &first), 0);
	cr_assert_eq(store_control(prog_store(), &after), 0);
	cr_expect_neq(after.active_slot, before.active_slot);
	cr_assert_eq(store_apply(prog_store(), &plan, &second), 0);
	cr_assert_eq(store_control(prog_store(), &after), 0);
	cr_expect_eq(after.active_slot, before.active_slot);
	cr_expect_eq(second, first + 1);
	cr_expect_eq(memcmp(after.hash_key, before.hash_key, sizeof(after.hash_key)), 0);
	plan_free(&plan);
}

Test(store_policy, nothing_is_left_of_the_one_before)
{
	for (int i = 0; i < 3; i++) {
		prog_policy("deny: [203.0.113.1, 198.18.0.0/15, '2001:db8:bad::/48']\n"
			    "carriers: [{name: trunk, prefixes: [192.0.2.128/25]}]\n");
		cr_expect_eq(kind_of("203.0.113.1"), PREFIX_DENY);
		cr_expect_eq(kind_of("198.19.255.255"), PREFIX_DENY);
		cr_expect_eq(kind_of("2001:db8:bad:1::1"), PREFIX_DENY);
		cr_expect_eq(kind_of("192.0.2.129"), PREFIX_CARRIER);
		prog_policy("allow: [203.0.113.1]\n");
		cr_expect_eq(kind_of("203.0.113.1"), PREFIX_ALLOW);
		cr_expect_eq(kind_of("198.19.255.255"), 0);
		cr_expect_eq(kind_of("2001:db8:bad:1::1"), 0);
		cr_expect_eq(kind_of("192.0.2.129"), 0);
	}
}

/* The map of listeners has room for two of these; each apply must take away what is two old. */
Test(store_policy, stale_listeners_go)
{
	struct plan plan = empty_plan();

	plan.listeners = 500;
	plan.listener = calloc(plan.listeners, sizeof(*plan.listener));
	cr_assert_not_null(plan.listener);
	for (unsigned int round = 0; round < 6; round++) {
		for (unsigned int i = 0; i < plan.listeners; i++)
			plan.listener[i].port = (__be16)(round * 1000 + i);
		cr_expect_eq(store_apply(prog_store(), &plan, NULL), 0, "round %u", round);
	}
	plan_free(&plan);
}

Test(store_policy, what_does_not_fit_changes_nothing)
{
	struct plan plan = empty_plan();
	struct policy before, after;

	prog_policy("deny: [203.0.113.1]\n");
	cr_assert_eq(store_policy(prog_store(), &before), 0);
	plan.listeners = 1025;
	plan.listener = calloc(plan.listeners, sizeof(*plan.listener));
	cr_assert_not_null(plan.listener);
	for (unsigned int i = 0; i < plan.listeners; i++)
		plan.listener[i].port = (__be16)i;
	cr_expect_eq(store_apply(prog_store(), &plan, NULL), -ENOSPC);
	cr_assert_eq(store_policy(prog_store(), &after), 0);
	cr_expect_eq(after.generation, before.generation);
	cr_expect_eq(kind_of("203.0.113.1"), PREFIX_DENY);
	expect(REASON_DENY, .src = "203.0.113.1", .payload = MESSAGE(.method = "INVITE"));
	plan_free(&plan);
	prog_policy("");
	cr_expect_eq(kind_of("203.0.113.1"), 0);
}

struct seen {
	size_t count;
	__u64 sum;
};

static int see(const struct plan_prefix *prefix, void *arg)
{
	struct seen *seen = arg;

	seen->count++;
	seen->sum += be32toh(prefix->address.word[3]) + prefix->length + prefix->rule.kind;
	return 0;
}

Test(store_policy, a_long_list)
{
	struct plan plan = empty_plan();
	struct seen expected = { 0 }, seen = { 0 };

	plan.prefixes = 100000;
	plan.prefix = calloc(plan.prefixes, sizeof(*plan.prefix));
	cr_assert_not_null(plan.prefix);
	for (__u32 i = 0; i < plan.prefixes; i++) {
		struct plan_prefix *prefix = &plan.prefix[i];

		prefix->address.word[2] = htobe32(0xffff);
		prefix->address.word[3] = htobe32(0x0b000000 + (i << 4));
		prefix->length = i % 3 ? 128 : 124;
		prefix->rule.kind = PREFIX_DENY;
		see(prefix, &expected);
	}
	cr_assert_eq(store_apply(prog_store(), &plan, NULL), 0);
	cr_assert_eq(store_each_prefix(prog_store(), see, &seen), 0);
	cr_expect_eq(seen.count, expected.count);
	cr_expect_eq(seen.sum, expected.sum);
	cr_expect_eq(kind_of("11.0.0.15"), PREFIX_DENY);
	cr_expect_eq(kind_of("11.0.0.16"), PREFIX_DENY);
	cr_expect_eq(kind_of("11.0.0.17"), 0);
	plan_free(&plan);
}

Test(store_policy, allowed_by_hand)
{
	prog_policy_never_ban("deny: [203.0.113.0/24]\nallow: [192.0.2.77]\n", "198.51.100.1/32");
	expect(REASON_DENY, .src = "203.0.113.9", .payload = MESSAGE(.method = "INVITE"));
	cr_assert_eq(allow("203.0.113.9"), 0);
	cr_expect_eq(allow("203.0.113.9"), 0, "twice is no error");
	expect(REASON_ALLOW, .src = "203.0.113.9", .payload = MESSAGE(.method = "INVITE"));
	expect(REASON_DENY, .src = "203.0.113.8", .payload = MESSAGE(.method = "INVITE"));
	cr_assert_eq(unallow("203.0.113.9"), 0);
	expect(REASON_DENY, .src = "203.0.113.9", .payload = MESSAGE(.method = "INVITE"));
	cr_expect_eq(unallow("203.0.113.9"), -ENOENT);
	/* what stands under it comes back */
	cr_assert_eq(allow("203.0.113.0/24"), 0);
	expect(REASON_ALLOW, .src = "203.0.113.8", .payload = MESSAGE(.method = "INVITE"));
	cr_assert_eq(unallow("203.0.113.0/24"), 0);
	expect(REASON_DENY, .src = "203.0.113.8", .payload = MESSAGE(.method = "INVITE"));
	cr_assert_eq(allow("198.51.100.1"), 0);
	cr_assert_eq(unallow("198.51.100.1"), 0);
	cr_expect_eq(kind_of("198.51.100.1"), PREFIX_NEVER_BAN);
	/* the policy's own is the policy's */
	cr_expect_eq(allow("192.0.2.77"), -EPERM);
	cr_expect_eq(unallow("192.0.2.77"), -EPERM);
	cr_expect_eq(unallow("198.51.100.1"), -ENOENT);
}

/* Prefixes that the packet path must first be led to. */
Test(store_policy, allowed_by_hand_anywhere)
{
	static const struct {
		const char *prefix, *source;
	} cases[] = {
		{ "203.0.113.0/28", "203.0.113.15" },	{ "203.0.112.0/20", "203.0.120.1" },
		{ "200.0.0.0/5", "207.1.2.3" },		{ "0.0.0.0/0", "8.8.8.8" },
		{ "2001:db8:1::/48", "2001:db8:1::9" }, { "2001:db8::5", "2001:db8::5" },
		{ "2001::/16", "2001:4::1" },		{ "::/0", "2600::1" },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		prog_policy("");
		expect(REASON_REQUEST, .src = cases[i].source,
		       .payload = MESSAGE(.method = "OPTIONS"));
		cr_assert_eq(allow(cases[i].prefix), 0);
		expect(REASON_ALLOW, .src = cases[i].source,
		       .payload = MESSAGE(.method = "OPTIONS"));
		cr_assert_eq(unallow(cases[i].prefix), 0);
		expect(REASON_REQUEST, .src = cases[i].source,
		       .payload = MESSAGE(.method = "OPTIONS"));
	}
}

Test(store_policy, allowed_by_hand_until_the_next)
{
	cr_assert_eq(allow("203.0.113.9"), 0);
	prog_policy("");
	cr_expect_eq(kind_of("203.0.113.9"), 0);
	cr_expect_eq(unallow("203.0.113.9"), -ENOENT);
}
