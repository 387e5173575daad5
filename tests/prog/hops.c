// SPDX-License-Identifier: GPL-2.0-or-later
/* Hop limits: what comes another way while others send in a source's name is not the source's. */
#include <stdio.h>
#include <string.h>

#include "bpf/earned.h"
#include "tests/prog/harness.h"

#define PEER "100.64.7.6"
#define PEER6 "2001:db8:b:9::10"
#define CARRIER "100.64.7.200"
#define OWN 57	   /* the peer's hop limit */
#define FOREIGN 50 /* of those who send in its name */
#define ATTACKED (10 * SECOND)

/* Five calls at once, and one a second. */
#define FEW_CALLS                                                                                  \
	"limits: {trusted: {invite: {rate: 1, burst: 5}}, proven: {invite: {rate: 1, burst: 5}}}\n"
#define CARRIERS "carriers: [{name: c, prefixes: [100.64.7.200], cps: 1}]\n"

TestSuite(hops, .init = prog_start);

static struct standing standing_of(const char *src)
{
	struct standing s = { 0 };

	prog_standing(src, &s);
	return s;
}

/* A peer is challenged, and answers over so many hops. */
static void proves(const char *src, __u8 hop)
{
	static __u64 serial;
	char nonce[256], credentials[512];

	serial = serial ? serial + 1 : prog_now(); /* no other test has that nonce */
	snprintf(nonce, sizeof(nonce), MESSAGE_CHALLENGE_WITH("hop%llu"), serial);
	snprintf(credentials, sizeof(credentials), MESSAGE_CREDENTIALS_WITH("hop%llu"), serial);
	expect_out(REASON_EGRESS_OTHER, .dst = src,
		   .payload = MESSAGE(.status = 401, .headers = nonce));
	prog_in(FRAME(.src = src, .sport = 40000, .hop = hop,
		      .payload = MESSAGE(.headers = credentials)));
}

static void expect_hops(const char *src, __u8 a, __u8 b, __u8 c, __u8 d)
{
	const __u8 expected[HOPS_MAX] = { a, b, c, d };
	struct standing s = standing_of(src);

	cr_assert_arr_eq(s.hop, expected, HOPS_MAX, "%u %u %u %u", s.hop[0], s.hop[1], s.hop[2],
			 s.hop[3]);
}

Test(hops, are_learned_from_proofs)
{
	proves(PEER, 57);
	expect_hops(PEER, 57, 0, 0, 0);
	proves(PEER, 57);
	expect_hops(PEER, 57, 0, 0, 0);
	proves(PEER, 121);
	proves(PEER, 248);
	proves(PEER, 57);
	expect_hops(PEER, 248, 121, 57, 0);
	proves(PEER, 1);
	proves(PEER, 255);
	expect_hops(PEER, 255, 1, 248, 121);
	proves(PEER6, 44);
	expect_hops(PEER6, 44, 0, 0, 0);
}

/* Neither requests nor the 2xx to them teach any, nor an echo that anybody could make. */
Test(hops, are_not_learned_from_others)
{
	proves(PEER, OWN);
	expect(REASON_REQUEST, .src = PEER, .hop = FOREIGN, .payload = MESSAGE());
	expect(REASON_REQUEST, .src = PEER, .hop = FOREIGN,
	       .payload = MESSAGE(.headers = MESSAGE_CREDENTIALS_WITH("none")));
	prog_challenge(PEER);
	prog_challenge("100.64.7.7");
	expect(REASON_REQUEST, .src = PEER, .hop = FOREIGN,
	       .payload = MESSAGE(.branch = "z9hG4bKshared", .headers = MESSAGE_CREDENTIALS));
	expect_out(REASON_EGRESS_LEARNED, .dst = PEER,
		   .payload = MESSAGE(.branch = "z9hG4bKshared", .status = 200));
	expect(REASON_KNOWN, .src = PEER, .hop = FOREIGN, .payload = MESSAGE());
	expect_hops(PEER, OWN, 0, 0, 0);
}

/* Registers from a port, over so many hops, and goes on there. */
static void registers(const char *src, __u8 hop)
{
	proves(src, hop);
	prog_register(src);
}

static struct verdict_record calls(const char *src, __u8 hop)
{
	return prog_in(FRAME(.src = src, .hop = hop, .payload = MESSAGE()));
}

/* Somebody sends in the peer's name until its budget is used up. */
static void is_attacked(const char *src, __u8 hop)
{
	while (!calls(src, hop).dropped)
		;
	cr_assert_eq(standing_of(src).attacked_until_ns, prog_now() + ATTACKED);
}

/* Puts a policy in force with a lane for strangers that is full for an hour. */
static void fill_lane(const char *policy)
{
	char text[512];

	snprintf(text, sizeof(text), "%slanes: {request: {rate: 1/h, burst: 1}}\n", policy);
	prog_policy(text);
	prog_wait(SECOND);
	expect(REASON_REQUEST, .src = "198.51.100.99", .payload = MESSAGE());
}

static void is_stranger(struct verdict_record got)
{
	cr_assert(got.reason == REASON_GREYLIST || got.reason == REASON_STRANGERS_LANE, "%s",
		  reason_name(got.reason));
	cr_assert_eq(got.standing, STANDING_UNKNOWN);
}

/* prog_register() comes over 64 hops: the peer has two hop limits then. */
Test(hops, foreign_ones_are_strangers)
{
	registers(PEER, OWN);
	expect_hops(PEER, 64, OWN, 0, 0);
	fill_lane(FEW_CALLS);
	expect_record(calls(PEER, FOREIGN), REASON_KNOWN);
	is_attacked(PEER, FOREIGN);
	is_stranger(calls(PEER, FOREIGN));
	is_stranger(calls(PEER, 0xff));
	expect_record(calls(PEER, OWN), REASON_SOURCE_RATE);
	prog_wait(2 * SECOND);
	for (int i = 0; i < 100; i++)
		is_stranger(calls(PEER, FOREIGN));
	/* which cost the peer nothing of its own */
	expect_record(calls(PEER, OWN), REASON_KNOWN);
	expect_record(calls(PEER, 64), REASON_KNOWN);
	expect_record(calls(PEER, 64), REASON_SOURCE_RATE);
}

/* Ten seconds after the last sign it is over: a new way may be the peer's. */
Test(hops, attack_ends)
{
	registers(PEER, OWN);
	fill_lane(FEW_CALLS);
	is_attacked(PEER, OWN);
	prog_wait(ATTACKED - 1);
	is_stranger(calls(PEER, FOREIGN));
	cr_assert_eq(standing_of(PEER).attacked_until_ns, prog_now() + ATTACKED, "a sign of it");
	prog_wait(ATTACKED - 1);
	expect_record(calls(PEER, OWN), REASON_KNOWN);
	prog_wait(1);
	expect_record(calls(PEER, FOREIGN), REASON_KNOWN);
	cr_assert_eq(standing_of(PEER).attacked_until_ns, prog_now());
}

/* A peer that comes another way proves itself again, and is known there. */
Test(hops, way_changes)
{
	registers(PEER, OWN);
	prog_policy(FEW_CALLS);
	is_attacked(PEER, OWN);
	cr_assert_eq(calls(PEER, 33).standing, STANDING_UNKNOWN);
	proves(PEER, 33);
	expect_hops(PEER, 33, 64, OWN, 0);
	prog_wait(SECOND);
	cr_assert_gt(standing_of(PEER).attacked_until_ns, prog_now());
	expect_record(calls(PEER, 33), REASON_KNOWN);
}

/* A source that has proven itself over TCP alone has no hop limit to compare. */
Test(hops, none_known)
{
	prog_policy(FEW_CALLS);
	prog_out(FRAME(.dst = PEER, .tcp = true, .payload = MESSAGE(.status = 404)));
	cr_assert_eq(calls(PEER, OWN).standing, STANDING_PROVEN);
	is_attacked(PEER, OWN);
	cr_assert_eq(calls(PEER, FOREIGN).standing, STANDING_PROVEN);
}

Test(hops, ipv6)
{
	struct verdict_record got;

	proves(PEER6, OWN);
	fill_lane(FEW_CALLS);
	is_attacked(PEER6, OWN);
	prog_wait(SECOND);
	is_stranger(calls("2001:db8:b:9::abcd", FOREIGN));
	got = calls("2001:db8:b:9::abcd", OWN);
	expect_record(got, REASON_REQUEST);
	cr_assert_eq(got.standing, STANDING_PROVEN);
}

/* --- carriers, which are known by their addresses alone ----------------------------------------*/

/* The carrier's call is answered; then it acknowledges a tag: that one, or with something behind. */
static void carrier_acknowledges(__u8 hop, const char *behind)
{
	char sent[32], tag[64];

	snprintf(sent, sizeof(sent), "%llx", prog_now());
	snprintf(tag, sizeof(tag), "%s%s", sent, behind);
	expect_out(REASON_EGRESS_OTHER, .dst = CARRIER,
		   .payload = MESSAGE(.status = 200, .to_tag = sent));
	expect(REASON_CARRIER, .src = CARRIER, .hop = hop,
	       .payload = MESSAGE(.method = "ACK", .to_tag = tag));
}

Test(hops, carriers_ack_teaches)
{
	prog_policy(CARRIERS);
	carrier_acknowledges(FOREIGN, "7");
	expect_hops(CARRIER, 0, 0, 0, 0);
	carrier_acknowledges(OWN, "");
	expect_hops(CARRIER, OWN, 0, 0, 0);
	cr_assert_eq(standing_of(CARRIER).why, WHY_TO_TAG);
}

Test(hops, carrier_is_attacked)
{
	struct verdict_record got;

	fill_lane(CARRIERS);
	carrier_acknowledges(OWN, "");
	is_attacked(CARRIER, FOREIGN);
	is_stranger(calls(CARRIER, FOREIGN));
	prog_wait(5 * SECOND);
	got = calls(CARRIER, OWN);
	expect_record(got, REASON_CARRIER);
	cr_assert_eq(got.standing, STANDING_CARRIER);
	is_stranger(calls(CARRIER, FOREIGN));
	prog_wait(20 * SECOND);
	expect_record(calls(CARRIER, FOREIGN), REASON_CARRIER);
}

/* A carrier that was never seen to answer has no hop limit: all of it is its own. */
Test(hops, carrier_without_a_proof)
{
	struct verdict_record got;

	prog_policy(CARRIERS);
	while (!(got = calls(CARRIER, FOREIGN)).dropped)
		;
	expect_record(got, REASON_CARRIER_RATE);
	expect_record(calls(CARRIER, OWN), REASON_CARRIER_RATE);
	cr_assert_eq(standing_of(CARRIER).since_ns, 0);
}
