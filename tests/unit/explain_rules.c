// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What explain makes of a source's conduct: the same as the agent does.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/explain_conduct.h"

#define SECOND 1000000000ULL
#define NOW (1000000 * SECOND)

static struct explain_facts scanner(unsigned int users, unsigned int accepted)
{
	struct explain_facts facts = { .now_ns = NOW };
	struct conduct *c = &facts.source.standing.conduct;

	facts.source.has_standing = true;
	facts.source.state = STANDING_PROVEN;
	c->since_ns = NOW - 7200 * SECOND;
	for (unsigned int i = 0; i < users; i++)
		c->users[i & 3] |= 1ULL << (i >> 2) * 5;
	c->not_found = users;
	c->accepted = accepted;
	c->answered = users + accepted;
	return facts;
}

static const struct explain_rule *find(const struct explain_rule *rule, size_t rules,
				       enum rule want)
{
	for (size_t i = 0; i < rules; i++) {
		if (rule[i].rule == want)
			return &rule[i];
	}
	return NULL;
}

static enum step users_step(const struct explain_facts *facts)
{
	struct explain_rule rule[RULE_EVIDENCE_END];
	size_t rules = explain_rules(facts, rule);
	const struct explain_rule *users = find(rule, rules, RULE_USERS);

	return users ? users->step : STEP_NONE;
}

Test(explain_rules, as_far_as_the_agent_goes)
{
	struct explain_facts facts;

	for (unsigned int users = 0; users <= 14; users++) {
		const struct evidence_base none = { .conduct.since_ns = 0 };
		struct evidence of[RULE_EVIDENCE_END] = { 0 }, e;
		enum step step;
		enum rule rule;

		facts = scanner(users, 0);
		evidence_count(NULL, &facts.source.standing.conduct, &none, false, of);
		step = evidence_weigh(of, false, &rule, &e);
		cr_assert_eq(users_step(&facts), step, "%u users", users);
	}
	facts = scanner(12, 0);
	cr_assert(step_is_ban(users_step(&facts)));
	facts = scanner(12, 12);
	cr_assert_eq(users_step(&facts), STEP_NONE, "half of it was granted");
	facts = scanner(12, 0);
	facts.source.state = STANDING_TRUSTED;
	cr_assert_eq(users_step(&facts), STEP_TIGHT, "others can send in its name");
}

static char *printed(const struct explain_facts *facts)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	explain_conduct_print(facts, out);
	fclose(out);
	return text;
}

Test(explain_rules, in_words)
{
	struct explain_facts facts = scanner(12, 1);
	char *text = printed(&facts);
	json_t *array = explain_rules_json(&facts);

	cr_assert(strstr(text, "in 2h: 1 requests granted"), "%s", text);
	cr_assert(strstr(text, "12 times nobody of that name"), "%s", text);
	cr_assert(
		strstr(text,
		       "asked for in vain (1 of 13 granted): enough for a ban; a ban at 10, unless a fifth is granted"),
		"%s", text);
	cr_assert_eq(json_array_size(array), 1);
	cr_assert_str_eq(json_string_value(json_object_get(json_array_get(array, 0), "rule")),
			 "users");
	cr_assert_str_eq(json_string_value(json_object_get(json_array_get(array, 0), "step")),
			 "ban");
	json_decref(array);
	free(text);
	facts = scanner(0, 0);
	text = printed(&facts);
	cr_assert_str_eq(text, "", "nothing is known: nothing is said");
	free(text);
}
