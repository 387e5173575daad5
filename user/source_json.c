// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/source_json.h"

#include "bpf/conduct.h"
#include "bpf/earned.h"
#include "user/addr.h"
#include "user/names.h"

#define NS_PER_SECOND 1000000000ULL
#define NEVER ~0ULL

/* Whole seconds between two times of the maps, 0 where the first is not before the second. */
static json_t *seconds(__u64 from_ns, __u64 to_ns)
{
	return json_integer(to_ns > from_ns ? (json_int_t)((to_ns - from_ns) / NS_PER_SECOND) : 0);
}

/* How long ago; null for what never was. */
static json_t *ago(__u64 then_ns, __u64 now_ns)
{
	return then_ns ? seconds(then_ns, now_ns) : json_null();
}

/* How long it still holds; null for what does not. */
static json_t *left(__u64 until_ns, __u64 now_ns)
{
	return until_ns > now_ns ? seconds(now_ns, until_ns) : json_null();
}

static json_t *ban_json(const struct source *source, __u64 now_ns)
{
	const struct ban *ban = &source->ban;

	if (!source->has_ban)
		return json_null();
	return json_pack("{s:o, s:I, s:s}", "expires_in",
			 ban->expires_ns == NEVER ? json_null() : seconds(now_ns, ban->expires_ns),
			 "level", (json_int_t)ban->level, "reason", ban->note);
}

static json_t *hops_json(const struct standing *standing)
{
	json_t *hops = json_array();

	for (int i = 0; i < HOPS_MAX && standing->hop[i]; i++)
		json_array_append_new(hops, json_integer(standing->hop[i]));
	return hops;
}

static json_t *proof_json(const struct source *source, __u64 now_ns)
{
	const struct standing *s = &source->standing;
	json_t *proof;

	if (!source->has_standing)
		return json_null();
	proof = json_pack("{s:s, s:I, s:s, s:o, s:o}", "why", why_name(s->why), "proofs",
			  (json_int_t)s->proofs, "trusted_why", why_name(s->trusted_why), "since",
			  seconds(s->since_ns, now_ns), "expires_in",
			  seconds(now_ns, s->expires_ns));
	json_object_update_new(
		proof, json_pack("{s:o, s:o, s:o, s:I, s:I, s:o, s:o, s:o}", "proven",
				 ago(s->proven_ns, now_ns), "trusted", ago(s->trusted_ns, now_ns),
				 "trusted_until", left(s->trusted_until_ns, now_ns), "flows",
				 (json_int_t)standing_flows(s), "debt", (json_int_t)s->debt, "held",
				 left(s->held_until_ns, now_ns), "attacked",
				 left(s->attacked_until_ns, now_ns), "hops", hops_json(s)));
	return proof;
}

static json_t *conduct_json(const struct source *source, __u64 now_ns)
{
	const struct conduct *c = &source->standing.conduct;

	if (!source->has_standing)
		return json_null();
	return json_pack("{s:o, s:o, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}",
			 "since", ago(c->since_ns, now_ns), "last", ago(c->last_ns, now_ns),
			 "users", (json_int_t)conduct_users(c), "callers",
			 (json_int_t)conduct_callers(c), "rejected_calls",
			 (json_int_t)c->rejected_ids, "answered", (json_int_t)c->answered,
			 "accepted", (json_int_t)c->accepted, "rejected", (json_int_t)c->rejected,
			 "not_found", (json_int_t)c->not_found, "challenged",
			 (json_int_t)c->challenged, "taken_up", (json_int_t)c->taken_up, "invites",
			 (json_int_t)c->invites, "acked", (json_int_t)c->acked);
}

static json_t *suspect_json(const struct source *source, __u64 now_ns)
{
	const struct suspect *suspect = &source->suspect;

	if (!source->has_suspect)
		return json_null();
	return json_pack("{s:I, s:I, s:I, s:o, s:s, s:s, s:o, s:o}", "exceeded",
			 (json_int_t)suspect->exceeded, "structural",
			 (json_int_t)suspect->structural, "suspicion",
			 (json_int_t)suspect->suspicion, "check",
			 suspect->check ? json_string(reason_name(suspect->check)) : json_null(),
			 "reason", reason_name(suspect->reason), "method",
			 method_name(suspect->method), "first", seconds(suspect->first_ns, now_ns),
			 "last", seconds(suspect->last_ns, now_ns));
}

json_t *source_json(const struct source *source, __u64 now_ns)
{
	char text[ADDR_TEXT_LEN];

	addr_format(&source->key, text);
	return json_pack("{s:s, s:s, s:b, s:o, s:o, s:o, s:o, s:o, s:o}", "src", text, "standing",
			 standing_name(source_standing(source)), "banned", source->has_ban, "ban",
			 ban_json(source, now_ns), "grace",
			 left(source->ban.grace_until_ns, now_ns), "tight",
			 left(source->ban.tight_until_ns, now_ns), "proof",
			 proof_json(source, now_ns), "conduct", conduct_json(source, now_ns),
			 "suspect", suspect_json(source, now_ns));
}

static double rate_of(const struct rate_limit *limit)
{
	return (double)NS_PER_SECOND / (double)limit->interval_ns;
}

static __u64 burst_of(const struct rate_limit *limit)
{
	return limit->tolerance_ns / limit->interval_ns + 1;
}

static json_t *limit_json(struct rate_limit limit)
{
	if (!limit.interval_ns)
		return json_null();
	return json_pack("{s:f, s:I}", "rate", rate_of(&limit), "burst",
			 (json_int_t)burst_of(&limit));
}

json_t *source_budget_json(const struct explain_facts *facts, bool known)
{
	json_t *object = json_object();

	for (unsigned int c = 0; c < CLASS_MAX; c++)
		json_object_set_new(object, class_name(c),
				    limit_json(explain_budget(facts, known, c)));
	return object;
}

json_t *source_lanes_json(const struct explain_facts *facts)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < LANE_MAX; i++)
		json_object_set_new(object, lane_name(i),
				    json_pack("{s:o, s:b, s:b}", "limit",
					      limit_json(explain_lane(facts, i)), "full",
					      explain_lane_full(facts, i), "set_by_agent",
					      facts->lane[i].set_until_ns > facts->now_ns));
	return object;
}

static void print_limit(const char *name, struct rate_limit limit, FILE *out)
{
	if (limit.interval_ns)
		fprintf(out, "    %-16s %g/s, %llu at once\n", name, rate_of(&limit),
			(unsigned long long)burst_of(&limit));
	else
		fprintf(out, "    %-16s no limit\n", name);
}

void source_budget_print(const struct explain_facts *facts, FILE *out)
{
	enum standing_state state = source_standing(&facts->source);

	if (state == STANDING_ALLOWED)
		return;
	fprintf(out, "  its budgets%s:\n",
		state == STANDING_TRUSTED ? ", of registered flows" : "");
	if (state == STANDING_CARRIER) {
		print_limit("invite", explain_budget(facts, true, CLASS_INVITE), out);
		print_limit("all else", explain_budget(facts, true, CLASS_OTHER), out);
		return;
	}
	for (unsigned int c = 0; c < CLASS_MAX; c++)
		print_limit(class_name(c), explain_budget(facts, true, c), out);
}
