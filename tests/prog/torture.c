// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Messages after the descriptions in RFC 4475 and RFC 5118, and of user agents in use, under the
 * defaults: what is valid or honest passes, however it comes; what is invalid gets the reason that
 * is expected of it, which is rarely one to drop it.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/prog/vector.h"

#define TORTURE "tests/vectors/torture"
#define AGENTS "tests/vectors/agents"
#define SEGMENT 37 /* bytes of each piece, so that it begins anywhere in a message */
#define NAME_LEN 64

TestSuite(torture, .init = prog_start);

static void need(const char *folder)
{
	if (access(folder, R_OK))
		cr_skip_test("no such folder below the working directory");
	prog_policy_checked("");
}

static struct verdict_record verdict(const struct frame_spec *frame)
{
	prog_wait(HOUR);
	return prog_in(frame);
}

static void passes(const struct vector *v, const char *how, struct frame_spec frame)
{
	struct verdict_record got = verdict(&frame);

	cr_expect(!got.dropped, "%s, %s: %s", v->path, how, reason_name(got.reason));
}

static void try_valid(const struct vector *v, const void *context)
{
	struct frame_spec frame = { .payload = v->text, .payload_len = v->len };

	(void)context;
	passes(v, "UDP", frame);
	frame.ipv6 = true;
	passes(v, "UDP over IPv6", frame);
	frame.tcp = true;
	passes(v, "TCP over IPv6", frame);
	frame.ipv6 = false;
	passes(v, "TCP", frame);
	for (size_t at = 0; at < v->len; at += SEGMENT) {
		frame.payload = v->text + at;
		frame.payload_len = v->len - at < SEGMENT ? v->len - at : SEGMENT;
		passes(v, "in small segments", frame);
	}
}

Test(torture, valid)
{
	need(TORTURE);
	cr_assert_gt(vector_each(TORTURE "/valid", try_valid, NULL), 0);
}

/* Several in a segment: the first decides, and the others follow it. */
static void try_twice(const struct vector *v, const void *context)
{
	static char text[2 * VECTOR_MAX];
	struct frame_spec frame = { .tcp = true, .payload = text, .payload_len = 2 * v->len };

	(void)context;
	if (v->len > 700)
		return;
	memcpy(text, v->text, v->len);
	memcpy(text + v->len, v->text, v->len);
	passes(v, "twice in a segment", frame);
}

Test(torture, valid_in_one_segment)
{
	need(TORTURE);
	cr_assert_gt(vector_each(TORTURE "/valid", try_twice, NULL), 0);
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

/* A line of the table: reason and rule in shadow, "-" for none, over UDP and over TCP. */
struct outcome {
	char name[NAME_LEN];
	char reason[2][NAME_LEN];
	char shadow[2][NAME_LEN];
};

static void find_outcome(const struct vector *v, struct outcome *out)
{
	FILE *table = fopen(TORTURE "/invalid/EXPECTED", "re");
	size_t len = strlen(v->name) - strlen(".sip");
	char line[512];
	bool found = false;

	cr_assert_not_null(table);
	while (!found && fgets(line, sizeof(line), table))
		found = sscanf(line, "%63s %63s %63s %63s %63s", out->name, out->reason[0],
			       out->shadow[0], out->reason[1], out->shadow[1]) == 5 &&
			strlen(out->name) == len && !strncmp(out->name, v->name, len);
	fclose(table);
	cr_assert(found, "%s has no line in the table", v->path);
}

static void try_invalid(const struct vector *v, const void *context)
{
	struct frame_spec frame = { .payload = v->text, .payload_len = v->len };
	struct outcome expected;

	(void)context;
	find_outcome(v, &expected);
	for (int tcp = 0; tcp < 2; tcp++) {
		struct verdict_record got;
		const char *shadow;

		frame.tcp = tcp;
		got = verdict(&frame);
		shadow = got.shadow ? reason_name(got.shadow) : "-";
		cr_expect(!strcmp(reason_name(got.reason), expected.reason[tcp]) &&
				  !strcmp(shadow, expected.shadow[tcp]),
			  "%s, %s: %s, shadow %s", v->path, tcp ? "TCP" : "UDP",
			  reason_name(got.reason), shadow);
	}
}

Test(torture, invalid)
{
	need(TORTURE);
	cr_assert_gt(vector_each(TORTURE "/invalid", try_invalid, NULL), 0);
}
