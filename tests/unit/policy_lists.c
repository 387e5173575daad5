// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Lists of addresses: what a line may say, what is refused and where, what the policy makes of it.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "policy_reading.h"
#include "user/addr.h"
#include "user/note.h"
#include "user/plan.h"

#define MTIME 1800000000
#define HOUR 3600

static struct reading read_file(enum policy_list_kind kind, const char *file, const char *text,
				__s64 now)
{
	struct reading reading = { .result = -1 };
	FILE *err = open_memstream(&reading.said, &reading.said_len);

	reading.result =
		policy_parse_list(kind, file, text, strlen(text), MTIME, now, &reading.doc, err);
	fclose(err);
	return reading;
}

static struct reading read_list(enum policy_list_kind kind, const char *text, __s64 now)
{
	return read_file(kind, "lists/feed.list", text, now);
}

static struct reading deny_list(const char *text)
{
	return read_list(LIST_DENY, text, MTIME + 60);
}

static void expect_prefix(const struct policy_prefix *prefix, const char *text)
{
	char got[PREFIX_TEXT_LEN];

	cr_expect_str_eq(prefix_format(&prefix->address, prefix->length, got), text);
}

/* The format of FireHOL's sets, blocklist.de, Spamhaus and one's own notes. */
Test(policy_lists, lines)
{
	cleanup_reading struct reading list =
		deny_list("# a header\n"
			  "\n"
			  "198.51.100.7\n"
			  "  198.51.100.8\t# a note\n"
			  "203.0.113.0/24 ; SBL123\r\n"
			  "2001:db8:1::/48 reason=scans, all day # x\n"
			  "192.0.2.1");

	cr_assert_eq(list.result, 0, "%s", list.said);
	cr_assert_eq(list.doc.deny.count, 5);
	expect_prefix(&list.doc.deny.item[0], "198.51.100.7");
	expect_prefix(&list.doc.deny.item[1], "198.51.100.8");
	cr_expect_eq(list.doc.deny.item[1].line, 4);
	cr_expect_eq(list.doc.deny.item[1].column, 3);
	expect_prefix(&list.doc.deny.item[2], "203.0.113.0/24");
	expect_prefix(&list.doc.deny.item[3], "2001:db8:1::/48");
	expect_prefix(&list.doc.deny.item[4], "192.0.2.1");
	cr_assert_eq(list.doc.lists, 1);
	cr_expect_eq(list.doc.list[0].entries, 5);
	cr_expect_eq(list.doc.list[0].mtime, MTIME);
	cr_expect_eq(list.doc.bans, 0);
}

/* Time counts from the file's; what is over is left out. */
Test(policy_lists, entries_that_end)
{
	const char *text = "198.51.100.7 ttl=1h reason=too many calls\n"
			   "198.51.100.8 ttl=2h\n"
			   "2001:db8::/64 ttl=3h\n"
			   "198.51.100.9\n";
	cleanup_reading struct reading list = read_list(LIST_DENY, text, MTIME + HOUR);

	cr_assert_eq(list.result, 0, "%s", list.said);
	cr_expect_eq(list.doc.list[0].expired, 1);
	cr_expect_eq(list.doc.list[0].entries, 3);
	cr_assert_eq(list.doc.bans, 2);
	expect_prefix(&list.doc.ban[0].at, "198.51.100.8");
	cr_expect_eq(list.doc.ban[0].ends, MTIME + 2 * HOUR);
	cr_expect_str_eq(list.doc.ban[0].note, "list:feed");
	expect_prefix(&list.doc.ban[1].at, "2001:db8::/64");
	cr_expect_eq(list.doc.deny.count, 1);
}

Test(policy_lists, a_note_says_the_list_and_the_reason)
{
	cleanup_reading struct reading list =
		deny_list("198.51.100.7 reason=too many  calls\n"
			  "198.51.100.8 ttl=1h reason=g\303\274nstige Anrufe, sehr viele davon, "
			  "jeden Tag aufs Neue, \303\244\303\244\303\244\303\244\303\244\n");

	cr_assert_eq(list.result, 0, "%s", list.said);
	cr_assert_eq(list.doc.bans, 1);
	cr_expect_eq(strncmp(list.doc.ban[0].note, "list:feed: g\303\274nstige", 20), 0);
	cr_expect(note_is_valid(list.doc.ban[0].note), "%s", list.doc.ban[0].note);
}

/* A note that is no UTF-8 has no place in JSON, and the ban with it. */
Test(policy_lists, a_note_holds_whatever_a_file_is_called)
{
	static const struct {
		const char *file, *note;
	} cases[] = {
		{ "lists/a\xff\033[2J.list", "list:a??[2J: x" },
		{ "lists/a-name-of-23-characters\303\244.list",
		  "list:a-name-of-23-characters?: x" },
		{ "lists/\303\244.list", "list:??: x" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cleanup_reading struct reading list = read_file(
			LIST_DENY, cases[i].file, "198.51.100.8 ttl=1h reason=x\n", MTIME + 60);

		cr_assert_eq(list.result, 0, "%s", list.said);
		cr_assert_eq(list.doc.bans, 1);
		cr_expect_str_eq(list.doc.ban[0].note, cases[i].note);
	}
}

Test(policy_lists, errors_have_their_place_and_a_fix)
{
	static const struct {
		enum policy_list_kind kind;
		const char *text, *said;
	} cases[] = {
		{ LIST_DENY, "\n  300.1.2.3\n", ":2:3: error: '300.1.2.3' is not an address" },
		{ LIST_DENY, "10.0.0.1/24\n", ":1:1: error: '10.0.0.1/24' has bits set" },
		{ LIST_DENY, "10.0.0.0/33\n", "length that is too great" },
		{ LIST_DENY, "10.0.0.0/8\n", "wider than a /16" },
		{ LIST_DENY, "2001::/16\n", "wider than a /32" },
		{ LIST_DENY, "::/0\n", "takes in all of IPv4" },
		{ LIST_ALLOW, "0.0.0.0/0\n", "lists.allow.min-ipv4" },
		{ LIST_DENY, "10.0.0.1 frob\n", ":1:10: error: 'frob' is neither" },
		{ LIST_DENY, "10.0.0.1 ttl=soon\n", ":1:10: error: 'ttl=soon' is no time" },
		{ LIST_DENY, "10.0.0.1 ttl=0\n", "is no time" },
		{ LIST_DENY, "10.0.0.0/24 ttl=1h\n", "only a single address" },
		{ LIST_ALLOW, "10.0.0.1 ttl=1h\n", "only an entry of a deny list" },
		{ LIST_DENY, "10.0.0.1 reason=\001\n", "no printable text" },
		{ LIST_DENY, "10.0.0.1 reason=\377\n", "no printable text" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cleanup_reading struct reading list =
			read_list(cases[i].kind, cases[i].text, MTIME);

		cr_expect_eq(list.result, -EINVAL, "case %zu", i);
		cr_expect(strstr(list.said, cases[i].said), "case %zu: %s", i, list.said);
		cr_expect(strstr(list.said, "; fix: "), "case %zu: %s", i, list.said);
	}
}

Test(policy_lists, all_errors_at_once)
{
	cleanup_reading struct reading list = deny_list("a\n10.0.0.1\nb\nc ttl=x\n");

	cr_expect(strstr(list.said, ":1:1:") && strstr(list.said, ":3:1:") &&
			  strstr(list.said, ":4:1:"),
		  "%s", list.said);
}

Test(policy_lists, long_lines_and_nuls)
{
	char text[2 * LIST_LINE_MAX];
	cleanup_reading struct reading nul = { .result = -1 };
	FILE *err = open_memstream(&nul.said, &nul.said_len);

	memset(text, '1', sizeof(text));
	text[sizeof(text) - 1] = 0;
	{
		cleanup_reading struct reading list = deny_list(text);

		cr_expect(strstr(list.said, "longer than"), "%s", list.said);
	}
	nul.result = policy_parse_list(LIST_DENY, "f.list", "10.0.0.1\0x", 10, 0, 0, &nul.doc, err);
	fclose(err);
	cr_expect(strstr(nul.said, "a NUL"), "%s", nul.said);
}

/* A carrier of a list that the policy does not know has the name of the file. */
Test(policy_lists, carriers)
{
	cleanup_reading struct reading list = read_list(LIST_CARRIERS, "192.0.2.0/28\n", MTIME);

	cr_assert_eq(list.result, 0, "%s", list.said);
	cr_assert_eq(list.doc.carriers, 1);
	cr_expect_str_eq(list.doc.carrier[0].name, "feed");
	cr_expect_eq(list.doc.carrier[0].cps, POLICY_CPS_DEFAULT);
	cr_expect_eq(list.doc.carrier[0].prefixes.count, 1);
}

static char top[] = "/tmp/sipshield-unit-XXXXXX";

static void put(const char *name, const char *text)
{
	char path[128];
	FILE *out;

	snprintf(path, sizeof(path), "%s/%s", top, name);
	out = fopen(path, "we");
	cr_assert(out, "%s", path);
	fputs(text, out);
	fclose(out);
}

static void make_tree(void)
{
	static const char *const dirs[] = { "conf.d", "lists", "lists/deny.d", "lists/allow.d",
					    "lists/carriers.d" };
	char path[128];

	cr_assert(mkdtemp(top));
	for (size_t i = 0; i < sizeof(dirs) / sizeof(dirs[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", top, dirs[i]);
		cr_assert_eq(mkdir(path, 0755), 0);
	}
}

static void remove_tree(void)
{
	char command[64];

	snprintf(command, sizeof(command), "rm -r %s", top);
	cr_assert_eq(system(command), 0);
}

static struct reading load(const char *name)
{
	struct reading reading = { .result = -1 };
	FILE *err = open_memstream(&reading.said, &reading.said_len);
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", top, name);
	reading.result = policy_load(path, &reading.doc, err);
	fclose(err);
	return reading;
}

/* Beside the main file alone; its carriers get the prefixes, its limits hold. */
Test(policy_lists, beside_the_policy, .init = make_tree, .fini = remove_tree)
{
	put("sipshield.yaml", "carriers: [{name: trunk, cps: 7}]\nallow: [198.51.100.7]\n");
	put("other.yaml", "mode: shadow\n");
	put("conf.d/x.yaml", "lists: {deny: {min-ipv4: 8}}\n");
	put("lists/deny.d/feed.list", "10.0.0.0/8\n198.51.100.7\n192.0.2.1\n");
	put("lists/deny.d/README", "not read\n");
	put("lists/allow.d/own.list", "203.0.113.9\n");
	put("lists/carriers.d/trunk.list", "192.0.2.0/28\n");
	{
		cleanup_reading struct reading doc = load("sipshield.yaml");
		struct plan plan;
		struct addr address;
		char *said = NULL;
		size_t len;
		FILE *warn = open_memstream(&said, &len);

		cr_assert_eq(doc.result, 0, "%s", doc.said);
		cr_expect_eq(doc.doc.lists, 3);
		cr_expect_eq(doc.doc.policies, 2);
		cr_expect_eq(doc.doc.deny.count, 3);
		cr_expect_eq(doc.doc.allow.count, 2);
		cr_assert_eq(doc.doc.carriers, 1);
		cr_expect_eq(doc.doc.carrier[0].cps, 7);
		cr_expect_eq(doc.doc.carrier[0].prefixes.count, 1);
		/* what is granted wins, and that is said */
		cr_assert_eq(plan_build(&doc.doc, NULL, &plan, warn), 0);
		fclose(warn);
		addr_parse("198.51.100.7", &address);
		cr_expect_eq(plan_match(&plan, &address)->rule.kind, PREFIX_ALLOW);
		addr_parse("192.0.2.1", &address);
		cr_expect_eq(plan_match(&plan, &address)->rule.kind, PREFIX_CARRIER);
		cr_expect(strstr(said, "feed.list:2: warning: deny: 198.51.100.7 has no effect"),
			  "%s", said);
		plan_free(&plan);
		free(said);
	}
	{
		cleanup_reading struct reading doc = load("other.yaml");

		cr_expect_eq(doc.result, 0);
		cr_expect_eq(doc.doc.lists, 0);
	}
}

Test(policy_lists, too_many_entries, .init = make_tree, .fini = remove_tree)
{
	put("sipshield.yaml", "lists: {deny: {max-entries: 3}}\n");
	put("lists/deny.d/a.list", "192.0.2.1\n192.0.2.2\n");
	put("lists/deny.d/b.list", "192.0.2.3\n192.0.2.4\n");
	{
		cleanup_reading struct reading doc = load("sipshield.yaml");

		cr_expect_eq(doc.result, -EINVAL);
		cr_expect(strstr(doc.said,
				 "b.list:1:1: error: with this file the deny lists have 4 "
				 "entries, more than 3; fix: "),
			  "%s", doc.said);
	}
}

/* A carrier that neither the policy nor a list gives prefixes is an error as ever. */
Test(policy_lists, carrier_without_any, .init = make_tree, .fini = remove_tree)
{
	put("sipshield.yaml", "carriers: [{name: trunk, cps: 7}]\n");
	put("lists/carriers.d/tronk.list", "192.0.2.0/28\n");
	{
		cleanup_reading struct reading doc = load("sipshield.yaml");

		cr_expect(strstr(doc.said, "carrier trunk: no prefixes"), "%s", doc.said);
	}
}

Test(policy_lists, limits_are_printed_and_read_back)
{
	cleanup_reading struct reading doc = read_policy("lists: {allow: {max-entries: 5}}\n");
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	cr_assert_eq(doc.result, 0);
	policy_print(&doc.doc, out);
	fclose(out);
	{
		cleanup_reading struct reading again = read_policy(text);

		cr_assert_eq(again.result, 0, "%s", again.said);
		cr_expect_eq(again.doc.list_limits[LIST_ALLOW].max_entries, 5);
		cr_expect_eq(again.doc.list_limits[LIST_ALLOW].min_ipv4, 8);
	}
	free(text);
}
