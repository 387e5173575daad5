// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * How the server does, what packets cost, and the strangers' lanes that follow it.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>

#include "user/names.h"
#include "user/store_maps.h"

/* The packet path moves the cells of the lanes: only single fields beside them may be written. */
int store_map_lanes(struct store *store)
{
	void *lanes = mmap(NULL, LANE_MAX * sizeof(struct lane_cell), PROT_READ | PROT_WRITE,
			   MAP_SHARED, store->fd[MAP_LANES], 0);

	if (lanes == MAP_FAILED)
		return -errno;
	store->lanes = lanes;
	return 0;
}

void store_unmap_lanes(struct store *store)
{
	if (store->lanes)
		munmap(store->lanes, LANE_MAX * sizeof(struct lane_cell));
}

/* The one entry of a per-CPU map whose value is nothing but counts, added up over the CPUs. */
static int sum_cpus(int fd, size_t words, __u64 *out)
{
	int cpus = libbpf_num_possible_cpus();
	cleanup_memory __u64 *all = NULL;
	__u32 zero = 0;
	int err;

	if (cpus < 0)
		return cpus;
	all = calloc((size_t)cpus * words, sizeof(*all));
	if (!all)
		return -ENOMEM;
	err = bpf_map_lookup_elem(fd, &zero, all);
	if (err)
		return err;
	for (size_t i = 0; i < words; i++) {
		out[i] = 0;
		for (size_t cpu = 0; cpu < (size_t)cpus; cpu++)
			out[i] += all[cpu * words + i];
	}
	return 0;
}

int store_seen(const struct store *store, struct counter *out)
{
	cleanup_memory struct totals *totals = malloc(sizeof(*totals));
	const struct counter *counter;
	struct counter seen = { 0 };
	int err = totals ? store_totals(store, totals) : -ENOMEM;

	for (unsigned int reason = 0; reason < REASON_MAX && !err; reason++) {
		counter = &totals->by[reason][0][0];
		for (size_t i = 0; i < COUNTERS / REASON_MAX && !reason_leaves_host(reason); i++) {
			seen.packets += counter[i].packets;
			seen.bytes += counter[i].bytes;
		}
	}
	if (!err)
		*out = seen;
	return err;
}

int store_health(const struct store *store, struct health *out)
{
	return sum_cpus(store->fd[MAP_HEALTH], sizeof(*out) / sizeof(__u64), (__u64 *)out);
}

int store_cost(const struct store *store, struct cost *out)
{
	return sum_cpus(store->fd[MAP_COST], sizeof(*out) / sizeof(__u64), (__u64 *)out);
}

/* A packet that meets half of a change has one limit or the other, or the rate of one and the burst
 * of the other: as good as either. */
void store_set_lane(struct store *store, enum lane lane, const struct rate_limit *set,
		    __u64 until_ns)
{
	struct lane_cell *cell = &store->lanes[lane];

	__atomic_store_n(&cell->set.interval_ns, set->interval_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&cell->set.tolerance_ns, set->tolerance_ns, __ATOMIC_RELAXED);
	__atomic_store_n(&cell->set_until_ns, until_ns, __ATOMIC_RELEASE);
}
