/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user/score.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/earned.h"
#include "user/names.h"

#define SECOND_NS 1000000000ULL
#define DAY_NS (86400 * SECOND_NS)

/* Evidence is summed up for this long; what was seen before is forgotten. */
#define EVIDENCE_NS (3600 * SECOND_NS)
/* Suspicion that makes a ban: five requests that no honest user agent sends, or more of others. */
#define SUSPICION_MAX (5 * WEIGHT_STRONG)
#define EXCEEDED_MAX 500 /* requests over a limit that make a ban */

static const __u64 ladder_seconds[] = { 60, 300, 1800, 10800, 86400 };
#define LADDER_TOP (sizeof(ladder_seconds) / sizeof(ladder_seconds[0]))

/* A suspect's, at some time. */
struct counts {
	__u64 exceeded;
	__u32 structural;
	__u32 suspicion;
};

/* A proven source that is or was a suspect. */
struct score_source {
	struct addr key;
	struct score_source *chain; /* next in the bucket */
	struct score_source *older; /* the list by use */
	struct score_source *newer;
	__u64 first_ns;	      /* of its record */
	__u64 since_ns;	      /* the evidence counts from here */
	struct counts since;  /* what stood there then */
	struct counts last;   /* and at the last round */
	__u32 level;	      /* of the last ban, less the quiet days; 0: none */
	__u64 quiet_since_ns; /* the end of the last ban, or the last step down */
};

struct score {
	size_t sources_max;
	size_t sources;
	size_t mask;
	struct score_source **bucket;
	struct score_source *source; /* sources_max of them */
	struct score_source *oldest;
	struct score_source *newest;
};

struct score *score_new(size_t sources_max)
{
	struct score *score = calloc(1, sizeof(*score));
	size_t buckets = 1;

	if (!score)
		return NULL;
	while (buckets < sources_max)
		buckets *= 2;
	score->sources_max = sources_max ? sources_max : 1;
	score->mask = buckets - 1;
	score->bucket = calloc(buckets, sizeof(struct score_source *));
	score->source = calloc(score->sources_max, sizeof(*score->source));
	if (!score->bucket || !score->source) {
		score_free(score);
		return NULL;
	}
	return score;
}

void score_free(struct score *score)
{
	if (!score)
		return;
	free(score->bucket);
	free(score->source);
	free(score);
}

/* Only proven sources come here, so that nobody can choose many keys of one bucket for nothing. */
static struct score_source **score_bucket(struct score *score, const struct addr *key)
{
	__u64 half[2];

	memcpy(half, key, sizeof(half));
	half[0] = (half[0] ^ half[1] * 0x9e3779b97f4a7c15ULL) * 0xff51afd7ed558ccdULL;
	return &score->bucket[(half[0] ^ half[0] >> 32) & score->mask];
}

static void score_unlink(struct score *score, struct score_source *source)
{
	*(source->older ? &source->older->newer : &score->oldest) = source->newer;
	*(source->newer ? &source->newer->older : &score->newest) = source->older;
}

static void score_link_newest(struct score *score, struct score_source *source)
{
	source->older = score->newest;
	source->newer = NULL;
	*(score->newest ? &score->newest->newer : &score->oldest) = source;
	score->newest = source;
}

/* A free place: a new one, or that of the source that was not judged for the longest time. */
static struct score_source *score_take_place(struct score *score)
{
	struct score_source *place = score->oldest;
	struct score_source **link;

	if (score->sources < score->sources_max)
		return &score->source[score->sources++];
	score_unlink(score, place);
	for (link = score_bucket(score, &place->key); *link != place; link = &(*link)->chain)
		;
	*link = place->chain;
	return place;
}

/* The packet path may have seen a suspect a little after the round began. */
static __u64 age_ns(__u64 now_ns, __u64 then_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}

static struct counts counts_of(const struct suspect *suspect)
{
	return (struct counts){
		.exceeded = suspect->exceeded,
		.structural = suspect->structural,
		.suspicion = suspect->suspicion,
	};
}

/* Forgets what was seen up to some counts. */
static void evidence_restart(struct score_source *source, struct counts counts, __u64 now_ns)
{
	source->since_ns = now_ns;
	source->since = counts;
}

/*
 * What a suspect did before it was proven may have been done by others in its name, and what it
 * did long ago is forgotten. If none of its record is of that kind all of it counts.
 */
static void score_begin(struct score_source *source, const struct suspect *suspect,
			const struct standing *standing, __u64 now_ns)
{
	if (suspect->first_ns >= standing->since_ns &&
	    age_ns(now_ns, suspect->first_ns) < EVIDENCE_NS)
		source->since_ns = suspect->first_ns;
	else
		evidence_restart(source, counts_of(suspect), now_ns);
}

static struct score_source *score_source_of(struct score *score, const struct addr *key,
					    const struct suspect *suspect,
					    const struct standing *standing, __u64 now_ns)
{
	struct score_source **bucket = score_bucket(score, key);
	struct score_source *source;

	for (source = *bucket; source; source = source->chain) {
		if (!memcmp(&source->key, key, sizeof(*key))) {
			score_unlink(score, source);
			score_link_newest(score, source);
			return source;
		}
	}
	source = score_take_place(score);
	memset(source, 0, sizeof(*source));
	source->key = *key;
	source->first_ns = suspect->first_ns;
	source->chain = *bucket;
	*bucket = source;
	score_link_newest(score, source);
	score_begin(source, suspect, standing, now_ns);
	return source;
}

/* One step down the ladder for each day without a ban. */
static void score_decay(struct score_source *source, __u64 now_ns)
{
	__u64 days;

	if (!source->level || now_ns < source->quiet_since_ns)
		return;
	days = (now_ns - source->quiet_since_ns) / DAY_NS;
	source->level -= days < source->level ? (__u32)days : source->level;
	source->quiet_since_ns += days * DAY_NS;
}

/*
 * Evidence of an hour is forgotten, but not what this round found. A suspect that the kernel forgot
 * and met again counts anew.
 */
static void evidence_update(struct score_source *source, const struct suspect *suspect,
			    __u64 now_ns)
{
	struct counts none = { 0 };

	if (suspect->first_ns != source->first_ns) {
		source->first_ns = suspect->first_ns;
		evidence_restart(source, none, suspect->first_ns);
		source->last = none;
	}
	if (age_ns(now_ns, source->since_ns) >= EVIDENCE_NS)
		evidence_restart(source, source->last, now_ns);
	source->last = counts_of(suspect);
}

static void score_ban(struct score_source *source, __u64 now_ns, struct score_decision *out)
{
	if (source->level < LADDER_TOP)
		source->level++;
	out->ban = true;
	out->level = source->level;
	out->ttl_seconds = ladder_seconds[source->level - 1];
	source->quiet_since_ns = now_ns + out->ttl_seconds * SECOND_NS;
}

bool score_heeds(const struct suspect *suspect)
{
	return suspect->suspicion >= SUSPICION_MAX || suspect->exceeded >= EXCEEDED_MAX;
}

/*
 * A source in good standing is not banned: whoever knows its address can send in its name, and
 * what is wrong with a packet of its is dropped packet by packet anyway.
 */
static bool score_may_ban(const struct standing *standing, __u64 now_ns)
{
	return standing && standing_proven(standing, now_ns) &&
	       standing_state_of(standing, now_ns) == STANDING_PROVEN;
}

void score_judge(struct score *score, const struct addr *key, const struct suspect *suspect,
		 const struct standing *standing, __u64 now_ns, struct score_decision *out)
{
	struct score_decision decision = { .ban = false };
	struct score_source *source;
	__u32 suspicion, exceeded;

	*out = decision;
	if (!score_may_ban(standing, now_ns))
		return;
	source = score_source_of(score, key, suspect, standing, now_ns);
	score_decay(source, now_ns);
	evidence_update(source, suspect, now_ns);
	suspicion = suspect->suspicion - source->since.suspicion;
	exceeded = (__u32)(suspect->exceeded - source->since.exceeded);
	if (now_ns < source->quiet_since_ns)
		return; /* the last ban is not over */
	if (suspicion >= SUSPICION_MAX)
		snprintf(decision.sentence, sizeof(decision.sentence),
			 "%u requests hit by checks or signatures (%s)",
			 suspect->structural - source->since.structural,
			 reason_name(suspect->check));
	else if (exceeded >= EXCEEDED_MAX)
		snprintf(decision.sentence, sizeof(decision.sentence),
			 "%u requests over its limits", exceeded);
	else
		return;
	score_ban(source, now_ns, &decision);
	evidence_restart(source, source->last, now_ns);
	*out = decision;
}
