// SPDX-License-Identifier: GPL-2.0-or-later
/* What the exposition shows: a fixed set of series, and sums that agree with the counters. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "user/expo.h"
#include "user/names.h"

#define SERIES_MAX 500

static struct snapshot *snapshot;

/* Every counter has another value, so that a wrong index is a wrong sum. */
static void fill(void)
{
	__u64 n = 1;

	snapshot = calloc(1, sizeof(*snapshot));
	cr_assert_not_null(snapshot);
	snapshot->version = "1.2.3";
	snapshot->interface = "eth0";
	snapshot->policy.mode = ACTION_ENFORCE;
	for (unsigned int r = 0; r < REASON_MAX; r++) {
		snapshot->totals.shadow[r].packets = n++;
		for (unsigned int m = 0; m < SIP_METHOD_MAX; m++) {
			for (unsigned int s = 0; s < STANDING_MAX; s++)
				snapshot->totals.by[r][m][s] = (struct counter){ n, 100 * n++ };
		}
	}
}

static void empty(void)
{
	free(snapshot);
}

TestSuite(expo_series, .init = fill, .fini = empty);

/* The sum of all samples of a family that have the label name="value"; name NULL: all. */
struct query {
	const char *family;
	const char *name;
	const char *value;
	__u64 sum;
	size_t samples;
};

static int sum_up(const struct expo_sample *sample, void *arg)
{
	struct query *q = arg;
	bool hit = !q->name;

	if (strcmp(sample->family->name, q->family))
		return 0;
	for (size_t i = 0; i < EXPO_LABELS_MAX && sample->label[i].name; i++)
		hit |= q->name && !strcmp(sample->label[i].name, q->name) &&
		       !strcmp(sample->label[i].value, q->value);
	if (hit) {
		q->sum += sample->value;
		q->samples++;
	}
	return 0;
}

static struct query ask(const char *family, const char *name, const char *value)
{
	struct query q = { .family = family, .name = name, .value = value };

	cr_assert_eq(expo_walk(snapshot, sum_up, &q), 0);
	return q;
}

static bool outbound(unsigned int reason)
{
	return reason == REASON_EGRESS_OTHER || reason == REASON_EGRESS_LEARNED;
}

/* The same sums straight from the counters. method and standing -1: any. */
static struct counter expected(bool out, bool drops, int method, int standing)
{
	struct counter sum = {};

	for (unsigned int r = 0; r < REASON_MAX; r++) {
		for (int m = 0; m < SIP_METHOD_MAX; m++) {
			for (int s = 0; s < STANDING_MAX; s++) {
				if (outbound(r) != out || reason_drops(r) != drops ||
				    (method >= 0 && method != m) ||
				    (standing >= 0 && standing != s))
					continue;
				sum.packets += snapshot->totals.by[r][m][s].packets;
				sum.bytes += snapshot->totals.by[r][m][s].bytes;
			}
		}
	}
	return sum;
}

Test(expo_series, packets_of_every_reason)
{
	cr_assert_eq(ask("sipshield_packets", NULL, NULL).samples, (size_t)REASON_MAX);
	cr_assert_eq(ask("sipshield_packets", "verdict", "drop").sum,
		     expected(false, true, -1, -1).packets);
	cr_assert_eq(ask("sipshield_packets", "direction", "in").sum,
		     expected(false, true, -1, -1).packets +
			     expected(false, false, -1, -1).packets);
	cr_assert_eq(ask("sipshield_packets", "direction", "out").sum,
		     expected(true, false, -1, -1).packets);
	cr_assert_eq(ask("sipshield_packets", "reason", "banned").samples, 1U);
}

Test(expo_series, bytes_by_verdict)
{
	cr_assert_eq(ask("sipshield_bytes", "verdict", "drop").sum,
		     expected(false, true, -1, -1).bytes);
	cr_assert_eq(ask("sipshield_bytes", "direction", "out").sum,
		     expected(true, false, -1, -1).bytes);
	cr_assert_eq(ask("sipshield_bytes", NULL, NULL).samples, 3U);
}

Test(expo_series, messages_of_every_method)
{
	cr_assert_eq(ask("sipshield_sip_messages", "method", "none").samples, 0U);
	for (int m = SIP_METHOD_NONE + 1; m < SIP_METHOD_MAX; m++) {
		struct query q = ask("sipshield_sip_messages", "method", method_name(m));

		cr_assert_eq(q.samples, 2U);
		cr_assert_eq(q.sum, expected(false, true, m, -1).packets +
					    expected(false, false, m, -1).packets);
	}
}

Test(expo_series, packets_of_every_standing)
{
	for (int s = 0; s < STANDING_MAX; s++) {
		struct query q = ask("sipshield_standing_packets", "standing", standing_name(s));

		cr_assert_eq(q.samples, 2U);
		cr_assert_eq(q.sum, expected(false, true, -1, s).packets +
					    expected(false, false, -1, s).packets);
	}
}

Test(expo_series, shadow_of_every_rule_and_no_other)
{
	for (unsigned int r = 0; r < REASON_MAX; r++) {
		struct query q = ask("sipshield_shadow_packets", "reason", reason_name(r));

		cr_assert_eq(q.samples, reason_drops(r) ? 1U : 0U);
		cr_assert_eq(q.sum, reason_drops(r) ? snapshot->totals.shadow[r].packets : 0);
	}
}

Test(expo_series, rules_by_action)
{
	__u64 rules = 0;

	for (unsigned int r = 0; r < REASON_MAX; r++)
		rules += reason_drops(r);
	snapshot->policy.action[REASON_BANNED] = ACTION_ENFORCE;
	snapshot->policy.action[REASON_DENY] = ACTION_SHADOW;
	snapshot->policy.action[REASON_REQUEST] = ACTION_ENFORCE; /* not a rule: counts nowhere */
	cr_assert_eq(ask("sipshield_rules", "action", "enforce").sum, 1U);
	cr_assert_eq(ask("sipshield_rules", "action", "shadow").sum, 1U);
	cr_assert_eq(ask("sipshield_rules", NULL, NULL).sum, rules);
	snapshot->policy.mode = ACTION_SHADOW;
	cr_assert_eq(ask("sipshield_rules", "action", "enforce").sum, 0U);
	cr_assert_eq(ask("sipshield_rules", "action", "shadow").sum, 2U);
}

Test(expo_series, enforcing_needs_program_and_policy)
{
	cr_assert_eq(ask("sipshield_enforcing", NULL, NULL).sum, 0U);
	snapshot->attached = true;
	cr_assert_eq(ask("sipshield_enforcing", NULL, NULL).sum, 1U);
	cr_assert_eq(ask("sipshield_attached", "mode", "generic").sum, 1U);
	snapshot->native = true;
	cr_assert_eq(ask("sipshield_attached", "mode", "native").sum, 1U);
	cr_assert_eq(ask("sipshield_attached", NULL, NULL).sum, 1U);
	snapshot->policy.mode = ACTION_SHADOW;
	cr_assert_eq(ask("sipshield_enforcing", NULL, NULL).sum, 0U);
	snapshot->policy.mode = ACTION_OFF;
	cr_assert_eq(ask("sipshield_enforcing", NULL, NULL).sum, 0U);
}

Test(expo_series, tables)
{
	for (unsigned int i = 0; i < TABLE_MAX; i++)
		snapshot->entries[i] = 10 + i;
	for (unsigned int i = 0; i < TABLE_MAX; i++) {
		const char *name = snapshot_table_name(i);

		cr_expect_eq(ask("sipshield_table_entries", "table", name).sum, 10 + i);
		cr_expect_gt(ask("sipshield_table_capacity", "table", name).sum, 10 + i);
	}
	cr_expect_eq(ask("sipshield_table_capacity", "table", "bans").sum, BANS_MAX);
}

Test(expo_series, uptime_never_wraps)
{
	snapshot->started_ns = 5000000000;
	snapshot->now_ns = 65999999999;
	cr_assert_eq(ask("sipshield_uptime_seconds", NULL, NULL).sum, 60U);
	snapshot->now_ns = 4999999999; /* the coarse clock lags behind */
	cr_assert_eq(ask("sipshield_uptime_seconds", NULL, NULL).sum, 0U);
}

static int count_series(const struct expo_sample *sample, void *arg)
{
	size_t *n = arg;

	for (size_t i = 0; i < EXPO_LABELS_MAX && sample->label[i].name; i++) {
		cr_assert_not_null(sample->label[i].value);
		cr_assert_neq(strcmp(sample->label[i].value, "invalid"), 0);
	}
	++*n;
	return 0;
}

/* Series neither come nor go, and a scrape stays small. */
Test(expo_series, set_is_fixed_and_small)
{
	size_t full = 0, zero = 0;

	expo_walk(snapshot, count_series, &full);
	memset(&snapshot->totals, 0, sizeof(snapshot->totals));
	expo_walk(snapshot, count_series, &zero);
	cr_assert_eq(full, zero);
	cr_assert_leq(full, (size_t)SERIES_MAX, "%zu series", full);
}

static int stop_at_third(const struct expo_sample *sample, void *arg)
{
	int *calls = arg;

	(void)sample;
	return ++*calls == 3 ? -7 : 0;
}

Test(expo_series, visitor_can_stop)
{
	int calls = 0;

	cr_assert_eq(expo_walk(snapshot, stop_at_third, &calls), -7);
	cr_assert_eq(calls, 3);
}

Test(expo_series, the_server)
{
	for (unsigned int i = 0; i < HEALTH_SPANS; i++) {
		snapshot->health.asked[i] = 10 + i;
		snapshot->health.answered[i] = i;
	}
	for (unsigned int i = 0; i < 8; i++)
		snapshot->health.status[i] = 100 + i;
	snapshot->health.overload = 7;
	snapshot->health.wait_ns = 1500000000;
	cr_expect_eq(ask("sipshield_server_asked", NULL, NULL).sum, 108U);
	cr_expect_eq(ask("sipshield_server_answered", NULL, NULL).sum, 28U);
	cr_expect_eq(ask("sipshield_server_wait_seconds", NULL, NULL).sum, 1500000000U);
	cr_expect_eq(ask("sipshield_server_answers", NULL, NULL).samples, 5U);
	cr_expect_eq(ask("sipshield_server_answers", "class", "5xx").sum, 105U);
	cr_expect_eq(ask("sipshield_server_overload_answers", NULL, NULL).sum, 7U);
}

/* In billionths of an event a second. */
Test(expo_series, lanes)
{
	snapshot->policy.lane[LANE_REQUEST].interval_ns = 5000000;
	snapshot->lane[LANE_REQUEST].set.interval_ns = 10000000;
	snapshot->lane[LANE_REQUEST].set_until_ns = 1;
	cr_expect_eq(ask("sipshield_lane_rate", "lane", "request").sum, 100000000000U);
	cr_expect_eq(ask("sipshield_lane_rate_full", "lane", "request").sum, 200000000000U);
	cr_expect_eq(ask("sipshield_lane_rate", "lane", "other").sum, 0U);
	cr_expect_eq(ask("sipshield_lane_rate", NULL, NULL).samples, (size_t)LANE_MAX);
}
