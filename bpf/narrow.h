/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Neighbours: the /24 of an IPv4 source, the /48 of an IPv6 one. The strangers of a prefix that the
 * agent has marked share one budget, so that a network whose addresses take turns gains nothing by
 * it. The mark is a bit for each hash of a prefix: others that share the bit share a mark, but no
 * budget. Pure.
 */
#ifndef SIPSHIELD_NARROW_H
#define SIPSHIELD_NARROW_H

#include "bpf/env.h"
#include "bpf/sketch.h"
#include "maps/types.h"

#define NARROW_SHARE 4U /* strangers' budgets that a marked prefix has */

/* The prefix that a source lies in. */
static __always_inline struct addr narrow_prefix(const struct addr *source)
{
	struct addr prefix = *source;

	if (addr_is_ipv4(source))
		prefix.byte[15] = 0;
	else
		addr_cut(&prefix, 48);
	return prefix;
}

/* key: control.hash_key. A prefix's hash is none of an address. */
static __always_inline __u64 narrow_hash(const __u64 *key, const struct addr *source)
{
	struct addr prefix = narrow_prefix(source);

	return hash_with(addr_hash(key, &prefix), key[3]);
}

static __always_inline __u32 narrow_word(__u64 hash)
{
	return hash >> 38 & (NARROW_WORDS - 1);
}

static __always_inline __u64 narrow_bit(__u64 hash)
{
	return 1ULL << (hash >> 32 & 63);
}

/* word: NARROW_WORDS of them. */
static __always_inline int narrow_has(const __u64 *word, __u64 hash)
{
	return (word[narrow_word(hash)] & narrow_bit(hash)) != 0;
}

/* The limit of all strangers of a prefix together. */
static __always_inline struct rate_limit narrow_limit(const struct rate_limit *one)
{
	__u64 interval_ns = one->interval_ns / NARROW_SHARE;

	return (struct rate_limit){
		.interval_ns = interval_ns,
		.tolerance_ns = one->tolerance_ns + one->interval_ns - interval_ns,
	};
}

#endif
