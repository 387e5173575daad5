// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/manual.h"

#include <string.h>

/*
 * Plain text: what would be a mark of scdoc, anywhere or at the beginning of a line, is escaped.
 * Lines are indented by a tab there.
 */
static void print_plain(const char *text, FILE *out)
{
	bool begins = true;

	for (const char *c = text; *c; c++) {
		if (begins && *c == ' ') {
			putc('\t', out);
			c += strspn(c, " ");
		}
		if (strchr("_*\\", *c) || (begins && strchr("#;-.|[]`", *c)))
			putc('\\', out);
		putc(*c, out);
		begins = *c == '\n';
	}
}

void manual_print_options(const struct cmd_option *option, size_t count, FILE *out)
{
	for (size_t i = 0; i < count; i++) {
		fprintf(out, "*%s%s*", option[i].name[1] ? "--" : "-", option[i].name);
		if (option[i].arg) {
			putc(' ', out);
			print_plain(option[i].arg, out);
		}
		fputs("\n\t", out);
		print_plain(option[i].what, out);
		fputs("\n\n", out);
	}
}

void manual_print_verb(const struct cmd_use *use, const char *what, FILE *out)
{
	/* A heading is not read for marks. */
	fprintf(out, "## %s%s%s\n\n", use->name, *use->args ? " " : "", use->args);
	/* What --help of all verbs says, and behind it what --help of this one says. */
	print_plain(what, out);
	fputs(".\n\n", out);
	print_plain(use->what, out);
	fputs("\n\n", out);
	manual_print_options(use->option, use->options, out);
}
