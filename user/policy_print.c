// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A document as YAML, every key of it: what policy_parse reads back to the same document.
 */
#include "user/addr.h"
#include "user/duration.h"
#include "user/names.h"
#include "user/policy_tree.h"
#include "user/policy_values.h"
#include "user/signature.h"

#include <errno.h>
#include <string.h>

static void print_prefix(const char *indent, const struct policy_prefix *prefix, FILE *out)
{
	char text[PREFIX_TEXT_LEN];

	/* Quotes, because a colon at the beginning would be YAML's. */
	fprintf(out, "%s- \"%s\"\n", indent, prefix_format(&prefix->address, prefix->length, text));
}

static void print_prefixes(const char *key, const struct policy_prefix_list *list, FILE *out)
{
	fprintf(out, "%s:%s\n", key, list->count ? "" : " []");
	for (size_t i = 0; i < list->count; i++)
		print_prefix("  ", &list->item[i], out);
}

static void print_listeners(const struct policy_doc *doc, FILE *out)
{
	char text[LISTENER_TEXT_LEN];

	fprintf(out, "listeners:\n");
	for (size_t i = 0; i < doc->listeners; i++)
		fprintf(out, "  - %s\n", policy_listener_text(&doc->listener[i], text));
}

static void print_carriers(const struct policy_doc *doc, FILE *out)
{
	char text[VALUE_TEXT_LEN];

	fprintf(out, "carriers:%s\n", doc->carriers ? "" : " []");
	for (size_t i = 0; i < doc->carriers; i++) {
		const struct policy_carrier *carrier = &doc->carrier[i];

		fprintf(out, "  - name: \"%s\"\n    cps: %s\n    prefixes:\n", carrier->name,
			policy_number_text(carrier->cps, text));
		for (size_t j = 0; j < carrier->prefixes.count; j++)
			print_prefix("      ", &carrier->prefixes.item[j], out);
	}
}

static void print_signatures(const struct policy_doc *doc, FILE *out)
{
	char text[SIGNATURE_MATCH_LEN];

	fprintf(out, "signatures:%s\n", doc->signatures ? "" : " []");
	for (size_t i = 0; i < doc->signatures; i++) {
		const struct signature *rule = &doc->signature[i].rule;
		unsigned int atom = 0;

		fprintf(out, "  - name: \"%s\"\n    action: %s\n    match:\n", rule->name,
			action_name(rule->action));
		while (atom < rule->atoms && atom < SIGNATURE_ATOMS_MAX) {
			atom = signature_field_text(rule, atom, text);
			fprintf(out, "      %s\n", text);
		}
	}
}

static void print_user_agents(const struct policy_doc *doc, FILE *out)
{
	char text[SIGNATURE_OPERAND_LEN];

	fprintf(out, "user-agents:%s\n", doc->user_agents ? "" : " []");
	for (size_t i = 0; i < doc->user_agents; i++)
		fprintf(out, "  - %s\n",
			signature_quote(doc->user_agent[i], strlen(doc->user_agent[i]), text));
}

static void print_rules(const struct policy_doc *doc, FILE *out)
{
	fprintf(out, "rules:\n");
	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX; i++) {
		fprintf(out, "  %s: %s", reason_name(i), action_name(doc->action[i]));
		if (reason_is_check(i))
			fprintf(out, " # %s: %s", reason_weight_name(i), reason_sentence(i));
		putc('\n', out);
	}
}

static void print_limit(const char *indent, const char *name, const struct policy_limit *limit,
			FILE *out)
{
	char rate[VALUE_TEXT_LEN], burst[VALUE_TEXT_LEN];

	fprintf(out, "%s%s: {rate: %s%s, burst: %s}\n", indent, name,
		policy_number_text(limit->rate, rate), limit->rate > 0 ? "/s" : "",
		policy_number_text(limit->burst, burst));
}

static void print_limits(const struct policy_doc *doc, FILE *out)
{
	fprintf(out, "limits:\n");
	for (unsigned int i = STANDING_UNKNOWN; i <= STANDING_TRUSTED; i++) {
		fprintf(out, "  %s:\n", standing_name(i));
		for (unsigned int j = 0; j < CLASS_MAX; j++)
			print_limit("    ", class_name(j), &doc->limit[i][j], out);
	}
	fprintf(out, "lanes:\n");
	for (unsigned int i = 0; i < LANE_MAX; i++)
		print_limit("  ", lane_name(i), &doc->lane[i], out);
	fprintf(out, "  minimum: %u%%\n", doc->lane_minimum);
}

static void print_standing(const struct policy_doc *doc, FILE *out)
{
	char trust[DURATION_TEXT_LEN], proven[DURATION_TEXT_LEN];

	fprintf(out, "standing:\n  trust: %s\n  proven: %s\n  earned: %u\n",
		duration_exact(doc->trust_seconds, trust),
		duration_exact(doc->proven_seconds, proven), doc->earned_max);
}

/* Only where they are not the defaults: what the maps hold does not tell. */
static void print_list_limits(const struct policy_doc *doc, FILE *out)
{
	struct policy_list_limits defaults[LIST_KINDS];
	bool any = false;

	policy_list_defaults(defaults);
	for (unsigned int i = 0; i < LIST_KINDS; i++) {
		const struct policy_list_limits *limits = &doc->list_limits[i];

		if (!memcmp(limits, &defaults[i], sizeof(*limits)))
			continue;
		fprintf(out,
			"%s  %s: {max-entries: %u, min-ipv4: %u, min-ipv6: %u, max-change: %u}\n",
			any ? "" : "lists:\n", policy_list_kind_name(i), limits->max_entries,
			limits->min_ipv4, limits->min_ipv6, limits->max_change);
		any = true;
	}
}

int policy_print(const struct policy_doc *doc, FILE *out)
{
	char text[VALUE_TEXT_LEN];

	fprintf(out, "mode: %s\n", action_name(doc->mode));
	print_listeners(doc, out);
	print_prefixes("allow", &doc->allow, out);
	print_prefixes("deny", &doc->deny, out);
	print_carriers(doc, out);
	print_list_limits(doc, out);
	print_signatures(doc, out);
	print_user_agents(doc, out);
	print_rules(doc, out);
	print_limits(doc, out);
	print_standing(doc, out);
	fprintf(out, "ipv6-prefix: %u\nwork-per-tick: %u\nevents-per-second: %s\n",
		doc->ipv6_prefix, doc->work_per_tick,
		policy_number_text(doc->events_per_second, text));
	return fflush(out) || ferror(out) ? -EIO : 0;
}
