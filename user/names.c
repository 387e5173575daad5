// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/names.h"

#include <stddef.h>
#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define PASS false
#define DROP true
#define OFF ACTION_OFF
#define SHADOW ACTION_SHADOW
#define SCORE ACTION_SCORE
#define ENFORCE ACTION_ENFORCE

static const struct {
	const char *name;
	const char *sentence;
	bool drops;
	enum rule_action action;
	enum check_weight weight; /* 0: no check */
} reasons[] = {
#define REASON(id, name, verdict, sentence)                                                        \
	[REASON_##id] = { name, sentence, verdict, ACTION_ENFORCE, 0 },
#include "maps/reasons.def"
#undef REASON
#define CHECK(id, name, weight, action, sentence)                                                  \
	[REASON_CHECK_##id] = { name, sentence, DROP, action, WEIGHT_##weight },
#include "maps/checks.def"
#undef CHECK
};

static const char *const methods[] = {
	[SIP_METHOD_NONE] = "none",
#define METHOD(id, name) [SIP_METHOD_##id] = name,
#include "maps/methods.def"
#undef METHOD
	[SIP_METHOD_RESPONSE] = "response",
};

static const char *const classes[] = {
#define CLASS(id, name, sentence) [CLASS_##id] = name,
#include "maps/classes.def"
#undef CLASS
};

static const char *const standings[] = {
	[STANDING_UNKNOWN] = "unknown", [STANDING_PROVEN] = "proven",
	[STANDING_TRUSTED] = "trusted", [STANDING_CARRIER] = "carrier",
	[STANDING_ALLOWED] = "allowed",
};

static const char *const lanes[] = {
	[LANE_REQUEST] = "request",   [LANE_RETURN] = "return", [LANE_REPEAT] = "repeat",
	[LANE_RESPONSE] = "response", [LANE_OTHER] = "other",
};

static const char *const actions[] = {
	[ACTION_OFF] = "off",
	[ACTION_SHADOW] = "shadow",
	[ACTION_SCORE] = "score",
	[ACTION_ENFORCE] = "enforce",
};

static const char *const whys[] = {
	[WHY_NONE] = "none",
	[WHY_NONCE] = "nonce",
	[WHY_TO_TAG] = "to-tag",
	[WHY_TCP] = "tcp",
	[WHY_2XX_REGISTER] = "2xx-to-register",
	[WHY_2XX_INVITE] = "2xx-to-invite",
	[WHY_2XX_OTHER] = "2xx-to-other",
	[WHY_RESTORED] = "restored",
};

static const char *const events[] = {
	[EVENT_DROP] = "drop",	   [EVENT_SHADOW] = "shadow", [EVENT_LEARNED] = "learned",
	[EVENT_PROVEN] = "proven", [EVENT_ANSWER] = "answer", [EVENT_HELD] = "held",
	[EVENT_PASS] = "pass",
};

static const char *name_at(const char *const *table, size_t len, unsigned int value)
{
	return value < len && table[value] ? table[value] : "invalid";
}

static int value_of(const char *const *table, size_t len, const char *name)
{
	for (size_t i = 0; i < len; i++) {
		if (table[i] && !strcmp(table[i], name))
			return (int)i;
	}
	return -1;
}

const char *reason_name(unsigned int reason)
{
	return reason < REASON_MAX ? reasons[reason].name : "invalid";
}

const char *reason_sentence(unsigned int reason)
{
	return reason < REASON_MAX ? reasons[reason].sentence : "invalid";
}

bool reason_drops(unsigned int reason)
{
	return reason < REASON_MAX && reasons[reason].drops;
}

bool reason_leaves_host(unsigned int reason)
{
	return reason == REASON_EGRESS_OTHER || reason == REASON_EGRESS_LEARNED;
}

bool reason_is_check(unsigned int reason)
{
	return reason > REASON_USER_AGENT && reason < REASON_MAX;
}

enum rule_action reason_default_action(unsigned int reason)
{
	return reason < REASON_MAX ? reasons[reason].action : ACTION_OFF;
}

const char *reason_weight_name(unsigned int reason)
{
	switch (reason < REASON_MAX ? reasons[reason].weight : 0) {
	case WEIGHT_STRONG:
		return "strong";
	case WEIGHT_MEDIUM:
		return "medium";
	case WEIGHT_WEAK:
		return "weak";
	default:
		return "invalid";
	}
}

int reason_of(const char *name)
{
	for (size_t i = 0; i < REASON_MAX; i++) {
		if (!strcmp(reasons[i].name, name))
			return (int)i;
	}
	return -1;
}

const char *method_name(unsigned int method)
{
	return name_at(methods, ARRAY_LEN(methods), method);
}

const char *standing_name(unsigned int state)
{
	return name_at(standings, ARRAY_LEN(standings), state);
}

const char *class_name(unsigned int class)
{
	return name_at(classes, ARRAY_LEN(classes), class);
}

const char *lane_name(unsigned int lane)
{
	return name_at(lanes, ARRAY_LEN(lanes), lane);
}

const char *action_name(unsigned int action)
{
	return name_at(actions, ARRAY_LEN(actions), action);
}

const char *why_name(unsigned int why)
{
	return name_at(whys, ARRAY_LEN(whys), why);
}

const char *event_name(unsigned int kind)
{
	return name_at(events, ARRAY_LEN(events), kind);
}

int class_of(const char *name)
{
	return value_of(classes, ARRAY_LEN(classes), name);
}

int method_by_name(const char *name)
{
	return value_of(methods, ARRAY_LEN(methods), name);
}

int standing_by_name(const char *name)
{
	return value_of(standings, ARRAY_LEN(standings), name);
}

int event_by_name(const char *name)
{
	return value_of(events, ARRAY_LEN(events), name);
}
