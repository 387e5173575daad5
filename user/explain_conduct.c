// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/explain_conduct.h"

#include <string.h>

#include "user/duration.h"

#define NS_PER_SECOND 1000000000ULL

size_t explain_rules(const struct explain_facts *facts, struct explain_rule out[RULE_EVIDENCE_END])
{
	const struct source *source = &facts->source;
	const struct evidence_base none = { .conduct.since_ns = 0 };
	struct evidence of[RULE_EVIDENCE_END] = { 0 };
	bool trusted = source_standing(source) == STANDING_TRUSTED;
	size_t found = 0;

	evidence_count(source->has_suspect ? &source->suspect : NULL,
		       source->has_standing ? &source->standing.conduct : NULL, &none,
		       source->standing.held_until_ns > facts->now_ns, of);
	for (unsigned int r = RULE_NONE + 1; r < RULE_EVIDENCE_END; r++) {
		if (!of[r].count)
			continue;
		out[found].rule = r;
		out[found].evidence = of[r];
		out[found++].step = evidence_worth(&of[r], r, trusted);
	}
	return found;
}

/* "4 users asked for in vain (1 of 12 requests granted)" */
static const char *rule_sentence(const struct explain_rule *rule, char out[EXPLAIN_TEXT_LEN])
{
	const struct rule_info *info = rule_info(rule->rule);
	const struct evidence *e = &rule->evidence;
	int len = snprintf(out, EXPLAIN_TEXT_LEN, "%u %s", e->count, info->what);

	if (info->outcome && e->answered)
		snprintf(out + len, EXPLAIN_TEXT_LEN - (size_t)len, " (%u of %u granted)",
			 e->accepted, e->answered);
	return out;
}

json_t *explain_rules_json(const struct explain_facts *facts)
{
	struct explain_rule rule[RULE_EVIDENCE_END];
	size_t rules = explain_rules(facts, rule);
	json_t *array = json_array();
	char sentence[EXPLAIN_TEXT_LEN];

	for (size_t i = 0; i < rules; i++)
		json_array_append_new(array,
				      json_pack("{s:s, s:I, s:I, s:I, s:I, s:s, s:s}", "rule",
						rule_name(rule[i].rule), "count",
						(json_int_t)rule[i].evidence.count, "limit",
						(json_int_t)rule[i].evidence.limit, "accepted",
						(json_int_t)rule[i].evidence.accepted, "answered",
						(json_int_t)rule[i].evidence.answered, "step",
						step_is_ban(rule[i].step) ? "ban"
									  : step_name(rule[i].step),
						"sentence", rule_sentence(&rule[i], sentence)));
	return array;
}

static void print_answers(const struct explain_facts *facts, FILE *out)
{
	const struct conduct *c = &facts->source.standing.conduct;
	char since[DURATION_TEXT_LEN];

	duration_format((facts->now_ns - c->since_ns) / NS_PER_SECOND, since);
	fprintf(out,
		"    in %s: %u requests granted, %u times credentials rejected, %u times nobody of that "
		"name; %u challenges, %u taken up\n",
		since, c->accepted, c->rejected, c->not_found, c->challenged, c->taken_up);
}

static const char *step_words(enum step step)
{
	if (step_is_ban(step))
		return "enough for a ban";
	return step == STEP_NONE ? "no step so far" : step_name(step);
}

static void print_rule(const struct explain_rule *rule, bool trusted, FILE *out)
{
	const struct rule_info *info = rule_info(rule->rule);
	enum step most = trusted ? info->trusted : info->proven;
	char sentence[EXPLAIN_TEXT_LEN];

	fprintf(out, "    %-11s %s: ", rule_name(rule->rule), rule_sentence(rule, sentence));
	if (step_is_ban(most))
		fprintf(out, "%s; a ban at %u%s\n", step_words(rule->step), rule->evidence.limit,
			info->outcome ? ", unless a fifth is granted" : "");
	else
		fprintf(out, "%s; never more than %s by this rule\n", step_words(rule->step),
			step_name(most));
}

void explain_conduct_print(const struct explain_facts *facts, FILE *out)
{
	bool trusted = source_standing(&facts->source) == STANDING_TRUSTED;
	const struct conduct *c = &facts->source.standing.conduct;
	struct explain_rule rule[RULE_EVIDENCE_END];
	size_t rules = explain_rules(facts, rule);

	if (!rules && !(facts->source.has_standing && (c->answered || c->challenged)))
		return;
	fputs("  What became of its requests, and what the agent makes of it:\n", out);
	if (facts->source.has_standing && c->since_ns)
		print_answers(facts, out);
	for (size_t i = 0; i < rules; i++)
		print_rule(&rule[i], trusted, out);
}
