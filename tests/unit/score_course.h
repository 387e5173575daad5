/* SPDX-License-Identifier: GPL-2.0-or-later */
/* One source whose records grow, judged at a time of its own. */
#ifndef SIPSHIELD_TESTS_SCORE_COURSE_H
#define SIPSHIELD_TESTS_SCORE_COURSE_H

#include <criterion/criterion.h>
#include <string.h>

#include "user/score.h"

#define SECOND 1000000000ULL
#define HOUR (3600 * SECOND)
#define DAY (24 * HOUR)
#define START (1000 * DAY)

static inline struct addr address(__u32 n)
{
	struct addr a = { 0 };

	memset(&a.byte[10], 0xff, 2);
	memcpy(&a.byte[12], &n, sizeof(n));
	return a;
}

struct course {
	struct score *score;
	struct addr key;
	struct suspect suspect;
	struct standing standing;
	struct ban ban; /* as the agent writes it */
	__u64 now_ns;
	bool known;
	bool protected;
	bool frozen;
	bool deaf; /* bans cannot be made */
	struct transition last;
	unsigned int decisions;
};

static inline struct course course(enum standing_state state)
{
	return (struct course){
		.score = score_new(100),
		.key = address(1),
		.suspect = { .first_ns = START, .check = REASON_CHECK_cseq_method },
		.known = state == STANDING_PROVEN || state == STANDING_TRUSTED,
		.standing = { .since_ns = START - HOUR,
			      .expires_ns = ~0ULL,
			      .proven_ns = START - HOUR,
			      .conduct = { .since_ns = START },
			      .trusted_until_ns = state == STANDING_TRUSTED ? ~0ULL : 0 },
		.now_ns = START,
	};
}

/* What a round does with a source. Returns its last decision; to is STEP_NONE if there was none. */
static inline struct transition course_round(struct course *c)
{
	struct score_facts facts = {
		.suspect = c->suspect.last_ns ? &c->suspect : NULL,
		.standing = c->known ? &c->standing : NULL,
		.protected = c->protected,
		.frozen = c->frozen,
	};
	struct transition none = { .to = STEP_NONE };

	c->last = none;
	c->decisions = 0;
	for (;;) {
		struct transition t;

		facts.ban = c->ban.since_ns ? &c->ban : NULL;
		if (!score_judge(c->score, &c->key, &facts, c->now_ns, &t))
			return c->last;
		cr_assert_eq(t.time_ns, c->now_ns);
		cr_assert_eq(t.prefix, 128);
		cr_assert_arr_eq(&t.key, &c->key, sizeof(t.key));
		c->last = t;
		cr_assert_leq(++c->decisions, 8U, "there is no end of decisions");
		if (!step_is_ban(t.to))
			continue;
		if (c->deaf) {
			score_refused(c->score, &t);
			return c->last;
		}
		c->ban.since_ns = c->now_ns;
		c->ban.expires_ns = c->now_ns + t.ttl_seconds * SECOND;
		c->ban.grace_until_ns = 0;
		c->ban.level = t.to - STEP_BAN_1 + 1;
	}
}

/* So many of its own messages hit checks of a weight. */
static inline void conduct_hit(struct course *c, __u32 messages, __u32 weight)
{
	c->standing.conduct.hits += messages;
	c->standing.conduct.suspicion += messages * weight;
	c->standing.conduct.last_ns = c->now_ns;
}

/* The packet path sees something of it, and a second later the agent looks. */
static inline struct transition judge(struct course *c, __u32 structural, __u64 exceeded)
{
	c->now_ns += SECOND;
	if (structural)
		conduct_hit(c, structural, WEIGHT_STRONG);
	if (exceeded)
		c->suspect.last_ns = c->now_ns;
	c->suspect.exceeded += exceeded;
	return course_round(c);
}

/* Goes on without anything new. */
static inline struct transition course_wait(struct course *c, __u64 ns)
{
	c->now_ns += ns;
	return course_round(c);
}

#endif
