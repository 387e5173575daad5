/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which policy the agent puts in force: its file's, unless that was not confirmed.
 */
#ifndef SIPSHIELD_AGENT_POLICY_H
#define SIPSHIELD_AGENT_POLICY_H

#include "user/agent.h"
#include "user/store.h"

/*
 * At the agent's start. A policy that waits to be confirmed stays. A file with errors, and one that
 * reads like a policy that was not confirmed or was taken back, is not applied: what is in force
 * stays or, with new maps, the policy that held last is applied. -EBADMSG: the file has errors, and
 * there is none of all that; they were said. Else 0 or another negative errno.
 */
int agent_policy_start(const struct agent_options *options, struct store *store);
/*
 * When the agent is told to read its file again. It is checked as a whole first: whatever is wrong
 * with it, and while a policy waits to be confirmed, the one in force stays.
 */
void agent_policy_reload(const struct agent_options *options, struct store *store);
/* Each round: the kernel may have gone back by itself; this makes it last, and says so. */
void agent_policy_round(const struct agent_options *options, struct store *store);

#endif
