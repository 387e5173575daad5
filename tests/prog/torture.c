// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages after the descriptions in RFC 4475 and RFC 5118, and of user agents in use, under the
 * defaults: what is valid or honest passes, however it comes; what is invalid gets the reason that
 * is expected of it, which is rarely one to drop it.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/prog/vector.h"

#define TORTURE "tests/vectors/torture"
#define AGENTS "tests/vectors/agents"
#define LINEAR 3000 /* bytes of payload that a frame without fragments is sure to hold */
#define SEGMENT 37  /* bytes of each piece, so that it begins anywhere in a message */
#define NAME_LEN 64

TestSuite(torture, .init = prog_start);

static void need(const char *folder)
{
	if (access(folder, R_OK))
		cr_skip_test("no such folder below the working directory");
	prog_policy_checked("");
}

static struct verdict_record verdict_at_once(const struct frame_spec *spec)
{
	struct verdict_record record = { 0 };
	struct frame frame;

	frame_build(spec, &frame);
	cr_assert_eq(prog_run(frame.len > LINEAR ? ENTRY_FRAGS : ENTRY_XDP, &frame, &record), 0);
	return record;
}

static struct verdict_record verdict(const struct frame_spec *spec)
{
	prog_wait(HOUR);
	return verdict_at_once(spec);
}

/* --- one message in a datagram or a segment ---------------------------------------------------*/

/* A line of the table EXPECTED: reason and rule in shadow, "-" for none, over UDP and over TCP. */
struct outcome {
	char name[NAME_LEN];
	char class[NAME_LEN];
	char reason[2][NAME_LEN];
	char shadow[2][NAME_LEN];
};

static bool read_outcome(FILE *table, struct outcome *out)
{
	char line[512];

	while (fgets(line, sizeof(line), table)) {
		if (line[0] != '#' &&
		    sscanf(line, "%63s %63s %63s %63s %63s %63s", out->name, out->class,
			   out->reason[0], out->shadow[0], out->reason[1], out->shadow[1]) == 6)
			return true;
	}
	return false;
}

static void expect_outcome(const struct vector *v, const struct outcome *expected, bool tcp,
			   bool ipv6)
{
	struct frame_spec frame = {
		.tcp = tcp, .ipv6 = ipv6, .payload = v->text, .payload_len = v->len
	};
	struct verdict_record got = verdict(&frame);
	const char *shadow = got.shadow ? reason_name(got.shadow) : "-";

	cr_expect(!strcmp(reason_name(got.reason), expected->reason[tcp]) &&
			  !strcmp(shadow, expected->shadow[tcp]),
		  "%s, %s over IPv%d: %s, shadow %s", v->path, tcp ? "TCP" : "UDP", ipv6 ? 6 : 4,
		  reason_name(got.reason), shadow);
	cr_expect(!got.dropped || !strcmp(expected->class, "invalid"), "%s is valid", v->path);
}

static void try_whole(const struct vector *v, const struct outcome *expected)
{
	for (int how = 0; how < 4; how++)
		expect_outcome(v, expected, how & 1, how & 2);
}

/*
 * Calls try with each message of a table: FOLDER/NAME followed by what the file's name ends with.
 * Returns how many there were.
 */
static int each_outcome(const char *table_path, const char *folder, const char *end,
			void (*try)(const struct vector *, const struct outcome *))
{
	static struct vector v;
	FILE *table = fopen(table_path, "re");
	struct outcome expected;
	int n = 0;

	cr_assert_not_null(table, "%s", table_path);
	for (; read_outcome(table, &expected); n++) {
		vector_read(&v, folder, expected.name, end);
		try(&v, &expected);
	}
	fclose(table);
	return n;
}

static void count_one(const struct vector *v, const void *context)
{
	(void)v;
	(void)context;
}

/* A folder and its table, line by line; no message is without a line. */
static void try_folder(const char *folder, int at_least)
{
	char table[512];
	int n;

	need(folder);
	snprintf(table, sizeof(table), "%s/EXPECTED", folder);
	n = each_outcome(table, folder, ".sip", try_whole);
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
	const char *folder = getenv("SIPSHIELD_RFC4475");

	if (!folder)
		cr_skip_test("SIPSHIELD_RFC4475 names no folder");
	need(TORTURE);
	cr_expect_eq(each_outcome(TORTURE "/rfc4475/EXPECTED", folder, ".dat", try_whole), 49);
}

/* --- otherwise cut ----------------------------------------------------------------------------*/

/* All tables, in turn. */
static void each_message(void (*try)(const struct vector *, const struct outcome *))
{
	static const char *const folders[] = { TORTURE "/rfc4475", TORTURE "/rfc5118",
					       TORTURE "/other" };
	char table[512];

	need(TORTURE);
	for (size_t i = 0; i < COUNT_OF(folders); i++) {
		snprintf(table, sizeof(table), "%s/EXPECTED", folders[i]);
		cr_expect_gt(each_outcome(table, folders[i], ".sip", try), 0);
	}
}

static bool is_valid(const struct outcome *expected)
{
	return !strcmp(expected->class, "valid");
}

static void expect_passed(const struct frame_spec *frame, const char *path, const char *how)
{
	struct verdict_record got = verdict_at_once(frame);

	cr_expect(!got.dropped && !got.shadow, "%s, %s: %s, shadow %s", path, how,
		  reason_name(got.reason), reason_name(got.shadow));
}

/* A message in small segments, all at once: each passes, and none is taken for what it is not. */
static void try_cut(const struct vector *v, const struct outcome *expected)
{
	struct frame_spec frame = { .tcp = true };

	if (!is_valid(expected))
		return;
	prog_wait(HOUR);
	for (size_t at = 0; at < v->len; at += SEGMENT) {
		frame.payload = v->text + at;
		frame.payload_len = v->len - at < SEGMENT ? v->len - at : SEGMENT;
		expect_passed(&frame, v->path, "in small segments");
	}
}

Test(torture, small_segments)
{
	each_message(try_cut);
}

/* The last messages that were tried, one behind the other in a segment. */
static struct {
	char text[3 * VECTOR_MAX];
	size_t len[3];
} several;

static void try_behind(const struct vector *v, const struct outcome *expected)
{
	struct frame_spec frame = { .tcp = true, .payload = several.text };

	if (!is_valid(expected) || strcmp(expected->shadow[1], "-") != 0 || v->len > LINEAR / 3)
		return;
	frame.payload_len = several.len[0] + several.len[1] + v->len;
	memcpy(several.text + several.len[0] + several.len[1], v->text, v->len);
	prog_wait(HOUR);
	expect_passed(&frame, v->path, "behind others in a segment");
	memmove(several.text, several.text + several.len[0], several.len[1] + v->len);
	several.len[0] = several.len[1];
	several.len[1] = v->len;
}

Test(torture, several_in_a_segment)
{
	each_message(try_behind);
}

/* What a user agent in use sends hits no check, not even in shadow. */
static void try_agent(const struct vector *v, const void *context)
{
	const struct frame_spec frame = vector_frame(v);
	struct verdict_record got = verdict(&frame);

	(void)context;
	cr_expect(!got.dropped && !got.shadow, "%s: %s, shadow %s", v->path,
		  reason_name(got.reason), reason_name(got.shadow));
}

Test(torture, agents)
{
	need(AGENTS);
	cr_assert_gt(vector_each(AGENTS, try_agent, NULL), 0);
}
