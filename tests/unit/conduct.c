// SPDX-License-Identifier: GPL-2.0-or-later
/* What single answers say of a source, and how long that is remembered. */
#include <criterion/criterion.h>

#include "bpf/conduct.h"

#define SECOND 1000000000ULL
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define START (1000 * DAY)

static struct standing source(enum standing_state state)
{
	return (struct standing){ .expires_ns = ~0ULL,
				  .proven_ns = START - HOUR,
				  .trusted_until_ns = state == STANDING_TRUSTED ? ~0ULL : 0 };
}

static __u32 answer(struct standing *s, struct conduct_facts a, __u64 now_ns)
{
	return conduct_answer(s, &a, now_ns);
}

/* To what the source itself sent, unless it says otherwise. */
#define ANSWER(s_, now_, ...) answer(s_, (struct conduct_facts){ .own = 1, __VA_ARGS__ }, now_)

static __u64 hash(__u64 n)
{
	return hash_with(0x5eed, n);
}

/* Every status, what it says with and without credentials. */
static enum conduct_verdict told(__u16 status, __u8 method, __u8 authenticated)
{
	struct conduct_facts a = { .status = status,
				   .method = method,
				   .authenticated = authenticated };

	return conduct_verdict(&a);
}

Test(conduct, verdicts)
{
	static const __u16 silent[] = { 302, 408, 480, 481, 486, 487, 489, 500, 503, 600, 603 };
	static const __u16 unknown_user[] = { 404, 410, 484, 604 };

	for (size_t i = 0; i < sizeof(silent) / sizeof(silent[0]); i++)
		cr_expect_eq(told(silent[i], SIP_METHOD_INVITE, 1), CONDUCT_NOTHING, "%u",
			     silent[i]);
	for (size_t i = 0; i < sizeof(unknown_user) / sizeof(unknown_user[0]); i++)
		cr_expect_eq(told(unknown_user[i], SIP_METHOD_INVITE, 0), CONDUCT_NOT_FOUND, "%u",
			     unknown_user[i]);
	cr_expect_eq(told(200, SIP_METHOD_INVITE, 0), CONDUCT_ACCEPTED);
	cr_expect_eq(told(202, SIP_METHOD_REFER, 0), CONDUCT_ACCEPTED);
	cr_expect_eq(told(401, SIP_METHOD_REGISTER, 0), CONDUCT_CHALLENGED);
	cr_expect_eq(told(407, SIP_METHOD_INVITE, 1), CONDUCT_REJECTED);
	cr_expect_eq(told(401, SIP_METHOD_OPTIONS, 1), CONDUCT_REJECTED);
	cr_expect_eq(told(403, SIP_METHOD_REGISTER, 1), CONDUCT_REJECTED);
	cr_expect_eq(told(403, SIP_METHOD_INVITE, 0), CONDUCT_FORBIDDEN);
	cr_expect_eq(told(403, SIP_METHOD_SUBSCRIBE, 1), CONDUCT_FORBIDDEN);
}

/* Servers answer these to anybody, or only to who has a dialog already. */
Test(conduct, what_opens_nothing)
{
	static const __u8 methods[] = { SIP_METHOD_NONE,   SIP_METHOD_ACK,    SIP_METHOD_BYE,
					SIP_METHOD_CANCEL, SIP_METHOD_NOTIFY, SIP_METHOD_INFO,
					SIP_METHOD_UPDATE, SIP_METHOD_PRACK,  SIP_METHOD_OPTIONS };

	for (size_t i = 0; i < sizeof(methods); i++) {
		cr_expect_eq(told(200, methods[i], 1), CONDUCT_NOTHING, "%u", methods[i]);
		cr_expect_eq(told(404, methods[i], 0), CONDUCT_NOTHING, "%u", methods[i]);
		cr_expect_eq(told(401, methods[i], 0), CONDUCT_NOTHING, "%u", methods[i]);
	}
}

Test(conduct, a_stale_nonce_is_no_wrong_password)
{
	struct standing s = source(STANDING_PROVEN);

	cr_assert_eq(ANSWER(&s, START, .status = 401, .method = SIP_METHOD_REGISTER,
			    .authenticated = 1, .stale = 1, .call_hash = hash(1)),
		     0);
	cr_assert_eq(s.conduct.challenged, 1);
	cr_assert_eq(s.conduct.rejected, 0);
	cr_assert_eq(s.debt, 0);
}

/* A first 401 is an everyday thing, however many there are. */
Test(conduct, challenges)
{
	struct standing s = source(STANDING_PROVEN);

	for (int i = 0; i < 1000; i++) {
		cr_assert_eq(ANSWER(&s, START, .status = 401, .method = SIP_METHOD_REGISTER,
				    .user_hash = hash(i), .call_hash = hash(i)),
			     0);
		ANSWER(&s, START, .status = 200, .method = SIP_METHOD_REGISTER, .authenticated = 1,
		       .user_hash = hash(i), .call_hash = hash(i));
	}
	cr_assert_eq(s.conduct.challenged, 1000);
	cr_assert_eq(s.conduct.taken_up, 1000);
	cr_assert_eq(s.conduct.answered, 1000);
	cr_assert_eq(s.conduct.accepted, 1000);
	cr_assert_eq(s.conduct.last_ns, 0);
	cr_assert_eq(conduct_users(&s.conduct), 0);
}

/* Only when far more are asked than answer does the agent look. */
Test(conduct, challenges_never_taken_up)
{
	struct standing s = source(STANDING_PROVEN);

	for (int i = 0; i < CONDUCT_PATIENCE; i++)
		ANSWER(&s, START, .status = 401, .method = SIP_METHOD_REGISTER);
	cr_assert_eq(s.conduct.last_ns, 0);
	cr_assert_eq(ANSWER(&s, START + 1, .status = 401, .method = SIP_METHOD_REGISTER), 0);
	cr_assert_eq(s.conduct.last_ns, START + 1);
}

Test(conduct, invites_never_acknowledged)
{
	struct standing s = source(STANDING_PROVEN);

	for (int i = 0; i < 100; i++) {
		ANSWER(&s, START, .status = 486, .method = SIP_METHOD_INVITE);
		conduct_ack(&s);
	}
	for (int i = 0; i < CONDUCT_PATIENCE; i++)
		ANSWER(&s, START, .status = 486, .method = SIP_METHOD_INVITE);
	cr_assert_eq(s.conduct.last_ns, 0);
	ANSWER(&s, START + 1, .status = 486, .method = SIP_METHOD_INVITE);
	cr_assert_eq(s.conduct.last_ns, START + 1);
	cr_assert_eq(s.conduct.invites, 101U + CONDUCT_PATIENCE);
	cr_assert_eq(s.conduct.acked, 100);
}

/* Its ACKs take the way that is not inspected. */
Test(conduct, invites_of_trusted_sources_are_not_counted)
{
	struct standing s = source(STANDING_TRUSTED);

	ANSWER(&s, START, .status = 200, .method = SIP_METHOD_INVITE);
	cr_assert_eq(s.conduct.invites, 0);
}

static void reject(struct standing *s, __u64 call, __u32 cseq, __u64 tag, __u64 now_ns)
{
	ANSWER(s, now_ns, .status = 401, .method = SIP_METHOD_REGISTER, .authenticated = 1,
	       .user_hash = hash(1), .caller_hash = hash(1), .call_hash = hash(call), .cseq = cseq,
	       .tag_hash = hash(tag));
}

Test(conduct, what_makes_an_attempt)
{
	struct standing s = source(STANDING_PROVEN);

	for (__u32 cseq = 1; cseq <= 20; cseq++)
		reject(&s, 1, cseq, 1, START);
	cr_assert_eq(s.conduct.rejected_ids, 1, "a phone tries again");
	for (__u32 cseq = 21; cseq <= 40; cseq++)
		reject(&s, 1, cseq, cseq, START);
	cr_assert_eq(s.conduct.rejected_ids, 1, "with a new tag each time");
	for (int i = 0; i < 5; i++)
		reject(&s, 1, 40, 40, START);
	cr_assert_eq(s.conduct.rejected_ids, 1, "the server says it again");
	reject(&s, 1, 40, 41, START);
	cr_assert_eq(s.conduct.rejected_ids, 2, "the CSeq stands still");
	reject(&s, 2, 41, 41, START);
	cr_assert_eq(s.conduct.rejected_ids, 3, "a new Call-ID");
}

/* Six of them hold a source, if it is reachable and has no account. */
static __u32 six_rejected(struct standing *s)
{
	__u32 says = 0;

	for (int i = 0; i < 6; i++) {
		cr_expect(!(says & CONDUCT_HOLD), "held after %d", i);
		says = ANSWER(s, START, .status = 403, .method = SIP_METHOD_REGISTER,
			      .authenticated = 1, .user_hash = hash(1), .call_hash = hash(100 + i));
		cr_expect(says & CONDUCT_AGAINST);
	}
	return says;
}

Test(conduct, hold)
{
	struct standing proven = source(STANDING_PROVEN), trusted = source(STANDING_TRUSTED);
	struct standing unproven = source(STANDING_PROVEN), expired = source(STANDING_PROVEN);

	unproven.proven_ns = 0;
	expired.expires_ns = START;
	cr_assert(six_rejected(&proven) & CONDUCT_HOLD);
	cr_assert_not(six_rejected(&trusted) & CONDUCT_HOLD);
	cr_assert_not(six_rejected(&unproven) & CONDUCT_HOLD);
	cr_assert_not(six_rejected(&expired) & CONDUCT_HOLD);
	cr_assert_eq(trusted.conduct.rejected_ids, 6);
}

/* Six attempts are six, in all but one of a thousand cases. */
Test(conduct, attempts_are_told_apart)
{
	unsigned int missed = 0;

	for (__u64 run = 0; run < 20000; run++) {
		struct standing s = source(STANDING_PROVEN);

		for (__u64 i = 0; i < 6; i++)
			reject(&s, run * 6 + i, 1, 1, START);
		missed += s.conduct.rejected_ids < 6;
	}
	cr_assert_leq(missed, 60, "%u", missed);
}

Test(conduct, accepted_credentials_clear)
{
	struct standing s = source(STANDING_PROVEN);

	six_rejected(&s);
	cr_assert_eq(s.debt, 6);
	cr_assert_eq(conduct_users(&s.conduct), 1);
	ANSWER(&s, START, .status = 200, .method = SIP_METHOD_REGISTER, .authenticated = 1,
	       .user_hash = hash(1), .call_hash = hash(7));
	cr_assert_eq(s.debt, 6 - CONDUCT_DEBT_PAID);
	cr_assert_eq(s.conduct.rejected_ids, 0);
	cr_assert_eq(conduct_users(&s.conduct), 0);
	cr_assert_not(six_rejected(&s) & ~(CONDUCT_AGAINST | CONDUCT_HOLD));
	cr_assert_eq(s.conduct.rejected_ids, 6);
}

/* A call without credentials says nothing of those that were rejected. */
Test(conduct, a_guest_call_clears_its_user_alone)
{
	struct standing s = source(STANDING_PROVEN);

	six_rejected(&s);
	ANSWER(&s, START, .status = 404, .method = SIP_METHOD_INVITE, .user_hash = hash(2),
	       .caller_hash = hash(9));
	ANSWER(&s, START, .status = 200, .method = SIP_METHOD_INVITE, .user_hash = hash(2),
	       .caller_hash = hash(9));
	cr_assert_eq(s.conduct.rejected_ids, 6);
	cr_assert_eq(s.debt, 6);
	cr_assert_eq(conduct_users(&s.conduct), 1);
	cr_assert_eq(conduct_callers(&s.conduct), 0);
}

Test(conduct, debt_is_bounded)
{
	struct standing s = source(STANDING_TRUSTED);

	for (int i = 0; i < 300; i++)
		reject(&s, i, 1, 1, START);
	cr_assert_eq(s.debt, EARNED_DEBT_MAX);
	for (int i = 0; i < 100; i++)
		ANSWER(&s, START, .status = 200, .method = SIP_METHOD_INVITE, .authenticated = 1);
	cr_assert_eq(s.debt, 0);
}

/* Anybody can ask in its name, and knows a nonce that he was sent, too. */
Test(conduct, what_others_send_does_no_harm)
{
	static const __u16 status[] = { 401, 403, 404, 407 };
	struct standing s = source(STANDING_PROVEN);

	for (int i = 0; i < 1000; i++) {
		struct conduct_facts a = { .status = status[i % 4],
					   .method = SIP_METHOD_INVITE,
					   .authenticated = i & 4,
					   .user_hash = hash(i),
					   .caller_hash = hash(i),
					   .call_hash = hash(i) };

		cr_assert_eq(conduct_answer(&s, &a, START), 0);
	}
	cr_assert_eq(s.debt, 0);
	cr_assert_eq(s.conduct.answered, 0);
	cr_assert_eq(s.conduct.challenged, 0);
	cr_assert_eq(s.conduct.invites, 0);
	cr_assert_eq(s.conduct.last_ns, 0);
	cr_assert_eq(conduct_users(&s.conduct) + conduct_callers(&s.conduct), 0);
	answer(&s, (struct conduct_facts){ .status = 200, .method = SIP_METHOD_INVITE }, START);
	cr_assert_eq(s.conduct.accepted, 1);
	cr_assert_eq(s.conduct.invites, 0);
}

/* BLF keys of colleagues whom the server does not publish. */
Test(conduct, presence_of_a_trusted_source)
{
	struct standing trusted = source(STANDING_TRUSTED), proven = source(STANDING_PROVEN);

	for (int i = 0; i < 60; i++) {
		cr_assert_eq(ANSWER(&trusted, START, .status = 404, .user_hash = hash(i),
				    .method = SIP_METHOD_SUBSCRIBE, .authenticated = 1),
			     0);
		cr_assert_eq(ANSWER(&proven, START, .status = 404, .user_hash = hash(i),
				    .method = SIP_METHOD_SUBSCRIBE),
			     CONDUCT_AGAINST);
	}
	cr_assert_eq(conduct_users(&trusted.conduct), 0);
	cr_assert_eq(trusted.conduct.answered, 0);
	cr_assert_geq(conduct_users(&proven.conduct), 50);
}

Test(conduct, a_window_forgets_half)
{
	struct standing s = source(STANDING_TRUSTED);
	__u32 before, ids;

	for (int i = 0; i < 100; i++)
		reject(&s, i, 1, i, START);
	ids = s.conduct.rejected_ids;
	cr_assert_geq(ids, 40);
	for (int i = 0; i < 100; i++)
		ANSWER(&s, START, .status = 404, .method = SIP_METHOD_INVITE,
		       .user_hash = hash(1000 + i), .caller_hash = hash(2000 + i));
	before = conduct_users(&s.conduct);
	cr_assert(before > 85 && before < 115, "%u", before);
	ANSWER(&s, START + DAY - 1, .status = 486, .method = SIP_METHOD_INVITE);
	cr_assert_eq(conduct_users(&s.conduct), before);
	ANSWER(&s, START + DAY, .status = 486, .method = SIP_METHOD_INVITE);
	cr_assert(conduct_users(&s.conduct) > before / 4 &&
			  conduct_users(&s.conduct) < before * 3 / 4,
		  "%u", conduct_users(&s.conduct));
	cr_assert_lt(conduct_callers(&s.conduct), 100);
	cr_assert_eq(s.conduct.rejected, 50);
	cr_assert_eq(s.conduct.rejected_ids, ids / 2);
	cr_assert_eq(s.conduct.not_found, 50);
	cr_assert_eq(s.conduct.answered, 100);
	cr_assert_eq(s.debt, EARNED_DEBT_MAX / 2);
	cr_assert_eq(s.conduct.since_ns, START + DAY);
}

Test(conduct, two_silent_windows_forget_all)
{
	struct standing s = source(STANDING_PROVEN);

	six_rejected(&s);
	ANSWER(&s, START + 2 * DAY, .status = 486, .method = SIP_METHOD_INVITE);
	cr_assert_eq(s.conduct.rejected, 0);
	cr_assert_eq(s.conduct.rejected_ids, 0);
	cr_assert_eq(conduct_users(&s.conduct), 0);
	cr_assert_eq(s.debt, 0);
	cr_assert_eq(s.conduct.since_ns, START + 2 * DAY);
}

/* Another CPU's clock may be a tick behind. */
Test(conduct, a_clock_that_lags)
{
	struct standing s = source(STANDING_PROVEN);

	six_rejected(&s);
	ANSWER(&s, START - SECOND, .status = 404, .method = SIP_METHOD_INVITE);
	cr_assert_eq(s.conduct.rejected, 6);
	cr_assert_eq(s.conduct.not_found, 1);
}

Test(conduct, suspicion)
{
	struct standing s = source(STANDING_PROVEN);

	conduct_suspect(&s, WEIGHT_STRONG, START);
	conduct_suspect(&s, WEIGHT_MEDIUM, START + 1);
	cr_assert_eq(s.conduct.suspicion, WEIGHT_STRONG + WEIGHT_MEDIUM);
	cr_assert_eq(s.conduct.hits, 2);
	cr_assert_eq(s.conduct.last_ns, START + 1);
	conduct_suspect(&s, WEIGHT_MEDIUM, START + DAY);
	cr_assert_eq(s.conduct.suspicion, (WEIGHT_STRONG + WEIGHT_MEDIUM) / 2 + WEIGHT_MEDIUM);
	conduct_suspect(&s, WEIGHT_WEAK, START + 3 * DAY);
	cr_assert_eq(s.conduct.suspicion, WEIGHT_WEAK);
}

Test(conduct, distinct)
{
	__u64 bits[4] = { 0 };

	cr_assert_eq(conduct_distinct(0, 64), 0);
	cr_assert_eq(conduct_distinct(1, 64), 1);
	for (__u64 i = 1; i <= 200; i++)
		bits[conduct_word(hash(i))] |= conduct_bit(hash(i));
	cr_assert(conduct_users(&(struct conduct){
			  .users = { bits[0], bits[1], bits[2], bits[3] } }) > 160);
	cr_assert_gt(conduct_distinct(64, 64), 250);
	cr_assert_eq(conduct_count(~0ULL), 64);
	cr_assert_eq(conduct_count(0x8000000000000001ULL), 2);
}

Test(conduct, account)
{
	cr_assert_eq(conduct_account(SIP_METHOD_REGISTER, 1, 2), 1);
	cr_assert_eq(conduct_account(SIP_METHOD_INVITE, 1, 2), 2);
}
