// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/evidence.h"

#include <string.h>

#include "bpf/conduct.h"

#define SHARE 5 /* of so many answers one must be granted */

struct evidence_counts evidence_counts(const struct suspect *suspect)
{
	return (struct evidence_counts){
		.exceeded = suspect->exceeded,
		.structural = suspect->structural,
		.suspicion = suspect->suspicion,
	};
}

static void no_more(__u32 *base, __u32 now)
{
	if (*base > now)
		*base = now;
}

void evidence_age(struct evidence_base *base, const struct conduct *now)
{
	struct conduct *c = &base->conduct;

	for (size_t i = 0; i < sizeof(c->users) / sizeof(c->users[0]); i++)
		c->users[i] &= now->users[i];
	c->callers &= now->callers;
	no_more(&c->rejected_ids, now->rejected_ids);
	no_more(&c->answered, now->answered);
	no_more(&c->accepted, now->accepted);
	no_more(&c->rejected, now->rejected);
	no_more(&c->challenged, now->challenged);
	no_more(&c->taken_up, now->taken_up);
	no_more(&c->invites, now->invites);
	no_more(&c->acked, now->acked);
	no_more(&c->suspicion, now->suspicion);
	no_more(&c->hits, now->hits);
}

enum step evidence_step(__u32 count, __u32 limit)
{
	if (count >= limit)
		return STEP_BAN_1;
	if ((__u64)count * 3 >= (__u64)limit * 2)
		return STEP_TIGHT;
	return (__u64)count * 3 >= limit ? STEP_WATCH : STEP_NONE;
}

/*
 * About how many are new in a set of which a bit each is kept. The bits that were set before hide
 * their part of the new ones. at_most: what must have happened for each of them.
 */
static __u32 new_bits(const __u64 *now, const __u64 *base, unsigned int words, __u32 at_most)
{
	__u32 all = 0, before = 0;

	for (unsigned int i = 0; i < words; i++) {
		all += conduct_count(now[i] | base[i]);
		before += conduct_count(base[i]);
	}
	all = conduct_distinct(all, 64 * words) - conduct_distinct(before, 64 * words);
	return all < at_most ? all : at_most;
}

static __u32 less(__u32 a, __u32 b)
{
	return a > b ? a - b : 0;
}

/* The counts of all rules that a source's conduct tells. */
static void count_conduct(const struct conduct *now, const struct conduct *base, bool held,
			  struct evidence of[RULE_EVIDENCE_END])
{
	__u32 answered = less(now->answered, base->answered);
	__u32 accepted = less(now->accepted, base->accepted);
	__u32 rejected = less(now->rejected, base->rejected);
	__u32 challenged = less(now->challenged, base->challenged);
	__u32 taken_up = less(now->taken_up, base->taken_up);
	__u32 invites = less(now->invites, base->invites);
	__u32 acked = less(now->acked, base->acked);
	__u32 limit = rule_info(RULE_CREDENTIALS)->limit;

	for (unsigned int i = 0; i < RULE_EVIDENCE_END; i++) {
		of[i].accepted = accepted;
		of[i].answered = answered;
	}
	of[RULE_USERS].count = new_bits(now->users, base->users, 4, less(answered, accepted));
	of[RULE_CALLERS].count =
		new_bits(&now->callers, &base->callers, 1, less(answered, accepted));
	of[RULE_CREDENTIALS].count = less(now->rejected_ids, base->rejected_ids);
	/* The kernel counts on after a ban; what is new must be as much as before the first one. */
	if (held && rejected >= limit && of[RULE_CREDENTIALS].count < limit)
		of[RULE_CREDENTIALS].count = limit;
	of[RULE_HITS].count = less(now->suspicion, base->suspicion);
	of[RULE_HITS].requests = less(now->hits, base->hits);
	if (taken_up * SHARE < challenged)
		of[RULE_CHALLENGES].count = less(challenged, taken_up);
	if (acked * SHARE < invites)
		of[RULE_ACKS].count = less(invites, acked);
}

static __u32 clip(__u64 count)
{
	return count < ~0U ? (__u32)count : ~0U;
}

static void count_suspect(const struct suspect *suspect, const struct evidence_counts *base,
			  struct evidence of[RULE_EVIDENCE_END])
{
	of[RULE_SUSPICION].count = suspect->suspicion - base->suspicion;
	of[RULE_SUSPICION].requests = suspect->structural - base->structural;
	of[RULE_SUSPICION].reason = suspect->check;
	of[RULE_EXCEEDED].count = clip(suspect->exceeded - base->exceeded);
}

/* No answer at all is as little as none that granted anything. */
static bool granted_little(const struct evidence *e)
{
	return (__u64)e->accepted * SHARE < (e->answered ? e->answered : 1);
}

void evidence_count(const struct suspect *suspect, const struct conduct *conduct,
		    const struct evidence_base *base, bool held,
		    struct evidence of[RULE_EVIDENCE_END])
{
	memset(of, 0, RULE_EVIDENCE_END * sizeof(*of));
	if (conduct)
		count_conduct(conduct, &base->conduct, held, of);
	if (suspect)
		count_suspect(suspect, &base->suspect, of);
	for (unsigned int r = RULE_NONE + 1; r < RULE_EVIDENCE_END; r++) {
		of[r].limit = rule_info(r)->limit;
		if (rule_info(r)->outcome && !granted_little(&of[r]))
			of[r].count = 0;
	}
}

enum step evidence_worth(const struct evidence *evidence, enum rule rule, bool trusted)
{
	const struct rule_info *info = rule_info(rule);
	enum step most = trusted ? info->trusted : info->proven;
	enum step step = evidence_step(evidence->count, evidence->limit);

	return step < most ? step : most;
}

enum step evidence_weigh(const struct evidence of[RULE_EVIDENCE_END], bool trusted, enum rule *rule,
			 struct evidence *out)
{
	enum step furthest = STEP_NONE;

	for (unsigned int r = RULE_NONE + 1; r < RULE_EVIDENCE_END; r++) {
		enum step step = evidence_worth(&of[r], r, trusted);

		if (step < furthest || step == STEP_NONE)
			continue;
		if (step == furthest &&
		    (__u64)of[r].count * out->limit <= (__u64)out->count * of[r].limit)
			continue;
		furthest = step;
		*rule = r;
		*out = of[r];
	}
	return furthest;
}
