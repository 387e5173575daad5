// SPDX-License-Identifier: GPL-2.0-or-later
/* The operator's own rules: deny, allow, carriers; the longest match decides. */
#include "tests/prog/harness.h"

#define OPTIONS .payload = MESSAGE(.method = "OPTIONS")

TestSuite(prefixes, .init = prog_start);

Test(prefixes, deny)
{
	prog_policy("deny: [203.0.113.0/25, 198.18.0.0/15, 192.0.2.200, \"2001:db8:bad::/48\",\n"
		    "       \"2001:db8:f::1\", \"3fff::/20\", 240.0.0.0/4]");
	expect(REASON_DENY, .src = "203.0.113.0", OPTIONS);
	expect(REASON_DENY, .src = "203.0.113.127", OPTIONS);
	expect(REASON_REQUEST, .src = "203.0.113.128", OPTIONS);
	expect(REASON_DENY, .src = "198.18.0.0", OPTIONS);
	expect(REASON_DENY, .src = "198.19.255.255", OPTIONS);
	expect(REASON_REQUEST, .src = "198.20.0.0", OPTIONS);
	expect(REASON_REQUEST, .src = "198.17.255.255", OPTIONS);
	expect(REASON_DENY, .src = "192.0.2.200", OPTIONS);
	expect(REASON_REQUEST, .src = "192.0.2.201", OPTIONS);
	expect(REASON_DENY, .src = "255.1.2.3", OPTIONS);
	expect(REASON_DENY, .src = "2001:db8:bad::1", OPTIONS);
	expect(REASON_DENY, .src = "2001:db8:bad:ffff::1", OPTIONS);
	expect(REASON_REQUEST, .src = "2001:db8:bae::1", OPTIONS);
	expect(REASON_DENY, .src = "2001:db8:f::1", OPTIONS);
	expect(REASON_REQUEST, .src = "2001:db8:f::2", OPTIONS);
	expect(REASON_DENY, .src = "3fff:fff::1", OPTIONS);
	expect(REASON_REQUEST, .src = "3fff:1000::1", OPTIONS);
}

/* A prefix shorter than /32 turns the filter before the trie off; longer ones must still match. */
Test(prefixes, wide_ipv6)
{
	prog_policy("deny: [\"2000::/3\"]\nallow: [\"2001:db8:1::/48\", \"2001:db8:2::9\"]");
	expect(REASON_DENY, .src = "2600::1", OPTIONS);
	expect(REASON_DENY, .src = "3fff::1", OPTIONS);
	expect(REASON_ALLOW, .src = "2001:db8:1:2::3", OPTIONS);
	expect(REASON_ALLOW, .src = "2001:db8:2::9", OPTIONS);
	expect(REASON_DENY, .src = "2001:db8:2::8", OPTIONS);
	expect(REASON_REQUEST, .src = "fd00::1", OPTIONS);
	expect(REASON_REQUEST, .src = "203.0.113.1", OPTIONS);
}

Test(prefixes, all_of_ipv4)
{
	prog_policy("deny: [0.0.0.0/0]\nallow: [203.0.113.0/24]");
	expect(REASON_DENY, .src = "1.2.3.4", OPTIONS);
	expect(REASON_DENY, .src = "223.255.255.255", OPTIONS);
	expect(REASON_ALLOW, .src = "203.0.113.77", OPTIONS);
	expect(REASON_REQUEST, .ipv6 = true, OPTIONS);
}

Test(prefixes, longest_match)
{
	prog_policy("deny: [203.0.0.0/16, 198.51.100.0/24]\n"
		    "allow: [203.0.113.0/24, 198.51.100.7]\n"
		    "carriers: [{name: a, prefixes: [203.0.113.64/26], cps: 10},\n"
		    "           {name: b, prefixes: [203.0.114.1], cps: 10}]");
	expect(REASON_DENY, .src = "203.0.1.1", OPTIONS);
	expect(REASON_ALLOW, .src = "203.0.113.1", OPTIONS);
	expect(REASON_CARRIER, .src = "203.0.113.65", OPTIONS);
	expect(REASON_CARRIER, .src = "203.0.114.1", OPTIONS);
	expect(REASON_DENY, .src = "203.0.114.2", OPTIONS);
	expect(REASON_ALLOW, .src = "198.51.100.7", OPTIONS);
	expect(REASON_DENY, .src = "198.51.100.8", OPTIONS);
}

/* Allowed sources are exempt from every limit, and nothing of theirs is read. */
Test(prefixes, allow)
{
	struct verdict_record got;

	prog_policy("allow: [203.0.113.5]\n"
		    "lanes: {request: {rate: 1/h, burst: 1}}\n"
		    "limits: {unknown: {invite: {rate: 1/h, burst: 1}}}");
	cr_assert_eq(prog_admitted(100, FRAME(.src = "203.0.113.5"), "INVITE"), 100);
	expect(REASON_REQUEST, .payload = MESSAGE());
	got = prog_in(FRAME(.src = "203.0.113.5", .payload = "GET / HTTP/1.1\r\n\r\n"));
	expect_record(got, REASON_ALLOW);
	cr_assert_eq(got.standing, STANDING_ALLOWED);
	cr_assert_eq(got.method, SIP_METHOD_NONE);
}

/*
 * A carrier's addresses share its budget: one and a half times its calls a second, two seconds of
 * them at once; ten times as much for all that is no new call.
 */
Test(prefixes, carrier)
{
	struct verdict_record got;

	prog_policy(
		"carriers: [{name: a, prefixes: [203.0.113.0/24, \"2001:db8:c::/48\"], cps: 20},\n"
		"           {name: b, prefixes: [198.51.100.0/24], cps: 20}]");
	cr_assert_eq(prog_admitted(70, FRAME(.src = "203.0.113.5"), "INVITE"), 60);
	cr_assert_eq(prog_admitted(5, FRAME(.src = "203.0.113.6"), "INVITE"), 0);
	cr_assert_eq(prog_admitted(5, FRAME(.src = "2001:db8:c::1"), "INVITE"), 0);
	expect(REASON_CARRIER_RATE, .src = "203.0.113.6", .payload = MESSAGE());
	cr_assert_eq(prog_admitted(5, FRAME(.src = "198.51.100.7"), "INVITE"), 5);
	cr_assert_eq(prog_admitted(610, FRAME(.src = "203.0.113.7"), "BYE"), 600);
	prog_wait(SECOND);
	cr_assert_eq(prog_admitted(40, FRAME(.src = "203.0.113.8"), "INVITE"), 30);
	got = prog_in(FRAME(.src = "203.0.113.8", OPTIONS));
	expect_record(got, REASON_CARRIER);
	cr_assert_eq(got.standing, STANDING_CARRIER);
	cr_assert_eq(got.method, SIP_METHOD_OPTIONS);
}

/* A carrier's call that was dropped for its rate is not lost: a repeat in time goes through. */
Test(prefixes, carrier_repeats)
{
	const char *call = MESSAGE(.branch = "z9hG4bKcarrier");

	prog_policy("carriers: [{name: a, prefixes: [203.0.113.0/24], cps: 10}]");
	cr_assert_eq(prog_admitted(31, FRAME(.src = "203.0.113.5"), "INVITE"), 30);
	expect(REASON_CARRIER_RATE, .src = "203.0.113.5", .payload = call);
	prog_wait(SECOND / 2);
	expect(REASON_CARRIER, .src = "203.0.113.5", .payload = call);
}

/* Those of a carrier's do not fill the strangers' lane, nor are they closed out by it. */
Test(prefixes, carrier_and_lane)
{
	prog_policy("carriers: [{name: a, prefixes: [203.0.113.0/24], cps: 100}]\n"
		    "lanes: {request: {rate: 1/h, burst: 1}}");
	cr_assert_eq(prog_admitted(100, FRAME(.src = "203.0.113.5"), "INVITE"), 100);
	expect(REASON_REQUEST, .payload = MESSAGE());
	expect(REASON_GREYLIST, .payload = MESSAGE());
	cr_assert_eq(prog_admitted(100, FRAME(.src = "203.0.113.5"), "INVITE"), 100);
}

/* The last carrier of the greatest policy. */
Test(prefixes, many_carriers)
{
	static char yaml[8192];
	size_t len = snprintf(yaml, sizeof(yaml), "carriers:\n");

	for (unsigned int i = 0; i < CARRIERS_MAX; i++)
		len += snprintf(yaml + len, sizeof(yaml) - len,
				"  - {name: c%u, prefixes: [10.1.%u.0/24], cps: %u}\n", i, i,
				i + 4);
	prog_policy(yaml);
	cr_assert_eq(prog_admitted(300, FRAME(.src = "10.1.63.9"), "INVITE"), 201);
	cr_assert_eq(prog_admitted(300, FRAME(.src = "10.1.0.9"), "INVITE"), 12);
}

/* What an earlier policy denied or allowed is gone with it. */
Test(prefixes, are_replaced)
{
	prog_policy("deny: [203.0.113.0/24, 198.51.100.7]");
	expect(REASON_DENY, .src = "203.0.113.1", OPTIONS);
	expect(REASON_DENY, .src = "198.51.100.7", OPTIONS);
	prog_policy("allow: [203.0.113.0/24]");
	expect(REASON_ALLOW, .src = "203.0.113.1", OPTIONS);
	expect(REASON_REQUEST, .src = "198.51.100.7", OPTIONS);
	prog_policy("");
	expect(REASON_REQUEST, .src = "203.0.113.1", OPTIONS);
}
