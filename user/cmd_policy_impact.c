// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "user/cmd.h"
#include "user/cmd_captures.h"
#include "user/duration.h"
#include "user/impact_report.h"
#include "user/json.h"
#include "user/loader.h"
#include "user/names.h"
#include "user/store.h"

#define SINCE_DEFAULT "24h"
#define NANOSECONDS 1e9

static const char *option_since;
static const char *option_local;
static const char *option_state_dir;

static const struct cmd_option options[] = {
	{ "since", "TIME", "how far back to look into the events; default " SINCE_DEFAULT,
	  &option_since, NULL },
	{ "local", CAPTURES_LOCAL_ARG, "of captures: " CAPTURES_LOCAL_WHAT, &option_local, NULL },
	{ "state-dir", "DIR", "of the events; default: the agent's", &option_state_dir, NULL },
};

static const struct cmd_use use = {
	.name = "policy impact",
	.args = "[FILE [CAPTURE...]]",
	.what = "Says who would lose packets that pass now if a policy were enforced, the sources\n"
		"that are known first. Nothing is changed. FILE is taken with `mode: enforce',\n"
		"whatever it says; without one it is " POLICY_PATH ", or the policy\n"
		"in force if there is no such file.\n\n"
		"Without captures it looks at the events of the last day, which the agent keeps:\n"
		"what rules in shadow would have dropped, also under `mode: shadow'. They are\n"
		"samples; how many packets each rule hit in all stands beside them.\n\n"
		"With captures (pcap or pcapng, see `replay') both policies judge every packet of\n"
		"them in the real programs: the one in force (if nothing is protected yet, all\n"
		"passes) and FILE. No interface is touched. It needs root.\n\n"
		"Exit status: 0 told, whatever it is; 2 the policy or a capture is not valid.",
	.option = options,
	.options = sizeof(options) / sizeof(options[0]),
	.args_max = -1,
};

/* All that one call works on. */
struct job {
	const struct cmd_common *common;
	struct store *store; /* NULL: nothing is protected */
	char dev[IF_NAMESIZE];
	struct policy_doc old;
	struct policy_doc new;
	struct impact impact;
	struct impact_basis basis;
	char old_name[80];
	struct captures captures;
	struct replay *replay;
	__u8 *dropped; /* a bit for each frame that the old policy drops */
	__u64 frames;  /* for which there is room in it */
};

static void job_free(struct job *job)
{
	replay_free(job->replay);
	captures_free(&job->captures);
	free(job->dropped);
	impact_free(&job->impact);
	policy_free(&job->old);
	policy_free(&job->new);
	store_close(job->store);
}

static int no_memory(void)
{
	return cmd_fail(EXIT_FAILED, "no memory for the sources; fix: free some, or take less of "
				     "the time or of the captures");
}

/* --- the two policies ---------------------------------------------------------------------------*/

static int read_in_force(struct job *job, struct policy_doc *out)
{
	struct plan plan;
	int err = store_plan(job->store, &plan);

	if (err)
		return err;
	snprintf(job->old_name, sizeof(job->old_name),
		 "the policy in force on %s (generation %u, mode %s)", job->dev,
		 plan.policy.generation, action_name(plan.policy.mode));
	err = plan_restore(&plan, out);
	plan_free(&plan);
	return err;
}

static int read_old(struct job *job)
{
	int err = 0;

	if (job->store) {
		err = read_in_force(job, &job->old);
	} else {
		policy_defaults(&job->old);
		job->old.mode = ACTION_OFF;
		snprintf(job->old_name, sizeof(job->old_name), "no protection");
	}
	job->basis.old = job->old_name;
	return err ? cmd_fail(EXIT_FAILED, "cannot read the policy of %s: %s", job->dev,
			      strerror(-err))
		   : EXIT_DONE;
}

/* file NULL: the usual one, or if there is none what is in force. */
static int read_new(struct job *job, const char *file)
{
	int err;

	if (!file && job->store && access(POLICY_PATH, F_OK)) {
		job->basis.file = "the policy in force";
		err = read_in_force(job, &job->new);
		if (err)
			return cmd_fail(EXIT_FAILED, "cannot read the policy of %s: %s", job->dev,
					strerror(-err));
	} else {
		job->basis.file = file ? file : POLICY_PATH;
		err = policy_load(job->basis.file, &job->new, stderr);
		if (err)
			return err == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
	}
	job->new.mode = ACTION_ENFORCE;
	return EXIT_DONE;
}

static int read_policies(struct job *job, const char *file)
{
	int status = read_new(job, file);

	if (!status)
		status = read_old(job);
	if (!status && impact_begin(&job->old, &job->new, &job->impact))
		status = no_memory();
	return status;
}

/* --- captures -----------------------------------------------------------------------------------*/

static int mark_before(const struct replay_verdict *verdict, void *arg)
{
	struct job *job = arg;

	if (verdict->number >= job->frames) {
		__u64 frames = job->frames ? 2 * job->frames : 1 << 16;
		__u8 *bigger = realloc(job->dropped, frames / 8);

		if (!bigger)
			return no_memory();
		memset(bigger + job->frames / 8, 0, (frames - job->frames) / 8);
		job->dropped = bigger;
		job->frames = frames;
	}
	if (verdict->dropped)
		job->dropped[verdict->number / 8] |= (__u8)(1 << verdict->number % 8);
	return EXIT_DONE;
}

static int compare_after(const struct replay_verdict *verdict, void *arg)
{
	struct job *job = arg;
	__u64 n = verdict->number;
	const struct impact_packet packet = {
		.t = (double)verdict->time_ns / NANOSECONDS,
		.src = verdict->frame.src,
		.standing = verdict->record.standing,
		.reason = verdict->record.reason,
		.before = n < job->frames && job->dropped[n / 8] >> n % 8 & 1,
		.after = verdict->dropped,
	};

	if (verdict->dir != REPLAY_IN)
		return EXIT_DONE;
	return impact_add(&job->impact, &packet) ? no_memory() : EXIT_DONE;
}

static int replay_with(struct job *job, const struct policy_doc *doc, captures_fn *fn)
{
	int err = replay_new(doc, &job->captures.local, &job->replay);

	if (err)
		return cmd_fail(EXIT_FAILED, "the programs could not be loaded: %s%s",
				strerror(-err), err == -EPERM ? "; fix: run it as root" : "");
	return captures_replay(&job->captures, job->replay, fn, job);
}

/* What each source has come to in the end. */
static void note_ends(struct job *job)
{
	for (size_t i = 0; i < job->impact.sources.count; i++) {
		struct impact_source *source = addr_table_at(&job->impact.sources, i);
		enum standing_state end = replay_standing(job->replay, &source->latest);

		source->banned = replay_banned(job->replay, &source->latest);
		if (end > source->standing)
			source->standing = (__u8)end;
	}
}

static int over_captures(struct job *job, int count, char **names)
{
	int status = captures_open(&job->captures, count, names, option_local, &job->new);

	/* in any other mode it drops nothing */
	if (!status && job->old.mode == ACTION_ENFORCE)
		status = replay_with(job, &job->old, mark_before);
	replay_free(job->replay);
	job->replay = NULL;
	if (!status)
		status = replay_with(job, &job->new, compare_after);
	if (!status)
		note_ends(job);
	return status;
}

/* --- events -------------------------------------------------------------------------------------*/

static int take_event(const struct history_event *event, void *arg)
{
	return impact_add_event(arg, event);
}

static int take_count(double t, unsigned int reason, __u64 packets, void *arg)
{
	struct impact *impact = arg;

	(void)t;
	impact->counted[reason] += packets;
	return 0;
}

static int over_events(struct job *job)
{
	struct history_reader reader = {
		.event = take_event,
		.counted = take_count,
		.arg = &job->impact,
	};
	char kept[VARFILE_PATH_LEN];
	const char *dir = option_state_dir;
	uint64_t seconds;
	int err;

	if (duration_parse(option_since ? option_since : SINCE_DEFAULT, &seconds))
		return cmd_fail(EXIT_USAGE, "--since: `%s' is no time; write 24h, 30m or 7d",
				option_since);
	job->basis.events = true;
	job->basis.seconds = (double)seconds;
	reader.since = (double)time(NULL) - (double)seconds;
	if (!dir) {
		shield_state_dir(job->dev, kept);
		dir = kept;
	}
	if (!*dir)
		return cmd_fail(EXIT_FAILED,
				"the agent of %s keeps no events (run --state-dir ''); fix: name "
				"captures, or let it keep them",
				job->dev);
	err = history_read(dir, job->dev, &reader);
	if (err == -ENOMEM)
		return no_memory();
	return err ? cmd_fail(EXIT_FAILED, "cannot read the events in %s: %s", dir, strerror(-err))
		   : EXIT_DONE;
}

/* --- the verb -----------------------------------------------------------------------------------*/

static int report(struct job *job)
{
	int err;

	if (job->common->json)
		err = json_print(impact_json(&job->impact, &job->basis), stdout);
	else
		err = impact_print(&job->impact, &job->basis, stdout);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot print the impact: %s", strerror(-err));
	return job->captures.broken ? EXIT_USAGE : EXIT_DONE;
}

/* The maps are needed for what is in force; with captures nothing need be. */
static int open_maps(struct job *job, bool captures)
{
	if (captures && store_open(job->common->dev, false, &job->store, job->dev) == -ENOENT)
		return EXIT_DONE;
	return job->store ? EXIT_DONE
			  : cmd_open_store(job->common->dev, false, &job->store, job->dev);
}

int cmd_policy_impact(int argc, char **argv)
{
	__attribute__((cleanup(job_free))) struct job job = { .store = NULL };
	struct cmd_common common;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	job.common = &common;
	status = open_maps(&job, argc > 1);
	if (!status)
		status = read_policies(&job, argc ? argv[0] : NULL);
	if (!status)
		status = argc > 1 ? over_captures(&job, argc - 1, argv + 1) : over_events(&job);
	return status ? status : report(&job);
}
