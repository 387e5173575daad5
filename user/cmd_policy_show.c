// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd.h"
#include "user/json.h"
#include "user/policy_json.h"
#include "user/policy_values.h"
#include "user/store.h"

#define cleanup_doc __attribute__((cleanup(policy_free)))
#define cleanup_plan __attribute__((cleanup(plan_free)))

/* What is in force, and for how long. */
struct force {
	char dev[IF_NAMESIZE];
	__u32 generation;
	struct policy_trial trial;
};

/* Seconds until the policy before this one is in force again. */
static double reverts_in(const struct force *force)
{
	__u64 now = cmd_now();

	return force->trial.confirm_by_ns > now ? (double)(force->trial.confirm_by_ns - now) / 1e9
						: 0;
}

static int show_json(const struct force *force, const struct policy_doc *doc)
{
	json_t *document = json_document();
	int err = json_object_set_new(document, "dev", json_string(force->dev));

	err |= json_object_set_new(document, "generation", json_integer(force->generation));
	err |= json_object_set_new(document, "reverts_in",
				   force->trial.waits ? json_real(reverts_in(force)) : json_null());
	err |= json_object_set_new(document, "policy", policy_json(doc));
	if (!err)
		return json_print(document, stdout);
	json_decref(document);
	return -ENOMEM;
}

static int show_text(const struct force *force, const struct policy_doc *doc)
{
	printf("# The policy in force on %s, generation %u.\n", force->dev, force->generation);
	if (force->trial.waits)
		printf("# In %.0f s generation %u is in force again, unless you run `sipshield policy "
		       "confirm'.\n",
		       reverts_in(force), force->trial.back_to);
	return policy_print(doc, stdout);
}

/* --- where it was written -----------------------------------------------------------------------*/

static int print_origin(const struct policy_value *value, void *arg)
{
	const struct policy_doc *doc = arg;

	if (value->at.line && value->at.file < doc->files)
		printf("%s:%u\t", doc->file[value->at.file], value->at.line);
	else
		fputs("default\t", stdout);
	return printf("%s: %s\n", value->path, value->text) < 0 ? -EIO : 0;
}

/* What the values of a document are added to. */
struct origins {
	const struct policy_doc *doc;
	json_t *list;
};

static int add_origin(const struct policy_value *value, void *arg)
{
	const struct origins *origins = arg;
	bool written = value->at.line && value->at.file < origins->doc->files;
	json_t *origin = json_null();

	if (written)
		origin = json_pack("{s:s, s:I, s:I}", "file", origins->doc->file[value->at.file],
				   "line", (json_int_t)value->at.line, "column",
				   (json_int_t)value->at.column);
	return json_array_append_new(origins->list,
				     json_pack("{s:s, s:s, s:o}", "path", value->path, "value",
					       value->text, "origin", origin))
		       ? -ENOMEM
		       : 0;
}

static int origins_json(const char *file, const struct policy_doc *doc)
{
	struct origins origins = { .doc = doc, .list = json_array() };
	json_t *document = json_document();
	int err = json_object_set_new(document, "file", json_string(file));

	err |= policy_values(doc, add_origin, &origins);
	err |= json_object_set_new(document, "values", origins.list);
	if (!err)
		return json_print(document, stdout);
	json_decref(document);
	return -ENOMEM;
}

static int show_origins(const char *file, bool json)
{
	cleanup_doc struct policy_doc doc = { 0 };
	int err = policy_load(file, &doc, stderr);

	if (err)
		return err == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
	err = json ? origins_json(file, &doc) : policy_values(&doc, print_origin, &doc);
	return err ? cmd_fail(EXIT_FAILED, "cannot print the policy: %s", strerror(-err))
		   : EXIT_DONE;
}

/* --- what is in force ---------------------------------------------------------------------------*/

static int show_in_force(const struct cmd_common *common)
{
	cleanup_store struct store *store = NULL;
	cleanup_plan struct plan plan = { 0 };
	cleanup_doc struct policy_doc doc = { 0 };
	struct force force;
	int status, err;

	status = cmd_open_store(common->dev, false, &store, force.dev);
	if (status)
		return status;
	err = store_plan(store, &plan);
	if (!err && !plan.policy.generation)
		return cmd_fail(EXIT_NOT_ENFORCING,
				"no policy was applied to %s yet; apply one "
				"with `sipshield policy apply FILE'",
				force.dev);
	if (!err)
		err = store_trial(store, &force.trial);
	if (!err)
		err = plan_restore(&plan, &doc);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot read the policy of %s: %s", force.dev,
				strerror(-err));
	force.generation = plan.policy.generation;
	err = common->json ? show_json(&force, &doc) : show_text(&force, &doc);
	return err ? cmd_fail(EXIT_FAILED, "cannot print the policy: %s", strerror(-err))
		   : EXIT_DONE;
}

int cmd_policy_show(int argc, char **argv)
{
	bool origin = false;
	const struct cmd_option option[] = {
		{ "origin", NULL, "of files: each value with the FILE:LINE it comes from", NULL,
		  &origin },
	};
	const struct cmd_use use = {
		.name = "policy show",
		.args = "[--origin [FILE]]",
		.what = "Prints the policy in force, read back from the kernel, with every key; what\n"
			"`allow add` has added stands in it too. `policy apply` accepts the text. Entries\n"
			"without effect are not kept. Works while the agent is down.\n\n"
			"With --origin it reads files instead, " POLICY_PATH " and\n"
			"conf.d/*.yaml beside it without a FILE, and prints a line for each value: where\n"
			"it was written, or `default', a tab, its path and the value.",
		.option = option,
		.options = 1,
		.args_max = 1,
	};
	struct cmd_common common;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (argc && !origin)
		return cmd_fail(EXIT_USAGE,
				"policy show prints what is in force; `sipshield policy show "
				"--origin %s' prints a file",
				argv[0]);
	return origin ? show_origins(argc ? argv[0] : POLICY_PATH, common.json)
		      : show_in_force(&common);
}
