/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user/recent.h"

#include <stdlib.h>
#include <string.h>

#include "bpf/sketch.h"

#define WAYS 4 /* places that a source can have */

struct recent_source {
	struct addr key;
	__u64 last_ns; /* 0: the place is free */
	__u8 stranger;
	__u8 count;
	__u8 next; /* of packet, that is written next */
	struct recent_packet packet[RECENT_PACKETS];
};

struct recent {
	__u64 hash_key[3];
	size_t mask; /* of sets of WAYS places */
	struct recent_source *source;
};

struct recent *recent_new(size_t sources, __u64 seed)
{
	struct recent *recent = calloc(1, sizeof(*recent));
	size_t sets = 1;

	if (!recent)
		return NULL;
	while (sets * WAYS < sources)
		sets *= 2;
	recent->mask = sets - 1;
	for (int i = 0; i < 3; i++)
		recent->hash_key[i] = hash_with(seed, i + 1);
	recent->source = calloc(sets * WAYS, sizeof(*recent->source));
	if (!recent->source) {
		free(recent);
		return NULL;
	}
	return recent;
}

void recent_free(struct recent *recent)
{
	if (!recent)
		return;
	free(recent->source);
	free(recent);
}

static struct recent_source *set_of(const struct recent *recent, const struct addr *key)
{
	return &recent->source[(addr_hash(recent->hash_key, key) & recent->mask) * WAYS];
}

static struct recent_source *find(struct recent_source *set, const struct addr *key)
{
	for (int i = 0; i < WAYS; i++) {
		if (set[i].last_ns && !memcmp(&set[i].key, key, sizeof(*key)))
			return &set[i];
	}
	return NULL;
}

/* The place that is free, else that of the stranger that is quiet for the longest time, else that
 * of the source. NULL: a stranger finds no place. */
static struct recent_source *make_place(struct recent_source *set, int stranger)
{
	struct recent_source *place = NULL;

	for (int i = 0; i < WAYS; i++) {
		struct recent_source *s = &set[i];

		if (!s->last_ns)
			return s;
		if (stranger && !s->stranger)
			continue;
		if (!place || s->stranger > place->stranger ||
		    (s->stranger == place->stranger && s->last_ns < place->last_ns))
			place = s;
	}
	return place;
}

void recent_add(struct recent *recent, const struct addr *key, const struct event *event)
{
	int stranger = event->standing == STANDING_UNKNOWN && event->kind <= EVENT_SHADOW;
	struct recent_source *set = set_of(recent, key), *place = find(set, key);

	if (!place) {
		place = make_place(set, stranger);
		if (!place)
			return;
		memset(place, 0, sizeof(*place));
		place->key = *key;
		place->stranger = stranger;
	}
	place->last_ns = event->time_ns ? event->time_ns : 1;
	place->stranger &= stranger;
	place->packet[place->next] = (struct recent_packet){
		.time_ns = event->time_ns,
		.reason = event->reason,
		.status = event->status,
		.kind = event->kind,
		.method = event->method,
		.standing = event->standing,
		.why = event->why,
		.credentials = event->credentials,
	};
	place->next = (place->next + 1) % RECENT_PACKETS;
	if (place->count < RECENT_PACKETS)
		place->count++;
}

size_t recent_get(const struct recent *recent, const struct addr *key,
		  struct recent_packet out[RECENT_PACKETS])
{
	const struct recent_source *source = find(set_of(recent, key), key);
	size_t count = source ? source->count : 0;

	for (size_t i = 0; i < count; i++)
		out[i] =
			source->packet[(source->next + RECENT_PACKETS - count + i) % RECENT_PACKETS];
	return count;
}
