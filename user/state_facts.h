/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that the maps say about one source and what it meets, for the verbs that show it.
 */
#ifndef SIPSHIELD_STATE_FACTS_H
#define SIPSHIELD_STATE_FACTS_H

#include "user/explain.h"

/*
 * policy is what facts->policy will point to; agent: one runs, which the agent itself cannot ask for
 * without giving up its lock. 0 or a negative errno.
 */
int facts_read(const struct store *store, const char *dev, bool agent, const struct addr *address,
	       struct policy *policy, struct explain_facts *facts);

#endif
