// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/state.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/earned.h"

struct reading {
	struct source_list list;
	size_t room;
	__u64 now_ns;
};

void source_list_free(struct source_list *list)
{
	free(list->item);
}

static struct source *append(struct reading *reading, const struct addr *key)
{
	struct source_list *list = &reading->list;

	if (list->count == reading->room) {
		size_t room = reading->room ? 2 * reading->room : 256;
		struct source *item = reallocarray(list->item, room, sizeof(*item));

		if (!item)
			return NULL;
		list->item = item;
		reading->room = room;
	}
	list->item[list->count] = (struct source){ .key = *key };
	return &list->item[list->count++];
}

static int append_ban(const struct addr *key, const struct ban *ban, void *arg)
{
	struct reading *reading = arg;
	struct source *source;

	if (ban->expires_ns <= reading->now_ns && ban->tight_until_ns <= reading->now_ns)
		return 0;
	source = append(reading, key);
	if (!source)
		return -ENOMEM;
	source->has_ban = ban->expires_ns > reading->now_ns;
	source->tight = ban->tight_until_ns > reading->now_ns;
	source->ban = *ban;
	return 0;
}

static int append_standing(const struct addr *key, const struct standing *standing, void *arg)
{
	struct reading *reading = arg;
	struct source *source;

	if (standing->expires_ns <= reading->now_ns)
		return 0;
	source = append(reading, key);
	if (!source)
		return -ENOMEM;
	source->has_standing = true;
	source->standing = *standing;
	source->state = standing_state_of(standing, reading->now_ns);
	return 0;
}

static int append_suspect(const struct addr *key, const struct suspect *suspect, void *arg)
{
	struct source *source = append(arg, key);

	if (!source)
		return -ENOMEM;
	source->has_suspect = true;
	source->suspect = *suspect;
	return 0;
}

static int compare(const void *a, const void *b)
{
	const struct source *x = a, *y = b;

	return memcmp(&x->key, &y->key, sizeof(x->key));
}

/* Entries of one address, which lie side by side, become one. */
static void merge(struct source_list *list)
{
	size_t kept = 0;

	for (size_t i = 0; i < list->count; i++) {
		const struct source *from = &list->item[i];
		struct source *to = kept ? &list->item[kept - 1] : NULL;

		if (!to || memcmp(&to->key, &from->key, sizeof(to->key))) {
			list->item[kept++] = *from;
			continue;
		}
		if (from->has_ban || from->tight)
			to->ban = from->ban;
		if (from->has_standing) {
			to->standing = from->standing;
			to->state = from->state;
		}
		if (from->has_suspect)
			to->suspect = from->suspect;
		to->has_ban |= from->has_ban;
		to->tight |= from->tight;
		to->has_standing |= from->has_standing;
		to->has_suspect |= from->has_suspect;
	}
	list->count = kept;
}

int source_list_read(const struct store *store, __u64 now_ns, struct source_list *out)
{
	struct reading reading = { .now_ns = now_ns };
	int err = store_each_ban(store, append_ban, &reading);

	if (!err)
		err = store_each_standing(store, append_standing, &reading);
	if (!err)
		err = store_each_suspect(store, append_suspect, &reading);
	if (err) {
		source_list_free(&reading.list);
		return err;
	}
	if (reading.list.count)
		qsort(reading.list.item, reading.list.count, sizeof(struct source), compare);
	merge(&reading.list);
	*out = reading.list;
	return 0;
}

/* Turns "there is none" into a flag. */
static int found(int err, bool *has)
{
	*has = !err;
	return err == -ENOENT ? 0 : err;
}

int source_read(const struct store *store, const struct addr *address, __u64 now_ns,
		struct source *out)
{
	struct source source = { 0 };
	int err = store_key(store, address, &source.key);

	if (!err)
		err = found(store_prefix(store, address, &source.rule), &source.has_rule);
	if (!err)
		err = found(store_ban_get(store, address, &source.ban), &source.has_ban);
	if (!err)
		err = found(store_standing_get(store, &source.key, &source.standing),
			    &source.has_standing);
	if (!err)
		err = found(store_suspect_get(store, &source.key, &source.suspect),
			    &source.has_suspect);
	if (err)
		return err;
	source.tight = source.has_ban && source.ban.tight_until_ns > now_ns;
	source.has_ban = source.has_ban && source.ban.expires_ns > now_ns;
	source.has_standing = source.has_standing && standing_live(&source.standing, now_ns);
	if (source.has_standing)
		source.state = standing_state_of(&source.standing, now_ns);
	*out = source;
	return 0;
}
