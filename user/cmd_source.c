// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "bpf/earned.h"
#include "user/addr.h"
#include "user/cmd.h"
#include "user/duration.h"
#include "user/instance.h"
#include "user/json.h"
#include "user/names.h"
#include "user/source_json.h"
#include "user/state_facts.h"

#define NS_PER_SECOND 1000000000ULL
#define NEVER ~0ULL

/* Whole seconds between two times of the maps, 0 where the first is not before the second. */
static __u64 seconds(__u64 from_ns, __u64 to_ns)
{
	return to_ns > from_ns ? (to_ns - from_ns) / NS_PER_SECOND : 0;
}

/* In a few words what a source has earned, and what is against it. */
static void print_earned(const struct standing *standing, __u64 now_ns)
{
	char time[DURATION_TEXT_LEN];

	if (standing->trusted_until_ns > now_ns)
		printf(" by %s, %u flows, another %s", why_name(standing->trusted_why),
		       standing_flows(standing),
		       duration_format(seconds(now_ns, standing->trusted_until_ns), time));
	else
		printf(" by %s, another %s", why_name(standing->why),
		       duration_format(seconds(now_ns, standing->expires_ns), time));
	if (standing->debt)
		printf(", debt %u", standing->debt);
	if (standing->held_until_ns > now_ns)
		printf(", held");
}

static void print_line(const struct source *source, __u64 now_ns)
{
	char text[ADDR_TEXT_LEN], time[DURATION_TEXT_LEN];

	printf("%-40s %-8s", addr_format(&source->key, text),
	       standing_name(source_standing(source)));
	if (source->has_ban)
		printf(" banned (%s)", source->ban.note);
	if (source->has_standing)
		print_earned(&source->standing, now_ns);
	if (source->has_suspect)
		printf(" exceeded %" PRIu64
		       ", hit by checks or signatures %u times, suspicion %u; %s, %s ago",
		       (uint64_t)source->suspect.exceeded, source->suspect.structural,
		       source->suspect.suspicion, reason_name(source->suspect.reason),
		       duration_format(seconds(source->suspect.last_ns, now_ns), time));
	putchar('\n');
}

static int print_list_json(const char *name, const struct source_list *list, __u64 now_ns)
{
	json_t *document = json_document();
	json_t *sources = json_array();

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(sources, source_json(&list->item[i], now_ns));
	json_object_set_new(document, "dev", json_string(name));
	json_object_set_new(document, "sources", sources);
	return json_print(document, stdout) ? EXIT_FAILED : EXIT_DONE;
}

static int source_list(int argc, char **argv)
{
	const struct cmd_use use = {
		.name = "source list",
		.args = "",
		.what = "Lists the sources that something is known of: who proved to be reachable or was\n"
			"answered a 2xx to credentials, who exceeded a limit or failed a check (of those\n"
			"the last few thousand), who is banned. A source in a flood of forged addresses\n"
			"is in no list unless it was inspected.",
	};
	__attribute__((cleanup(source_list_free))) struct source_list list = { 0 };
	cleanup_store struct store *store = NULL;
	struct cmd_common common;
	char name[IF_NAMESIZE];
	__u64 now_ns = cmd_now();
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	status = cmd_open_store(common.dev, false, &store, name);
	if (status)
		return status;
	err = source_list_read(store, now_ns, &list);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot read the sources of %s: %s", name,
				strerror(-err));
	if (common.json)
		return print_list_json(name, &list, now_ns);
	for (size_t i = 0; i < list.count; i++)
		print_line(&list.item[i], now_ns);
	return EXIT_DONE;
}

/* The name of the carrier that a source belongs to, or NULL. */
static const char *carrier_name(const struct source *source, const struct policy *policy)
{
	if (!source->has_rule || source->rule.kind != PREFIX_CARRIER ||
	    source->rule.carrier >= CARRIERS_MAX)
		return NULL;
	return policy->carrier_name[source->rule.carrier];
}

/* The policy's word on a source that is no carrier's. */
static const char *rule_sentence(const struct source *source)
{
	if (!source->has_rule)
		return "the policy says nothing of it";
	switch (source->rule.kind) {
	case PREFIX_DENY:
		return "the policy denies it: all of its packets to protected ports are dropped";
	case PREFIX_ALLOW:
		return store_rule_added(&source->rule)
			       ? "it is allowed by hand until the next policy is applied: exempt from "
				 "every limit"
			       : "the policy allows it: exempt from every limit";
	default:
		return "it is never banned: an address of this host, a gateway or a resolver";
	}
}

static void print_proof(const struct source *source, __u64 now_ns)
{
	const struct standing *standing = &source->standing;
	char since[DURATION_TEXT_LEN], last[DURATION_TEXT_LEN], left[DURATION_TEXT_LEN];

	if (!source->has_standing) {
		printf("  it has proven nothing so far%s\n",
		       source_standing(source) == STANDING_UNKNOWN
			       ? ": it shares the strangers' lane"
			       : "");
		return;
	}
	printf("  %s since %s; ends in %s unless renewed\n", standing_name(source->state),
	       duration_format(seconds(standing->since_ns, now_ns), since),
	       duration_format(seconds(now_ns, standing->expires_ns), left));
	if (standing->proven_ns)
		printf("  proven %u times to be reachable (%s), the last %s ago\n",
		       standing->proofs, why_name(standing->why),
		       duration_format(seconds(standing->proven_ns, now_ns), last));
	if (standing->trusted_ns)
		printf("  its credentials were accepted (%s), the last time %s ago; %u registered "
		       "flows\n",
		       why_name(standing->trusted_why),
		       duration_format(seconds(standing->trusted_ns, now_ns), last),
		       standing_flows(standing));
	if (standing->debt)
		printf("  debt %u: rejected credentials, less those that were accepted\n",
		       standing->debt);
	if (standing->held_until_ns > now_ns)
		puts("  held: its packets are dropped until the agent has judged");
}

static void print_trouble(const struct source *source, __u64 now_ns)
{
	const struct suspect *suspect = &source->suspect;
	const struct ban *ban = &source->ban;
	char first[DURATION_TEXT_LEN], last[DURATION_TEXT_LEN];

	if (source->has_suspect)
		printf("  over a limit %llu times, and hit by checks or signatures %u times "
		       "(suspicion %u), since %s ago; the last time %s ago by %s (%s): %s\n",
		       suspect->exceeded, suspect->structural, suspect->suspicion,
		       duration_format(seconds(suspect->first_ns, now_ns), first),
		       duration_format(seconds(suspect->last_ns, now_ns), last),
		       reason_name(suspect->reason), method_name(suspect->method),
		       reason_sentence(suspect->reason));
	else
		puts("  never over a limit, hit by no check or signature, of what is remembered");
	if (!source->has_ban)
		puts("  not banned");
	else if (ban->expires_ns == NEVER)
		printf("  banned until it is deleted, %s: %s\n",
		       ban->level ? "by the agent" : "by hand", ban->note);
	else
		printf("  banned for another %s, %s: %s\n",
		       duration_format(seconds(now_ns, ban->expires_ns), first),
		       ban->level ? "by the agent" : "by hand", ban->note);
}

static void print_source(const struct explain_facts *facts)
{
	const struct source *source = &facts->source;
	const char *carrier = carrier_name(source, facts->policy);
	char text[ADDR_TEXT_LEN];

	printf("%s: %s%s\n", addr_format(&source->key, text),
	       standing_name(source_standing(source)), source->has_ban ? ", banned" : "");
	if (carrier)
		printf("  it is the carrier %s: limits of its own, never banned\n", carrier);
	else
		printf("  %s\n", rule_sentence(source));
	print_proof(source, facts->now_ns);
	print_trouble(source, facts->now_ns);
	source_budget_print(facts, stdout);
}

static int print_source_json(const char *name, const struct explain_facts *facts)
{
	const struct source *source = &facts->source;

	static const char *const kinds[] = {
		[PREFIX_DENY] = "deny",
		[PREFIX_ALLOW] = "allow",
		[PREFIX_CARRIER] = "carrier",
		[PREFIX_NEVER_BAN] = "never-ban",
	};
	const char *carrier = carrier_name(source, facts->policy);
	json_t *document = json_document();
	bool named = source->has_rule && source->rule.kind <= PREFIX_NEVER_BAN;

	json_object_set_new(document, "dev", json_string(name));
	json_object_update_new(document, source_json(source, facts->now_ns));
	json_object_set_new(document, "rule",
			    named ? json_string(kinds[source->rule.kind]) : json_null());
	json_object_set_new(document, "carrier", carrier ? json_string(carrier) : json_null());
	json_object_set_new(document, "rule_by_hand",
			    json_boolean(named && store_rule_added(&source->rule)));
	return json_print(document, stdout) ? EXIT_FAILED : EXIT_DONE;
}

static int source_show(int argc, char **argv)
{
	const struct cmd_use use = {
		.name = "source show",
		.args = "ADDR",
		.what = "Says everything that is known of a source: what the policy says of it, what it\n"
			"proved and when, what it did wrong, whether it is banned, and its budgets. An\n"
			"IPv6 address stands for its network (policy: ipv6-prefix, /64).",
		.args_min = 1,
		.args_max = 1,
	};
	cleanup_store struct store *store = NULL;
	struct cmd_common common;
	struct explain_facts facts = { .policy = NULL };
	struct policy policy;
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
	err = facts_read(store, name, instance_of(name) != 0, &address, &policy, &facts);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot read what is known of %s: %s", argv[0],
				strerror(-err));
	if (common.json)
		return print_source_json(name, &facts);
	print_source(&facts);
	return EXIT_DONE;
}

int cmd_source(int argc, char **argv)
{
	static const struct cmd_verb verbs[] = {
		{ "list", source_list },
		{ "show", source_show },
	};

	return cmd_dispatch(verbs, sizeof(verbs) / sizeof(verbs[0]), argc, argv);
}
