// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd.h"
#include "user/json.h"
#include "user/nic_plan.h"
#include "user/policy_diff.h"
#include "user/store.h"

#define cleanup_doc __attribute__((cleanup(policy_free)))
#define cleanup_plan __attribute__((cleanup(plan_free)))
#define cleanup_diff __attribute__((cleanup(policy_diff_free)))

/* The two sides, and what the maps would say of each. */
struct sides {
	const char *file;
	char dev[IF_NAMESIZE];
	__u32 generation;
	size_t by_hand; /* prefixes that `allow add` has added */
	struct policy_doc old;
	struct policy_doc new;
};

static void sides_free(struct sides *sides)
{
	policy_free(&sides->old);
	policy_free(&sides->new);
}

static int read_old(const struct store *store, struct sides *sides)
{
	cleanup_plan struct plan plan = { 0 };
	int err = store_plan(store, &plan);

	for (size_t i = 0; i < plan.prefixes; i++)
		sides->by_hand += store_rule_added(&plan.prefix[i].rule);
	sides->generation = plan.policy.generation;
	return err ? err : plan_restore(&plan, &sides->old);
}

/* By way of the plan, as the old one came: what has no effect is no difference. */
static int read_new(const struct policy_doc *doc, struct sides *sides)
{
	cleanup_plan struct plan plan = { 0 };
	int err = nic_plan(sides->dev, doc, &plan, stderr);

	return err ? err : plan_restore(&plan, &sides->new);
}

static int print_json(const struct sides *sides, const struct policy_diff *diff)
{
	json_t *document = json_document();
	int err = json_object_update_new(
		document,
		json_pack("{s:s, s:I, s:s, s:b, s:I, s:I, s:o}", "dev", sides->dev, "generation",
			  (json_int_t)sides->generation, "file", sides->file, "same", !diff->count,
			  "stricter", (json_int_t)diff->stricter, "by_hand",
			  (json_int_t)sides->by_hand, "changes", policy_diff_json(diff)));

	if (!err)
		return json_print(document, stdout);
	json_decref(document);
	return -ENOMEM;
}

static int print_text(const struct sides *sides, const struct policy_diff *diff)
{
	if (!diff->count) {
		printf("nothing changes: %s is what is in force on %s, generation %u\n",
		       sides->file, sides->dev, sides->generation);
		return 0;
	}
	printf("%s would change the policy in force on %s, generation %u:\n\n", sides->file,
	       sides->dev, sides->generation);
	policy_diff_print(diff, stdout);
	printf("\n%zu changes", diff->count);
	if (diff->stricter)
		printf(", of which %zu (!) may drop what passes now;\n`sipshield policy impact %s' "
		       "says whose",
		       diff->stricter, sides->file);
	else if (sides->new.mode != ACTION_ENFORCE)
		printf("; nothing is dropped in mode %s",
		       sides->new.mode == ACTION_SHADOW ? "shadow" : "off");
	else
		fputs("; none drops what passes now", stdout);
	putchar('\n');
	if (sides->by_hand)
		printf("%zu prefixes were allowed by hand (`sipshield allow list'): that ends with any "
		       "policy that is\napplied; write into the file what is to stay\n",
		       sides->by_hand);
	return ferror(stdout) ? -EIO : 0;
}

static int compare(struct sides *sides, const struct policy_doc *doc, const struct store *store,
		   bool json, bool *same)
{
	cleanup_diff struct policy_diff diff = { 0 };
	int err = read_old(store, sides);

	if (!err)
		err = read_new(doc, sides);
	if (!err)
		err = policy_diff(&sides->old, &sides->new, &diff);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot compare %s with the policy of %s: %s",
				sides->file, sides->dev, strerror(-err));
	*same = !diff.count;
	err = json ? print_json(sides, &diff) : print_text(sides, &diff);
	return err ? cmd_fail(EXIT_FAILED, "cannot print the changes: %s", strerror(-err))
		   : EXIT_DONE;
}

int cmd_policy_diff(int argc, char **argv)
{
	bool exit_code = false;
	const struct cmd_option option[] = {
		{ "exit-code", NULL, "end with 5 if anything would change", NULL, &exit_code },
	};
	const struct cmd_use use = {
		.name = "policy diff",
		.args = "[FILE]",
		.what = "Says what would change if a policy were applied (" POLICY_PATH ",\n"
			"without a FILE), compared with the one in force in the kernel: each key and each\n"
			"entry of a list. What may drop packets that pass now is marked with `!'. Nothing\n"
			"is changed. An address that was allowed by hand shows as removed.\n\n"
			"Exit status: 0 compared, 2 the policy is not valid, 3 nothing is protected.",
		.option = option,
		.options = 1,
		.args_max = 1,
	};
	__attribute__((cleanup(sides_free))) struct sides sides = { .file = POLICY_PATH };
	cleanup_store struct store *store = NULL;
	cleanup_doc struct policy_doc doc = { 0 };
	struct cmd_common common;
	bool same = false;
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (argc)
		sides.file = argv[0];
	err = policy_load(sides.file, &doc, stderr);
	if (err)
		return err == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
	status = cmd_open_store(common.dev, false, &store, sides.dev);
	if (!status)
		status = compare(&sides, &doc, store, common.json, &same);
	return !status && exit_code && !same ? EXIT_DOCTOR : status;
}
