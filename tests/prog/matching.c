// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Requests that a server may match by something else than is read here must not pass as repeats:
 * what is varied there would cost nothing. Each packet pays.
 */
#include <stdio.h>
#include <string.h>

#include "tests/prog/harness.h"

#define ONE_EACH "limits: {unknown: {invite: {rate: 1/h, burst: 1}}}\n"

TestSuite(matching, .init = prog_start);

/* Two requests, after one of which nothing new may pass. */
static void expect_second(enum reason reason, const char *first, const char *second)
{
	prog_wait(2 * HOUR);
	expect(REASON_REQUEST, .payload = first);
	expect(reason, .payload = second);
}

#define NINE "x=1;x=2;x=3;x=4;x=5;x=6;x=7;x=8;x=9;"

Test(matching, branches_that_are_not_one)
{
	static const char *const branches[] = {
		"z9hG4bKa;branch=z9hG4bKb", /* the last is Kamailio's */
		"z9hG4bKa;rport;BRANCH = z9hG4bKb",
		"z9hG4bKa;" NINE NINE "branch=z9hG4bKb",
		"z9hG4bKa;ali=b", /* a branch to Kamailio 5.6 */
		"z9hG4bKa\001b",  /* a letter to Kamailio */
		"z9hG4bKa\vb",
		"z9hG4bKa b",
		"z9hG4bKa\"b\"",
		"\"z9hG4bKa\"b",
		"z9hG4bKa\rX:b", /* the line ends there for Kamailio */
		"\"z9hG4bKa\"",
		"z9hG4bKa;x=\"a,b\"", /* it ends there, too */
		"z9hG4bKa;x=(y)",
	};
	prog_policy(ONE_EACH);
	for (size_t i = 0; i < sizeof(branches) / sizeof(branches[0]); i++) {
		const char *invite = MESSAGE(.branch = branches[i]);

		expect_second(REASON_SOURCE_RATE, invite, invite);
	}
}

Test(matching, branches_that_are)
{
	static const char *const branches[] = {
		"z9hG4bKa",
		"z9hG4bKa;rport;alias",
		"z9hG4bKa ;rport",
		"z9hG4bKa ",
		"z9hG4bKa\r\n ;rport",
		"z9hG4bKa;branches",
		"z9hG4bKa;x=[y]",
		"z9hG4bKa, SIP/2.0/UDP b;branch=b",
		"z9hG4bK<a>",
	};

	prog_policy(ONE_EACH);
	for (size_t i = 0; i < sizeof(branches) / sizeof(branches[0]); i++) {
		const char *invite = MESSAGE(.branch = branches[i]);

		expect_second(REASON_RETRANSMISSION, invite, invite);
	}
}

/* A message with all of a request's headers, and others before them. */
static const char *message(const char *before, const char *via)
{
	static char texts[2][4096];
	static int next;
	char *text = texts[next++ & 1];

	snprintf(text, sizeof(texts[0]),
		 "INVITE sip:bob@example.com SIP/2.0\r\n%sVia: %s\r\n"
		 "From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\n"
		 "Call-ID: 1\r\nCSeq: 1 INVITE\r\n\r\n",
		 before, via);
	return text;
}

#define HOST "SIP/2.0/UDP h.example"
#define BRANCH ";branch=z9hG4bKa"

Test(matching, lines_before_the_via)
{
	static const char *const odd[] = {
		"Max-Forwards: 70\rVia: " HOST ";branch=z9hG4bKfirst\r\n",
		"To: <sip:bob@example.com>\rX: \r\n",
		"X: \001\r\n",
		"\rVia: " HOST ";branch=z9hG4bKfirst\r\n",
	};
	static const char *const plain[] = {
		"",
		"Max-Forwards: 70\r\n",
		"Max-Forwards:\t70\nX: y\r\n z\r\n",
		"X: \177\r\n", /* no control character to any parser */
		"Contact: \"A\" <sip:a@b>\r\nUser-Agent: a (b)\r\n",
	};

	prog_policy(ONE_EACH);
	for (size_t i = 0; i < sizeof(odd) / sizeof(odd[0]); i++)
		expect_second(REASON_SOURCE_RATE, message(odd[i], HOST BRANCH),
			      message(odd[i], HOST BRANCH));
	for (size_t i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		expect_second(REASON_RETRANSMISSION, message(plain[i], HOST BRANCH),
			      message(plain[i], HOST BRANCH));
}

Test(matching, vias)
{
	static const struct {
		const char *first;
		const char *second;
		enum reason reason;
	} vias[] = {
		{ HOST BRANCH, HOST BRANCH, REASON_RETRANSMISSION },
		{ HOST BRANCH, "SIP/2.0/UDP i.example" BRANCH, REASON_SOURCE_RATE },
		{ HOST BRANCH, HOST ":5070" BRANCH, REASON_SOURCE_RATE },
		{ HOST ":1" BRANCH, HOST ":2" BRANCH, REASON_SOURCE_RATE },
		{ HOST ";" NINE NINE "branch=z9hG4bKa", HOST ";" NINE NINE "branch=z9hG4bKa",
		  REASON_SOURCE_RATE },
		{ HOST "(" BRANCH ";)", HOST "(" BRANCH ";)", REASON_SOURCE_RATE },
		{ HOST ";x=\"a,b\"" BRANCH, HOST ";x=\"a,b\"" BRANCH, REASON_SOURCE_RATE },
		{ HOST "\rX: y" BRANCH, HOST "\rX: y" BRANCH, REASON_SOURCE_RATE },
		{ HOST ";branch\v=z9hG4bKa", HOST ";branch\v=z9hG4bKa", REASON_SOURCE_RATE },
		{ "h.example" BRANCH, "h.example" BRANCH, REASON_SOURCE_RATE },
		/* without the cookie */
		{ HOST ";branch=1", HOST ";branch=1", REASON_RETRANSMISSION },
		{ HOST ";branch=1", HOST ";branch=2", REASON_SOURCE_RATE },
		{ HOST, HOST, REASON_RETRANSMISSION },
		{ HOST, HOST ";x", REASON_SOURCE_RATE },
	};

	prog_policy(ONE_EACH);
	for (size_t i = 0; i < sizeof(vias) / sizeof(vias[0]); i++)
		expect_second(vias[i].reason, message("", vias[i].first),
			      message("", vias[i].second));
}

/* All of a branch counts; one that is longer than what is hashed names nothing. */
Test(matching, long_branches)
{
	static const struct {
		int length;
		enum reason same;
	} lengths[] = {
		{ 129, REASON_RETRANSMISSION },
		{ 255, REASON_RETRANSMISSION },
		{ 256, REASON_RETRANSMISSION },
		{ 257, REASON_SOURCE_RATE },
	};
	char via[512], other[512];

	prog_policy(ONE_EACH);
	for (size_t i = 0; i < sizeof(lengths) / sizeof(lengths[0]); i++) {
		snprintf(via, sizeof(via), HOST ";branch=z9hG4bK%0*d", lengths[i].length - 7, 1);
		snprintf(other, sizeof(other), HOST ";branch=z9hG4bK%0*d", lengths[i].length - 7,
			 2);
		expect_second(lengths[i].same, message("", via), message("", via));
		expect_second(REASON_SOURCE_RATE, message("", via), message("", other));
	}
}
