// SPDX-License-Identifier: GPL-2.0-or-later
/* Every rule that drops: enforced it drops, in shadow it counts, off it does neither. */
#include <stdio.h>

#include "tests/prog/harness.h"
#include "tests/prog/request_build.h"

#define VICTIM "203.0.113.30"
#define TIGHT "{rate: 1/h, burst: 1}"

/* Makes one packet hit the rule, and returns what became of that packet. */
struct rule_case {
	enum reason rule;
	const char *policy;
	struct verdict_record (*hit)(void);
	enum reason instead; /* not 0: the limit that drops where this rule does not */
};

TestSuite(shadow, .init = prog_start);

static struct verdict_record hit_by_request(void)
{
	return prog_in(FRAME(.src = VICTIM, .payload = MESSAGE()));
}

static struct verdict_record hit_banned(void)
{
	prog_ban(VICTIM, 0);
	return hit_by_request();
}

static struct verdict_record hit_fragment_dropped(void)
{
	struct frame_spec spec = { .src = VICTIM, .fragment = { .id = 1, .more = true } };

	spec.payload = MESSAGE();
	prog_in(&spec);
	return prog_in(FRAME(.src = VICTIM, .fragment = { .id = 1, .offset = 8 }, .no_l4 = true));
}

static struct verdict_record twice(const struct frame_spec *spec)
{
	prog_in(spec);
	return prog_in(spec);
}

static struct verdict_record hit_fragment_rate(void)
{
	return twice(FRAME(.src = VICTIM, .fragment = { .id = 2, .offset = 8 }, .no_l4 = true));
}

static struct verdict_record hit_keepalive_rate(void)
{
	return twice(FRAME(.src = VICTIM, .payload = "\r\n\r\n"));
}

static struct verdict_record hit_not_sip_rate(void)
{
	return twice(FRAME(.src = VICTIM, .payload = "GET / HTTP/1.1\r\n\r\n"));
}

static struct verdict_record hit_segment_rate(void)
{
	return twice(FRAME(.src = VICTIM, .tcp = true, .payload = "the end of a message"));
}

static struct verdict_record hit_response_rate(void)
{
	return twice(FRAME(.src = VICTIM, .payload = MESSAGE(.status = 200)));
}

static struct verdict_record hit_retransmission_rate(void)
{
	struct frame_spec spec = { .src = VICTIM, .payload = MESSAGE() };

	prog_in(&spec);
	return twice(&spec);
}

static struct verdict_record hit_by_second_request(void)
{
	hit_by_request();
	return hit_by_request();
}

static struct verdict_record hit_by_second_response(void)
{
	prog_in(FRAME(.src = VICTIM, .payload = MESSAGE(.status = 200)));
	return prog_in(FRAME(.src = VICTIM, .payload = MESSAGE(.status = 200)));
}

static struct verdict_record hit_carrier_rate(void)
{
	for (int i = 0; i < 10; i++)
		hit_by_request();
	return hit_by_request();
}

static struct verdict_record hit_work_budget(void)
{
	hit_by_request();
	hit_by_request();
	return hit_by_request();
}

/* Credentials of a source that echo the nonce that it alone was sent, and their rejection. */
#define GUESSER "203.0.113.50"

static const char *guess(void)
{
	return MESSAGE(.branch = "z9hG4bKguess", .headers = MESSAGE_CREDENTIALS_WITH(GUESSER));
}

static void reject(void)
{
	prog_out(FRAME(.dst = GUESSER,
		       .payload =
			       MESSAGE(.status = 401, .headers = MESSAGE_CHALLENGE_WITH(GUESSER))));
	prog_wait(HOUR);
	prog_in(FRAME(.src = GUESSER, .payload = guess()));
	prog_out(
		FRAME(.dst = GUESSER, .payload = MESSAGE(.branch = "z9hG4bKguess", .status = 403)));
}

static struct verdict_record hit_held(void)
{
	for (int i = 0; i < 6; i++)
		reject();
	return prog_in(FRAME(.src = GUESSER, .payload = MESSAGE()));
}

static struct verdict_record hit_user_failures(void)
{
	reject();
	return prog_in(FRAME(.src = GUESSER,
			     .payload = MESSAGE(.headers = MESSAGE_CREDENTIALS_WITH(GUESSER))));
}

/* The fifth source of a prefix, each with one request. */
static struct verdict_record hit_prefix_rate(void)
{
	static const char *const neighbours[] = { "203.0.113.31", "203.0.113.32", "203.0.113.33",
						  "203.0.113.34" };

	prog_narrow(VICTIM);
	for (size_t i = 0; i < COUNT_OF(neighbours); i++)
		prog_in(FRAME(.src = neighbours[i], .payload = MESSAGE()));
	return hit_by_request();
}

/*
 * All of them but fragment-dropped, which follows a verdict and has none of its own, and the checks,
 * which have messages in files.
 */
static const struct rule_case rules[] = {
	{ REASON_DENY, "deny: [" VICTIM "]", hit_by_request, 0 },
	{ REASON_BANNED, "", hit_banned, 0 },
	{ REASON_FRAGMENT_RATE, "limits: {unknown: {fragment: " TIGHT "}}", hit_fragment_rate, 0 },
	{ REASON_KEEPALIVE_RATE, "limits: {unknown: {keepalive: " TIGHT "}}", hit_keepalive_rate,
	  0 },
	{ REASON_NOT_SIP_RATE, "limits: {unknown: {not-sip: " TIGHT "}}", hit_not_sip_rate, 0 },
	{ REASON_RESPONSE_RATE, "limits: {unknown: {response: " TIGHT "}}", hit_response_rate, 0 },
	{ REASON_RETRANSMISSION_RATE, "limits: {unknown: {retransmission: " TIGHT "}}",
	  hit_retransmission_rate, 0 },
	{ REASON_SEGMENT_RATE, "limits: {unknown: {segment: " TIGHT "}}", hit_segment_rate, 0 },
	{ REASON_SOURCE_RATE, "limits: {unknown: {invite: " TIGHT "}}", hit_by_second_request, 0 },
	{ REASON_CARRIER_RATE, "carriers: [{name: c, prefixes: [" VICTIM "], cps: 1}]",
	  hit_carrier_rate, 0 },
	{ REASON_GREYLIST, "lanes: {request: " TIGHT "}", hit_by_second_request,
	  REASON_STRANGERS_LANE },
	{ REASON_STRANGERS_LANE, "lanes: {response: " TIGHT "}", hit_by_second_response, 0 },
	{ REASON_USER_FAILURES, "limits: {proven: {failure: {rate: 30/h, burst: 1}}}",
	  hit_user_failures, 0 },
	{ REASON_HELD, "", hit_held, 0 },
	{ REASON_PREFIX_RATE, "limits: {unknown: {invite: " TIGHT "}}", hit_prefix_rate, 0 },
	{ REASON_SIGNATURE,
	  "signatures: [{name: s, action: enforce, match: {from-user: {equals: alice}}}]",
	  hit_by_request, 0 },
	{ REASON_USER_AGENT, "user-agents: [phone]", hit_by_request, 0 },
	{ REASON_WORK_BUDGET, "work-per-tick: 1\nlimits: {unknown: {invite: " TIGHT "}}",
	  hit_work_budget, REASON_SOURCE_RATE },
};

static struct verdict_record hit(const struct rule_case *rule, const char *mode, const char *action)
{
	struct addr victim = { .byte = { [10] = 0xff, 0xff, 203, 0, 113, 30 } };
	char yaml[512];

	prog_wait(2 * HOUR);
	prog_narrow(NULL);
	store_unban(prog_store(), &victim, prog_now(), 0);
	snprintf(yaml, sizeof(yaml), "mode: %s\nrules: {%s: %s}\n%s\n", mode,
		 reason_name(rule->rule), action, rule->policy);
	prog_policy(yaml);
	return rule->hit();
}

Test(shadow, each_rule_has_a_case)
{
	bool seen[REASON_MAX] = { [REASON_FRAGMENT_DROPPED] = true };

	for (size_t i = 0; i < COUNT_OF(rules); i++)
		seen[rules[i].rule] = true;
	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX; i++)
		cr_expect(seen[i] || reason_is_check(i), "no case for %s", reason_name(i));
}

Test(shadow, enforce)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		struct verdict_record got = hit(&rules[i], "enforce", "enforce");

		cr_expect_eq(got.reason, rules[i].rule, "%s: got %s", reason_name(rules[i].rule),
			     reason_name(got.reason));
		cr_expect(got.dropped);
	}
}

static void expect_shadow(const struct rule_case *rule, const char *mode, const char *action)
{
	__u64 before = prog_shadow_count(rule->rule);
	struct verdict_record got = hit(rule, mode, action);
	const char *name = reason_name(rule->rule);

	cr_expect_not(got.dropped, "%s, mode %s: %s", name, mode, reason_name(got.reason));
	cr_expect_eq(got.shadow, rule->rule, "%s, mode %s: shadow of %s", name, mode,
		     reason_name(got.shadow));
	cr_expect_gt(prog_shadow_count(rule->rule), before, "%s, mode %s: not counted", name, mode);
}

/* Where another limit drops instead, what the rule would have done is told all the same. */
Test(shadow, one_rule)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		struct verdict_record got;

		if (!rules[i].instead) {
			expect_shadow(&rules[i], "enforce", "shadow");
			continue;
		}
		got = hit(&rules[i], "enforce", "shadow");
		cr_expect_eq(got.reason, rules[i].instead);
		cr_expect_eq(got.shadow, rules[i].rule);
	}
}

Test(shadow, all_rules)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		if (rules[i].rule != REASON_WORK_BUDGET)
			expect_shadow(&rules[i], "shadow", "enforce");
	}
}

Test(shadow, rule_off)
{
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		__u64 before = prog_shadow_count(rules[i].rule);
		struct verdict_record got = hit(&rules[i], "enforce", "off");
		const char *name = reason_name(rules[i].rule);

		cr_expect_neq(got.reason, rules[i].rule, "%s", name);
		cr_expect_neq(got.shadow, rules[i].rule, "%s", name);
		cr_expect_eq(prog_shadow_count(rules[i].rule), before, "%s", name);
		if (!rules[i].instead)
			cr_expect_not(got.dropped, "%s: %s", name, reason_name(got.reason));
	}
}

/* In shadow the others of a datagram follow a first one that passed. */
Test(shadow, fragments)
{
	prog_policy("deny: [" VICTIM "]");
	expect_record(hit_fragment_dropped(), REASON_FRAGMENT_DROPPED);
	prog_policy("mode: shadow\ndeny: [" VICTIM "]");
	prog_wait(HOUR);
	expect_record(hit_fragment_dropped(), REASON_FRAGMENT_FOLLOWS);
}

/* The first rule that hit is the one that is told, and one packet counts once. */
Test(shadow, first_rule)
{
	struct verdict_record got;

	prog_policy("mode: shadow\ndeny: [" VICTIM "]\nlimits: {unknown: {invite: " TIGHT "}}");
	hit_by_second_request();
	got = hit_by_request();
	expect_record(got, REASON_REQUEST);
	cr_assert_eq(got.shadow, REASON_DENY);
	cr_assert_eq(prog_shadow_count(REASON_DENY), 3);
	cr_assert_eq(prog_shadow_count(REASON_SOURCE_RATE), 0);
}

/* A request that hits a check which is scored, and drops nothing by itself. */
static struct verdict_record hit_scored(void)
{
	return prog_in(FRAME(.src = VICTIM, .payload = MESSAGE(.call_id = "1234567")));
}

/* In mode shadow what would drop under enforce is told, not what would be scored before it. */
Test(shadow, what_would_drop_is_told_first)
{
	struct verdict_record got;

	prog_policy_checked("mode: shadow\nlimits: {unknown: {invite: " TIGHT "}}");
	got = hit_scored();
	cr_expect_eq(got.shadow, 0, "%s", reason_name(got.shadow));
	got = hit_scored();
	cr_expect_eq(got.shadow, REASON_SOURCE_RATE, "%s", reason_name(got.shadow));
	cr_expect_eq(prog_shadow_count(REASON_SOURCE_RATE), 1);

	prog_policy_checked("mode: shadow\nsignatures: [{name: a, match: {call-id: {length: 7}}}, "
			    "{name: b, action: enforce, match: {call-id: {chars: digit}}}]");
	got = hit_scored();
	cr_expect_eq(got.shadow, REASON_SIGNATURE, "%s", reason_name(got.shadow));
	cr_expect_eq(got.signature, 2);

	prog_wait(HOUR);
	prog_policy_checked("rules: {source-rate: shadow}\nlimits: {unknown: {invite: " TIGHT "}}");
	hit_scored();
	got = hit_scored();
	cr_expect_eq(got.shadow, REASON_CHECK_decimal_call_id, "%s", reason_name(got.shadow));
	cr_expect_not(got.dropped);
}

#define SAME_BURST 5
#define SAME_REQUESTS 12

/* Frames of all sorts: who is denied, a tool, a scanner's trace, what is scored, a flood of calls. */
static void send_some_of_all(void)
{
	prog_in(FRAME(.src = "203.0.113.31", .payload = MESSAGE()));
	prog_in(FRAME(.src = "203.0.113.32", .payload = REQUEST(.agent = "friendly-scanner")));
	prog_in(FRAME(.src = "203.0.113.33", .payload = MESSAGE(.cseq_method = "OPTIONS")));
	prog_in(FRAME(.src = "203.0.113.34", .payload = MESSAGE(.call_id = "99")));
	for (int i = 0; i < SAME_REQUESTS; i++) {
		hit_scored();
		prog_in(FRAME(.src = "203.0.113.35", .payload = "GET / HTTP/1.1\r\n\r\n"));
	}
}

/* What shadow says would be dropped is what enforce drops, rule by rule. */
Test(shadow, counts_what_enforce_drops)
{
	static const char policy[] =
		"deny: [203.0.113.31]\n"
		"signatures: [{name: short, match: {call-id: {length: 2}}}]\n"
		"limits: {unknown: {invite: {rate: 1/h, burst: 5}, not-sip: {rate: 1/h, burst: 5}}}\n";
	__u64 would[REASON_MAX], dropped[REASON_MAX];
	char shadow[sizeof(policy) + 16];

	snprintf(shadow, sizeof(shadow), "mode: shadow\n%s", policy);
	prog_policy_checked(shadow);
	for (unsigned int i = 0; i < REASON_MAX; i++)
		would[i] = prog_shadow_count(i);
	send_some_of_all();
	for (unsigned int i = 0; i < REASON_MAX; i++)
		would[i] = prog_shadow_count(i) - would[i];
	prog_wait(24 * HOUR);
	prog_policy_checked(policy);
	for (unsigned int i = 0; i < REASON_MAX; i++)
		dropped[i] = prog_count(i);
	send_some_of_all();
	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX; i++) {
		if (i == REASON_SIGNATURE) /* in shadow by itself: enforce does not drop it */
			cr_expect_eq(would[i], 1);
		else
			cr_expect_eq(would[i], prog_count(i) - dropped[i], "%s: %llu, %llu",
				     reason_name(i), (unsigned long long)would[i],
				     (unsigned long long)(prog_count(i) - dropped[i]));
	}
	cr_expect_eq(would[REASON_SOURCE_RATE], SAME_REQUESTS - SAME_BURST);
	cr_expect_eq(would[REASON_NOT_SIP_RATE], SAME_REQUESTS - SAME_BURST);
	cr_expect_eq(would[REASON_DENY], 1);
	cr_expect_eq(would[REASON_USER_AGENT], 1);
	cr_expect_eq(would[REASON_CHECK_cseq_method], 1);
}

Test(shadow, mode_off)
{
	prog_policy("mode: off\ndeny: [" VICTIM "]");
	prog_ban(VICTIM, 0);
	for (size_t i = 0; i < COUNT_OF(rules); i++) {
		struct verdict_record got = rules[i].hit();

		cr_expect_eq(got.reason, REASON_OFF);
		cr_expect_eq(got.shadow, 0);
	}
	expect_out(REASON_EGRESS_OTHER, .dst = VICTIM, .payload = MESSAGE(.status = 200));
	expect(REASON_OFF, .ether_type = 0x0806);
}
