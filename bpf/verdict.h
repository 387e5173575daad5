/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows when a limit or a check hits: drop, count what would have been dropped, or nothing. */
#ifndef SIPSHIELD_VERDICT_H
#define SIPSHIELD_VERDICT_H

#include "bpf/packet.h"
#include "bpf/rule.h"

static __always_inline int rule_enforced(const struct packet *p, __u32 reason)
{
	return rule_action(p->policy, reason) == ACTION_ENFORCE;
}

/*
 * Answers with the reason if its rule is enforced, else CONTINUE. Notes it if it only counts: the
 * first of those that the mode alone holds back, which is what would drop, else the first.
 */
static __always_inline int refuse(struct packet *p, __u32 reason)
{
	__u8 strength = rule_strength(p->policy, reason);

	if (rule_enforced(p, reason))
		return reason;
	if (strength > p->f->noted) {
		p->f->noted = strength;
		p->f->shadow = reason;
	}
	return CONTINUE;
}

#endif
