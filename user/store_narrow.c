// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What makes strangers pay more: the prefixes that share one budget, and those who ask in vain.
 */
#include <bpf/bpf.h>
#include <errno.h>

#include "bpf/narrow.h"
#include "bpf/slow.h"
#include "user/store_maps.h"

int store_set_narrow(struct store *store, const __u64 word[NARROW_WORDS])
{
	__u32 zero = 0;

	return bpf_map_update_elem(store->fd[MAP_NARROW], &zero, word, BPF_ANY);
}

int store_narrow(const struct store *store, const struct addr *address, bool *narrow)
{
	cleanup_memory __u64 *word = malloc(NARROW_WORDS * sizeof(*word));
	struct control control;
	__u32 zero = 0;
	int err = word ? store_control(store, &control) : -ENOMEM;

	if (!err)
		err = bpf_map_lookup_elem(store->fd[MAP_NARROW], &zero, word);
	if (!err)
		*narrow = narrow_has(word, narrow_hash(control.hash_key, address));
	return err;
}

int store_price(const struct store *store, const struct addr *key, __u64 now_ns,
		unsigned int *price)
{
	struct control control;
	__u64 cell[2], hash;
	int err = store_control(store, &control);

	if (err)
		return err;
	hash = addr_hash(control.hash_key, key);
	for (__u32 n = 0; n < 2 && !err; n++) {
		__u32 i = slow_index(hash) ^ n;

		err = bpf_map_lookup_elem(store->fd[MAP_SLOW], &i, &cell[n]);
	}
	if (!err)
		*price = slow_price(cell[0], cell[1], hash, now_ns);
	return err;
}
