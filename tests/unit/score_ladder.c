// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is banned, for how long, and who never is.
 */
#include "tests/unit/score_course.h"

Test(score, five_strong_hits_ban_a_proven_source)
{
	struct course c = course(STANDING_PROVEN);
	struct transition t = judge(&c, 1, 0);

	cr_assert_eq(t.to, STEP_NONE, "a fifth of the limit");
	t = judge(&c, 1, 0);
	cr_assert_eq(t.from, STEP_NONE);
	cr_assert_eq(t.to, STEP_WATCH, "two fifths");
	cr_assert_eq(t.rule, RULE_HITS);
	cr_assert_eq(judge(&c, 1, 0).to, STEP_NONE, "it stays there");
	t = judge(&c, 1, 0);
	cr_assert_eq(t.from, STEP_WATCH);
	cr_assert_eq(t.to, STEP_TIGHT, "four fifths");
	t = judge(&c, 1, 0);
	cr_assert_eq(t.from, STEP_TIGHT);
	cr_assert_eq(t.to, STEP_BAN_1);
	cr_assert_eq(t.ttl_seconds, 60);
	cr_assert_eq(t.bound, BOUND_NONE);
	cr_assert_eq(t.evidence.count, 80);
	cr_assert_eq(t.evidence.limit, 80);
	cr_assert_str_eq(t.sentence, "5 requests of its own hit by checks or signatures");
	score_free(c.score);
}

/* The note of a ban has little room. */
Test(score, sentence_is_whole)
{
	struct course c = course(STANDING_PROVEN);

	c.suspect.check = REASON_CHECK_max_forwards_zero; /* none has a longer name */
	c.suspect.structural = 123456;
	c.suspect.suspicion = 123456;
	c.suspect.last_ns = START;
	cr_assert_str_eq(judge(&c, 0, 0).sentence,
			 "123456 requests hit by checks or signatures (max-forwards-zero)");
	score_free(c.score);
}

/* One request a second, each of a weight; returns how many it took to a ban, 0: there was none. */
static unsigned int requests_to_ban(__u32 weight, struct transition *t)
{
	struct course c = course(STANDING_PROVEN);

	t->to = STEP_NONE;
	for (unsigned int n = 1; n < 100 && !step_is_ban(t->to); n++) {
		conduct_hit(&c, 1, weight);
		*t = judge(&c, 0, 0);
	}
	score_free(c.score);
	return step_is_ban(t->to) ? c.standing.conduct.hits : 0;
}

Test(score, weaker_hits_take_longer)
{
	struct transition t;

	cr_assert_eq(requests_to_ban(WEIGHT_STRONG, &t), 5);
	cr_assert_eq(requests_to_ban(WEIGHT_MEDIUM, &t), 20);
	cr_assert_str_eq(t.sentence, "20 requests of its own hit by checks or signatures");
	cr_assert_eq(requests_to_ban(WEIGHT_WEAK, &t), 80);
	cr_assert_eq(requests_to_ban(WEIGHT_MEDIUM + WEIGHT_WEAK, &t), 16);
	cr_assert_eq(requests_to_ban(0, &t), 0);
}

Test(score, weak_hits_are_forgotten_after_an_hour)
{
	struct course c = course(STANDING_PROVEN);

	for (int hour = 0; hour < 10; hour++) {
		conduct_hit(&c, 79, WEIGHT_WEAK);
		cr_assert_not(step_is_ban(judge(&c, 0, 0).to), "hour %d", hour);
		c.now_ns += HOUR;
		cr_assert_not(step_is_ban(judge(&c, 0, 0).to), "hour %d", hour);
	}
	score_free(c.score);
}

/* Whoever knows its address can go over its limits, and send in its name what checks hit. */
Test(score, what_others_can_do_in_its_name_bans_nobody)
{
	struct course c = course(STANDING_PROVEN);
	struct transition t;

	cr_assert_eq(judge(&c, 0, 166).to, STEP_NONE);
	cr_assert_eq(judge(&c, 0, 1).to, STEP_WATCH);
	t = judge(&c, 0, 1000);
	cr_assert_eq(t.to, STEP_TIGHT);
	cr_assert_eq(t.bound, BOUND_RULE);
	cr_assert_str_eq(t.sentence, "1167 requests over its limits");
	c.suspect.suspicion = 100000;
	c.suspect.structural = 100000;
	for (int i = 0; i < 100; i++)
		cr_assert_eq(judge(&c, 0, 100000).to, STEP_NONE, "it stays tight");
	score_free(c.score);
}

Test(score, forged_sources_are_never_banned)
{
	struct course c = course(STANDING_UNKNOWN);

	for (int i = 0; i < 100; i++)
		cr_assert_not(step_is_ban(judge(&c, 1000, 100000).to));
	score_free(c.score);
}

Test(score, only_a_proven_source_is_banned)
{
	for (int state = 0; state < STANDING_MAX; state++) {
		struct course c = course(state);

		cr_assert_eq(step_is_ban(judge(&c, 1000, 100000).to), state == STANDING_PROVEN,
			     "state %d", state);
		score_free(c.score);
	}
}

Test(score, a_proof_that_expired_is_none)
{
	struct course c = course(STANDING_PROVEN);

	c.standing.expires_ns = START;
	cr_assert_not(step_is_ban(judge(&c, 1000, 0).to));
	score_free(c.score);
}

Test(score, what_was_sent_before_the_proof_does_not_count)
{
	struct course c = course(STANDING_PROVEN);

	c.suspect.exceeded = 1000;
	c.suspect.last_ns = START;
	c.standing.since_ns = START + SECOND / 2;
	cr_assert_eq(judge(&c, 0, 0).to, STEP_NONE, "others may have sent it in its name");
	cr_assert_eq(judge(&c, 0, 166).to, STEP_NONE);
	cr_assert_eq(judge(&c, 0, 1).to, STEP_WATCH);
	score_free(c.score);
}

Test(score, evidence_is_forgotten_after_an_hour)
{
	struct course c = course(STANDING_PROVEN);

	for (int hour = 0; hour < 10; hour++) {
		cr_assert_not(step_is_ban(judge(&c, 4, 499).to), "hour %d", hour);
		c.now_ns += HOUR;
		cr_assert_not(step_is_ban(judge(&c, 0, 0).to), "hour %d", hour);
	}
	score_free(c.score);
}

Test(score, a_burst_after_a_long_silence_counts)
{
	struct course c = course(STANDING_PROVEN);

	cr_assert_not(step_is_ban(judge(&c, 2, 0).to));
	c.now_ns += 5 * HOUR;
	cr_assert(step_is_ban(judge(&c, 5, 0).to));
	score_free(c.score);
}

Test(score, a_suspect_that_the_kernel_forgot_begins_anew)
{
	struct course c = course(STANDING_PROVEN);

	cr_assert_eq(judge(&c, 0, 200).to, STEP_WATCH);
	c.now_ns += 2 * 60 * SECOND;
	c.suspect = (struct suspect){ .first_ns = c.now_ns, .last_ns = c.now_ns };
	cr_assert_eq(judge(&c, 0, 333).to, STEP_NONE);
	cr_assert_eq(judge(&c, 0, 1).to, STEP_TIGHT);
	score_free(c.score);
}

/* Offends as soon as its ban is over; returns the length of the next one. */
static __u64 next_ban(struct course *c, __u64 pause_ns)
{
	struct transition decision;

	c->now_ns += pause_ns;
	decision = judge(c, 5, 0);
	cr_assert(step_is_ban(decision.to));
	c->now_ns += decision.ttl_seconds * SECOND;
	return decision.ttl_seconds;
}

Test(score, bans_climb_the_ladder_and_stay_at_its_top)
{
	static const __u64 seconds[] = { 60, 300, 1800, 10800, 86400, 86400, 86400 };
	struct course c = course(STANDING_PROVEN);

	for (size_t i = 0; i < sizeof(seconds) / sizeof(seconds[0]); i++)
		cr_assert_eq(next_ban(&c, 0), seconds[i], "ban %zu", i);
	score_free(c.score);
}

Test(score, each_quiet_day_is_a_step_down)
{
	struct course c = course(STANDING_PROVEN);

	for (int i = 0; i < 5; i++)
		next_ban(&c, 0);
	cr_assert_eq(next_ban(&c, DAY), 86400, "one step down, one up");
	cr_assert_eq(next_ban(&c, 2 * DAY), 10800);
	cr_assert_eq(next_ban(&c, DAY - HOUR), 86400, "not a whole day");
	cr_assert_eq(next_ban(&c, 100 * DAY), 60);
	score_free(c.score);
}

Test(score, there_is_no_second_ban_while_one_lasts)
{
	struct course c = course(STANDING_PROVEN);

	cr_assert(step_is_ban(judge(&c, 5, 0).to));
	for (int i = 0; i < 58; i++)
		cr_assert_not(step_is_ban(judge(&c, 5, 1000).to), "second %d", i);
	score_free(c.score);
}

Test(score, a_packet_seen_after_the_round_began_counts)
{
	struct course c = course(STANDING_PROVEN);

	c.suspect.first_ns = START + HOUR;
	c.standing.conduct.since_ns = START + HOUR;
	cr_assert_eq(judge(&c, 0, 500).to, STEP_TIGHT);
	cr_assert_eq(judge(&c, 5, 0).to, STEP_BAN_1);
	score_free(c.score);
}

static void count_due(const struct addr *key, void *arg)
{
	(void)key;
	++*(unsigned int *)arg;
}

/* Judges n sources of their own, each with what makes a ban; returns how many were banned. */
static unsigned int ban_many(struct score *score, __u32 first, __u32 n, __u64 now_ns)
{
	struct standing standing = {
		.since_ns = START - HOUR,
		.expires_ns = ~0ULL,
		.proven_ns = START - HOUR,
		.conduct = { .since_ns = now_ns - SECOND,
			     .last_ns = now_ns,
			     .hits = 5,
			     .suspicion = 5 * WEIGHT_STRONG },
	};
	unsigned int bans = 0;

	struct ban ban = { .since_ns = START, .expires_ns = START + 60 * SECOND, .level = 1 };
	struct score_facts facts = {
		.standing = &standing,
		.ban = now_ns > START ? &ban : NULL,
	};

	for (__u32 i = first; i < first + n; i++) {
		struct transition decision;
		struct addr key = address(i);

		bans += score_judge(score, &key, &facts, now_ns, &decision) &&
			step_is_ban(decision.to);
	}
	return bans;
}

Test(score, memory_is_bounded_and_keeps_the_latest)
{
	struct score *score = score_new(1000);
	unsigned int due = 0;

	cr_assert_eq(ban_many(score, 0, 100000, START), 100000);
	score_each_due(score, START + HOUR, count_due, &due);
	cr_assert_eq(due, 1000U);
	cr_assert_eq(ban_many(score, 99000, 1000, START + SECOND), 0, "they are remembered");
	cr_assert_eq(ban_many(score, 0, 10, START), 10, "they were forgotten");
	score_free(score);
}

Test(score, forged_sources_push_nobody_out_of_memory)
{
	struct score *score = score_new(10);
	struct suspect forged = { .first_ns = START,
				  .last_ns = START,
				  .suspicion = 5 * WEIGHT_STRONG };
	struct score_facts facts = { .suspect = &forged };
	struct transition decision;
	unsigned int due = 0;

	ban_many(score, 0, 10, START);
	for (__u32 i = 1000; i < 100000; i++) {
		struct addr key = address(i);

		cr_assert_not(score_judge(score, &key, &facts, START, &decision));
	}
	cr_assert_eq(ban_many(score, 0, 10, START + SECOND), 0);
	score_each_due(score, START + HOUR, count_due, &due);
	cr_assert_eq(due, 10U);
	score_free(score);
}

Test(score, heeds_no_suspect_that_it_would_do_nothing_about)
{
	for (__u32 suspicion = 20; suspicion < 35; suspicion++) {
		for (__u64 exceeded = 160; exceeded < 172; exceeded++) {
			struct suspect suspect = { .suspicion = suspicion, .exceeded = exceeded };
			struct course c = course(STANDING_PROVEN);

			c.suspect.suspicion = suspicion;
			cr_expect_eq(score_heeds(&suspect), judge(&c, 0, exceeded).to != STEP_NONE);
			score_free(c.score);
		}
	}
}

Test(score, holds_one_source)
{
	struct score *score = score_new(0);

	cr_assert_eq(ban_many(score, 0, 100, START), 100);
	score_free(score);
}

Test(score, trusted_and_protected_sources_are_watched_and_no_more)
{
	struct course trusted = course(STANDING_TRUSTED), protected = course(STANDING_PROVEN);
	struct transition t = judge(&trusted, 1000, 0);

	cr_assert_eq(t.to, STEP_WATCH);
	cr_assert_eq(t.bound, BOUND_TRUSTED);
	cr_assert_eq(judge(&trusted, 1000, 10000).to, STEP_NONE, "said once");
	protected.protected = true;
	t = judge(&protected, 1000, 0);
	cr_assert_eq(t.to, STEP_WATCH);
	cr_assert_eq(t.bound, BOUND_PROTECTED);
	score_free(trusted.score);
	score_free(protected.score);
}

Test(score, a_ban_ends_and_is_remembered_for_a_quiet_day)
{
	struct course c = course(STANDING_PROVEN);
	struct transition t;

	cr_assert_eq(judge(&c, 5, 0).to, STEP_BAN_1);
	cr_assert_eq(course_wait(&c, 60 * SECOND - 1).to, STEP_NONE);
	t = course_wait(&c, 1);
	cr_assert_eq(t.from, STEP_BAN_1);
	cr_assert_eq(t.to, STEP_WATCH);
	cr_assert_eq(t.rule, RULE_OVER);
	cr_assert_eq(course_wait(&c, DAY - 1).from, STEP_NONE);
	t = course_wait(&c, 1);
	cr_assert_eq(t.from, STEP_WATCH);
	cr_assert_eq(t.to, STEP_NONE);
	cr_assert_eq(t.rule, RULE_QUIET);
	score_free(c.score);
}

Test(score, tight_is_a_step_down_a_quiet_day)
{
	struct course c = course(STANDING_PROVEN);
	struct transition t;

	cr_assert_eq(judge(&c, 4, 0).to, STEP_TIGHT);
	cr_assert_eq(course_wait(&c, DAY - 1).from, STEP_NONE);
	t = course_wait(&c, 1);
	cr_assert_eq(t.from, STEP_TIGHT);
	cr_assert_eq(t.to, STEP_WATCH);
	cr_assert_eq(course_wait(&c, DAY).to, STEP_NONE);
	cr_assert_eq(c.last.from, STEP_WATCH);
	cr_assert_eq(course_wait(&c, 10 * DAY).from, STEP_NONE);
	score_free(c.score);
}

/* The packet path ends it by itself some time after a day. */
Test(score, tight_is_renewed_while_it_goes_on)
{
	struct course c = course(STANDING_PROVEN);
	unsigned int renewed = 0;

	cr_assert_eq(judge(&c, 4, 0).to, STEP_TIGHT);
	for (int i = 0; i < 100; i++) {
		struct transition t;

		c.now_ns += HOUR;
		t = judge(&c, 4, 0);
		cr_assert_eq(t.to, t.from, "it stays tight");
		renewed += t.to == STEP_TIGHT;
		cr_assert_eq(course_wait(&c, SECOND).to, STEP_NONE, "not each second");
	}
	cr_assert_eq(renewed, 100U);
	score_free(c.score);
}

static void lift(struct course *c, __u64 grace_ns)
{
	c->ban.expires_ns = c->now_ns;
	c->ban.grace_until_ns = c->now_ns + grace_ns;
}

Test(score, a_lifted_ban_counts_for_nothing_and_leaves_a_grace)
{
	struct course c = course(STANDING_PROVEN);
	struct transition t;

	cr_assert_eq(judge(&c, 5, 0).to, STEP_BAN_1);
	lift(&c, 10 * 60 * SECOND);
	t = judge(&c, 0, 0);
	cr_assert_eq(t.from, STEP_BAN_1);
	cr_assert_eq(t.to, STEP_WATCH);
	cr_assert_eq(t.rule, RULE_LIFTED);
	t = judge(&c, 50, 0);
	cr_assert_eq(t.to, STEP_TIGHT);
	cr_assert_eq(t.bound, BOUND_GRACE);
	cr_assert_eq(course_wait(&c, 596 * SECOND).to, STEP_NONE, "still in grace");
	t = course_wait(&c, 2 * SECOND);
	cr_assert_eq(t.to, STEP_BAN_1, "the lifted one does not count");
	score_free(c.score);
}

Test(score, a_ban_that_was_lifted_before_it_was_known_leaves_a_grace)
{
	struct course c = course(STANDING_PROVEN);

	c.ban = (struct ban){ .since_ns = START - HOUR,
			      .expires_ns = START - SECOND,
			      .grace_until_ns = START + 60 * SECOND,
			      .level = 3 };
	judge(&c, 5, 0);
	cr_assert_neq(c.last.to, STEP_TIGHT, "what was before counts no more");
	cr_assert_eq(judge(&c, 5, 0).to, STEP_TIGHT);
	cr_assert_eq(course_wait(&c, 60 * SECOND).to, STEP_BAN_3, "the lifted one is no step");
	score_free(c.score);
}

Test(score, no_new_bans_while_frozen)
{
	struct course c = course(STANDING_PROVEN);
	struct transition t;

	c.frozen = true;
	t = judge(&c, 50, 0);
	cr_assert_eq(t.to, STEP_TIGHT);
	cr_assert_eq(t.bound, BOUND_FROZEN);
	cr_assert_eq(course_wait(&c, SECOND).to, STEP_NONE);
	c.frozen = false;
	cr_assert_eq(course_wait(&c, SECOND).to, STEP_BAN_1, "it waits for no new evidence");
	score_free(c.score);
}

Test(score, a_ban_that_could_not_be_made_is_not_tried_again_at_once)
{
	struct course c = course(STANDING_PROVEN);

	c.deaf = true;
	cr_assert_eq(judge(&c, 5, 0).to, STEP_BAN_1);
	cr_assert_eq(judge(&c, 0, 0).to, STEP_NONE);
	cr_assert_eq(judge(&c, 1, 0).to, STEP_NONE);
	c.deaf = false;
	cr_assert_eq(judge(&c, 4, 0).to, STEP_BAN_1);
	score_free(c.score);
}

/* An agent that begins anew goes on where the map says that the last one stood. */
Test(score, takes_over_the_ladder_of_a_ban)
{
	struct course c = course(STANDING_PROVEN);

	c.ban = (struct ban){ .since_ns = START, .expires_ns = START + HOUR, .level = 3 };
	cr_assert_eq(judge(&c, 5, 0).to, STEP_NONE, "the ban lasts");
	cr_assert_eq(course_wait(&c, HOUR).to, STEP_WATCH);
	cr_assert_eq(c.last.from, STEP_BAN_3);
	cr_assert_eq(judge(&c, 10, 0).to, STEP_BAN_4);
	score_free(c.score);
}

Test(score, a_ban_by_hand_is_left_alone)
{
	struct course c = course(STANDING_PROVEN);

	c.ban = (struct ban){ .since_ns = START, .expires_ns = ~0ULL };
	cr_assert_eq(judge(&c, 50, 1000).to, STEP_NONE);
	cr_assert_eq(c.ban.expires_ns, ~0ULL);
	score_free(c.score);
}
