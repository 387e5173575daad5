// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/cmd.h"
#include "user/json.h"
#include "user/nic_plan.h"
#include "user/remarks.h"

#define cleanup_doc __attribute__((cleanup(policy_free)))
#define cleanup_plan __attribute__((cleanup(plan_free)))

static int no_memory(void)
{
	return cmd_fail(EXIT_FAILED, "no memory for the policy; fix: free some");
}

static json_t *check_json(const char *file, const struct policy_doc *doc, int err,
			  struct remarks *remarks)
{
	json_t *result = json_pack("{s:s, s:b, s:o}", "file", file, "ok", !err, "messages",
				   remarks_json(remarks));

	if (err || !result)
		return result;
	if (!json_object_update_new(result, json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
						      "listeners", (json_int_t)doc->listeners,
						      "allow", (json_int_t)doc->allow.count, "deny",
						      (json_int_t)doc->deny.count, "carriers",
						      (json_int_t)doc->carriers, "signatures",
						      (json_int_t)doc->signatures, "user_agents",
						      (json_int_t)doc->user_agents, "lists",
						      (json_int_t)doc->lists)))
		return result;
	json_decref(result);
	return NULL;
}

/* Reads and plans one file. results is the JSON array, NULL for text. Returns the exit status. */
static int check_file(const char *file, const char *dev, json_t *results)
{
	cleanup_remarks struct remarks remarks = { 0 };
	cleanup_doc struct policy_doc doc = { 0 };
	cleanup_plan struct plan plan = { 0 };
	int err;

	if (!remarks_open(&remarks))
		return no_memory();
	err = policy_load(file, &doc, remarks.stream);
	if (!err) {
		int failure = nic_plan(dev, &doc, &plan, remarks.stream);

		if (failure)
			return cmd_fail(EXIT_FAILED, "cannot plan %s%s%s: %s", file,
					dev ? " for " : "", dev ? dev : "", strerror(-failure));
	}
	if (results) {
		if (json_array_append_new(results, check_json(file, &doc, err, &remarks)))
			return no_memory();
	} else {
		remarks_print(&remarks, stderr);
		if (!err)
			printf("%s: ok (%zu listeners, %zu allow, %zu deny, %zu carriers, %zu "
			       "signatures, %zu lists)\n",
			       file, doc.listeners, doc.allow.count, doc.deny.count, doc.carriers,
			       doc.signatures, doc.lists);
	}
	if (err == -ENOMEM)
		return EXIT_FAILED;
	return err ? EXIT_USAGE : EXIT_DONE;
}

static int policy_check(int argc, char **argv)
{
	static const struct cmd_use use = {
		.name = "policy check",
		.args = "[FILE...]",
		.what = "Reads policies and says all that is wrong with them, with the line and a fix;\n"
			"without a FILE, of " POLICY_PATH ". Nothing is changed.\n"
			"conf.d/*.yaml is read too beside a file that is named sipshield.yaml. With\n"
			"--dev, addresses of this host and its gateways that a policy denies are named.\n\n"
			"Exit status: 0 all are valid, 2 one is not.",
		.args_max = -1,
	};
	char *usual[] = { (char *)POLICY_PATH };
	struct cmd_common common;
	json_t *document = NULL;
	json_t *results = NULL;
	int worst = EXIT_DONE;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (!argc) {
		argv = usual;
		argc = 1;
	}
	if (common.json) {
		document = json_document();
		results = json_array();
		if (json_object_set_new(document, "files", results)) {
			json_decref(document);
			return no_memory();
		}
	}
	for (int i = 0; i < argc; i++) {
		status = check_file(argv[i], common.dev, results);
		if (worst != EXIT_FAILED && status)
			worst = status;
	}
	if (common.json && json_print(document, stdout))
		return cmd_fail(EXIT_FAILED, "cannot print the result");
	return worst;
}

int cmd_policy(int argc, char **argv)
{
	static const struct cmd_verb verbs[] = {
		{ "check", policy_check },
		{ "show", cmd_policy_show },
		{ "diff", cmd_policy_diff },
		{ "impact", cmd_policy_impact },
		{ "apply", cmd_policy_apply },
		{ "mode", cmd_policy_mode },
		{ "confirm", cmd_policy_confirm },
		{ "rollback", cmd_policy_rollback },
		{ "signatures", cmd_policy_signatures },
	};

	return cmd_dispatch(verbs, sizeof(verbs) / sizeof(verbs[0]), argc, argv);
}
