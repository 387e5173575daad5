/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the maps say against a source, weighed by the rules of user/rules.def. Pure.
 */
#ifndef SIPSHIELD_EVIDENCE_H
#define SIPSHIELD_EVIDENCE_H

#include "user/transition.h"

/* A suspect's counts at some time. */
struct evidence_counts {
	__u64 exceeded;
	__u32 structural;
	__u32 suspicion;
};

/* What was seen before and counts no more. */
struct evidence_base {
	struct evidence_counts suspect;
	struct conduct conduct;
};

struct evidence_counts evidence_counts(const struct suspect *suspect);

/*
 * The base must not be ahead of what the kernel has: it forgets a source's conduct by and by, and
 * what it forgot may count when it comes again.
 */
void evidence_age(struct evidence_base *base, const struct conduct *now);

/* The step that count of limit is worth. */
enum step evidence_step(__u32 count, __u32 limit);

/*
 * What speaks against a source by each rule of evidence, less the base; with the limits, all 0
 * where the rule does not hold. suspect and conduct may be NULL. held: the kernel stopped it for
 * its rejected credentials.
 */
void evidence_count(const struct suspect *suspect, const struct conduct *conduct,
		    const struct evidence_base *base, bool held,
		    struct evidence of[RULE_EVIDENCE_END]);

/* The step that it is worth: STEP_NONE, WATCH, TIGHT, or BAN_1 for a ban of any length. */
enum step evidence_worth(const struct evidence *evidence, enum rule rule, bool trusted);

/*
 * The rule that weighs most among those that take the source furthest, and that step. *rule and
 * *out are written unless it is STEP_NONE.
 */
enum step evidence_weigh(const struct evidence of[RULE_EVIDENCE_END], bool trusted, enum rule *rule,
			 struct evidence *out);

#endif
