// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The signatures in the maps, and how often each hit. A policy slot has a set for each bank, and
 * counters of its own: a packet counts in the slot that it took.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/store_maps.h"

static __u32 set_index(__u32 slot, unsigned int bank)
{
	return slot * SIGNATURE_BANKS + bank;
}

static int sets_read(const struct store *store, __u32 slot, struct signature_set *out)
{
	int err = 0;

	for (unsigned int bank = 0; bank < SIGNATURE_BANKS && !err; bank++) {
		__u32 index = set_index(slot, bank);

		err = bpf_map_lookup_elem(store->fd[MAP_SIGNATURES], &index, &out[bank]);
	}
	return err;
}

/* An element of `signature_hits`, added up over the CPUs. */
static struct signature_hit sum(const unsigned char *values, int cpus)
{
	struct signature_hit total = { 0 };

	for (int cpu = 0; cpu < cpus; cpu++) {
		struct signature_hit hit;

		memcpy(&hit, values + (size_t)cpu * sizeof(hit), sizeof(hit));
		total.dropped += hit.dropped;
		total.shadow += hit.shadow;
	}
	return total;
}

/* What the signatures of all banks of a slot hit. */
static int hits_read(const struct store *store, __u32 slot,
		     struct signature_hit out[SIGNATURE_BANKS][SIGNATURES_MAX])
{
	int cpus = libbpf_num_possible_cpus();
	size_t size = sizeof(struct signature_hit) * (size_t)(cpus > 0 ? cpus : 0);
	cleanup_entries struct entries entries = { 0 };
	struct signature_hit *hit = &out[0][0];
	__u32 first = set_index(slot, 0) * SIGNATURES_MAX;
	int err;

	if (cpus < 0)
		return cpus;
	err = entries_read(store->fd[MAP_SIGNATURE_HITS], sizeof(__u32), size, &entries);
	if (err)
		return err;
	memset(hit, 0, sizeof(*hit) * SIGNATURE_BANKS * SIGNATURES_MAX);
	for (size_t i = 0; i < entries.count; i++) {
		__u32 index;

		memcpy(&index, entries.key + i * sizeof(index), sizeof(index));
		if (index >= first && index - first < SIGNATURE_BANKS * SIGNATURES_MAX)
			hit[index - first] = sum(entries.value + i * size, cpus);
	}
	return 0;
}

/* Sets the counters of a slot: all on the first CPU. */
static int hits_write(const struct store *store, __u32 slot,
		      struct signature_hit in[SIGNATURE_BANKS][SIGNATURES_MAX])
{
	int cpus = libbpf_num_possible_cpus();
	__u32 first = set_index(slot, 0) * SIGNATURES_MAX;
	cleanup_memory struct signature_hit *value = NULL;
	int err = 0;

	if (cpus < 0)
		return cpus;
	value = calloc((size_t)cpus, sizeof(*value));
	if (!value)
		return -ENOMEM;
	for (__u32 i = 0; i < SIGNATURE_BANKS * SIGNATURES_MAX && !err; i++) {
		__u32 index = first + i;

		value[0] = in[i / SIGNATURES_MAX][i % SIGNATURES_MAX];
		err = bpf_map_update_elem(store->fd[MAP_SIGNATURE_HITS], &index, value, BPF_ANY);
	}
	return err;
}

/* What the rule of a name has hit so far; nothing, if there was none. */
static struct signature_hit hits_of(const struct signature_set *set,
				    const struct signature_hit *hits, const char *name)
{
	for (unsigned int i = 0; i < SIGNATURES_MAX; i++) {
		if (set->used >> i & 1 && !strcmp(set->rule[i].name, name))
			return hits[i];
	}
	return (struct signature_hit){ 0 };
}

/* The old policy and the new one, for those who count. */
struct change {
	struct signature_set old[SIGNATURE_BANKS];
	struct signature_set new[SIGNATURE_BANKS];
	struct signature_hit hits[SIGNATURE_BANKS][SIGNATURES_MAX];
	struct signature_hit kept[SIGNATURE_BANKS][SIGNATURES_MAX];
};

/* A rule that keeps its name keeps its counters; the few packets of this moment are lost to them. */
static void hits_keep(struct change *change)
{
	for (unsigned int bank = 0; bank < SIGNATURE_BANKS; bank++) {
		const struct signature_set *set = &change->new[bank];

		for (unsigned int i = 0; i < SIGNATURES_MAX; i++) {
			if (set->used >> i & 1)
				change->kept[bank][i] = hits_of(
					&change->old[bank], change->hits[bank], set->rule[i].name);
		}
	}
}

int signatures_replace(const struct store *store, __u32 slot, __u32 active, const struct plan *plan)
{
	cleanup_memory struct change *change = calloc(1, sizeof(*change));
	int err;

	if (!change)
		return -ENOMEM;
	if (plan->signatures)
		memcpy(change->new, plan->signatures, sizeof(change->new));
	err = sets_read(store, active, change->old);
	if (!err)
		err = hits_read(store, active, change->hits);
	if (err)
		return err;
	hits_keep(change);
	err = hits_write(store, slot, change->kept);
	for (unsigned int bank = 0; bank < SIGNATURE_BANKS && !err; bank++) {
		__u32 index = set_index(slot, bank);

		err = bpf_map_update_elem(store->fd[MAP_SIGNATURES], &index, &change->new[bank],
					  BPF_ANY);
	}
	return err;
}

int store_signatures(const struct store *store, struct signature_set out[SIGNATURE_BANKS])
{
	__u32 slot;
	int err = store_slot(store, NULL, &slot);

	return err ? err : sets_read(store, slot, out);
}

int store_signature_names(const struct store *store, struct signature_names *out)
{
	cleanup_memory struct signature_set *set = calloc(SIGNATURE_BANKS, sizeof(*set));
	int err = set ? store_signatures(store, set) : -ENOMEM;

	for (size_t bank = 0; bank < SIGNATURE_BANKS && !err; bank++) {
		for (size_t i = 0; i < SIGNATURES_MAX; i++)
			memcpy(out->name[bank][i], set[bank].rule[i].name, SIGNATURE_NAME_LEN);
	}
	return err;
}

const char *signature_name(const struct signature_names *names, unsigned int reason,
			   unsigned int number)
{
	if (!number || number > SIGNATURES_MAX)
		return NULL;
	if (reason == REASON_SIGNATURE)
		return names->name[SIGNATURE_BANK_POLICY][number - 1];
	if (reason == REASON_USER_AGENT)
		return names->name[SIGNATURE_BANK_USER_AGENTS][number - 1];
	return NULL;
}

int store_signature_hits(const struct store *store,
			 struct signature_hit out[SIGNATURE_BANKS][SIGNATURES_MAX])
{
	__u32 slot;
	int err = store_slot(store, NULL, &slot);

	return err ? err : hits_read(store, slot, out);
}
