// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * There may be a million entries: all is opened once, and the lock is taken once.
 */
#include "user/store_lists.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <string.h>

#include "bpf/sketch.h"
#include "user/addr_table.h"
#include "user/store_maps.h"

#define NS_PER_SECOND 1000000000ULL

struct making {
	struct store *store;
	struct store_rules rules;
	__u64 now_ns;
	__s64 wall;
	__u64 until_ns; /* 0: there is no trial */
	bool full;	/* the table: only who has an entry can be banned */
	struct list_bans made;
};

static bool is_of_list(const struct ban *ban)
{
	return !ban->level && !strncmp(ban->note, POLICY_LIST_NOTE, sizeof(POLICY_LIST_NOTE) - 1);
}

/* A trial adds to what is there, and shortens nothing: it may not last. */
static bool may_shorten(const struct making *making, const struct ban *old)
{
	return !making->until_ns && is_of_list(old);
}

/* What keeps a list's ban from being made; NULL: nothing does. */
static size_t *bar(struct making *making, const struct ban *old, __u64 ends_ns)
{
	if (old->grace_until_ns > making->now_ns)
		return &making->made.lifted;
	if (old->expires_ns > making->now_ns && old->expires_ns >= ends_ns &&
	    !may_shorten(making, old))
		return &making->made.longer;
	return NULL;
}

/* Writes a ban whose key nobody has, or the list may have. */
static int write_ban(struct making *making, const struct policy_ban *from, const struct addr *key,
		     __u64 ends_ns)
{
	struct ban ban = { .since_ns = making->now_ns, .expires_ns = ends_ns };
	int err = store_may_ban(&making->rules, &from->at.address);

	if (err == -EPERM) {
		making->made.refused++;
		return 0;
	}
	memcpy(ban.note, from->note, sizeof(ban.note));
	if (!err)
		err = store_hint(making->store, key, HINT_BAN);
	if (!err)
		err = bpf_map_update_elem(making->store->fd[MAP_BANS], key, &ban, BPF_ANY);
	making->full |= err == -E2BIG;
	making->made.no_room += err == -E2BIG;
	making->made.banned += !err;
	return err == -E2BIG ? 0 : err;
}

static int ban_one(struct making *making, const struct policy_ban *ban)
{
	__u64 left = ban->ends > making->wall ? (__u64)(ban->ends - making->wall) : 0;
	__u64 ends_ns = making->now_ns + left * NS_PER_SECOND;
	struct addr key = ban->at.address;
	size_t *barred = NULL;
	struct ban old;
	int err;

	if (!left)
		return 0;
	if (making->until_ns && ends_ns > making->until_ns)
		ends_ns = making->until_ns;
	addr_cut(&key, making->rules.ipv6_prefix);
	err = bpf_map_lookup_elem(making->store->fd[MAP_BANS], &key, &old);
	if (err && err != -ENOENT)
		return err;
	if (!err)
		barred = bar(making, &old, ends_ns);
	else if (making->full)
		barred = &making->made.no_room;
	if (!barred)
		return write_ban(making, ban, &key, ends_ns);
	(*barred)++;
	return 0;
}

/* Those whom a list banned before, and who are not to be any more. */
struct sweep {
	struct addr_table named; /* by a list, still */
	struct addr_table gone;
	__u64 now_ns;
	__u64 ends_ns; /* only those that end then; 0: whenever */
};

static int find_gone(const struct addr *key, const struct ban *ban, void *arg)
{
	struct sweep *sweep = arg;

	if (!is_of_list(ban) || ban->expires_ns <= sweep->now_ns ||
	    (sweep->ends_ns && ban->expires_ns != sweep->ends_ns) ||
	    addr_table_get(&sweep->named, key))
		return 0;
	return addr_table_add(&sweep->gone, key) ? 0 : -ENOMEM;
}

/* Returns how many, or a negative errno. The store is locked. */
static int end_found(struct store *store, struct sweep *sweep)
{
	int ended = 0;
	int err = store_each_ban(store, find_gone, sweep);

	for (size_t i = 0; i < sweep->gone.count && !err; i++)
		ended += !bpf_map_delete_elem(store->fd[MAP_BANS], addr_table_at(&sweep->gone, i));
	return err ? err : ended;
}

static int end_gone(struct making *making, const struct policy_doc *doc)
{
	struct sweep sweep = { .named.entry_size = sizeof(struct addr),
			       .gone.entry_size = sizeof(struct addr),
			       .now_ns = making->now_ns };
	int err = 0;

	for (size_t i = 0; i < doc->bans && !err; i++) {
		struct addr key = doc->ban[i].at.address;

		addr_cut(&key, making->rules.ipv6_prefix);
		if (!addr_table_add(&sweep.named, &key))
			err = -ENOMEM;
	}
	if (!err)
		err = end_found(making->store, &sweep);
	if (err > 0)
		making->made.ended += (size_t)err;
	addr_table_free(&sweep.named);
	addr_table_free(&sweep.gone);
	return err < 0 ? err : 0;
}

int store_list_bans(struct store *store, const struct policy_doc *doc, const struct list_time *time,
		    struct list_bans *out)
{
	struct making making = { .store = store,
				 .now_ns = time->now_ns,
				 .wall = time->wall,
				 .until_ns = time->until_ns };
	cleanup_fd int lock = -1;
	int err = store_lock(store, &lock);

	if (!err)
		err = store_rules_open(store, &making.rules);
	if (err)
		return err;
	/* First, for the room that this makes. */
	if (!time->until_ns)
		err = end_gone(&making, doc);
	for (size_t i = 0; i < doc->bans && !err; i++)
		err = ban_one(&making, &doc->ban[i]);
	store_rules_close(&making.rules);
	if (!err)
		err = store_outdate_census(store);
	if (!err)
		*out = making.made;
	return err;
}

int store_end_list_bans(struct store *store, __u64 now_ns, __u64 ends_ns)
{
	struct sweep sweep = { .named.entry_size = sizeof(struct addr),
			       .gone.entry_size = sizeof(struct addr),
			       .now_ns = now_ns,
			       .ends_ns = ends_ns };
	cleanup_fd int lock = -1;
	int err = store_lock(store, &lock);

	if (!err)
		err = end_found(store, &sweep);
	if (err > 0)
		err = store_outdate_census(store);
	addr_table_free(&sweep.gone);
	return err;
}
