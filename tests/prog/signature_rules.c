// SPDX-License-Identifier: GPL-2.0-or-later
/* What follows when signatures hit: their actions, counters, what is told, and their swap. */
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#include "tests/prog/request_build.h"
#include "tests/prog/vector.h"

#define SWITCHES 60

TestSuite(signature_rules, .init = prog_start);

#define RULE(name, action, prefix)                                                                 \
	"{name: " name ", action: " action ", match: {call-id: {prefix: '" prefix "'}}}"

static struct verdict_record send_call_id(const char *call_id)
{
	return prog_in(FRAME(.payload = REQUEST(.call_id = call_id)));
}

static struct signature_hit hits_of(enum signature_bank bank, unsigned int rule)
{
	static struct signature_hit hits[SIGNATURE_BANKS][SIGNATURES_MAX];

	cr_assert_eq(store_signature_hits(prog_store(), hits), 0);
	return hits[bank][rule];
}

static void expect_hits(unsigned int rule, __u64 dropped, __u64 shadow)
{
	const struct signature_hit hit = hits_of(SIGNATURE_BANK_POLICY, rule);

	cr_expect_eq(hit.dropped, dropped, "rule %u dropped %llu", rule, hit.dropped);
	cr_expect_eq(hit.shadow, shadow, "rule %u in shadow %llu", rule, hit.shadow);
}

Test(signature_rules, actions)
{
	struct verdict_record got;

	prog_policy("signatures: [" RULE("x-off", "off", "x") ", " RULE(
		"x-shadow", "shadow",
		"x") ", " RULE("xy", "enforce", "xy") ", " RULE("x", "enforce",
								"x") ", " RULE("xyz", "enforce",
									       "xyz") "]");
	got = send_call_id("x1");
	expect_record(got, REASON_SIGNATURE);
	cr_assert_eq(got.signature, 4);
	cr_assert_eq(got.shadow, REASON_SIGNATURE);
	got = send_call_id("xyz");
	expect_record(got, REASON_SIGNATURE);
	cr_assert_eq(got.signature, 3);
	got = send_call_id("yx");
	expect_record(got, REASON_REQUEST);
	cr_assert_eq(got.signature, 0);
	cr_assert_eq(got.shadow, 0);
	expect_hits(0, 0, 0);
	expect_hits(1, 0, 2);
	expect_hits(2, 1, 0);
	expect_hits(3, 1, 0);
	expect_hits(4, 0, 0);
}

/* A rule without an action is in shadow, and so is every one where the policy says so. */
Test(signature_rules, shadow)
{
	static const char *const policies[] = {
		"signatures: [{name: a, match: {call-id: {prefix: b}}}, "
		"{name: b, match: {call-id: {prefix: a}}}]",
		"rules: {signature: shadow}\nsignatures: [" RULE("a", "enforce", "b") ", " RULE(
			"b", "enforce", "a") "]",
		"mode: shadow\nsignatures: [" RULE("a", "enforce", "b") ", " RULE("b", "enforce",
										  "a") "]",
	};

	for (size_t i = 0; i < COUNT_OF(policies); i++) {
		__u64 before = prog_shadow_count(REASON_SIGNATURE);
		struct verdict_record got;

		prog_policy("");
		prog_policy(policies[i]);
		got = send_call_id("a");
		expect_record(got, REASON_REQUEST);
		cr_expect_eq(got.shadow, REASON_SIGNATURE, "policy %zu", i);
		cr_expect_eq(got.signature, 2, "policy %zu", i);
		cr_expect_eq(prog_shadow_count(REASON_SIGNATURE), before + 1, "policy %zu", i);
		expect_hits(1, 0, 1);
	}
}

Test(signature_rules, off)
{
	static const char *const policies[] = {
		"signatures: [" RULE("a", "off", "a") "]",
		"rules: {signature: off}\nsignatures: [" RULE("a", "enforce", "a") "]",
	};

	for (size_t i = 0; i < COUNT_OF(policies); i++) {
		struct verdict_record got;

		prog_policy("");
		prog_policy(policies[i]);
		got = send_call_id("a");
		expect_record(got, REASON_REQUEST);
		cr_expect_eq(got.shadow, 0, "policy %zu", i);
		expect_hits(0, 0, 0);
	}
}

/* The values that only one of several candidates asks for are read when it comes to it. */
Test(signature_rules, late_values)
{
	prog_policy(
		"signatures: ["
		"{name: a, action: enforce, match: {call-id: {prefix: a}, from-user: {equals: f},"
		" to-user: {equals: t}}},"
		"{name: b, action: enforce, match: {call-id: {prefix: a}}}]");
	cr_assert_eq(prog_in(FRAME(.payload = REQUEST(.call_id = "a", .from = "sip:f@h",
						      .to = "sip:t@h")))
			     .signature,
		     1);
	cr_assert_eq(prog_in(FRAME(.payload = REQUEST(.call_id = "a", .from = "sip:f@h",
						      .to = "sip:s@h")))
			     .signature,
		     2);
	expect_hits(0, 1, 0);
	expect_hits(1, 1, 0);
}

Test(signature_rules, sixty_four)
{
	static char yaml[64 * 96];
	size_t len = snprintf(yaml, sizeof(yaml), "signatures:\n");
	char call_id[8];

	for (int i = 0; i < (int)SIGNATURES_MAX; i++)
		len += snprintf(
			yaml + len, sizeof(yaml) - len,
			"  - {name: r%d, action: enforce, match: {call-id: {prefix: c%02d}}}\n", i,
			i);
	prog_policy(yaml);
	for (int i = 0; i < (int)SIGNATURES_MAX; i++) {
		struct verdict_record got;

		snprintf(call_id, sizeof(call_id), "c%02d-", i);
		prog_wait(HOUR);
		got = send_call_id(call_id);
		expect_record(got, REASON_SIGNATURE);
		cr_assert_eq(got.signature, i + 1);
	}
	expect_record(send_call_id("c64"), REASON_REQUEST);
}

/* What counts goes on where a name stays, wherever it stands. */
Test(signature_rules, counters_stay)
{
	prog_policy("signatures: [" RULE("a", "enforce", "a") ", " RULE("b", "shadow", "b") "]");
	send_call_id("a");
	send_call_id("b");
	send_call_id("b");
	prog_policy("signatures: [" RULE("c", "enforce", "c") ", " RULE(
		"b", "enforce", "b") ", " RULE("a", "enforce", "a") "]");
	send_call_id("b");
	expect_hits(0, 0, 0);
	expect_hits(1, 1, 2);
	expect_hits(2, 1, 0);
}

/* An event and the list of suspects tell it, too. */
Test(signature_rules, told)
{
	struct addr key = { .byte = { [10] = 0xff, 0xff, 203, 0, 113, 87 } };
	struct suspect suspect;
	struct event event[8];

	prog_policy("signatures: [" RULE("a", "shadow", "a") ", " RULE("b", "enforce", "b") "]");
	expect(REASON_SIGNATURE, .src = "203.0.113.87", .payload = REQUEST(.call_id = "b"));
	expect(REASON_REQUEST, .src = "203.0.113.88", .payload = REQUEST(.call_id = "a"));
	cr_assert_eq(prog_events(event, COUNT_OF(event)), 2);
	cr_assert_eq(event[0].reason, REASON_SIGNATURE);
	cr_assert_eq(event[0].kind, EVENT_DROP);
	cr_assert_eq(event[0].signature, 2);
	cr_assert_eq(event[1].kind, EVENT_SHADOW);
	cr_assert_eq(event[1].signature, 1);
	cr_assert_eq(store_suspect_get(prog_store(), &key, &suspect), 0);
	cr_assert_eq(suspect.structural, 1);
	cr_assert_eq(suspect.reason, REASON_SIGNATURE);
}

/* Known sources within their budget are not asked, and a hit takes no budget. */
Test(signature_rules, budgets)
{
	prog_policy("limits: {unknown: {options: {rate: 1/h, burst: 1}}}\n"
		    "signatures: [" RULE("a", "enforce", "a") "]");
	for (int i = 0; i < 5; i++)
		expect_record(send_call_id("a"), REASON_SIGNATURE);
	expect_record(send_call_id("b"), REASON_REQUEST);
	prog_set_standing("203.0.113.86", STANDING_TRUSTED, ~0ULL);
	expect(REASON_KNOWN, .src = "203.0.113.86", .payload = REQUEST(.call_id = "a"));
}

/* --- the list of User-Agents ------------------------------------------------------------------*/

static void try_agent(const struct vector *v, const void *context)
{
	const struct frame_spec frame = vector_frame(v);
	const bool hit = context;
	struct verdict_record got;

	prog_wait(HOUR);
	got = prog_in(&frame);
	cr_expect_eq(got.reason == REASON_USER_AGENT, hit, "%s: %s", v->path,
		     reason_name(got.reason));
}

Test(signature_rules, default_user_agents)
{
	prog_policy("");
	cr_expect_gt(vector_each("tests/vectors/user-agents/hit", try_agent, ""), 0);
	cr_expect_gt(vector_each("tests/vectors/user-agents/near", try_agent, NULL), 0);
}

Test(signature_rules, user_agents)
{
	struct verdict_record got;

	prog_policy("user-agents: [one, two, three four]\n"
		    "signatures: [" RULE("a", "shadow", "a") "]");
	got = prog_in(FRAME(.payload = REQUEST(.agent = "x THREE FOUR/1", .call_id = "a")));
	expect_record(got, REASON_USER_AGENT);
	cr_assert_eq(got.signature, 3);
	cr_assert_eq(got.shadow, REASON_SIGNATURE);
	expect(REASON_REQUEST, .payload = REQUEST(.agent = "friendly-scanner"));
	cr_assert_eq(hits_of(SIGNATURE_BANK_USER_AGENTS, 2).dropped, 1);
	expect_hits(0, 0, 2);
	prog_policy("user-agents: [one]\nrules: {user-agent: shadow}");
	got = prog_in(FRAME(.payload = REQUEST(.agent = "one")));
	expect_record(got, REASON_REQUEST);
	cr_assert_eq(got.shadow, REASON_USER_AGENT);
	cr_assert_eq(hits_of(SIGNATURE_BANK_USER_AGENTS, 0).shadow, 1);
	prog_policy("user-agents: []");
	expect(REASON_REQUEST, .payload = REQUEST(.agent = "friendly-scanner"));
}

/* --- a set takes the place of another ---------------------------------------------------------*/

/* A packet that was asked half of one set and half of the other would hit neither rule. */
#define SET_A                                                                                      \
	"signatures: [{name: a, action: enforce, match: {call-id: {prefix: same}, "                \
	"branch: {prefix: aaaa}}}]\nuser-agents: []"
#define SET_B                                                                                      \
	"signatures: [{name: z, match: {call-id: {prefix: none}}}, "                               \
	"{name: b, action: enforce, match: {branch: {suffix: bbbb}}}]\nuser-agents: []"

/* One packet again and again, which both sets drop, each by another rule. */
struct traffic {
	pthread_t thread;
	_Atomic bool stop;
	unsigned long judged_by_a;
	unsigned long judged_by_b;
	unsigned long by_none;
};

static void *traffic_run(void *arg)
{
	struct traffic *traffic = arg;
	struct frame frame;
	cpu_set_t set;

	CPU_ZERO(&set);
	CPU_SET(sched_getcpu() ? 0 : 1, &set);
	sched_setaffinity(0, sizeof(set), &set); /* where there is no other, it stays */
	frame_build(FRAME(.payload = REQUEST(.call_id = "same", .branch = "aaaa-bbbb")), &frame);
	while (!traffic->stop) {
		struct verdict_record got;

		prog_run(ENTRY_XDP, &frame, &got);
		if (got.reason != REASON_SIGNATURE)
			traffic->by_none++;
		else if (got.signature == 1)
			traffic->judged_by_a++;
		else
			traffic->judged_by_b++;
	}
	return NULL;
}

Test(signature_rules, switched_under_load)
{
	static struct traffic traffic;

	prog_policy(SET_A);
	cr_assert_eq(pthread_create(&traffic.thread, NULL, traffic_run, &traffic), 0);
	for (int i = 0; i < SWITCHES; i++)
		prog_policy(i % 2 ? SET_A : SET_B);
	traffic.stop = true;
	pthread_join(traffic.thread, NULL);
	cr_assert_eq(traffic.by_none, 0, "%lu of %lu packets passed", traffic.by_none,
		     traffic.by_none + traffic.judged_by_a + traffic.judged_by_b);
	cr_assert_gt(traffic.judged_by_a, 0);
	cr_assert_gt(traffic.judged_by_b, 0);
}
