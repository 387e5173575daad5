// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the maps say of sources: standing, suspects.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "bpf/sketch.h"
#include "user/store_maps.h"

int store_hint(struct store *store, const struct addr *key, __u64 hint)
{
	struct control control;
	__u64 hash;
	int err = store_control(store, &control);

	if (err)
		return err;
	hash = addr_hash(control.hash_key, key);
	__atomic_fetch_or(&store->hints[hint_word(hash)], hint << hint_shift(hash),
			  __ATOMIC_RELAXED);
	return 0;
}

int store_standing_get(const struct store *store, const struct addr *key, struct standing *out)
{
	struct standing standing;
	int err = bpf_map_lookup_elem(store->fd[MAP_STANDING], key, &standing);

	if (!err)
		*out = standing;
	return err;
}

int store_standing_recall(struct store *store, const struct addr *key,
			  const struct standing *standing)
{
	struct addr cut;
	int err = store_key(store, key, &cut);

	if (!err)
		err = bpf_map_update_elem(store->fd[MAP_STANDING], &cut, standing, BPF_NOEXIST);
	return err ? err : store_hint(store, &cut, HINT_STANDING);
}

int store_suspect_get(const struct store *store, const struct addr *key, struct suspect *out)
{
	struct suspect suspect;
	int err = bpf_map_lookup_elem(store->fd[MAP_SUSPECTS], key, &suspect);

	if (!err)
		*out = suspect;
	return err;
}

int store_each_standing(const struct store *store,
			int (*fn)(const struct addr *, const struct standing *, void *), void *arg)
{
	cleanup_entries struct entries all = { 0 };
	struct standing standing;
	int err =
		entries_read(store->fd[MAP_STANDING], sizeof(struct addr), sizeof(standing), &all);

	for (size_t i = 0; i < all.count && !err; i++) {
		struct addr key = entries_key(&all, i);

		memcpy(&standing, all.value + i * sizeof(standing), sizeof(standing));
		err = fn(&key, &standing, arg);
	}
	return err;
}

int store_each_suspect(const struct store *store,
		       int (*fn)(const struct addr *, const struct suspect *, void *), void *arg)
{
	cleanup_entries struct entries all = { 0 };
	struct suspect suspect;
	int err = entries_read(store->fd[MAP_SUSPECTS], sizeof(struct addr), sizeof(suspect), &all);

	for (size_t i = 0; i < all.count && !err; i++) {
		struct addr key = entries_key(&all, i);

		memcpy(&suspect, all.value + i * sizeof(suspect), sizeof(suspect));
		err = fn(&key, &suspect, arg);
	}
	return err;
}

/* Deletes a standing that is over; the packet path may have renewed it since it was read. */
static void expire(const struct store *store, const struct addr *key, __u64 now_ns)
{
	struct standing standing;

	if (!store_standing_get(store, key, &standing) && standing.expires_ns <= now_ns)
		bpf_map_delete_elem(store->fd[MAP_STANDING], key);
}

int store_pass_standing(struct store *store, struct store_pass *pass, size_t entries, __u64 now_ns,
			int (*fn)(const struct addr *, const struct standing *, void *), void *arg)
{
	cleanup_entries struct entries some = { 0 };
	struct standing standing;
	int more = entries_next(store->fd[MAP_STANDING], sizeof(struct addr), sizeof(standing),
				pass, entries, &some);
	int err = 0;

	for (size_t i = 0; i < some.count && !err; i++) {
		struct addr key = entries_key(&some, i);

		memcpy(&standing, some.value + i * sizeof(standing), sizeof(standing));
		if (standing.expires_ns <= now_ns)
			expire(store, &key, now_ns);
		else
			err = fn(&key, &standing, arg);
	}
	return err ? err : more;
}
