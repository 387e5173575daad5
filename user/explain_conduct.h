/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What became of a source's requests, in words, and how far the rules of user/rules.def take it by
 * that. Pure.
 */
#ifndef SIPSHIELD_EXPLAIN_CONDUCT_H
#define SIPSHIELD_EXPLAIN_CONDUCT_H

#include <jansson.h>
#include <stdio.h>

#include "user/evidence.h"
#include "user/explain.h"

/* One rule that something speaks for. */
struct explain_rule {
	enum rule rule;
	struct evidence evidence;
	enum step step; /* that it is worth by itself: STEP_BAN_1 for a ban of any length */
};

/*
 * The rules that something speaks for, in the order of the table; at most RULE_EVIDENCE_END.
 * What led to an earlier ban is among it, though the agent counts it once. Returns how many.
 */
size_t explain_rules(const struct explain_facts *facts, struct explain_rule out[RULE_EVIDENCE_END]);

/* An array of objects: rule, count, limit, accepted, answered, step, sentence. */
json_t *explain_rules_json(const struct explain_facts *facts);
void explain_conduct_print(const struct explain_facts *facts, FILE *out);

#endif
