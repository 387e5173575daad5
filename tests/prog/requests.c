// SPDX-License-Identifier: GPL-2.0-or-later
/* Methods, and the second law: a transaction costs budget once, its repeats cost none. */
#include <stdio.h>
#include <string.h>

#include "tests/prog/harness.h"

/* One request of each class, then none for an hour. */
#define ONE_EACH                                                                                   \
	"limits: {unknown: {invite: {rate: 1/h, burst: 1}, register: {rate: 1/h, burst: 1},\n"     \
	"  options: {rate: 1/h, burst: 1}, dialog: {rate: 1/h, burst: 1},\n"                       \
	"  other: {rate: 1/h, burst: 1}, subscribe: {rate: 1/h, burst: 1}}}\n"

#define EPOCH (1ULL << 35) /* of the sketch of transactions, ns */

TestSuite(requests, .init = prog_start);

Test(requests, methods)
{
	static const struct {
		const char *token;
		enum sip_method method;
	} methods[] = {
#define METHOD(id, name) { name, SIP_METHOD_##id },
#include "maps/methods.def"
#undef METHOD
		{ "invite", SIP_METHOD_INVITE },
		{ "Register", SIP_METHOD_REGISTER },
		{ "oPTIONS", SIP_METHOD_OPTIONS },
		{ "subscribe", SIP_METHOD_SUBSCRIBE },
		{ "SUBSCRIBER", SIP_METHOD_OTHER },
		{ "INVITES", SIP_METHOD_OTHER },
		{ "REGISTERED", SIP_METHOD_OTHER },
		{ "SUBSCRIBX", SIP_METHOD_OTHER },
		{ "DO", SIP_METHOD_OTHER },
		{ "X", SIP_METHOD_OTHER },
		{ "!interesting-Method0123456789_*+`.%indeed'~", SIP_METHOD_OTHER },
	};

	for (size_t i = 0; i < COUNT_OF(methods); i++) {
		struct verdict_record got;

		prog_wait(HOUR);
		got = prog_in(FRAME(.payload = MESSAGE(.method = methods[i].token)));
		cr_expect(got.reason == REASON_REQUEST && got.method == methods[i].method,
			  "%s: %s, method %s", methods[i].token, reason_name(got.reason),
			  method_name(got.method));
	}
}

/* What servers take for a request too. */
Test(requests, forms)
{
	static const struct prog_case cases[] = {
		{ .name = "leading line ends",
		  .frame = { .payload =
				     "\r\n\r\n\r\n\r\n\r\nOPTIONS sip:a@example.com SIP/2.0\r\n\r\n" } },
		{ .name = "leading blanks",
		  .frame = { .payload = "    OPTIONS sip:a@example.com SIP/2.0\r\n\r\n" } },
		{ .name = "leading NULs",
		  .frame = { .payload = "\0\0\0\0OPTIONS sip:a@example.com SIP/2.0\r\n\r\n",
			     .payload_len = 45 } },
		{ .name = "line feeds alone",
		  .frame = { .payload =
				     "OPTIONS sip:a@example.com SIP/2.0\nVia: SIP/2.0/UDP x\n\n" } },
		{ .name = "compact, folded, blanks before the colon",
		  .frame = { .payload = "OPTIONS sip:a@example.com SIP/2.0\r\n"
					"v : SIP/2.0/UDP\r\n 192.0.2.9 ;branch=z9hG4bKx\r\n"
					"i:1\r\nCSEQ\t: 1\r\n OPTIONS\r\nl:0\r\n\r\n" } },
		{ .name = "another version",
		  .frame = { .payload = "OPTIONS sip:a@example.com SIP/7.0\r\n\r\n" } },
		{ .name = "a telephone number",
		  .frame = { .payload = "OPTIONS tel:+12025550123 SIP/2.0\r\n\r\n" } },
		{ .name = "two blanks",
		  .frame = { .payload = "OPTIONS  sip:a@example.com  SIP/2.0\r\n\r\n" } },
	};
	struct prog_case c;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		c = cases[i];
		c.reason = REASON_REQUEST;
		c.method = SIP_METHOD_OPTIONS;
		prog_cases(&c, 1);
	}
}

static void long_header(char *to, size_t size)
{
	size_t len = 0;

	for (int i = 0; len + 64 < size; i++)
		len += snprintf(to + len, size - len, "X-Header-%d: some words to fill it\r\n", i);
}

/* Behind the window nothing is read; the request passes all the same. */
Test(requests, cut_by_the_window)
{
	static char headers[3000];
	struct verdict_record got;

	long_header(headers, sizeof(headers));
	got = prog_in(FRAME(.payload = MESSAGE(.method = "INVITE", .headers = headers)));
	expect_record(got, REASON_REQUEST_CUT);
	cr_assert_eq(got.method, SIP_METHOD_INVITE);
	expect(REASON_REQUEST_CUT, .payload = "REGISTER sip:example.com SIP/2.0\r\nVia: SIP/2.0/U");
	expect(REASON_REQUEST_CUT, .payload = "REGISTER sip:exam");
}

Test(requests, repeats_cost_nothing)
{
	static const char *const branches[] = { "z9hG4bKrepeat", "", "old-style" };

	prog_policy(ONE_EACH);
	for (size_t i = 0; i < COUNT_OF(branches); i++) {
		const char *invite = MESSAGE(.branch = branches[i], .call_id = "repeat");

		prog_wait(2 * HOUR);
		expect(REASON_REQUEST, .payload = invite);
		for (int repeat = 0; repeat < 6; repeat++) {
			prog_wait(5 * SECOND);
			expect(REASON_RETRANSMISSION, .payload = invite);
		}
		/* the budget is used up all the while */
		expect(REASON_SOURCE_RATE, .payload = MESSAGE());
		expect(REASON_RETRANSMISSION, .payload = invite);
	}
}

/* The same transaction from another port, or over IPv6 from another address of the /64. */
Test(requests, repeats_from_elsewhere)
{
	prog_policy(ONE_EACH);
	expect(REASON_REQUEST, .src = "2001:db8:7:1::1", .payload = MESSAGE(.branch = "z9hG4bKa"));
	expect(REASON_RETRANSMISSION, .src = "2001:db8:7:1::2", .sport = 6000,
	       .payload = MESSAGE(.branch = "z9hG4bKa"));
	expect(REASON_REQUEST, .src = "2001:db8:7:2::1", .payload = MESSAGE(.branch = "z9hG4bKa"));
	expect(REASON_REQUEST, .src = "198.51.100.1", .payload = MESSAGE(.branch = "z9hG4bKa"));
	expect(REASON_REQUEST, .src = "198.51.100.2", .payload = MESSAGE(.branch = "z9hG4bKa"));
	expect(REASON_RETRANSMISSION, .src = "198.51.100.2",
	       .payload = MESSAGE(.branch = "z9hG4bKa"));
}

Test(requests, what_makes_a_transaction)
{
	const char *branch = "z9hG4bKtransaction";

	expect(REASON_REQUEST, .payload = MESSAGE(.method = "INVITE", .branch = branch));
	expect(REASON_REQUEST, .payload = MESSAGE(.method = "ACK", .branch = branch));
	expect(REASON_REQUEST, .payload = MESSAGE(.method = "CANCEL", .branch = branch));
	expect(REASON_REQUEST, .payload = MESSAGE(.method = "INVITE", .branch = "z9hG4bKt"));
	/* with a branch, Call-ID and CSeq do not matter */
	expect(REASON_RETRANSMISSION,
	       .payload = MESSAGE(.method = "INVITE", .branch = branch, .call_id = "x", .cseq = 9));
	/* without its cookie a branch names nothing (RFC 3261 17.2.3) */
	expect(REASON_REQUEST, .payload = MESSAGE(.branch = "same", .call_id = "x", .cseq = 7));
	expect(REASON_RETRANSMISSION,
	       .payload = MESSAGE(.branch = "same", .call_id = "x", .cseq = 7));
	expect(REASON_REQUEST, .payload = MESSAGE(.branch = "same", .call_id = "z", .cseq = 7));
	/* without one they are all there is */
	expect(REASON_REQUEST, .payload = MESSAGE(.branch = "", .call_id = "x", .cseq = 1));
	expect(REASON_RETRANSMISSION, .payload = MESSAGE(.branch = "", .call_id = "x", .cseq = 1));
	expect(REASON_REQUEST, .payload = MESSAGE(.branch = "", .call_id = "x", .cseq = 2));
	expect(REASON_REQUEST, .payload = MESSAGE(.branch = "", .call_id = "y", .cseq = 1));
	expect(REASON_REQUEST,
	       .payload = MESSAGE(.method = "OPTIONS", .branch = "", .call_id = "x", .cseq = 1));
}

/* A request that names no transaction repeats none: it pays each time. */
Test(requests, without_a_name)
{
	const char *nameless = "INVITE sip:bob@example.com SIP/2.0\r\n\r\n";

	prog_policy(ONE_EACH);
	expect(REASON_REQUEST, .payload = nameless);
	expect(REASON_SOURCE_RATE, .payload = nameless);
	expect(REASON_SOURCE_RATE, .payload = "INVITE sip:bob@example.c");
	prog_wait(2 * HOUR);
	expect(REASON_REQUEST_CUT, .payload = "INVITE sip:bob@example.c");
	expect(REASON_SOURCE_RATE, .payload = "INVITE sip:bob@example.c");
}

/* What was dropped was not let through: its repeats are tries of their own, and cost nothing. */
Test(requests, repeats_of_the_dropped)
{
	const char *dropped = MESSAGE(.branch = "z9hG4bKdropped");

	prog_policy("limits: {unknown: {invite: {rate: 1, burst: 2}}}");
	cr_assert_eq(prog_admitted(2, FRAME(), "INVITE"), 2);
	for (int i = 0; i < 20; i++)
		expect(REASON_SOURCE_RATE, .payload = dropped);
	prog_wait(SECOND);
	expect(REASON_REQUEST, .payload = dropped);
	expect(REASON_RETRANSMISSION, .payload = dropped);
	expect(REASON_SOURCE_RATE, .payload = MESSAGE());
}

/* A repeat is known for 34 to 68 s: longer than a client repeats, and not for ever. */
Test(requests, repeats_are_forgotten)
{
	const char *request = MESSAGE(.branch = "z9hG4bKforgotten");

	expect(REASON_REQUEST, .payload = request);
	prog_wait(34 * SECOND);
	expect(REASON_RETRANSMISSION, .payload = request);
	prog_wait(2 * EPOCH);
	expect(REASON_REQUEST, .payload = request);
	/* at the very end of an epoch it is known through the whole next one */
	prog_wait(EPOCH - prog_now() % EPOCH + 3 * EPOCH - MS);
	expect(REASON_REQUEST, .payload = request);
	prog_wait(EPOCH);
	expect(REASON_RETRANSMISSION, .payload = request);
	prog_wait(2 * MS);
	expect(REASON_REQUEST, .payload = request);
}

/* Repeats have a budget too: one message cannot be used to flood. */
Test(requests, too_many_repeats)
{
	const char *request = MESSAGE(.branch = "z9hG4bKmany");

	prog_policy("limits: {unknown: {retransmission: {rate: 1, burst: 3}}}");
	expect(REASON_REQUEST, .payload = request);
	for (int i = 0; i < 3; i++)
		expect(REASON_RETRANSMISSION, .payload = request);
	expect(REASON_RETRANSMISSION_RATE, .payload = request);
	expect(REASON_REQUEST, .payload = MESSAGE());
	prog_wait(SECOND);
	expect(REASON_RETRANSMISSION, .payload = request);
	expect(REASON_RETRANSMISSION_RATE, .payload = request);
}

/* A transaction of a source without budget passes when its first try did, whoever asks. */
Test(requests, repeats_while_the_lane_is_full)
{
	const char *request = MESSAGE(.branch = "z9hG4bKlane");

	prog_policy("lanes: {request: {rate: 1, burst: 1}}");
	expect(REASON_REQUEST, .payload = request);
	expect(REASON_GREYLIST, .src = "198.51.100.99", .payload = MESSAGE());
	expect(REASON_RETRANSMISSION, .payload = request);
	expect(REASON_GREYLIST, .payload = MESSAGE());
	prog_wait(SECOND);
	expect(REASON_REQUEST, .payload = MESSAGE());
}
