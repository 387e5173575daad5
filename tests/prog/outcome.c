// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/prog/outcome.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LINEAR 3000 /* bytes that a frame without fragments is sure to hold */

void outcome_need(const char *folder)
{
	if (access(folder, R_OK))
		cr_skip_test("no such folder below the working directory");
	prog_policy_checked("");
}

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

/* The messages of a table: FOLDER/NAME followed by what the file's name ends with. */
static int each_line(const char *table_path, const char *folder, const char *end, outcome_try *try)
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

int outcome_each(const char *folder, outcome_try *try)
{
	char table[512];

	snprintf(table, sizeof(table), "%s/EXPECTED", folder);
	return each_line(table, folder, ".sip", try);
}

int outcome_each_original(const char *folder, const char *originals, outcome_try *try)
{
	char table[512];

	snprintf(table, sizeof(table), "%s/EXPECTED", folder);
	return each_line(table, originals, ".dat", try);
}

void outcome_all(outcome_try *try)
{
	const char *originals = getenv("SIPSHIELD_RFC4475");

	outcome_need(TORTURE);
	cr_expect_gt(outcome_each(TORTURE "/rfc4475", try), 0);
	cr_expect_gt(outcome_each(TORTURE "/rfc5118", try), 0);
	cr_expect_gt(outcome_each(TORTURE "/other", try), 0);
	if (originals)
		outcome_each_original(TORTURE "/rfc4475", originals, try);
}

bool outcome_is_valid(const struct outcome *expected)
{
	return !strcmp(expected->class, "valid");
}

struct verdict_record outcome_verdict(const struct frame_spec *spec)
{
	struct verdict_record record = { 0 };
	struct frame frame;

	frame_build(spec, &frame);
	cr_assert_eq(prog_run(frame.len > LINEAR ? ENTRY_FRAGS : ENTRY_XDP, &frame, &record), 0);
	return record;
}

const char *outcome_shadow(const struct verdict_record *record)
{
	return record->shadow ? reason_name(record->shadow) : "-";
}
