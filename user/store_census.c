// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The census: always read and written as a whole, under its lock.
 */
#include <bpf/bpf.h>

#include "user/store_maps.h"

int store_census(const struct store *store, struct census *out)
{
	struct census census;
	__u32 zero = 0;
	int err = bpf_map_lookup_elem_flags(store->fd[MAP_CENSUS], &zero, &census, BPF_F_LOCK);

	if (!err)
		*out = census;
	return err;
}

int store_set_census(struct store *store, const struct census *census)
{
	__u32 zero = 0;

	return bpf_map_update_elem(store->fd[MAP_CENSUS], &zero, census, BPF_F_LOCK);
}

int store_outdate_census(struct store *store)
{
	struct census census;
	int err = store_census(store, &census);

	if (err || !census.counted_ns)
		return err;
	census.counted_ns = 0;
	return store_set_census(store, &census);
}
