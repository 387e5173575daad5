// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "user/addr.h"
#include "user/cmd.h"
#include "user/explain_conduct.h"
#include "user/explain_steps.h"
#include "user/instance.h"
#include "user/json.h"
#include "user/loader.h"
#include "user/names.h"
#include "user/source_json.h"
#include "user/state_report.h"

static void print_steps(const struct state_report *report)
{
	if (!report->steps) {
		printf("  The journal of the agent's decisions cannot be read: %s\n",
		       strerror(-report->steps_error));
		return;
	}
	if (!json_array_size(report->steps)) {
		puts("  The agent has decided nothing about it, as far as the journal goes back.");
		return;
	}
	puts("  What the agent decided, and what it had been told by then (UTC):");
	for (size_t i = 0; i < json_array_size(report->steps); i++)
		explain_step_print(json_array_get(report->steps, i), stdout);
}

static void print_text(const struct state_report *report)
{
	const struct explain *why = &report->why;
	bool any = false;

	printf("%s (%s, decided by: %s)\n", why->verdict, reason_name(why->reason), why->decides);
	puts("  In the order of a packet's way:");
	for (size_t i = 0; i < why->lines; i++)
		printf("  %c %-10s %s\n", why->line[i].stage == why->decides ? '>' : ' ',
		       why->line[i].stage, why->line[i].sentence);
	for (size_t i = 0; i < why->lines; i++) {
		if (!*why->line[i].change)
			continue;
		if (!any)
			puts("  What would change it:");
		any = true;
		printf("    %-10s %s\n", why->line[i].stage, why->line[i].change);
	}
	source_budget_print(&report->facts, stdout);
	explain_conduct_print(&report->facts, stdout);
	print_steps(report);
}

int cmd_explain(int argc, char **argv)
{
	const char *state_dir = NULL;
	char found_dir[VARFILE_PATH_LEN];
	const struct cmd_option option[] = {
		{ "state-dir", "DIR", "of the journal; default: the agent's", &state_dir, NULL },
	};
	const struct cmd_use use = {
		.name = "explain",
		.args = "ADDR",
		.what = "Says what becomes of a source's packets now and why: each stage in the order of\n"
			"a packet's way, which of them decides, what would change it, the budgets in\n"
			"force, and what the agent decided about it and on what evidence. It reads the\n"
			"maps and the agent's journal, and needs no agent. An IPv6 address stands for its\n"
			"network (policy: ipv6-prefix, /64).",
		.option = option,
		.options = 1,
		.args_min = 1,
		.args_max = 1,
	};
	__attribute__((cleanup(state_report_free))) struct state_report report = { .steps = NULL };
	cleanup_store struct store *store = NULL;
	struct cmd_common common;
	struct addr address;
	char name[IF_NAMESIZE];
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (addr_parse(argv[0], &address))
		return cmd_fail(EXIT_USAGE, "`%s' is no IPv4 or IPv6 address", argv[0]);
	status = cmd_open_store(common.dev, false, &store, name);
	if (status)
		return status;
	if (!state_dir) {
		shield_state_dir(name, found_dir);
		state_dir = found_dir;
	}
	err = state_report_read(store, name, instance_of(name) != 0, &address, state_dir, &report);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot read what is known of %s: %s", argv[0],
				strerror(-err));
	if (common.json)
		return json_print(state_report_json(&report), stdout) ? EXIT_FAILED : EXIT_DONE;
	print_text(&report);
	return EXIT_DONE;
}
