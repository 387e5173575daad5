// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who is banned, for how long, and who never is.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "user/score.h"

#define SECOND 1000000000ULL
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define START (1000 * DAY)

static struct addr address(__u32 n)
{
	struct addr a = { 0 };

	memset(&a.byte[10], 0xff, 2);
	memcpy(&a.byte[12], &n, sizeof(n));
	return a;
}

/* One source whose record grows, judged once a second. */
struct course {
	struct score *score;
	struct addr key;
	struct suspect suspect;
	struct standing standing;
	__u64 now_ns;
	bool known;
};

static struct course course(enum standing_state state)
{
	return (struct course){
		.score = score_new(100),
		.key = address(1),
		.suspect = { .first_ns = START, .check = REASON_CHECK_cseq_method },
		.known = state == STANDING_PROVEN || state == STANDING_TRUSTED,
		.standing = { .since_ns = START - HOUR,
			      .expires_ns = ~0ULL,
			      .proven_ns = START - HOUR,
			      .trusted_until_ns = state == STANDING_TRUSTED ? ~0ULL : 0 },
		.now_ns = START,
	};
}

static struct score_decision judge(struct course *c, __u32 structural, __u64 exceeded)
{
	struct score_decision decision;

	c->now_ns += SECOND;
	c->suspect.last_ns = c->now_ns;
	c->suspect.structural += structural;
	c->suspect.suspicion += structural * WEIGHT_STRONG;
	c->suspect.exceeded += exceeded;
	score_judge(c->score, &c->key, &c->suspect, c->known ? &c->standing : NULL, c->now_ns,
		    &decision);
	return decision;
}

Test(score, five_strong_hits_ban_a_proven_source)
{
	struct course c = course(STANDING_PROVEN);
	struct score_decision decision;

	cr_assert_not(judge(&c, 4, 0).ban);
	decision = judge(&c, 1, 0);
	cr_assert(decision.ban);
	cr_assert_eq(decision.level, 1);
	cr_assert_eq(decision.ttl_seconds, 60);
	cr_assert_str_eq(decision.sentence, "5 requests hit by checks or signatures (cseq-method)");
	score_free(c.score);
}

/* The note of a ban has little room. */
Test(score, sentence_is_whole)
{
	struct course c = course(STANDING_PROVEN);

	c.suspect.check = REASON_CHECK_max_forwards_zero; /* none has a longer name */
	cr_assert_str_eq(judge(&c, 123456, 0).sentence,
			 "123456 requests hit by checks or signatures (max-forwards-zero)");
	score_free(c.score);
}

/* One request a second, each of a weight; returns how many it took to a ban, 0: there was none. */
static unsigned int requests_to_ban(__u32 weight, struct score_decision *decision)
{
	struct course c = course(STANDING_PROVEN);

	decision->ban = false;
	for (unsigned int n = 1; n < 100 && !decision->ban; n++) {
		c.suspect.suspicion += weight;
		c.suspect.structural++;
		*decision = judge(&c, 0, 0);
	}
	score_free(c.score);
	return decision->ban ? c.suspect.structural : 0;
}

Test(score, weaker_hits_take_longer)
{
	struct score_decision decision;

	cr_assert_eq(requests_to_ban(WEIGHT_STRONG, &decision), 5);
	cr_assert_eq(requests_to_ban(WEIGHT_MEDIUM, &decision), 20);
	cr_assert_str_eq(decision.sentence,
			 "20 requests hit by checks or signatures (cseq-method)");
	cr_assert_eq(requests_to_ban(WEIGHT_WEAK, &decision), 80);
	cr_assert_eq(requests_to_ban(WEIGHT_MEDIUM + WEIGHT_WEAK, &decision), 16);
	cr_assert_eq(requests_to_ban(0, &decision), 0);
}

Test(score, weak_hits_are_forgotten_after_an_hour)
{
	struct course c = course(STANDING_PROVEN);

	for (int hour = 0; hour < 10; hour++) {
		c.suspect.suspicion += 79 * WEIGHT_WEAK;
		cr_assert_not(judge(&c, 0, 0).ban, "hour %d", hour);
		c.now_ns += HOUR;
		cr_assert_not(judge(&c, 0, 0).ban, "hour %d", hour);
	}
	score_free(c.score);
}

Test(score, five_hundred_requests_over_its_limits_ban_a_proven_source)
{
	struct course c = course(STANDING_PROVEN);
	struct score_decision decision;

	cr_assert_not(judge(&c, 0, 499).ban);
	decision = judge(&c, 0, 1);
	cr_assert(decision.ban);
	cr_assert_str_eq(decision.sentence, "500 requests over its limits");
	score_free(c.score);
}

Test(score, forged_sources_are_never_banned)
{
	struct course c = course(STANDING_UNKNOWN);

	for (int i = 0; i < 100; i++)
		cr_assert_not(judge(&c, 1000, 100000).ban);
	score_free(c.score);
}

Test(score, only_a_proven_source_is_banned)
{
	for (int state = 0; state < STANDING_MAX; state++) {
		struct course c = course(state);

		cr_assert_eq(judge(&c, 1000, 100000).ban, state == STANDING_PROVEN, "state %d",
			     state);
		score_free(c.score);
	}
}

Test(score, a_proof_that_expired_is_none)
{
	struct course c = course(STANDING_PROVEN);

	c.standing.expires_ns = START;
	cr_assert_not(judge(&c, 1000, 0).ban);
	score_free(c.score);
}

Test(score, what_was_sent_before_the_proof_does_not_count)
{
	struct course c = course(STANDING_PROVEN);

	c.suspect.structural = 1000;
	c.suspect.suspicion = 1000 * WEIGHT_STRONG;
	c.standing.since_ns = START + SECOND / 2;
	cr_assert_not(judge(&c, 0, 0).ban, "others may have sent it in the source's name");
	cr_assert_not(judge(&c, 4, 0).ban);
	cr_assert(judge(&c, 1, 0).ban);
	score_free(c.score);
}

Test(score, evidence_is_forgotten_after_an_hour)
{
	struct course c = course(STANDING_PROVEN);

	for (int hour = 0; hour < 10; hour++) {
		cr_assert_not(judge(&c, 4, 499).ban, "hour %d", hour);
		c.now_ns += HOUR;
		cr_assert_not(judge(&c, 0, 0).ban, "hour %d", hour);
	}
	score_free(c.score);
}

Test(score, a_burst_after_a_long_silence_counts)
{
	struct course c = course(STANDING_PROVEN);

	cr_assert_not(judge(&c, 1, 0).ban);
	c.now_ns += 5 * HOUR;
	cr_assert(judge(&c, 5, 0).ban);
	score_free(c.score);
}

Test(score, a_suspect_that_the_kernel_forgot_begins_anew)
{
	struct course c = course(STANDING_PROVEN);

	cr_assert(judge(&c, 50, 0).ban);
	c.now_ns += 2 * 60 * SECOND;
	c.suspect = (struct suspect){ .first_ns = c.now_ns };
	cr_assert_not(judge(&c, 4, 0).ban);
	cr_assert(judge(&c, 1, 0).ban);
	score_free(c.score);
}

/* Offends as soon as its ban is over; returns the length of the next one. */
static __u64 next_ban(struct course *c, __u64 pause_ns)
{
	struct score_decision decision;

	c->now_ns += pause_ns;
	decision = judge(c, 5, 0);
	cr_assert(decision.ban);
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

	cr_assert(judge(&c, 5, 0).ban);
	for (int i = 0; i < 58; i++)
		cr_assert_not(judge(&c, 5, 1000).ban, "second %d", i);
	score_free(c.score);
}

Test(score, a_packet_seen_after_the_round_began_counts)
{
	struct course c = course(STANDING_PROVEN);

	c.suspect.first_ns = START + HOUR;
	cr_assert(judge(&c, 5, 0).ban);
	score_free(c.score);
}

/* Judges n sources of their own, each with what makes a ban; returns how many were banned. */
static unsigned int ban_many(struct score *score, __u32 first, __u32 n, __u64 now_ns)
{
	struct standing standing = {
		.since_ns = START - HOUR,
		.expires_ns = ~0ULL,
		.proven_ns = START - HOUR,
	};
	struct suspect suspect = { .first_ns = now_ns - SECOND,
				   .last_ns = now_ns,
				   .structural = 5,
				   .suspicion = 5 * WEIGHT_STRONG };
	unsigned int bans = 0;

	for (__u32 i = first; i < first + n; i++) {
		struct score_decision decision;
		struct addr key = address(i);

		score_judge(score, &key, &suspect, &standing, now_ns, &decision);
		bans += decision.ban;
	}
	return bans;
}

Test(score, memory_is_bounded_and_keeps_the_latest)
{
	struct score *score = score_new(1000);

	cr_assert_eq(ban_many(score, 0, 100000, START), 100000);
	cr_assert_eq(ban_many(score, 99000, 1000, START + SECOND), 0, "they are remembered");
	cr_assert_eq(ban_many(score, 0, 10, START + SECOND), 10, "they were forgotten");
	score_free(score);
}

Test(score, forged_sources_push_nobody_out_of_memory)
{
	struct score *score = score_new(10);
	struct suspect forged = { .first_ns = START, .suspicion = 5 * WEIGHT_STRONG };
	struct score_decision decision;

	ban_many(score, 0, 10, START);
	for (__u32 i = 1000; i < 100000; i++) {
		struct addr key = address(i);

		score_judge(score, &key, &forged, NULL, START, &decision);
		cr_assert_not(decision.ban);
	}
	cr_assert_eq(ban_many(score, 0, 10, START + SECOND), 0);
	score_free(score);
}

Test(score, heeds_no_suspect_that_it_could_not_ban)
{
	for (__u32 structural = 0; structural < 7; structural++) {
		for (__u64 exceeded = 497; exceeded < 503; exceeded++) {
			struct suspect suspect = { .suspicion = structural * WEIGHT_STRONG,
						   .exceeded = exceeded };
			struct course c = course(STANDING_PROVEN);

			cr_expect_eq(score_heeds(&suspect), judge(&c, structural, exceeded).ban);
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
