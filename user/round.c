/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user/round.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

struct round_suspect {
	struct addr key;
	struct suspect suspect;
};

struct round_list {
	struct round_suspect *item;
	size_t count;
	size_t room;
};

static void round_list_free(struct round_list *list)
{
	free(list->item);
}

static int round_collect(const struct addr *key, const struct suspect *suspect, void *arg)
{
	struct round_list *list = arg;

	if (!score_heeds(suspect))
		return 0;
	if (list->count == list->room) {
		size_t room = list->room ? 2 * list->room : 64;
		struct round_suspect *item = reallocarray(list->item, room, sizeof(*item));

		if (!item)
			return -ENOMEM;
		list->item = item;
		list->room = room;
	}
	list->item[list->count].key = *key;
	list->item[list->count++].suspect = *suspect;
	return 0;
}

/* The map hands its entries out in an order of its own, another one in each process. */
static int round_compare(const void *a, const void *b)
{
	const struct round_suspect *x = a, *y = b;

	return memcmp(&x->key, &y->key, sizeof(x->key));
}

static int round_judge(struct store *store, struct score *score, const struct round_suspect *s,
		       __u64 now_ns, round_decided *decided, void *arg)
{
	struct score_decision decision;
	struct standing standing;
	int err = store_standing_get(store, &s->key, &standing);

	if (err && err != -ENOENT)
		return err;
	score_judge(score, &s->key, &s->suspect, err ? NULL : &standing, now_ns, &decision);
	if (!decision.ban)
		return 0;
	err = store_ban(store, &s->key, now_ns, decision.ttl_seconds, decision.level,
			decision.sentence);
	if (decided)
		decided(&s->key, &decision, err, arg);
	return !err;
}

int agent_round(struct store *store, struct score *score, __u64 now_ns, round_decided *decided,
		void *arg)
{
	__attribute__((cleanup(round_list_free))) struct round_list list = { 0 };
	int expired = store_expire(store, now_ns);
	int bans = 0;
	int err = store_each_suspect(store, round_collect, &list);

	if (err)
		return err;
	if (list.count)
		qsort(list.item, list.count, sizeof(*list.item), round_compare);
	for (size_t i = 0; i < list.count; i++) {
		int banned = round_judge(store, score, &list.item[i], now_ns, decided, arg);

		if (banned < 0)
			return banned;
		bans += banned;
	}
	return expired < 0 ? expired : bans;
}
