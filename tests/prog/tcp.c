// SPDX-License-Identifier: GPL-2.0-or-later
/* TCP: what a segment begins with. What else it holds is in segments.c. */
#include <string.h>

#include "tests/prog/harness.h"

#define SEGMENT(text) .tcp = true, .payload = (text)

TestSuite(tcp, .init = prog_start);

Test(tcp, options)
{
	static const struct prog_case cases[] = {
		{ .name = "12 bytes of options",
		  .frame = { SEGMENT("OPTIONS sip:a@example.com SIP/2.0\r\n\r\n"),
			     .tcp_options = 12 },
		  .reason = REASON_REQUEST,
		  .method = SIP_METHOD_OPTIONS },
		{ .name = "40 bytes of options, IPv6",
		  .frame = { .ipv6 = true,
			     SEGMENT("OPTIONS sip:a@example.com SIP/2.0\r\n\r\n"),
			     .tcp_options = 40 },
		  .reason = REASON_REQUEST,
		  .method = SIP_METHOD_OPTIONS },
		{ .name = "data offset 4",
		  .frame = { SEGMENT("OPTIONS"), .data_offset = 4 },
		  .reason = REASON_CUT_HEADERS },
		{ .name = "data offset behind the frame",
		  .frame = { SEGMENT("short"), .data_offset = 15 },
		  .reason = REASON_CUT_HEADERS },
		{ .name = "no data", .frame = { .tcp = true }, .reason = REASON_TCP_CONTROL },
		{ .name = "padding is no data",
		  .frame = { .tcp = true, .padding = 6 },
		  .reason = REASON_TCP_CONTROL },
	};

	prog_cases(cases, COUNT_OF(cases));
}

/* What segments begin with when a message is cut anywhere. */
Test(tcp, middle_of_a_message)
{
	static const char *const segments[] = {
		"CRIBE sip:bob@example.com SIP/2.0\r\nVia: SIP/2.0/TCP x\r\n\r\n",
		"TE sip:bob@example.com SIP/2.0\r\n\r\n",
		"STER\r\nVia: SIP/2.0/TCP x\r\n\r\n",
		"sip:bob@example.com SIP/2.0\r\n\r\n",
		"SIP/2.0\r\nVia: SIP/2.0/TCP x\r\n\r\n",
		"\nVia: SIP/2.0/TCP x\r\n\r\n",
		"\r\nVia: SIP/2.0/TCP x\r\n\r\n",
		"ia: SIP/2.0/TCP x;branch=z9hG4bK1\r\n\r\n",
		"v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\n",
		"\r\n",
		"\r\n\r\n",
		"GET / HTTP/1.1\r\n\r\n",
		"INVITEsip:bob@example.com SIP/2.0\r\n\r\n",
		"ACK and the rest of a sentence in a MESSAGE\r\n",
	};

	prog_policy(
		"limits: {unknown: {other: {rate: 1/h, burst: 1}, not-sip: {rate: 1/h, burst: 1}}}");
	for (size_t i = 0; i < COUNT_OF(segments); i++) {
		struct verdict_record got = prog_in(FRAME(SEGMENT(segments[i])));

		cr_expect_eq(got.reason, REASON_TCP_SEGMENT, "%s: %s", segments[i],
			     reason_name(got.reason));
		cr_expect_eq(got.method, SIP_METHOD_NONE, "%s", segments[i]);
	}
}

/* A segment with a whole start line of a method that is known. */
Test(tcp, requests)
{
#define METHOD(id, name) name,
	static const char *const methods[] = {
#include "maps/methods.def"
	};
#undef METHOD

	for (size_t i = 0; i < COUNT_OF(methods); i++) {
		struct verdict_record got;
		bool known = strcmp(methods[i], "other");

		prog_wait(HOUR);
		got = prog_in(FRAME(SEGMENT(MESSAGE(.method = methods[i]))));
		cr_expect_eq(got.reason, known ? REASON_REQUEST : REASON_TCP_SEGMENT, "%s: %s",
			     methods[i], reason_name(got.reason));
	}
	prog_wait(HOUR);
	expect(REASON_REQUEST, SEGMENT(MESSAGE(.method = "iNviTe")));
}

/* Over TCP the same limits hold, and a repeat is one, whatever transport it takes. */
Test(tcp, limits)
{
	const char *request = MESSAGE(.branch = "z9hG4bKboth");

	prog_policy("limits: {unknown: {invite: {rate: 1/h, burst: 1}}}");
	expect(REASON_REQUEST, SEGMENT(request));
	expect(REASON_SOURCE_RATE, SEGMENT(MESSAGE()));
	expect(REASON_SOURCE_RATE, .payload = MESSAGE());
	expect(REASON_RETRANSMISSION, SEGMENT(request));
	expect(REASON_RETRANSMISSION, .payload = request);
	expect(REASON_TCP_SEGMENT, SEGMENT("Via: the rest of a message"));
}
