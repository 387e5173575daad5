/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The most frequent of keys without end, in a fixed room (space-saving): what is counted often enough
 * is never missed, and what is told of a key is at least true. Pure.
 */
#ifndef SIPSHIELD_HOT_H
#define SIPSHIELD_HOT_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/types.h"

#define HOT_KEY_LEN 32
#define HOT_FADE_NS (300 * 1000000000ULL) /* what was counted is halved in this time */

struct hot_entry {
	__u8 key[HOT_KEY_LEN];
	__u64 count; /* with what the keys before it in this place had */
	__u64 over;  /* this part of it */
	__u64 dropped;
	__u64 last_ns;
	__u16 reason; /* of the last one, enum reason */
};

struct hot;

struct hot *hot_new(void); /* NULL: no memory */
void hot_free(struct hot *hot);

void hot_count(struct hot *hot, const __u8 key[HOT_KEY_LEN], bool dropped, __u16 reason,
	       __u64 now_ns);

/* What is sure of an entry. */
static inline __u64 hot_events(const struct hot_entry *entry)
{
	return entry->count - entry->over;
}

/* The n keys that were counted most, at least twice; returns how many there are. */
size_t hot_top(struct hot *hot, __u64 now_ns, struct hot_entry *out, size_t n);

#endif
