// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/rule.h"
#include "user/cmd.h"
#include "user/json.h"
#include "user/names.h"
#include "user/policy_json.h"
#include "user/signature.h"
#include "user/store.h"

#define TRIES 5 /* readings that another `policy apply` may spoil */

/* The signatures of one policy and what they hit. */
struct banks {
	struct policy policy;
	struct signature_set set[SIGNATURE_BANKS];
	struct signature_hit hit[SIGNATURE_BANKS][SIGNATURES_MAX];
};

static void banks_free(struct banks **banks)
{
	free(*banks);
}
#define cleanup_banks __attribute__((cleanup(banks_free)))

static const struct {
	const char *list;
	enum reason reason;
} bank_names[SIGNATURE_BANKS] = {
	[SIGNATURE_BANK_POLICY] = { "signatures", REASON_SIGNATURE },
	[SIGNATURE_BANK_USER_AGENTS] = { "user-agents", REASON_USER_AGENT },
};

static int read_once(const struct store *store, struct banks *out)
{
	struct policy after;
	int err = store_policy(store, &out->policy);

	if (!err)
		err = store_signatures(store, out->set);
	if (!err)
		err = store_signature_hits(store, out->hit);
	if (!err)
		err = store_policy(store, &after);
	if (!err && after.generation != out->policy.generation)
		err = -EAGAIN;
	return err;
}

static int read_banks(const struct store *store, struct banks *out)
{
	int err = -EAGAIN;

	for (int i = 0; i < TRIES && err == -EAGAIN; i++)
		err = read_once(store, out);
	return err;
}

/* What becomes of a request that the signature hits. */
static const char *effect(const struct banks *banks, unsigned int bank, unsigned int i)
{
	__u8 action = banks->set[bank].rule[i].action;
	__u8 weakest = rule_action(&banks->policy, bank_names[bank].reason);

	return action_name(action < weakest ? action : weakest);
}

static void print_match(const struct signature *rule)
{
	char text[SIGNATURE_MATCH_LEN];
	const char *comma = "";

	for (unsigned int i = 0; i < rule->atoms && i < SIGNATURE_ATOMS_MAX;) {
		i = signature_field_text(rule, i, text);
		printf("%s%s", comma, text);
		comma = ", ";
	}
	putchar('\n');
}

static void print_bank(const struct banks *banks, unsigned int bank)
{
	for (unsigned int i = 0; i < SIGNATURES_MAX; i++) {
		const struct signature *rule = &banks->set[bank].rule[i];
		const struct signature_hit *hit = &banks->hit[bank][i];

		if (!(banks->set[bank].used >> i & 1))
			continue;
		printf("%-11s %-31s %-8s %12" PRIu64 " %12" PRIu64 " ", bank_names[bank].list,
		       rule->name, effect(banks, bank, i), (uint64_t)hit->dropped,
		       (uint64_t)hit->shadow);
		print_match(rule);
	}
}

static int print_text(const struct banks *banks)
{
	printf("%-11s %-31s %-8s %12s %12s %s\n", "LIST", "NAME", "ACTION", "DROPPED", "SHADOW",
	       "MATCH");
	for (unsigned int bank = 0; bank < SIGNATURE_BANKS; bank++)
		print_bank(banks, bank);
	return EXIT_DONE;
}

static json_t *rule_json(const struct banks *banks, unsigned int bank, unsigned int i)
{
	const struct signature *rule = &banks->set[bank].rule[i];
	const struct signature_hit *hit = &banks->hit[bank][i];

	return json_pack("{s:s, s:s, s:s, s:s, s:I, s:I, s:o}", "list", bank_names[bank].list,
			 "name", rule->name, "action", action_name(rule->action), "effect",
			 effect(banks, bank, i), "dropped", (json_int_t)hit->dropped, "shadow",
			 (json_int_t)hit->shadow, "match", policy_match_json(rule));
}

static int print_json(const char *dev, const struct banks *banks)
{
	json_t *document = json_document();
	json_t *rules = json_array();
	int err = json_object_set_new(document, "dev", json_string(dev));

	err |= json_object_set_new(document, "generation", json_integer(banks->policy.generation));
	for (unsigned int bank = 0; bank < SIGNATURE_BANKS; bank++) {
		for (unsigned int i = 0; i < SIGNATURES_MAX; i++) {
			if (banks->set[bank].used >> i & 1)
				err |= json_array_append_new(rules, rule_json(banks, bank, i));
		}
	}
	err |= json_object_set_new(document, "signatures", rules);
	if (!err)
		return json_print(document, stdout) ? EXIT_FAILED : EXIT_DONE;
	json_decref(document);
	return cmd_fail(EXIT_FAILED, "no memory for the signatures; fix: free some");
}

int cmd_policy_signatures(int argc, char **argv)
{
	static const struct cmd_use use = {
		.name = "policy signatures",
		.args = "",
		.what = "Lists the signatures and the User-Agents of the policy in force: what becomes\n"
			"of a request that one hits, how many each has dropped, how many it would have\n"
			"dropped if it were enforced, and what it asks for. The counts go on when a\n"
			"policy is applied in which the name stands again.",
	};
	cleanup_banks struct banks *banks = calloc(1, sizeof(*banks));
	cleanup_store struct store *store = NULL;
	struct cmd_common common;
	char dev[IF_NAMESIZE];
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	status = cmd_open_store(common.dev, false, &store, dev);
	if (status)
		return status;
	err = banks ? read_banks(store, banks) : -ENOMEM;
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot read the signatures of %s: %s", dev,
				strerror(-err));
	return common.json ? print_json(dev, banks) : print_text(banks);
}
