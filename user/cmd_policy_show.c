// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd.h"
#include "user/json.h"
#include "user/policy_json.h"
#include "user/store.h"

#define cleanup_doc __attribute__((cleanup(policy_free)))
#define cleanup_plan __attribute__((cleanup(plan_free)))

static int show_json(const char *dev, __u32 generation, const struct policy_doc *doc)
{
	json_t *document = json_document();
	int err = json_object_set_new(document, "dev", json_string(dev));

	err |= json_object_set_new(document, "generation", json_integer(generation));
	err |= json_object_set_new(document, "policy", policy_json(doc));
	if (!err)
		return json_print(document, stdout);
	json_decref(document);
	return -ENOMEM;
}

static int show_text(const char *dev, __u32 generation, const struct policy_doc *doc)
{
	printf("# The policy in force on %s, generation %u.\n", dev, generation);
	return policy_print(doc, stdout);
}

int cmd_policy_show(int argc, char **argv)
{
	static const struct cmd_use use = {
		.name = "policy show",
		.args = "",
		.what = "Prints the policy in force, read back from the kernel, with every key; what\n"
			"`allow add` has added stands in it too. `policy apply` accepts the text. Entries\n"
			"without effect are not kept. Works while the agent is down.",
	};
	cleanup_store struct store *store = NULL;
	cleanup_plan struct plan plan = { 0 };
	cleanup_doc struct policy_doc doc = { 0 };
	struct cmd_common common;
	char dev[IF_NAMESIZE];
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	status = cmd_open_store(common.dev, false, &store, dev);
	if (status)
		return status;
	err = store_plan(store, &plan);
	if (!err && !plan.policy.generation)
		return cmd_fail(EXIT_NOT_ENFORCING,
				"no policy was applied to %s yet; apply one "
				"with `sipshield policy apply FILE'",
				dev);
	if (!err)
		err = plan_restore(&plan, &doc);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot read the policy of %s: %s", dev,
				strerror(-err));
	err = common.json ? show_json(dev, plan.policy.generation, &doc)
			  : show_text(dev, plan.policy.generation, &doc);
	return err ? cmd_fail(EXIT_FAILED, "cannot print the policy: %s", strerror(-err))
		   : EXIT_DONE;
}
