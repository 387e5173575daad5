// SPDX-License-Identifier: GPL-2.0-or-later
/* Entries of deny lists that end, as bans: they follow the lists, and stay out of others' way. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/prog/harness.h"
#include "user/addr.h"
#include "user/store_lists.h"

#define WALL 1800000000LL /* seconds since 1970, at the beginning of each test */
#define SOURCE "198.51.100.7"
#define FROM_SOURCE .src = SOURCE, .payload = MESSAGE(.method = "OPTIONS")

TestSuite(list_bans, .init = prog_start);

/* Applies a list as if it had been written just now, for good or on trial until then. */
static struct list_bans apply_until(const char *text, __u64 until_ns)
{
	const struct list_time now = { prog_now(), WALL, until_ns };
	struct list_bans made;
	struct policy_doc doc;

	cr_assert_eq(policy_parse_list(LIST_DENY, "feed.list", text, strlen(text), WALL, WALL, &doc,
				       stderr),
		     0);
	cr_assert_eq(store_list_bans(prog_store(), &doc, &now, &made), 0);
	policy_free(&doc);
	return made;
}

static struct list_bans apply(const char *text)
{
	return apply_until(text, 0);
}

static struct addr source(void)
{
	struct addr address;

	cr_assert_eq(addr_parse(SOURCE, &address), 0);
	return address;
}

static struct ban ban_of(const char *text)
{
	struct addr address;
	struct ban ban = { 0 };

	cr_assert_eq(addr_parse(text, &address), 0);
	store_ban_get(prog_store(), &address, &ban);
	return ban;
}

Test(list_bans, end_in_the_kernel)
{
	struct list_bans made = apply(SOURCE " ttl=60s reason=calls at night\n");

	cr_expect_eq(made.banned, 1);
	cr_expect_str_eq(ban_of(SOURCE).note, POLICY_LIST_NOTE "feed: calls at night");
	expect(REASON_BANNED, FROM_SOURCE);
	prog_wait(59 * SECOND);
	expect(REASON_BANNED, FROM_SOURCE);
	prog_wait(2 * SECOND);
	expect(REASON_REQUEST, FROM_SOURCE);
}

/* The same list again keeps them; what no list names any more ends. */
Test(list_bans, follow_the_list)
{
	struct list_bans made = apply(SOURCE " ttl=1h\n198.51.100.8 ttl=1h\n");

	cr_expect_eq(made.banned, 2);
	made = apply("198.51.100.8 ttl=1h\n");
	cr_expect_eq(made.banned, 1);
	cr_expect_eq(made.ended, 1);
	expect(REASON_REQUEST, FROM_SOURCE);
	cr_expect_gt(ban_of("198.51.100.8").expires_ns, prog_now());
}

/* A longer ban of a person or of the agent stays as it is, a shorter one becomes the list's. */
Test(list_bans, do_not_shorten)
{
	struct addr address = source();
	struct list_bans made;

	cr_assert_eq(store_ban(prog_store(), &address, prog_now(), 7200, 0, "by hand"), 0);
	made = apply(SOURCE " ttl=1h\n");
	cr_expect_eq(made.longer, 1);
	cr_expect_str_eq(ban_of(SOURCE).note, "by hand");
	made = apply(SOURCE " ttl=3h\n");
	cr_expect_eq(made.banned, 1);
	cr_expect_str_eq(ban_of(SOURCE).note, POLICY_LIST_NOTE "feed");
}

/* An agent's ban is none of a list, whatever its sentence. */
Test(list_bans, end_no_others)
{
	struct addr address = source();

	cr_assert_eq(store_ban(prog_store(), &address, prog_now(), 7200, 2,
			       POLICY_LIST_NOTE "users"),
		     0);
	cr_expect_eq(apply("").ended, 0);
	expect(REASON_BANNED, FROM_SOURCE);
}

Test(list_bans, respect_a_ban_that_was_lifted)
{
	struct addr address = source();

	cr_assert_eq(store_ban(prog_store(), &address, prog_now(), 60, 1, "x"), 0);
	cr_assert_eq(store_unban(prog_store(), &address, prog_now(), 600), 0);
	cr_expect_eq(apply(SOURCE " ttl=1h\n").lifted, 1);
	expect(REASON_REQUEST, FROM_SOURCE);
	prog_wait(601 * SECOND);
	cr_expect_eq(apply(SOURCE " ttl=1h\n").banned, 1);
}

Test(list_bans, of_the_protected)
{
	struct list_bans made;

	prog_policy("allow: [" SOURCE "]\n");
	made = apply(SOURCE " ttl=1h\n198.51.100.8 ttl=1h\n");
	cr_expect_eq(made.refused, 1);
	cr_expect_eq(made.banned, 1);
	expect(REASON_ALLOW, FROM_SOURCE);
}

/* What a policy on trial bans does not outlive the trial, and what it leaves out does not end by it. */
Test(list_bans, on_trial)
{
	__u64 until_ns = prog_now() + 60 * SECOND;
	struct list_bans made;

	apply("198.51.100.8 ttl=1h\n198.51.100.9 ttl=1h\n");
	made = apply_until(SOURCE " ttl=1h\n198.51.100.9 ttl=2m\n", until_ns);
	cr_expect_eq(made.banned, 1);
	cr_expect_eq(made.longer, 1);
	cr_expect_eq(made.ended, 0);
	expect(REASON_BANNED, FROM_SOURCE);
	prog_wait(60 * SECOND);
	expect(REASON_REQUEST, FROM_SOURCE);
	expect(REASON_BANNED, .src = "198.51.100.8", .payload = MESSAGE());
	expect(REASON_BANNED, .src = "198.51.100.9", .payload = MESSAGE());
}

Test(list_bans, trial_taken_back)
{
	__u64 until_ns = prog_now() + 60 * SECOND;

	apply("198.51.100.8 ttl=1h\n");
	apply_until(SOURCE " ttl=1h\n", until_ns);
	cr_assert_eq(store_end_list_bans(prog_store(), prog_now(), until_ns), 0);
	expect(REASON_REQUEST, FROM_SOURCE);
	expect(REASON_BANNED, .src = "198.51.100.8", .payload = MESSAGE());
}

Test(list_bans, confirmed)
{
	apply_until(SOURCE " ttl=1h\n", prog_now() + 60 * SECOND);
	cr_expect_eq(apply(SOURCE " ttl=1h\n").banned, 1);
	prog_wait(61 * SECOND);
	expect(REASON_BANNED, FROM_SOURCE);
}

/* More than there is room for: the rest is counted; the next list's room is made first. */
Test(list_bans, more_than_room)
{
	size_t lines = 2 * BANS_MAX, line = sizeof("10.255.255.255 ttl=1h\n");
	char *text = malloc(lines * line + 1);
	size_t len = 0;
	struct list_bans made;

	cr_assert(text);
	for (unsigned int i = 0; i < lines; i++)
		len += (size_t)sprintf(text + len, "10.%u.%u.%u ttl=1h\n", i >> 16, i >> 8 & 255,
				       i & 255);
	made = apply(text);
	free(text);
	cr_expect_eq(made.banned, BANS_MAX);
	cr_expect_eq(made.no_room, lines - BANS_MAX);
	made = apply(SOURCE " ttl=1h\n");
	cr_expect_eq(made.banned, 1);
	cr_expect_eq(made.ended, BANS_MAX);
}
