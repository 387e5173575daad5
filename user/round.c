// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/round.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/earned.h"
#include "bpf/narrow.h"
#include "user/census.h"
#include "user/freeze.h"
#include "user/neighbours.h"

/* What the agent remembers of sources: twice the suspects that the kernel can name at once. */
#define SOURCES_MAX 16384
#define WOKEN_MAX 4096
#define DECISIONS_MAX 8 /* on one source in one round; there are never more than three */

struct keys {
	struct addr *item;
	size_t count;
	size_t room;
};

struct round {
	struct store *store;
	struct score *score;
	struct neighbours *neighbours;
	struct freeze freeze;
	struct store_pass pass;
	size_t entries;
	size_t known, limited; /* sources in good standing, in this walk so far */
	struct census walk;    /* the same by their state */
	struct census census;
	bool walked; /* a whole walk was done */
	__u64 next_id;
	__u64 frozen_ns;    /* freeze.until_ns as the maps have it */
	__u64 pass_ns;	    /* when the walk began, */
	__u64 last_pass_ns; /* and the one before */
	bool begun;
	bool narrow_changed;
	struct keys keys; /* to be judged in this round */
	struct addr woken[WOKEN_MAX];
	size_t woken_count;
	/* of the round that runs */
	__u64 now_ns;
	round_told *told;
	void *arg;
	int bans;
	int err;
};

struct round *round_new(struct store *store, size_t entries, __u64 since_ns, __u64 first_id)
{
	struct round *round = calloc(1, sizeof(*round));

	if (!round)
		return NULL;
	round->store = store;
	round->entries = entries;
	round->last_pass_ns = since_ns;
	round->narrow_changed = true; /* what an agent before this one marked ends with it */
	round->next_id = first_id;
	round->score = score_new(SOURCES_MAX);
	round->neighbours = neighbours_new();
	if (!round->score || !round->neighbours) {
		round_free(round);
		return NULL;
	}
	return round;
}

void round_free(struct round *round)
{
	if (!round)
		return;
	score_free(round->score);
	neighbours_free(round->neighbours);
	free(round->keys.item);
	free(round);
}

int round_leave(struct round *round)
{
	static const __u64 none[NARROW_WORDS];

	return store_set_narrow(round->store, none);
}

void round_wake(struct round *round, const struct addr *key)
{
	/* Beyond that the walk over all finds them. */
	if (round->woken_count < WOKEN_MAX)
		round->woken[round->woken_count++] = *key;
}

static void add_key(const struct addr *key, void *arg)
{
	struct round *round = arg;
	struct keys *keys = &round->keys;

	if (keys->count == keys->room) {
		size_t room = keys->room ? 2 * keys->room : 64;
		struct addr *item = reallocarray(keys->item, room, sizeof(*item));

		if (!item) {
			round->err = -ENOMEM;
			return;
		}
		keys->item = item;
		keys->room = room;
	}
	keys->item[keys->count++] = *key;
}

static int collect_suspect(const struct addr *key, const struct suspect *suspect, void *arg)
{
	struct round *round = arg;

	census_count_suspect(&round->census, key, suspect, round->now_ns);
	if (score_heeds(suspect))
		add_key(key, round);
	return round->err;
}

static int collect_ban(const struct addr *key, const struct ban *ban, void *arg)
{
	struct round *round = arg;

	(void)ban;
	add_key(key, round);
	return round->err;
}

/* Those whose answers were bad since the last walk came by. */
static int collect_standing(const struct addr *key, const struct standing *standing, void *arg)
{
	struct round *round = arg;

	round->known++;
	census_count_standing(&round->walk, standing, round->now_ns);
	round->limited += standing->held_until_ns > round->now_ns ||
			  standing->attacked_until_ns > round->now_ns;
	if ((standing->conduct.last_ns && standing->conduct.last_ns >= round->last_pass_ns) ||
	    standing->held_until_ns > round->now_ns)
		add_key(key, round);
	return round->err;
}

static void tell(struct round *round, struct transition *t)
{
	t->id = round->next_id++;
	if (round->told)
		round->told(t, round->arg);
}

/* The next piece of the walk over all sources in good standing; at its end they are counted. */
static int walk_standing(struct round *round)
{
	struct transition t;
	int more;

	if (!round->pass.begun)
		round->pass_ns = round->now_ns;
	more = store_pass_standing(round->store, &round->pass, round->entries, round->now_ns,
				   collect_standing, round);
	if (more)
		return more < 0 ? more : 0;
	round->last_pass_ns = round->pass_ns;
	if (freeze_peers(&round->freeze, round->known, round->limited, round->now_ns, &t))
		tell(round, &t);
	memcpy(round->census.standing, round->walk.standing, sizeof(round->census.standing));
	census_clear_standing(&round->walk);
	round->walked = true;
	round->known = 0;
	round->limited = 0;
	return 0;
}

static int compare(const void *a, const void *b)
{
	return memcmp(a, b, sizeof(struct addr));
}

/*
 * The maps hand their entries out in an order of their own, another one in each process: the order
 * of the addresses is the same in all.
 */
static int collect(struct round *round)
{
	int err;

	round->keys.count = 0;
	census_clear_suspects(&round->census);
	err = store_each_suspect(round->store, collect_suspect, round);
	if (!err)
		err = walk_standing(round);
	if (!err && !round->begun)
		err = store_each_ban(round->store, collect_ban, round);
	if (err)
		return err;
	for (size_t i = 0; i < round->woken_count; i++)
		add_key(&round->woken[i], round);
	score_each_due(round->score, round->now_ns, add_key, round);
	round->woken_count = 0;
	round->begun = true;
	if (round->keys.count)
		qsort(round->keys.item, round->keys.count, sizeof(struct addr), compare);
	return round->err;
}

static int take_step(struct round *round, const struct transition *t)
{
	if (step_is_ban(t->to))
		return store_ban(round->store, &t->key, round->now_ns, t->ttl_seconds,
				 t->to - STEP_BAN_1 + 1, t->sentence);
	if (t->to == STEP_TIGHT)
		return store_tighten(round->store, &t->key, round->now_ns + SCORE_TIGHT_NS);
	return t->from == STEP_TIGHT ? store_tighten(round->store, &t->key, 0) : 0;
}

/* What the step of a source means for its neighbours and for all. */
static void step_taken(struct round *round, const struct transition *step)
{
	struct transition t;

	if (step->to < STEP_TIGHT || step->to <= step->from)
		return;
	/* what bans nobody, others may have sent in its name: it says nothing of the neighbours */
	if (rule_info(step->rule)->proven < STEP_BAN_1)
		return;
	if (neighbours_climbed(round->neighbours, &step->key, round->now_ns, &t)) {
		round->narrow_changed = true;
		tell(round, &t);
	}
	if (!step_is_ban(step->to))
		return;
	round->bans++;
	if (freeze_banned(&round->freeze, round->now_ns, &t))
		tell(round, &t);
}

static void decided(struct round *round, struct transition *t)
{
	t->error = take_step(round, t);
	if (t->error)
		score_refused(round->score, t);
	if (t->from != t->to)
		tell(round, t);
	if (!t->error)
		step_taken(round, t);
}

/* Turns "there is none" into NULL. */
static int optional(int err, const void *value, const void **out)
{
	*out = err ? NULL : value;
	return err == -ENOENT ? 0 : err;
}

static int judge(struct round *round, const struct addr *key)
{
	struct score_facts facts = { 0 };
	struct prefix_rule rule;
	struct standing standing;
	struct suspect suspect;
	struct transition t;
	struct ban ban;
	int err = optional(store_standing_get(round->store, key, &standing), &standing,
			   (const void **)&facts.standing);

	if (!err)
		err = optional(store_suspect_get(round->store, key, &suspect), &suspect,
			       (const void **)&facts.suspect);
	if (!err)
		err = optional(store_ban_get(round->store, key, &ban), &ban,
			       (const void **)&facts.ban);
	if (err)
		return err;
	facts.protected = !store_prefix(round->store, key, &rule) && rule.kind != PREFIX_DENY;
	for (int i = 0; i < DECISIONS_MAX; i++) {
		facts.frozen = freeze_active(&round->freeze, round->now_ns);
		if (!score_judge(round->score, key, &facts, round->now_ns, &t))
			break;
		decided(round, &t);
		err = optional(store_ban_get(round->store, key, &ban), &ban,
			       (const void **)&facts.ban);
		if (t.error || err)
			break;
	}
	return err;
}

static void let_go(struct round *round)
{
	struct transition t;

	if (freeze_over(&round->freeze, round->now_ns, &t))
		tell(round, &t);
	while (neighbours_calm(round->neighbours, round->now_ns, &t)) {
		round->narrow_changed = true;
		tell(round, &t);
	}
}

struct marks {
	struct control control;
	__u64 word[NARROW_WORDS];
};

static void mark_prefix(const struct addr *prefix, void *arg)
{
	struct marks *marks = arg;
	__u64 hash = narrow_hash(marks->control.hash_key, prefix);

	marks->word[narrow_word(hash)] |= narrow_bit(hash);
}

static int count_ban(const struct addr *key, const struct ban *ban, void *arg)
{
	struct round *round = arg;

	census_count_ban(&round->census, key, ban, round->now_ns);
	return 0;
}

/* After all that the round has changed of them. */
static int count_bans(struct round *round)
{
	int err;

	census_clear_bans(&round->census);
	err = store_each_ban(round->store, count_ban, round);
	round->census.counted_ns = round->walked && !err ? round->now_ns : 0;
	return err;
}

const struct census *round_census(const struct round *round)
{
	return &round->census;
}

static int publish_narrow(struct round *round)
{
	struct marks marks = { 0 };
	int err = store_control(round->store, &marks.control);

	neighbours_each_narrow(round->neighbours, mark_prefix, &marks);
	return err ? err : store_set_narrow(round->store, marks.word);
}

/* What the packet path and the readers of the maps are to know. */
static int publish(struct round *round)
{
	int err = round->narrow_changed ? publish_narrow(round) : 0;

	if (err)
		return err;
	round->narrow_changed = false;
	if (round->frozen_ns != round->freeze.until_ns)
		err = store_set_frozen(round->store, round->freeze.until_ns);
	if (!err)
		round->frozen_ns = round->freeze.until_ns;
	return err;
}

int round_run(struct round *round, __u64 now_ns, round_told *told, void *arg)
{
	int err, expired;

	round->now_ns = now_ns;
	round->told = told;
	round->arg = arg;
	round->bans = 0;
	round->err = 0;
	expired = store_expire_bans(round->store, now_ns);
	let_go(round);
	err = collect(round);
	for (size_t i = 0; i < round->keys.count && !err; i++) {
		if (i && !compare(&round->keys.item[i - 1], &round->keys.item[i]))
			continue;
		err = judge(round, &round->keys.item[i]);
	}
	if (!err)
		err = publish(round);
	if (!err)
		err = count_bans(round);
	if (err)
		return err;
	return expired < 0 ? expired : round->bans;
}
