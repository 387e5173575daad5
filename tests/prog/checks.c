// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The structural checks on messages in files, each check alone: those in tests/vectors/checks/ID/hit/
 * must be dropped for it, those in tests/vectors/checks/ID/near/ must pass. A check without either
 * fails. A name that begins with tcp-, ipv6- or fragment- says how the message comes; the others
 * come over UDP and IPv4, whole.
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
#define CHECK(id, name, action, sentence) try_folder(#id, REASON_CHECK_##id, expected);
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

/* Who fails one is a suspect, with what it sent. */
Test(checks, suspects)
{
	struct addr key = { .byte = { [10] = 0xff, 0xff, 203, 0, 113, 88 } };
	struct suspect suspect;

	prog_policy_checked("");
	for (int i = 0; i < 2; i++)
		expect(REASON_CHECK_cseq_method, .src = "203.0.113.88",
		       .payload = MESSAGE(.method = "CANCEL", .cseq_method = "INVITE"));
	cr_assert_eq(store_suspect_get(prog_store(), &key, &suspect), 0);
	cr_assert_eq(suspect.structural, 2);
	cr_assert_eq(suspect.exceeded, 0);
	cr_assert_eq(suspect.reason, REASON_CHECK_cseq_method);
	cr_assert_eq(suspect.method, SIP_METHOD_CANCEL);
}

/* The headers of known sources within their budget are not read. */
Test(checks, spare_the_known)
{
	prog_policy_checked("");
	prog_set_standing("203.0.113.89", STANDING_TRUSTED, ~0ULL);
	expect(REASON_KNOWN, .src = "203.0.113.89",
	       .payload = MESSAGE(.method = "BYE", .cseq_method = "INVITE"));
}
