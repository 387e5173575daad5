// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Answers as they came in real traffic, hostile and honest: the attackers end with what a rule can
 * hold against them, the others do not. The figures are those of captures of both kinds.
 */
#include <criterion/criterion.h>

#include "bpf/conduct.h"

#define MS 1000000ULL
#define SECOND (1000 * MS)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)
#define START (1000 * DAY)

enum kind { USER, CALL, TAG };

static __u64 hash(enum kind kind, __u64 n)
{
	return hash_with(hash_with(0x5eed, kind), n);
}

/* A source, and whether it was ever to be held. */
struct course {
	struct standing standing;
	int tcp; /* what has no credentials is its own all the same */
	unsigned int holds;
	unsigned int against;
};

static struct course course(void)
{
	return (struct course){ .standing = { .expires_ns = ~0ULL, .proven_ns = START } };
}

static void trust(struct course *c, __u64 until_ns)
{
	c->standing.trusted_until_ns = until_ns;
}

static void answer(struct course *c, __u64 now_ns, struct conduct_facts a)
{
	__u32 says;

	a.own = a.authenticated || c->tcp;
	says = conduct_answer(&c->standing, &a, now_ns);

	c->holds += (says & CONDUCT_HOLD) != 0;
	c->against += (says & CONDUCT_AGAINST) != 0;
}

struct registration {
	__u64 user;
	__u64 call;
	__u32 cseq;
	__u64 tag;
};

/* REGISTER, 401, REGISTER with credentials, and what it comes to. */
static void registers(struct course *c, __u64 now_ns, struct registration r, __u16 status)
{
	struct conduct_facts a = { .method = SIP_METHOD_REGISTER,
				   .status = 401,
				   .user_hash = hash(USER, r.user),
				   .caller_hash = hash(USER, r.user),
				   .call_hash = hash(CALL, r.call),
				   .tag_hash = hash(TAG, r.tag),
				   .cseq = r.cseq };

	answer(c, now_ns, a);
	a.status = status;
	a.cseq++;
	a.authenticated = 1;
	answer(c, now_ns, a);
	if (status == 200)
		trust(c, now_ns + HOUR);
}

static void invites(struct course *c, __u64 now_ns, __u64 from, __u64 to, __u16 status,
		    __u8 authenticated)
{
	answer(c, now_ns,
	       (struct conduct_facts){ .method = SIP_METHOD_INVITE,
				       .status = status,
				       .user_hash = hash(USER, to),
				       .caller_hash = hash(USER, from),
				       .call_hash = hash(CALL, now_ns ^ to << 20),
				       .tag_hash = hash(TAG, now_ns),
				       .cseq = 1,
				       .authenticated = authenticated });
	conduct_ack(&c->standing);
}

/* Fewer than a fifth of what was asked for was granted. */
static int in_vain(const struct course *c)
{
	const struct conduct *conduct = &c->standing.conduct;

	return conduct->accepted * 5 < conduct->answered;
}

static int asks_for_many(const struct course *c)
{
	return conduct_users(&c->standing.conduct) >= 10 && in_vain(c);
}

static int asks_as_many(const struct course *c)
{
	return conduct_callers(&c->standing.conduct) >= 8 && in_vain(c);
}

/* 45 users in eight hours and a half, one request in 20 s: REGISTER, 401, with digest, 403. */
Test(conduct_traffic, brute_force_at_a_twentieth_a_second)
{
	struct course c = course();

	for (__u64 i = 0; i < 613; i++) {
		registers(&c, START + i * 50 * SECOND, (struct registration){ i % 45, i, 1, i },
			  403);
		if (i == 4)
			cr_assert_eq(c.holds, 0);
		if (i == 5)
			cr_assert_eq(c.holds, 1, "the sixth holds it");
	}
	cr_assert(asks_for_many(&c));
	cr_assert_geq(conduct_users(&c.standing.conduct), 38);
	cr_assert_eq(c.standing.conduct.rejected, 613);
}

/* The same, so slow that each day sees ten guesses, each a Call-ID and a user of its own. */
Test(conduct_traffic, ten_guesses_a_day)
{
	struct course c = course();

	for (__u64 i = 0; i < 30; i++)
		registers(&c, START + i * DAY / 10, (struct registration){ i, i, 1, i }, 403);
	cr_assert_geq(c.holds, 20);
	cr_assert(asks_for_many(&c));
}

/* One Call-ID, one CSeq, a From tag made of user and password, 190 a second. */
Test(conduct_traffic, svcrack)
{
	struct course c = course();

	for (__u64 i = 0; i < 6; i++) {
		cr_assert_eq(c.holds, 0, "guess %llu", i);
		answer(&c, START + i * 5 * MS,
		       (struct conduct_facts){ .method = SIP_METHOD_REGISTER,
					       .status = 401,
					       .user_hash = hash(USER, 1005),
					       .call_hash = hash(CALL, 1),
					       .tag_hash = hash(TAG, i),
					       .cseq = 2,
					       .authenticated = 1 });
	}
	cr_assert_eq(c.holds, 1);
}

/* 0.48 requests a second from 12 caller ids; a fifteenth of the calls was answered. */
Test(conduct_traffic, toll_fraud)
{
	static const __u16 status[] = { 401, 403, 404, 603, 401 };
	struct course c = course();

	for (__u64 i = 0; i < 700; i++) {
		__u16 says = i % 15 == 7 ? 200 : status[i % 5];

		invites(&c, START + i * 6 * SECOND, 100 + i % 12, 2000 + i % 25, says, 1);
	}
	cr_assert(asks_as_many(&c));
	cr_assert(asks_for_many(&c));
}

/* An enumeration whose users the server does not know: no credentials at all. */
Test(conduct_traffic, enumeration)
{
	struct course c = course();

	c.tcp = 1;
	for (__u64 i = 0; i < 12; i++)
		invites(&c, START + i * HOUR, 9, 100 + i, 404, 0);
	cr_assert(asks_for_many(&c));
	cr_assert_eq(c.against, 12);
}

/* 16 REGISTER in 6 ms, again after 38 and 138 s: one Call-ID, one user, CSeq counting up. */
Test(conduct_traffic, mistyped_password)
{
	static const __u64 burst[] = { 0, 38, 138 };
	struct course c = course();
	__u32 cseq = 1;

	for (int b = 0; b < 3; b++) {
		for (int i = 0; i < 16; i++, cseq += 2)
			registers(&c, START + burst[b] * SECOND + i * MS / 3,
				  (struct registration){ 7, 7, cseq, 7 }, 401);
	}
	cr_assert_eq(c.holds, 0);
	cr_assert_eq(c.standing.conduct.rejected, 48);
	cr_assert_eq(c.standing.conduct.rejected_ids, 1);
	cr_assert_eq(conduct_users(&c.standing.conduct), 1);
	cr_assert_not(asks_for_many(&c));
	cr_assert_not(asks_as_many(&c));
}

/* A trunk of another PBX takes a new From tag for each try, every 20 s, for two days. */
Test(conduct_traffic, stale_password_of_a_trunk)
{
	struct course c = course();

	for (__u32 i = 0; i < 8640; i++)
		registers(&c, START + i * 20 * SECOND, (struct registration){ 7, 7, 2 * i, i },
			  401);
	cr_assert_eq(c.holds, 0);
	cr_assert_not(asks_for_many(&c));
}

/* Four such phones in one office that has just lost its trust, their tries mingled. */
Test(conduct_traffic, some_mistyped_passwords)
{
	struct course c = course();

	for (__u32 i = 0; i < 64; i++)
		registers(&c, START + i * MS,
			  (struct registration){ i % 4, i % 4, 10 + 2 * i, i % 4 }, 401);
	cr_assert_eq(c.holds, 0);
	cr_assert_not(asks_for_many(&c));
}

/* 300 phones back after a power cut, six of them with an old password. */
Test(conduct_traffic, office)
{
	struct course c = course();

	for (__u64 i = 0; i < 300; i++)
		registers(&c, START + i * 7 * MS, (struct registration){ i, i, 1, i },
			  i % 50 == 49 ? 401 : 200);
	cr_assert_eq(c.standing.conduct.accepted, 294);
	cr_assert_eq(c.holds, 0);
	cr_assert_eq(c.standing.debt, 1, "the last one's, for all others were made up for");
	cr_assert_not(asks_for_many(&c));
	cr_assert_not(asks_as_many(&c));
	cr_assert_leq(conduct_users(&c.standing.conduct), 6);
}

/* 200 phones over TCP, 60 s expiry, 600 x 401 in 166 s: each registers three times. */
Test(conduct_traffic, challenges_of_an_office)
{
	struct course c = course();

	c.tcp = 1;
	for (__u64 i = 0; i < 600; i++)
		registers(&c, START + i * 276 * MS,
			  (struct registration){ i % 200, i % 200, (__u32)i, i % 200 }, 200);
	cr_assert_eq(c.standing.conduct.challenged, 600);
	cr_assert_eq(c.against, 0);
	cr_assert_eq(c.standing.conduct.last_ns, 0, "nothing to look at");
}

/* 60 keys at boot; the server knows ten of them not, and publishes no presence of ten more. */
Test(conduct_traffic, busy_lamp_field)
{
	struct course c = course();

	registers(&c, START, (struct registration){ 1, 1, 1, 1 }, 200);
	for (__u64 i = 0; i < 60; i++) {
		struct conduct_facts a = { .method = SIP_METHOD_SUBSCRIBE,
					   .status = 401,
					   .user_hash = hash(USER, 100 + i),
					   .caller_hash = hash(USER, 1),
					   .call_hash = hash(CALL, i) };

		answer(&c, START + i * 16 * MS, a);
		a.authenticated = 1;
		a.status = i % 6 == 0 ? 404 : i % 6 == 1 ? 403 : 200;
		answer(&c, START + i * 16 * MS, a);
	}
	cr_assert_eq(c.against, 0);
	cr_assert_eq(conduct_users(&c.standing.conduct), 0);
	cr_assert_eq(c.standing.debt, 0);
}

/* A trunk without credentials, 50 calls a second; one number in ten is out of use. */
Test(conduct_traffic, trunk)
{
	struct course c = course();

	c.tcp = 1;
	for (__u64 i = 0; i < 15000; i++)
		invites(&c, START + i * 20 * MS, i % 40, 5000 + i % 3000, i % 10 ? 200 : 404, 0);
	cr_assert_geq(conduct_users(&c.standing.conduct), 10);
	cr_assert_not(asks_for_many(&c));
	cr_assert_not(asks_as_many(&c));
	cr_assert_eq(c.holds, 0);
}

/* A call centre: one call in eight is taken, the others ring out, are busy or declined. */
Test(conduct_traffic, call_centre)
{
	static const __u16 status[] = { 200, 487, 486, 480, 487, 603, 408, 404 };
	struct course c = course();

	c.tcp = 1;
	for (__u64 i = 0; i < 4000; i++)
		invites(&c, START + i * SECOND, i % 30, 5000 + i, status[i % 8], 0);
	cr_assert_geq(conduct_users(&c.standing.conduct), 100);
	cr_assert_not(asks_for_many(&c));
	cr_assert_not(asks_as_many(&c));
}

/* A server that fails, or is restarted: nobody's fault. */
Test(conduct_traffic, server_down)
{
	struct course c = course();

	c.tcp = 1;
	for (__u64 i = 0; i < 1000; i++) {
		invites(&c, START + i * SECOND, i % 30, 5000 + i, i & 1 ? 503 : 500, 0);
		registers(&c, START + i * SECOND, (struct registration){ i, i, 1, i }, 503);
	}
	cr_assert_eq(c.against, 0);
	cr_assert_eq(c.holds, 0);
	cr_assert_eq(c.standing.conduct.answered, 0);
}
