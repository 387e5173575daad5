// SPDX-License-Identifier: GPL-2.0-or-later
/* Fragments: the first one of a datagram decides for all of it. */
#include <linux/in.h>
#include <string.h>

#include "tests/prog/harness.h"

#define FIRST(id_) .fragment = { .id = (id_), .more = true }
#define LATER(id_) .fragment = { .id = (id_), .offset = 1480 }, .no_l4 = true, .payload = "the rest"
#define FRAGMENT6 .extension = { { FRAME_FRAGMENT, 8 } }

TestSuite(fragments, .init = prog_start);

Test(fragments, follow_one_that_passed)
{
	expect(REASON_REQUEST, FIRST(1), .payload = MESSAGE());
	expect(REASON_FRAGMENT_FOLLOWS, LATER(1));
	expect(REASON_FRAGMENT_FOLLOWS, .fragment = { .id = 1, .offset = 2960, .more = true },
	       .no_l4 = true, .payload = "more");
	/* of another datagram, source, destination or protocol */
	expect(REASON_FRAGMENT_ORPHAN, LATER(2));
	expect(REASON_FRAGMENT_ORPHAN, .src = "198.51.100.8", LATER(1));
	expect(REASON_FRAGMENT_ORPHAN, .dst = "192.0.2.2", LATER(1));
	expect(REASON_FRAGMENT_ORPHAN, .tcp = true, LATER(1));
}

Test(fragments, follow_one_that_was_dropped)
{
	prog_policy("deny: [198.51.100.7]");
	expect(REASON_DENY, FIRST(1), .payload = MESSAGE());
	expect(REASON_FRAGMENT_DROPPED, LATER(1));
	prog_policy("limits: {unknown: {invite: {rate: 1/h, burst: 1}}}");
	expect(REASON_REQUEST, FIRST(2), .payload = MESSAGE());
	expect(REASON_SOURCE_RATE, FIRST(3), .payload = MESSAGE());
	expect(REASON_FRAGMENT_FOLLOWS, LATER(2));
	expect(REASON_FRAGMENT_DROPPED, LATER(3));
}

/* Its repeat is another datagram: it decides anew. */
Test(fragments, follow_the_last_first)
{
	const char *request = MESSAGE(.branch = "z9hG4bKfrag");

	prog_policy("limits: {unknown: {invite: {rate: 1, burst: 1}}}");
	expect(REASON_REQUEST, FIRST(1), .payload = MESSAGE());
	expect(REASON_SOURCE_RATE, FIRST(2), .payload = request);
	expect(REASON_FRAGMENT_DROPPED, LATER(2));
	prog_wait(SECOND);
	expect(REASON_REQUEST, FIRST(2), .payload = request);
	expect(REASON_FRAGMENT_FOLLOWS, LATER(2));
	expect(REASON_RETRANSMISSION, FIRST(3), .payload = request);
	expect(REASON_FRAGMENT_FOLLOWS, LATER(3));
}

Test(fragments, follow_for_two_seconds)
{
	expect(REASON_REQUEST, FIRST(1), .payload = MESSAGE());
	prog_wait(2 * SECOND);
	expect(REASON_FRAGMENT_FOLLOWS, LATER(1));
	prog_wait(150 * MS);
	expect(REASON_FRAGMENT_ORPHAN, LATER(1));
}

/* Those that come before the first one, or without it, have a small budget. */
Test(fragments, orphans)
{
	prog_policy("limits: {unknown: {fragment: {rate: 1, burst: 3}}}");
	for (int i = 0; i < 3; i++)
		expect(REASON_FRAGMENT_ORPHAN, LATER(i));
	expect(REASON_FRAGMENT_RATE, LATER(9));
	expect(REASON_FRAGMENT_ORPHAN, .src = "198.51.100.8", LATER(9));
	prog_wait(SECOND);
	expect(REASON_FRAGMENT_ORPHAN, LATER(9));
	expect(REASON_FRAGMENT_RATE, LATER(9));
	/* one that follows costs nothing */
	expect(REASON_REQUEST, FIRST(10), .payload = MESSAGE());
	expect(REASON_FRAGMENT_FOLLOWS, LATER(10));
}

/* A first fragment for a port that is not protected lets the others pass with it. */
Test(fragments, of_other_ports)
{
	prog_policy("limits: {unknown: {fragment: {rate: 1/h, burst: 1}}}");
	expect(REASON_FRAGMENT_ORPHAN, LATER(1));
	for (int i = 2; i < 10; i++) {
		expect(REASON_NO_LISTENER, .dport = 53, FIRST(i), .payload = "some answer");
		expect(REASON_FRAGMENT_FOLLOWS, LATER(i));
	}
}

Test(fragments, ipv6)
{
	expect(REASON_REQUEST, .ipv6 = true, FRAGMENT6, FIRST(1), .payload = MESSAGE());
	expect(REASON_FRAGMENT_FOLLOWS, .ipv6 = true, FRAGMENT6, LATER(1));
	expect(REASON_FRAGMENT_ORPHAN, .ipv6 = true, FRAGMENT6, LATER(0x10001));
	prog_policy("deny: [\"2001:db8:7::/48\"]");
	expect(REASON_DENY, .ipv6 = true, FRAGMENT6, FIRST(2), .payload = MESSAGE());
	expect(REASON_FRAGMENT_DROPPED, .ipv6 = true, FRAGMENT6, LATER(2));
}

/* The first fragment of IPv6 that names another header before UDP: the others name that one. */
Test(fragments, ipv6_with_headers_behind)
{
	const struct frame_extension both[] = { { FRAME_FRAGMENT, 8 }, { 60, 8 } };
	struct frame_spec later = { .ipv6 = true, .protocol = 60, LATER(1) };
	struct frame_spec first = { .ipv6 = true, FIRST(1) };

	first.payload = MESSAGE();
	memcpy(first.extension, both, sizeof(both));
	later.extension[0] = both[0];
	expect_record(prog_in(&first), REASON_REQUEST);
	expect_record(prog_in(&later), REASON_FRAGMENT_FOLLOWS);
}

/* Large requests: the header ends in the first fragment, or behind it. */
Test(fragments, header_in_pieces)
{
	expect(REASON_REQUEST_CUT, FIRST(1),
	       .payload = "INVITE sip:bob@example.com SIP/2.0\r\n"
			  "Via: SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKpieces\r\n"
			  "Call-ID: pieces\r\nCSe");
	expect(REASON_FRAGMENT_FOLLOWS, LATER(1));
	expect(REASON_REQUEST_CUT, FIRST(2), .payload = "INVITE sip:bob@e");
	expect(REASON_FRAGMENT_FOLLOWS, LATER(2));
}

/* Eight bytes of UDP header and no more: nothing to read, and nothing to crash on. */
Test(fragments, tiny)
{
	expect(REASON_KEEPALIVE_EMPTY, FIRST(1));
	expect(REASON_FRAGMENT_FOLLOWS, LATER(1));
	expect(REASON_CUT_HEADERS, .no_l4 = true, FIRST(2), .payload = "\x13\xc4\x13\xc4");
	expect(REASON_CUT_HEADERS, .no_l4 = true, FIRST(3));
}

Test(fragments, other_protocols)
{
	expect(REASON_OTHER_PROTOCOL, .protocol = IPPROTO_ICMP, FIRST(1), .payload = "ping");
	expect(REASON_OTHER_PROTOCOL, .protocol = IPPROTO_ICMP, LATER(1));
}
