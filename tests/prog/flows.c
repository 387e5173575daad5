// SPDX-License-Identifier: GPL-2.0-or-later
/* What a registration earns: trust until its end, a port that is known, a share of the limits. */
#include <linux/in.h>
#include <stdio.h>

#include "bpf/earned.h"
#include "bpf/token.h"
#include "tests/prog/harness.h"

#define OFFICE "100.64.7.4"
#define UNIT (1ULL << FLOW_TIME_SHIFT)
#define HOUR_SECONDS 3600
#define TAIL_SECONDS 64 /* behind the end of a registration */

TestSuite(flows, .init = prog_start);

static struct standing standing_of(const char *src)
{
	struct standing s = { 0 };

	prog_standing(src, &s);
	return s;
}

/* A phone is challenged with a nonce of its own, and answered with a status and header lines. */
static void is_answered(const struct frame_spec *from, const char *method, unsigned int status,
			const char *headers, const char *contact)
{
	struct frame_spec in = *from, out = *from;
	char nonce[256], credentials[512], branch[64];
	static __u64 serial;

	serial = serial ? serial + 1 : prog_now(); /* no other test has that nonce */
	out.src = NULL;
	out.dst = from->src;
	out.sport = from->dport;
	out.dport = from->sport;
	snprintf(nonce, sizeof(nonce), MESSAGE_CHALLENGE_WITH("%llu"), serial);
	snprintf(credentials, sizeof(credentials), MESSAGE_CREDENTIALS_WITH("%llu"), serial);
	snprintf(branch, sizeof(branch), "z9hG4bK%llu", serial);
	out.payload = MESSAGE(.method = method, .status = 401, .headers = nonce);
	prog_out(&out);
	in.payload = MESSAGE(.method = method, .branch = branch, .headers = credentials);
	cr_assert_not(prog_in(&in).dropped);
	out.payload = MESSAGE(.method = method, .branch = branch, .status = status,
			      .headers = headers, .contact = contact);
	prog_out(&out);
}

/* Registers a phone behind a port for a day. */
static void registers(const struct frame_spec *from)
{
	is_answered(from, "REGISTER", 200, NULL, "<sip:a@b>;expires=86400");
}

static void registers_port(__u16 port)
{
	registers(FRAME(.src = OFFICE, .sport = port));
}

static void register_ports(unsigned int n)
{
	for (unsigned int i = 0; i < n; i++)
		registers_port(10000 + i);
}

static struct verdict_record calls_from(__u16 port)
{
	return prog_in(FRAME(.src = OFFICE, .sport = port, .payload = MESSAGE()));
}

static void expect_known(__u16 port)
{
	struct verdict_record got = calls_from(port);

	expect_record(got, REASON_KNOWN);
	cr_assert_eq(got.standing, STANDING_TRUSTED);
}

/* Read like a stranger's, though not from their budget. */
static void expect_inspected(__u16 port)
{
	struct verdict_record got = calls_from(port);

	expect_record(got, REASON_REQUEST);
	cr_assert_eq(got.standing, STANDING_PROVEN);
}

/* --- which 2xx makes trusted, and for how long ------------------------------------------------*/

Test(flows, methods_that_tell)
{
	static const struct {
		const char *method;
		bool tells;
	} methods[] = {
		{ "REGISTER", true }, { "INVITE", true },  { "SUBSCRIBE", true },
		{ "PUBLISH", true },  { "MESSAGE", true }, { "REFER", true },
		{ "OPTIONS", false }, { "BYE", false },	   { "CANCEL", false },
		{ "NOTIFY", false },  { "ACK", false },	   { "INFO", false },
		{ "PRACK", false },   { "UPDATE", false }, { "UNHEARD", false },
	};

	for (size_t i = 0; i < COUNT_OF(methods); i++) {
		struct standing s;

		prog_wait(48 * HOUR);
		is_answered(FRAME(.src = OFFICE), methods[i].method, 200, NULL, NULL);
		s = standing_of(OFFICE);
		cr_expect_eq(standing_state_of(&s, prog_now()),
			     methods[i].tells ? STANDING_TRUSTED : STANDING_PROVEN, "%s",
			     methods[i].method);
		cr_expect_eq(s.flows_new, methods[i].tells, "%s", methods[i].method);
	}
}

/* A 2xx to credentials that nobody was sent a nonce for: the server did not look at them. */
Test(flows, junk_credentials)
{
	expect(REASON_REQUEST, .src = OFFICE,
	       .payload = MESSAGE(.branch = "z9hG4bKjunk", .headers = MESSAGE_CREDENTIALS));
	expect_out(REASON_EGRESS_OTHER, .dst = OFFICE,
		   .payload = MESSAGE(.branch = "z9hG4bKjunk", .status = 200));
	cr_assert_eq(standing_of(OFFICE).since_ns, 0);
}

/* Seconds for which the source is trusted; what is told of no end gets the policy's hour. */
static const struct {
	const char *name;
	const char *contact; /* value of the header; "": there is none */
	const char *headers;
	__u64 seconds;
} ends[] = {
	{ "the contact's", "<sip:a@b>;expires=120", NULL, 120 + TAIL_SECONDS },
	{ "the contact's before the header's", "<sip:a@b>;expires=120", "Expires: 600\r\n",
	  120 + TAIL_SECONDS },
	{ "the header's", "<sip:a@b>", "Expires: 600\r\n", 600 + TAIL_SECONDS },
	{ "the header's, a short one", "<sip:a@b>", "Expires: 1\r\n", 1 + TAIL_SECONDS },
	{ "nothing said", "<sip:a@b>", NULL, HOUR_SECONDS },
	{ "no angle brackets", "sip:a@b;expires=120", NULL, 120 + TAIL_SECONDS },
	{ "case, blanks and quotes", "\"x;expires=1\" <sip:a@b;expires=2> ; q=1 ; EXPIRES = 120",
	  NULL, 120 + TAIL_SECONDS },
	{ "zero", "<sip:a@b>;expires=0", NULL, TAIL_SECONDS },
	{ "no contact any more", "", NULL, TAIL_SECONDS },
	{ "no contact, though a time", "", "Expires: 3600\r\n", TAIL_SECONDS },
	{ "more than a year", "<sip:a@b>;expires=4294967295", NULL, 365ULL * 86400 + TAIL_SECONDS },
	{ "more than 32 bits", "<sip:a@b>;expires=99999999999", NULL, HOUR_SECONDS },
	{ "no number", "<sip:a@b>;expires=never", NULL, HOUR_SECONDS },
	{ "less than nothing", "<sip:a@b>;expires=-1", NULL, HOUR_SECONDS },
	{ "another phone's, with less left", "<sip:c@d>;expires=7, <sip:a@b>;expires=3600", NULL,
	  3600 + TAIL_SECONDS },
	{ "another phone's, with more left", "<sip:a@b>;expires=60,<sip:c@d>;expires=300", NULL,
	  300 + TAIL_SECONDS },
	{ "a comma in quotes",
	  "<sip:c@d>;methods=\"INVITE, ACK\";expires=7 , \"a, b\" <sip:a@b>;q=1;expires=300", NULL,
	  300 + TAIL_SECONDS },
	{ "one of two says nothing", "<sip:c@d>;expires=7, <sip:a@b>", "Expires: 600\r\n",
	  600 + TAIL_SECONDS },
	{ "none of two says anything", "<sip:c@d>, <sip:a@b>", NULL, HOUR_SECONDS },
};

Test(flows, trust_ends_with_the_registration)
{
	for (size_t i = 0; i < COUNT_OF(ends); i++) {
		__u64 until;

		prog_wait(366 * 24 * HOUR);
		is_answered(FRAME(.src = OFFICE), "REGISTER", 200, ends[i].headers,
			    ends[i].contact);
		until = standing_of(OFFICE).trusted_until_ns;
		cr_expect_eq(until, prog_now() + ends[i].seconds * SECOND, "%s: %llu s",
			     ends[i].name, (until - prog_now()) / SECOND);
	}
}

/* A phone that leaves takes nothing from the others, and its address stays reachable. */
Test(flows, other_phones_keep_it)
{
	struct standing s;

	is_answered(FRAME(.src = OFFICE, .sport = 10000), "REGISTER", 200, NULL,
		    "<sip:a@b>;expires=600");
	prog_wait(100 * SECOND);
	is_answered(FRAME(.src = OFFICE, .sport = 10001), "REGISTER", 200, NULL, "");
	s = standing_of(OFFICE);
	cr_assert_eq(s.trusted_until_ns, prog_now() + (500 + TAIL_SECONDS) * SECOND);
	expect_known(10000);
	prog_wait((500 + TAIL_SECONDS) * SECOND - 1);
	expect_known(10000);
	prog_wait(1);
	expect_inspected(10000);
	s = standing_of(OFFICE);
	cr_assert_eq(standing_state_of(&s, prog_now()), STANDING_PROVEN);
	prog_wait(24 * HOUR);
	s = standing_of(OFFICE);
	cr_assert_eq(standing_state_of(&s, prog_now()), STANDING_UNKNOWN);
}

/* --- ports ------------------------------------------------------------------------------------*/

Test(flows, port_is_known)
{
	struct verdict_record got;

	registers_port(10000);
	expect_known(10000);
	expect_inspected(10001);
	expect_inspected(5060);
	got = prog_in(FRAME(.src = "100.64.7.5", .sport = 10000, .payload = MESSAGE()));
	expect_record(got, REASON_REQUEST);
	cr_assert_eq(got.standing, STANDING_UNKNOWN);
	registers_port(10001);
	expect_known(10001);
	expect_known(10000);
}

Test(flows, transports_are_apart)
{
	const struct frame_spec udp = { .src = OFFICE, .sport = 10000 };
	struct frame_spec tcp = udp;

	tcp.tcp = true;
	registers(&udp);
	tcp.payload = MESSAGE();
	expect_record(prog_in(&tcp), REASON_REQUEST);
	registers(&tcp);
	tcp.payload = MESSAGE();
	expect_record(prog_in(&tcp), REASON_KNOWN);
	expect_known(10000);
	cr_assert_eq(standing_of(OFFICE).flows_new, 2);
}

/* In an office the phones go on while a scanner behind the same address meets the checks. */
Test(flows, scanner_in_an_office)
{
	const char *scan = "OPTIONS sip:100@192.0.2.1 SIP/2.0\r\n"
			   "Via: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK-1;rport\r\n"
			   "From: \"x\"<sip:100@1.1.1.1>;tag=6d6c3a\r\nTo: <sip:100@1.1.1.1>\r\n"
			   "Call-ID: 1\r\nCSeq: 1 OPTIONS\r\nUser-Agent: friendly-scanner\r\n"
			   "Content-Length: 0\r\n\r\n";
	struct verdict_record got;

	prog_policy_checked("");
	registers_port(10000);
	got = prog_in(FRAME(.src = OFFICE, .sport = 5060, .payload = scan));
	cr_assert(reason_is_check(got.reason) || got.reason == REASON_USER_AGENT, "%s",
		  reason_name(got.reason));
	cr_assert_eq(got.standing, STANDING_PROVEN);
	expect_known(10000);
	expect(REASON_KNOWN, .src = OFFICE, .sport = 10000, .payload = scan);
}

#define REFILLED (11 * HOUR) /* the budgets below, for the next test of the same office */
#define OWN_BUDGETS                                                                                \
	"limits: {trusted: {invite: {rate: 1/h, burst: 11}},"                                      \
	" proven: {invite: {rate: 1/h, burst: 5}}, unknown: {invite: {rate: 1/h, burst: 3}}}\n"

/* What the scanner spends is not the phones', and the other way round. */
Test(flows, budgets_are_apart)
{
	prog_policy(OWN_BUDGETS);
	registers_port(10000);
	cr_assert_eq(prog_admitted(20, FRAME(.src = OFFICE, .sport = 5060), "INVITE"), 5);
	cr_assert_eq(prog_admitted(20, FRAME(.src = OFFICE, .sport = 5061), "INVITE"), 0);
	cr_assert_eq(prog_admitted(11, FRAME(.src = OFFICE, .sport = 10000), "INVITE"), 11);
	expect_record(calls_from(5060), REASON_SOURCE_RATE);
	prog_wait(11 * HOUR);
	registers_port(10000);
	cr_assert_eq(prog_admitted(11, FRAME(.src = OFFICE, .sport = 10000), "INVITE"), 11);
	cr_assert_eq(prog_admitted(5, FRAME(.src = OFFICE, .sport = 5060), "INVITE"), 5);
	prog_wait(REFILLED);
}

/* A registration of a day is looked at again after two hours, unless it was renewed. */
Test(flows, port_is_forgotten)
{
	prog_wait(UNIT - prog_now() % UNIT);
	registers_port(10000);
	registers_port(10001);
	prog_wait(FLOW_LIFE * UNIT);
	expect_known(10000);
	expect(REASON_KNOWN, .src = OFFICE, .sport = 10001,
	       .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bKrenewed"));
	expect_out(REASON_EGRESS_OTHER, .dst = OFFICE, .dport = 10001,
		   .payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bKrenewed",
				      .status = 200));
	prog_wait(UNIT);
	expect_inspected(10000);
	expect_known(10001);
	prog_wait(FLOW_LIFE * UNIT - UNIT);
	expect_known(10001);
	prog_wait(UNIT);
	expect_inspected(10001);
}

/* --- shares -----------------------------------------------------------------------------------*/

/* Each registered flow earns the limits of one, up to what the policy allows. */
Test(flows, share)
{
	prog_policy(OWN_BUDGETS "standing: {earned: 4}");
	registers_port(10000);
	cr_assert_eq(prog_admitted(50, FRAME(.src = OFFICE, .sport = 10000), "INVITE"), 10 + 1);
	prog_wait(11 * HOUR);
	register_ports(3);
	cr_assert_eq(prog_admitted(50, FRAME(.src = OFFICE, .sport = 10001), "INVITE"), 30 + 1);
	prog_wait(HOUR);
	cr_assert_eq(prog_admitted(50, FRAME(.src = OFFICE, .sport = 10001), "INVITE"), 3);
	prog_wait(20 * HOUR);
	register_ports(9);
	cr_assert_eq(standing_of(OFFICE).flows_new, 9);
	cr_assert_eq(prog_admitted(50, FRAME(.src = OFFICE, .sport = 10008), "INVITE"), 40 + 1);
	/* what else comes from the address: once, and a quarter of it */
	cr_assert_eq(prog_admitted(50, FRAME(.src = OFFICE, .sport = 5060), "INVITE"), 8 + 1);
	prog_wait(REFILLED);
}

/* Nothing of it is left when the standing has ended: not for strangers of that address either. */
Test(flows, share_ends)
{
	prog_policy(OWN_BUDGETS);
	register_ports(9);
	prog_wait(72 * HOUR);
	cr_assert_eq(prog_admitted(50, FRAME(.src = OFFICE, .sport = 10000), "INVITE"), 3);
	prog_wait(REFILLED);
}

Test(flows, count_once_a_period)
{
	for (int i = 0; i < 3; i++) {
		register_ports(5);
		prog_wait(600 * SECOND);
	}
	cr_assert_eq(standing_of(OFFICE).flows, 0);
	cr_assert_eq(standing_of(OFFICE).flows_new, 5);
}

/* The better of two periods counts, so that those who have not renewed yet are not missed. */
Test(flows, periods)
{
	struct standing s;

	register_ports(5);
	prog_wait(EARNED_PERIOD_NS + UNIT);
	registers_port(10000);
	s = standing_of(OFFICE);
	cr_assert_eq(s.flows, 5);
	cr_assert_eq(s.flows_new, 1);
	cr_assert_eq(s.period_ns, prog_now());
	cr_assert_eq(standing_share(&s, 64), 5);
	registers_port(10001);
	cr_assert_eq(standing_of(OFFICE).flows_new, 2);
	prog_wait(EARNED_PERIOD_NS + UNIT);
	registers_port(10001);
	s = standing_of(OFFICE);
	cr_assert_eq(s.flows, 2);
	cr_assert_eq(s.flows_new, 1);
}

/* Phones that all renew at once where one period ends and the next begins are all counted. */
Test(flows, period_ends_amid_a_renewal)
{
	prog_wait(UNIT - prog_now() % UNIT + UNIT / 2);
	register_ports(6);
	prog_wait(EARNED_PERIOD_NS - MS);
	register_ports(3);
	prog_wait(2 * MS);
	register_ports(6);
	prog_wait(HOUR);
	register_ports(6);
	prog_wait(HOUR);
	register_ports(6);
	cr_assert_eq(standing_of(OFFICE).flows, 6);
	cr_assert_eq(standing_of(OFFICE).flows_new, 6);
}
