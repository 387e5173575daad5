/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Names of the enums in maps/types.h, as they stand in the policy, in JSON and in metrics.
 */
#ifndef SIPSHIELD_NAMES_H
#define SIPSHIELD_NAMES_H

#include <stdbool.h>

#include "maps/types.h"

/* All return a constant string; "invalid" for a value that is none of the enum's. */
const char *reason_name(unsigned int reason);
const char *reason_sentence(unsigned int reason);
const char *method_name(unsigned int method);
const char *standing_name(unsigned int state);
const char *class_name(unsigned int class);
const char *lane_name(unsigned int lane);
const char *action_name(unsigned int action);
const char *why_name(unsigned int why);
const char *event_name(unsigned int kind);

bool reason_drops(unsigned int reason); /* true for a DROP reason or a check */
/* Of the egress program, which never drops; all others are of what comes in. */
bool reason_leaves_host(unsigned int reason);
bool reason_is_check(unsigned int reason);
enum rule_action reason_default_action(unsigned int reason);
const char *reason_weight_name(unsigned int reason); /* of a check */

/* The value of a name, or -1. */
int reason_of(const char *name);
int class_of(const char *name);
int method_by_name(const char *name);
int standing_by_name(const char *name);
int event_by_name(const char *name);

#endif
