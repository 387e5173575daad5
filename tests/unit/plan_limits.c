// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The numbers of a plan, as the packet path counts with them.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "bpf/rate.h"
#include "bpf/rule.h"
#include "tests/unit/policy_reading.h"
#include "user/names.h"
#include "user/plan.h"

#define SECOND 1000000000ULL

static struct plan plan_of(const char *text, char **warned)
{
	cleanup_reading struct reading reading = read_policy(text);
	struct plan plan;
	size_t len;
	FILE *warn = warned ? open_memstream(warned, &len) : NULL;

	cr_assert_eq(reading.result, 0, "%s", reading.said);
	cr_assert_eq(plan_build(&reading.doc, NULL, &plan, warn), 0);
	if (warn)
		fclose(warn);
	return plan;
}

/* Events of one source that pass: at once, then evenly for some seconds of 10,000 tries each. */
static void admitted(const struct rate_limit *limit, unsigned int seconds, unsigned int *at_once,
		     unsigned int *later)
{
	__u64 cell = 0, after, now = 1000 * SECOND;

	for (*at_once = 0; *at_once < 100000 && rate_take(&cell, now, limit, &after); (*at_once)++)
		;
	for (*later = 0; now < (1000 + seconds) * SECOND;) {
		now += SECOND / 10000;
		*later += rate_take(&cell, now, limit, &after);
	}
}

Test(plan_limits, a_limit_admits_its_burst_and_its_rate)
{
	struct plan plan = plan_of("", NULL);
	unsigned int at_once, later;

	admitted(&plan.policy.limit[STANDING_UNKNOWN][CLASS_INVITE], 10, &at_once, &later);
	cr_expect_eq(at_once, 20);
	cr_expect_eq(later, 20);
	admitted(&plan.policy.lane[LANE_RESPONSE], 10, &at_once, &later);
	cr_expect_eq(at_once, 800);
	cr_expect_eq(later, 4000);
	plan_free(&plan);
}

Test(plan_limits, extremes)
{
	struct plan plan = plan_of("lanes:\n  request: {rate: 0, burst: 5}\n"
				   "  response: {rate: 1/h, burst: 1000000}\n"
				   "  other: {rate: 10000000/s, burst: 1}\n",
				   NULL);
	const struct policy *policy = &plan.policy;
	unsigned int at_once, later;

	cr_expect_eq(policy->lane[LANE_REQUEST].interval_ns, 0);
	cr_expect_eq(policy->lane[LANE_REQUEST].tolerance_ns, 0);
	cr_expect_lt(policy->lane[LANE_RESPONSE].tolerance_ns, 1ULL << 62);
	cr_expect_gt(policy->lane[LANE_RESPONSE].interval_ns, 3590 * SECOND);
	cr_expect_eq(policy->lane[LANE_OTHER].interval_ns, 100);
	admitted(&policy->lane[LANE_OTHER], 1, &at_once, &later);
	cr_expect_eq(at_once, 1);
	plan_free(&plan);
}

Test(plan_limits, rows)
{
	static const struct rate_limit none;
	struct plan plan = plan_of("", NULL);

	for (int i = 0; i < CLASS_MAX; i++) {
		cr_expect_gt(plan.policy.limit[STANDING_TRUSTED][i].interval_ns, 0);
		cr_expect_eq(memcmp(&plan.policy.limit[STANDING_CARRIER][i], &none, sizeof(none)),
			     0);
		cr_expect_eq(memcmp(&plan.policy.limit[STANDING_ALLOWED][i], &none, sizeof(none)),
			     0);
	}
	plan_free(&plan);
}

/* Intervals are whole nanoseconds: an event at the very end may miss the window. */
static void expect_about(unsigned int n, unsigned int expected)
{
	cr_expect(n == expected || n == expected - 1, "%u, not %u", n, expected);
}

Test(plan_limits, carriers)
{
	struct plan plan = plan_of("carriers:\n  - {name: a, prefixes: [192.0.2.1], cps: 100}\n"
				   "  - {name: b, prefixes: [192.0.2.2], cps: 1}\n",
				   NULL);
	unsigned int at_once, later;

	cr_expect_eq(plan.policy.carriers, 2);
	cr_expect_str_eq(plan.policy.carrier_name[1], "b");
	admitted(&plan.policy.carrier[0].invite, 2, &at_once, &later);
	cr_expect_eq(at_once, 300);
	expect_about(later, 300);
	admitted(&plan.policy.carrier[0].other, 2, &at_once, &later);
	cr_expect_eq(at_once, 3000);
	expect_about(later, 3000);
	admitted(&plan.policy.carrier[1].invite, 2, &at_once, &later);
	cr_expect_eq(at_once, 10);
	expect_about(later, 3);
	plan_free(&plan);
}

Test(plan_limits, mode)
{
	static const char rules[] = "rules: {banned: off, source-rate: shadow}\n";
	struct plan enforce = plan_of(rules, NULL);
	char text[128];
	struct plan shadow, off;

	snprintf(text, sizeof(text), "mode: shadow\n%s", rules);
	shadow = plan_of(text, NULL);
	off = plan_of("mode: off\n", NULL);
	cr_expect_eq(enforce.policy.mode, ACTION_ENFORCE);
	cr_expect_eq(enforce.policy.action[REASON_DENY], ACTION_ENFORCE);
	cr_expect_eq(enforce.policy.action[REASON_SOURCE_RATE], ACTION_SHADOW);
	cr_expect_eq(shadow.policy.mode, ACTION_SHADOW);
	cr_expect_eq(memcmp(shadow.policy.action, enforce.policy.action,
			    sizeof(shadow.policy.action)),
		     0);
	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX; i++)
		cr_expect_neq(rule_action(&shadow.policy, i), ACTION_ENFORCE, "%s", reason_name(i));
	cr_expect_eq(rule_action(&shadow.policy, REASON_DENY), ACTION_SHADOW);
	cr_expect_eq(rule_action(&shadow.policy, REASON_SOURCE_RATE), ACTION_SHADOW);
	cr_expect_eq(rule_action(&shadow.policy, REASON_BANNED), ACTION_OFF);
	cr_expect_eq(rule_action(&enforce.policy, REASON_SOURCE_RATE), ACTION_SHADOW);
	cr_expect_eq(off.policy.mode, ACTION_OFF);
	cr_expect_eq(rule_action(&off.policy, REASON_DENY), ACTION_OFF);
	plan_free(&enforce);
	plan_free(&shadow);
	plan_free(&off);
}

static bool has_port(const struct policy *policy, int transport, unsigned int port)
{
	return policy->listener_port[transport][port >> 6] >> (port & 63) & 1;
}

Test(plan_limits, listeners_and_the_rest)
{
	struct plan plan = plan_of("listeners:\n  - {transport: udp, port: 65535}\n"
				   "  - {transport: tcp, port: 5060, address: 192.0.2.1}\n"
				   "events-per-second: 10\nwork-per-tick: 77\nipv6-prefix: 48\n",
				   NULL);
	struct plan defaults = plan_of("", NULL);

	cr_expect(has_port(&plan.policy, LISTENER_UDP, 65535));
	cr_expect_not(has_port(&plan.policy, LISTENER_UDP, 5060));
	cr_expect_not(has_port(&plan.policy, LISTENER_TCP, 5060));
	cr_expect_eq(plan.policy.listener_addresses, 1);
	cr_assert_eq(plan.listeners, 1);
	cr_expect_eq(plan.listener[0].port, __builtin_bswap16(5060));
	cr_expect_eq(plan.listener[0].transport, LISTENER_TCP);
	cr_expect_eq(plan.policy.listeners, 1);
	cr_expect_eq(plan.policy.event_interval_ms, 100);
	cr_expect_eq(plan.policy.event_burst, 20);
	cr_expect_eq(plan.policy.work_per_tick, 77);
	cr_expect_eq(plan.policy.ipv6_prefix, 48);
	cr_expect(has_port(&defaults.policy, LISTENER_UDP, 5060));
	cr_expect(has_port(&defaults.policy, LISTENER_TCP, 5060));
	cr_expect_eq(defaults.policy.listener_addresses, 0);
	cr_expect_eq(defaults.policy.trust_seconds, 3600);
	cr_expect_eq(defaults.policy.proven_seconds, 86400);
	cr_expect_eq(defaults.policy.earned_max, 64);
	cr_expect_eq(defaults.policy.lane_minimum, 10);
	plan_free(&plan);
	plan_free(&defaults);
}

Test(plan_limits, a_proof_must_not_cost)
{
	char *quiet = NULL, *warned = NULL;
	struct plan defaults = plan_of("", &quiet);
	struct plan lower = plan_of("limits: {unknown: {invite: {rate: 9}}}\n", &warned);

	cr_expect_str_eq(quiet, "");
	cr_expect_str_eq(warned,
			 "warning: limits.proven.invite.rate is lower than that of unknown; "
			 "fix: raise it\n");
	plan_free(&defaults);
	plan_free(&lower);
	free(quiet);
	free(warned);
}

Test(plan_limits, without_listeners_there_is_no_plan)
{
	struct policy_doc doc;
	struct plan plan = { .prefixes = 7 };

	policy_defaults(&doc);
	doc.listeners = 0;
	cr_expect_lt(plan_build(&doc, NULL, &plan, NULL), 0);
	cr_expect_eq(plan.prefixes, 7);
	policy_free(&doc);
}
