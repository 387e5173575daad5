// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signatures, each operator through the tables that lead to it: what hits, what nearly does, the
 * longest, what is absent, folded or cut off.
 */
#include <stdio.h>
#include <string.h>

#include "tests/prog/harness.h"
#include "tests/prog/request_build.h"

TestSuite(signatures, .init = prog_start);

/* One signature, enforced; no User-Agents. */
static void one_signature(const char *match)
{
	char yaml[1024];

	snprintf(yaml, sizeof(yaml),
		 "user-agents: []\nsignatures: [{name: only, action: enforce, match: {%s}}]",
		 match);
	prog_policy(yaml);
}

struct match_case {
	const char *match;
	struct request_parts parts;
	bool hit;
};

static void try_cases(const struct match_case *cases, size_t n)
{
	const char *match = "";

	for (size_t i = 0; i < n; i++) {
		const struct match_case *c = &cases[i];
		struct verdict_record got;

		if (strcmp(match, c->match))
			one_signature(c->match);
		match = c->match;
		prog_wait(HOUR);
		got = prog_in(FRAME(.payload = request_text(&c->parts)));
		cr_expect_eq(got.reason == REASON_SIGNATURE, c->hit, "case %zu, {%s}: %s", i,
			     c->match, reason_name(got.reason));
		cr_expect_eq(got.signature, c->hit);
	}
}

#define TEN "0123456789"
#define FIFTY TEN TEN TEN TEN TEN
#define LONG FIFTY FIFTY FIFTY FIFTY FIFTY FIFTY
/* The most that an atom holds. */
#define TEXT32 "abcdefghijklmnopqrstuvwxyz012345"

Test(signatures, equals)
{
	static const struct match_case cases[] = {
		{ "call-id: {equals: abc}", { .call_id = "abc" }, true },
		{ "call-id: {equals: abc}", { .call_id = "Abc" }, false },
		{ "call-id: {equals: abc}", { .call_id = "abcd" }, false },
		{ "call-id: {equals: abc}", { .call_id = "ab" }, false },
		{ "call-id: {equals: abc}", { .call_id = "" }, false },
		{ "call-id: {equals: abc}", { .call_id = "\r\n abc" }, true },
		{ "call-id: {equals: abc}", { .call_id = "a\r\n bc" }, false },
		{ "call-id: {equals: x}", { .call_id = "x" }, true },
		{ "call-id: {equals: x}", { .call_id = "y" }, false },
		{ "call-id: {equals: " TEXT32 "}", { .call_id = TEXT32 }, true },
		{ "call-id: {equals: " TEXT32 "}", { .call_id = TEXT32 "6" }, false },
		{ "call-id: {equals: " TEXT32 "}",
		  { .call_id = "abcdefghijklmnopqrstuvwxyz012346" },
		  false },
		{ "user-agent: {equals: scanner}", { .agent = "SCANner" }, true },
		{ "user-agent: {equals: scanner}", { .agent = "scanner " }, true },
		{ "user-agent: {equals: scanner}", { .agent = "scanner 1" }, false },
		{ "user-agent: {equals: 'a[b'}", { .agent = "A[B" }, true },
		{ "user-agent: {equals: 'a[b'}", { .agent = "A{B" }, false },
		{ "user-agent: {equals: scanner}", { .agent = "" }, false },
	};

	try_cases(cases, COUNT_OF(cases));
}

Test(signatures, prefix)
{
	static const struct match_case cases[] = {
		{ "ruri-user: {prefix: '00442'}", { .uri = "sip:00442012@h" }, true },
		{ "ruri-user: {prefix: '00442'}", { .uri = "sip:00442@h" }, true },
		{ "ruri-user: {prefix: '00442'}", { .uri = "sip:0044@h" }, false },
		{ "ruri-user: {prefix: '00442'}", { .uri = "sip:0044312@h" }, false },
		{ "ruri-user: {prefix: '00442'}", { .uri = "sip:00442.h" }, false },
		{ "ruri-user: {prefix: '00442'}", { .uri = "tel:00442012" }, true },
		{ "ruri-user: {prefix: '00442'}", { .uri = "http://00442" }, false },
		{ "ruri-user: {prefix: '00442'}", { .uri = "sip:00442" FIFTY FIFTY "@h" }, true },
		{ "ruri-user: {prefix: '00442'}", { .uri = "sip:00442@h", .cut = 30 }, true },
		{ "ruri-user: {prefix: '00442'}", { .uri = "sip:00442@h", .cut = 20 }, false },
		{ "branch: {prefix: z9hG4bK-52}", { .branch = "z9hG4bK-524" }, true },
		{ "branch: {prefix: z9hG4bK-52}", { .branch = "z9hG4bK-542" }, false },
		{ "branch: {prefix: z9hG}", { .branch = "z9hG4bK-524" }, true },
		{ "branch: {prefix: z9hG}", { .branch = "z9hg4bK-524" }, false },
		{ "branch: {equals: z9hG4bK}", { .branch = "z9hG4bK" }, true },
		{ "branch: {equals: z9hG4bK}", { .branch = "z9hG4bKz" }, false },
		{ "user-agent: {prefix: z9hg4bkx}", { .agent = "Z9HG4BKXX" }, true },
		{ "call-id: {prefix: a}", { .call_id = "ab" }, true },
		{ "call-id: {prefix: a}", { .call_id = "A" }, false },
		{ "call-id: {prefix: " TEXT32 "}", { .call_id = TEXT32 LONG }, true },
		{ "call-id: {prefix: " TEXT32 "}", { .call_id = "a" TEXT32 }, false },
	};

	try_cases(cases, COUNT_OF(cases));
}

Test(signatures, suffix)
{
	static const struct match_case cases[] = {
		{ "from-host: {suffix: .invalid}", { .from = "<sip:a@b.INVALID>" }, true },
		{ "from-host: {suffix: .invalid}", { .from = "<sip:a@.invalid:5070>" }, true },
		{ "from-host: {suffix: .invalid}", { .from = "<sip:a@b.invalids>" }, false },
		{ "from-host: {suffix: .invalid}", { .from = "<sip:a@invalid>" }, false },
		{ "from-host: {suffix: .invalid}", { .from = "" }, false },
		{ "from-host: {suffix: .invalid}", { .from = "<tel:+1.invalid>" }, false },
		{ "from-host: {suffix: .invalid}",
		  { .from = "\r\n \"x\"\r\n <sip:b.invalid>" },
		  true },
		{ "call-id: {suffix: '@z'}", { .call_id = LONG "@z" }, true },
		{ "call-id: {suffix: '@z'}", { .call_id = "@z" }, true },
		{ "call-id: {suffix: '@z'}", { .call_id = "@zz" }, false },
		{ "call-id: {suffix: 'z'}", { .call_id = "z" }, true },
		{ "call-id: {suffix: 'z'}", { .call_id = "zy" }, false },
		{ "call-id: {suffix: 'xyz'}", { .call_id = "yz" }, false },
		{ "call-id: {suffix: " TEXT32 "}", { .call_id = TEXT32 }, true },
		{ "call-id: {suffix: " TEXT32 "}", { .call_id = TEXT32 " " }, true },
		{ "call-id: {suffix: " TEXT32 "}", { .call_id = TEXT32 "." }, false },
	};

	try_cases(cases, COUNT_OF(cases));
}

/* A word begins within the first 128 bytes. */
#define UP_TO_127 FIFTY FIFTY TEN TEN "012345 "

Test(signatures, word)
{
	static const struct match_case cases[] = {
		{ "user-agent: {word: scan}", { .agent = "scan" }, true },
		{ "user-agent: {word: scan}", { .agent = "A (SCAN/1.0)" }, true },
		{ "user-agent: {word: scan}", { .agent = "A sip-scan" }, true },
		{ "user-agent: {word: scan}", { .agent = "sipscan" }, false },
		{ "user-agent: {word: scan}", { .agent = "scanner" }, false },
		{ "user-agent: {word: scan}", { .agent = "scan2" }, false },
		{ "user-agent: {word: scan}", { .agent = "scanner scan" }, true },
		{ "user-agent: {word: scan}", { .agent = "sca" }, false },
		{ "user-agent: {word: scan}", { .agent = "" }, false },
		{ "user-agent: {word: scan}", { .agent = "a\r\n scan\r\n b" }, true },
		{ "user-agent: {word: scan}", { .agent = "sc\r\n an" }, false },
		{ "user-agent: {word: scan}", { .agent = "scan", .cut = 200 }, false },
		{ "user-agent: {word: scan}", { .agent = "\303\251scan" }, true },
		{ "user-agent: {word: scan}", { .agent = UP_TO_127 "scan" }, true },
		{ "user-agent: {word: scan}", { .agent = "0" UP_TO_127 "scan" }, false },
		{ "user-agent: {word: scan}", { .agent = "a.b.c.d.e.f.g.h.i.j.scan" }, true },
		{ "user-agent: {word: 'nmap nse'}", { .agent = "Nmap NSE" }, true },
		{ "user-agent: {word: 'nmap nse'}", { .agent = "Nmap  NSE" }, false },
		{ "user-agent: {word: 'a'}", { .agent = "b a" }, true },
		{ "user-agent: {word: 'a'}", { .agent = "b ab" }, false },
		{ "user-agent: {word: " TEXT32 "}", { .agent = "x/" TEXT32 ";" }, true },
		{ "user-agent: {word: " TEXT32 "}", { .agent = "x/" TEXT32 "6" }, false },
		{ "to-user: {word: admin}", { .to = "<sip:x.Admin@h>" }, true },
	};

	try_cases(cases, COUNT_OF(cases));
}

Test(signatures, chars_and_length)
{
	static const struct match_case cases[] = {
		{ "call-id: {chars: hex, length: 8}", { .call_id = "00ffAA99" }, true },
		{ "call-id: {chars: hex, length: 8}", { .call_id = "00ffAA9g" }, false },
		{ "call-id: {chars: hex, length: 8}", { .call_id = "00ffAA99a" }, false },
		{ "call-id: {chars: hex, length: 8}", { .call_id = "" }, false },
		{ "call-id: {chars: digit}", { .call_id = FIFTY FIFTY TEN TEN "01234567" }, true },
		{ "call-id: {chars: digit}", { .call_id = FIFTY FIFTY TEN TEN "012345678" }, false },
		{ "call-id: {chars: digit}", { .call_id = "12\r\n 34" }, false },
		{ "branch: {length: 71}", { .branch = FIFTY TEN TEN "0" }, true },
		{ "branch: {length: 71}", { .branch = FIFTY TEN TEN }, false },
		{ "branch: {length: 71}", { .branch = "" }, false },
		{ "branch: {length: 64-300}", { .branch = FIFTY TEN "012" }, false },
		{ "branch: {length: 64-300}", { .branch = FIFTY TEN "0123" }, true },
		{ "branch: {length: 64-300}", { .branch = LONG }, true },
		{ "branch: {length: 64-300}", { .branch = LONG "1" }, false },
		{ "contact-host: {length: 1-3}", { .contact = "<sip:a@h:1>" }, true },
		{ "contact-host: {length: 1-3}", { .contact = "*" }, false },
		{ "contact-host: {length: 1-3}", { .contact = "" }, false },
		{ "contact-host: {length: 1-3}", { .contact = "<sip:[::1]>" }, false },
	};

	try_cases(cases, COUNT_OF(cases));
}

Test(signatures, same)
{
	static const struct match_case cases[] = {
		{ "from-user: {same-as: to-user}", { .from = "<sip:b@x>", .to = "sip:b@y" }, true },
		{ "from-user: {same-as: to-user}", { .from = "<sip:b@x>", .to = "sip:B@y" }, false },
		{ "from-user: {same-as: to-user}",
		  { .from = "<sip:b@x>", .to = "sip:bb@y" },
		  false },
		{ "from-user: {same-as: to-user}", { .from = "<sip:x>", .to = "sip:x" }, false },
		{ "from-user: {same-as: to-user}", { .from = "<sip:b@x>", .to = "" }, false },
		{ "from-host: {same-as: ruri-host}", { .from = "<sip:b@X>", .uri = "sip:x" }, true },
		{ "from-host: {same-as: ruri-host}",
		  { .from = "<sip:b@X>", .uri = "sip:xy" },
		  false },
		{ "call-id: {same-as: from-tag}",
		  { .call_id = FIFTY FIFTY TEN TEN "01234567",
		    .from = "sip:a;tag=" FIFTY FIFTY TEN TEN "01234567" },
		  true },
		{ "call-id: {same-as: from-tag}",
		  { .call_id = FIFTY FIFTY TEN TEN "01234567",
		    .from = "sip:a;tag=" FIFTY FIFTY TEN TEN "01234566" },
		  false },
		{ "call-id: {same-as: from-tag}",
		  { .call_id = LONG, .from = "sip:a;tag=" LONG },
		  false },
	};

	try_cases(cases, COUNT_OF(cases));
}

/* 192.0.2.1 is c0000201, and in the digits of these 6330303030323031. */
Test(signatures, own_address)
{
	static const struct match_case cases[] = {
		{ "from-tag: {own-address: hex}", { .from = "sip:a;tag=c0000201" }, true },
		{ "from-tag: {own-address: hex}", { .from = "sip:a;tag=xC0000201x" }, true },
		{ "from-tag: {own-address: hex}", { .from = "sip:a;tag=c0000202" }, false },
		{ "from-tag: {own-address: hex}", { .from = "sip:a;tag=c000020" }, false },
		{ "from-tag: {own-address: hex}", { .from = "sip:a" }, false },
		{ "from-tag: {own-address: hex}",
		  { .from = "sip:a;tag=633030303032303113c4" },
		  true },
		{ "from-tag: {own-address: hex}",
		  { .from = "sip:a;tag=633030303032303213c4" },
		  false },
		{ "from-tag: {own-address: hex}",
		  { .from = "sip:a;tag=" FIFTY FIFTY TEN TEN "c0000201" },
		  true },
		{ "from-tag: {own-address: hex}",
		  { .from = "sip:a;tag=" FIFTY FIFTY TEN TEN "1c0000201" },
		  false },
	};

	try_cases(cases, COUNT_OF(cases));
	expect(REASON_REQUEST, .ipv6 = true, .payload = REQUEST(.from = "sip:a;tag=c0000201"));
}

Test(signatures, numbers)
{
	static const struct match_case cases[] = {
		{ "method: {equals: OPTIONS}", { .method = "OPTIONS" }, true },
		{ "method: {equals: OPTIONS}", { .method = "INVITE" }, false },
		{ "method: {equals: OPTIONS}", { .method = "OPTIONS", .cut = 20 }, true },
		{ "source-port: {equals: 5060}", { .method = "INVITE" }, true },
		{ "source-port: {range: 5061-65535}", { .method = "INVITE" }, false },
		{ "source-port: {range: 5000-5060}, call-id: {prefix: a}",
		  { .call_id = "a" },
		  true },
		{ "source-port: {range: 5000-5060}, call-id: {prefix: a}",
		  { .call_id = "b" },
		  false },
		{ "source-port: {range: 1-5059}, call-id: {prefix: a}", { .call_id = "a" }, false },
		{ "payload-length: {range: 100-120}", { .cut = 100 }, true },
		{ "payload-length: {range: 100-120}", { .cut = 120 }, true },
		{ "payload-length: {range: 100-120}", { .cut = 99 }, false },
		{ "payload-length: {range: 100-120}", { .cut = 121 }, false },
	};

	try_cases(cases, COUNT_OF(cases));
}

/* All atoms must hit, whichever of them is the way to the rule; parts of many headers. */
Test(signatures, all_of)
{
	static const char match[] =
		"method: {equals: INVITE}, user-agent: {word: scan}, call-id: {chars: hex}, "
		"ruri-user: {prefix: '00'}, from-user: {same-as: to-user}, "
		"contact-host: {equals: '1.1.1.1'}, branch: {length: 5-40}, "
		"payload-length: {range: 1-1000}";
	static const struct request_parts all = {
		.method = "INVITE",
		.agent = "a scan",
		.call_id = "c0ffee",
		.uri = "sip:00442@h",
		.from = "<sip:x@y>;tag=1",
		.to = "<sip:x@z>",
		.contact = "<sip:x@1.1.1.1>",
	};
	struct match_case cases[8];

	for (size_t i = 0; i < COUNT_OF(cases); i++)
		cases[i] = (struct match_case){ match, all, !i };
	cases[1].parts.method = "OPTIONS";
	cases[2].parts.agent = "a scanner";
	cases[3].parts.call_id = "coffee";
	cases[4].parts.uri = "sip:01442@h";
	cases[5].parts.to = "<sip:y@z>";
	cases[6].parts.contact = "<sip:x@1.1.1.2>";
	cases[7].parts.branch = "z9hG";
	try_cases(cases, COUNT_OF(cases));
}
