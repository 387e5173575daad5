// SPDX-License-Identifier: GPL-2.0-or-later
/* The agent's rounds: what the packet path noted of suspects becomes bans, or never does. */
#include <errno.h>
#include <stdint.h>

#include "tests/prog/harness.h"
#include "user/addr.h"
#include "user/round.h"

/* A source for each test: what the packet path noted of it stays. */
#define ATTACKER "198.18.60.60"
#define STRANGER "198.18.60.61"
#define PHONE "198.18.60.62"
#define GATEWAY "198.18.60.63"
#define FLOODER "198.18.60.64"
#define KNOWN_CRACKER "198.18.60.65"
#define LIFTED "198.18.60.66"
#define FLOOD 1000 /* requests at once: more than twice what makes a ban */

TestSuite(rounds, .init = prog_start);

/* What the rounds of a test decided. */
static struct {
	struct transition last;
	int times;
	int bans;
	int widened;
} decided;

static void note(const struct transition *t, void *arg)
{
	cr_assert_null(arg);
	cr_assert_eq(t->id, (__u64)++decided.times, "they are numbered");
	decided.last = *t;
	decided.widened += t->from == STEP_NARROW;
	decided.bans += step_is_ban(t->to) && !t->error;
}

/* The work on sources over a limit is bounded in each tick: each flood has one for itself. */
static void flood(const char *src)
{
	prog_wait(10 * MS);
	prog_admitted(FLOOD, FRAME(.src = src), "OPTIONS");
}

static struct round *rounds(void)
{
	return round_new(prog_store(), SIZE_MAX, 0, 1);
}

static int round_now(struct round *round)
{
	return round_run(round, prog_now(), note, NULL);
}

/* What the answers say is found by the walk, or by being woken. */
static void guess(const char *src, __u32 guesses)
{
	struct standing standing = { .since_ns = prog_now(),
				     .expires_ns = ~0ULL,
				     .proven_ns = prog_now(),
				     .why = WHY_NONCE };

	standing.conduct.since_ns = prog_now();
	standing.conduct.last_ns = prog_now();
	standing.conduct.rejected = guesses;
	standing.conduct.rejected_ids = guesses;
	standing.conduct.answered = guesses;
	prog_put_standing(src, &standing);
}

/* Whoever knows its address can send in its name. */
Test(rounds, a_proven_source_that_floods_is_tight_and_not_banned)
{
	struct round *round = rounds();
	unsigned int strangers;
	struct addr address;
	struct ban ban;

	cr_assert_eq(addr_parse(FLOODER, &address), 0);
	prog_set_standing(FLOODER, STANDING_PROVEN, ~0ULL);
	flood(FLOODER);
	cr_assert_eq(round_now(round), 0);
	cr_assert_eq(decided.times, 1);
	cr_assert_eq(decided.last.error, 0);
	cr_assert_eq(decided.last.to, STEP_TIGHT);
	cr_assert_eq(decided.last.rule, RULE_EXCEEDED);
	cr_assert_eq(decided.last.bound, BOUND_RULE);
	cr_assert_eq(store_ban_get(prog_store(), &address, &ban), 0);
	cr_assert_gt(ban.tight_until_ns, prog_now() + 24 * HOUR);
	cr_assert_leq(ban.expires_ns, prog_now(), "it is no ban");
	/* Its limits are those of strangers, for as long as the map says. */
	prog_wait(HOUR);
	strangers = prog_admitted(FLOOD, FRAME(.src = FLOODER), "OPTIONS");
	cr_assert_eq(strangers, 10U, "%u came through", strangers);
	prog_wait(26 * HOUR);
	cr_assert_gt(prog_admitted(FLOOD, FRAME(.src = FLOODER), "OPTIONS"), 30U);
	round_free(round);
}

Test(rounds, a_guesser_is_banned_until_the_ban_ends)
{
	struct round *round = rounds();
	struct addr address;
	struct ban ban;

	cr_assert_eq(addr_parse(ATTACKER, &address), 0);
	guess(ATTACKER, 6);
	cr_assert_eq(round_now(round), 1);
	cr_assert_eq(decided.times, 1);
	cr_assert_eq(decided.last.error, 0);
	cr_assert_eq(decided.last.ttl_seconds, 60);
	cr_assert_eq(decided.last.rule, RULE_CREDENTIALS);
	cr_assert_arr_eq(&decided.last.key, &address, sizeof(address));
	cr_assert_eq(store_ban_get(prog_store(), &address, &ban), 0);
	cr_assert_str_eq(ban.note, decided.last.sentence);
	expect(REASON_BANNED, .src = ATTACKER, .payload = MESSAGE(.method = "OPTIONS"));

	prog_wait(59 * SECOND);
	cr_assert_eq(round_now(round), 0);
	cr_assert_eq(store_ban_get(prog_store(), &address, &ban), 0, "it lasts");
	prog_wait(SECOND);
	expect(REASON_REQUEST, .src = ATTACKER, .payload = MESSAGE(.method = "OPTIONS"));
	cr_assert_eq(round_now(round), 0, "the old evidence is used up");
	cr_assert_eq(decided.last.rule, RULE_OVER);
	cr_assert_eq(store_ban_get(prog_store(), &address, &ban), -ENOENT, "it was deleted");

	guess(ATTACKER, 12);
	cr_assert_eq(round_now(round), 1);
	cr_assert_eq(decided.last.ttl_seconds, 300);
	round_free(round);
}

Test(rounds, neither_strangers_nor_trusted_sources_are_banned)
{
	struct round *round = rounds();

	prog_policy_checked("");
	prog_register(PHONE);
	flood(STRANGER);
	flood(PHONE);
	for (int i = 0; i < 20; i++)
		expect(REASON_CHECK_cseq_method, .src = STRANGER,
		       .payload = MESSAGE(.method = "BYE", .cseq_method = "INVITE"));
	cr_assert_eq(round_now(round), 0);
	cr_assert_eq(decided.bans, 0);
	cr_assert_leq(decided.last.to, STEP_WATCH);
	round_free(round);
}

Test(rounds, the_policy_protects)
{
	struct round *round = rounds();

	prog_set_standing(GATEWAY, STANDING_PROVEN, ~0ULL);
	prog_policy_never_ban("", GATEWAY "/32");
	flood(GATEWAY);
	cr_assert_eq(round_now(round), 0);
	cr_assert_eq(decided.times, 1);
	cr_assert_eq(decided.last.to, STEP_WATCH);
	cr_assert_eq(decided.last.bound, BOUND_PROTECTED);
	expect(REASON_KEEPALIVE_CRLF, .src = GATEWAY, .payload = "\r\n\r\n");
	round_free(round);
}

Test(rounds, decisions_go_by_address)
{
	struct round *round = rounds();
	char text[PREFIX_TEXT_LEN];

	for (int i = 9; i >= 0; i--) {
		char src[32];

		/* Each in a network of its own: neighbours have a test of theirs. */
		snprintf(src, sizeof(src), "198.18.7%d.60", i);
		guess(src, 6);
	}
	cr_assert_eq(round_now(round), 10);
	cr_assert_str_eq(transition_subject(&decided.last, text), "198.18.79.60");
	round_free(round);
}

Test(rounds, what_was_before_the_agent_is_left_until_something_is_new)
{
	struct round *round;
	struct addr key;

	guess(KNOWN_CRACKER, 6);
	prog_wait(SECOND);
	round = round_new(prog_store(), SIZE_MAX, prog_now(), 1);
	cr_assert_eq(round_now(round), 0);
	cr_assert_eq(addr_parse(KNOWN_CRACKER, &key), 0);
	round_wake(round, &key);
	prog_wait(SECOND);
	cr_assert_eq(round_now(round), 1);
	round_free(round);
}

/* A lifted ban leaves a grace, which the agent heeds. */
Test(rounds, a_grace)
{
	struct round *round = rounds();
	struct addr address;

	cr_assert_eq(addr_parse(LIFTED, &address), 0);
	guess(LIFTED, 6);
	cr_assert_eq(round_now(round), 1);
	prog_wait(6 * SECOND);
	cr_assert_eq(store_unban(prog_store(), &address, prog_now(), 600), 0);
	cr_assert_eq(round_now(round), 0);
	cr_assert_eq(decided.last.rule, RULE_LIFTED);
	expect(REASON_REQUEST, .src = LIFTED, .payload = MESSAGE(.method = "OPTIONS"));
	guess(LIFTED, 12);
	cr_assert_eq(round_now(round), 0);
	cr_assert_eq(decided.last.to, STEP_TIGHT);
	cr_assert_eq(decided.last.bound, BOUND_GRACE);
	prog_wait(600 * SECOND);
	cr_assert_eq(round_now(round), 1, "then the evidence counts");
	round_free(round);
}

/* Four of a network in an hour: its strangers share one budget, and nobody is banned for it. */
Test(rounds, neighbours_that_climb_make_their_prefix_narrow)
{
	struct round *round = rounds();
	char text[PREFIX_TEXT_LEN], src[32];
	unsigned int admitted = 0;

	for (int i = 1; i <= 4; i++) {
		snprintf(src, sizeof(src), "198.18.61.%d", i);
		guess(src, 6);
	}
	cr_assert_eq(round_now(round), 4);
	cr_assert_eq(decided.last.to, STEP_NARROW);
	cr_assert_str_eq(transition_subject(&decided.last, text), "198.18.61.0/24");
	for (int i = 100; i < 150; i++) {
		snprintf(src, sizeof(src), "198.18.61.%d", i);
		admitted += prog_admitted(10, FRAME(.src = src), "OPTIONS");
	}
	cr_assert_leq(admitted, 60U, "%u came through", admitted);
	expect(REASON_PREFIX_RATE, .src = "198.18.61.200", .payload = MESSAGE(.method = "OPTIONS"));
	expect(REASON_REQUEST, .src = "198.18.62.200", .payload = MESSAGE(.method = "OPTIONS"));
	prog_wait(HOUR);
	cr_assert_eq(round_now(round), 0);
	cr_assert_eq(decided.widened, 1);
	expect(REASON_REQUEST, .src = "198.18.61.200", .payload = MESSAGE(.method = "OPTIONS"));
	round_free(round);
}

/* Who knows their addresses can go over their limits in their names. */
Test(rounds, neighbours_pay_for_nothing_that_may_be_forged)
{
	struct round *round = rounds();
	char src[32];

	for (int i = 1; i <= 4; i++) {
		snprintf(src, sizeof(src), "198.18.64.%d", i);
		prog_set_standing(src, STANDING_PROVEN, ~0ULL);
		flood(src);
	}
	cr_assert_eq(round_now(round), 0);
	cr_assert_eq(decided.last.to, STEP_TIGHT);
	for (int i = 100; i < 150; i++) {
		snprintf(src, sizeof(src), "198.18.64.%d", i);
		expect(REASON_REQUEST, .src = src, .payload = MESSAGE(.method = "OPTIONS"));
	}
	round_free(round);
}

/* Nobody would widen it without the rounds. */
Test(rounds, no_prefix_is_narrow_when_they_end)
{
	struct round *round = rounds();
	char src[32];

	for (int i = 1; i <= 4; i++) {
		snprintf(src, sizeof(src), "198.18.63.%d", i);
		guess(src, 6);
	}
	cr_assert_eq(round_now(round), 4);
	for (int i = 100; i < 150; i++) {
		snprintf(src, sizeof(src), "198.18.63.%d", i);
		prog_admitted(10, FRAME(.src = src), "OPTIONS");
	}
	expect(REASON_PREFIX_RATE, .src = "198.18.63.200", .payload = MESSAGE(.method = "OPTIONS"));
	cr_assert_eq(round_leave(round), 0);
	expect(REASON_REQUEST, .src = "198.18.63.200", .payload = MESSAGE(.method = "OPTIONS"));
	round_free(round);
}

Test(rounds, too_many_bans_freeze)
{
	struct round *round = rounds();
	struct control control;
	char src[32];

	for (int i = 0; i < 40; i++) {
		snprintf(src, sizeof(src), "198.18.%d.60", 100 + i);
		guess(src, 6);
	}
	cr_assert_eq(round_now(round), 21);
	cr_assert_eq(decided.bans, 21);
	cr_assert_eq(store_control(prog_store(), &control), 0);
	cr_assert_eq(control.frozen_until_ns, prog_now() + 60 * SECOND);
	prog_wait(30 * SECOND);
	cr_assert_eq(round_now(round), 0);
	prog_wait(30 * SECOND);
	cr_assert_eq(round_now(round), 19, "what was put off");
	round_free(round);
}
