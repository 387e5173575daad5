// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signatures, each operator through the tables that lead to it: what hits, what nearly does, the
 * longest, what is absent, folded or cut off.
 */
#include <stdio.h>
#include <string.h>

#include "tests/prog/vector.h"

#define TEXT_MAX 4096

TestSuite(signatures, .init = prog_start);

/* A request by its differences from the plainest. "" leaves a header out. */
struct parts {
	const char *method;
	const char *uri;
	const char *branch;
	const char *from;
	const char *to;
	const char *call_id;
	const char *contact;
	const char *agent;
	size_t cut; /* bytes that are left of it; 0: all */
};

static void header(char *to, const char *name, const char *value, const char *otherwise)
{
	size_t len = strlen(to);

	if (!value)
		value = otherwise;
	if (*value)
		snprintf(to + len, TEXT_MAX - len, "%s: %s\r\n", name, value);
}

static const char *request(const struct parts *p)
{
	static char text[TEXT_MAX];
	static unsigned int serial;
	const char *method = p->method ? p->method : "OPTIONS";
	char via[512], cseq[64];

	serial++;
	snprintf(text, TEXT_MAX, "%s %s SIP/2.0\r\n", method,
		 p->uri ? p->uri : "sip:bob@example.com");
	if (p->branch)
		snprintf(via, sizeof(via), "SIP/2.0/UDP 198.51.100.7%s%s",
			 *p->branch ? ";branch=" : "", p->branch);
	else
		snprintf(via, sizeof(via), "SIP/2.0/UDP 198.51.100.7;branch=z9hG4bK%u", serial);
	snprintf(cseq, sizeof(cseq), "%u %s", serial, method);
	header(text, "Via", via, NULL);
	header(text, "From", p->from, "<sip:alice@example.com>;tag=1c7");
	header(text, "To", p->to, "<sip:bob@example.com>");
	header(text, "Call-ID", p->call_id, "a84b4c76e66710@pc33");
	header(text, "CSeq", cseq, NULL);
	header(text, "Contact", p->contact, "<sip:alice@198.51.100.7>");
	header(text, "User-Agent", p->agent, "Phone 1.0");
	header(text, "Content-Length", "0\r\n", NULL);
	if (p->cut)
		text[p->cut] = '\0';
	return text;
}

#define REQUEST(...) request(&(struct parts){ __VA_ARGS__ })

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
	struct parts parts;
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
		got = prog_in(FRAME(.payload = request(&c->parts)));
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
	static const struct parts all = {
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

/* --- what follows -----------------------------------------------------------------------------*/

#define RULE(name, action, prefix)                                                                 \
	"{name: " name ", action: " action ", match: {call-id: {prefix: '" prefix "'}}}"

static struct verdict_record send_call_id(const char *call_id)
{
	return prog_in(FRAME(.payload = REQUEST(.call_id = call_id)));
}

static struct signature_hit hits_of(enum signature_bank bank, unsigned int rule)
{
	static struct signature_hit hits[SIGNATURE_BANKS][SIGNATURES_MAX];

	cr_assert_eq(store_signature_hits(prog_store(), hits), 0);
	return hits[bank][rule];
}

static void expect_hits(unsigned int rule, __u64 dropped, __u64 shadow)
{
	const struct signature_hit hit = hits_of(SIGNATURE_BANK_POLICY, rule);

	cr_expect_eq(hit.dropped, dropped, "rule %u dropped %llu", rule, hit.dropped);
	cr_expect_eq(hit.shadow, shadow, "rule %u in shadow %llu", rule, hit.shadow);
}

Test(signatures, actions)
{
	struct verdict_record got;

	prog_policy("signatures: [" RULE("x-off", "off", "x") ", " RULE(
		"x-shadow", "shadow",
		"x") ", " RULE("xy", "enforce", "xy") ", " RULE("x", "enforce",
								"x") ", " RULE("xyz", "enforce",
									       "xyz") "]");
	got = send_call_id("x1");
	expect_record(got, REASON_SIGNATURE);
	cr_assert_eq(got.signature, 4);
	cr_assert_eq(got.shadow, REASON_SIGNATURE);
	got = send_call_id("xyz");
	expect_record(got, REASON_SIGNATURE);
	cr_assert_eq(got.signature, 3);
	got = send_call_id("yx");
	expect_record(got, REASON_REQUEST);
	cr_assert_eq(got.signature, 0);
	cr_assert_eq(got.shadow, 0);
	expect_hits(0, 0, 0);
	expect_hits(1, 0, 2);
	expect_hits(2, 1, 0);
	expect_hits(3, 1, 0);
	expect_hits(4, 0, 0);
}

/* A rule without an action is in shadow, and so is every one where the policy says so. */
Test(signatures, shadow)
{
	static const char *const policies[] = {
		"signatures: [{name: a, match: {call-id: {prefix: b}}}, "
		"{name: b, match: {call-id: {prefix: a}}}]",
		"rules: {signature: shadow}\nsignatures: [" RULE("a", "enforce", "b") ", " RULE(
			"b", "enforce", "a") "]",
		"mode: shadow\nsignatures: [" RULE("a", "enforce", "b") ", " RULE("b", "enforce",
										  "a") "]",
	};

	for (size_t i = 0; i < COUNT_OF(policies); i++) {
		__u64 before = prog_shadow_count(REASON_SIGNATURE);
		struct verdict_record got;

		prog_policy("");
		prog_policy(policies[i]);
		got = send_call_id("a");
		expect_record(got, REASON_REQUEST);
		cr_expect_eq(got.shadow, REASON_SIGNATURE, "policy %zu", i);
		cr_expect_eq(got.signature, 2, "policy %zu", i);
		cr_expect_eq(prog_shadow_count(REASON_SIGNATURE), before + 1, "policy %zu", i);
		expect_hits(1, 0, 1);
	}
}

Test(signatures, off)
{
	static const char *const policies[] = {
		"signatures: [" RULE("a", "off", "a") "]",
		"rules: {signature: off}\nsignatures: [" RULE("a", "enforce", "a") "]",
	};

	for (size_t i = 0; i < COUNT_OF(policies); i++) {
		struct verdict_record got;

		prog_policy("");
		prog_policy(policies[i]);
		got = send_call_id("a");
		expect_record(got, REASON_REQUEST);
		cr_expect_eq(got.shadow, 0, "policy %zu", i);
		expect_hits(0, 0, 0);
	}
}

/* The values that only one of several candidates asks for are read when it comes to it. */
Test(signatures, late_values)
{
	prog_policy(
		"signatures: ["
		"{name: a, action: enforce, match: {call-id: {prefix: a}, from-user: {equals: f},"
		" to-user: {equals: t}}},"
		"{name: b, action: enforce, match: {call-id: {prefix: a}}}]");
	cr_assert_eq(prog_in(FRAME(.payload = REQUEST(.call_id = "a", .from = "sip:f@h",
						      .to = "sip:t@h")))
			     .signature,
		     1);
	cr_assert_eq(prog_in(FRAME(.payload = REQUEST(.call_id = "a", .from = "sip:f@h",
						      .to = "sip:s@h")))
			     .signature,
		     2);
	expect_hits(0, 1, 0);
	expect_hits(1, 1, 0);
}

Test(signatures, sixty_four)
{
	static char yaml[64 * 96];
	size_t len = snprintf(yaml, sizeof(yaml), "signatures:\n");
	char call_id[8];

	for (int i = 0; i < (int)SIGNATURES_MAX; i++)
		len += snprintf(
			yaml + len, sizeof(yaml) - len,
			"  - {name: r%d, action: enforce, match: {call-id: {prefix: c%02d}}}\n", i,
			i);
	prog_policy(yaml);
	for (int i = 0; i < (int)SIGNATURES_MAX; i++) {
		struct verdict_record got;

		snprintf(call_id, sizeof(call_id), "c%02d-", i);
		prog_wait(HOUR);
		got = send_call_id(call_id);
		expect_record(got, REASON_SIGNATURE);
		cr_assert_eq(got.signature, i + 1);
	}
	expect_record(send_call_id("c64"), REASON_REQUEST);
}

/* What counts goes on where a name stays, wherever it stands. */
Test(signatures, counters_stay)
{
	prog_policy("signatures: [" RULE("a", "enforce", "a") ", " RULE("b", "shadow", "b") "]");
	send_call_id("a");
	send_call_id("b");
	send_call_id("b");
	prog_policy("signatures: [" RULE("c", "enforce", "c") ", " RULE(
		"b", "enforce", "b") ", " RULE("a", "enforce", "a") "]");
	send_call_id("b");
	expect_hits(0, 0, 0);
	expect_hits(1, 1, 2);
	expect_hits(2, 1, 0);
}

/* An event and the list of suspects tell it, too. */
Test(signatures, told)
{
	struct addr key = { .byte = { [10] = 0xff, 0xff, 203, 0, 113, 87 } };
	struct suspect suspect;
	struct event event[8];

	prog_policy("signatures: [" RULE("a", "shadow", "a") ", " RULE("b", "enforce", "b") "]");
	expect(REASON_SIGNATURE, .src = "203.0.113.87", .payload = REQUEST(.call_id = "b"));
	expect(REASON_REQUEST, .src = "203.0.113.88", .payload = REQUEST(.call_id = "a"));
	cr_assert_eq(prog_events(event, COUNT_OF(event)), 2);
	cr_assert_eq(event[0].reason, REASON_SIGNATURE);
	cr_assert_eq(event[0].kind, EVENT_DROP);
	cr_assert_eq(event[0].signature, 2);
	cr_assert_eq(event[1].kind, EVENT_SHADOW);
	cr_assert_eq(event[1].signature, 1);
	cr_assert_eq(store_suspect_get(prog_store(), &key, &suspect), 0);
	cr_assert_eq(suspect.structural, 1);
	cr_assert_eq(suspect.reason, REASON_SIGNATURE);
}

/* Known sources within their budget are not asked, and a hit takes no budget. */
Test(signatures, budgets)
{
	prog_policy("limits: {unknown: {options: {rate: 1/h, burst: 1}}}\n"
		    "signatures: [" RULE("a", "enforce", "a") "]");
	for (int i = 0; i < 5; i++)
		expect_record(send_call_id("a"), REASON_SIGNATURE);
	expect_record(send_call_id("b"), REASON_REQUEST);
	prog_set_standing("203.0.113.86", STANDING_TRUSTED, ~0ULL);
	expect(REASON_KNOWN, .src = "203.0.113.86", .payload = REQUEST(.call_id = "a"));
}

/* --- the list of User-Agents ------------------------------------------------------------------*/

static void try_agent(const struct vector *v, const void *context)
{
	const struct frame_spec frame = vector_frame(v);
	const bool hit = context;
	struct verdict_record got;

	prog_wait(HOUR);
	got = prog_in(&frame);
	cr_expect_eq(got.reason == REASON_USER_AGENT, hit, "%s: %s", v->path,
		     reason_name(got.reason));
}

Test(signatures, default_user_agents)
{
	prog_policy("");
	cr_expect_gt(vector_each("tests/vectors/user-agents/hit", try_agent, ""), 0);
	cr_expect_gt(vector_each("tests/vectors/user-agents/near", try_agent, NULL), 0);
}

Test(signatures, user_agents)
{
	struct verdict_record got;

	prog_policy("user-agents: [one, two, three four]\n"
		    "signatures: [" RULE("a", "shadow", "a") "]");
	got = prog_in(FRAME(.payload = REQUEST(.agent = "x THREE FOUR/1", .call_id = "a")));
	expect_record(got, REASON_USER_AGENT);
	cr_assert_eq(got.signature, 3);
	cr_assert_eq(got.shadow, REASON_SIGNATURE);
	expect(REASON_REQUEST, .payload = REQUEST(.agent = "friendly-scanner"));
	cr_assert_eq(hits_of(SIGNATURE_BANK_USER_AGENTS, 2).dropped, 1);
	expect_hits(0, 0, 2);
	prog_policy("user-agents: [one]\nrules: {user-agent: shadow}");
	got = prog_in(FRAME(.payload = REQUEST(.agent = "one")));
	expect_record(got, REASON_REQUEST);
	cr_assert_eq(got.shadow, REASON_USER_AGENT);
	cr_assert_eq(hits_of(SIGNATURE_BANK_USER_AGENTS, 0).shadow, 1);
	prog_policy("user-agents: []");
	expect(REASON_REQUEST, .payload = REQUEST(.agent = "friendly-scanner"));
}
