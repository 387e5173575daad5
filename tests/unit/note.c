// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Words of others: which are taken for a reason, and how they come to a terminal.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "user/note.h"

static char *printed(const char *text)
{
	size_t len;
	char *out;
	FILE *stream = open_memstream(&out, &len);

	note_print(text, stream);
	fclose(stream);
	return out;
}

Test(note, is_printable_text)
{
	cr_expect(note_is_valid(""));
	cr_expect(note_is_valid("toll fraud, \xc3\x84"));
	cr_expect_not(note_is_valid("a\nb"));
	cr_expect_not(note_is_valid("\033[2J"));
	cr_expect_not(note_is_valid("\x7f"));
	cr_expect_not(note_is_valid("\xc2\x9b"
				    "2J"));
	cr_expect_not(note_is_valid("\xff"));
	cr_expect_not(note_is_valid("\xc2"));
}

Test(note, steers_no_terminal)
{
	static const struct {
		const char *text, *want;
	} cases[] = {
		{ "", "" },
		{ "toll fraud, \xc3\x84", "toll fraud, \xc3\x84" },
		{ "203.0.113.7\033[2K\rby root", "203.0.113.7?[2K?by root" },
		{ "a\nb\x7f", "a?b?" },
		{ "\xc2\x9b"
		  "2J\xc2\xa7",
		  "?2J\xc2\xa7" },
		{ "\xc2", "?" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *out = printed(cases[i].text);

		cr_expect_str_eq(out, cases[i].want);
		free(out);
	}
}
