// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which stage decides for a source, and what would change it.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "user/addr.h"
#include "user/explain.h"
#include "user/plan.h"

#define SECOND 1000000000ULL
#define NOW (1000000 * SECOND)

static struct plan plan;

static void make_policy(void)
{
	struct policy_doc doc;

	policy_defaults(&doc);
	cr_assert_eq(plan_build(&doc, NULL, &plan, NULL), 0);
	policy_free(&doc);
	strcpy(plan.policy.carrier_name[2], "trunk-a");
	plan.policy.carrier[2].invite = (struct rate_limit){ SECOND / 100, SECOND };
}

static void free_policy(void)
{
	plan_free(&plan);
}

TestSuite(explain_verdict, .init = make_policy, .fini = free_policy);

static struct explain_facts stranger(void)
{
	struct explain_facts facts = {
		.policy = &plan.policy,
		.now_ns = NOW,
		.attached = true,
		.agent = true,
	};

	cr_assert_eq(addr_parse("198.51.100.7", &facts.source.key), 0);
	return facts;
}

static struct explain_facts known(enum standing_state state)
{
	struct explain_facts facts = stranger();

	facts.source.has_standing = true;
	facts.source.state = state;
	facts.source.standing = (struct standing){
		.since_ns = NOW - 100 * SECOND,
		.expires_ns = NOW + 600 * SECOND,
		.proven_ns = NOW - 50 * SECOND,
		.proofs = 3,
		.why = WHY_NONCE,
		.hop = { 57, 60 },
	};
	if (state == STANDING_TRUSTED) {
		facts.source.standing.trusted_ns = NOW - 40 * SECOND;
		facts.source.standing.trusted_until_ns = NOW + 300 * SECOND;
		facts.source.standing.trusted_why = WHY_2XX_REGISTER;
		facts.source.standing.flows = 20;
	}
	return facts;
}

static struct explain_facts ruled(enum prefix_kind kind)
{
	struct explain_facts facts = stranger();

	facts.source.has_rule = true;
	facts.source.rule = (struct prefix_rule){ .kind = kind, .carrier = 2 };
	return facts;
}

static void ban(struct explain_facts *facts, __u64 expires_ns, __u32 level)
{
	facts->source.has_ban = true;
	facts->source.ban = (struct ban){ .since_ns = NOW - SECOND,
					  .expires_ns = expires_ns,
					  .level = level,
					  .note = "10 users asked for in vain" };
}

static const struct explain_line *line_of(const struct explain *why, const char *stage)
{
	for (size_t i = 0; i < why->lines; i++) {
		if (!strcmp(why->line[i].stage, stage))
			return &why->line[i];
	}
	return NULL;
}

static void decides(const struct explain_facts *facts, const char *stage, enum reason reason)
{
	struct explain why;

	explain_source(facts, &why);
	cr_assert_str_eq(why.decides, stage);
	cr_assert_eq(why.reason, reason, "%d for %s", why.reason, stage);
	cr_assert_eq(strncmp(why.verdict, "198.51.100.7 ", 13), 0);
	cr_assert(line_of(&why, stage));
	cr_assert_lt(why.lines, (size_t)EXPLAIN_LINES);
}

/* The sentence, or what would change it, of a stage has this text. */
static void says(const struct explain_facts *facts, const char *stage, const char *text)
{
	const struct explain_line *line;
	struct explain why;

	explain_source(facts, &why);
	line = line_of(&why, stage);
	cr_assert(line, "%s says nothing", stage);
	cr_assert(strstr(line->sentence, text) || strstr(line->change, text), "%s: %s / %s", stage,
		  line->sentence, line->change);
}

static void fill(struct explain_facts *facts, enum lane lane)
{
	const struct rate_limit *limit = &plan.policy.lane[lane];

	facts->lane[lane].arrival_ns = NOW + limit->tolerance_ns + 1;
}

Test(explain_verdict, strangers_by_the_lane)
{
	struct explain_facts facts = stranger();

	decides(&facts, "lane", REASON_REQUEST);
	says(&facts, "lane", "200 new requests a second; the lane is not full");
	says(&facts, "standing", "sipshield allow add 198.51.100.7");
	facts.price = 4;
	facts.narrow = true;
	says(&facts, "budget", "each request counts 4 times");
	says(&facts, "prefix", "share 4 times such a budget");
	fill(&facts, LANE_REQUEST);
	decides(&facts, "greylist", REASON_GREYLIST);
	fill(&facts, LANE_RETURN);
	says(&facts, "greylist", "that lane is full, too");
	plan.policy.action[REASON_GREYLIST] = ACTION_SHADOW;
	decides(&facts, "greylist", REASON_STRANGERS_LANE);
	plan.policy.action[REASON_STRANGERS_LANE] = ACTION_OFF;
	decides(&facts, "greylist", REASON_REQUEST);
}

Test(explain_verdict, the_limit_that_the_agent_set_while_it_holds)
{
	struct explain_facts facts = stranger();

	facts.lane[LANE_REQUEST].arrival_ns = NOW + SECOND;
	facts.lane[LANE_REQUEST].set = (struct rate_limit){ SECOND / 40, SECOND / 10 };
	facts.lane[LANE_REQUEST].set_until_ns = NOW + 1;
	decides(&facts, "greylist", REASON_GREYLIST);
	says(&facts, "lane", "40 new requests a second (set by the agent");
	facts.lane[LANE_REQUEST].set_until_ns = NOW;
	decides(&facts, "lane", REASON_REQUEST);
}

Test(explain_verdict, what_the_policy_says)
{
	struct explain_facts facts = ruled(PREFIX_DENY);

	decides(&facts, "policy", REASON_DENY);
	plan.policy.action[REASON_DENY] = ACTION_SHADOW;
	decides(&facts, "lane", REASON_REQUEST);
	says(&facts, "policy", "in shadow");
	facts = ruled(PREFIX_ALLOW);
	ban(&facts, NOW + SECOND, 1);
	decides(&facts, "policy", REASON_ALLOW);
	facts.rule_added = true;
	says(&facts, "policy", "sipshield allow del 198.51.100.7");
	facts = ruled(PREFIX_CARRIER);
	ban(&facts, NOW + SECOND, 0);
	decides(&facts, "budget", REASON_CARRIER);
	says(&facts, "policy", "the carrier trunk-a");
	facts = ruled(PREFIX_NEVER_BAN);
	ban(&facts, NOW + SECOND, 1);
	decides(&facts, "lane", REASON_REQUEST);
	says(&facts, "ban", "the policy's word goes before");
}

Test(explain_verdict, bans)
{
	struct explain_facts facts = known(STANDING_PROVEN);

	ban(&facts, NOW + 43 * SECOND, 2);
	decides(&facts, "ban", REASON_BANNED);
	says(&facts, "ban", "ends in 43s, or by `sipshield ban del 198.51.100.7'");
	says(&facts, "ban", "by the agent for another 43s: 10 users asked for in vain");
	ban(&facts, ~0ULL, 0);
	says(&facts, "ban", "until it is deleted");
	plan.policy.action[REASON_BANNED] = ACTION_OFF;
	decides(&facts, "budget", REASON_REQUEST);
	facts.source.has_ban = false;
	facts.source.ban = (struct ban){ .grace_until_ns = NOW + 540 * SECOND };
	says(&facts, "ban", "no new one for another 9m");
}

Test(explain_verdict, holds)
{
	struct explain_facts facts = known(STANDING_PROVEN);

	facts.source.standing.held_until_ns = NOW + 2 * SECOND;
	decides(&facts, "hold", REASON_HELD);
	says(&facts, "hold", "ends in 2s");
	facts.source.state = STANDING_TRUSTED;
	facts.source.standing.trusted_until_ns = NOW + SECOND;
	decides(&facts, "budget", REASON_KNOWN);
	facts = known(STANDING_PROVEN);
	facts.source.standing.held_until_ns = NOW;
	decides(&facts, "budget", REASON_REQUEST);
}

Test(explain_verdict, what_it_earned)
{
	struct explain_facts facts = known(STANDING_PROVEN);

	decides(&facts, "budget", REASON_REQUEST);
	says(&facts, "proven", "3 times that it can be reached, by nonce the last time, 50s ago");
	says(&facts, "proven", "forgotten in 10m");
	says(&facts, "standing", "makes it trusted");
	facts = known(STANDING_TRUSTED);
	decides(&facts, "budget", REASON_KNOWN);
	says(&facts, "trusted", "ends in 5m unless it registers again");
	says(&facts, "budget",
	     "limits.trusted 20 times for its registered flows, limits.proven 6 times");
	facts.source.state = STANDING_PROVEN;
	facts.source.standing.trusted_until_ns = NOW - 1;
	says(&facts, "trusted", "not any more");
}

Test(explain_verdict, hop_limits_count_while_attacked)
{
	struct explain_facts facts = known(STANDING_TRUSTED);

	says(&facts, "hop-limit", "57, 60 in what it proved itself by; not compared");
	facts.source.standing.attacked_until_ns = NOW + 8 * SECOND;
	says(&facts, "hop-limit", "another hop limit than 57, 60 is taken for a stranger's");
	says(&facts, "hop-limit", "ends in 8s");
	facts = known(STANDING_PROVEN);
	facts.source.standing.hop[0] = 0;
	{
		struct explain why;

		explain_source(&facts, &why);
		cr_assert_null(line_of(&why, "hop-limit"));
	}
}

Test(explain_verdict, a_shield_that_does_not_drop)
{
	struct explain_facts facts = known(STANDING_PROVEN);

	ban(&facts, NOW + SECOND, 1);
	facts.agent = false;
	says(&facts, "agent", "does not run");
	decides(&facts, "ban", REASON_BANNED);
	facts.agent = true;
	facts.frozen_until_ns = NOW + 30 * SECOND;
	says(&facts, "agent", "makes no new bans");
	says(&facts, "agent", "ends in 30s");
	plan.policy.mode = ACTION_SHADOW;
	decides(&facts, "shield", REASON_OFF);
	plan.policy.mode = ACTION_OFF;
	decides(&facts, "shield", REASON_OFF);
	plan.policy.mode = ACTION_ENFORCE;
	facts.attached = false;
	decides(&facts, "shield", REASON_OFF);
}

Test(explain_verdict, budgets_as_the_packet_path_has_them)
{
	struct explain_facts facts = known(STANDING_TRUSTED);
	const struct rate_limit *trusted = &plan.policy.limit[STANDING_TRUSTED][CLASS_REGISTER];
	const struct rate_limit *proven = &plan.policy.limit[STANDING_PROVEN][CLASS_REGISTER];
	const struct rate_limit *unknown = &plan.policy.limit[STANDING_UNKNOWN][CLASS_REGISTER];

	cr_assert_eq(explain_budget(&facts, true, CLASS_REGISTER).interval_ns,
		     trusted->interval_ns / 20);
	cr_assert_eq(explain_budget(&facts, false, CLASS_REGISTER).interval_ns,
		     proven->interval_ns / 6, "a quarter of what is registered");
	facts.source.standing.debt = 8;
	cr_assert_eq(explain_budget(&facts, true, CLASS_REGISTER).interval_ns,
		     trusted->interval_ns / 12);
	facts = known(STANDING_PROVEN);
	facts.source.standing.debt = 8;
	cr_assert_eq(explain_budget(&facts, true, CLASS_REGISTER).interval_ns,
		     unknown->interval_ns);
	says(&facts, "budget", "that of a stranger, though outside of the strangers' lane");
	facts = known(STANDING_TRUSTED);
	facts.source.tight = true;
	facts.source.ban.tight_until_ns = NOW + 7200 * SECOND;
	cr_assert_eq(explain_budget(&facts, true, CLASS_REGISTER).interval_ns,
		     unknown->interval_ns);
	says(&facts, "budget", "the agent made it tight for another 2h");
	says(&facts, "budget", "sipshield allow add 198.51.100.7");
	facts.source.tight = false;
	says(&facts, "budget", "limits.trusted 20 times");
	facts = ruled(PREFIX_CARRIER);
	cr_assert_eq(explain_budget(&facts, true, CLASS_INVITE).interval_ns, SECOND / 100);
}

/* Whatever stands in the maps, there is a verdict, and no text runs over. */
Test(explain_verdict, every_mixture_has_a_verdict)
{
	for (unsigned int mix = 0; mix < 1U << 9; mix++) {
		struct explain_facts facts = known(mix & 1 ? STANDING_TRUSTED : STANDING_PROVEN);
		struct explain why;

		facts.source.has_standing = mix & 2;
		if (!facts.source.has_standing)
			facts.source.state = STANDING_UNKNOWN;
		facts.source.has_rule = mix & 4;
		facts.source.rule.kind = PREFIX_DENY + (mix >> 3 & 3);
		if (mix & 32)
			ban(&facts, NOW + SECOND, 1);
		facts.source.standing.held_until_ns = mix & 64 ? NOW + SECOND : 0;
		facts.source.standing.attacked_until_ns = mix & 128 ? NOW + SECOND : 0;
		facts.source.has_suspect = mix & 256;
		facts.agent = facts.attached = true;
		explain_source(&facts, &why);
		cr_assert_not_null(why.decides, "mixture %#x", mix);
		cr_assert_gt(strlen(why.verdict), 13, "mixture %#x", mix);
		cr_assert_leq(why.lines, (size_t)EXPLAIN_LINES);
	}
}
