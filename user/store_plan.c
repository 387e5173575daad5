// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The policy in force, read back as a plan.
 */
#include <errno.h>
#include <stdlib.h>

#include "user/store.h"
#include "user/store_listener.h"

#define TRIES 5 /* readings that another `policy apply` may spoil */

static int collect_prefix(const struct plan_prefix *prefix, void *arg)
{
	struct plan *plan = arg;
	size_t n = plan->prefixes;

	/* Doubles: the array is full whenever the count is a power of two. */
	if (!(n & (n - 1))) {
		void *bigger = realloc(plan->prefix, (n ? n * 2 : 1) * sizeof(*plan->prefix));

		if (!bigger)
			return -ENOMEM;
		plan->prefix = bigger;
	}
	plan->prefix[plan->prefixes++] = *prefix;
	return 0;
}

static int collect_listener(const struct listener_key *listener, void *arg)
{
	struct plan *plan = arg;
	void *bigger = realloc(plan->listener, (plan->listeners + 1) * sizeof(*plan->listener));

	if (!bigger)
		return -ENOMEM;
	plan->listener = bigger;
	plan->listener[plan->listeners++] = *listener;
	return 0;
}

static int collect_signatures(const struct store *store, struct plan *plan)
{
	plan->signatures = calloc(SIGNATURE_BANKS, sizeof(*plan->signatures));
	return plan->signatures ? store_signatures(store, plan->signatures) : -ENOMEM;
}

static int read_maps_once(const struct store *store, struct plan *plan)
{
	__u32 generation;
	int err = store_policy(store, &plan->policy);

	generation = plan->policy.generation;
	if (!err)
		err = store_each_prefix(store, collect_prefix, plan);
	if (!err)
		err = store_each_listener(store, collect_listener, plan);
	if (!err)
		err = collect_signatures(store, plan);
	if (!err)
		err = store_policy(store, &plan->policy);
	if (!err && plan->policy.generation != generation)
		err = -EAGAIN;
	return err;
}

int store_plan(const struct store *store, struct plan *out)
{
	struct plan plan = { 0 };
	int err = -EAGAIN;

	for (int i = 0; i < TRIES && err == -EAGAIN; i++) {
		plan_free(&plan);
		err = read_maps_once(store, &plan);
	}
	if (err)
		plan_free(&plan);
	else
		*out = plan;
	return err;
}
