// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The inner maps of a policy slot, addresses and prefixes: made anew for each policy.
 */
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "user/store_maps.h"

#define ADDED_ROOM 1024 /* places for store_allow in a slot's hash of addresses */

static const enum store_map inner_outer[STORE_INNERS] = { MAP_EXACT, MAP_PREFIXES };
static const enum store_map inner_template[STORE_INNERS] = { MAP_EXACT_NONE, MAP_PREFIXES_NONE };
static const char *const inner_name[STORE_INNERS] = { "exact", "prefixes" };
static const char *const inner_key_type[STORE_INNERS] = { "addr", "prefix_key" };
#define INNER_VALUE_TYPE "prefix_rule"

static enum store_inner inner_of(const struct plan_prefix *prefix)
{
	return prefix->length == 128 ? INNER_EXACT : INNER_PREFIXES;
}

size_t inner_key_size(enum store_inner inner)
{
	return inner == INNER_EXACT ? sizeof(struct addr) : sizeof(struct prefix_key);
}

union inner_key inner_key(enum store_inner inner, const struct addr *address, __u8 length)
{
	union inner_key key = { .exact = *address };

	if (inner == INNER_PREFIXES) {
		key.prefix.prefixlen = length;
		memcpy(key.prefix.address, address->byte, sizeof(key.prefix.address));
	}
	return key;
}

/* The types of the program that this process has loaded. */
static int object_types(const struct bpf_object *object, enum store_inner inner,
			struct bpf_map_create_opts *opts)
{
	const struct btf *btf = bpf_object__btf(object);
	int fd = bpf_object__btf_fd(object);
	int key = btf ? btf__find_by_name_kind(btf, inner_key_type[inner], BTF_KIND_STRUCT) : 0;
	int value = btf ? btf__find_by_name_kind(btf, INNER_VALUE_TYPE, BTF_KIND_STRUCT) : 0;

	if (fd < 0 || key <= 0 || value <= 0)
		return -ENOENT;
	opts->btf_fd = (__u32)fd;
	opts->btf_key_type_id = (__u32)key;
	opts->btf_value_type_id = (__u32)value;
	return 0;
}

/* Those of the template; *btf is to be closed. */
static void template_types(const struct bpf_map_info *info, struct bpf_map_create_opts *opts,
			   int *btf)
{
	*btf = bpf_btf_get_fd_by_id(info->btf_id);
	if (*btf < 0)
		return;
	opts->btf_fd = (__u32)*btf;
	opts->btf_key_type_id = info->btf_key_type_id;
	opts->btf_value_type_id = info->btf_value_type_id;
}

/* Makes an empty map like the one of the object, with its type information if that can be had. */
static int inner_create(const struct store *store, enum store_inner inner, size_t entries)
{
	LIBBPF_OPTS(bpf_map_create_opts, opts);
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	cleanup_fd int btf = -1;
	int err = bpf_obj_get_info_by_fd(store->fd[inner_template[inner]], &info, &len);

	if (err)
		return err;
	if (!store->object || object_types(store->object, inner, &opts))
		template_types(&info, &opts, &btf);
	opts.map_flags = info.map_flags;
	/* A trie allocates as it grows, and all tries of a slot must be of one size. */
	if (inner == INNER_PREFIXES)
		entries = info.max_entries;
	return bpf_map_create(info.type, inner_name[inner], info.key_size, info.value_size, entries,
			      &opts);
}

static int inner_fill(int fd, enum store_inner inner, const struct plan *plan)
{
	enum { CHUNK = 4096 };
	size_t key_size = inner_key_size(inner);
	cleanup_memory unsigned char *key = calloc(CHUNK, key_size);
	cleanup_memory struct prefix_rule *rule = calloc(CHUNK, sizeof(*rule));
	__u32 count = 0;
	int err = 0;

	if (!key || !rule)
		return -ENOMEM;
	for (size_t i = 0; i <= plan->prefixes && !err; i++) {
		const struct plan_prefix *prefix = &plan->prefix[i];

		if (count == CHUNK || (i == plan->prefixes && count)) {
			err = bpf_map_update_batch(fd, key, rule, &count, NULL);
			count = 0;
		}
		if (i < plan->prefixes && inner_of(prefix) == inner) {
			union inner_key k = inner_key(inner, &prefix->address, prefix->length);

			memcpy(key + count * key_size, &k, key_size);
			rule[count++] = prefix->rule;
		}
	}
	return err;
}

/* Whose the other pins are, and who may read them, holds for this one, whoever makes it. */
static int share_pin(const char *dir, const char *path)
{
	char other[STORE_PATH_LEN + 16];
	struct stat shared, now;

	snprintf(other, sizeof(other), "%s/exact_none", dir);
	if (stat(other, &shared) || stat(path, &now))
		return -errno;
	if ((now.st_uid != shared.st_uid || now.st_gid != shared.st_gid) &&
	    chown(path, shared.st_uid, shared.st_gid))
		return -errno;
	return chmod(path, shared.st_mode & 0777) ? -errno : 0;
}

/* Remembers the inner map of a slot where others find it: its pin, or the store of a replay. */
static int inner_keep(struct store *store, enum store_inner inner, __u32 slot, int fd)
{
	char path[STORE_PATH_LEN + 16], fresh[STORE_PATH_LEN + 32];
	int err, copy;

	if (!*store->dir) {
		copy = fcntl(fd, F_DUPFD_CLOEXEC, 3);
		if (copy < 0)
			return -errno;
		fd_close(&store->inner[inner][slot]);
		store->inner[inner][slot] = copy;
		return 0;
	}
	snprintf(path, sizeof(path), "%s/%s_%u", store->dir, inner_name[inner], slot);
	snprintf(fresh, sizeof(fresh), "%s_new", path);
	unlink(fresh); /* what a process left that ended here */
	err = bpf_obj_pin(fd, fresh);
	if (!err)
		err = share_pin(store->dir, fresh);
	if (!err && rename(fresh, path))
		err = -errno;
	return err;
}

int inner_replace(struct store *store, enum store_inner inner, __u32 slot, const struct plan *plan)
{
	cleanup_fd int fd = -1;
	size_t entries = ADDED_ROOM;
	int err;

	for (size_t i = 0; i < plan->prefixes; i++)
		entries += inner_of(&plan->prefix[i]) == inner;
	fd = inner_create(store, inner, entries);
	if (fd < 0)
		return fd;
	err = inner_fill(fd, inner, plan);
	if (!err)
		err = bpf_map_update_elem(store->fd[inner_outer[inner]], &slot, &fd, BPF_ANY);
	if (!err)
		err = inner_keep(store, inner, slot, fd);
	return err;
}

/* A new descriptor of the inner map of a slot, or a negative errno. */
int inner_open(const struct store *store, enum store_inner inner, __u32 slot)
{
	char name[16];
	int fd;

	if (*store->dir) {
		snprintf(name, sizeof(name), "%s_%u", inner_name[inner], slot);
		fd = store_open_pin(store->dir, name, store->hints);
		if (fd != -ENOENT)
			return fd;
	} else if (store->inner[inner][slot] >= 0) {
		fd = fcntl(store->inner[inner][slot], F_DUPFD_CLOEXEC, 3);
		return fd < 0 ? -errno : fd;
	}
	/* No policy was applied to the slot yet: it has the empty map. */
	fd = fcntl(store->fd[inner_template[inner]], F_DUPFD_CLOEXEC, 3);
	return fd < 0 ? -errno : fd;
}
