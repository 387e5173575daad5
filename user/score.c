// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/score.h"

#include <stdlib.h>
#include <string.h>

#include "bpf/earned.h"
#include "user/score_memory.h"

#define SECOND_NS 1000000000ULL
#define HOUR_NS (3600 * SECOND_NS)
#define DAY_NS (24 * HOUR_NS)

/* A suspect's record is summed up for this long; what was seen before is forgotten. */
#define EVIDENCE_NS HOUR_NS
/* So often is the time of a source that stays tight put off. */
#define RENEW_NS HOUR_NS
/* So often is a source looked at that something may end for any time. */
#define LOOK_NS (5 * SECOND_NS)

struct score {
	struct score_memory memory;
};

struct score *score_new(size_t sources_max)
{
	struct score *score = calloc(1, sizeof(*score));

	if (score && score_memory_init(&score->memory, sources_max)) {
		score_free(score);
		return NULL;
	}
	return score;
}

void score_free(struct score *score)
{
	if (!score)
		return;
	score_memory_free(&score->memory);
	free(score);
}

/* What one call of score_judge() is about. */
struct judgement {
	struct score_source *source;
	const struct score_facts *facts;
	enum standing_state state;
	__u64 now_ns;
	enum step step; /* what the evidence is worth */
	enum rule rule;
	enum bound bound; /* why that is no ban, if the evidence is worth one */
	struct evidence evidence;
	bool fresh; /* something speaks against it that did not at the last round */
};

/* The packet path may have seen a source a little after the round began. */
static __u64 age_ns(__u64 now_ns, __u64 then_ns)
{
	return now_ns > then_ns ? now_ns - then_ns : 0;
}

bool score_heeds(const struct suspect *suspect)
{
	return evidence_step(suspect->suspicion, rule_info(RULE_SUSPICION)->limit) ||
	       suspect->exceeded * 3 >= rule_info(RULE_EXCEEDED)->limit;
}

/* What was seen up to now counts no more. */
static void evidence_restart(struct judgement *j)
{
	struct score_source *source = j->source;

	source->since_ns = j->now_ns;
	source->hits_since_ns = j->now_ns;
	if (j->facts->suspect)
		source->base.suspect = source->last = evidence_counts(j->facts->suspect);
	if (!j->facts->standing)
		return;
	source->base.conduct = j->facts->standing->conduct;
	source->last_hits = source->base.conduct.hits;
	source->last_weight = source->base.conduct.suspicion;
}

/*
 * What a suspect did before it was proven may have been done by others in its name, and what it
 * did long ago is forgotten. If none of its record is of that kind all of it counts.
 */
static void suspect_begin(struct judgement *j)
{
	const struct suspect *suspect = j->facts->suspect;
	struct score_source *source = j->source;

	source->suspect_ns = suspect->first_ns;
	source->last = evidence_counts(suspect);
	source->since_ns = suspect->first_ns;
	memset(&source->base.suspect, 0, sizeof(source->base.suspect));
	if (suspect->first_ns < j->facts->standing->since_ns ||
	    age_ns(j->now_ns, suspect->first_ns) >= EVIDENCE_NS) {
		source->since_ns = j->now_ns;
		source->base.suspect = source->last;
	}
}

/* A ban that an agent before this one made, or that was lifted before this one began. */
static void take_over_ban(struct judgement *j)
{
	const struct ban *ban = j->facts->ban;

	evidence_restart(j);
	if (j->facts->suspect)
		j->source->suspect_ns = j->facts->suspect->first_ns;
	if (!ban->level || ban->level > STEP_TOP - STEP_BAN_1 + 1)
		return;
	/* One that was lifted is no step. */
	j->source->level = ban->level - (ban->grace_until_ns != 0);
	j->source->step = ban->expires_ns > j->now_ns ? STEP_BAN_1 + ban->level - 1 : STEP_WATCH;
	j->source->ends_ns = ban->expires_ns;
	j->source->quiet_since_ns = j->now_ns;
}

/* Evidence of an hour is forgotten, but not what this round found. */
static void suspect_update(struct judgement *j)
{
	const struct suspect *suspect = j->facts->suspect;
	struct score_source *source = j->source;

	if (!source->suspect_ns) {
		suspect_begin(j);
	} else if (suspect->first_ns != source->suspect_ns) {
		/* The kernel forgot it, and met it again. */
		source->suspect_ns = suspect->first_ns;
		source->since_ns = suspect->first_ns;
		memset(&source->base.suspect, 0, sizeof(source->base.suspect));
	} else if (age_ns(j->now_ns, source->since_ns) >= EVIDENCE_NS) {
		source->since_ns = j->now_ns;
		source->base.suspect = source->last;
	}
	source->last = evidence_counts(suspect);
}

/* The same for what hit in its own messages; the kernel sums that up for a day and more. */
static void hits_update(struct judgement *j)
{
	const struct conduct *conduct = &j->facts->standing->conduct;
	struct score_source *source = j->source;

	if (!source->hits_since_ns) {
		bool old = age_ns(j->now_ns, conduct->since_ns) >= EVIDENCE_NS;

		source->hits_since_ns = conduct->since_ns;
		source->last_hits = old ? conduct->hits : 0;
		source->last_weight = old ? conduct->suspicion : 0;
	}
	if (age_ns(j->now_ns, source->hits_since_ns) >= EVIDENCE_NS) {
		source->hits_since_ns = j->now_ns;
		source->base.conduct.hits = source->last_hits;
		source->base.conduct.suspicion = source->last_weight;
	}
	source->last_hits = conduct->hits;
	source->last_weight = conduct->suspicion;
}

static __u64 latest(const struct score_facts *facts)
{
	__u64 suspect_ns = facts->suspect ? facts->suspect->last_ns : 0;
	__u64 conduct_ns = facts->standing ? facts->standing->conduct.last_ns : 0;

	return suspect_ns > conduct_ns ? suspect_ns : conduct_ns;
}

/* Why a source is banned neither on this evidence nor on any other for now. */
static enum bound bound_of(const struct judgement *j)
{
	const struct ban *ban = j->facts->ban;

	if (j->facts->protected)
		return BOUND_PROTECTED;
	if (rule_info(j->rule)->proven < STEP_BAN_1)
		return BOUND_RULE;
	if (j->state == STANDING_TRUSTED)
		return BOUND_TRUSTED;
	if (ban && ban->grace_until_ns > j->now_ns)
		return BOUND_GRACE;
	return j->facts->frozen ? BOUND_FROZEN : BOUND_NONE;
}

/* What the evidence is worth. Of strangers there is none: whatever it is, others may have sent it. */
static void weigh(struct judgement *j)
{
	const struct score_facts *facts = j->facts;
	const struct standing *standing = facts->standing;
	struct evidence of[RULE_EVIDENCE_END];
	struct score_source *source = j->source;
	__u64 seen_ns = latest(facts);

	if (j->state == STANDING_UNKNOWN)
		return;
	if (facts->suspect)
		suspect_update(j);
	hits_update(j);
	evidence_age(&source->base, &standing->conduct);
	evidence_count(facts->suspect, &standing->conduct, &source->base,
		       standing->held_until_ns > j->now_ns, of);
	j->step = evidence_weigh(of, j->state == STANDING_TRUSTED, &j->rule, &j->evidence);
	j->fresh = seen_ns > source->seen_ns;
	source->seen_ns = seen_ns;
	if (!j->step)
		return;
	if (j->evidence.count >= j->evidence.limit)
		j->bound = bound_of(j);
	if (facts->protected)
		j->step = STEP_WATCH;
	else if (j->bound && j->step > STEP_TIGHT)
		j->step = STEP_TIGHT;
}

static bool decide(struct judgement *j, enum step to, enum rule rule, struct transition *out)
{
	struct transition t = {
		.time_ns = j->now_ns,
		.key = j->source->key,
		.prefix = 128,
		.from = j->source->step,
		.to = to,
		.rule = rule,
		.ttl_seconds = step_seconds(to),
	};

	if (rule == j->rule) {
		t.evidence = j->evidence;
		t.bound = j->bound;
	}
	transition_say(&t);
	j->source->step = to;
	if (to == STEP_TIGHT)
		j->source->tight_ns = j->now_ns;
	*out = t;
	return true;
}

/* A ban is over, or was lifted by hand: then it does not count for the next one. */
static bool end_ban(struct judgement *j, struct transition *out)
{
	const struct ban *ban = j->facts->ban;
	struct score_source *source = j->source;
	bool lifted = j->now_ns < source->ends_ns || (ban && ban->grace_until_ns > j->now_ns);

	if (ban && ban->expires_ns > j->now_ns) {
		source->ends_ns = ban->expires_ns;
		return false;
	}
	source->quiet_since_ns = lifted ? j->now_ns : source->ends_ns;
	if (lifted) {
		source->level--;
		evidence_restart(j);
	}
	return decide(j, STEP_WATCH, lifted ? RULE_LIFTED : RULE_OVER, out);
}

/* One step down for each quiet day; what is left of the ladder is remembered by watching. */
static bool step_down(struct judgement *j, struct transition *out)
{
	struct score_source *source = j->source;
	__u64 days = age_ns(j->now_ns, source->quiet_since_ns) / DAY_NS;
	enum step step = source->step;

	source->quiet_since_ns += days * DAY_NS;
	for (; days && step; days--) {
		if (source->level && step == STEP_WATCH)
			source->level--;
		if (step == STEP_TIGHT)
			step = STEP_WATCH;
		else if (!source->level)
			step = STEP_NONE;
	}
	return step != source->step && decide(j, step, RULE_QUIET, out);
}

static bool step_up(struct judgement *j, struct transition *out)
{
	struct score_source *source = j->source;
	enum step to = j->step;

	if (to == STEP_BAN_1) {
		if (source->level < STEP_TOP - STEP_BAN_1 + 1)
			source->level++;
		to = STEP_BAN_1 + source->level - 1;
		source->ends_ns = j->now_ns + step_seconds(to) * SECOND_NS;
	}
	source->rule = j->rule;
	source->quiet_since_ns = j->now_ns;
	decide(j, to, j->rule, out);
	if (step_is_ban(to))
		evidence_restart(j);
	return true;
}

/* Has it been granted something since, so that what it is watched for has gone? */
static bool cleared(const struct judgement *j)
{
	return rule_info(j->source->rule)->outcome && j->state != STANDING_UNKNOWN &&
	       j->facts->standing->conduct.accepted > j->source->accepted;
}

static bool step_by_evidence(struct judgement *j, struct transition *out)
{
	struct score_source *source = j->source;
	enum step least = source->level && !j->step ? STEP_WATCH : j->step;
	bool waited = source->waits;

	source->waits = j->bound == BOUND_GRACE || j->bound == BOUND_FROZEN;
	if (j->step > source->step)
		return (j->fresh || waited) && step_up(j, out);
	if (least < source->step && cleared(j))
		return decide(j, least, RULE_CLEARED, out);
	if (!j->step || j->step < source->step || !j->fresh)
		return false;
	source->quiet_since_ns = j->now_ns;
	return source->step == STEP_TIGHT && age_ns(j->now_ns, source->tight_ns) >= RENEW_NS &&
	       decide(j, STEP_TIGHT, j->rule, out);
}

static bool judge(struct judgement *j, struct transition *out)
{
	struct score_source *source = j->source;
	const struct ban *ban = j->facts->ban;

	if (step_is_ban(source->step))
		return end_ban(j, out);
	if (ban && ban->expires_ns > j->now_ns)
		return false; /* by hand */
	if (source->step && step_down(j, out))
		return true;
	weigh(j);
	return step_by_evidence(j, out);
}

/* When time alone will change something. */
static __u64 due_ns(const struct judgement *j)
{
	const struct score_source *source = j->source;
	__u64 due = source->step ? source->quiet_since_ns + DAY_NS : 0;

	if (j->bound == BOUND_FROZEN)
		return j->now_ns + SECOND_NS;
	if (step_is_ban(source->step))
		due = source->ends_ns;
	else if (j->bound == BOUND_GRACE)
		due = j->facts->ban->grace_until_ns;
	/* A ban may be lifted by hand, and what it is watched for be cleared, at any time. */
	if (due && (step_is_ban(source->step) || rule_info(source->rule)->outcome) &&
	    due > j->now_ns + LOOK_NS)
		due = j->now_ns + LOOK_NS;
	return due;
}

/* Is there anything against a source that is not remembered yet? */
static bool worth_remembering(const struct judgement *j)
{
	const struct score_facts *facts = j->facts;
	const struct standing *standing = facts->standing;
	struct evidence of[RULE_EVIDENCE_END], evidence;
	struct evidence_base none = { 0 };
	enum rule rule;

	if (j->state == STANDING_UNKNOWN)
		return false;
	if ((facts->ban && facts->ban->level) || (facts->suspect && score_heeds(facts->suspect)))
		return true;
	evidence_count(NULL, &standing->conduct, &none, false, of);
	return evidence_weigh(of, j->state == STANDING_TRUSTED, &rule, &evidence);
}

bool score_judge(struct score *score, const struct addr *key, const struct score_facts *facts,
		 __u64 now_ns, struct transition *out)
{
	const struct standing *standing = facts->standing;
	struct judgement j = {
		.source = score_memory_find(&score->memory, key),
		.facts = facts,
		.state = standing ? standing_state_of(standing, now_ns) : STANDING_UNKNOWN,
		.now_ns = now_ns,
	};
	bool decided;

	if (!j.source) {
		if (!worth_remembering(&j))
			return false;
		j.source = score_memory_add(&score->memory, key);
		if (facts->ban)
			take_over_ban(&j);
	}
	decided = judge(&j, out);
	if (standing)
		j.source->accepted = standing->conduct.accepted;
	j.source->due_ns = due_ns(&j);
	return decided;
}

void score_refused(struct score *score, const struct transition *decision)
{
	struct score_source *source = score_memory_find(&score->memory, &decision->key);

	if (!source)
		return;
	if (step_is_ban(decision->to) && source->level)
		source->level--;
	source->step = decision->from;
	source->due_ns = source->step ? source->quiet_since_ns + DAY_NS : 0;
}

void score_each_due(const struct score *score, __u64 now_ns,
		    void (*fn)(const struct addr *key, void *arg), void *arg)
{
	for (size_t i = 0; i < score->memory.sources; i++) {
		const struct score_source *source = &score->memory.source[i];

		if (source->due_ns && source->due_ns <= now_ns)
			fn(&source->key, arg);
	}
}
