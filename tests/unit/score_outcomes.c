// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a source's conduct is worth: attackers differ from users by what becomes of their requests.
 */
#include "bpf/conduct.h"
#include "tests/unit/score_course.h"

#define HASH(n) mix64((n) + 1)

/* The server answers the source once more. */
static void answer(struct course *c, struct conduct_facts facts)
{
	facts.caller_hash = facts.caller_hash ? facts.caller_hash : HASH(1000000);
	facts.call_hash = facts.call_hash ? facts.call_hash : HASH(2000000);
	facts.own |= facts.authenticated;
	if (conduct_answer(&c->standing, &facts, c->now_ns) & CONDUCT_HOLD)
		c->standing.held_until_ns = c->now_ns + 3 * SECOND;
}

#define ANSWER(c, ...) answer(c, (struct conduct_facts){ __VA_ARGS__ })

/* A guess of a password: a Call-ID of its own. */
static void guess(struct course *c, __u32 n, __u32 user)
{
	ANSWER(c, .method = SIP_METHOD_REGISTER, .status = 401, .authenticated = 1,
	       .user_hash = HASH(user), .call_hash = HASH(n), .cseq = 2, .tag_hash = HASH(n + 7));
}

Test(outcomes, six_guesses_are_a_ban_at_once)
{
	struct course c = course(STANDING_PROVEN);
	struct transition t;

	for (__u32 i = 0; i < 6; i++) {
		cr_assert_not(step_is_ban(judge(&c, 0, 0).to), "after %u", i);
		guess(&c, i, 100);
	}
	t = judge(&c, 0, 0);
	cr_assert_eq(t.to, STEP_BAN_1);
	cr_assert_eq(t.rule, RULE_CREDENTIALS);
	cr_assert_str_eq(t.sentence, "6 attempts with rejected credentials; 0 of 6 granted");
	score_free(c.score);
}

Test(outcomes, guesses_climb_by_watch_and_tight)
{
	static const enum step expected[] = { STEP_NONE, STEP_WATCH, STEP_NONE, STEP_TIGHT,
					      STEP_NONE };
	struct course c = course(STANDING_PROVEN);

	for (__u32 i = 0; i < 5; i++) {
		guess(&c, i, 100);
		cr_assert_eq(judge(&c, 0, 0).to, expected[i], "guess %u", i);
	}
	score_free(c.score);
}

/* After a ban six more, however full the kernel's memory of the attempts is. */
Test(outcomes, each_ban_needs_guesses_of_its_own)
{
	struct course c = course(STANDING_PROVEN);
	__u32 n = 0;

	for (enum step step = STEP_BAN_1; step <= STEP_TOP; step++) {
		for (int i = 0; i < 6; i++) {
			cr_assert_not(step_is_ban(judge(&c, 0, 0).to), "%s, %d", step_name(step),
				      i);
			guess(&c, n++, 100);
		}
		cr_assert_eq(judge(&c, 0, 0).to, step);
		c.now_ns += step_seconds(step) * SECOND;
		c.standing.held_until_ns = 0;
	}
	score_free(c.score);
}

/* The kernel has 64 bits for the callers: those that are set hide a part of the new ones. */
Test(outcomes, each_ban_needs_callers_of_its_own)
{
	struct course c = course(STANDING_PROVEN);
	__u32 n = 0;

	for (enum step step = STEP_BAN_1; step <= STEP_BAN_4; step++) {
		__u32 first = n;

		while (!step_is_ban(judge(&c, 0, 0).to))
			ANSWER(&c, .method = SIP_METHOD_INVITE, .status = 404, .authenticated = 1,
			       .user_hash = HASH(1), .caller_hash = HASH(n++));
		cr_assert_eq(c.last.to, step);
		cr_assert_eq(c.last.rule, RULE_CALLERS);
		cr_assert_geq(n - first, 7U, "%s took %u callers", step_name(step), n - first);
		c.now_ns += step_seconds(step) * SECOND;
	}
	cr_assert_leq(n, 42U, "%u callers for four bans", n);
	score_free(c.score);
}

/* What accepted credentials cleared in the kernel is not taken off what comes after them. */
Test(outcomes, guesses_after_a_right_one_count_from_nothing)
{
	struct course c = course(STANDING_PROVEN);

	for (__u32 i = 0; i < 6; i++)
		guess(&c, i, 100);
	cr_assert_eq(judge(&c, 0, 0).to, STEP_BAN_1);
	c.now_ns += 60 * SECOND;
	c.standing.held_until_ns = 0;
	ANSWER(&c, .method = SIP_METHOD_REGISTER, .status = 200, .authenticated = 1,
	       .user_hash = HASH(100));
	judge(&c, 0, 0);
	for (__u32 i = 10; i < 15; i++)
		guess(&c, i, 100);
	cr_assert_eq(judge(&c, 0, 0).to, STEP_TIGHT);
	guess(&c, 15, 100);
	c.standing.held_until_ns = 0;
	cr_assert_eq(judge(&c, 0, 0).to, STEP_BAN_2);
	score_free(c.score);
}

/* 16 REGISTER in 6 ms, again after 38 and 138 s, all with one Call-ID: 45 rejected in 140 s. */
Test(outcomes, a_mistyped_password_bans_nobody)
{
	struct course c = course(STANDING_PROVEN);

	for (__u32 burst = 0; burst < 3; burst++) {
		for (__u32 i = 0; i < 16; i++)
			ANSWER(&c, .method = SIP_METHOD_REGISTER, .status = 403, .authenticated = 1,
			       .user_hash = HASH(1001), .call_hash = HASH(5),
			       .cseq = 16 * burst + i, .tag_hash = HASH(6));
		cr_assert_eq(judge(&c, 0, 0).to, STEP_NONE);
		cr_assert_eq(course_wait(&c, 70 * SECOND).to, STEP_NONE);
	}
	score_free(c.score);
}

Test(outcomes, a_2xx_clears)
{
	struct course c = course(STANDING_PROVEN);
	struct transition t;

	for (__u32 i = 0; i < 4; i++)
		guess(&c, i, 100);
	cr_assert_eq(judge(&c, 0, 0).to, STEP_TIGHT);
	ANSWER(&c, .method = SIP_METHOD_REGISTER, .status = 200, .authenticated = 1,
	       .user_hash = HASH(100));
	t = judge(&c, 0, 0);
	cr_assert_eq(t.from, STEP_TIGHT);
	cr_assert_eq(t.to, STEP_NONE);
	cr_assert_eq(t.rule, RULE_CLEARED);
	score_free(c.score);
}

/* As the real one: a request each 20 s, 45 users, all with credentials, all refused. */
Test(outcomes, a_slow_enumeration_is_banned)
{
	struct course c = course(STANDING_PROVEN);
	struct transition t = { 0 };
	unsigned int n;

	for (n = 0; n < 1600 && !step_is_ban(t.to); n++) {
		ANSWER(&c, .method = SIP_METHOD_INVITE, .status = 404, .authenticated = 1,
		       .user_hash = HASH(n % 45), .caller_hash = HASH(3));
		t = course_wait(&c, 20 * SECOND);
	}
	cr_assert_eq(t.rule, RULE_USERS);
	cr_assert_leq(n, 12U);
	score_free(c.score);
}

Test(outcomes, toll_fraud_with_many_callers_is_banned)
{
	struct course c = course(STANDING_PROVEN);
	struct transition t = { 0 };
	unsigned int n;

	for (n = 0; n < 100 && !step_is_ban(t.to); n++) {
		ANSWER(&c, .method = SIP_METHOD_INVITE, .status = 404, .authenticated = 1,
		       .user_hash = HASH(n % 2), .caller_hash = HASH(100 + n % 12));
		t = course_wait(&c, 2 * SECOND);
	}
	cr_assert_eq(t.rule, RULE_CALLERS);
	cr_assert_leq(n, 10U);
	score_free(c.score);
}

/* Half of the numbers do not exist, and half of the rest do not answer. */
Test(outcomes, a_call_centre_is_left_alone)
{
	struct course c = course(STANDING_PROVEN);

	for (__u32 n = 0; n < 2000; n++) {
		static const __u16 status[] = { 200, 404, 486, 404, 480, 603, 487, 408 };

		ANSWER(&c, .method = SIP_METHOD_INVITE, .status = status[n % 8], .authenticated = 1,
		       .user_hash = HASH(n), .caller_hash = HASH(n % 20));
		conduct_ack(&c.standing);
		cr_assert_eq(judge(&c, 0, 0).to, STEP_NONE, "call %u", n);
	}
	score_free(c.score);
}

/* 300 phones behind one address: two requests for each registration, one of them challenged. */
Test(outcomes, an_office_is_left_alone)
{
	struct course c = course(STANDING_TRUSTED);

	for (__u32 n = 0; n < 3000; n++) {
		ANSWER(&c, .method = SIP_METHOD_REGISTER, .status = 401,
		       .user_hash = HASH(n % 300));
		ANSWER(&c, .method = SIP_METHOD_REGISTER, .status = 200, .authenticated = 1,
		       .user_hash = HASH(n % 300));
		if (n % 10 == 0) /* one has a stale password and a Call-ID for each attempt */
			guess(&c, n, 5000);
		cr_assert_leq(judge(&c, 0, 0).to, STEP_WATCH, "phone %u", n);
	}
	score_free(c.score);
}

Test(outcomes, a_trusted_source_is_tight_at_most)
{
	struct course c = course(STANDING_TRUSTED);
	struct transition t = { 0 };

	for (__u32 n = 0; n < 200; n++) {
		ANSWER(&c, .method = SIP_METHOD_INVITE, .status = 404, .authenticated = 1,
		       .user_hash = HASH(n), .caller_hash = HASH(n));
		cr_assert_leq(judge(&c, 0, 0).to, STEP_TIGHT);
		t = c.last.to == STEP_TIGHT ? c.last : t;
	}
	cr_assert_eq(t.to, STEP_TIGHT);
	score_free(c.score);
}

Test(outcomes, challenges_that_are_never_taken_up_tighten)
{
	struct course c = course(STANDING_PROVEN);
	enum step furthest = STEP_NONE;

	for (__u32 n = 0; n < 500; n++) {
		struct transition t;

		ANSWER(&c, .method = SIP_METHOD_REGISTER, .status = 401, .own = 1,
		       .user_hash = HASH(n));
		t = judge(&c, 0, 0);
		if (t.to > furthest)
			furthest = t.to;
		if (t.to == STEP_TIGHT)
			cr_assert_eq(t.rule, RULE_CHALLENGES);
	}
	cr_assert_eq(furthest, STEP_TIGHT);
	score_free(c.score);
}

Test(outcomes, calls_that_are_never_acknowledged_tighten)
{
	struct course c = course(STANDING_PROVEN);
	enum step furthest = STEP_NONE;

	for (__u32 n = 0; n < 200; n++) {
		struct transition t;

		ANSWER(&c, .method = SIP_METHOD_INVITE, .status = 486, .own = 1,
		       .user_hash = HASH(1));
		t = judge(&c, 0, 0);
		if (t.to > furthest)
			furthest = t.to;
		if (t.to == STEP_TIGHT)
			cr_assert_eq(t.rule, RULE_ACKS);
	}
	cr_assert_eq(furthest, STEP_TIGHT);
	score_free(c.score);
}

/* What was held against it long ago is not held against it for ever, and not twice. */
Test(outcomes, old_evidence_makes_no_new_step)
{
	struct course c = course(STANDING_PROVEN);

	for (__u32 i = 0; i < 4; i++)
		guess(&c, i, 100);
	cr_assert_eq(judge(&c, 0, 0).to, STEP_TIGHT);
	for (int day = 0; day < 10; day++) {
		struct transition t = course_wait(&c, DAY);

		cr_assert(t.to < t.from || t.from == STEP_NONE, "day %d: %s", day, step_name(t.to));
		cr_assert_eq(course_wait(&c, SECOND).to, STEP_NONE, "day %d", day);
	}
	cr_assert_eq(course_wait(&c, HOUR).from, STEP_NONE);
	guess(&c, 50, 100);
	cr_assert_eq(judge(&c, 0, 0).to, STEP_NONE, "the window is a new one");
	score_free(c.score);
}

Test(outcomes, the_share_decides)
{
	struct course c = course(STANDING_PROVEN);

	for (__u32 n = 0; n < 100; n++) {
		ANSWER(&c, .method = SIP_METHOD_INVITE, .status = n % 4 ? 404 : 200,
		       .authenticated = 1, .user_hash = HASH(n), .caller_hash = HASH(7));
		conduct_ack(&c.standing);
		judge(&c, 0, 0);
		if (n > 4)
			cr_assert_eq(c.last.to, STEP_NONE, "a quarter is granted");
	}
	score_free(c.score);
}
