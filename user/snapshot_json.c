// SPDX-License-Identifier: GPL-2.0-or-later
/* The reading as a document: docs/monitoring.md has its keys. */
#include "bpf/rule.h"
#include "user/addr.h"
#include "user/json.h"
#include "user/names.h"
#include "user/snapshot.h"

#define NEVER ~0ULL

static json_t *number(__u64 value)
{
	return json_integer((json_int_t)value);
}

/* Seconds between two times of the maps, with a millisecond's accuracy; 0 where there are none. */
static json_t *seconds(__u64 from_ns, __u64 to_ns)
{
	__u64 ms = to_ns > from_ns ? (to_ns - from_ns) / 1000000 : 0;

	return json_real((double)ms / 1000);
}

/* How long ago; null for what never was. */
static json_t *ago(__u64 then_ns, __u64 now_ns)
{
	return then_ns ? seconds(then_ns, now_ns) : json_null();
}

static json_t *address(const struct addr *key)
{
	char text[ADDR_TEXT_LEN];

	return json_string(addr_format(key, text));
}

/* How long it still holds; null for what does not. */
static json_t *left(__u64 until_ns, __u64 now_ns)
{
	return until_ns ? seconds(now_ns, until_ns) : json_null();
}

static json_t *agent_json(const struct snapshot *s)
{
	const struct census *census = &s->census;

	return json_pack("{s:b, s:o, s:o, s:o}", "running", (int)s->agent, "pid",
			 s->agent ? json_integer(census->pid) : json_null(), "started",
			 s->agent ? ago(census->agent_started_ns, s->now_ns) : json_null(),
			 "silent", ago(s->agent_ns, s->now_ns));
}

static json_t *policy_json(const struct snapshot *s)
{
	return json_pack("{s:I, s:s, s:o, s:o}", "generation", (json_int_t)s->policy.generation,
			 "mode", action_name(s->policy.mode), "reverts_in",
			 left(s->confirm_by_ns, s->now_ns), "taken_back",
			 s->taken_back ? number(s->taken_back) : json_null());
}

/* Of the policy's file, by the agent. */
static json_t *reload_json(const struct snapshot *s)
{
	return json_pack("{s:I, s:I, s:b, s:o}", "total", (json_int_t)s->reloads, "failed",
			 (json_int_t)s->reload_errors, "ok", (int)snapshot_reload_ok(s), "last",
			 ago(s->reload_ns, s->now_ns));
}

static json_t *state_json(const struct snapshot *s)
{
	const char *mode = s->native ? "native" : "generic";

	return json_pack("{s:s, s:s, s:f, s:f, s:I, s:b, s:o, s:o, s:o, s:o, s:b, s:b, s:o}", "dev",
			 s->interface, "version", s->version, "time", (double)s->wall_ns / 1e9,
			 "clock", (double)s->now_ns / 1e9, "uptime", (json_int_t)snapshot_uptime(s),
			 "enforcing", (int)snapshot_enforcing(s), "mode",
			 s->attached ? json_string(mode) : json_null(), "policy", policy_json(s),
			 "reload", reload_json(s), "bypass", left(s->bypass_until_ns, s->now_ns),
			 "blind", (int)s->blind, "frozen", (int)s->frozen, "agent", agent_json(s));
}

static json_t *reason_json(const struct snapshot *s, const struct snapshot_sums *sums,
			   unsigned int r)
{
	const struct counter *c = &sums->reason[r];
	bool drops = reason_drops(r);

	return json_pack("{s:s, s:s, s:s, s:I, s:I, s:I, s:o, s:s}", "name", reason_name(r),
			 "verdict", drops ? "drop" : "pass", "direction",
			 reason_leaves_host(r) ? "out" : "in", "packets", (json_int_t)c->packets,
			 "bytes", (json_int_t)c->bytes, "shadow",
			 (json_int_t)s->totals.shadow[r].packets, "action",
			 drops ? json_string(action_name(rule_action(&s->policy, r))) : json_null(),
			 "sentence", reason_sentence(r));
}

static json_t *reasons_json(const struct snapshot *s, const struct snapshot_sums *sums)
{
	json_t *array = json_array();

	for (unsigned int r = 0; r < REASON_MAX; r++)
		json_array_append_new(array, reason_json(s, sums, r));
	return array;
}

static json_t *split(const char *name, const __u64 count[2])
{
	return json_pack("{s:s, s:I, s:I}", "name", name, "passed", (json_int_t)count[false],
			 "dropped", (json_int_t)count[true]);
}

/* The short forms, name to packets, are the sums of the long ones. */
static int add_traffic(json_t *document, const struct snapshot *s)
{
	json_t *by_reason = json_object(), *by_method = json_object();
	json_t *by_standing = json_object(), *methods = json_array(), *standings = json_array();
	struct snapshot_sums sums;

	snapshot_add_up(&s->totals, &sums);
	for (unsigned int r = 0; r < REASON_MAX; r++)
		json_object_set_new(by_reason, reason_name(r), number(sums.reason[r].packets));
	for (unsigned int m = 0; m < SIP_METHOD_MAX; m++) {
		json_object_set_new(by_method, method_name(m),
				    number(sums.method[m][0] + sums.method[m][1]));
		json_array_append_new(methods, split(method_name(m), sums.method[m]));
	}
	for (unsigned int i = 0; i < STANDING_MAX; i++) {
		json_object_set_new(by_standing, standing_name(i),
				    number(sums.standing[i][0] + sums.standing[i][1]));
		json_array_append_new(standings, split(standing_name(i), sums.standing[i]));
	}
	return json_object_update_new(
		document,
		json_pack("{s:I, s:I, s:I, s:{s:I, s:I, s:I}, s:o, s:o, s:o, s:o, s:o, s:o}",
			  "passed", (json_int_t)sums.in[false].packets, "dropped",
			  (json_int_t)sums.in[true].packets, "shadowed", (json_int_t)sums.shadowed,
			  "bytes", "passed", (json_int_t)sums.in[false].bytes, "dropped",
			  (json_int_t)sums.in[true].bytes, "out", (json_int_t)sums.out.bytes,
			  "by_reason", by_reason, "by_method", by_method, "by_standing",
			  by_standing, "reasons", reasons_json(s, &sums), "methods", methods,
			  "sources_by_standing", standings));
}

static json_t *tables_json(const struct snapshot *s)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < TABLE_MAX; i++)
		json_object_set_new(object, snapshot_table_name(i),
				    json_pack("{s:I, s:I}", "entries", (json_int_t)s->entries[i],
					      "capacity", (json_int_t)snapshot_table_capacity(i)));
	return object;
}

static int add_sources(json_t *document, const struct snapshot *s)
{
	const struct census *c = &s->census;

	return json_object_update_new(
		document,
		json_pack("{s:I, s:I, s:I, s:{s:I, s:I}, s:o, s:I, s:{s:o, s:s}}", "bans",
			  (json_int_t)c->bans, "suspects", (json_int_t)c->suspects, "standing",
			  (json_int_t)snapshot_standing(s), "standing_sources", "proven",
			  (json_int_t)c->standing[STANDING_PROVEN], "trusted",
			  (json_int_t)c->standing[STANDING_TRUSTED], "tables", tables_json(s),
			  "events_lost", (json_int_t)s->totals.events_lost, "census", "age",
			  ago(c->counted_ns, s->now_ns), "by", s->counted ? "reader" : "agent"));
}

static json_t *server_json(const struct health *health)
{
	return json_pack("{s:I, s:I, s:f, s:I, s:{s:I, s:I, s:I, s:I, s:I}}", "asked",
			 (json_int_t)snapshot_asked(health), "answered",
			 (json_int_t)snapshot_answered(health), "mean_wait",
			 snapshot_mean_wait(health), "overload", (json_int_t)health->overload,
			 "answers", "2xx", (json_int_t)health->status[2], "3xx",
			 (json_int_t)health->status[3], "4xx", (json_int_t)health->status[4], "5xx",
			 (json_int_t)health->status[5], "6xx", (json_int_t)health->status[6]);
}

static json_t *lanes_json(const struct snapshot *s)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < LANE_MAX; i++)
		json_object_set_new(object, lane_name(i),
				    json_pack("{s:f, s:f, s:f}", "rate", snapshot_lane_rate(s, i),
					      "full", snapshot_lane_full(s, i), "fill",
					      snapshot_lane_fill(s, i)));
	return object;
}

static int add_server(json_t *document, const struct snapshot *s)
{
	const struct health *health = &s->health;

	return json_object_update_new(
		document,
		json_pack("{s:o, s:{s:I, s:I}, s:o, s:{s:I, s:I}, s:{s:I, s:I}, s:{s:I, s:I, s:I}}",
			  "server", server_json(health), "nonces", "sent",
			  (json_int_t)health->nonces, "shared", (json_int_t)health->shared, "lanes",
			  lanes_json(s), "cost", "packets", (json_int_t)s->cost.packets, "ns",
			  (json_int_t)s->cost.ns, "seen", "packets", (json_int_t)s->seen.packets,
			  "bytes", (json_int_t)s->seen.bytes, "nic", "rx_packets",
			  (json_int_t)s->nic.rx_packets, "rx_bytes", (json_int_t)s->nic.rx_bytes,
			  "rx_dropped", (json_int_t)s->nic.rx_dropped));
}

static json_t *bans_json(const struct snapshot *s)
{
	json_t *array = json_array();

	for (__u32 i = 0; i < s->census.listed_bans; i++) {
		const struct ban *ban = &s->census.ban[i].ban;

		json_array_append_new(array,
				      json_pack("{s:o, s:s, s:I, s:o, s:o}", "src",
						address(&s->census.ban[i].src), "note", ban->note,
						"level", (json_int_t)ban->level, "since",
						seconds(ban->since_ns, s->now_ns), "expires",
						ban->expires_ns == NEVER
							? json_null()
							: seconds(s->now_ns, ban->expires_ns)));
	}
	return array;
}

static json_t *suspects_json(const struct snapshot *s)
{
	json_t *array = json_array();

	for (__u32 i = 0; i < s->census.listed_suspects; i++) {
		const struct suspect *x = &s->census.suspect[i].suspect;

		json_array_append_new(
			array,
			json_pack("{s:o, s:s, s:o, s:I, s:I, s:I, s:s, s:o, s:o}", "src",
				  address(&s->census.suspect[i].src), "reason",
				  reason_name(x->reason), "check",
				  x->check ? json_string(reason_name(x->check)) : json_null(),
				  "suspicion", (json_int_t)x->suspicion, "exceeded",
				  (json_int_t)x->exceeded, "structural", (json_int_t)x->structural,
				  "method", method_name(x->method), "first",
				  seconds(x->first_ns, s->now_ns), "last",
				  seconds(x->last_ns, s->now_ns)));
	}
	return array;
}

static json_t *hot_sources_json(const struct snapshot *s)
{
	json_t *array = json_array();

	for (__u32 i = 0; i < s->census.listed_sources; i++) {
		const struct census_source *x = &s->census.source[i];

		json_array_append_new(
			array, json_pack("{s:o, s:I, s:I, s:s, s:o}", "src", address(&x->src),
					 "events", (json_int_t)x->events, "dropped",
					 (json_int_t)x->dropped, "reason", reason_name(x->reason),
					 "last", seconds(x->last_ns, s->now_ns)));
	}
	return array;
}

static json_t *hot_numbers_json(const struct snapshot *s)
{
	json_t *array = json_array();

	for (__u32 i = 0; i < s->census.listed_numbers; i++) {
		const struct census_number *x = &s->census.number[i];

		json_array_append_new(array, json_pack("{s:s, s:I, s:o}", "number", x->text,
						       "events", (json_int_t)x->events, "last",
						       seconds(x->last_ns, s->now_ns)));
	}
	return array;
}

static int add_lists(json_t *document, const struct snapshot *s)
{
	json_t *lists = json_pack("{s:o, s:o, s:o, s:o}", "bans", bans_json(s), "suspects",
				  suspects_json(s), "sources", hot_sources_json(s), "numbers",
				  hot_numbers_json(s));

	return json_object_set_new(document, "lists", lists);
}

json_t *snapshot_json(const struct snapshot *snapshot)
{
	json_t *document = json_document();
	int err = json_object_update_new(document, state_json(snapshot));

	err |= add_traffic(document, snapshot);
	err |= add_sources(document, snapshot);
	err |= add_server(document, snapshot);
	err |= add_lists(document, snapshot);
	if (!err)
		return document;
	json_decref(document);
	return NULL;
}
