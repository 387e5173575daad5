// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/lanes.h"

#include <errno.h>
#include <stdlib.h>

#define HOLD_NS (5 * 1000000000ULL) /* five steps */

static void policy_free_copy(struct policy **policy)
{
	free(*policy);
}

bool lane_follows(enum lane lane)
{
	return lane == LANE_REQUEST || lane == LANE_RETURN || lane == LANE_REPEAT;
}

static void set_lanes(struct store *store, const struct policy *policy, double share, __u64 now_ns)
{
	for (enum lane lane = 0; lane < LANE_MAX; lane++) {
		struct rate_limit set = health_limit(&policy->lane[lane], share);

		if (lane_follows(lane))
			store_set_lane(store, lane, &set, share < 1 ? now_ns + HOLD_NS : 0);
	}
}

int lanes_round(struct store *store, struct health_state *health, __u64 now_ns,
		struct health_report *report)
{
	__attribute__((cleanup(policy_free_copy))) struct policy *policy = malloc(sizeof(*policy));
	struct health total;
	int err;

	if (!policy)
		return -ENOMEM;
	err = store_policy(store, policy);
	if (!err)
		err = store_health(store, &total);
	if (err)
		return err;
	health_step(health, &total, now_ns, policy->lane_minimum / 100.0, report);
	set_lanes(store, policy, health->share, now_ns);
	return 0;
}
