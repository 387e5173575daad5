/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the tests of trunks share: a text is read, and what was found is compared as text.
 */
#ifndef TESTS_UNIT_TRUNK_READING_H
#define TESTS_UNIT_TRUNK_READING_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "user/addr.h"
#include "user/trunk.h"

struct trunk_reading {
	struct trunks trunks;
	struct trunk_sources more;
};

static inline void trunk_reading_of(struct trunk_reading *reading, enum trunk_kind kind,
				    const char *file, const char *text)
{
	struct trunk_reader reader = { file, &reading->trunks, &reading->more };

	cr_assert_eq(trunk_read(kind, text, &reader), 0);
}

static inline void trunk_reading_end(struct trunk_reading *reading)
{
	trunks_free(&reading->trunks);
	trunk_sources_free(&reading->more);
}

/* A line for each: NAME PREFIX-OR-HOST FILE:LINE. To be freed. */
static inline char *trunk_reading_text(const struct trunk_reading *reading)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	for (size_t i = 0; i < reading->trunks.count; i++) {
		const struct trunk *trunk = &reading->trunks.item[i];
		char prefix[PREFIX_TEXT_LEN];

		fprintf(out, "%s %s %s:%u\n", trunk->name,
			*trunk->host ? trunk->host
				     : prefix_format(&trunk->address, trunk->length, prefix),
			trunk->file, trunk->line);
	}
	fclose(out);
	return text;
}

/* Reads one text, and compares what it names. */
static inline void trunk_expect(enum trunk_kind kind, const char *text, const char *want)
{
	struct trunk_reading reading = { 0 };
	char *got;

	trunk_reading_of(&reading, kind, "f", text);
	got = trunk_reading_text(&reading);
	cr_assert_str_eq(got, want);
	free(got);
	trunk_reading_end(&reading);
}

#endif
