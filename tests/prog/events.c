// SPDX-License-Identifier: GPL-2.0-or-later
/* Samples for the agent: their fields, and the budget of each reason. */
#include <arpa/inet.h>
#include <linux/in.h>
#include <string.h>

#include "tests/prog/harness.h"
#include "user/addr.h"

#define OPTIONS .payload = MESSAGE(.method = "OPTIONS")
#define EVENTS_KEPT 512

TestSuite(events, .init = prog_start);

static void expect_address(const struct addr *got, const char *expected)
{
	char text[ADDR_TEXT_LEN];

	cr_assert_str_eq(addr_format(got, text), expected);
}

static __u32 generation(void)
{
	static struct policy policy;

	cr_assert_eq(store_policy(prog_store(), &policy), 0);
	return policy.generation;
}

Test(events, fields_of_a_drop)
{
	struct event event;

	prog_policy("limits: {unknown: {options: {rate: 1/h, burst: 1}}}");
	expect(REASON_REQUEST, OPTIONS);
	cr_assert_eq(prog_events(&event, 1), 0);
	prog_wait(SECOND);
	expect(REASON_SOURCE_RATE, .dst = "192.0.2.9", .sport = 40000, OPTIONS);
	cr_assert_eq(prog_events(&event, 1), 1);
	cr_assert_eq(event.time_ns, prog_now());
	expect_address(&event.src, "198.51.100.7");
	expect_address(&event.dst, "192.0.2.9");
	cr_assert_eq(event.sport, htons(40000));
	cr_assert_eq(event.dport, htons(5060));
	cr_assert_eq(event.generation, generation());
	cr_assert_gt(event.length, 42);
	cr_assert_eq(event.reason, REASON_SOURCE_RATE);
	cr_assert_eq(event.kind, EVENT_DROP);
	cr_assert_eq(event.method, SIP_METHOD_OPTIONS);
	cr_assert_eq(event.standing, STANDING_UNKNOWN);
	cr_assert_eq(event.transport, IPPROTO_UDP);
}

Test(events, fields_of_a_shadow)
{
	struct event event;

	prog_policy("deny: [\"2001:db8:7::/48\"]\nrules: {deny: shadow}");
	expect(REASON_REQUEST, .ipv6 = true, .tcp = true, OPTIONS);
	cr_assert_eq(prog_events(&event, 1), 1);
	expect_address(&event.src, "2001:db8:7::7");
	cr_assert_eq(event.reason, REASON_DENY);
	cr_assert_eq(event.kind, EVENT_SHADOW);
	cr_assert_eq(event.transport, IPPROTO_TCP);
	cr_assert_eq(event.method, SIP_METHOD_OPTIONS);
	cr_assert_eq(event.generation, generation());
}

Test(events, fields_of_a_proof)
{
	struct event event[2];

	prog_register("203.0.113.40");
	cr_assert_eq(prog_events(event, 2), 2);
	cr_assert_eq(event[0].kind, EVENT_PROVEN);
	cr_assert_eq(event[0].reason, REASON_REQUEST);
	cr_assert_eq(event[0].why, WHY_NONCE);
	expect_address(&event[0].src, "203.0.113.40");
	cr_assert_eq(event[1].kind, EVENT_LEARNED);
	cr_assert_eq(event[1].reason, REASON_EGRESS_LEARNED);
	cr_assert_eq(event[1].why, WHY_2XX_REGISTER);
	cr_assert_eq(event[1].standing, STANDING_TRUSTED);
	expect_address(&event[1].src, "203.0.113.40");
	/* the second proof is no news */
	expect(REASON_KNOWN, .src = "203.0.113.40", .payload = MESSAGE(.method = "REGISTER"));
	expect_out(REASON_EGRESS_OTHER, .dst = "203.0.113.40",
		   .payload = MESSAGE(.method = "REGISTER", .status = 200));
	cr_assert_eq(prog_events(event, 2), 0);
}

/* The number of the policy that judged goes up with each one. */
Test(events, generation)
{
	struct event events[2];

	prog_policy("deny: [198.51.100.7]");
	expect(REASON_DENY, OPTIONS);
	prog_policy("deny: [198.51.100.7]\nmode: shadow");
	expect(REASON_REQUEST, OPTIONS);
	cr_assert_eq(prog_events(events, 2), 2);
	cr_assert_eq(events[1].generation, events[0].generation + 1);
}

/* Each reason has its own budget, so that a flood of one does not hide the others. */
Test(events, budget)
{
	static struct event events[EVENTS_KEPT];
	size_t count, denied = 0;

	prog_policy("events-per-second: 10\ndeny: [203.0.113.0/24]");
	for (int i = 0; i < 1000; i++)
		expect(REASON_DENY, .src = "203.0.113.1", .payload = "x");
	prog_ban("198.51.100.99", 0);
	expect(REASON_BANNED, .src = "198.51.100.99", OPTIONS);
	count = prog_events(events, EVENTS_KEPT);
	for (size_t i = 0; i < count; i++)
		denied += events[i].reason == REASON_DENY;
	cr_assert(denied >= 20 && denied <= 21, "%zu events", denied);
	cr_assert_eq(count, denied + 1);
	prog_wait(SECOND);
	for (int i = 0; i < 1000; i++)
		expect(REASON_DENY, .src = "203.0.113.1", .payload = "x");
	cr_assert_eq(prog_events(events, EVENTS_KEPT), 10);
}

/* An event tells how its packet begins: the start line, cut, or all of a short datagram. */
Test(events, line)
{
	static const char begin[] = "OPTIONS sip:";
	struct event event[2];

	prog_policy("deny: [198.51.100.7]");
	expect(REASON_DENY, OPTIONS);
	expect(REASON_DENY, .payload = "\r\n");
	cr_assert_eq(prog_events(event, 2), 2);
	cr_assert_eq(memcmp(event[0].line, begin, strlen(begin)), 0);
	cr_assert_eq(strnlen((char *)event[0].line, EVENT_LINE_LEN), EVENT_LINE_LEN);
	cr_assert_str_eq((char *)event[1].line, "\r\n");
	for (size_t i = 2; i < EVENT_LINE_LEN; i++)
		cr_assert_eq(event[1].line[i], 0);
}

/* Of a segment its beginning, though a message behind the first is the one that drops it. */
Test(events, line_of_a_segment)
{
	static const char begin[] = "INVITE sip:";
	char segment[2048];
	struct event event[2];

	prog_policy("limits: {unknown: {invite: {rate: 1/h, burst: 1}}}\n"
		    "events-per-second: 1000");
	snprintf(segment, sizeof(segment), "%s%s", MESSAGE(), MESSAGE());
	expect(REASON_SOURCE_RATE, .tcp = true, .payload = segment);
	cr_assert_geq(prog_events(event, 2), 1);
	cr_assert_eq(event[0].kind, EVENT_DROP);
	cr_assert_eq(memcmp(event[0].line, begin, strlen(begin)), 0);
}

/* Calls that pass are told of, whoever makes them, and repeated ones of strangers are not. */
Test(events, passes)
{
	const char *call = MESSAGE(.branch = "z9hG4bKpass");
	struct event event[4];

	prog_register("203.0.113.40");
	prog_events(NULL, 0);
	prog_policy("carriers: [{name: trunk, prefixes: [203.0.113.64/26]}]");
	expect(REASON_REQUEST, .payload = call);
	expect(REASON_RETRANSMISSION, .payload = call);
	expect(REASON_KNOWN, .src = "203.0.113.40", .payload = MESSAGE());
	expect(REASON_CARRIER, .src = "203.0.113.65", .payload = MESSAGE());
	cr_assert_eq(prog_events(event, 4), 3);
	cr_assert_eq(event[0].reason, REASON_REQUEST);
	cr_assert_eq(event[1].reason, REASON_KNOWN);
	cr_assert_eq(event[2].reason, REASON_CARRIER);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(event[i].kind, EVENT_PASS);
		cr_assert_eq(event[i].method, SIP_METHOD_INVITE);
		cr_assert_eq(memcmp(event[i].line, "INVITE ", 7), 0);
	}
}

/* Within the budget of their reason. */
Test(events, passes_are_sampled)
{
	size_t count;

	prog_policy(
		"events-per-second: 10\ncarriers: [{name: trunk, cps: 10000, prefixes: [203.0.113.64/26]}]");
	for (int i = 0; i < 1000; i++)
		expect(REASON_CARRIER, .src = "203.0.113.65",
		       .payload = MESSAGE(.method = "INVITE"));
	count = prog_events(NULL, 0);
	cr_assert(count >= 20 && count <= 21, "%zu events", count);
}

/* What passes and teaches nothing makes no event. */
Test(events, silence)
{
	expect(REASON_REQUEST, OPTIONS);
	expect(REASON_KEEPALIVE_CRLF, .payload = "\r\n");
	expect(REASON_NOT_SIP, .payload = "GET / HTTP/1.1\r\n\r\n");
	expect(REASON_NO_LISTENER, .dport = 53);
	expect(REASON_NOT_IP, .ether_type = 0x0806);
	expect_out(REASON_EGRESS_OTHER, .payload = MESSAGE(.status = 200));
	cr_assert_eq(prog_events(NULL, 0), 0);
}

/* A ring that nobody reads loses events, never packets, and counts them. */
Test(events, full_ring)
{
	static struct totals before, after;
	size_t kept;

	prog_policy("events-per-second: 1000\ndeny: [203.0.113.0/24]");
	cr_assert_eq(store_totals(prog_store(), &before), 0);
	for (int i = 0; i < 5000; i++) {
		prog_wait(MS);
		expect(REASON_DENY, .src = "203.0.113.1", .payload = "x");
	}
	cr_assert_eq(store_totals(prog_store(), &after), 0);
	kept = prog_events(NULL, 0);
	cr_assert_gt(after.events_lost, before.events_lost);
	cr_assert_eq(kept + after.events_lost - before.events_lost, 5000);
}
