// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/state_facts.h"

#include "user/cmd.h"
#include "user/loader.h"

int facts_read(const struct store *store, const char *dev, bool agent, const struct addr *address,
	       struct policy *policy, struct explain_facts *facts)
{
	struct attachment attachment;
	struct control control;
	int err = store_policy(store, policy);

	facts->policy = policy;
	facts->now_ns = cmd_now();
	if (!err)
		err = source_read(store, address, facts->now_ns, &facts->source);
	if (!err)
		err = store_lanes(store, facts->lane);
	if (!err)
		err = store_narrow(store, address, &facts->narrow);
	if (!err)
		err = store_price(store, &facts->source.key, facts->now_ns, &facts->price);
	if (!err)
		err = store_control(store, &control);
	if (err)
		return err;
	facts->frozen_until_ns = control.frozen_until_ns;
	facts->attached = !shield_attached(dev, &attachment) && attachment.alive;
	facts->agent = agent;
	facts->rule_added = facts->source.has_rule && store_rule_added(&facts->source.rule);
	return 0;
}
