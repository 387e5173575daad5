// SPDX-License-Identifier: GPL-2.0-or-later
/* What is no request: keepalives, responses, everything that is not SIP. */
#include <string.h>

#include "tests/prog/harness.h"

#define BYTES(text) .payload = (text), .payload_len = sizeof(text) - 1

/* RFC 5389: binding request, length 8 or 0, magic cookie. */
#define STUN_HEADER(length)                                                                        \
	"\0\1\0" length "\x21\x12\xa4\x42"                                                         \
	"abcdefghijkl"

TestSuite(keepalive, .init = prog_start);

Test(keepalive, kinds)
{
	static const struct prog_case cases[] = {
		{ .name = "empty", .reason = REASON_KEEPALIVE_EMPTY },
		{ .name = "CRLF", .frame = { BYTES("\r\n") }, .reason = REASON_KEEPALIVE_CRLF },
		{ .name = "CRLF twice",
		  .frame = { BYTES("\r\n\r\n") },
		  .reason = REASON_KEEPALIVE_CRLF },
		{ .name = "LF", .frame = { BYTES("\n") }, .reason = REASON_KEEPALIVE_CRLF },
		{ .name = "CRLF over TCP",
		  .frame = { .tcp = true, BYTES("\r\n\r\n") },
		  .reason = REASON_TCP_SEGMENT },
		{ .name = "STUN",
		  .frame = { BYTES(STUN_HEADER("\0")) },
		  .reason = REASON_KEEPALIVE_STUN },
		{ .name = "STUN with an attribute",
		  .frame = { BYTES(STUN_HEADER("\x8") "\x80\x22\0\4test") },
		  .reason = REASON_KEEPALIVE_STUN },
		{ .name = "one NUL", .frame = { BYTES("\0") }, .reason = REASON_KEEPALIVE_TEXT },
		{ .name = "four NULs",
		  .frame = { BYTES("\0\0\0\0") },
		  .reason = REASON_KEEPALIVE_TEXT },
		{ .name = "hello", .frame = { BYTES("hello") }, .reason = REASON_KEEPALIVE_TEXT },
		{ .name = "eight letters",
		  .frame = { BYTES("keepaliv") },
		  .reason = REASON_KEEPALIVE_TEXT },
		{ .name = "IPv6",
		  .frame = { .ipv6 = true, BYTES("\r\n") },
		  .reason = REASON_KEEPALIVE_CRLF },
	};

	prog_cases(cases, COUNT_OF(cases));
}

/* Its own budget; requests are not touched by it, and no keepalive counts as SIP. */
Test(keepalive, budget)
{
	prog_policy("limits: {unknown: {keepalive: {rate: 1, burst: 5}}}\n");
	for (int i = 0; i < 5; i++)
		expect(REASON_KEEPALIVE_CRLF, BYTES("\r\n\r\n"));
	expect(REASON_KEEPALIVE_RATE, BYTES("\r\n\r\n"));
	expect(REASON_KEEPALIVE_RATE, BYTES("hello"));
	expect(REASON_KEEPALIVE_RATE);
	expect(REASON_KEEPALIVE_RATE, BYTES(STUN_HEADER("\0")));
	cr_assert_eq(prog_in(FRAME(BYTES("\r\n"))).method, SIP_METHOD_NONE);
	expect(REASON_REQUEST, .payload = MESSAGE(.method = "REGISTER"));
	expect(REASON_KEEPALIVE_CRLF, .src = "198.51.100.8", BYTES("\r\n\r\n"));
	prog_wait(SECOND);
	expect(REASON_KEEPALIVE_CRLF, BYTES("\r\n\r\n"));
	expect(REASON_KEEPALIVE_RATE, BYTES("\r\n\r\n"));
}

Test(keepalive, not_sip)
{
	static const struct prog_case cases[] = {
		{ .name = "HTTP",
		  .frame = { BYTES("GET / HTTP/1.1\r\nHost: example.com\r\n\r\n") } },
		{ .name = "SSDP",
		  .frame = { BYTES("NOTIFY * HTTP/1.1\r\nHOST: 239.255.255.250\r\n\r\n") } },
		{ .name = "RTP",
		  .frame = { BYTES("\x80\x00\x12\x34\x00\x00\x00\xa0\xde\xad\xbe\xef"
				   "\xff\xfe\xfd\xfc\xfb\xfa") } },
		{ .name = "DNS",
		  .frame = { BYTES("\x12\x34\x01\x00\x00\x01\x00\x00\x00\x00\x00\x00"
				   "\x07"
				   "example\x03"
				   "com\x00\x00\x01\x00\x01") } },
		{ .name = "high bytes",
		  .frame = { BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\xff") } },
		{ .name = "words",
		  .frame = { BYTES("the quick brown fox jumps over the lazy dog") } },
		{ .name = "an unknown version",
		  .frame = { BYTES("INVITE sip:bob@example.com HTTP/1.0\r\n\r\n") } },
		{ .name = "escaped method",
		  .frame = { BYTES("RE%47IST%45R\x80 sip:example.com SIP/2.0\r\n\r\n") } },
		{ .name = "STUN of another cookie",
		  .frame = { BYTES("\0\1\0\0\x21\x12\xa4\x43"
				   "abcdefghijkl") } },
		{ .name = "three bytes of another protocol", .frame = { BYTES("\x80\x81\x82") } },
	};
	struct prog_case c;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		c = cases[i];
		c.reason = REASON_NOT_SIP;
		prog_cases(&c, 1);
	}
}

Test(keepalive, not_sip_budget)
{
	prog_policy("limits: {unknown: {not-sip: {rate: 2, burst: 3}}}");
	for (int i = 0; i < 3; i++)
		expect(REASON_NOT_SIP, BYTES("GET / HTTP/1.1\r\n\r\n"));
	expect(REASON_NOT_SIP_RATE, BYTES("GET / HTTP/1.1\r\n\r\n"));
	/* found out only when the start line is read */
	expect(REASON_NOT_SIP_RATE, BYTES("NOTIFY * HTTP/1.1\r\n\r\n"));
	expect(REASON_NOT_SIP, .src = "198.51.100.8", BYTES("GET / HTTP/1.1\r\n\r\n"));
	expect(REASON_REQUEST, .payload = MESSAGE());
	prog_wait(SECOND / 2);
	expect(REASON_NOT_SIP, BYTES("GET / HTTP/1.1\r\n\r\n"));
	expect(REASON_NOT_SIP_RATE, BYTES("GET / HTTP/1.1\r\n\r\n"));
}

/* Nothing that is not SIP is judged by what it says, when it comes over TCP. */
Test(keepalive, not_sip_over_tcp)
{
	prog_policy("limits: {unknown: {not-sip: {rate: 1, burst: 1}}}");
	for (int i = 0; i < 10; i++)
		expect(REASON_TCP_SEGMENT, .tcp = true, BYTES("GET / HTTP/1.1\r\n\r\n"));
}

Test(keepalive, responses)
{
	static const struct prog_case cases[] = {
		{ .name = "trying", .frame = { BYTES("SIP/2.0 100 Trying\r\n\r\n") } },
		{ .name = "OK", .frame = { BYTES("SIP/2.0 200 OK\r\nCSeq: 1 INVITE\r\n\r\n") } },
		{ .name = "lower case",
		  .frame = { BYTES("sip/2.0 200 ok\r\nCSeq: 1 INVITE\r\n\r\n") } },
		{ .name = "IPv6",
		  .frame = { .ipv6 = true, BYTES("SIP/2.0 404 Not Found\r\n\r\n") } },
		{ .name = "TCP", .frame = { .tcp = true, BYTES("SIP/2.0 404 Not Found\r\n\r\n") } },
		{ .name = "behind a line end",
		  .frame = { BYTES("\r\n\r\nSIP/2.0 200 OK\r\n\r\n") } },
	};
	struct prog_case c;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		c = cases[i];
		c.reason = REASON_RESPONSE;
		c.method = SIP_METHOD_RESPONSE;
		prog_cases(&c, 1);
	}
}

Test(keepalive, response_budget)
{
	prog_policy("limits: {unknown: {response: {rate: 1, burst: 2}}}");
	for (int i = 0; i < 2; i++)
		expect(REASON_RESPONSE, .payload = MESSAGE(.status = 200));
	expect(REASON_RESPONSE_RATE, .payload = MESSAGE(.status = 200));
	expect(REASON_RESPONSE_RATE, .payload = MESSAGE(.status = 100));
	expect(REASON_RESPONSE, .src = "198.51.100.8", .payload = MESSAGE(.status = 200));
	prog_wait(SECOND);
	expect(REASON_RESPONSE, .payload = MESSAGE(.status = 200));
}

/* Each kind of traffic has a lane of its own: what fills one does not close another. */
Test(keepalive, lanes)
{
	prog_policy("lanes: {request: {rate: 1, burst: 1}, response: {rate: 1, burst: 1},\n"
		    "        other: {rate: 1, burst: 1}}");
	expect(REASON_RESPONSE, .src = "198.51.100.1", .payload = MESSAGE(.status = 200));
	expect(REASON_STRANGERS_LANE, .src = "198.51.100.2", .payload = MESSAGE(.status = 200));
	expect(REASON_KEEPALIVE_CRLF, .src = "198.51.100.3", BYTES("\r\n"));
	expect(REASON_STRANGERS_LANE, .src = "198.51.100.4", BYTES("\r\n"));
	expect(REASON_STRANGERS_LANE, .src = "198.51.100.5", BYTES("GET / HTTP/1.1\r\n\r\n"));
	expect(REASON_REQUEST, .src = "198.51.100.6", .payload = MESSAGE());
	expect(REASON_GREYLIST, .src = "198.51.100.7", .payload = MESSAGE());
}
