// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The prefixes whose strangers share one budget.
 */
#include <bpf/bpf.h>

#include "user/store_maps.h"

int store_set_narrow(struct store *store, const __u64 word[NARROW_WORDS])
{
	__u32 zero = 0;

	return bpf_map_update_elem(store->fd[MAP_NARROW], &zero, word, BPF_ANY);
}
