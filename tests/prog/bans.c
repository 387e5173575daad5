// SPDX-License-Identifier: GPL-2.0-or-later
/* Bans: who is meant, for how long, and who never is. */
#include <errno.h>

#include "tests/prog/harness.h"
#include "user/addr.h"

#define OPTIONS .payload = MESSAGE(.method = "OPTIONS")

TestSuite(bans, .init = prog_start);

Test(bans, one_address)
{
	prog_ban("203.0.113.20", 0);
	expect(REASON_BANNED, .src = "203.0.113.20", OPTIONS);
	expect(REASON_BANNED, .src = "203.0.113.20", .sport = 9, OPTIONS);
	expect(REASON_BANNED, .src = "203.0.113.20", .tcp = true, OPTIONS);
	expect(REASON_REQUEST, .src = "203.0.113.21", OPTIONS);
	expect(REASON_REQUEST, .src = "203.0.113.19", OPTIONS);
}

/* All that it sends to a protected port, before any of it is read. */
Test(bans, everything_of_it)
{
	prog_ban("203.0.113.20", 0);
	expect(REASON_BANNED, .src = "203.0.113.20", .payload = "\r\n\r\n");
	expect(REASON_BANNED, .src = "203.0.113.20");
	expect(REASON_BANNED, .src = "203.0.113.20", .payload = MESSAGE(.status = 200));
	expect(REASON_BANNED, .src = "203.0.113.20", .payload = "GET / HTTP/1.1\r\n\r\n");
	cr_assert_eq(prog_in(FRAME(.src = "203.0.113.20", OPTIONS)).method, SIP_METHOD_NONE);
}

Test(bans, end)
{
	prog_ban("203.0.113.20", 60);
	prog_wait(60 * SECOND - 1);
	expect(REASON_BANNED, .src = "203.0.113.20", OPTIONS);
	prog_wait(1);
	expect(REASON_REQUEST, .src = "203.0.113.20", OPTIONS);
	/* and may be made again, for ever */
	prog_ban("203.0.113.20", 0);
	prog_wait(1000 * HOUR);
	expect(REASON_BANNED, .src = "203.0.113.20", OPTIONS);
}

Test(bans, are_lifted)
{
	struct addr address;

	prog_ban("203.0.113.20", 0);
	expect(REASON_BANNED, .src = "203.0.113.20", OPTIONS);
	cr_assert_eq(addr_parse("203.0.113.20", &address), 0);
	cr_assert_eq(store_unban(prog_store(), &address, prog_now(), 0), 0);
	expect(REASON_REQUEST, .src = "203.0.113.20", OPTIONS);
}

Test(bans, ipv6_prefix)
{
	prog_ban("2001:db8:bad:1::1", 0);
	expect(REASON_BANNED, .src = "2001:db8:bad:1::1", OPTIONS);
	expect(REASON_BANNED, .src = "2001:db8:bad:1:ffff:ffff:ffff:ffff", OPTIONS);
	expect(REASON_REQUEST, .src = "2001:db8:bad:2::1", OPTIONS);
	expect(REASON_REQUEST, .src = "2001:db8:bad::1", OPTIONS);
}

/* A ban wins over standing: credentials may be stolen. */
Test(bans, of_the_trusted)
{
	prog_set_standing("203.0.113.20", STANDING_TRUSTED, ~0ULL);
	expect(REASON_KNOWN, .src = "203.0.113.20", OPTIONS);
	prog_ban("203.0.113.20", 60);
	expect(REASON_BANNED, .src = "203.0.113.20", OPTIONS);
	prog_wait(60 * SECOND);
	expect(REASON_KNOWN, .src = "203.0.113.20", OPTIONS);
}

/* Whom the policy protects is not banned, even if it had been before. */
Test(bans, never)
{
	static const char *const policies[] = {
		"allow: [203.0.113.0/24]",
		"carriers: [{name: c, prefixes: [203.0.113.0/24], cps: 10}]",
	};
	static const enum reason reasons[] = { REASON_ALLOW, REASON_CARRIER };

	prog_ban("203.0.113.20", 0);
	for (size_t i = 0; i < COUNT_OF(policies); i++) {
		prog_policy(policies[i]);
		expect(reasons[i], .src = "203.0.113.20", OPTIONS);
	}
	prog_policy_never_ban("", "203.0.113.0/28");
	expect(REASON_BANNED, .src = "203.0.113.20", OPTIONS);
	prog_policy_never_ban("", "203.0.113.16/28");
	expect(REASON_REQUEST, .src = "203.0.113.20", OPTIONS);
	prog_policy("");
	expect(REASON_BANNED, .src = "203.0.113.20", OPTIONS);
}

Test(bans, off)
{
	prog_ban("203.0.113.20", 0);
	prog_policy("rules: {banned: off}");
	expect(REASON_REQUEST, .src = "203.0.113.20", OPTIONS);
	cr_assert_eq(prog_shadow_count(REASON_BANNED), 0);
}
