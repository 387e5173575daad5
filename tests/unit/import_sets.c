// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sets as nft and ipset print them, as lists: nothing is wider than it was, and what cannot be said is
 * named.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/import.h"

#define NFT(type, elements)                                                                        \
	"{\"nftables\": [{\"metainfo\": {\"version\": \"1.0.6\"}}, {\"set\": {\"family\": "        \
	"\"inet\", \"name\": \"bad\", \"table\": \"t\", \"type\": " type ", \"handle\": 1, "       \
	"\"elem\": [" elements "]}}]}"

static const struct policy_list_limits limits = { 1000, 16, 32, 50 };

/* The list of an import, to be freed. */
static char *list_of(struct import *import, enum policy_list_kind kind)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct policy_doc doc;

	cr_assert_eq(import_fit(import, kind, &limits), 0);
	import_print(import, out);
	fclose(out);
	cr_assert_eq(policy_parse_list(kind, "f.list", text, len, 0, 0, &doc, stderr), 0, "%s",
		     text);
	policy_free(&doc);
	return text;
}

static void expect_nft(const char *json, const char *want, size_t skips)
{
	struct import import = { 0 };
	char why[IMPORT_WHY_LEN], *got;

	cr_assert_eq(import_nft(json, strlen(json), NULL, &import, why), 0, "%s", why);
	got = list_of(&import, LIST_DENY);
	cr_expect_str_eq(got, want);
	cr_expect_eq(import.skips, skips, "%zu skipped", import.skips);
	free(got);
	import_free(&import);
}

Test(import_sets, nft)
{
	expect_nft(NFT("\"ipv4_addr\"", ""), "", 0);
	expect_nft(NFT("\"ipv4_addr\"", "\"1.2.3.4\", {\"range\": [\"5.6.7.0\", \"5.6.7.9\"]}, "
					"{\"prefix\": {\"addr\": \"10.1.0.0\", \"len\": 16}}"),
		   "1.2.3.4\n5.6.7.0/29\n5.6.7.8/31\n10.1.0.0/16\n", 0);
	expect_nft(NFT("\"ipv4_addr\"",
		       "\"9.9.9.8\", {\"elem\": {\"val\": \"9.9.9.9\", \"timeout\": "
		       "3600, \"expires\": 3599, \"comment\": \"bad #1\"}}"),
		   "9.9.9.8\n9.9.9.9 ttl=3599s reason=bad  1\n", 0);
	expect_nft(NFT("\"ipv4_addr\"",
		       "{\"elem\": {\"val\": {\"prefix\": {\"addr\": \"7.7.7.0\", \"len\": 30}}, "
		       "\"timeout\": 7200, \"expires\": 7199}}"),
		   "7.7.7.0 ttl=7199s\n7.7.7.1 ttl=7199s\n7.7.7.2 ttl=7199s\n7.7.7.3 ttl=7199s\n",
		   0);
	expect_nft(NFT("\"ipv6_addr\"", "\"2001:db9::1\", {\"prefix\": {\"addr\": \"2001:db8::\", "
					"\"len\": 32}}, {\"range\": [\"2001:db8::\", "
					"\"2001:db8::2\"]}"),
		   "2001:db9::1\n2001:db8::/32\n2001:db8::/127\n2001:db8::2\n", 0);
}

Test(import_sets, ranges_at_the_ends)
{
	expect_nft(NFT("\"ipv4_addr\"", "{\"range\": [\"255.255.255.254\", \"255.255.255.255\"]}"),
		   "255.255.255.254/31\n", 0);
	expect_nft(NFT("\"ipv4_addr\"", "{\"range\": [\"1.0.0.1\", \"1.0.0.6\"]}"),
		   "1.0.0.1\n1.0.0.2/31\n1.0.0.4/31\n1.0.0.6\n", 0);
	expect_nft(NFT("\"ipv6_addr\"", "{\"range\": [\"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\", "
					"\"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\"]}"),
		   "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff\n", 0);
	expect_nft(NFT("\"ipv4_addr\"", "{\"range\": [\"9.0.0.0\", \"1.0.0.0\"]}"), "", 0);
}

/* What a list has no word for, or must not have. */
Test(import_sets, left_out)
{
	expect_nft(NFT("\"ipv4_addr\"", "{\"prefix\": {\"addr\": \"10.0.0.0\", \"len\": 8}}, "
					"\"1.2.3.4\""),
		   "1.2.3.4\n", 1);
	expect_nft(NFT("\"ipv4_addr\"", "5060, {\"concat\": [\"1.2.3.4\", 5060]}, \"x\""), "", 3);
	expect_nft(NFT("\"ipv4_addr\"",
		       "{\"elem\": {\"val\": {\"prefix\": {\"addr\": \"7.7.0.0\", \"len\": 16}}, "
		       "\"timeout\": 7200, \"expires\": 7199}}"),
		   "", 1);
}

Test(import_sets, nft_refused)
{
	static const struct {
		const char *text, *name, *why;
	} cases[] = {
		{ "", NULL, "not what `nft" },
		{ "{}", NULL, "no such set" },
		{ NFT("\"ipv4_addr\"", ""), "good", "no such set" },
		{ NFT("[\"ipv4_addr\", \"inet_service\"]", ""), "bad", "not addresses alone" },
		{ NFT("\"inet_service\"", "5060"), "bad", "not addresses alone" },
		{ "{\"nftables\": [{\"set\": {\"family\": \"ip\", \"name\": \"a\", \"table\": \"t\"}}, "
		  "{\"set\": {\"family\": \"ip6\", \"name\": \"a\", \"table\": \"u\"}}]}",
		  "a", "several sets, in `ip t' and `ip6 u'" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct import import = { 0 };
		char why[IMPORT_WHY_LEN] = "";

		cr_expect_eq(import_nft(cases[i].text, strlen(cases[i].text), cases[i].name,
					&import, why),
			     -EINVAL, "case %zu", i);
		cr_expect(strstr(why, cases[i].why), "case %zu: %s", i, why);
		import_free(&import);
	}
}

static const char saved[] =
	"create s hash:ip family inet hashsize 1024 maxelem 65536 timeout 600 comment\n"
	"add s 1.2.3.4 timeout 99 comment \"x y timeout 7 nomatch\"\n"
	"add s 1.2.3.5 timeout 0\n"
	"create n hash:net family inet hashsize 1024 maxelem 65536\n"
	"add n 10.9.0.0/16 nomatch\n"
	"add n 10.0.0.0/12\n"
	"add n 10.16.0.0/16\n"
	"create p hash:ip,port family inet\n"
	"add p 1.2.3.4,udp:5060\n";

static void expect_ipset(const char *name, enum policy_list_kind kind, const char *want,
			 size_t skips)
{
	struct import import = { 0 };
	char why[IMPORT_WHY_LEN], *got;

	cr_assert_eq(import_ipset(saved, strlen(saved), name, &import, why), 0, "%s", why);
	cr_expect_str_eq(import.set, name);
	got = list_of(&import, kind);
	cr_expect_str_eq(got, want);
	cr_expect_eq(import.skips, skips, "%zu skipped", import.skips);
	free(got);
	import_free(&import);
}

Test(import_sets, ipset)
{
	expect_ipset("s", LIST_DENY, "1.2.3.4 ttl=99s reason=x y timeout 7 nomatch\n1.2.3.5\n", 0);
	expect_ipset("s", LIST_ALLOW, "1.2.3.5\n", 1);
	/* the wide one and the exception in it are left out, the other one is not */
	expect_ipset("n", LIST_DENY, "10.16.0.0/16\n", 2);
}

Test(import_sets, ipset_refused)
{
	struct import import = { 0 };
	char why[IMPORT_WHY_LEN] = "";

	cr_expect_eq(import_ipset(saved, strlen(saved), "p", &import, why), -EINVAL);
	cr_expect(strstr(why, "hash:ip,port"), "%s", why);
	import_free(&import);
	cr_expect_eq(import_ipset(saved, strlen(saved), "gone", &import, why), -EINVAL);
	cr_expect_eq(import_ipset(saved, strlen(saved), NULL, &import, why), -EINVAL);
	cr_expect(strstr(why, "several"), "%s", why);
	import_free(&import);
}
