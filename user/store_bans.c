// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Bans, and what else the agent or an operator puts on a source: a tight limit, a grace. Userspace
 * alone writes them, one process at a time.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "bpf/sketch.h"
#include "user/store_maps.h"

#define NS_PER_SECOND 1000000000ULL
#define NEVER ~0ULL

static bool is_unicast(const struct addr *address)
{
	static const struct addr none, ipv4_none = { .byte = { [10] = 0xff, [11] = 0xff } };

	if (addr_is_ipv4(address))
		return (address->byte[12] & 0xf0) < 0xe0 &&
		       memcmp(address, &ipv4_none, sizeof(*address));
	return address->byte[0] != 0xff && memcmp(address, &none, sizeof(*address));
}

int store_may_ban(const struct store_rules *rules, const struct addr *address)
{
	struct prefix_rule rule;
	int err = store_rules_find(rules, address, &rule);

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
	cleanup_rules struct store_rules rules = { .fd = { -1, -1 } };
	cleanup_fd int lock = -1;
	struct addr key = *address;
	int err = store_lock(store, &lock);

	if (!err)
		err = store_rules_open(store, &rules);
	if (!err)
		err = store_may_ban(&rules, address);
	if (err)
		return err;
	addr_cut(&key, rules.ipv6_prefix);
	if (ttl_seconds)
		ban.expires_ns = now_ns + ttl_seconds * NS_PER_SECOND;
	strncpy(ban.note, note, sizeof(ban.note) - 1);
	err = store_hint(store, &key, HINT_BAN);
	if (!err)
		err = bpf_map_update_elem(store->fd[MAP_BANS], &key, &ban, BPF_ANY);
	if (!err)
		err = store_outdate_census(store);
	return err == -E2BIG ? -ENOSPC : err;
}

int store_unban(struct store *store, const struct addr *address, __u64 now_ns, __u64 grace_seconds)
{
	cleanup_fd int lock = -1;
	struct addr key;
	struct ban ban;
	int err = store_lock(store, &lock);

	if (!err)
		err = store_key(store, address, &key);
	if (!err)
		err = bpf_map_lookup_elem(store->fd[MAP_BANS], &key, &ban);
	if (err)
		return err;
	if (ban.expires_ns <= now_ns)
		return -ENOENT;
	ban.expires_ns = now_ns;
	ban.tight_until_ns = 0;
	ban.grace_until_ns = now_ns + grace_seconds * NS_PER_SECOND;
	err = grace_seconds ? bpf_map_update_elem(store->fd[MAP_BANS], &key, &ban, BPF_EXIST)
			    : bpf_map_delete_elem(store->fd[MAP_BANS], &key);
	return err ? err : store_outdate_census(store);
}

int store_tighten(struct store *store, const struct addr *key, __u64 until_ns)
{
	cleanup_fd int lock = -1;
	struct ban ban = { 0 };
	int err = store_lock(store, &lock);

	if (err)
		return err;
	err = bpf_map_lookup_elem(store->fd[MAP_BANS], key, &ban);
	if (err && (err != -ENOENT || !until_ns))
		return err == -ENOENT ? 0 : err;
	ban.tight_until_ns = until_ns;
	err = store_hint(store, key, HINT_BAN);
	if (!err)
		err = bpf_map_update_elem(store->fd[MAP_BANS], key, &ban, BPF_ANY);
	return err == -E2BIG ? -ENOSPC : err;
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

int store_each_ban(const struct store *store,
		   int (*fn)(const struct addr *, const struct ban *, void *), void *arg)
{
	cleanup_entries struct entries all = { 0 };
	struct ban ban;
	int err = entries_read(store->fd[MAP_BANS], sizeof(struct addr), sizeof(ban), &all);

	for (size_t i = 0; i < all.count && !err; i++) {
		struct addr key = entries_key(&all, i);

		memcpy(&ban, all.value + i * sizeof(ban), sizeof(ban));
		err = fn(&key, &ban, arg);
	}
	return err;
}

int store_expire_bans(struct store *store, __u64 now_ns)
{
	cleanup_entries struct entries all = { 0 };
	cleanup_fd int lock = -1;
	struct ban ban;
	int deleted = 0;
	int err = store_lock(store, &lock);

	if (!err)
		err = entries_read(store->fd[MAP_BANS], sizeof(struct addr), sizeof(ban), &all);
	for (size_t i = 0; i < all.count && !err; i++) {
		struct addr key = entries_key(&all, i);

		memcpy(&ban, all.value + i * sizeof(ban), sizeof(ban));
		if (ban.expires_ns <= now_ns && ban.grace_until_ns <= now_ns &&
		    ban.tight_until_ns <= now_ns && !bpf_map_delete_elem(store->fd[MAP_BANS], &key))
			deleted++;
	}
	return err ? err : deleted;
}
