/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of a store, for store*.c alone.
 */
#ifndef SIPSHIELD_STORE_MAPS_H
#define SIPSHIELD_STORE_MAPS_H

#include <stdlib.h>
#include <unistd.h>

#include "user/store.h"

enum store_map {
	MAP_CONTROL,
	MAP_POLICY,
	MAP_SIGNATURES,
	MAP_SIGNATURE_HITS,
	MAP_LISTENERS,
	MAP_PREFIX24,
	MAP_PREFIX32,
	MAP_EXACT,
	MAP_EXACT_NONE,
	MAP_PREFIXES,
	MAP_PREFIXES_NONE,
	MAP_BANS,
	MAP_STANDING,
	MAP_SUSPECTS,
	MAP_LANES,
	MAP_HINTS,
	MAP_NARROW,
	MAP_SLOW,
	MAP_HEALTH,
	MAP_COST,
	MAP_COUNTERS,
	MAP_SHADOWS,
	MAP_LAST,
	MAP_EVENT_BUDGET,
	MAP_EVENTS,
	MAP_CENSUS,
	MAP_TRACE_FILTERS,
	MAP_TRACE_STATES,
	MAP_TRACE_RINGS,
	STORE_MAPS,
};

/* The two kinds of inner maps of a policy slot. */
enum store_inner { INNER_EXACT, INNER_PREFIXES, STORE_INNERS };

#define STORE_PATH_LEN 128

struct store {
	int fd[STORE_MAPS];
	bool owned;		  /* the descriptors are the store's to close */
	char dir[STORE_PATH_LEN]; /* where the maps are pinned; "" for those of a replay */
	int inner[STORE_INNERS][POLICY_SLOTS]; /* -1, or for a replay the map in use */
	__u64 *hints;			 /* the words of `hints`, mapped; NULL when read only */
	struct lane_cell *lanes;	 /* those of `lanes`, likewise */
	const struct bpf_object *object; /* has the types for new maps; NULL: the templates do */
};

static inline void fd_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define cleanup_fd __attribute__((cleanup(fd_close)))

/* Frees what a pointer of any type points to; memory is the pointer's address. */
static inline void memory_free(void *memory)
{
	free(*(void **)memory);
}
#define cleanup_memory __attribute__((cleanup(memory_free)))

/* All entries of a map at one time. */
struct entries {
	unsigned char *key;
	unsigned char *value;
	size_t count;
};
void entries_free(struct entries *entries);
#define cleanup_entries __attribute__((cleanup(entries_free)))

/* *out must be empty and be freed. */
int entries_read(int fd, size_t key_size, size_t value_size, struct entries *out);
/*
 * The next ones of a pass over the map, about `some` of them, at least 4,096 if there are as many.
 * 1: there may be more; 0: this was the end, and the next call begins a new pass; negative errno.
 */
int entries_next(int fd, size_t key_size, size_t value_size, struct store_pass *pass, size_t some,
		 struct entries *out);
/* The i-th key, of a map whose keys are addresses. */
struct addr entries_key(const struct entries *entries, size_t i);

/* Tells the packet path that it is worth a look into `bans` or `standing`. hint: HINT_BAN ... */
int store_hint(struct store *store, const struct addr *key, __u64 hint);

/*
 * Changes of the policy and of bans are made by one process at a time: waits for the others. The
 * lock is held until *lock is closed; for maps that nobody else has *lock is -1.
 */
int store_lock(const struct store *store, int *lock);
/* The same, but -EAGAIN after half a second: whoever has it hangs. */
int store_lock_soon(const struct store *store, int *lock);

/* What decides who may be banned, opened once for many: the prefixes of the policy in force. */
struct store_rules {
	int fd[STORE_INNERS];
	__u8 ipv6_prefix;
};
void store_rules_close(const struct store_rules *rules);
#define cleanup_rules __attribute__((cleanup(store_rules_close)))

/* 0 or a negative errno. After an error there is nothing to close. */
int store_rules_open(const struct store *store, struct store_rules *out);
/* The rule for one address; -ENOENT if there is none. */
int store_rules_find(const struct store_rules *rules, const struct addr *address,
		     struct prefix_rule *out);
/* -EPERM: the policy or the never-ban set protects the address, or it is none of a source. */
int store_may_ban(const struct store_rules *rules, const struct addr *address);

/* Maps the lanes of a store that is written to. Returns 0 or a negative errno. */
int store_map_lanes(struct store *store);
void store_unmap_lanes(struct store *store);

/* A new descriptor of one pin of a directory, or a negative errno. */
int store_open_pin(const char *dir, const char *name, bool write);

/* Writes a plan's signatures to a policy slot; what counts goes on where a name stays. */
int signatures_replace(const struct store *store, __u32 slot, __u32 active,
		       const struct plan *plan);

/* The caller has the lock. */
int store_control_write(const struct store *store, const struct control *control);
/* What the packets of these maps go by: CLOCK_MONOTONIC, coarse, or the clock of a replay. */
__u64 store_now(const struct store *store, const struct control *control);
/* Reads control (which may be NULL), and the policy slot that is in force now. */
int store_slot(const struct store *store, struct control *control, __u32 *slot);

/*
 * Waits until every packet that took a slot which is not in force any more has left. slot is the one
 * in force.
 */
int store_wait(const struct store *store, __u32 slot);

/*
 * Begins a change of the policy, under the lock: what was not confirmed, in time or not yet, goes.
 * Then no packet is in the slot that is not control->active_slot, and nothing goes back to it.
 */
int store_clear_standby(struct store *store, struct control *control);
/* Puts the standby slot in force, for confirm_ns or, if that is 0, for good. Reads *control anew. */
int store_switch(struct store *store, struct control *control, __u32 generation, __u64 confirm_ns);
/* The number of the policy in a slot; 0: none was put there. */
int store_generation(const struct store *store, __u32 slot, __u32 *generation);

/* A key of either kind of inner map: the address, or the length and the address. */
union inner_key {
	struct addr exact;
	struct prefix_key prefix;
};
size_t inner_key_size(enum store_inner inner);
/* The key of an address or, in the map of prefixes, of its first bits. */
union inner_key inner_key(enum store_inner inner, const struct addr *address, __u8 length);
/* A new descriptor of the inner map that a slot has, or a negative errno. */
int inner_open(const struct store *store, enum store_inner inner, __u32 slot);
/* Puts a map with a plan's entries of this kind into a slot that is not in force. */
int inner_replace(struct store *store, enum store_inner inner, __u32 slot, const struct plan *plan);

#endif
