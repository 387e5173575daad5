/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The maps. Their names are their pins under /sys/fs/bpf/sipshield/<interface>/. All are
 * preallocated but the tries, which the kernel can only allocate as they grow.
 */
#ifndef SIPSHIELD_MAPS_H
#define SIPSHIELD_MAPS_H

#include "maps/trace.h"
#include "maps/types.h"

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct control);
} control SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, POLICY_SLOTS);
	__type(key, __u32);
	__type(value, struct policy);
} policy SEC(".maps");

/* Signatures of the policy, and its list of User-Agents. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, POLICY_SLOTS *SIGNATURE_BANKS);
	__type(key, __u32);
	__type(value, struct signature_set);
} signatures SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, POLICY_SLOTS *SIGNATURE_BANKS *SIGNATURES_MAX);
	__type(key, __u32);
	__type(value, struct signature_hit);
} signature_hits SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, LISTENERS_MAX);
	__type(key, struct listener_key);
	__type(value, __u8);
} listeners SEC(".maps");

/* A bit for each IPv4 /24 that a prefix of the policy touches; one array for each slot. */
struct prefix24_bits {
	__u64 word[PREFIX24_WORDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, POLICY_SLOTS);
	__type(key, __u32);
	__type(value, struct prefix24_bits);
} prefix24 SEC(".maps");

/* The same for IPv6: a bit for each hash of the /32 that a prefix lies in. */
struct prefix32_bits {
	__u64 word[PREFIX32_WORDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, POLICY_SLOTS);
	__type(key, __u32);
	__type(value, struct prefix32_bits);
} prefix32 SEC(".maps");

struct exact_map {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct addr);
	__type(value, struct prefix_rule);
} exact_none SEC(".maps");

/* Single addresses of the policy: slot -> hash. Before the first policy: the empty one. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, POLICY_SLOTS);
	__type(key, __u32);
	__array(values, struct exact_map);
} exact SEC(".maps") = {
	.values = { &exact_none, &exact_none },
};

struct prefix_map {
	__uint(type, BPF_MAP_TYPE_LPM_TRIE);
	__uint(max_entries, PREFIXES_MAX);
	__uint(map_flags, BPF_F_NO_PREALLOC);
	__type(key, struct prefix_key);
	__type(value, struct prefix_rule);
} prefixes_none SEC(".maps");

/* Prefixes of the policy: slot -> trie. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, POLICY_SLOTS);
	__type(key, __u32);
	__array(values, struct prefix_map);
} prefixes SEC(".maps") = {
	.values = { &prefixes_none, &prefixes_none },
};

struct {
	__uint(type, BPF_MAP_TYPE_HASH);
	__uint(max_entries, BANS_MAX);
	__type(key, struct addr);
	__type(value, struct ban);
} bans SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, STANDING_ENTRIES);
	__type(key, struct addr);
	__type(value, struct standing);
} standing SEC(".maps");

/* A new entry of `standing` begins as a copy of this one: all 0, written by nobody. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_RDONLY_PROG);
	__type(key, __u32);
	__type(value, struct standing);
} nobody SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_LRU_HASH);
	__uint(max_entries, SUSPECTS_MAX);
	__type(key, struct addr);
	__type(value, struct suspect);
} suspects SEC(".maps");

/* Two bits for each hash of a source: HINT_STANDING, HINT_BAN. Never cleared bit by bit. */
struct hint_bits {
	__u64 word[HINT_WORDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__uint(map_flags, BPF_F_MMAPABLE); /* the agent sets bits without a race */
	__type(key, __u32);
	__type(value, struct hint_bits);
} hints SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, CELLS);
	__type(key, __u32);
	__type(value, __u64);
} cells SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, LANE_MAX);
	__uint(map_flags, BPF_F_MMAPABLE); /* the agent sets limits beside a moving cell */
	__type(key, __u32);
	__type(value, struct lane_cell);
} lanes SEC(".maps");

/* Transactions that were let through. Word: 48 Bloom bits, above them 16 bits of its epoch. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SKETCH_EPOCHS *SKETCH_WORDS);
	__type(key, __u32);
	__type(value, __u64);
} transactions SEC(".maps");

/*
 * What the server sent to whom, and what of it came back: token_cell(). The bucket is chosen by the
 * same hash; a new token takes the older cell's place.
 */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TOKEN_BUCKETS);
	__type(key, __u32);
	__type(value, struct token_cells);
} tokens SEC(".maps");

/* (source, port) pairs that had a 2xx to credentials: flow_cell(). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FLOW_CELLS);
	__type(key, __u32);
	__type(value, __u64);
} flows SEC(".maps");

/* Transactions that wait for a first answer: pending_cell(). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, PENDING_CELLS);
	__type(key, __u32);
	__type(value, __u64);
} pending SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct health);
} health SEC(".maps");

/* Strangers that ask in vain, few times a day: slow_cell(). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, SLOW_CELLS);
	__type(key, __u32);
	__type(value, __u64);
} slow SEC(".maps");

/* A bit for each hash of a /24 or /48 whose strangers share one budget: narrow_bit(). */
struct narrow_bits {
	__u64 word[NARROW_WORDS];
};

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct narrow_bits);
} narrow SEC(".maps");

/* The first tries of strangers that were dropped while the lane was full. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, GREY_WORDS);
	__type(key, __u32);
	__type(value, struct grey_cells);
} grey SEC(".maps");

/* Strangers that have come back: returned_cell(). */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, RETURNED_CELLS);
	__type(key, __u32);
	__type(value, __u64);
} returned SEC(".maps");

/* Verdicts on first fragments: 32 bits of fingerprint, 31 of time in 2^26 ns, 1: dropped. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, FRAGMENT_CELLS);
	__type(key, __u32);
	__type(value, __u64);
} fragments SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct work);
} work SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct cost);
} cost SEC(".maps");

/* Index: (reason * SIP_METHOD_MAX + method) * STANDING_MAX + standing. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, COUNTERS);
	__type(key, __u32);
	__type(value, struct counter);
} counters SEC(".maps");

/* What rules in shadow would have dropped. Index: enum reason. */
struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, REASON_MAX);
	__type(key, __u32);
	__type(value, struct counter);
} shadows SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_PERCPU_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct verdict_record);
} last SEC(".maps");

/* GCRA cells of the events' budgets, and of the lost ones (index REASON_MAX): a plain count. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, REASON_MAX + 1);
	__type(key, __u32);
	__type(value, __u64);
} event_budget SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, 262144);
} events SEC(".maps");

/* Counted by the agent, for whoever shows it. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, 1);
	__type(key, __u32);
	__type(value, struct census);
} census SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TRACERS_MAX);
	__type(key, __u32);
	__type(value, struct trace_filter);
} trace_filters SEC(".maps");

struct {
	__uint(type, BPF_MAP_TYPE_ARRAY);
	__uint(max_entries, TRACERS_MAX);
	__type(key, __u32);
	__type(value, struct trace_state);
} trace_states SEC(".maps");

struct trace_ring {
	__uint(type, BPF_MAP_TYPE_RINGBUF);
	__uint(max_entries, TRACE_RING_LEN);
};

/* Empty but for those who look: a ring costs memory only then. */
struct {
	__uint(type, BPF_MAP_TYPE_ARRAY_OF_MAPS);
	__uint(max_entries, TRACERS_MAX);
	__type(key, __u32);
	__array(values, struct trace_ring);
} trace_rings SEC(".maps");

#endif
