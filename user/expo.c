// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/expo.h"

#include <errno.h>
#include <string.h>

#include "bpf/rule.h"
#include "user/names.h"

#define BILLION 1000000000ULL
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

struct walk {
	const struct expo *expo;
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

static void add(struct counter *sum, const struct counter *c)
{
	sum->packets += c->packets;
	sum->bytes += c->bytes;
}

static struct counter of_reason(const struct expo *expo, unsigned int reason)
{
	struct counter sum = {};

	for (unsigned int m = 0; m < SIP_METHOD_MAX; m++) {
		for (unsigned int s = 0; s < STANDING_MAX; s++)
			add(&sum, &expo->totals.by[reason][m][s]);
	}
	return sum;
}

static void packets(struct walk *w)
{
	for (unsigned int r = 0; r < REASON_MAX; r++)
		sample(w, of_reason(w->expo, r).packets,
		       LABELS({ "direction", reason_leaves_host(r) ? "out" : "in" },
			      { "verdict", verdict_name(reason_drops(r)) },
			      { "reason", reason_name(r) }));
}

static void bytes(struct walk *w)
{
	struct counter in[2] = {}, out = {}, sum;

	for (unsigned int r = 0; r < REASON_MAX; r++) {
		sum = of_reason(w->expo, r);
		add(reason_leaves_host(r) ? &out : &in[reason_drops(r)], &sum);
	}
	for (int drops = 0; drops < 2; drops++)
		sample(w, in[drops].bytes,
		       LABELS({ "direction", "in" }, { "verdict", verdict_name(drops) }));
	sample(w, out.bytes, LABELS({ "direction", "out" }, { "verdict", verdict_name(false) }));
}

static void sip_messages(struct walk *w)
{
	for (unsigned int m = SIP_METHOD_NONE + 1; m < SIP_METHOD_MAX; m++) {
		__u64 sum[2] = {};

		for (unsigned int r = 0; r < REASON_MAX; r++) {
			for (unsigned int s = 0; s < STANDING_MAX && !reason_leaves_host(r); s++)
				sum[reason_drops(r)] += w->expo->totals.by[r][m][s].packets;
		}
		for (int drops = 0; drops < 2; drops++)
			sample(w, sum[drops],
			       LABELS({ "method", method_name(m) },
				      { "verdict", verdict_name(drops) }));
	}
}

static void standing_packets(struct walk *w)
{
	for (unsigned int s = 0; s < STANDING_MAX; s++) {
		__u64 sum[2] = {};

		for (unsigned int r = 0; r < REASON_MAX; r++) {
			for (unsigned int m = 0; m < SIP_METHOD_MAX && !reason_leaves_host(r); m++)
				sum[reason_drops(r)] += w->expo->totals.by[r][m][s].packets;
		}
		for (int drops = 0; drops < 2; drops++)
			sample(w, sum[drops],
			       LABELS({ "standing", standing_name(s) },
				      { "verdict", verdict_name(drops) }));
	}
}

static void shadow_packets(struct walk *w)
{
	for (unsigned int r = 0; r < REASON_MAX; r++) {
		if (reason_drops(r))
			sample(w, w->expo->totals.shadow[r].packets,
			       LABELS({ "reason", reason_name(r) }));
	}
}

static void rules(struct walk *w)
{
	__u64 sum[ACTION_ENFORCE + 1] = {};

	for (unsigned int r = 0; r < REASON_MAX; r++) {
		__u8 action = rule_action(&w->expo->policy, r);

		if (reason_drops(r) && action <= ACTION_ENFORCE)
			sum[action]++;
	}
	for (unsigned int a = 0; a <= ACTION_ENFORCE; a++)
		sample(w, sum[a], LABELS({ "action", action_name(a) }));
}

static void events_lost(struct walk *w)
{
	sample(w, w->expo->totals.events_lost, LABELS({}));
}

static void bans(struct walk *w)
{
	sample(w, w->expo->bans, LABELS({}));
}

static void frozen(struct walk *w)
{
	sample(w, w->expo->frozen, LABELS({}));
}

static void nonces(struct walk *w)
{
	const struct health *health = &w->expo->health;

	sample(w, health->nonces - health->shared, LABELS({ "shared", "no" }));
	sample(w, health->shared, LABELS({ "shared", "yes" }));
}

static void suspects(struct walk *w)
{
	sample(w, w->expo->suspects, LABELS({}));
}

/* Carriers and allowed sources are in the policy, not in the table of what was learned. */
static void standing_sources(struct walk *w)
{
	for (unsigned int s = STANDING_PROVEN; s <= STANDING_TRUSTED; s++)
		sample(w, w->expo->standing[s], LABELS({ "standing", standing_name(s) }));
}

static const struct {
	const char *name;
	__u64 capacity;
} tables[] = {
	[TABLE_BANS] = { "bans", BANS_MAX },
	[TABLE_STANDING] = { "standing", STANDING_ENTRIES },
	[TABLE_SUSPECTS] = { "suspects", SUSPECTS_MAX },
	[TABLE_LISTENERS] = { "listeners", LISTENERS_MAX / POLICY_SLOTS },
	[TABLE_PREFIXES] = { "prefixes", PREFIXES_MAX },
	[TABLE_CARRIERS] = { "carriers", CARRIERS_MAX },
};

const char *expo_table_name(enum expo_table table)
{
	return tables[table].name;
}

__u64 expo_table_capacity(enum expo_table table)
{
	return tables[table].capacity;
}

static void table_entries(struct walk *w)
{
	for (unsigned int i = 0; i < TABLE_MAX; i++)
		sample(w, w->expo->entries[i], LABELS({ "table", tables[i].name }));
}

static void table_capacity(struct walk *w)
{
	for (unsigned int i = 0; i < TABLE_MAX; i++)
		sample(w, tables[i].capacity, LABELS({ "table", tables[i].name }));
}

static __u64 spans(const __u64 count[HEALTH_SPANS])
{
	__u64 sum = 0;

	for (unsigned int i = 0; i < HEALTH_SPANS; i++)
		sum += count[i];
	return sum;
}

static void server_asked(struct walk *w)
{
	sample(w, spans(w->expo->health.asked), LABELS({}));
}

static void server_answered(struct walk *w)
{
	sample(w, spans(w->expo->health.answered), LABELS({}));
}

static void server_wait(struct walk *w)
{
	sample_billionths(w, w->expo->health.wait_ns, LABELS({}));
}

static void server_answers(struct walk *w)
{
	static const char *const classes[] = { "2xx", "3xx", "4xx", "5xx", "6xx" };

	for (unsigned int i = 0; i < ARRAY_LEN(classes); i++)
		sample(w, w->expo->health.status[i + 2], LABELS({ "class", classes[i] }));
}

static void server_overload(struct walk *w)
{
	sample(w, w->expo->health.overload, LABELS({}));
}

/* Events a second, in billionths. */
static __u64 rate_of(const struct rate_limit *limit)
{
	return limit->interval_ns ? BILLION * BILLION / limit->interval_ns : 0;
}

static void lane_rate(struct walk *w)
{
	for (unsigned int i = 0; i < LANE_MAX; i++)
		sample_billionths(w, rate_of(&w->expo->lane[i]), LABELS({ "lane", lane_name(i) }));
}

static void lane_rate_full(struct walk *w)
{
	for (unsigned int i = 0; i < LANE_MAX; i++)
		sample_billionths(w, rate_of(&w->expo->policy.lane[i]),
				  LABELS({ "lane", lane_name(i) }));
}

static void generation(struct walk *w)
{
	sample(w, w->expo->policy.generation, LABELS({}));
}

static void uptime(struct walk *w)
{
	const struct expo *e = w->expo;

	sample(w, e->now_ns > e->started_ns ? (e->now_ns - e->started_ns) / 1000000000 : 0,
	       LABELS({}));
}

static void enforcing(struct walk *w)
{
	sample(w, expo_enforcing(w->expo), LABELS({}));
}

static void attached(struct walk *w)
{
	const struct expo *e = w->expo;

	sample(w, e->attached && e->native, LABELS({ "mode", "native" }));
	sample(w, e->attached && !e->native, LABELS({ "mode", "generic" }));
}

static void build(struct walk *w)
{
	char abi[16];

	snprintf(abi, sizeof(abi), "%u", w->expo->abi);
	sample(w, 1, LABELS({ "version", w->expo->version }, { "abi", abi }));
}

static void interface(struct walk *w)
{
	sample(w, 1, LABELS({ "interface", w->expo->interface }));
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
	{ { "sipshield_table_entries", NULL, "Entries of each table, also expired ones.",
	    EXPO_GAUGE },
	  table_entries },
	{ { "sipshield_table_capacity", NULL, "Entries that each table has room for.", EXPO_GAUGE },
	  table_capacity },
};

int expo_walk(const struct expo *expo, expo_visit *visit, void *arg)
{
	struct walk w = { .expo = expo, .visit = visit, .arg = arg };

	for (size_t i = 0; i < ARRAY_LEN(families) && !w.stopped; i++) {
		w.family = &families[i].family;
		families[i].samples(&w);
	}
	return w.stopped;
}

bool expo_enforcing(const struct expo *expo)
{
	return expo->attached && expo->policy.mode == ACTION_ENFORCE;
}
