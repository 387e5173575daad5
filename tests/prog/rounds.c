// SPDX-License-Identifier: GPL-2.0-or-later
/* The agent's rounds: what the packet path noted of suspects becomes bans, or never does. */
#include <errno.h>

#include "tests/prog/harness.h"
#include "user/addr.h"
#include "user/round.h"

/* A source for each test: what the packet path noted of it stays. */
#define ATTACKER "198.18.60.60"
#define STRANGER "198.18.60.61"
#define PHONE "198.18.60.62"
#define GATEWAY "198.18.60.63"
#define FLOOD 1000 /* requests at once: more than twice what makes a ban */

TestSuite(rounds, .init = prog_start);

/* What the rounds of a test decided. */
static struct {
	struct addr key;
	struct score_decision decision;
	int error;
	int times;
} decided;

static void note(const struct addr *key, const struct score_decision *decision, int error,
		 void *arg)
{
	cr_assert_null(arg);
	decided.key = *key;
	decided.decision = *decision;
	decided.error = error;
	decided.times++;
}

/* The work on sources over a limit is bounded in each tick: each flood has one for itself. */
static void flood(const char *src)
{
	prog_wait(10 * MS);
	prog_admitted(FLOOD, FRAME(.src = src), "OPTIONS");
}

static int round_now(struct score *score)
{
	return agent_round(prog_store(), score, prog_now(), note, NULL);
}

Test(rounds, a_proven_source_that_floods_is_banned_until_the_ban_ends)
{
	struct score *score = score_new(ROUND_SOURCES_MAX);
	struct addr address;
	struct ban ban;

	cr_assert_eq(addr_parse(ATTACKER, &address), 0);
	prog_set_standing(ATTACKER, STANDING_PROVEN, ~0ULL);
	flood(ATTACKER);
	cr_assert_eq(round_now(score), 1);
	cr_assert_eq(decided.times, 1);
	cr_assert_eq(decided.error, 0);
	cr_assert_eq(decided.decision.ttl_seconds, 60);
	cr_assert_arr_eq(&decided.key, &address, sizeof(address));
	cr_assert_eq(store_ban_get(prog_store(), &address, &ban), 0);
	cr_assert_str_eq(ban.note, decided.decision.sentence);
	expect(REASON_BANNED, .src = ATTACKER, .payload = MESSAGE(.method = "OPTIONS"));

	prog_wait(59 * SECOND);
	cr_assert_eq(round_now(score), 0);
	cr_assert_eq(store_ban_get(prog_store(), &address, &ban), 0, "it lasts");
	prog_wait(SECOND);
	expect(REASON_REQUEST, .src = ATTACKER, .payload = MESSAGE(.method = "OPTIONS"));
	cr_assert_eq(round_now(score), 0, "the old evidence is used up");
	cr_assert_eq(store_ban_get(prog_store(), &address, &ban), -ENOENT, "it was deleted");

	flood(ATTACKER);
	cr_assert_eq(round_now(score), 1);
	cr_assert_eq(decided.decision.ttl_seconds, 300);
	score_free(score);
}

Test(rounds, neither_strangers_nor_trusted_sources_are_banned)
{
	struct score *score = score_new(ROUND_SOURCES_MAX);

	prog_policy_checked("");
	prog_register(PHONE);
	flood(STRANGER);
	flood(PHONE);
	for (int i = 0; i < 20; i++)
		expect(REASON_CHECK_cseq_method, .src = STRANGER,
		       .payload = MESSAGE(.method = "BYE", .cseq_method = "INVITE"));
	cr_assert_eq(round_now(score), 0);
	cr_assert_eq(decided.times, 0);
	score_free(score);
}

Test(rounds, the_policy_protects)
{
	struct score *score = score_new(ROUND_SOURCES_MAX);

	prog_set_standing(GATEWAY, STANDING_PROVEN, ~0ULL);
	flood(GATEWAY);
	prog_policy_never_ban("", GATEWAY "/32");
	cr_assert_eq(round_now(score), 0);
	cr_assert_eq(decided.times, 1);
	cr_assert_eq(decided.error, -EPERM);
	expect(REASON_KEEPALIVE_CRLF, .src = GATEWAY, .payload = "\r\n\r\n");
	score_free(score);
}

Test(rounds, decisions_go_by_address)
{
	struct score *score = score_new(ROUND_SOURCES_MAX);
	struct addr last;

	cr_assert_eq(addr_parse("198.18.60.79", &last), 0);
	for (int i = 9; i >= 0; i--) {
		char src[16];

		snprintf(src, sizeof(src), "198.18.60.7%d", i);
		prog_set_standing(src, STANDING_PROVEN, ~0ULL);
		flood(src);
	}
	cr_assert_eq(round_now(score), 10);
	cr_assert_arr_eq(&decided.key, &last, sizeof(last));
	score_free(score);
}
