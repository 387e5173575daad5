// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/agent_census.h"

#include <stdlib.h>
#include <unistd.h>

struct agent_census {
	struct store *store;
	__u64 started_ns;
};

struct agent_census *agent_census_new(struct store *store, __u64 now_ns)
{
	struct agent_census *census = calloc(1, sizeof(*census));

	if (!census)
		return NULL;
	census->store = store;
	census->started_ns = now_ns;
	return census;
}

void agent_census_free(struct agent_census *census)
{
	static const struct census none;

	if (!census)
		return;
	store_set_census(census->store, &none);
	free(census);
}

int agent_census_round(struct agent_census *census, const struct round *round)
{
	struct census now = *round_census(round);

	now.pid = (__u32)getpid();
	now.agent_started_ns = census->started_ns;
	return store_set_census(census->store, &now);
}
