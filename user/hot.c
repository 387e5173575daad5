// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/hot.h"

#include <stdlib.h>
#include <string.h>

#define PLACES 256

struct hot {
	size_t used;
	__u64 faded_ns;
	struct hot_entry place[PLACES];
};

struct hot *hot_new(void)
{
	return calloc(1, sizeof(struct hot));
}

void hot_free(struct hot *hot)
{
	free(hot);
}

/* Halves all counts; who has none left makes room. */
static void fade(struct hot *hot, __u64 now_ns)
{
	size_t kept = 0;

	if (!hot->faded_ns)
		hot->faded_ns = now_ns;
	if (now_ns < hot->faded_ns + HOT_FADE_NS)
		return;
	hot->faded_ns = now_ns;
	for (size_t i = 0; i < hot->used; i++) {
		struct hot_entry entry = hot->place[i];
		__u64 events = hot_events(&entry) / 2;

		entry.over /= 2;
		entry.dropped /= 2;
		entry.count = entry.over + events;
		if (events)
			hot->place[kept++] = entry;
	}
	hot->used = kept;
}

/* The entry of a key, or the place that it takes. */
static struct hot_entry *find(struct hot *hot, const __u8 key[HOT_KEY_LEN])
{
	struct hot_entry *least = &hot->place[0];

	for (size_t i = 0; i < hot->used; i++) {
		struct hot_entry *entry = &hot->place[i];

		if (!memcmp(entry->key, key, HOT_KEY_LEN))
			return entry;
		if (entry->count < least->count)
			least = entry;
	}
	if (hot->used < PLACES) {
		least = &hot->place[hot->used++];
		*least = (struct hot_entry){ 0 };
	}
	memcpy(least->key, key, HOT_KEY_LEN);
	least->over = least->count;
	least->dropped = 0;
	return least;
}

void hot_count(struct hot *hot, const __u8 key[HOT_KEY_LEN], bool dropped, __u16 reason,
	       __u64 now_ns)
{
	struct hot_entry *entry;

	fade(hot, now_ns);
	entry = find(hot, key);
	entry->count++;
	entry->dropped += dropped;
	entry->reason = reason;
	entry->last_ns = now_ns;
}

static int compare(const void *a, const void *b)
{
	const struct hot_entry *x = *(const struct hot_entry *const *)a;
	const struct hot_entry *y = *(const struct hot_entry *const *)b;

	if (hot_events(x) != hot_events(y))
		return hot_events(x) < hot_events(y) ? 1 : -1;
	return memcmp(x->key, y->key, HOT_KEY_LEN);
}

size_t hot_top(struct hot *hot, __u64 now_ns, struct hot_entry *out, size_t n)
{
	const struct hot_entry *order[PLACES] = { NULL };
	size_t count = 0;

	fade(hot, now_ns);
	for (size_t i = 0; i < hot->used; i++) {
		if (hot_events(&hot->place[i]) > 1)
			order[count++] = &hot->place[i];
	}
	if (count)
		qsort(order, count, sizeof(order[0]), compare);
	if (count > n)
		count = n;
	for (size_t i = 0; i < count; i++)
		out[i] = *order[i];
	return count;
}
