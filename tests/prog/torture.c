// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages after the descriptions in RFC 4475 and RFC 5118, and of user agents in use, under the
 * defaults: what is valid or honest passes, whatever it comes by; what is invalid gets the reason
 * that is expected of it, which is rarely one to drop it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/prog/outcome.h"

#define AGENTS "tests/vectors/agents"

TestSuite(torture, .init = prog_start);

static void expect_outcome(const struct vector *v, const struct outcome *expected, bool tcp,
			   bool ipv6)
{
	struct frame_spec frame = {
		.tcp = tcp, .ipv6 = ipv6, .payload = v->text, .payload_len = v->len
	};
	struct verdict_record got;

	prog_wait(HOUR);
	got = outcome_verdict(&frame);
	cr_expect(!strcmp(reason_name(got.reason), expected->reason[tcp]) &&
			  !strcmp(outcome_shadow(&got), expected->shadow[tcp]),
		  "%s, %s over IPv%d: %s, shadow %s", v->path, tcp ? "TCP" : "UDP", ipv6 ? 6 : 4,
		  reason_name(got.reason), outcome_shadow(&got));
	cr_expect(!got.dropped || !outcome_is_valid(expected), "%s is valid", v->path);
}

static void try_whole(const struct vector *v, const struct outcome *expected)
{
	for (int how = 0; how < 4; how++)
		expect_outcome(v, expected, how & 1, how & 2);
}

static void count_one(const struct vector *v, const void *context)
{
	(void)v;
	(void)context;
}

/* A folder and its table, line by line; no message is without a line. */
static void try_folder(const char *folder, int at_least)
{
	int n;

	outcome_need(folder);
	n = outcome_each(folder, try_whole);
	cr_expect_geq(n, at_least);
	cr_expect_eq(n, vector_each(folder, count_one, NULL));
}

Test(torture, rfc4475)
{
	try_folder(TORTURE "/rfc4475", 49);
}

Test(torture, rfc5118)
{
	try_folder(TORTURE "/rfc5118", 12);
}

Test(torture, other)
{
	try_folder(TORTURE "/other", 1);
}

/*
 * The messages of RFC 4475 themselves, which are not ours to hand on: SIPSHIELD_RFC4475 names a
 * folder with those that its appendix A holds, wsinv.dat and so on.
 */
Test(torture, rfc4475_originals)
{
	const char *originals = getenv("SIPSHIELD_RFC4475");

	if (!originals)
		cr_skip_test("SIPSHIELD_RFC4475 names no folder");
	outcome_need(TORTURE);
	cr_expect_eq(outcome_each_original(TORTURE "/rfc4475", originals, try_whole), 49);
}

/* May an honest user agent hit it? What is weak; and the tools that operators test with, by name. */
static bool is_forgivable(unsigned int reason)
{
	return !reason || reason == REASON_CHECK_tool_default ||
	       !strcmp(reason_weight_name(reason), "weak");
}

/* What a user agent in use sends hits no other check, not even in shadow. */
static void try_agent(const struct vector *v, const void *context)
{
	const struct frame_spec frame = vector_frame(v);
	struct verdict_record got;

	(void)context;
	prog_wait(HOUR);
	got = prog_in(&frame);
	cr_expect(!got.dropped && is_forgivable(got.shadow), "%s: %s, shadow %s", v->path,
		  reason_name(got.reason), outcome_shadow(&got));
}

Test(torture, agents)
{
	outcome_need(AGENTS);
	cr_assert_gt(vector_each(AGENTS, try_agent, NULL), 0);
}
