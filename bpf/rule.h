/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a rule does under a policy: the same for the packet path and for those who show it. */
#ifndef SIPSHIELD_RULE_H
#define SIPSHIELD_RULE_H

#include "bpf/env.h"
#include "maps/types.h"

/* enum rule_action of a DROP reason: its own action, or the policy's mode if that is weaker. */
static __always_inline __u8 rule_action(const struct policy *policy, __u32 reason)
{
	__u8 action = policy->action[reason & 127];

	return action < policy->mode ? action : policy->mode;
}

/*
 * How much it says that a rule hits which does not drop. 2: nothing but the policy's mode holds it
 * back; 1: it is in shadow, or scored; 0: it is off.
 */
static __always_inline __u8 rule_strength(const struct policy *policy, __u32 reason)
{
	return (policy->action[reason & 127] + 1) >> 1;
}

#endif
