// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the maps say of sources: bans, standing, suspects.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "bpf/sketch.h"
#include "user/store_maps.h"

#define NS_PER_SECOND 1000000000ULL
#define NEVER ~0ULL

/* Tells the packet path that it is worth a look into `bans` or `standing`. hint: HINT_BAN ... */
static int hint_at(struct store *store, const struct addr *key, __u64 hint)
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

static bool is_unicast(const struct addr *address)
{
	static const struct addr none, ipv4_none = { .byte = { [10] = 0xff, [11] = 0xff } };

	if (addr_is_ipv4(address))
		return (address->byte[12] & 0xf0) < 0xe0 &&
		       memcmp(address, &ipv4_none, sizeof(*address));
	return address->byte[0] != 0xff && memcmp(address, &none, sizeof(*address));
}

/* Whom the policy or the never-ban set protects is not banned: -EPERM. */
static int may_ban(const struct store *store, const struct addr *address)
{
	struct prefix_rule rule;
	int err = store_prefix(store, address, &rule);

	if (!is_unicast(address))
		return -EPERM;
	if (err == -ENOENT || (!err && rule.kind == PREFIX_DENY))
		return 0;
	return err ? err : -EPERM;
}

int store_ban(struct store *store, const struct addr *address, __u64 now_ns, __u64 ttl_seconds,
	      __u32 level, const char *note)
{
	struct ban ban = { .since_ns = now_ns, .expires_ns = NEVER, .level = level };
	cleanup_fd int lock = -1;
	struct addr key;
	int err = store_lock(store, &lock);

	if (!err)
		err = may_ban(store, address);
	if (!err)
		err = store_key(store, address, &key);
	if (err)
		return err;
	if (ttl_seconds)
		ban.expires_ns = now_ns + ttl_seconds * NS_PER_SECOND;
	strncpy(ban.note, note, sizeof(ban.note) - 1);
	err = hint_at(store, &key, HINT_BAN);
	if (!err)
		err = bpf_map_update_elem(store->fd[MAP_BANS], &key, &ban, BPF_ANY);
	return err == -E2BIG ? -ENOSPC : err;
}

int store_unban(struct store *store, const struct addr *address)
{
	cleanup_fd int lock = -1;
	struct addr key;
	int err = store_lock(store, &lock);

	if (!err)
		err = store_key(store, address, &key);
	if (!err)
		err = bpf_map_delete_elem(store->fd[MAP_BANS], &key);
	return err;
}

int store_ban_get(const struct store *store, const struct addr *address, struct ban *out)
{
	struct addr key;
	struct ban ban;
	int err = store_key(store, address, &key);

	if (!err)
		err = bpf_map_lookup_elem(store->fd[MAP_BANS], &key, &ban);
	if (!err)
		*out = ban;
	return err;
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
	return err ? err : hint_at(store, &cut, HINT_STANDING);
}

int store_suspect_get(const struct store *store, const struct addr *key, struct suspect *out)
{
	struct suspect suspect;
	int err = bpf_map_lookup_elem(store->fd[MAP_SUSPECTS], key, &suspect);

	if (!err)
		*out = suspect;
	return err;
}

static struct addr key_at(const struct entries *entries, size_t i)
{
	struct addr key;

	memcpy(&key, entries->key + i * sizeof(key), sizeof(key));
	return key;
}

int store_each_ban(const struct store *store,
		   int (*fn)(const struct addr *, const struct ban *, void *), void *arg)
{
	cleanup_entries struct entries all = { 0 };
	struct ban ban;
	int err = entries_read(store->fd[MAP_BANS], sizeof(struct addr), sizeof(ban), &all);

	for (size_t i = 0; i < all.count && !err; i++) {
		struct addr key = key_at(&all, i);

		memcpy(&ban, all.value + i * sizeof(ban), sizeof(ban));
		err = fn(&key, &ban, arg);
	}
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
		struct addr key = key_at(&all, i);

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
		struct addr key = key_at(&all, i);

		memcpy(&suspect, all.value + i * sizeof(suspect), sizeof(suspect));
		err = fn(&key, &suspect, arg);
	}
	return err;
}

/* Deletes what has expired of a map; expires_at: offset of the time in a value. */
static int expire(int fd, size_t value_size, size_t expires_at, __u64 now_ns)
{
	cleanup_entries struct entries all = { 0 };
	int deleted = 0;
	int err = entries_read(fd, sizeof(struct addr), value_size, &all);

	for (size_t i = 0; i < all.count && !err; i++) {
		unsigned char *value = all.value + i * value_size;
		struct addr key = key_at(&all, i);
		__u64 expires_ns;

		memcpy(&expires_ns, value + expires_at, sizeof(expires_ns));
		if (expires_ns > now_ns)
			continue;
		/* The packet path may have renewed it since it was read. */
		if (bpf_map_lookup_elem(fd, &key, value))
			continue;
		memcpy(&expires_ns, value + expires_at, sizeof(expires_ns));
		if (expires_ns <= now_ns && !bpf_map_delete_elem(fd, &key))
			deleted++;
	}
	return err ? err : deleted;
}

int store_expire(struct store *store, __u64 now_ns)
{
	cleanup_fd int lock = -1;
	int bans, standings;
	int err = store_lock(store, &lock);

	if (err)
		return err;
	bans = expire(store->fd[MAP_BANS], sizeof(struct ban), offsetof(struct ban, expires_ns),
		      now_ns);
	if (bans < 0)
		return bans;
	standings = expire(store->fd[MAP_STANDING], sizeof(struct standing),
			   offsetof(struct standing, expires_ns), now_ns);
	return standings < 0 ? standings : bans + standings;
}
