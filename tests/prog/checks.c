// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The structural checks on messages in files, each check alone: those in tests/vectors/checks/ID/hit/
 * must be dropped for it, those in tests/vectors/checks/ID/near/ must pass. A check without either
 * fails. A name may begin with how the message comes, see vector_frame().
 */
#include <stdio.h>
#include <unistd.h>

#include "tests/prog/vector.h"

#define VECTORS "tests/vectors/checks"

TestSuite(checks, .init = prog_start);

/* Puts one check in force, all others off. */
static void policy_of_check(unsigned int check, const char *action)
{
	char yaml[128 * 48];
	size_t len = snprintf(yaml, sizeof(yaml), "rules:\n");

	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX; i++) {
		if (reason_is_check(i))
			len += snprintf(yaml + len, sizeof(yaml) - len, "  %s: %s\n",
					reason_name(i), i == check ? action : "off");
	}
	prog_policy_checked(yaml);
}

/* What must become of a message: how the check is set, and what it does then. */
struct expected {
	const char *folder;
	const char *action;
	bool dropped;
	bool shadowed;
};

struct trial {
	unsigned int check;
	const struct expected *expected;
};

static void try_vector(const struct vector *v, const void *context)
{
	const struct frame_spec frame = vector_frame(v);
	const struct trial *trial = context;
	const struct expected *e = trial->expected;
	struct verdict_record got;

	prog_wait(HOUR);
	got = prog_in(&frame);
	cr_expect(got.dropped == e->dropped && (got.reason == trial->check) == e->dropped &&
			  (got.shadow == trial->check) == e->shadowed,
		  "%s, the check being %s: %s%s", v->path, e->action, reason_name(got.reason),
		  got.shadow ? ", and one in shadow" : "");
}

/* Tries all messages of a check's folder; there must be one. */
static void try_folder(const char *id, unsigned int check, const struct expected *expected)
{
	const struct trial trial = { .check = check, .expected = expected };
	char folder[512];

	policy_of_check(check, expected->action);
	snprintf(folder, sizeof(folder), VECTORS "/%s/%s", id, expected->folder);
	cr_expect_gt(vector_each(folder, try_vector, &trial), 0, "%s holds no message", folder);
}

static void try_all(const struct expected *expected)
{
	if (access(VECTORS, R_OK))
		cr_skip_test("no " VECTORS " below the working directory");
#define CHECK(id, name, weight, action, sentence) try_folder(#id, REASON_CHECK_##id, expected);
#include "maps/checks.def"
#undef CHECK
}

Test(checks, hit)
{
	try_all(&(struct expected){ .folder = "hit", .action = "enforce", .dropped = true });
}

Test(checks, near)
{
	try_all(&(struct expected){ .folder = "near", .action = "enforce" });
}

Test(checks, shadow)
{
	try_all(&(struct expected){ .folder = "hit", .action = "shadow", .shadowed = true });
}

Test(checks, score)
{
	try_all(&(struct expected){ .folder = "hit", .action = "score", .shadowed = true });
}

Test(checks, off)
{
	try_all(&(struct expected){ .folder = "hit", .action = "off" });
}

/* A check takes no budget: what it drops leaves the source all it had. */
Test(checks, cost_nothing)
{
	prog_policy_checked("limits: {unknown: {dialog: {rate: 1/h, burst: 1}}}");
	for (int i = 0; i < 5; i++)
		expect(REASON_CHECK_cseq_method,
		       .payload = MESSAGE(.method = "BYE", .cseq_method = "INVITE"));
	expect(REASON_REQUEST, .payload = MESSAGE(.method = "BYE"));
}

/* What is remembered of 203.0.113.N. All 0: nothing. */
static struct suspect suspect_of(__u8 n)
{
	struct addr key = { .byte = { [10] = 0xff, 0xff, 203, 0, 113, n } };
	struct suspect suspect = { 0 };

	store_suspect_get(prog_store(), &key, &suspect);
	return suspect;
}

/* Who fails one is a suspect, with what it sent. */
Test(checks, suspects)
{
	struct suspect suspect;

	prog_policy_checked("");
	for (int i = 0; i < 2; i++)
		expect(REASON_CHECK_cseq_method, .src = "203.0.113.88",
		       .payload = MESSAGE(.method = "CANCEL", .cseq_method = "INVITE"));
	suspect = suspect_of(88);
	cr_assert_eq(suspect.structural, 2);
	cr_assert_eq(suspect.suspicion, 2 * WEIGHT_STRONG);
	cr_assert_eq(suspect.exceeded, 0);
	cr_assert_eq(suspect.reason, REASON_CHECK_cseq_method);
	cr_assert_eq(suspect.check, REASON_CHECK_cseq_method);
	cr_assert_eq(suspect.method, SIP_METHOD_CANCEL);
}

/* A request over UDP that names TCP in its Via, and whose Max-Forwards is 0 for a weak hit more. */
static struct verdict_record odd_request(const char *src, const char *branch, const char *forwards)
{
	char text[512];
	int len = snprintf(text, sizeof(text),
			   "OPTIONS sip:bob@192.0.2.1 SIP/2.0\r\n"
			   "Via: SIP/2.0/TCP 203.0.113.90;branch=z9hG4bK%s\r\n"
			   "From: <sip:alice@example.com>;tag=1\r\nTo: <sip:bob@example.com>\r\n"
			   "Call-ID: %s\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: %s\r\n\r\n",
			   branch, branch, forwards);

	return prog_in(FRAME(.src = src, .payload = text, .payload_len = (size_t)len));
}

/* What is no more than suspect passes, and adds its weight once for each new transaction. */
Test(checks, suspicion_adds_up)
{
	struct suspect suspect;

	prog_policy_checked("");
	expect_record(odd_request("203.0.113.90", "first", "70"), REASON_REQUEST);
	expect_record(odd_request("203.0.113.90", "first", "70"), REASON_RETRANSMISSION);
	suspect = suspect_of(90);
	cr_assert_eq(suspect.structural, 1);
	cr_assert_eq(suspect.suspicion, WEIGHT_MEDIUM);
	cr_assert_eq(suspect.exceeded, 0);
	cr_assert_eq(suspect.reason, REASON_CHECK_via_transport);
	expect_record(odd_request("203.0.113.90", "second", "0"), REASON_REQUEST);
	suspect = suspect_of(90);
	cr_assert_eq(suspect.structural, 2);
	cr_assert_eq(suspect.suspicion, 2 * WEIGHT_MEDIUM + WEIGHT_WEAK);
	cr_assert_eq(suspect.check, REASON_CHECK_via_transport);
}

/* A check in shadow is not held against anybody, nor is any with the mode shadow. */
Test(checks, shadow_adds_no_suspicion)
{
	prog_policy_checked("rules: {via-transport: shadow}");
	expect_record(odd_request("203.0.113.91", "a", "70"), REASON_REQUEST);
	prog_policy_checked("mode: shadow");
	expect_record(odd_request("203.0.113.91", "b", "0"), REASON_REQUEST);
	cr_assert_eq(suspect_of(91).last_ns, 0);
}

/* A stranger is noted within its budget; beyond it only the limit is. */
Test(checks, a_flood_of_suspects_buys_few_notes)
{
	char src[16], branch[8];
	int noted = 0;

	prog_policy_checked("lanes: {request: {rate: 1/s, burst: 30}}");
	for (int i = 1; i <= 100; i++) {
		snprintf(src, sizeof(src), "203.0.113.%d", 100 + i);
		snprintf(branch, sizeof(branch), "f%d", i);
		odd_request(src, branch, "70");
		noted += suspect_of((__u8)(100 + i)).structural != 0;
	}
	cr_assert_eq(noted, 16, "%d of a tick", noted);
	prog_wait(10 * MS);
	for (int i = 1; i <= 16; i++)
		cr_assert_eq(suspect_of((__u8)(100 + i)).suspicion, WEIGHT_MEDIUM);
}

/* The headers of known sources within their budget are not read. */
Test(checks, spare_the_known)
{
	prog_policy_checked("");
	prog_set_standing("203.0.113.89", STANDING_TRUSTED, ~0ULL);
	expect(REASON_KNOWN, .src = "203.0.113.89",
	       .payload = MESSAGE(.method = "BYE", .cseq_method = "INVITE"));
}
