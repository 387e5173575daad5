/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the deadlines of struct control say at some time. Pure: the kernel and userspace run the same
 * lines, so that both take the same slot for the one in force.
 */
#ifndef SIPSHIELD_CONTROL_H
#define SIPSHIELD_CONTROL_H

#include "bpf/env.h"
#include "maps/types.h"

/* Does a policy wait to be confirmed, in time or not? Its bit without a time is a change half read. */
static __always_inline int control_unconfirmed(const struct control *c)
{
	return c->timers & CONTROL_CONFIRM && c->confirm_by_ns;
}

/* Has the deadline passed, so that the policy before it is in force again? */
static __always_inline int control_reverted(const struct control *c, __u64 now_ns)
{
	return control_unconfirmed(c) && now_ns >= c->confirm_by_ns;
}

/* The policy slot in force. */
static __always_inline __u32 control_slot(const struct control *c, __u64 now_ns)
{
	return control_reverted(c, now_ns) ? c->fallback_slot : c->active_slot;
}

/* Does everything pass? */
static __always_inline int control_bypassed(const struct control *c, __u64 now_ns)
{
	return c->timers & CONTROL_BYPASS && now_ns < c->bypass_until_ns;
}

#endif
