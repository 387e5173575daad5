// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The policy in the maps: two slots, one in force. A new policy is written to the other one.
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

#include "bpf/control.h"
#include "bpf/sketch.h"
#include "user/addr.h"
#include "user/store_maps.h"

#define ADDED_ROOM 1024 /* places for store_allow in a slot's hash of addresses */

/*
 * prefix_rule.under of an entry that store_allow made: the mark, and the rule that it stands in
 * front of. The packet path does not read it.
 */
#define ADDED_MARK 0x8000
#define ADDED_CARRIER_SHIFT 4
#define ADDED_KIND_MASK 0xf

static const enum store_map inner_outer[STORE_INNERS] = { MAP_EXACT, MAP_PREFIXES };
static const enum store_map inner_template[STORE_INNERS] = { MAP_EXACT_NONE, MAP_PREFIXES_NONE };
static const char *const inner_name[STORE_INNERS] = { "exact", "prefixes" };
static const char *const inner_key_type[STORE_INNERS] = { "addr", "prefix_key" };
#define INNER_VALUE_TYPE "prefix_rule"

static enum store_inner inner_of(const struct plan_prefix *prefix)
{
	return prefix->length == 128 ? INNER_EXACT : INNER_PREFIXES;
}

/* A key of either kind of inner map: the address, or the length and the address. */
union inner_key {
	struct addr exact;
	struct prefix_key prefix;
};

static size_t inner_key_size(enum store_inner inner)
{
	return inner == INNER_EXACT ? sizeof(struct addr) : sizeof(struct prefix_key);
}

static union inner_key inner_key(enum store_inner inner, const struct addr *address, __u8 length)
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

static int inner_replace(struct store *store, enum store_inner inner, __u32 slot,
			 const struct plan *plan)
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

static void set_bits(__u64 *word, __u32 first, __u32 count)
{
	for (; count && first % 64; first++, count--)
		word[first / 64] |= 1ULL << first % 64;
	for (; count >= 64; first += 64, count -= 64)
		word[first / 64] = ~0ULL;
	for (; count; first++, count--)
		word[first / 64] |= 1ULL << first % 64;
}

/* The bits that lead the packet path to the inner maps. */
struct prefix_bits {
	__u64 ipv4[PREFIX24_WORDS];
	__u64 ipv6[PREFIX32_WORDS];
};

/* Shorter IPv6 prefixes than /32 have no bit: policy.ipv6_wide stands for them. */
static void bits_add(struct prefix_bits *bits, const __u64 *hash_key, const struct addr *address,
		     __u8 length)
{
	static const struct addr mapped = { .byte = { [10] = 0xff, [11] = 0xff } };
	__u32 bit;

	if (length < 96 && prefix_holds(address, length, &mapped)) {
		set_bits(bits->ipv4, 0, PREFIX24_WORDS * 64);
	} else if (addr_is_ipv4(address)) {
		set_bits(bits->ipv4, prefix24_bit(address),
			 length < 120 ? 1U << (120 - length) : 1);
		return;
	}
	bit = prefix32_bit(hash_key, address);
	if (length >= 32)
		bits->ipv6[bit / 64] |= 1ULL << bit % 64;
}

static int bits_write(const struct store *store, __u32 slot, const struct prefix_bits *bits)
{
	int err = bpf_map_update_elem(store->fd[MAP_PREFIX24], &slot, bits->ipv4, BPF_ANY);

	if (err)
		return err;
	return bpf_map_update_elem(store->fd[MAP_PREFIX32], &slot, bits->ipv6, BPF_ANY);
}

static int bits_replace(const struct store *store, __u32 slot, const __u64 *hash_key,
			const struct plan *plan)
{
	cleanup_memory struct prefix_bits *bits = calloc(1, sizeof(*bits));

	if (!bits)
		return -ENOMEM;
	for (size_t i = 0; i < plan->prefixes; i++)
		bits_add(bits, hash_key, &plan->prefix[i].address, plan->prefix[i].length);
	return bits_write(store, slot, bits);
}

static int listeners_replace(const struct store *store, __u32 slot, const struct plan *plan)
{
	cleanup_entries struct entries old = { 0 };
	int fd = store->fd[MAP_LISTENERS];
	__u8 one = 1;
	int err = entries_read(fd, sizeof(struct listener_key), sizeof(one), &old);

	if (err)
		return err;
	for (size_t i = 0; i < old.count; i++) {
		struct listener_key key;

		memcpy(&key, old.key + i * sizeof(key), sizeof(key));
		if (key.slot == slot)
			bpf_map_delete_elem(fd, &key);
	}
	for (size_t i = 0; i < plan->listeners && !err; i++) {
		struct listener_key key = plan->listener[i];

		key.slot = slot;
		err = bpf_map_update_elem(fd, &key, &one, BPF_ANY);
	}
	return err;
}

static int policy_read(const struct store *store, __u32 slot, struct policy *out)
{
	return bpf_map_lookup_elem(store->fd[MAP_POLICY], &slot, out);
}

/* A new descriptor of the inner map of a slot, or a negative errno. */
static int inner_open(const struct store *store, enum store_inner inner, __u32 slot)
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

/* An update of a map of maps returns after a grace period, and this one changes nothing. */
int store_wait(const struct store *store, __u32 slot)
{
	cleanup_fd int fd = inner_open(store, INNER_EXACT, slot);

	if (fd < 0)
		return fd;
	return bpf_map_update_elem(store->fd[MAP_EXACT], &slot, &fd, BPF_ANY);
}

int store_generation(const struct store *store, __u32 slot, __u32 *generation)
{
	struct policy policy;
	int err = policy_read(store, slot, &policy);

	if (!err)
		*generation = policy.generation;
	return err;
}

/* Writes all of a plan to a slot that no packet is in. */
static int slot_fill(struct store *store, __u32 slot, const struct control *control,
		     const struct plan *plan, __u32 generation)
{
	struct policy policy = plan->policy;
	int err = 0;

	for (int inner = 0; inner < STORE_INNERS && !err; inner++)
		err = inner_replace(store, inner, slot, plan);
	if (!err)
		err = bits_replace(store, slot, control->hash_key, plan);
	if (!err)
		err = listeners_replace(store, slot, plan);
	if (!err)
		err = signatures_replace(store, slot, control->active_slot, plan);
	policy.generation = generation;
	return err ? err : bpf_map_update_elem(store->fd[MAP_POLICY], &slot, &policy, BPF_ANY);
}

int store_try(struct store *store, const struct plan *plan, __u64 confirm_ns, __u32 *generation)
{
	cleanup_fd int lock = -1;
	struct control control;
	__u32 next;
	int err = store_lock(store, &lock);

	if (!err)
		err = store_clear_standby(store, &control);
	if (err)
		return err;
	next = control.generations + 1;
	err = slot_fill(store, (control.active_slot + 1) % POLICY_SLOTS, &control, plan, next);
	if (!err)
		err = store_switch(store, &control, next, confirm_ns);
	if (!err && generation)
		*generation = next;
	return err == -E2BIG ? -ENOSPC : err;
}

int store_apply(struct store *store, const struct plan *plan, __u32 *generation)
{
	return store_try(store, plan, 0, generation);
}

int store_policy(const struct store *store, struct policy *out)
{
	struct policy policy;
	__u32 slot;
	int err = store_slot(store, NULL, &slot);

	if (!err)
		err = policy_read(store, slot, &policy);
	if (!err)
		*out = policy;
	return err;
}

int store_key(const struct store *store, const struct addr *address, struct addr *key)
{
	struct policy policy;
	struct addr cut = *address;
	int err = store_policy(store, &policy);

	if (err)
		return err;
	addr_cut(&cut, policy.ipv6_prefix);
	*key = cut;
	return 0;
}

/* The inner map of the slot in force. */
static int inner_active(const struct store *store, enum store_inner inner)
{
	__u32 slot;
	int err = store_slot(store, NULL, &slot);

	return err ? err : inner_open(store, inner, slot);
}

void store_rules_close(const struct store_rules *rules)
{
	for (int inner = 0; inner < STORE_INNERS; inner++)
		fd_close(&rules->fd[inner]);
}

int store_rules_open(const struct store *store, struct store_rules *out)
{
	struct store_rules rules = { .fd = { -1, -1 } };
	struct policy policy;
	__u32 slot;
	int err = store_slot(store, NULL, &slot);

	if (!err)
		err = policy_read(store, slot, &policy);
	for (int inner = 0; inner < STORE_INNERS && !err; inner++) {
		rules.fd[inner] = inner_open(store, inner, slot);
		err = rules.fd[inner] < 0 ? rules.fd[inner] : 0;
	}
	if (err) {
		store_rules_close(&rules);
		return err;
	}
	rules.ipv6_prefix = policy.ipv6_prefix;
	*out = rules;
	return 0;
}

int store_rules_find(const struct store_rules *rules, const struct addr *address,
		     struct prefix_rule *out)
{
	struct prefix_rule rule;
	int err = -ENOENT;

	for (int inner = 0; inner < STORE_INNERS && err == -ENOENT; inner++) {
		union inner_key key = inner_key(inner, address, 128);

		err = bpf_map_lookup_elem(rules->fd[inner], &key, &rule);
	}
	if (!err)
		*out = rule;
	return err;
}

int store_prefix(const struct store *store, const struct addr *address, struct prefix_rule *out)
{
	cleanup_rules struct store_rules rules = { .fd = { -1, -1 } };
	int err = store_rules_open(store, &rules);

	return err ? err : store_rules_find(&rules, address, out);
}

/* Reads the rule of the very prefix; a trie alone would answer with a shorter one, too. */
static int rule_get(int fd, enum store_inner inner, const union inner_key *key,
		    struct prefix_rule *out)
{
	cleanup_entries struct entries all = { 0 };
	int err;

	if (inner == INNER_EXACT)
		return bpf_map_lookup_elem(fd, key, out);
	err = entries_read(fd, sizeof(struct prefix_key), sizeof(*out), &all);
	for (size_t i = 0; i < all.count && !err; i++) {
		if (memcmp(all.key + i * sizeof(key->prefix), key, sizeof(key->prefix)))
			continue;
		memcpy(out, all.value + i * sizeof(*out), sizeof(*out));
		return 0;
	}
	return err ? err : -ENOENT;
}

/* Leads the packet path to one more prefix of a slot. */
static int bits_extend(const struct store *store, const struct control *control, __u32 slot,
		       const struct addr *address, __u8 length)
{
	cleanup_memory struct prefix_bits *bits = calloc(1, sizeof(*bits));
	struct policy policy;
	int err;

	if (!bits)
		return -ENOMEM;
	err = policy_read(store, slot, &policy);
	if (!err)
		err = bpf_map_lookup_elem(store->fd[MAP_PREFIX24], &slot, bits->ipv4);
	if (!err)
		err = bpf_map_lookup_elem(store->fd[MAP_PREFIX32], &slot, bits->ipv6);
	if (err)
		return err;
	bits_add(bits, control->hash_key, address, length);
	if (length < 32 && !policy.ipv6_wide) {
		policy.ipv6_wide = 1;
		err = bpf_map_update_elem(store->fd[MAP_POLICY], &slot, &policy, BPF_ANY);
	}
	return err ? err : bits_write(store, slot, bits);
}

static int slot_allow(const struct store *store, const struct control *control, __u32 slot,
		      const struct addr *address, __u8 length)
{
	enum store_inner inner = length == 128 ? INNER_EXACT : INNER_PREFIXES;
	union inner_key key = inner_key(inner, address, length);
	cleanup_fd int fd = inner_open(store, inner, slot);
	struct prefix_rule rule = { 0 };
	int err;

	if (fd < 0)
		return fd;
	err = rule_get(fd, inner, &key, &rule);
	if (err && err != -ENOENT)
		return err;
	if (!err && store_rule_added(&rule))
		return 0;
	if (!err && rule.kind == PREFIX_ALLOW)
		return -EPERM;
	rule.under = ADDED_MARK | rule.kind | rule.carrier << ADDED_CARRIER_SHIFT;
	rule.kind = PREFIX_ALLOW;
	rule.carrier = 0;
	err = bpf_map_update_elem(fd, &key, &rule, BPF_ANY);
	if (!err)
		err = bits_extend(store, control, slot, address, length);
	return err == -E2BIG ? -ENOSPC : err;
}

static int slot_unallow(const struct store *store, const struct control *control, __u32 slot,
			const struct addr *address, __u8 length)
{
	enum store_inner inner = length == 128 ? INNER_EXACT : INNER_PREFIXES;
	union inner_key key = inner_key(inner, address, length);
	cleanup_fd int fd = inner_open(store, inner, slot);
	struct prefix_rule rule, under = { 0 };
	int err;

	(void)control;
	if (fd < 0)
		return fd;
	err = rule_get(fd, inner, &key, &rule);
	if (err)
		return err;
	if (!store_rule_added(&rule))
		return rule.kind == PREFIX_ALLOW ? -EPERM : -ENOENT;
	under.kind = rule.under & ADDED_KIND_MASK;
	under.carrier = (rule.under & ~ADDED_MARK) >> ADDED_CARRIER_SHIFT;
	if (under.kind)
		return bpf_map_update_elem(fd, &key, &under, BPF_EXIST);
	return bpf_map_delete_elem(fd, &key);
}

/*
 * Changes the slot in force and, while that waits to be confirmed, the one that it may go back to:
 * what was allowed by hand meanwhile stays allowed.
 */
static int change_allowed(const struct store *store, const struct addr *address, __u8 length,
			  int (*change)(const struct store *, const struct control *, __u32,
					const struct addr *, __u8))
{
	cleanup_fd int lock = -1;
	struct control control;
	__u32 slot;
	int err = store_lock(store, &lock), other = 0;

	if (!err)
		err = store_slot(store, &control, &slot);
	if (err)
		return err;
	if (control_unconfirmed(&control) && slot == control.active_slot)
		other = change(store, &control, control.fallback_slot, address, length);
	err = change(store, &control, slot, address, length);
	if (err)
		return err;
	/* That policy may allow it itself, or have had no such entry. */
	return other == -EPERM || other == -ENOENT ? 0 : other;
}

int store_allow(struct store *store, const struct addr *address, __u8 length)
{
	return change_allowed(store, address, length, slot_allow);
}

int store_unallow(struct store *store, const struct addr *address, __u8 length)
{
	return change_allowed(store, address, length, slot_unallow);
}

bool store_rule_added(const struct prefix_rule *rule)
{
	return rule->under & ADDED_MARK;
}

int store_each_prefix(const struct store *store, int (*fn)(const struct plan_prefix *, void *),
		      void *arg)
{
	int err = 0;

	for (int inner = 0; inner < STORE_INNERS && !err; inner++) {
		size_t size = inner_key_size(inner);
		cleanup_entries struct entries all = { 0 };
		cleanup_fd int fd = inner_active(store, inner);

		if (fd < 0)
			return fd;
		err = entries_read(fd, size, sizeof(struct prefix_rule), &all);
		for (size_t i = 0; i < all.count && !err; i++) {
			struct plan_prefix prefix = { .length = 128 };
			union inner_key key;

			memcpy(&key, all.key + i * size, size);
			memcpy(&prefix.address,
			       inner == INNER_EXACT ? key.exact.byte : key.prefix.address,
			       sizeof(prefix.address));
			if (inner == INNER_PREFIXES)
				prefix.length = key.prefix.prefixlen;
			memcpy(&prefix.rule, all.value + i * sizeof(prefix.rule),
			       sizeof(prefix.rule));
			err = fn(&prefix, arg);
		}
	}
	return err;
}
