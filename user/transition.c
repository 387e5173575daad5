// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/transition.h"

#include <stdio.h>
#include <string.h>

#include "user/duration.h"
#include "user/names.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const char *const steps[] = {
	[STEP_NONE] = "none",	  [STEP_WATCH] = "watch", [STEP_TIGHT] = "tight",
	[STEP_BAN_1] = "ban-1",	  [STEP_BAN_2] = "ban-2", [STEP_BAN_3] = "ban-3",
	[STEP_BAN_4] = "ban-4",	  [STEP_BAN_5] = "ban-5", [STEP_NARROW] = "narrow",
	[STEP_FROZEN] = "frozen",
};

static const struct rule_info rules[] = {
	[RULE_NONE] = { "none", "", 0, STEP_NONE, STEP_NONE, false },
#define EVIDENCE(id, name, limit, proven, trusted, outcome, what)                                  \
	[RULE_##id] = { name, what, limit, STEP_##proven, STEP_##trusted, outcome },
#define TURN(id, name, what) [RULE_##id] = { name, what, 0, STEP_NONE, STEP_NONE, false },
#include "user/rules.def"
#undef EVIDENCE
#undef TURN
};

static const char *const bounds[] = {
	[BOUND_NONE] = "",
	[BOUND_RULE] = "this rule bans nobody",
	[BOUND_TRUSTED] = "it is trusted",
	[BOUND_PROTECTED] = "the policy or the never-ban set protects it",
	[BOUND_GRACE] = "its ban was lifted by hand a while ago",
	[BOUND_FROZEN] = "no new bans are made for now",
};

static const __u64 ladder[] = { 60, 300, 1800, 10800, 86400 };
_Static_assert(ARRAY_LEN(ladder) == STEP_TOP - STEP_BAN_1 + 1, "ladder");

const char *step_name(unsigned int step)
{
	return step < STEP_MAX ? steps[step] : "invalid";
}

const char *rule_name(unsigned int rule)
{
	return rule < RULE_MAX ? rules[rule].name : "invalid";
}

const char *bound_sentence(unsigned int bound)
{
	return bound < BOUND_MAX ? bounds[bound] : "invalid";
}

const struct rule_info *rule_info(enum rule rule)
{
	return &rules[rule];
}

__u64 step_seconds(enum step step)
{
	return step_is_ban(step) ? ladder[step - STEP_BAN_1] : 0;
}

void transition_say(struct transition *t)
{
	const struct rule_info *info = rule_info(t->rule);
	const struct evidence *e = &t->evidence;
	char *out = t->sentence;

	if (t->rule == RULE_SUSPICION)
		snprintf(out, sizeof(t->sentence), "%u %s (%s)", e->requests, info->what,
			 reason_name(e->reason));
	else if (t->rule == RULE_HITS)
		snprintf(out, sizeof(t->sentence), "%u %s", e->requests, info->what);
	else if (info->outcome)
		snprintf(out, sizeof(t->sentence), "%u %s; %u of %u granted", e->count, info->what,
			 e->accepted, e->answered);
	else if (e->count)
		snprintf(out, sizeof(t->sentence), "%u %s", e->count, info->what);
	else
		snprintf(out, sizeof(t->sentence), "%s", info->what);
}

const char *transition_subject(const struct transition *t, char out[PREFIX_TEXT_LEN])
{
	if (t->from == STEP_FROZEN || t->to == STEP_FROZEN)
		return strcpy(out, "shield");
	return prefix_format(&t->key, t->prefix, out);
}

const char *transition_text(const struct transition *t, char out[TRANSITION_TEXT_LEN])
{
	char who[PREFIX_TEXT_LEN], time[DURATION_TEXT_LEN];
	bool timed = t->ttl_seconds;

	if (timed)
		duration_format(t->ttl_seconds, time);
	snprintf(out, TRANSITION_TEXT_LEN, "%s: %s -> %s%s%s: %s (%s)%s%s%s%s",
		 transition_subject(t, who), step_name(t->from), step_name(t->to),
		 timed ? " for " : "", timed ? time : "", t->sentence, rule_name(t->rule),
		 t->bound ? "; not banned: " : "", bound_sentence(t->bound),
		 t->error ? "; not done: " : "", t->error ? strerror(-t->error) : "");
	return out;
}

json_t *transition_json(const struct transition *transition, double t)
{
	const struct evidence *e = &transition->evidence;
	char who[PREFIX_TEXT_LEN];

	return json_pack(
		"{s:I, s:f, s:s, s:s, s:s, s:s, s:s, s:I, s:s, s:s, s:{s:I, s:I, s:I, s:I}}", "id",
		(json_int_t)transition->id, "t", t, "src", transition_subject(transition, who),
		"from", step_name(transition->from), "to", step_name(transition->to), "rule",
		rule_name(transition->rule), "sentence", transition->sentence, "ttl",
		(json_int_t)transition->ttl_seconds, "bound", bound_sentence(transition->bound),
		"error", transition->error ? strerror(-transition->error) : "", "evidence", "count",
		(json_int_t)e->count, "limit", (json_int_t)e->limit, "accepted",
		(json_int_t)e->accepted, "answered", (json_int_t)e->answered);
}
