// SPDX-License-Identifier: GPL-2.0-or-later
/* TCP: what a segment holds besides the message that it begins with, and what it is if none. */
#include <stdio.h>
#include <string.h>

#include "tests/prog/harness.h"

#define SEGMENT(text) .tcp = true, .payload = (text)
#define HOSTILE .cseq_method = "BYE"
#define INVITES(n) "limits: {unknown: {invite: {rate: 1/h, burst: " #n "}}}"
#define PHONE "203.0.113.61"
#define BODY "v=0\r\no=- 1 1 IN IP4 198.51.100.7\r\ns=-\r\nc=IN IP4 198.51.100.7\r\n"

TestSuite(segments, .init = prog_start);

/* Several texts as one, which stays as it is until the next. NULL ends them. */
static const char *joined(const char *const *part)
{
	static char text[8192];

	text[0] = '\0';
	for (; *part; part++)
		strcat(text, *part);
	return text;
}

#define JOINED(...) joined((const char *const[]){ __VA_ARGS__, NULL })

/* n new INVITEs in a row. */
static const char *invites(unsigned int n)
{
	static char text[8192];

	text[0] = '\0';
	while (n--)
		strcat(text, MESSAGE());
	return text;
}

/* A new INVITE with the given lines for its Content-Length. */
static const char *with_length(const char *lines, const char *body)
{
	static char text[8][2048];
	static unsigned int serial;
	char *to = text[++serial % COUNT_OF(text)];

	snprintf(to, sizeof(text[0]),
		 "INVITE sip:bob@example.com SIP/2.0\r\n"
		 "Via: SIP/2.0/TCP 198.51.100.7;branch=z9hG4bKlength%u\r\n"
		 "From: <sip:alice@example.com>;tag=1928301774\r\n"
		 "To: <sip:bob@example.com>\r\n"
		 "Call-ID: length-%u\r\nCSeq: 1 INVITE\r\n%s\r\n%s",
		 serial, serial, lines, body);
	return to;
}

Test(segments, each_request_pays)
{
	for (unsigned int n = 1; n <= 5; n++) {
		prog_wait(6 * HOUR);
		prog_policy(INVITES(3));
		expect(n <= 3 ? REASON_REQUEST : REASON_SOURCE_RATE, SEGMENT(invites(n)));
	}
	prog_wait(6 * HOUR);
	prog_policy("lanes: {request: {rate: 1/h, burst: 2}}");
	expect(REASON_STRANGERS_LANE, SEGMENT(invites(3)));
}

Test(segments, each_has_the_budget_of_its_method)
{
	prog_policy("limits: {unknown: {options: {rate: 1/h, burst: 1}}}");
	expect(REASON_REQUEST, SEGMENT(JOINED(MESSAGE(), MESSAGE(.method = "OPTIONS"),
					      MESSAGE(.method = "REGISTER"))));
	expect(REASON_SOURCE_RATE, SEGMENT(JOINED(MESSAGE(), MESSAGE(.method = "OPTIONS"),
						  MESSAGE(.method = "REGISTER"))));
}

/* Behind the fourth they are counted, not read: the last may go over the burst. */
Test(segments, many_requests)
{
	static char text[8192];

	prog_policy("limits: {unknown: {options: {rate: 1/h, burst: 20}}}");
	text[0] = '\0';
	for (int i = 0; i < 20; i++)
		strcat(text, "OPTIONS sip:bob@example.com SIP/2.0\r\nl: 0\r\n\r\n");
	expect(REASON_REQUEST, SEGMENT(text));
	expect(REASON_SOURCE_RATE, SEGMENT(MESSAGE(.method = "OPTIONS")));
	prog_wait(HOUR);
	prog_policy("limits: {unknown: {options: {rate: 1/h, burst: 4}}}");
	expect(REASON_SOURCE_RATE, SEGMENT(text));
}

/* The same bytes in a datagram are one message (RFC 3261 18.3). */
Test(segments, datagram_is_one_message)
{
	prog_policy(INVITES(2));
	expect(REASON_REQUEST, .payload = invites(4));
	expect(REASON_REQUEST, .payload = invites(4));
	expect(REASON_SOURCE_RATE, .payload = invites(1));
}

/* TCP repeats a dropped segment as it was: what was paid for is a repeat, the rest is not. */
Test(segments, dropped_segment_comes_again)
{
	char segment[4096];
	const char *first = MESSAGE(), *second = MESSAGE(), *third = MESSAGE();

	prog_policy("limits: {unknown: {invite: {rate: 1/s, burst: 1}}}");
	strcpy(segment, JOINED(first, second, third));
	expect(REASON_SOURCE_RATE, SEGMENT(segment));
	expect(REASON_RETRANSMISSION, SEGMENT(first));
	expect(REASON_SOURCE_RATE, SEGMENT(segment));
	prog_wait(1100 * MS);
	expect(REASON_SOURCE_RATE, SEGMENT(segment));
	expect(REASON_RETRANSMISSION, SEGMENT(second));
	expect(REASON_SOURCE_RATE, SEGMENT(third));
	prog_wait(1100 * MS);
	expect(REASON_RETRANSMISSION, SEGMENT(segment));
	expect(REASON_RETRANSMISSION, SEGMENT(third));
}

static void expect_hostile(const char *segment)
{
	prog_wait(HOUR);
	expect(REASON_CHECK_cseq_method, SEGMENT(segment));
	expect(REASON_CHECK_cseq_method, .ipv6 = true, SEGMENT(segment));
}

Test(segments, hostile_one_among_others)
{
	prog_policy_checked("");
	expect_hostile(JOINED(MESSAGE(HOSTILE), MESSAGE()));
	expect_hostile(JOINED(MESSAGE(), MESSAGE(HOSTILE)));
	expect_hostile(JOINED(MESSAGE(), MESSAGE(HOSTILE), MESSAGE()));
	expect_hostile(JOINED(MESSAGE(.method = "REGISTER"), MESSAGE(), MESSAGE(HOSTILE)));
	expect_hostile(JOINED(MESSAGE(), "\r\n", MESSAGE(HOSTILE)));
	expect_hostile(JOINED("\r\n\r\n", MESSAGE(HOSTILE)));
	expect_hostile(JOINED(MESSAGE(.status = 200), MESSAGE(HOSTILE)));
	expect_hostile(JOINED(MESSAGE(.body = BODY), MESSAGE(HOSTILE)));
	prog_wait(HOUR);
	expect(REASON_REQUEST, SEGMENT(JOINED(MESSAGE(), MESSAGE(.body = BODY), MESSAGE())));
}

Test(segments, hostile_fourth)
{
	struct verdict_record got;

	prog_policy_checked("");
	got = prog_in(FRAME(SEGMENT(
		JOINED(MESSAGE(), MESSAGE(), MESSAGE(), MESSAGE(.method = "OPTIONS", HOSTILE)))));
	expect_record(got, REASON_CHECK_cseq_method);
	cr_assert_eq(got.method, SIP_METHOD_OPTIONS);
	prog_wait(HOUR);
	got = prog_in(FRAME(SEGMENT(JOINED(MESSAGE(), MESSAGE(), MESSAGE(), MESSAGE(),
					   MESSAGE(.method = "OPTIONS", HOSTILE)))));
	expect_record(got, REASON_REQUEST);
	cr_assert_eq(got.method, SIP_METHOD_INVITE);
}

/* The end of a message is where its Content-Length says; one that says nothing is found by line. */
Test(segments, content_length)
{
	static const struct {
		const char *lines;
		const char *body;
		unsigned int requests; /* with one more behind it */
	} cases[] = {
		{ "Content-Length: 0\r\n", "", 2 },
		{ "l:5\r\n", "abcde", 2 },
		{ "Content-Length:\r\n 5\r\n", "abcde", 2 },
		{ "", "", 2 },
		{ "", BODY, 2 },
		{ "Content-Length: 3\r\n", BODY, 2 },
		{ "Content-Length: -1\r\n", BODY, 2 },
		{ "Content-Length: none\r\n", "", 2 },
		{ "Content-Length: 4294967296\r\n", BODY, 2 },
		{ "Content-Length: 600\r\nl: 0\r\n", BODY, 2 },
		{ "Content-Length: 10000\r\n", "", 1 },
		{ "Content-Length: 4294967295\r\n", BODY, 1 },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		for (unsigned int burst = 1; burst <= 2; burst++) {
			struct verdict_record got;

			prog_wait(4 * HOUR);
			prog_policy(burst == 1 ? INVITES(1) : INVITES(2));
			got = prog_in(FRAME(SEGMENT(
				JOINED(with_length(cases[i].lines, cases[i].body), MESSAGE()))));
			cr_expect_eq(got.reason,
				     cases[i].requests <= burst ? REASON_REQUEST
								: REASON_SOURCE_RATE,
				     "%zu, burst %u: %s", i, burst, reason_name(got.reason));
		}
	}
}

Test(segments, cut_second)
{
	static const char *const ends[] = { "INV",
					    "INVITE",
					    "INVITE ",
					    "INVITE sip:bob@exam",
					    "INVITE sip:bob@example.com SIP/2.0\r",
					    "INVITE sip:bob@example.com SIP/2.0\r\nVia: SI" };
	static const char *const harmless[] = {
		"", "\r\n", "I", "SIP/2.0 200 OK\r\n", "the rest of a body", "INVITED are all\r\n"
	};

	prog_policy(INVITES(1));
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		struct verdict_record got;

		prog_wait(2 * HOUR);
		got = prog_in(FRAME(SEGMENT(JOINED(MESSAGE(), ends[i]))));
		cr_expect_eq(got.reason, REASON_SOURCE_RATE, "%s: %s", ends[i],
			     reason_name(got.reason));
		prog_wait(2 * HOUR);
		got = prog_in(FRAME(SEGMENT(JOINED(MESSAGE(), harmless[i]))));
		cr_expect_eq(got.reason, REASON_REQUEST, "%s: %s", harmless[i],
			     reason_name(got.reason));
	}
}

/* A request in pieces passes, and costs one event of its class, however small they are. */
Test(segments, pieces)
{
	static const size_t sizes[] = { 1, 2, 37, 100 };
	static const char *const policy[] = {
		"",
		"",
		INVITES(1),
		INVITES(1),
	};

	for (size_t i = 0; i < COUNT_OF(sizes); i++) {
		const char *text = MESSAGE(.body = BODY);
		size_t len = strlen(text);

		prog_wait(2 * HOUR);
		prog_policy_checked(policy[i]);
		for (size_t at = 0; at < len; at += sizes[i]) {
			size_t piece = len - at < sizes[i] ? len - at : sizes[i];
			struct verdict_record got =
				prog_in(FRAME(SEGMENT(text + at), .payload_len = piece));

			cr_assert(!got.dropped && !got.shadow, "%zu at %zu: %s, shadow %s",
				  sizes[i], at, reason_name(got.reason), reason_name(got.shadow));
		}
	}
	expect(REASON_SOURCE_RATE, SEGMENT(MESSAGE()));
}

Test(segments, split_start_line)
{
	static const struct prog_case cases[] = {
		{ .frame = { SEGMENT("I") }, .method = SIP_METHOD_INVITE },
		{ .frame = { SEGMENT("INVI") }, .method = SIP_METHOD_INVITE },
		{ .frame = { SEGMENT("invi") }, .method = SIP_METHOD_INVITE },
		{ .frame = { SEGMENT("INVITE") }, .method = SIP_METHOD_INVITE },
		{ .frame = { SEGMENT("INVITE ") }, .method = SIP_METHOD_INVITE },
		{ .frame = { SEGMENT("INVITE s") }, .method = SIP_METHOD_INVITE },
		{ .frame = { SEGMENT("INVITE sip:bob@exam") }, .method = SIP_METHOD_INVITE },
		{ .frame = { SEGMENT("INVITE sip:bob@example.com SIP/2.") },
		  .method = SIP_METHOD_INVITE },
		{ .frame = { SEGMENT("SUBSCRIB") }, .method = SIP_METHOD_SUBSCRIBE },
		{ .frame = { SEGMENT("SUBSCRIBE") }, .method = SIP_METHOD_SUBSCRIBE },
		{ .frame = { SEGMENT("SUBSCRIBE ") }, .method = SIP_METHOD_SUBSCRIBE },
		{ .frame = { SEGMENT("REGISTER") }, .method = SIP_METHOD_REGISTER },
		{ .frame = { SEGMENT("\r\nREGISTER sip:exam") }, .method = SIP_METHOD_REGISTER },
		{ .frame = { SEGMENT("PRA") }, .method = SIP_METHOD_PRACK },
	};

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		struct prog_case split = cases[i];

		split.name = split.frame.payload;
		split.reason = REASON_TCP_SPLIT;
		prog_cases(&split, 1);
	}
	prog_policy(INVITES(1));
	expect(REASON_TCP_SPLIT, SEGMENT("INVI"));
	expect(REASON_SOURCE_RATE, SEGMENT("INVI"));
	expect(REASON_SOURCE_RATE, SEGMENT("INVITE sip:bob@exam"));
	expect(REASON_TCP_SPLIT, SEGMENT("IN"));
}

Test(segments, no_split)
{
	static const char *const segments[] = {
		"INVX",
		"XINV",
		"IN VITE",
		"INVITED",
		"7",
		"\r\nI",
		"INVITE and all who come",
		"SUBSCRIBED",
		"SIP/2.",
		"CRIBE sip:bob@exam",
	};

	for (size_t i = 0; i < COUNT_OF(segments); i++) {
		struct verdict_record got = prog_in(FRAME(SEGMENT(segments[i])));

		cr_expect_eq(got.reason, REASON_TCP_SEGMENT, "%s: %s", segments[i],
			     reason_name(got.reason));
	}
}

static struct verdict_record tls(const char *src, __u32 type, __u32 version, __u32 length,
				 size_t payload_len)
{
	const __u8 payload[16] = { type, version >> 8, version, length >> 8, length, 0x01 };

	return prog_in(FRAME(.src = src, SEGMENT(payload), .payload_len = payload_len));
}

Test(segments, tls)
{
	for (__u32 type = 0; type < 32; type++)
		expect_record(tls(NULL, type, 0x0301, 512, 16),
			      type >= 20 && type <= 23 ? REASON_TCP_TLS : REASON_TCP_SEGMENT);
	for (__u32 version = 0x02fe; version < 0x0308; version++)
		expect_record(tls(NULL, 22, version, 512, 16),
			      version >= 0x0300 && version <= 0x0304 ? REASON_TCP_TLS
								     : REASON_TCP_SEGMENT);
	expect_record(tls(NULL, 22, 0x0203, 512, 16), REASON_TCP_SEGMENT);
	expect_record(tls(NULL, 22, 0x0403, 512, 16), REASON_TCP_SEGMENT);
	expect_record(tls(NULL, 21, 0x0303, 2, 7), REASON_TCP_TLS);
	expect_record(tls(NULL, 23, 0x0303, 1, 5), REASON_TCP_TLS);
	expect_record(tls(NULL, 23, 0x0303, 1, 4), REASON_TCP_SEGMENT);
	expect_record(tls(NULL, 23, 0x0303, 0, 16), REASON_TCP_SEGMENT);
	expect_record(tls(NULL, 23, 0x0303, 18432, 16), REASON_TCP_TLS);
	expect_record(tls(NULL, 23, 0x0303, 18433, 16), REASON_TCP_SEGMENT);
	prog_set_standing(PHONE, STANDING_TRUSTED, prog_now() + HOUR);
	expect_record(tls(PHONE, 23, 0x0303, 5, 16), REASON_TCP_TLS);
}

/* A segment that begins inside a message, with requests at the beginning of later lines. */
Test(segments, requests_inside)
{
	static const char *const near[] = {
		"end\r\nINVITE me to the party\r\n",
		"end\r\n INVITE sip:bob@example.com SIP/2.0\r\n",
		"end INVITE sip:bob@example.com SIP/2.0\r\n",
		"end\r\nINVITE: sip:bob@example.com\r\n",
		"end\r\nINVITEsip:bob@example.com SIP/2.0\r\n",
		"end\r\nSIP/2.0 200 OK\r\n",
		"end\r\nXINVITE sip:bob@example.com SIP/2.0\r\n",
		"GET / HTTP/1.1\r\nHost: example.com\r\nUpgrade: websocket\r\n\r\n",
	};
	struct verdict_record got = prog_in(FRAME(SEGMENT(JOINED("x\r\n", MESSAGE()))));

	expect_record(got, REASON_TCP_INSIDE);
	cr_assert_eq(got.method, SIP_METHOD_INVITE);
	expect(REASON_TCP_INSIDE, .ipv6 = true, SEGMENT(JOINED(BODY, "\nack \t sips:b")));
	prog_policy(INVITES(1));
	for (size_t i = 0; i < COUNT_OF(near); i++) {
		got = prog_in(FRAME(SEGMENT(near[i])));
		cr_expect_eq(got.reason, REASON_TCP_SEGMENT, "%s: %s", near[i],
			     reason_name(got.reason));
	}
	prog_policy(INVITES(3));
	prog_wait(4 * HOUR);
	expect(REASON_TCP_INSIDE, SEGMENT(JOINED("x\r\n", invites(3))));
	expect(REASON_SOURCE_RATE, SEGMENT(JOINED("x\r\n", invites(1))));
	expect(REASON_SOURCE_RATE, SEGMENT(MESSAGE()));
}

/* Lines that are there to tire the search do not hide what stands behind them. */
Test(segments, many_lines)
{
	static char text[4096];

	prog_policy("limits: {unknown: {other: {rate: 1/h, burst: 2}}}");
	text[0] = '\0';
	for (int i = 0; i < 300; i++)
		strcat(text, "\nI");
	strcat(text, invites(2));
	expect(REASON_TCP_INSIDE, SEGMENT(text));
	expect(REASON_SOURCE_RATE, SEGMENT(text));
}

/* Bulk that begins no message has a budget of its own: wide, and not that of any request. */
Test(segments, bulk)
{
	prog_policy("limits: {unknown: {segment: {rate: 1/h, burst: 3}}}");
	expect(REASON_TCP_SEGMENT, SEGMENT("the end of a message"));
	expect_record(tls(NULL, 23, 0x0303, 5, 16), REASON_TCP_TLS);
	expect(REASON_TCP_INSIDE, SEGMENT(JOINED("x\r\n", MESSAGE())));
	expect(REASON_SEGMENT_RATE, SEGMENT("the end of a message"));
	expect_record(tls(NULL, 23, 0x0303, 5, 16), REASON_SEGMENT_RATE);
	expect(REASON_SEGMENT_RATE, SEGMENT(JOINED("x\r\n", MESSAGE())));
	expect(REASON_TCP_CONTROL, .tcp = true);
	expect(REASON_REQUEST, SEGMENT(MESSAGE()));
	expect(REASON_TCP_SEGMENT, .src = "198.51.100.8", SEGMENT("the end of a message"));
}

Test(segments, bulk_of_known_sources)
{
	prog_policy("limits: {trusted: {segment: {rate: 1/h, burst: 1}, invite: {rate: 1/h, burst: "
		    "2}}}\ncarriers: [{name: c, prefixes: [203.0.113.62], cps: 1}]");
	prog_set_standing(PHONE, STANDING_TRUSTED, prog_now() + HOUR);
	expect(REASON_TCP_SEGMENT, .src = PHONE, SEGMENT("the end of a message"));
	expect(REASON_SEGMENT_RATE, .src = PHONE, SEGMENT("the end of a message"));
	for (int i = 0; i < 300; i++)
		expect(REASON_TCP_SEGMENT, .src = "203.0.113.62", SEGMENT("the end of a message"));
	expect(REASON_KNOWN, .src = PHONE, SEGMENT(invites(5)));
	expect(REASON_KNOWN, .src = PHONE, SEGMENT(invites(5)));
	expect(REASON_SOURCE_RATE, .src = PHONE, SEGMENT(invites(5)));
}

/* A frame of several pages: what begins behind the first window is found, too. */
Test(segments, frame_in_pieces)
{
	static char text[8192];
	struct verdict_record got;
	struct frame frame;

	memset(text, 'x', 5000);
	strcat(text, JOINED("\r\n", MESSAGE(), MESSAGE()));
	prog_policy(INVITES(2));
	frame_build(FRAME(SEGMENT(text)), &frame);
	cr_assert_eq(prog_run(ENTRY_FRAGS, &frame, &got), 0);
	expect_record(got, REASON_TCP_SEGMENT);
	expect(REASON_SOURCE_RATE, SEGMENT(MESSAGE()));
}

/* A segment may be forged: however many requests it holds, it leaves room in the lane of all. */
Test(segments, one_does_not_fill_the_lane)
{
	static char text[1400] = "junk\n";
	char src[32];

	while (strlen(text) + 10 < sizeof(text))
		strcat(text, "ACK sip:\n");
	prog_policy("lanes: {request: {rate: 1/m, burst: 10}}");
	expect(REASON_TCP_INSIDE, .src = "203.0.113.66", SEGMENT(text));
	for (unsigned int i = 0; i < 6; i++) {
		snprintf(src, sizeof(src), "203.0.113.%u", 70 + i);
		expect(REASON_REQUEST, .src = src, .payload = MESSAGE());
	}
	expect(REASON_GREYLIST, .src = "203.0.113.80", .payload = MESSAGE());
}

/* The body that the message before has announced may look like a record. */
Test(segments, tls_in_front_hides_nothing)
{
	static char text[2048];
	size_t len = 5;

	memcpy(text, "\x16\x03\x01\x40\x00", len);
	len += (size_t)snprintf(text + len, sizeof(text) - len, "\r\n%s%s", MESSAGE(), MESSAGE());
	prog_policy(INVITES(2));
	expect(REASON_TCP_INSIDE, .tcp = true, .payload = text, .payload_len = len);
	expect(REASON_SOURCE_RATE, .tcp = true, .payload = text, .payload_len = len);
}

/* What follows a start line that is too long to be read begins behind its end, not inside of it. */
Test(segments, long_start_line)
{
	static char text[2048];
	char uri[560];

	memset(uri, 'a', sizeof(uri));
	uri[sizeof(uri) - 1] = '\0';
	snprintf(text, sizeof(text), "INVITE sip:%s SIP/2.0\r\n%s", uri,
		 strchr(MESSAGE(), '\n') + 1);
	prog_policy_checked("");
	expect(REASON_REQUEST_CUT, SEGMENT(text));
}

/* What was over for the first message need not be for the next. */
Test(segments, budgets_of_known_sources)
{
	const char *invite = MESSAGE();

	prog_policy("limits: {unknown: {invite: {rate: 1/h, burst: 1}},\n"
		    "         trusted: {invite: {rate: 1/h, burst: 1}}}");
	expect(REASON_REQUEST, .src = PHONE, SEGMENT(invite));
	prog_set_standing(PHONE, STANDING_TRUSTED, ~0ULL);
	expect(REASON_KNOWN, .src = PHONE, SEGMENT(MESSAGE()));
	expect(REASON_SOURCE_RATE, .src = PHONE, SEGMENT(MESSAGE()));
	expect(REASON_RETRANSMISSION, .src = PHONE,
	       SEGMENT(JOINED(invite, MESSAGE(.method = "BYE"))));
	expect(REASON_SOURCE_RATE, .src = PHONE, SEGMENT(JOINED(invite, MESSAGE())));
}
