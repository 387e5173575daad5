// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/score_memory.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int score_memory_init(struct score_memory *memory, size_t sources_max)
{
	size_t buckets = 1;

	while (buckets < sources_max)
		buckets *= 2;
	memset(memory, 0, sizeof(*memory));
	memory->sources_max = sources_max ? sources_max : 1;
	memory->mask = buckets - 1;
	memory->bucket = calloc(buckets, sizeof(struct score_source *));
	memory->source = calloc(memory->sources_max, sizeof(*memory->source));
	return memory->bucket && memory->source ? 0 : -ENOMEM;
}

void score_memory_free(struct score_memory *memory)
{
	free(memory->bucket);
	free(memory->source);
}

/* Only proven sources come here, so that nobody can choose many keys of one bucket for nothing. */
static struct score_source **bucket_of(struct score_memory *memory, const struct addr *key)
{
	__u64 half[2];

	memcpy(half, key, sizeof(half));
	half[0] = (half[0] ^ half[1] * 0x9e3779b97f4a7c15ULL) * 0xff51afd7ed558ccdULL;
	return &memory->bucket[(half[0] ^ half[0] >> 32) & memory->mask];
}

static void unlink_source(struct score_memory *memory, struct score_source *source)
{
	*(source->older ? &source->older->newer : &memory->oldest) = source->newer;
	*(source->newer ? &source->newer->older : &memory->newest) = source->older;
}

static void link_newest(struct score_memory *memory, struct score_source *source)
{
	source->older = memory->newest;
	source->newer = NULL;
	*(memory->newest ? &memory->newest->newer : &memory->oldest) = source;
	memory->newest = source;
}

/* A free place: a new one, or that of the source that was not asked for for the longest time. */
static struct score_source *take_place(struct score_memory *memory)
{
	struct score_source *place = memory->oldest;
	struct score_source **link;

	if (memory->sources < memory->sources_max)
		return &memory->source[memory->sources++];
	unlink_source(memory, place);
	for (link = bucket_of(memory, &place->key); *link != place; link = &(*link)->chain)
		;
	*link = place->chain;
	return place;
}

struct score_source *score_memory_find(struct score_memory *memory, const struct addr *key)
{
	struct score_source *source;

	for (source = *bucket_of(memory, key); source; source = source->chain) {
		if (!memcmp(&source->key, key, sizeof(*key))) {
			unlink_source(memory, source);
			link_newest(memory, source);
			return source;
		}
	}
	return NULL;
}

struct score_source *score_memory_add(struct score_memory *memory, const struct addr *key)
{
	struct score_source *source = take_place(memory);
	struct score_source **bucket = bucket_of(memory, key);

	memset(source, 0, sizeof(*source));
	source->key = *key;
	source->chain = *bucket;
	*bucket = source;
	link_newest(memory, source);
	return source;
}
