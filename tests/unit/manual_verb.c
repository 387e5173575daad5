// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A verb's part of the manual page.
 */
#include <criterion/criterion.h>
#include <stdlib.h>

#include "user/manual.h"

Test(manual_verb, says_what_help_says)
{
	static const struct cmd_option option[] = {
		{ "ttl", "TIME", "how_long; *not* for ever", NULL, NULL },
		{ "q", NULL, "-q", NULL, NULL },
	};
	const struct cmd_use use = {
		.name = "ban add",
		.args = "[ADDR]",
		.what = "Bans a source.\n\n.conf files\n   set back",
		.option = option,
		.options = 2,
	};
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	manual_print_verb(&use, "drop everything", out);
	fclose(out);
	cr_assert_str_eq(text, "## ban add [ADDR]\n\n"
			       "drop everything.\n\n"
			       "Bans a source.\n\n\\.conf files\n\tset back\n\n"
			       "*--ttl* TIME\n\thow\\_long; \\*not\\* for ever\n\n"
			       "*-q*\n\t\\-q\n\n");
	free(text);
}
