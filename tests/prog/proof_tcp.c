// SPDX-License-Identifier: GPL-2.0-or-later
/* A SIP message that leaves over TCP proves that its peer can be reached. */
#include "bpf/earned.h"
#include "tests/prog/harness.h"

#define PEER "100.64.7.3"
#define DAY (24 * HOUR)

TestSuite(proof_tcp, .init = prog_start);

static enum standing_why proven_by(const char *src)
{
	struct standing s;

	if (prog_standing(src, &s) || !standing_proven(&s, prog_now()))
		return WHY_NONE;
	return s.why;
}

/* Expects so many events since the last call that are the news of a proof. */
static void expect_proofs(size_t expected)
{
	struct event event[8];
	size_t n = prog_events(event, COUNT_OF(event)), proofs = 0;

	cr_assert_leq(n, COUNT_OF(event));
	for (size_t i = 0; i < n; i++)
		proofs += event[i].kind == EVENT_PROVEN && event[i].why == WHY_TCP;
	cr_assert_eq(proofs, expected);
}

/* What leaves over a connection, and what its peer has proven then. */
static enum standing_why sent_over_tcp(const char *payload)
{
	prog_wait(2 * DAY);
	prog_out(FRAME(.dst = PEER, .dport = 40000, .tcp = true, .payload = payload));
	return proven_by(PEER);
}

Test(proof_tcp, what_leaves)
{
	cr_expect_eq(sent_over_tcp(MESSAGE(.status = 404)), WHY_TCP);
	cr_expect_eq(sent_over_tcp(MESSAGE(.method = "NOTIFY")), WHY_TCP);
	cr_expect_eq(sent_over_tcp("SIP/2.0 100 Trying\r\nVia: x"), WHY_TCP, "the begin of one");
	cr_expect_eq(sent_over_tcp(NULL), WHY_NONE, "no data: anybody is sent a SYN ACK");
	cr_expect_eq(sent_over_tcp("\r\n"), WHY_NONE);
	cr_expect_eq(sent_over_tcp("\r\n\r\n"), WHY_NONE);
	cr_expect_eq(sent_over_tcp("SIP/2.0 2"), WHY_NONE);
	cr_expect_eq(sent_over_tcp("HTTP/1.1 200 OK\r\n\r\n"), WHY_NONE);
	cr_expect_eq(sent_over_tcp("GET / HTTP/1.1\r\nHost: x\r\n\r\n"), WHY_NONE);
	cr_expect_eq(sent_over_tcp("\x17\x03\x03 ABCDEFGHIJKLMNOPQRSTUVWXYZABCDEFGH"), WHY_NONE);
	cr_expect_eq(sent_over_tcp("SSH-2.0-OpenSSH_9.2\r\n"), WHY_NONE);
}

/* Over UDP nothing that leaves proves anything by itself. */
Test(proof_tcp, udp_is_none)
{
	expect_out(REASON_EGRESS_OTHER, .dst = PEER, .payload = MESSAGE(.status = 200));
	expect_out(REASON_EGRESS_OTHER, .dst = PEER, .payload = MESSAGE(.method = "NOTIFY"));
	cr_assert_eq(proven_by(PEER), WHY_NONE);
}

/* A connection in use is looked at once a minute, and is news once. */
Test(proof_tcp, again)
{
	struct standing s;
	__u64 first;

	cr_assert_eq(sent_over_tcp(MESSAGE(.status = 404)), WHY_TCP);
	first = prog_now();
	expect_proofs(1);
	prog_wait(59 * SECOND);
	prog_out(FRAME(.dst = PEER, .tcp = true, .payload = MESSAGE(.status = 404)));
	cr_assert_eq(prog_standing(PEER, &s), 0);
	cr_assert_eq(s.proven_ns, first);
	prog_wait(SECOND);
	prog_out(FRAME(.dst = PEER, .tcp = true, .payload = MESSAGE(.status = 404)));
	cr_assert_eq(prog_standing(PEER, &s), 0);
	cr_assert_eq(s.proven_ns, prog_now());
	cr_assert_eq(s.expires_ns, prog_now() + DAY);
	cr_assert_eq(s.hop[0], 0, "what leaves has no hop limit of the peer");
	expect_proofs(0);
}
