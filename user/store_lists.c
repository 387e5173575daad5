// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/store_lists.h"

#include <errno.h>
#include <string.h>

#include "user/addr_table.h"

#define NS_PER_SECOND 1000000000ULL

static bool is_of_list(const struct ban *ban)
{
	return !ban->level && !strncmp(ban->note, POLICY_LIST_NOTE, sizeof(POLICY_LIST_NOTE) - 1);
}

/* What keeps a list's ban from being made; NULL: nothing does. */
static size_t *bar(struct list_bans *out, const struct ban *old, __u64 now_ns, __u64 ends_ns)
{
	if (old->grace_until_ns > now_ns)
		return &out->lifted;
	if (old->expires_ns > now_ns && !is_of_list(old) && old->expires_ns >= ends_ns)
		return &out->longer;
	return NULL;
}

static int ban_one(struct store *store, const struct policy_ban *ban, __u64 now_ns, __s64 wall,
		   struct list_bans *out)
{
	__u64 left = ban->ends > wall ? (__u64)(ban->ends - wall) : 0;
	struct ban old;
	size_t *barred;
	int err;

	if (!left)
		return 0;
	err = store_ban_get(store, &ban->at.address, &old);
	if (err && err != -ENOENT)
		return err;
	barred = err ? NULL : bar(out, &old, now_ns, now_ns + left * NS_PER_SECOND);
	if (barred) {
		(*barred)++;
		return 0;
	}
	err = store_ban(store, &ban->at.address, now_ns, left, 0, ban->note);
	out->banned += !err;
	out->refused += err == -EPERM;
	out->no_room += err == -ENOSPC;
	return err == -EPERM || err == -ENOSPC ? 0 : err;
}

/* Those whom a list banned before, and which none names any more. */
struct sweep {
	struct addr_table named;
	struct addr_table gone;
	__u64 now_ns;
};

static int find_gone(const struct addr *key, const struct ban *ban, void *arg)
{
	struct sweep *sweep = arg;

	if (!is_of_list(ban) || ban->expires_ns <= sweep->now_ns ||
	    addr_table_get(&sweep->named, key))
		return 0;
	return addr_table_add(&sweep->gone, key) ? 0 : -ENOMEM;
}

static int end_gone(struct store *store, const struct policy_doc *doc, __u64 now_ns,
		    struct list_bans *out)
{
	struct sweep sweep = { .named.entry_size = sizeof(struct addr),
			       .gone.entry_size = sizeof(struct addr),
			       .now_ns = now_ns };
	int err = 0;

	for (size_t i = 0; i < doc->bans && !err; i++) {
		struct addr key;

		err = store_key(store, &doc->ban[i].at.address, &key);
		if (!err && !addr_table_add(&sweep.named, &key))
			err = -ENOMEM;
	}
	if (!err)
		err = store_each_ban(store, find_gone, &sweep);
	for (size_t i = 0; i < sweep.gone.count && !err; i++) {
		err = store_unban(store, addr_table_at(&sweep.gone, i), now_ns, 0);
		out->ended += !err;
		err = err == -ENOENT ? 0 : err;
	}
	addr_table_free(&sweep.named);
	addr_table_free(&sweep.gone);
	return err;
}

int store_list_bans(struct store *store, const struct policy_doc *doc, __u64 now_ns, __s64 wall,
		    struct list_bans *out)
{
	struct list_bans made = { 0 };
	int err = 0;

	for (size_t i = 0; i < doc->bans && !err; i++)
		err = ban_one(store, &doc->ban[i], now_ns, wall, &made);
	if (!err)
		err = end_gone(store, doc, now_ns, &made);
	if (!err)
		*out = made;
	return err;
}
