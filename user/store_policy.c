// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The policy in the maps: two slots, one in force. A new policy is written to the other one.
 */
#include <bpf/bpf.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/control.h"
#include "bpf/sketch.h"
#include "user/addr.h"
#include "user/store_maps.h"

/*
 * prefix_rule.under of an entry that store_allow made: the mark, and the rule that it stands in
 * front of. The packet path does not read it.
 */
#define ADDED_MARK 0x8000
#define ADDED_CARRIER_SHIFT 4
#define ADDED_KIND_MASK 0xf

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
