// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/snapshot.h"

#include <string.h>

#include "user/lanes.h"
#include "user/names.h"

#define NS_PER_SECOND 1000000000ULL

static void add(struct counter *sum, const struct counter *c)
{
	sum->packets += c->packets;
	sum->bytes += c->bytes;
}

void snapshot_add_up(const struct totals *totals, struct snapshot_sums *out)
{
	memset(out, 0, sizeof(*out));
	for (unsigned int r = 0; r < REASON_MAX; r++) {
		bool drops = reason_drops(r), leaves = reason_leaves_host(r);

		for (unsigned int m = 0; m < SIP_METHOD_MAX; m++) {
			for (unsigned int s = 0; s < STANDING_MAX; s++) {
				const struct counter *c = &totals->by[r][m][s];

				add(&out->reason[r], c);
				if (leaves)
					continue;
				out->method[m][drops] += c->packets;
				out->standing[s][drops] += c->packets;
			}
		}
		add(leaves ? &out->out : &out->in[drops], &out->reason[r]);
		out->shadowed += totals->shadow[r].packets;
	}
}

bool snapshot_enforcing(const struct snapshot *snapshot)
{
	return snapshot->attached && !snapshot->blind && !snapshot->bypass_until_ns &&
	       snapshot->policy.mode == ACTION_ENFORCE;
}

bool snapshot_reload_ok(const struct snapshot *snapshot)
{
	return snapshot->reload_ns == snapshot->reloaded_ns;
}

__u64 snapshot_uptime(const struct snapshot *snapshot)
{
	if (snapshot->now_ns <= snapshot->started_ns)
		return 0;
	return (snapshot->now_ns - snapshot->started_ns) / NS_PER_SECOND;
}

__u64 snapshot_standing(const struct snapshot *snapshot)
{
	return snapshot->census.standing[STANDING_PROVEN] +
	       snapshot->census.standing[STANDING_TRUSTED];
}

static const struct {
	const char *name;
	__u64 capacity;
} tables[] = {
	[TABLE_BANS] = { "bans", BANS_MAX },
	[TABLE_STANDING] = { "standing", STANDING_ENTRIES },
	[TABLE_SUSPECTS] = { "suspects", SUSPECTS_MAX },
	[TABLE_LISTENERS] = { "listeners", LISTENERS_MAX / POLICY_SLOTS },
	[TABLE_PREFIXES] = { "prefixes", PREFIXES_MAX },
	[TABLE_CARRIERS] = { "carriers", CARRIERS_MAX },
};

const char *snapshot_table_name(enum snapshot_table table)
{
	return tables[table].name;
}

__u64 snapshot_table_capacity(enum snapshot_table table)
{
	return tables[table].capacity;
}

static __u64 spans(const __u64 count[HEALTH_SPANS])
{
	__u64 sum = 0;

	for (unsigned int i = 0; i < HEALTH_SPANS; i++)
		sum += count[i];
	return sum;
}

__u64 snapshot_asked(const struct health *health)
{
	return spans(health->asked);
}

__u64 snapshot_answered(const struct health *health)
{
	return spans(health->answered);
}

double snapshot_mean_wait(const struct health *health)
{
	__u64 answered = snapshot_answered(health);

	return answered ? (double)health->wait_ns / NS_PER_SECOND / (double)answered : 0;
}

static double rate_of(const struct rate_limit *limit)
{
	return limit->interval_ns ? 1e9 / (double)limit->interval_ns : 0;
}

double snapshot_lane_rate(const struct snapshot *snapshot, enum lane lane)
{
	struct rate_limit limit =
		lane_in_force(&snapshot->lane[lane], &snapshot->policy, lane, snapshot->now_ns);

	return rate_of(&limit);
}

double snapshot_lane_full(const struct snapshot *snapshot, enum lane lane)
{
	return rate_of(&snapshot->policy.lane[lane]);
}

double snapshot_lane_fill(const struct snapshot *snapshot, enum lane lane)
{
	const struct lane_cell *cell = &snapshot->lane[lane];
	struct rate_limit limit = lane_in_force(cell, &snapshot->policy, lane, snapshot->now_ns);
	double ahead;

	if (!limit.interval_ns || cell->arrival_ns <= snapshot->now_ns)
		return 0;
	ahead = (double)(cell->arrival_ns - snapshot->now_ns);
	ahead /= (double)(limit.tolerance_ns + limit.interval_ns);
	return ahead < 1 ? ahead : 1;
}
