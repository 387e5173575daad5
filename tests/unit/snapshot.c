// SPDX-License-Identifier: GPL-2.0-or-later
/* The document of the one reading: its keys, and sums that agree with the metrics. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "user/expo.h"
#include "user/names.h"
#include "user/snapshot.h"

#define SECOND 1000000000ULL

static struct snapshot *snapshot;
static json_t *document;

static void fill(void)
{
	__u64 n = 1;

	snapshot = calloc(1, sizeof(*snapshot));
	cr_assert_not_null(snapshot);
	snapshot->version = "1.2.3";
	snapshot->interface = "eth0";
	snapshot->now_ns = 100 * SECOND;
	snapshot->started_ns = 40 * SECOND;
	snapshot->policy.mode = ACTION_ENFORCE;
	snapshot->policy.action[REASON_DENY] = ACTION_ENFORCE;
	for (unsigned int r = 0; r < REASON_MAX; r++) {
		snapshot->totals.shadow[r].packets = reason_drops(r) ? n++ : 0;
		for (unsigned int m = 0; m < SIP_METHOD_MAX; m++) {
			for (unsigned int s = 0; s < STANDING_MAX; s++)
				snapshot->totals.by[r][m][s] = (struct counter){ n, 100 * n++ };
		}
	}
}

static void empty(void)
{
	json_decref(document);
	free(snapshot);
}

TestSuite(snapshot, .init = fill, .fini = empty);

static const json_t *get(const char *key)
{
	if (!document)
		document = snapshot_json(snapshot);
	cr_assert_not_null(document);
	return json_object_get(document, key);
}

static json_int_t sum_of(const json_t *array, const char *key, const char *only, const char *value)
{
	json_int_t sum = 0;
	json_t *entry;
	size_t i;

	json_array_foreach(array, i, entry) {
		const char *is = only ? json_string_value(json_object_get(entry, only)) : NULL;

		if (!only || !strcmp(is, value))
			sum += json_integer_value(json_object_get(entry, key));
	}
	return sum;
}

Test(snapshot, begins_with_its_schema)
{
	get("schema_version");
	cr_expect_str_eq(json_object_iter_key(json_object_iter(document)), "schema_version");
	cr_expect_eq(json_integer_value(get("uptime")), 60);
	cr_expect_str_eq(json_string_value(get("dev")), "eth0");
	cr_expect(json_is_false(get("enforcing")));
	cr_expect(json_is_null(get("mode")));
}

struct metric {
	const char *name;
	const char *label;
	__u64 sum;
};

static int add_metric(const struct expo_sample *sample, void *arg)
{
	struct metric *metric = arg;
	bool hit = !metric->label;

	if (strcmp(sample->family->name, metric->name))
		return 0;
	for (size_t i = 0; i < EXPO_LABELS_MAX && sample->label[i].name; i++)
		hit |= metric->label && !strcmp(sample->label[i].value, metric->label);
	metric->sum += hit ? sample->value : 0;
	return 0;
}

static json_int_t metric(const char *name, const char *label)
{
	struct metric metric = { .name = name, .label = label };

	expo_walk(snapshot, add_metric, &metric);
	return (json_int_t)metric.sum;
}

Test(snapshot, says_the_same_as_the_metrics)
{
	const json_t *reasons = get("reasons"), *bytes = get("bytes");

	cr_expect_eq(json_array_size(reasons), (size_t)REASON_MAX);
	cr_expect_eq(json_integer_value(get("dropped")), metric("sipshield_packets", "drop"));
	cr_expect_eq(sum_of(reasons, "packets", "verdict", "drop"),
		     metric("sipshield_packets", "drop"));
	cr_expect_eq(sum_of(reasons, "packets", "direction", "out"),
		     metric("sipshield_packets", "out"));
	cr_expect_eq(json_integer_value(get("passed")),
		     metric("sipshield_packets", "pass") - metric("sipshield_packets", "out"));
	cr_expect_eq(json_integer_value(get("shadowed")), metric("sipshield_shadow_packets", NULL));
	cr_expect_eq(sum_of(reasons, "shadow", NULL, NULL),
		     metric("sipshield_shadow_packets", NULL));
	cr_expect_eq(json_integer_value(json_object_get(bytes, "dropped")),
		     metric("sipshield_bytes", "drop"));
	cr_expect_eq(json_integer_value(json_object_get(bytes, "out")),
		     metric("sipshield_bytes", "out"));
	cr_expect_eq(sum_of(get("sources_by_standing"), "dropped", NULL, NULL),
		     metric("sipshield_standing_packets", "drop"));
	cr_expect_eq(sum_of(get("methods"), "passed", "name", "INVITE") +
			     sum_of(get("methods"), "dropped", "name", "INVITE"),
		     metric("sipshield_sip_messages", "INVITE"));
	cr_expect_eq(json_integer_value(json_object_get(get("by_method"), "INVITE")),
		     metric("sipshield_sip_messages", "INVITE"));
}

Test(snapshot, only_rules_have_an_action)
{
	const json_t *reasons = get("reasons");

	for (unsigned int r = 0; r < REASON_MAX; r++) {
		const json_t *action = json_object_get(json_array_get(reasons, r), "action");

		cr_expect_eq(json_is_null(action), !reason_drops(r));
	}
	cr_expect_str_eq(
		json_string_value(json_object_get(json_array_get(reasons, REASON_DENY), "action")),
		"enforce");
}

Test(snapshot, an_agent_that_ended_has_no_process)
{
	snapshot->census.pid = 77;
	snapshot->agent_ns = 90 * SECOND;
	cr_expect(json_is_null(json_object_get(get("agent"), "pid")));
	cr_expect_float_eq(json_real_value(json_object_get(get("agent"), "silent")), 10, 1e-9);
	json_decref(document);
	document = NULL;
	snapshot->agent = true;
	cr_expect_eq(json_integer_value(json_object_get(get("agent"), "pid")), 77);
}

Test(snapshot, lists_tell_how_long_ago)
{
	struct census *census = &snapshot->census;
	const json_t *ban, *suspect;

	census->listed_bans = 2;
	census->ban[0].src = (struct addr){ .byte = { [10] = 0xff, 0xff, 192, 0, 2, 7 } };
	census->ban[0].ban = (struct ban){ .since_ns = 90 * SECOND, .expires_ns = ~0ULL };
	strcpy(census->ban[0].ban.note, "by hand");
	census->ban[1].ban = (struct ban){ .since_ns = 50 * SECOND, .expires_ns = 130 * SECOND };
	census->listed_suspects = 1;
	census->suspect[0].suspect = (struct suspect){ .first_ns = 10 * SECOND,
						       .last_ns = 99 * SECOND,
						       .reason = REASON_DENY,
						       .suspicion = 16 };
	ban = json_array_get(json_object_get(get("lists"), "bans"), 0);
	cr_expect_str_eq(json_string_value(json_object_get(ban, "src")), "192.0.2.7");
	cr_expect_str_eq(json_string_value(json_object_get(ban, "note")), "by hand");
	cr_expect(json_is_null(json_object_get(ban, "expires")));
	cr_expect_float_eq(json_real_value(json_object_get(ban, "since")), 10, 1e-9);
	ban = json_array_get(json_object_get(get("lists"), "bans"), 1);
	cr_expect_float_eq(json_real_value(json_object_get(ban, "expires")), 30, 1e-9);
	suspect = json_array_get(json_object_get(get("lists"), "suspects"), 0);
	cr_expect(json_is_null(json_object_get(suspect, "check")));
	cr_expect_float_eq(json_real_value(json_object_get(suspect, "first")), 90, 1e-9);
	cr_expect_eq(json_integer_value(json_object_get(suspect, "suspicion")), 16);
	cr_expect_eq(json_array_size(json_object_get(get("lists"), "numbers")), 0U);
}

Test(snapshot, how_full_a_lane_is)
{
	snapshot->policy.lane[LANE_REQUEST] =
		(struct rate_limit){ .interval_ns = 10, .tolerance_ns = 90 };
	cr_expect_float_eq(snapshot_lane_fill(snapshot, LANE_REQUEST), 0, 1e-9);
	snapshot->lane[LANE_REQUEST].arrival_ns = snapshot->now_ns + 50;
	cr_expect_float_eq(snapshot_lane_fill(snapshot, LANE_REQUEST), 0.5, 1e-9);
	snapshot->lane[LANE_REQUEST].arrival_ns = snapshot->now_ns + 1000;
	cr_expect_float_eq(snapshot_lane_fill(snapshot, LANE_REQUEST), 1, 1e-9);
	snapshot->lane[LANE_OTHER].arrival_ns = snapshot->now_ns + 1000;
	cr_expect_float_eq(snapshot_lane_fill(snapshot, LANE_OTHER), 0, 1e-9); /* no limit */
}
