// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "user/addr.h"
#include "user/cmd.h"
#include "user/duration.h"
#include "user/json.h"
#include "user/names.h"
#include "user/state.h"

#define NS_PER_SECOND 1000000000ULL
#define NEVER ~0ULL

/* Whole seconds between two times of the maps, 0 where the first is not before the second. */
static __u64 seconds(__u64 from_ns, __u64 to_ns)
{
	return to_ns > from_ns ? (to_ns - from_ns) / NS_PER_SECOND : 0;
}

static json_t *ban_json(const struct source *source, __u64 now_ns)
{
	const struct ban *ban = &source->ban;

	if (!source->has_ban)
		return json_null();
	return json_pack("{s:o, s:I, s:s}", "expires_in",
			 ban->expires_ns == NEVER ? json_null()
						  : json_integer(seconds(now_ns, ban->expires_ns)),
			 "level", (json_int_t)ban->level, "reason", ban->note);
}

static json_t *proof_json(const struct source *source, __u64 now_ns)
{
	const struct standing *standing = &source->standing;

	if (!source->has_standing)
		return json_null();
	return json_pack("{s:s, s:I, s:s, s:I, s:I}", "why", why_name(standing->why), "proofs",
			 (json_int_t)standing->proofs, "trusted_why",
			 why_name(standing->trusted_why), "since",
			 (json_int_t)seconds(standing->since_ns, now_ns), "expires_in",
			 (json_int_t)seconds(now_ns, standing->expires_ns));
}

static json_t *suspect_json(const struct source *source, __u64 now_ns)
{
	const struct suspect *suspect = &source->suspect;

	if (!source->has_suspect)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:o, s:s, s:s, s:I, s:I}", "exceeded",
			 (json_int_t)suspect->exceeded, "structural",
			 (json_int_t)suspect->structural, "suspicion",
			 (json_int_t)suspect->suspicion, "check",
			 suspect->check ? json_string(reason_name(suspect->check)) : json_null(),
			 "reason", reason_name(suspect->reason), "method",
			 method_name(suspect->method), "first",
			 (json_int_t)seconds(suspect->first_ns, now_ns), "last",
			 (json_int_t)seconds(suspect->last_ns, now_ns));
}

static json_t *source_json(const struct source *source, __u64 now_ns)
{
	char text[ADDR_TEXT_LEN];

	addr_format(&source->key, text);
	return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o}", "src", text, "standing",
			 standing_name(source_standing(source)), "banned", source->has_ban, "ban",
			 ban_json(source, now_ns), "proof", proof_json(source, now_ns), "suspect",
			 suspect_json(source, now_ns));
}

static void print_line(const struct source *source, __u64 now_ns)
{
	char text[ADDR_TEXT_LEN], time[DURATION_TEXT_LEN];

	printf("%-40s %-8s", addr_format(&source->key, text),
	       standing_name(source_standing(source)));
	if (source->has_ban)
		printf(" banned (%s)", source->ban.note);
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

static void print_limit(const char *name, const struct rate_limit *limit)
{
	if (limit->interval_ns)
		printf("    %-16s %g/s, %llu at once\n", name,
		       (double)NS_PER_SECOND / limit->interval_ns,
		       limit->tolerance_ns / limit->interval_ns + 1);
	else
		printf("    %-16s no limit\n", name);
}

static void print_limits(const struct source *source, const struct policy *policy)
{
	enum standing_state state = source_standing(source);

	if (state == STANDING_ALLOWED)
		return;
	puts("  its budgets:");
	if (state == STANDING_CARRIER) {
		const struct carrier_limit *carrier = &policy->carrier[source->rule.carrier];

		print_limit("invite", &carrier->invite);
		print_limit("all else", &carrier->other);
		return;
	}
	for (unsigned int c = 0; c < CLASS_MAX; c++)
		print_limit(class_name(c), &policy->limit[state][c]);
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
		printf("  its credentials were accepted (%s), the last time %s ago\n",
		       why_name(standing->trusted_why),
		       duration_format(seconds(standing->trusted_ns, now_ns), last));
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

static void print_source(const struct source *source, const struct policy *policy, __u64 now_ns)
{
	const char *carrier = carrier_name(source, policy);
	char text[ADDR_TEXT_LEN];

	printf("%s: %s%s\n", addr_format(&source->key, text),
	       standing_name(source_standing(source)), source->has_ban ? ", banned" : "");
	if (carrier)
		printf("  it is the carrier %s: limits of its own, never banned\n", carrier);
	else
		printf("  %s\n", rule_sentence(source));
	print_proof(source, now_ns);
	print_trouble(source, now_ns);
	print_limits(source, policy);
}

static int print_source_json(const char *name, const struct source *source,
			     const struct policy *policy, __u64 now_ns)
{
	static const char *const kinds[] = {
		[PREFIX_DENY] = "deny",
		[PREFIX_ALLOW] = "allow",
		[PREFIX_CARRIER] = "carrier",
		[PREFIX_NEVER_BAN] = "never-ban",
	};
	const char *carrier = carrier_name(source, policy);
	json_t *document = json_document();
	bool named = source->has_rule && source->rule.kind <= PREFIX_NEVER_BAN;

	json_object_set_new(document, "dev", json_string(name));
	json_object_update_new(document, source_json(source, now_ns));
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
	struct source source;
	struct policy policy;
	struct addr address;
	char name[IF_NAMESIZE];
	__u64 now_ns = cmd_now();
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (addr_parse(argv[0], &address))
		return cmd_fail(EXIT_USAGE, "`%s' is no IPv4 or IPv6 address", argv[0]);
	status = cmd_open_store(common.dev, false, &store, name);
	if (status)
		return status;
	err = store_policy(store, &policy);
	if (!err)
		err = source_read(store, &address, now_ns, &source);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot read what is known of %s: %s", argv[0],
				strerror(-err));
	if (common.json)
		return print_source_json(name, &source, &policy, now_ns);
	print_source(&source, &policy, now_ns);
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
