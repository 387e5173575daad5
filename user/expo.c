// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/expo.h"

#include <errno.h>
#include <string.h>

#include "bpf/rule.h"
#include "user/names.h"

#define BILLION 1000000000ULL
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

struct walk {
	const struct snapshot *snapshot;
	const struct snapshot_sums *sums;
	const struct expo_family *family;
	expo_visit *visit;
	void *arg;
	int stopped; /* what visit returned */
};

static void show(struct walk *w, struct expo_sample *s,
		 const struct expo_label label[EXPO_LABELS_MAX])
{
	if (w->stopped)
		return;
	s->family = w->family;
	memcpy(s->label, label, sizeof(s->label));
	w->stopped = w->visit(s, w->arg);
}

static void sample(struct walk *w, __u64 value, const struct expo_label label[EXPO_LABELS_MAX])
{
	show(w, &(struct expo_sample){ .value = value }, label);
}

static void sample_billionths(struct walk *w, __u64 value,
			      const struct expo_label label[EXPO_LABELS_MAX])
{
	show(w, &(struct expo_sample){ .value = value, .billionths = true }, label);
}

#define LABELS(...) ((struct expo_label[EXPO_LABELS_MAX]){ __VA_ARGS__ })

static const char *verdict_name(bool drops)
{
	return drops ? "drop" : "pass";
}

static void packets(struct walk *w)
{
	for (unsigned int r = 0; r < REASON_MAX; r++)
		sample(w, w->sums->reason[r].packets,
		       LABELS({ "direction", reason_leaves_host(r) ? "out" : "in" },
			      { "verdict", verdict_name(reason_drops(r)) },
			      { "reason", reason_name(r) }));
}

static void bytes(struct walk *w)
{
	for (int drops = 0; drops < 2; drops++)
		sample(w, w->sums->in[drops].bytes,
		       LABELS({ "direction", "in" }, { "verdict", verdict_name(drops) }));
	sample(w, w->sums->out.bytes,
	       LABELS({ "direction", "out" }, { "verdict", verdict_name(false) }));
}

static void sip_messages(struct walk *w)
{
	for (unsigned int m = SIP_METHOD_NONE + 1; m < SIP_METHOD_MAX; m++) {
		for (int drops = 0; drops < 2; drops++)
			sample(w, w->sums->method[m][drops],
			       LABELS({ "method", method_name(m) },
				      { "verdict", verdict_name(drops) }));
	}
}

static void standing_packets(struct walk *w)
{
	for (unsigned int s = 0; s < STANDING_MAX; s++) {
		for (int drops = 0; drops < 2; drops++)
			sample(w, w->sums->standing[s][drops],
			       LABELS({ "standing", standing_name(s) },
				      { "verdict", verdict_name(drops) }));
	}
}

static void shadow_packets(struct walk *w)
{
	for (unsigned int r = 0; r < REASON_MAX; r++) {
		if (reason_drops(r))
			sample(w, w->snapshot->totals.shadow[r].packets,
			       LABELS({ "reason", reason_name(r) }));
	}
}

static void rules(struct walk *w)
{
	__u64 sum[ACTION_ENFORCE + 1] = {};

	for (unsigned int r = 0; r < REASON_MAX; r++) {
		__u8 action = rule_action(&w->snapshot->policy, r);

		if (reason_drops(r) && action <= ACTION_ENFORCE)
			sum[action]++;
	}
	for (unsigned int a = 0; a <= ACTION_ENFORCE; a++)
		sample(w, sum[a], LABELS({ "action", action_name(a) }));
}

static void events_lost(struct walk *w)
{
	sample(w, w->snapshot->totals.events_lost, LABELS({}));
}

static void bans(struct walk *w)
{
	sample(w, w->snapshot->census.bans, LABELS({}));
}

static void frozen(struct walk *w)
{
	sample(w, w->snapshot->frozen, LABELS({}));
}

static void nonces(struct walk *w)
{
	const struct health *health = &w->snapshot->health;

	sample(w, health->nonces - health->shared, LABELS({ "shared", "no" }));
	sample(w, health->shared, LABELS({ "shared", "yes" }));
}

static void suspects(struct walk *w)
{
	sample(w, w->snapshot->census.suspects, LABELS({}));
}

/* Carriers and allowed sources are in the policy, not in the table of what was learned. */
static void standing_sources(struct walk *w)
{
	for (unsigned int s = STANDING_PROVEN; s <= STANDING_TRUSTED; s++)
		sample(w, w->snapshot->census.standing[s],
		       LABELS({ "standing", standing_name(s) }));
}

static void table_entries(struct walk *w)
{
	for (unsigned int i = 0; i < TABLE_MAX; i++)
		sample(w, w->snapshot->entries[i], LABELS({ "table", snapshot_table_name(i) }));
}

static void table_capacity(struct walk *w)
{
	for (unsigned int i = 0; i < TABLE_MAX; i++)
		sample(w, snapshot_table_capacity(i), LABELS({ "table", snapshot_table_name(i) }));
}

static void server_asked(struct walk *w)
{
	sample(w, snapshot_asked(&w->snapshot->health), LABELS({}));
}

static void server_answered(struct walk *w)
{
	sample(w, snapshot_answered(&w->snapshot->health), LABELS({}));
}

static void server_wait(struct walk *w)
{
	sample_billionths(w, w->snapshot->health.wait_ns, LABELS({}));
}

static void server_answers(struct walk *w)
{
	static const char *const classes[] = { "2xx", "3xx", "4xx", "5xx", "6xx" };

	for (unsigned int i = 0; i < ARRAY_LEN(classes); i++)
		sample(w, w->snapshot->health.status[i + 2], LABELS({ "class", classes[i] }));
}

static void server_overload(struct walk *w)
{
	sample(w, w->snapshot->health.overload, LABELS({}));
}

/* Events a second, in billionths. */
static void sample_rate(struct walk *w, double rate, enum lane lane)
{
	sample_billionths(w, (__u64)(rate * BILLION), LABELS({ "lane", lane_name(lane) }));
}

static void lane_rate(struct walk *w)
{
	for (enum lane lane = 0; lane < LANE_MAX; lane++)
		sample_rate(w, snapshot_lane_rate(w->snapshot, lane), lane);
}

static void lane_rate_full(struct walk *w)
{
	for (enum lane lane = 0; lane < LANE_MAX; lane++)
		sample_rate(w, snapshot_lane_full(w->snapshot, lane), lane);
}

static void lane_fill(struct walk *w)
{
	for (enum lane lane = 0; lane < LANE_MAX; lane++)
		sample_billionths(w, (__u64)(snapshot_lane_fill(w->snapshot, lane) * BILLION),
				  LABELS({ "lane", lane_name(lane) }));
}

/* From or to now; 0: there is no such time, or it is over. */
static void sample_time(struct walk *w, __u64 from_ns, __u64 to_ns)
{
	sample_billionths(w, from_ns && to_ns > from_ns ? to_ns - from_ns : 0, LABELS({}));
}

static void unconfirmed(struct walk *w)
{
	sample_time(w, w->snapshot->now_ns, w->snapshot->confirm_by_ns);
}

static void taken_back(struct walk *w)
{
	sample(w, w->snapshot->taken_back != 0, LABELS({}));
}

static void reloads(struct walk *w)
{
	const struct snapshot *s = w->snapshot;

	sample(w, s->reloads - s->reload_errors, LABELS({ "result", "applied" }));
	sample(w, s->reload_errors, LABELS({ "result", "failed" }));
}

static void reload_ok(struct walk *w)
{
	sample(w, snapshot_reload_ok(w->snapshot), LABELS({}));
}

/* By the calendar. */
static void reload_time(struct walk *w)
{
	const struct snapshot *s = w->snapshot;

	sample_billionths(w, s->reloaded_ns ? s->wall_ns - (s->now_ns - s->reloaded_ns) : 0,
			  LABELS({}));
}

static void bypass(struct walk *w)
{
	sample_time(w, w->snapshot->now_ns, w->snapshot->bypass_until_ns);
}

static void blind(struct walk *w)
{
	sample(w, w->snapshot->blind, LABELS({}));
}

static void agent_running(struct walk *w)
{
	sample(w, w->snapshot->agent, LABELS({}));
}

static void agent_silence(struct walk *w)
{
	sample_time(w, w->snapshot->agent_ns, w->snapshot->now_ns);
}

static void census_age(struct walk *w)
{
	sample_time(w, w->snapshot->census.counted_ns, w->snapshot->now_ns);
}

static void timed_packets(struct walk *w)
{
	sample(w, w->snapshot->cost.packets, LABELS({}));
}

static void timed_seconds(struct walk *w)
{
	sample_billionths(w, w->snapshot->cost.ns, LABELS({}));
}

static void nic_packets(struct walk *w)
{
	sample(w, w->snapshot->nic.rx_packets, LABELS({}));
}

static void nic_dropped(struct walk *w)
{
	sample(w, w->snapshot->nic.rx_dropped, LABELS({}));
}

static void seen_packets(struct walk *w)
{
	sample(w, w->snapshot->seen.packets, LABELS({}));
}

static void generation(struct walk *w)
{
	sample(w, w->snapshot->policy.generation, LABELS({}));
}

static void uptime(struct walk *w)
{
	sample(w, snapshot_uptime(w->snapshot), LABELS({}));
}

static void enforcing(struct walk *w)
{
	sample(w, snapshot_enforcing(w->snapshot), LABELS({}));
}

static void attached(struct walk *w)
{
	const struct snapshot *e = w->snapshot;

	sample(w, e->attached && e->native, LABELS({ "mode", "native" }));
	sample(w, e->attached && !e->native, LABELS({ "mode", "generic" }));
}

static void build(struct walk *w)
{
	char abi[16];

	snprintf(abi, sizeof(abi), "%u", w->snapshot->abi);
	sample(w, 1, LABELS({ "version", w->snapshot->version }, { "abi", abi }));
}

static void interface(struct walk *w)
{
	sample(w, 1, LABELS({ "interface", w->snapshot->interface }));
}

static const struct {
	struct expo_family family;
	void (*samples)(struct walk *w);
} families[] = {
	{ { "sipshield_build", NULL, "Version of sipshield and of the layout of its maps.",
	    EXPO_INFO },
	  build },
	{ { "sipshield_interface", NULL, "The interface that is protected.", EXPO_INFO },
	  interface },
	{ { "sipshield_enforcing", NULL,
	    "1 if the program is attached and the policy has mode: enforce.", EXPO_GAUGE },
	  enforcing },
	{ { "sipshield_attached", NULL,
	    "1 for the way in which the program is attached to the interface.", EXPO_GAUGE },
	  attached },
	{ { "sipshield_uptime_seconds", "seconds",
	    "Time since the maps were made, and all counters with them.", EXPO_GAUGE },
	  uptime },
	{ { "sipshield_policy_generation", NULL, "How many policies have been applied.",
	    EXPO_GAUGE },
	  generation },
	{ { "sipshield_rules", NULL, "Rules of the policy by what they do.", EXPO_GAUGE }, rules },
	{ { "sipshield_packets", "packets", "Packets by the reason of their verdict.",
	    EXPO_COUNTER },
	  packets },
	{ { "sipshield_bytes", "bytes", "Bytes of whole frames by verdict.", EXPO_COUNTER },
	  bytes },
	{ { "sipshield_sip_messages", NULL,
	    "SIP messages whose method was read on their way in; bans drop before that.",
	    EXPO_COUNTER },
	  sip_messages },
	{ { "sipshield_standing_packets", "packets",
	    "Packets on their way in by what is known of their source.", EXPO_COUNTER },
	  standing_packets },
	{ { "sipshield_shadow_packets", "packets",
	    "Packets that passed and that a rule in shadow would have dropped.", EXPO_COUNTER },
	  shadow_packets },
	{ { "sipshield_events_lost", NULL, "Events that found the ring buffer full.",
	    EXPO_COUNTER },
	  events_lost },
	{ { "sipshield_bans", NULL, "Sources that are banned.", EXPO_GAUGE }, bans },
	{ { "sipshield_frozen", NULL,
	    "1 while so many are banned or limited that no new bans are made.", EXPO_GAUGE },
	  frozen },
	{ { "sipshield_server_nonces", NULL,
	    "Nonces that the server sent; one that several peers got proves nothing.",
	    EXPO_COUNTER },
	  nonces },
	{ { "sipshield_suspects", NULL,
	    "Sources that exceeded a limit or failed a check and are watched.", EXPO_GAUGE },
	  suspects },
	{ { "sipshield_standing_sources", NULL, "Sources that have earned their standing.",
	    EXPO_GAUGE },
	  standing_sources },
	{ { "sipshield_server_asked", NULL,
	    "Requests over UDP that were read, let through and wait for an answer.", EXPO_COUNTER },
	  server_asked },
	{ { "sipshield_server_answered", NULL,
	    "Requests of these that had a first answer within four seconds.", EXPO_COUNTER },
	  server_answered },
	{ { "sipshield_server_wait_seconds", "seconds",
	    "Time from a request to its first answer, summed up over those answered.",
	    EXPO_COUNTER },
	  server_wait },
	{ { "sipshield_server_answers", NULL, "Final answers of the server by class.",
	    EXPO_COUNTER },
	  server_answers },
	{ { "sipshield_server_overload_answers", NULL, "Answers 500, 503 and 504 among them.",
	    EXPO_COUNTER },
	  server_overload },
	{ { "sipshield_lane_rate", NULL,
	    "Events a second that all unknown sources share, as it is in force; 0: no limit.",
	    EXPO_GAUGE },
	  lane_rate },
	{ { "sipshield_lane_rate_full", NULL,
	    "The same as the policy has it: in force while the server is well.", EXPO_GAUGE },
	  lane_rate_full },
	{ { "sipshield_lane_fill_ratio", "ratio",
	    "How much of its burst a lane has used up; at 1 new strangers wait.", EXPO_GAUGE },
	  lane_fill },
	{ { "sipshield_policy_unconfirmed_seconds", "seconds",
	    "Time until the policy in force is taken back unless it is confirmed; 0: never.",
	    EXPO_GAUGE },
	  unconfirmed },
	{ { "sipshield_policy_taken_back", NULL,
	    "1 if the last policy was not confirmed in time, or taken back.", EXPO_GAUGE },
	  taken_back },
	{ { "sipshield_config_reloads", NULL, "How often the agent read its policy again.",
	    EXPO_COUNTER },
	  reloads },
	{ { "sipshield_config_last_reload_successful", NULL,
	    "1 if the policy as it was read last is in force.", EXPO_GAUGE },
	  reload_ok },
	{ { "sipshield_config_last_reload_success_timestamp_seconds", "seconds",
	    "When the agent last read a policy that it could apply; 0: never.", EXPO_GAUGE },
	  reload_time },
	{ { "sipshield_bypass_seconds", "seconds",
	    "Time for which everything still passes by hand; 0: it does not.", EXPO_GAUGE },
	  bypass },
	{ { "sipshield_blind", NULL, "1 while packets get past the program unseen.", EXPO_GAUGE },
	  blind },
	{ { "sipshield_agent_running", NULL,
	    "1 if the agent has made a round in the last three seconds.", EXPO_GAUGE },
	  agent_running },
	{ { "sipshield_agent_silence_seconds", "seconds", "Time since the agent's last round.",
	    EXPO_GAUGE },
	  agent_silence },
	{ { "sipshield_census_age_seconds", "seconds",
	    "Age of the numbers of bans, suspects and sources.", EXPO_GAUGE },
	  census_age },
	{ { "sipshield_cost_packets", "packets", "Packets whose cost was measured.", EXPO_COUNTER },
	  timed_packets },
	{ { "sipshield_cost_seconds", "seconds", "Time that these took the program.",
	    EXPO_COUNTER },
	  timed_seconds },
	{ { "sipshield_nic_received_packets", "packets",
	    "Packets that the interface received, as its driver counts.", EXPO_COUNTER },
	  nic_packets },
	{ { "sipshield_nic_dropped_packets", "packets",
	    "Packets that the interface lost before anybody saw them.", EXPO_COUNTER },
	  nic_dropped },
	{ { "sipshield_seen_packets", "packets", "Packets on their way in that the program saw.",
	    EXPO_COUNTER },
	  seen_packets },
	{ { "sipshield_table_entries", NULL, "Entries of each table, also expired ones.",
	    EXPO_GAUGE },
	  table_entries },
	{ { "sipshield_table_capacity", NULL, "Entries that each table has room for.", EXPO_GAUGE },
	  table_capacity },
};

int expo_walk(const struct snapshot *snapshot, expo_visit *visit, void *arg)
{
	struct snapshot_sums sums;
	struct walk w = { .snapshot = snapshot, .sums = &sums, .visit = visit, .arg = arg };

	snapshot_add_up(&snapshot->totals, &sums);
	for (size_t i = 0; i < ARRAY_LEN(families) && !w.stopped; i++) {
		w.family = &families[i].family;
		families[i].samples(&w);
	}
	return w.stopped;
}
