// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/store.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/random.h>
#include <time.h>

#include "maps/abi.h"
#include "user/cmd.h"
#include "maps/trace.h"
#include "user/store_maps.h"

static const struct {
	const char *name;
	size_t value_size;
} maps[STORE_MAPS] = {
	[MAP_CONTROL] = { "control", sizeof(struct control) },
	[MAP_POLICY] = { "policy", sizeof(struct policy) },
	[MAP_SIGNATURES] = { "signatures", sizeof(struct signature_set) },
	[MAP_SIGNATURE_HITS] = { "signature_hits", sizeof(struct signature_hit) },
	[MAP_LISTENERS] = { "listeners", sizeof(__u8) },
	[MAP_PREFIX24] = { "prefix24", PREFIX24_WORDS * sizeof(__u64) },
	[MAP_PREFIX32] = { "prefix32", PREFIX32_WORDS * sizeof(__u64) },
	[MAP_EXACT] = { "exact", sizeof(__u32) },
	[MAP_EXACT_NONE] = { "exact_none", sizeof(struct prefix_rule) },
	[MAP_PREFIXES] = { "prefixes", sizeof(__u32) },
	[MAP_PREFIXES_NONE] = { "prefixes_none", sizeof(struct prefix_rule) },
	[MAP_BANS] = { "bans", sizeof(struct ban) },
	[MAP_STANDING] = { "standing", sizeof(struct standing) },
	[MAP_SUSPECTS] = { "suspects", sizeof(struct suspect) },
	[MAP_LANES] = { "lanes", sizeof(struct lane_cell) },
	[MAP_HINTS] = { "hints", HINT_WORDS * sizeof(__u64) },
	[MAP_NARROW] = { "narrow", NARROW_WORDS * sizeof(__u64) },
	[MAP_SLOW] = { "slow", sizeof(__u64) },
	[MAP_HEALTH] = { "health", sizeof(struct health) },
	[MAP_COST] = { "cost", sizeof(struct cost) },
	[MAP_COUNTERS] = { "counters", sizeof(struct counter) },
	[MAP_SHADOWS] = { "shadows", sizeof(struct counter) },
	[MAP_LAST] = { "last", sizeof(struct verdict_record) },
	[MAP_EVENT_BUDGET] = { "event_budget", sizeof(__u64) },
	[MAP_EVENTS] = { "events", 0 },
	[MAP_CENSUS] = { "census", sizeof(struct census) },
	[MAP_TRACE_FILTERS] = { "trace_filters", sizeof(struct trace_filter) },
	[MAP_TRACE_STATES] = { "trace_states", sizeof(struct trace_state) },
	[MAP_TRACE_RINGS] = { "trace_rings", sizeof(__u32) },
};

void entries_free(struct entries *entries)
{
	free(entries->key);
	free(entries->value);
}

static int entries_grow(struct entries *entries, size_t room, size_t key_size, size_t value_size)
{
	unsigned char *key = reallocarray(entries->key, room, key_size);
	unsigned char *value;

	if (!key)
		return -ENOMEM;
	entries->key = key;
	value = reallocarray(entries->value, room, value_size);
	if (!value)
		return -ENOMEM;
	entries->value = value;
	return 0;
}

/* One chunk. -ENOENT: it was the last one; -ENOSPC: a bucket has more entries than the chunk. */
static int entries_chunk(int fd, size_t key_size, size_t value_size, struct store_pass *pass,
			 size_t chunk, struct entries *out)
{
	__u32 count = chunk;
	int err = entries_grow(out, out->count + chunk, key_size, value_size);

	if (err)
		return err;
	err = bpf_map_lookup_batch(fd, pass->begun ? pass->cursor : NULL, pass->cursor,
				   out->key + out->count * key_size,
				   out->value + out->count * value_size, &count, NULL);
	if (!err || err == -ENOENT) {
		out->count += count;
		pass->begun = !err;
	}
	return err;
}

int entries_next(int fd, size_t key_size, size_t value_size, struct store_pass *pass, size_t some,
		 struct entries *out)
{
	size_t chunk = 4096;
	int err;

	do {
		err = entries_chunk(fd, key_size, value_size, pass, chunk, out);
		if (err == -ENOSPC)
			chunk *= 2;
		else if (err)
			return err == -ENOENT ? 0 : err;
	} while (out->count < some);
	return 1;
}

int entries_read(int fd, size_t key_size, size_t value_size, struct entries *out)
{
	struct store_pass pass = { 0 };

	return entries_next(fd, key_size, value_size, &pass, SIZE_MAX, out);
}

struct addr entries_key(const struct entries *entries, size_t i)
{
	struct addr key;

	memcpy(&key, entries->key + i * sizeof(key), sizeof(key));
	return key;
}

static struct store *store_new(void)
{
	struct store *store = calloc(1, sizeof(*store));

	if (!store)
		return NULL;
	memset(store->fd, 0xff, sizeof(store->fd));
	memset(store->inner, 0xff, sizeof(store->inner));
	return store;
}

void store_close(struct store *store)
{
	if (!store)
		return;
	if (store->hints)
		munmap(store->hints, maps[MAP_HINTS].value_size);
	store_unmap_lanes(store);
	for (int i = 0; store->owned && i < STORE_MAPS; i++)
		fd_close(&store->fd[i]);
	for (int i = 0; i < STORE_INNERS; i++) {
		for (unsigned int slot = 0; slot < POLICY_SLOTS; slot++)
			fd_close(&store->inner[i][slot]);
	}
	free(store);
}

static void store_cleanup(struct store **store)
{
	store_close(*store);
}

/* Bits of `hints` are set by the packet path too: only atomic operations on them are safe. */
static int map_hints(struct store *store)
{
	void *words = mmap(NULL, maps[MAP_HINTS].value_size, PROT_READ | PROT_WRITE, MAP_SHARED,
			   store->fd[MAP_HINTS], 0);

	if (words == MAP_FAILED)
		return -errno;
	store->hints = words;
	return 0;
}

/* The kernel's own rules (dev_valid_name) but for white space, which harms nobody here. */
bool store_is_dev(const char *name)
{
	return *name && strlen(name) < IF_NAMESIZE && !strchr(name, '/') && strcmp(name, ".") &&
	       strcmp(name, "..");
}

/* Whether an interface has pins: 0 or -ENOENT, or -EACCES where that cannot be seen. */
static int find_pins(const char *dev)
{
	char path[STORE_PATH_LEN];

	if (!store_is_dev(dev))
		return -ENOENT;
	snprintf(path, sizeof(path), STORE_ROOT "/%s/control", dev);
	return access(path, F_OK) ? -errno : 0;
}

/* Finds the only interface that has pins. */
static int find_only(char name[IF_NAMESIZE])
{
	DIR *root = opendir(STORE_ROOT);
	char found[IF_NAMESIZE] = "";
	struct dirent *entry;
	int err = 0;

	if (!root)
		return -errno;
	while (!err && (entry = readdir(root))) {
		err = find_pins(entry->d_name);
		if (err == -ENOENT) {
			err = 0;
			continue;
		}
		if (!err && *found)
			err = -EEXIST;
		snprintf(found, sizeof(found), "%.*s", IF_NAMESIZE - 1, entry->d_name);
	}
	closedir(root);
	if (!err && !*found)
		err = -ENOENT;
	if (!err)
		memcpy(name, found, IF_NAMESIZE);
	return err;
}

int store_open_pin(const char *dir, const char *name, bool write)
{
	LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = write ? 0 : BPF_F_RDONLY);
	char path[STORE_PATH_LEN + 32];

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	return bpf_obj_get_opts(path, &opts);
}

/* A map of another size was made by another version: its values must not even be read. */
static int check_size(int fd, size_t value_size)
{
	struct bpf_map_info info = { 0 };
	__u32 len = sizeof(info);
	int err = bpf_obj_get_info_by_fd(fd, &info, &len);

	if (err)
		return err;
	return info.value_size == value_size ? 0 : -EPROTO;
}

/* Opens what is pinned, without regard to its ABI. */
static int open_pins(const char *dev, bool write, struct store **out)
{
	__attribute__((cleanup(store_cleanup))) struct store *store = store_new();
	int err;

	if (!store)
		return -ENOMEM;
	store->owned = true;
	snprintf(store->dir, sizeof(store->dir), STORE_ROOT "/%s", dev);
	for (int i = 0; i < STORE_MAPS; i++) {
		store->fd[i] = store_open_pin(store->dir, maps[i].name, write);
		if (store->fd[i] < 0)
			return store->fd[i];
		err = check_size(store->fd[i], maps[i].value_size);
		if (err)
			return err;
	}
	if (write) {
		err = map_hints(store);
		if (!err)
			err = store_map_lanes(store);
		if (err)
			return err;
	}
	*out = store;
	store = NULL;
	return 0;
}

int store_open(const char *dev, bool write, struct store **out, char *name)
{
	__attribute__((cleanup(store_cleanup))) struct store *store = NULL;
	char only[IF_NAMESIZE] = "";
	struct control control;
	int err;

	if (!dev) {
		err = find_only(only);
		if (err)
			return err;
		dev = only;
	}
	err = find_pins(dev);
	if (err)
		return err;
	err = open_pins(dev, write, &store);
	if (err)
		return err;
	err = store_control(store, &control);
	if (err)
		return err;
	if (control.abi != SIPSHIELD_ABI)
		return control.abi ? -EPROTO : -ENOENT;
	if (name)
		snprintf(name, IF_NAMESIZE, "%s", dev);
	*out = store;
	store = NULL;
	return 0;
}

int store_create(const char *dev, struct store **out)
{
	__attribute__((cleanup(store_cleanup))) struct store *store = NULL;
	int err = open_pins(dev, true, &store);

	if (err)
		return err;
	err = store_init(store);
	if (err)
		return err;
	*out = store;
	store = NULL;
	return 0;
}

int store_of_object(const struct bpf_object *object, struct store **out)
{
	__attribute__((cleanup(store_cleanup))) struct store *store = store_new();
	int err;

	if (!store)
		return -ENOMEM;
	for (int i = 0; i < STORE_MAPS; i++) {
		store->fd[i] = bpf_object__find_map_fd_by_name(object, maps[i].name);
		if (store->fd[i] < 0)
			return -ENOENT;
		err = check_size(store->fd[i], maps[i].value_size);
		if (err)
			return err;
	}
	err = map_hints(store);
	if (!err)
		err = store_map_lanes(store);
	if (err)
		return err;
	store->object = object;
	*out = store;
	store = NULL;
	return 0;
}

void store_use_types(struct store *store, const struct bpf_object *object)
{
	store->object = object;
}

static int lock_dir(const struct store *store, int how, int *lock)
{
	int fd = -1;

	if (*store->dir) {
		fd = open(store->dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
		if (fd < 0)
			return -errno;
		if (flock(fd, how)) {
			int err = -errno;

			close(fd);
			return err;
		}
	}
	*lock = fd;
	return 0;
}

int store_lock(const struct store *store, int *lock)
{
	return lock_dir(store, LOCK_EX, lock);
}

int store_lock_soon(const struct store *store, int *lock)
{
	const struct timespec pause = { .tv_nsec = 10 * 1000 * 1000 };
	int err = -EAGAIN;

	for (unsigned int i = 0; i < 50 && err == -EAGAIN; i++) {
		if (i)
			nanosleep(&pause, NULL);
		err = lock_dir(store, LOCK_EX | LOCK_NB, lock);
	}
	return err;
}

int store_init(struct store *store)
{
	/* Any numbers will do for a replay, as long as they never change. */
	static const __u64 replay_key[4] = { 0x243f6a8885a308d3ULL, 0x13198a2e03707344ULL,
					     0xa4093822299f31d0ULL, 0x082efa98ec4e6c89ULL };
	cleanup_fd int lock = -1;
	struct control control;
	int err = store_lock(store, &lock);

	if (!err)
		err = store_control(store, &control);
	if (err)
		return err;
	if (control.abi)
		return control.abi == SIPSHIELD_ABI ? 0 : -EPROTO;
	control.abi = SIPSHIELD_ABI;
	control.started_ns = cmd_now();
	memcpy(control.hash_key, replay_key, sizeof(control.hash_key));
	if (*store->dir && getrandom(control.hash_key, sizeof(control.hash_key), 0) < 0)
		return -errno;
	return store_control_write(store, &control);
}

/* An element of a per-CPU map, added up over the CPUs. */
static struct counter sum(const unsigned char *values, int cpus)
{
	struct counter total = { 0 };

	for (int cpu = 0; cpu < cpus; cpu++) {
		struct counter counter;

		memcpy(&counter, values + (size_t)cpu * sizeof(counter), sizeof(counter));
		total.packets += counter.packets;
		total.bytes += counter.bytes;
	}
	return total;
}

/* Reads the n elements of a per-CPU map of counters. */
static int read_counters(int fd, size_t n, struct counter *out)
{
	int cpus = libbpf_num_possible_cpus();
	cleanup_entries struct entries entries = { 0 };
	size_t size = sizeof(struct counter) * (size_t)(cpus > 0 ? cpus : 0);
	int err;

	if (cpus < 0)
		return cpus;
	err = entries_read(fd, sizeof(__u32), size, &entries);
	if (err)
		return err;
	for (size_t i = 0; i < entries.count; i++) {
		__u32 index;

		memcpy(&index, entries.key + i * sizeof(index), sizeof(index));
		if (index < n)
			out[index] = sum(entries.value + i * size, cpus);
	}
	return 0;
}

int store_totals(const struct store *store, struct totals *out)
{
	struct totals totals = { 0 };
	__u32 lost = REASON_MAX;
	int err = read_counters(store->fd[MAP_COUNTERS], COUNTERS, &totals.by[0][0][0]);

	if (!err)
		err = read_counters(store->fd[MAP_SHADOWS], REASON_MAX, totals.shadow);
	if (!err)
		err = bpf_map_lookup_elem(store->fd[MAP_EVENT_BUDGET], &lost, &totals.events_lost);
	if (!err)
		*out = totals;
	return err;
}

int store_shadows(const struct store *store, __u64 out[REASON_MAX])
{
	struct counter shadow[REASON_MAX] = { 0 };
	int err = read_counters(store->fd[MAP_SHADOWS], REASON_MAX, shadow);

	for (unsigned int i = 0; i < REASON_MAX && !err; i++)
		out[i] = shadow[i].packets;
	return err;
}

int store_lanes(const struct store *store, struct lane_cell out[LANE_MAX])
{
	struct lane_cell cell[LANE_MAX];
	int err = 0;

	for (__u32 lane = 0; lane < LANE_MAX && !err; lane++)
		err = bpf_map_lookup_elem(store->fd[MAP_LANES], &lane, &cell[lane]);
	if (!err)
		memcpy(out, cell, sizeof(cell));
	return err;
}

static void record_free(struct verdict_record **record)
{
	free(*record);
}

int store_last(const struct store *store, struct verdict_record *out)
{
	int cpus = libbpf_num_possible_cpus();
	__attribute__((cleanup(record_free))) struct verdict_record *all = NULL;
	__u32 zero = 0;
	int cpu = sched_getcpu();
	int err;

	if (cpus < 0)
		return cpus;
	all = calloc(cpus, sizeof(*all));
	if (!all)
		return -ENOMEM;
	err = bpf_map_lookup_elem(store->fd[MAP_LAST], &zero, all);
	if (!err)
		*out = all[cpu];
	return err;
}

int store_events_fd(const struct store *store)
{
	return store->fd[MAP_EVENTS];
}
