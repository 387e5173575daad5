// SPDX-License-Identifier: GPL-2.0-or-later
/* What nobody sends by accident: whatever comes in, each packet leaves with a verdict. */
#include <linux/if_ether.h>
#include <stdio.h>
#include <string.h>

#include "tests/prog/harness.h"

#define ROUNDS 4000 /* of random frames; the seeds are fixed */
#define LONG 8000

TestSuite(hostile, .init = prog_start);

/* xorshift64: the same numbers on every machine. */
static __u32 random_below(__u32 limit)
{
	static __u64 state = 88172645463325252ULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (state >> 16) % limit;
}

/* All programs run it. What comes in passes with a reason that is no failure, or is dropped. */
static void survives(const struct frame *frame, const char *what, unsigned int round)
{
	static const enum prog_entry entries[] = { ENTRY_XDP, ENTRY_FRAGS, ENTRY_EGRESS };
	struct verdict_record got;

	for (size_t i = 0; i < COUNT_OF(entries); i++) {
		if (prog_run(entries[i], frame, &got))
			continue;
		cr_assert(got.reason != REASON_ERROR && got.reason < REASON_MAX &&
				  got.method < SIP_METHOD_MAX && got.standing < STANDING_MAX,
			  "%s %u: %s", what, round, reason_name(got.reason));
	}
}

static void random_bytes(__u8 *to, size_t len)
{
	while (len--)
		*to++ = random_below(256);
}

Test(hostile, random_frames)
{
	static struct frame frame;

	for (unsigned int round = 0; round < ROUNDS; round++) {
		frame.len = ETH_HLEN + random_below(200);
		random_bytes(frame.data, frame.len);
		if (round % 2) { /* else nearly all end at the EtherType */
			frame.data[12] = round % 4 == 1 ? 0x08 : 0x86;
			frame.data[13] = round % 4 == 1 ? 0x00 : 0xdd;
			frame.data[14] = round % 4 == 1 ? 0x45 : 0x60;
		}
		survives(&frame, "round", round);
	}
}

Test(hostile, random_payloads)
{
	static struct frame frame;
	static __u8 payload[1472];

	for (unsigned int round = 0; round < ROUNDS; round++) {
		size_t len = 1 + random_below(round % 8 ? 40 : sizeof(payload));

		random_bytes(payload, len);
		frame_build(FRAME(.ipv6 = round & 1, .tcp = round >> 1 & 1, .payload = payload,
				  .payload_len = len),
			    &frame);
		survives(&frame, "round", round);
	}
}

/* Overwrites, cuts and repeats parts of a text with what means something in SIP. */
static size_t mutate(char *text, size_t len)
{
	static const char marks[] = "\r\n\t :;,<>\"\\@/=[]?%\0\x80SIP";

	for (__u32 i = random_below(8) + 1; i; i--) {
		size_t at = random_below(len), to = random_below(len);
		size_t n = random_below(40);

		switch (random_below(3)) {
		case 0:
			text[at] = marks[random_below(sizeof(marks))];
			break;
		case 1:
			n = n < len - at ? n : len - at;
			memmove(text + to, text + at, n < len - to ? n : len - to);
			break;
		default:
			len = random_below(16) ? len : at + 1;
			break;
		}
	}
	return len;
}

static void mutated(const struct message_spec *message)
{
	static struct frame frame;
	char text[2048];

	for (unsigned int round = 0; round < ROUNDS; round++) {
		const char *whole = message_text(message);
		size_t len = strlen(whole);

		prog_wait(SECOND);
		memcpy(text, whole, len);
		len = mutate(text, len);
		frame_build(FRAME(.tcp = round & 1, .payload = text, .payload_len = len), &frame);
		survives(&frame, whole, round);
	}
}

Test(hostile, mutated_requests)
{
	mutated(&(struct message_spec){ .method = "REGISTER", .headers = MESSAGE_CREDENTIALS });
}

Test(hostile, mutated_responses)
{
	mutated(&(struct message_spec){ .method = "REGISTER", .status = 200 });
}

/* --- the most expensive messages that can be built --------------------------------------------*/

/* Fills the text with copies of a part, up to a length. */
static const char *repeated(const char *head, const char *part, size_t length)
{
	static char text[LONG + 256];
	size_t len = snprintf(text, sizeof(text), "%s", head);

	while (len < length)
		len += snprintf(text + len, sizeof(text) - len, "%s", part);
	return text;
}

Test(hostile, expensive_requests)
{
	static const struct {
		const char *what;
		const char *head;
		const char *part;
	} messages[] = {
		{ "tiny headers", "INVITE sip:a@b SIP/2.0\r\n", "a:\r\n" },
		{ "line feeds", "INVITE sip:a@b SIP/2.0\r\nX: 1", "\n" },
		{ "folds", "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP", "\r\n " },
		{ "blanks", "INVITE sip:a@b SIP/2.0\r\nVia: ", " " },
		{ "blanks before a colon", "INVITE sip:a@b SIP/2.0\r\nVia", "\t" },
		{ "a long URI", "INVITE sip:a@b", ";p=q" },
		{ "a long method", "", "M" },
		{ "line ends before all", "", "\r\n" },
		{ "blanks before all", "", " " },
		{ "parameters", "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h", ";a=b" },
		{ "parameters without a value", "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h",
		  ";" },
		{ "quotes", "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;a=", "\"" },
		{ "escapes", "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;a=\"", "\\\"" },
		{ "a long branch", "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=", "z9hG" },
		{ "many Vias", "INVITE sip:a@b SIP/2.0\r\n", "Via: SIP/2.0/UDP h;branch=x\r\n" },
		{ "many CSeqs", "INVITE sip:a@b SIP/2.0\r\n", "CSeq: 1 INVITE\r\n" },
		{ "digits", "INVITE sip:a@b SIP/2.0\r\nCSeq: ", "9" },
		{ "slashes", "INVITE sip:a@b SIP/2.0\r\nVia: ", "SIP/" },
		{ "brackets", "INVITE sip:a@[", "[" },
	};
	static struct frame frame;

	for (size_t i = 0; i < COUNT_OF(messages); i++) {
		for (size_t length = 16; length <= 3000; length += 373) {
			prog_wait(MS);
			frame_build(FRAME(.payload = repeated(messages[i].head, messages[i].part,
							      length)),
				    &frame);
			survives(&frame, messages[i].what, length);
		}
	}
}

/* A jumbo frame in pieces: what lies behind the window costs nothing and hides nothing. */
Test(hostile, large_frames)
{
	struct verdict_record got;
	struct frame frame;

	frame_build(FRAME(.payload = repeated("INVITE sip:a@b SIP/2.0\r\n", "a:\r\n", LONG)),
		    &frame);
	cr_assert_eq(prog_run(ENTRY_FRAGS, &frame, &got), 0);
	expect_record(got, REASON_REQUEST_CUT);
	cr_assert_eq(got.method, SIP_METHOD_INVITE);
	frame_build(FRAME(.payload = repeated("", "\xff", LONG)), &frame);
	cr_assert_eq(prog_run(ENTRY_FRAGS, &frame, &got), 0);
	expect_record(got, REASON_NOT_SIP);
}

/* Addresses that nobody has: they are strangers like all others. */
Test(hostile, impossible_addresses)
{
	static const char *const addresses[] = {
		"0.0.0.0",
		"255.255.255.255",
		"127.0.0.1",
		"224.0.0.1",
		"192.0.2.1",
		"::",
		"::1",
		"ff02::1",
		"fe80::1",
		"64:ff9b::1",
		"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff",
	};

	for (size_t i = 0; i < COUNT_OF(addresses); i++)
		expect(REASON_REQUEST, .src = addresses[i], .payload = MESSAGE());
}

/*
 * An IPv6 packet "from" a mapped address is not from the IPv4 source: it has no share of its budget
 * or its rights. It is left to the kernel, which drops it.
 */
Test(hostile, mapped_addresses)
{
	prog_policy("allow: [203.0.113.5]\nlimits: {unknown: {invite: {rate: 1/h, burst: 1}}}");
	expect(REASON_NOT_IP, .src = "::ffff:198.51.100.7", .payload = MESSAGE());
	expect(REASON_REQUEST, .src = "198.51.100.7", .payload = MESSAGE());
	expect(REASON_NOT_IP, .src = "::ffff:203.0.113.5", .payload = MESSAGE());
}

/* A flood from forged sources: the lane is the limit, the known go on, the first repeat passes. */
Test(hostile, forged_sources)
{
	const char *caller = "198.18.7.7", *call = MESSAGE(.branch = "z9hG4bKcaller");
	unsigned int passed = 0;
	char src[32];

	prog_set_standing("203.0.113.90", STANDING_TRUSTED, ~0ULL);
	for (unsigned int i = 0; i < 5000; i++) {
		snprintf(src, sizeof(src), "%u.%u.%u.%u", 1 + random_below(9), random_below(256),
			 random_below(256), random_below(256));
		passed += !prog_in(FRAME(.src = src, .payload = MESSAGE())).dropped;
		if (i % 100 == 0)
			expect(REASON_KNOWN, .src = "203.0.113.90", .payload = MESSAGE());
	}
	cr_assert_eq(passed, 400, "%u: the lane's burst", passed);
	cr_assert(prog_in(FRAME(.src = caller, .payload = call)).dropped);
	prog_wait(500 * MS);
	expect(REASON_REQUEST, .src = caller, .payload = call);
}
