// SPDX-License-Identifier: GPL-2.0-or-later
#include <stdio.h>

#include "user/cmd.h"
#include "user/manual.h"

static void print_verb(const struct cmd_use *use, void *arg)
{
	const struct cmd_entry *entry = arg;

	manual_print_verb(use, entry->what, stdout);
}

int cmd_manual(const struct cmd_entry *entry, size_t entries)
{
	for (size_t i = 0; i < entries; i++) {
		struct cmd_entry described = entry[i];

		cmd_describe(&described, print_verb, &described);
	}
	puts("# OPTIONS OF ALL COMMANDS\n");
	manual_print_options(cmd_common_options, CMD_COMMON_OPTIONS, stdout);
	return EXIT_DONE;
}
