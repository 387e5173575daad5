// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "user/agent_lists.h"
#include "user/cmd.h"
#include "user/duration.h"
#include "user/json.h"
#include "user/lists.h"
#include "user/loader.h"
#include "user/nic_plan.h"

#define cleanup_doc __attribute__((cleanup(policy_free)))
#define cleanup_plan __attribute__((cleanup(plan_free)))

static const char *policy_file;

static const struct cmd_option options[] = {
	{ "policy", "FILE", "whose lists; default " POLICY_PATH, &policy_file, NULL },
};

/* The lists of a policy, and what was applied last on the interface, if one is protected. */
struct lists {
	struct policy_doc doc;
	char dev[IF_NAMESIZE]; /* "": none */
	json_t *last;
};

static void lists_free(struct lists *lists)
{
	policy_free(&lists->doc);
	json_decref(lists->last);
}
#define cleanup_lists __attribute__((cleanup(lists_free)))

/* Reads and plans; errors and what is left out go to stderr. Returns the exit status. */
static int read_lists(const struct cmd_common *common, struct lists *lists)
{
	cleanup_store struct store *store = NULL;
	cleanup_plan struct plan plan = { 0 };
	char state_dir[VARFILE_PATH_LEN];
	int err;

	if (common->dev && !store_is_dev(common->dev))
		return cmd_fail(EXIT_USAGE, "--dev %s is no interface", common->dev);
	if (store_open(common->dev, false, &store, lists->dev))
		snprintf(lists->dev, sizeof(lists->dev), "%s", common->dev ? common->dev : "");
	shield_state_dir(lists->dev, state_dir);
	lists->last = lists_recall(*lists->dev ? state_dir : "", lists->dev);
	err = policy_load(policy_file ? policy_file : POLICY_PATH, &lists->doc, stderr);
	if (err)
		return err == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
	err = nic_plan(*lists->dev ? lists->dev : NULL, &lists->doc, &plan, stderr);
	return err ? cmd_fail(EXIT_FAILED, "cannot plan the lists: %s", strerror(-err)) : EXIT_DONE;
}

/* Entries of a list that end. */
static unsigned int ending(const struct policy_doc *doc, const struct policy_list *list)
{
	unsigned int n = 0;

	for (size_t i = 0; i < doc->bans; i++)
		n += doc->ban[i].at.file == list->file;
	return n;
}

static json_t *list_json(const struct lists *lists, const struct policy_list *list)
{
	const json_t *last = lists_last(lists->last, &lists->doc, list);
	json_t *entries = json_object_get(last, "entries"),
	       *applied = json_object_get(last, "applied");

	return json_pack("{s:s, s:s, s:I, s:I, s:I, s:I, s:O*, s:O*}", "kind",
			 policy_list_kind_name(list->kind), "file", lists->doc.file[list->file],
			 "entries", (json_int_t)list->entries, "ending",
			 (json_int_t)ending(&lists->doc, list), "expired",
			 (json_int_t)list->expired, "modified", (json_int_t)list->mtime,
			 "applied_entries", entries, "applied", applied);
}

static int print_json(const struct lists *lists)
{
	json_t *document = json_document(), *array = json_array();

	for (size_t i = 0; i < lists->doc.lists; i++)
		json_array_append_new(array, list_json(lists, &lists->doc.list[i]));
	json_object_set_new(document, "lists", array);
	return json_print(document, stdout) ? EXIT_FAILED : EXIT_DONE;
}

static void print_list(const struct lists *lists, const struct policy_list *list)
{
	const json_t *last = lists_last(lists->last, &lists->doc, list);
	__s64 age = time(NULL) - list->mtime;
	char time[DURATION_TEXT_LEN], applied[24] = "-";

	if (last)
		snprintf(applied, sizeof(applied), "%lld",
			 json_integer_value(json_object_get(last, "entries")));
	printf("%-9s %8u %8s %8u %8u  %-9s %s\n", policy_list_kind_name(list->kind), list->entries,
	       applied, ending(&lists->doc, list), list->expired,
	       duration_format(age > 0 ? (uint64_t)age : 0, time), lists->doc.file[list->file]);
}

static int list_show(int argc, char **argv)
{
	static const struct cmd_use use = {
		.name = "list show",
		.args = "",
		.what = "Lists the files of addresses beside the policy: what each has, what of it was\n"
			"applied last, how many entries end by themselves or have ended, and how old it\n"
			"is. Entries that are left out, because something grants them, are named.",
		.option = options,
		.options = 1,
	};
	cleanup_lists struct lists lists = { .last = NULL };
	struct cmd_common common;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	status = read_lists(&common, &lists);
	if (status)
		return status;
	if (common.json)
		return print_json(&lists);
	printf("%-9s %8s %8s %8s %8s  %-9s %s\n", "KIND", "ENTRIES", "APPLIED", "ENDING", "EXPIRED",
	       "AGE", "FILE");
	for (size_t i = 0; i < lists.doc.lists; i++)
		print_list(&lists, &lists.doc.list[i]);
	return EXIT_DONE;
}

static int list_check(int argc, char **argv)
{
	static const struct cmd_use use = {
		.name = "list check",
		.args = "",
		.what = "Reads the policy and all lists beside it, and says what is wrong with them, and\n"
			"which have changed more than the policy lets them at once. Nothing is changed.\n\n"
			"Exit status: 0 all would be applied, 2 one has errors, 5 one changed too much.",
		.option = options,
		.options = 1,
	};
	cleanup_lists struct lists lists = { .last = NULL };
	struct cmd_common common;
	unsigned int changed;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	status = read_lists(&common, &lists);
	if (status)
		return status;
	changed = lists_changed(lists.last, &lists.doc, stderr);
	if (common.json)
		status = print_json(&lists);
	for (size_t i = 0; i < lists.doc.lists && !common.json; i++)
		printf("%s: ok (%u entries)\n", lists.doc.file[lists.doc.list[i].file],
		       lists.doc.list[i].entries);
	return changed && !status ? EXIT_DOCTOR : status;
}

int cmd_list(int argc, char **argv)
{
	static const struct cmd_verb verbs[] = {
		{ "show", list_show },
		{ "check", list_check },
	};

	return cmd_dispatch(verbs, sizeof(verbs) / sizeof(verbs[0]), argc, argv);
}
