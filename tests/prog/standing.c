// SPDX-License-Identifier: GPL-2.0-or-later
/* What leaves the host: which responses prove their peer, and what that is worth. */
#include <errno.h>
#include <linux/if_ether.h>
#include <linux/in.h>

#include "bpf/earned.h"
#include "tests/prog/harness.h"

#define PHONE "203.0.113.10"
#define PHONE6 "2001:db8:9:9::10"
#define CREDENTIALS .headers = MESSAGE_CREDENTIALS
#define PROXY_CREDENTIALS .headers = "Proxy-" MESSAGE_CREDENTIALS

/* The phone has been sent a nonce already. */
static void start(void)
{
	prog_start();
	prog_challenge(PHONE);
}

TestSuite(standing, .init = start);

static bool is_trusted(const char *src)
{
	struct standing standing;

	return !prog_standing(src, &standing) &&
	       standing_state_of(&standing, prog_now()) == STANDING_TRUSTED;
}

/* The way of every phone: challenged, registered, known from then on. */
Test(standing, registration)
{
	struct verdict_record got;
	struct standing standing;

	prog_policy("standing: {trust: 10m}");
	expect(REASON_REQUEST, .src = PHONE,
	       .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bK1"));
	expect_out(REASON_EGRESS_OTHER, .dst = PHONE,
		   .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bK1", .status = 401));
	expect(REASON_REQUEST, .src = PHONE,
	       .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bK2", CREDENTIALS));
	expect_out(REASON_EGRESS_OTHER, .dst = PHONE,
		   .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bK2", .status = 100));
	cr_assert_not(is_trusted(PHONE));
	prog_wait(50 * MS);
	got = prog_out(
		FRAME(.dst = PHONE, .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bK2",
						       .status = 200)));
	expect_record(got, REASON_EGRESS_LEARNED);
	cr_assert_eq(got.method, SIP_METHOD_RESPONSE);
	cr_assert_eq(got.standing, STANDING_TRUSTED);
	cr_assert_eq(prog_standing(PHONE, &standing), 0);
	cr_assert_eq(standing.trusted_why, WHY_2XX_REGISTER);
	cr_assert_eq(standing.since_ns, prog_now());
	cr_assert_eq(standing.trusted_ns, prog_now());
	cr_assert_eq(standing.trusted_until_ns, prog_now() + 600 * SECOND);
	got = prog_in(FRAME(.src = PHONE, .payload = MESSAGE()));
	expect_record(got, REASON_KNOWN);
	cr_assert_eq(got.standing, STANDING_TRUSTED);
	expect(REASON_REQUEST, .src = "203.0.113.11", .payload = MESSAGE());
}

Test(standing, ends)
{
	prog_policy("standing: {trust: 10m}");
	prog_register(PHONE);
	prog_wait(600 * SECOND - MS);
	expect(REASON_KNOWN, .src = PHONE, .payload = MESSAGE());
	prog_wait(MS);
	expect(REASON_REQUEST, .src = PHONE, .payload = MESSAGE());
	cr_assert_not(is_trusted(PHONE));
}

/* Each proof makes it longer: also a 2xx to a REGISTER of the trusted, whose header is not read. */
Test(standing, is_extended)
{
	struct standing standing;

	prog_policy("standing: {trust: 10m}");
	prog_register(PHONE);
	for (int i = 0; i < 3; i++) {
		prog_wait(500 * SECOND);
		expect(REASON_KNOWN, .src = PHONE,
		       .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bKagain",
					  CREDENTIALS));
		expect_out(REASON_EGRESS_OTHER, .dst = PHONE,
			   .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bKagain",
					      .status = 200));
	}
	cr_assert_eq(prog_standing(PHONE, &standing), 0);
	cr_assert_eq(standing.trusted_until_ns, prog_now() + 600 * SECOND);
	cr_assert_eq(standing.since_ns, prog_now() - 1500 * SECOND);
	/* one that has ended does not come back without a proof */
	prog_wait(700 * SECOND);
	expect_out(REASON_EGRESS_OTHER, .dst = PHONE,
		   .payload =
			   MESSAGE(.method = "REGISTER", .branch = "z9hG4bKagain", .status = 200));
	cr_assert_not(is_trusted(PHONE));
}

Test(standing, why)
{
	static const struct {
		const char *method;
		enum standing_why why;
	} proofs[] = {
		{ "REGISTER", WHY_2XX_REGISTER },
		{ "INVITE", WHY_2XX_INVITE },
		{ "SUBSCRIBE", WHY_2XX_OTHER },
		{ "MESSAGE", WHY_2XX_OTHER },
	};

	for (size_t i = 0; i < COUNT_OF(proofs); i++) {
		const char *method = proofs[i].method;
		struct standing standing;

		prog_wait(2 * HOUR);
		expect(REASON_REQUEST, .src = PHONE,
		       .payload = MESSAGE(.method = method, .branch = "z9hG4bKwhy",
					  PROXY_CREDENTIALS));
		expect_out(REASON_EGRESS_LEARNED, .dst = PHONE,
			   .payload = MESSAGE(.method = method, .branch = "z9hG4bKwhy",
					      .status = 202));
		cr_assert_eq(prog_standing(PHONE, &standing), 0);
		cr_assert_eq(standing.trusted_why, proofs[i].why, "%s", method);
	}
}

/* An RFC 2543 phone has no branch: its Call-ID and CSeq are what the response names. */
Test(standing, without_a_branch)
{
	expect(REASON_REQUEST, .src = PHONE,
	       .payload = MESSAGE(.method = "REGISTER", .branch = "", .call_id = "old", .cseq = 300,
				  CREDENTIALS));
	expect_out(REASON_EGRESS_OTHER, .dst = PHONE,
		   .payload = MESSAGE(.method = "REGISTER", .branch = "", .call_id = "old",
				      .cseq = 301, .status = 200));
	expect_out(REASON_EGRESS_LEARNED, .dst = PHONE,
		   .payload = MESSAGE(.method = "REGISTER", .branch = "", .call_id = "old",
				      .cseq = 300, .status = 200));
}

/* --- what proves nothing ----------------------------------------------------------------------*/

static void proves_nothing(const struct message_spec *request, const struct frame_spec *response)
{
	prog_wait(HOUR);
	if (request)
		expect(REASON_REQUEST, .src = PHONE, .payload = message_text(request));
	expect_record(prog_out(response), REASON_EGRESS_OTHER);
	cr_assert_not(is_trusted(PHONE));
	expect(REASON_REQUEST, .src = PHONE, .payload = MESSAGE(.method = "MESSAGE"));
}

#define ANSWER(...)                                                                                \
	FRAME(.dst = PHONE, .payload = MESSAGE(.branch = "z9hG4bKno", .status = 200, __VA_ARGS__))
#define ASKED(...) (&(struct message_spec){ .branch = "z9hG4bKno", __VA_ARGS__ })

Test(standing, no_proof)
{
	/* no credentials: a scanner's OPTIONS is answered by every server */
	proves_nothing(ASKED(.method = "OPTIONS"), ANSWER(.method = "OPTIONS"));
	/* never asked */
	proves_nothing(NULL, ANSWER(.method = "REGISTER"));
	/* another transaction */
	proves_nothing(ASKED(.method = "REGISTER", CREDENTIALS),
		       FRAME(.dst = PHONE,
			     .payload = MESSAGE(.method = "REGISTER", .status = 200)));
	/* another method */
	proves_nothing(ASKED(.method = "REGISTER", CREDENTIALS), ANSWER(.method = "OPTIONS"));
	/* to another peer */
	proves_nothing(ASKED(.method = "REGISTER", CREDENTIALS),
		       FRAME(.dst = "203.0.113.12",
			     .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bKno",
						.status = 200)));
	cr_assert_not(is_trusted("203.0.113.12"));
	/* from a port that is none of the server's */
	proves_nothing(ASKED(.method = "REGISTER", CREDENTIALS),
		       FRAME(.dst = PHONE, .sport = 5070,
			     .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bKno",
						.status = 200)));
}

Test(standing, no_success)
{
	static const unsigned int statuses[] = { 100, 180, 199, 300, 302, 401, 403,
						 407, 404, 486, 500, 503, 603, 699 };

	for (size_t i = 0; i < COUNT_OF(statuses); i++) {
		proves_nothing(ASKED(.method = "INVITE", CREDENTIALS),
			       FRAME(.dst = PHONE, .payload = MESSAGE(.branch = "z9hG4bKno",
								      .status = statuses[i])));
	}
}

/* What was dropped never reached the server: an answer to it was made up. */
Test(standing, answer_to_the_dropped)
{
	prog_policy("limits: {unknown: {register: {rate: 1/h, burst: 1}}}");
	expect(REASON_REQUEST, .src = PHONE, .payload = MESSAGE(.method = "REGISTER"));
	expect(REASON_SOURCE_RATE, .src = PHONE,
	       .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bKd", CREDENTIALS));
	expect_out(REASON_EGRESS_OTHER, .dst = PHONE,
		   .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bKd", .status = 200));
	cr_assert_not(is_trusted(PHONE));
}

/* A call may ring for minutes. */
Test(standing, answer_after_a_long_time)
{
	expect(REASON_REQUEST, .src = PHONE,
	       .payload = MESSAGE(.branch = "z9hG4bKlate", PROXY_CREDENTIALS));
	prog_wait(180 * SECOND);
	expect_out(REASON_EGRESS_LEARNED, .dst = PHONE,
		   .payload = MESSAGE(.branch = "z9hG4bKlate", .status = 200));
	cr_assert(is_trusted(PHONE));
}

/* --- what goes out besides --------------------------------------------------------------------*/

Test(standing, other_egress)
{
	static const struct prog_case cases[] = {
		{ .name = "a request of the server",
		  .frame = { .payload = "OPTIONS sip:alice@198.51.100.7 SIP/2.0\r\n\r\n" },
		  .reason = REASON_EGRESS_OTHER,
		  .method = SIP_METHOD_OPTIONS },
		{ .name = "a keepalive",
		  .frame = { .payload = "\r\n" },
		  .reason = REASON_EGRESS_OTHER },
		{ .name = "nothing", .reason = REASON_EGRESS_OTHER },
		{ .name = "another port", .frame = { .sport = 53 }, .reason = REASON_EGRESS_OTHER },
		{ .name = "a fragment",
		  .frame = { .fragment = { .id = 1, .offset = 1480 }, .no_l4 = true },
		  .reason = REASON_EGRESS_OTHER },
		{ .name = "ICMP",
		  .frame = { .protocol = IPPROTO_ICMP },
		  .reason = REASON_EGRESS_OTHER },
		{ .name = "ARP",
		  .frame = { .ether_type = ETH_P_ARP },
		  .reason = REASON_EGRESS_OTHER },
		{ .name = "garbage",
		  .frame = { .payload = "\xff\xfe\xfd\xfc\xfb\xfa\xf9\xf8\xf7" },
		  .reason = REASON_EGRESS_OTHER },
		{ .name = "a response without anything",
		  .frame = { .payload = "SIP/2.0 200 OK\r\n\r\n" },
		  .reason = REASON_EGRESS_OTHER,
		  .method = SIP_METHOD_RESPONSE },
		{ .name = "a cut response",
		  .frame = { .payload = "SIP/2.0 2" },
		  .reason = REASON_EGRESS_OTHER,
		  .method = SIP_METHOD_RESPONSE },
	};
	struct prog_case c;

	for (size_t i = 0; i < COUNT_OF(cases); i++) {
		c = cases[i];
		c.entry = ENTRY_EGRESS;
		prog_cases(&c, 1);
	}
}

/* The same proof over other layers: tags, IPv6 (where the /64 is the peer) and TCP. */
Test(standing, layers)
{
	prog_challenge(PHONE6);
	expect(REASON_REQUEST, .src = PHONE6, .tag = { ETH_P_8021Q },
	       .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bKv6", CREDENTIALS));
	expect_out(REASON_EGRESS_LEARNED, .dst = PHONE6, .tag = { ETH_P_8021AD, ETH_P_8021Q },
		   .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bKv6", .status = 200));
	expect(REASON_KNOWN, .src = "2001:db8:9:9:aaaa::1", .payload = MESSAGE());
	expect(REASON_REQUEST, .src = "2001:db8:9:8::1", .payload = MESSAGE());
	expect(REASON_REQUEST, .src = PHONE, .tcp = true, .tcp_options = 12, .sport = 33333,
	       .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bKtcp", CREDENTIALS));
	expect_out(REASON_EGRESS_LEARNED, .dst = PHONE, .tcp = true, .tcp_options = 12,
		   .dport = 33333,
		   .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bKtcp", .status = 200));
	expect(REASON_KNOWN, .src = PHONE, .tcp = true, .sport = 33333, .payload = MESSAGE());
}

/* A hint without an entry, and an entry that has ended, mean nothing. */
Test(standing, hint_alone)
{
	prog_set_standing(PHONE, STANDING_TRUSTED, prog_now());
	expect(REASON_REQUEST, .src = PHONE, .payload = MESSAGE());
	prog_set_standing(PHONE, STANDING_PROVEN, prog_now() + 1);
	cr_assert_eq(prog_in(FRAME(.src = PHONE, .payload = MESSAGE())).standing, STANDING_PROVEN);
}

/* 200 phones behind one address, all of them in 20 s, with the defaults: none is dropped. */
Test(standing, office_after_a_power_cut)
{
	char first[32], second[32];

	for (int phone = 0; phone < 200; phone++) {
		struct frame_spec from = { .src = PHONE, .sport = 10000 + phone };
		struct frame_spec to = { .dst = PHONE, .dport = 10000 + phone };

		snprintf(first, sizeof(first), "z9hG4bKfirst%d", phone);
		snprintf(second, sizeof(second), "z9hG4bKsecond%d", phone);
		from.payload = MESSAGE(.method = "REGISTER", .branch = first);
		cr_assert_not(prog_in(&from).dropped, "phone %d", phone);
		to.payload = MESSAGE(.method = "REGISTER", .branch = first, .status = 401);
		prog_out(&to);
		from.payload = MESSAGE(.method = "REGISTER", .branch = second, CREDENTIALS);
		cr_assert_not(prog_in(&from).dropped, "phone %d", phone);
		to.payload = MESSAGE(.method = "REGISTER", .branch = second, .status = 200);
		prog_out(&to);
		prog_wait(100 * MS);
	}
	cr_assert(is_trusted(PHONE));
}
