// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is asked for at the end of a command line.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "user/complete.h"

static const struct cmd_option own[] = {
	{ "mode", "auto|native", "", NULL, NULL },
	{ "policy", "FILE", "", NULL, NULL },
	{ "force", NULL, "", NULL, NULL },
};
static const struct cmd_option common[] = {
	{ "dev", "DEV", "", NULL, NULL },
	{ "json", NULL, "", NULL, NULL },
};

/* The words behind the verb, in one text; the last one is what is behind its last blank. */
static struct complete_ask ask(const char *args, int args_max, const char *line)
{
	static char text[256];
	const struct cmd_use use = {
		.name = "test", .args = args, .option = own, .options = 3, .args_max = args_max
	};
	struct complete_ask out;
	char *word[16] = { text };
	size_t words = 1;

	strcpy(text, line);
	for (char *c = text; *c; c++) {
		if (*c != ' ')
			continue;
		*c = '\0';
		word[words++] = c + 1;
	}
	complete_ask(&use, common, 2, word, words, &out);
	return out;
}

static void expect(const char *args, int args_max, const char *line, const char *arg)
{
	struct complete_ask got = ask(args, args_max, line);

	cr_expect_str_eq(got.arg, arg, "%s: '%s', must be '%s'", line, got.arg, arg);
	cr_expect_not(got.options);
}

Test(complete_words, arguments)
{
	expect("ADDR", 1, "", "ADDR");
	expect("ADDR", 1, "192.0", "ADDR");
	expect("ADDR", 1, "192.0.2.1 ", "");
	expect("", 0, "", "");
	expect("[DEV]", 1, "", "DEV");
	expect("FILE...", -1, "a b c", "FILE");
	expect("DEV FILE...", -1, "", "DEV");
	expect("DEV FILE...", -1, "eth0 a b ", "FILE");
	expect("[--origin [FILE]]", 1, "", "FILE");
	expect("ADDR", 1, "--force ", "ADDR");
	expect("ADDR", 1, "--mode native --json ", "ADDR");
	expect("ADDR", 1, "--mode=native ", "ADDR");
	expect("ADDR", 1, "--mode native 192.0.2.1 ", "");
}

Test(complete_words, arguments_of_options)
{
	expect("ADDR", 1, "--mode ", "auto|native");
	expect("ADDR", 1, "192.0.2.1 --policy /etc/x", "FILE");
	expect("ADDR", 1, "--dev e", "DEV");
	/* The value of an option may look like one. */
	expect("ADDR", 1, "--policy --mode ", "ADDR");
	expect("ADDR", 1, "--json ", "ADDR");
}

Test(complete_words, behind_an_equals_sign)
{
	struct complete_ask got = ask("ADDR", 1, "--mode=na");

	cr_assert_str_eq(got.arg, "auto|native");
	cr_assert_str_eq(got.typed, "na");
	cr_assert_eq(got.kept, strlen("--mode="));
	got = ask("ADDR", 1, "--force=");
	cr_assert_str_eq(got.arg, "");
}

Test(complete_words, options)
{
	cr_assert(ask("ADDR", 1, "-").options);
	cr_assert(ask("ADDR", 1, "--mo").options);
	cr_assert(ask("ADDR", 1, "192.0.2.1 --mode").options);
	cr_assert_not(ask("ADDR", 1, "--mode -").options);
}
