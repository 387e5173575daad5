/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user/replay.h"

#include <bpf/bpf.h>
#include <errno.h>
#include <linux/bpf.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/earned.h"
#include "user/loader.h"
#include "user/nic.h"
#include "user/plan.h"
#include "user/lanes.h"
#include "user/round.h"

#define SECOND_NS 1000000000ULL

/* Far from 0, where cells that were never used stand; the same in every replay. */
#define TIME_BASE_NS (86400 * SECOND_NS)
#define TIME_MAX_NS (1ULL << 62) /* 146 years: a frame that is later has a broken time */

/*
 * The kernel takes what fits a page with its headroom; the programs read less than this of any
 * frame, so that longer ones (jumbo frames, offloads) are given without their end.
 */
#define GIVEN_MAX 3072

struct replay {
	const struct local *local;
	struct shield *shield;
	struct store *store; /* the shield's */
	struct round *round;
	struct health_state health;
	struct replay_totals totals;
	struct addr_table sources; /* struct replay_source */
	struct transition *transition;
	size_t transitions;
	size_t transitions_room;
	struct signature_names signatures; /* of the policy */
	int told_error;			   /* of the last round's bookkeeping */
	bool new_capture;		   /* the next frame is the first of its file */
	__u64 capture_ns;		   /* time of the last frame as its file says it */
	__u64 now_ns;			   /* the clock of the maps, from TIME_BASE_NS on */
	__u64 round_ns;			   /* when the next round is due */
	__u8 given[GIVEN_MAX];		   /* an Ethernet frame */
};

/* Per-CPU maps are the same in every run if all frames are judged on one CPU. */
static int bind_cpu(void)
{
	cpu_set_t allowed, one;
	int cpu = 0;

	if (sched_getaffinity(0, sizeof(allowed), &allowed))
		return -errno;
	while (cpu < CPU_SETSIZE - 1 && !CPU_ISSET(cpu, &allowed))
		cpu++;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	return sched_setaffinity(0, sizeof(one), &one) ? -errno : 0;
}

/* The host's own addresses are never banned, nor is what no host may ban. */
static int never_ban_list(const struct local *local, struct policy_prefix_list *out)
{
	struct policy_prefix_list list = { 0 };
	struct policy_prefix *item;
	int err = nic_never_ban(NULL, &list);

	if (err)
		return err;
	item = reallocarray(list.item, list.count + local->list.count + 1, sizeof(*item));
	if (!item) {
		free(list.item);
		return -ENOMEM;
	}
	if (local->list.count)
		memcpy(item + list.count, local->list.item, local->list.count * sizeof(*item));
	out->item = item;
	out->count = list.count + local->list.count;
	return 0;
}

static int apply_policy(struct replay *replay, const struct policy_doc *doc)
{
	struct policy_prefix_list never_ban;
	struct plan plan;
	int err = never_ban_list(replay->local, &never_ban);

	if (err)
		return err;
	err = plan_build(doc, &never_ban, &plan, stderr);
	free(never_ban.item);
	if (err)
		return err;
	err = store_apply(replay->store, &plan, NULL);
	plan_free(&plan);
	return err;
}

static int replay_begin(struct replay *replay, const struct policy_doc *doc)
{
	int err = bind_cpu();

	if (err)
		return err;
	health_init(&replay->health);
	err = shield_load_private(&replay->shield);
	if (err)
		return err;
	replay->store = shield_store(replay->shield);
	replay->round = round_new(replay->store, SIZE_MAX, 0, 1);
	if (!replay->round)
		return -ENOMEM;
	err = apply_policy(replay, doc);
	return err ? err : store_signature_names(replay->store, &replay->signatures);
}

int replay_new(const struct policy_doc *doc, const struct local *local, struct replay **out)
{
	struct replay *replay = calloc(1, sizeof(*replay));
	int err;

	if (!replay)
		return -ENOMEM;
	replay->local = local;
	replay->sources.entry_size = sizeof(struct replay_source);
	replay->new_capture = true;
	err = replay_begin(replay, doc);
	if (err) {
		replay_free(replay);
		return err;
	}
	*out = replay;
	return 0;
}

void replay_free(struct replay *replay)
{
	if (!replay)
		return;
	round_free(replay->round);
	shield_free(replay->shield);
	addr_table_free(&replay->sources);
	free(replay->transition);
	free(replay);
}

void replay_next_capture(struct replay *replay)
{
	replay->new_capture = true;
}

/*
 * The clock of the maps at a frame. It never goes back: frames that changed places by less than a
 * second are taken for as old as the one before; a greater step means that the clock was set.
 */
static void advance_clock(struct replay *replay, __u64 capture_ns)
{
	struct replay_totals *totals = &replay->totals;
	__u64 back = replay->capture_ns > capture_ns ? replay->capture_ns - capture_ns : 0;

	if (totals->frames == 1) {
		replay->now_ns = TIME_BASE_NS;
		replay->round_ns = TIME_BASE_NS + ROUND_NS;
	} else if (back && !replay->new_capture) {
		if (back < SECOND_NS) {
			totals->late++;
			return;
		}
		totals->steps++;
	} else if (!back && capture_ns - replay->capture_ns < TIME_MAX_NS - replay->now_ns) {
		replay->now_ns += capture_ns - replay->capture_ns;
	}
	replay->capture_ns = capture_ns;
	replay->new_capture = false;
}

static void note_transition(const struct transition *t, void *arg)
{
	struct replay *replay = arg;

	if (replay->transitions == replay->transitions_room) {
		size_t room = replay->transitions_room ? 2 * replay->transitions_room : 16;
		struct transition *all = reallocarray(replay->transition, room, sizeof(*all));

		if (!all) {
			replay->told_error = -ENOMEM;
			return;
		}
		replay->transition = all;
		replay->transitions_room = room;
	}
	replay->transition[replay->transitions] = *t;
	replay->transition[replay->transitions++].time_ns -= TIME_BASE_NS;
}

static int run_round(struct replay *replay)
{
	struct health_report report;
	int bans = round_run(replay->round, replay->round_ns, note_transition, replay);
	int err = lanes_round(replay->store, &replay->health, replay->round_ns, &report);

	if (err)
		return err;
	return bans < 0 ? bans : replay->told_error;
}

/*
 * The rounds that were due before now. Between two frames only the first of them can find
 * anything new, and only the last can find more expired than it: the others are left out.
 */
static int run_rounds(struct replay *replay)
{
	__u64 gap = replay->now_ns - replay->round_ns;
	int err;

	if (replay->now_ns < replay->round_ns)
		return 0;
	err = run_round(replay);
	if (!err && gap >= ROUND_NS) {
		replay->round_ns += gap / ROUND_NS * ROUND_NS;
		err = run_round(replay);
	}
	replay->round_ns += ROUND_NS;
	return err;
}

static enum replay_dir direction(const struct replay *replay, const struct frame_info *frame)
{
	if (!frame->ip)
		return REPLAY_OTHER;
	if (local_has(replay->local, &frame->dst))
		return REPLAY_IN;
	return local_has(replay->local, &frame->src) ? REPLAY_OUT : REPLAY_OTHER;
}

/* The signature that dropped, or the one that would have. */
static const char *signature_of(const struct replay *replay, const struct verdict_record *record)
{
	const char *name = signature_name(&replay->signatures, record->reason, record->signature);

	return name ? name : signature_name(&replay->signatures, record->shadow, record->signature);
}

static int run_program(struct replay *replay, size_t len, struct replay_verdict *out)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = replay->given, .data_size_in = (__u32)len,
		    .repeat = 1);
	bool in = out->dir == REPLAY_IN;
	int fd = in ? shield_ingress_fd(replay->shield) : shield_egress_fd(replay->shield);
	int err = store_set_replay_clock(replay->store, replay->now_ns);

	if (!err)
		err = bpf_prog_test_run_opts(fd, &opts);
	if (!err)
		err = store_last(replay->store, &out->record);
	if (err)
		return err;
	out->dropped = in && opts.retval != XDP_PASS;
	out->signature = signature_of(replay, &out->record);
	return 0;
}

static int count_source(struct replay *replay, const struct replay_verdict *verdict)
{
	struct replay_source *source = addr_table_add(&replay->sources, &verdict->frame.src);

	if (!source)
		return -ENOMEM;
	source->frames++;
	source->dropped += verdict->dropped;
	if (verdict->dropped && !source->first_drop)
		source->first_drop = source->frames;
	return 0;
}

static int count_verdict(struct replay *replay, const struct replay_verdict *verdict)
{
	struct replay_totals *totals = &replay->totals;

	totals->time_ns = verdict->time_ns;
	totals->by_dir[verdict->dir]++;
	totals->truncated += verdict->truncated;
	if (verdict->dir == REPLAY_OTHER)
		return 0;
	*(verdict->dropped ? &totals->dropped : &totals->passed) += 1;
	totals->by_reason[verdict->record.reason]++;
	if (verdict->record.shadow && !verdict->dropped)
		totals->shadowed[verdict->record.shadow]++;
	return verdict->dir == REPLAY_IN ? count_source(replay, verdict) : 0;
}

int replay_frame(struct replay *replay, const struct capture_frame *frame,
		 struct replay_verdict *out)
{
	struct replay_verdict verdict = { .number = ++replay->totals.frames };
	size_t len = capture_ethernet(frame, replay->given, sizeof(replay->given));
	int err;

	advance_clock(replay, frame->time_ns);
	err = run_rounds(replay);
	if (err)
		return err;
	verdict.time_ns = replay->now_ns - TIME_BASE_NS;
	verdict.truncated = frame->len < frame->wire_len;
	frame_parse(replay->given, len, &verdict.frame);
	verdict.dir = verdict.truncated ? REPLAY_OTHER : direction(replay, &verdict.frame);
	if (verdict.dir != REPLAY_OTHER)
		err = run_program(replay, len, &verdict);
	if (!err)
		err = count_verdict(replay, &verdict);
	if (!err)
		*out = verdict;
	return err;
}

int replay_end(struct replay *replay)
{
	return replay->totals.frames ? run_round(replay) : 0;
}

const struct replay_totals *replay_totals(const struct replay *replay)
{
	return &replay->totals;
}

size_t replay_sources(const struct replay *replay)
{
	return replay->sources.count;
}

const struct replay_source *replay_source(const struct replay *replay, size_t index)
{
	return addr_table_at(&replay->sources, index);
}

size_t replay_transitions(const struct replay *replay)
{
	return replay->transitions;
}

const struct transition *replay_transition(const struct replay *replay, size_t index)
{
	return &replay->transition[index];
}

enum standing_state replay_standing(const struct replay *replay, const struct addr *source)
{
	struct prefix_rule rule;
	struct standing standing;
	struct addr key;

	if (!store_prefix(replay->store, source, &rule)) {
		if (rule.kind == PREFIX_ALLOW)
			return STANDING_ALLOWED;
		if (rule.kind == PREFIX_CARRIER)
			return STANDING_CARRIER;
	}
	if (store_key(replay->store, source, &key) ||
	    store_standing_get(replay->store, &key, &standing))
		return STANDING_UNKNOWN;
	return standing_state_of(&standing, replay->now_ns);
}

__u32 replay_suspicion(const struct replay *replay, const struct addr *source)
{
	struct suspect suspect;
	struct addr key;

	if (store_key(replay->store, source, &key) ||
	    store_suspect_get(replay->store, &key, &suspect))
		return 0;
	return suspect.suspicion;
}

bool replay_banned(const struct replay *replay, const struct addr *source)
{
	struct addr key;

	if (!replay->transitions || store_key(replay->store, source, &key))
		return false;
	for (size_t i = 0; i < replay->transitions; i++) {
		const struct transition *t = &replay->transition[i];

		if (step_is_ban(t->to) && !t->error && !memcmp(&t->key, &key, sizeof(key)))
			return true;
	}
	return false;
}
