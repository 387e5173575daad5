// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <limits.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/agent_lists.h"
#include "user/audit.h"
#include "user/cmd.h"
#include "user/duration.h"
#include "user/json.h"
#include "user/kept_policy.h"
#include "user/loader.h"
#include "user/nic_plan.h"
#include "user/remarks.h"
#include "user/store.h"
#include "user/store_lists.h"

#define CONFIRM_MIN 10U
#define CONFIRM_MAX 3600U
#define NS_PER_SECOND 1000000000ULL

#define cleanup_doc __attribute__((cleanup(policy_free)))
#define cleanup_plan __attribute__((cleanup(plan_free)))

/* A change of the policy of one interface. */
struct change {
	const struct cmd_common *common;
	const char *action; /* the verb */
	const char *file;   /* NULL: it has to do with none */
	char dev[IF_NAMESIZE];
	char state_dir[VARFILE_PATH_LEN];
	struct store *store;
	int lock;	       /* kept_policy_lock(); -1: there is none */
	__u64 confirm_seconds; /* 0: it holds */
	bool force;	       /* whatever the lists were before */
	__u32 before, after;   /* generation in force */
};

static void change_close(const struct change *change)
{
	store_close(change->store);
	if (change->lock >= 0)
		close(change->lock);
}
#define cleanup_change __attribute__((cleanup(change_close)))

/* Opens the maps, and looks what is in force. Returns the exit status. */
static int change_open(struct change *change)
{
	struct policy policy;
	int status = cmd_open_store(change->common->dev, true, &change->store, change->dev);
	int err;

	if (status)
		return status;
	shield_state_dir(change->dev, change->state_dir);
	/* What cannot be written there is said when it is to be. */
	kept_policy_lock(change->state_dir, change->dev, true, &change->lock);
	err = store_policy(change->store, &policy);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot read the policy of %s: %s", change->dev,
				strerror(-err));
	change->before = policy.generation;
	return EXIT_DONE;
}

/* It is in force already; what could not be written is said, and what follows from that. */
static void keep_failed(const struct change *change, int err)
{
	cmd_fail(
		EXIT_FAILED,
		"cannot write to %s: %s; what is in force now is not known there, and another policy may "
		"be applied when the agent starts anew",
		change->state_dir, strerror(-err));
}

/* Done: into the trail, and as JSON; messages may be NULL. Text is the caller's. */
static int change_done(const struct change *change, struct remarks *remarks)
{
	json_t *document, *messages = remarks ? remarks_json(remarks) : json_array();
	int err;

	audit(&(struct audit_entry){ .action = change->action,
				     .dev = change->dev,
				     .object = change->file,
				     .ttl_seconds = change->confirm_seconds,
				     .before = change->before,
				     .after = change->after });
	if (!change->common->json) {
		json_decref(messages);
		return EXIT_DONE;
	}
	document = json_document();
	err = json_object_update_new(
		document, json_pack("{s:s, s:I, s:I, s:o, s:o}", "dev", change->dev, "generation",
				    (json_int_t)change->after, "before", (json_int_t)change->before,
				    "confirm_within",
				    change->confirm_seconds
					    ? json_integer((json_int_t)change->confirm_seconds)
					    : json_null(),
				    "messages", messages));
	if (!err)
		return json_print(document, stdout) ? EXIT_FAILED : EXIT_DONE;
	json_decref(document);
	return cmd_fail(EXIT_FAILED, "generation %u is in force, but cannot be printed",
			change->after);
}

/* --- apply --------------------------------------------------------------------------------------*/

static int report_apply(const char *dev, int err)
{
	switch (err) {
	case -ENOSPC:
		return cmd_fail(EXIT_USAGE,
				"the policy has more prefixes than the maps of %s can "
				"hold; the old one stays; fix: join prefixes",
				dev);
	case -ENOMEM:
		return cmd_fail(EXIT_FAILED, "no memory for the policy; fix: free some");
	case -ENOENT:
		return cmd_fail(EXIT_REFUSED,
				"no policy was applied to %s yet, so that there is none to go back "
				"to; fix: apply one without --confirm-within first",
				dev);
	default:
		return cmd_fail(EXIT_FAILED, "cannot apply the policy to %s: %s; the old one stays",
				dev, strerror(-err));
	}
}

/*
 * What is tried is written down before: whatever happens then, the file is not applied by itself
 * without a word of the operator.
 */
static int put_in_force(struct change *change, const struct policy_doc *doc,
			const struct plan *plan, FILE *remarks)
{
	const struct lists_of lists = { change->state_dir, change->dev, AUDIT_PERSON };
	struct policy_trial trial = { 0 };
	int err;

	if (change->confirm_seconds) {
		err = kept_policy_try(change->state_dir, change->dev, change->file, doc);
		if (err)
			return cmd_fail(
				EXIT_FAILED,
				"cannot write to %s: %s; nothing was applied: the file could come "
				"back without being confirmed",
				change->state_dir, strerror(-err));
	}
	err = store_try(change->store, plan, change->confirm_seconds * NS_PER_SECOND,
			&change->after);
	if (err)
		return report_apply(change->dev, err);
	if (!change->confirm_seconds)
		err = kept_policy_hold(change->state_dir, change->dev, doc);
	if (err)
		keep_failed(change, err);
	if (!change->confirm_seconds)
		lists_applied(&lists, change->store, doc, remarks);
	else if (!store_trial(change->store, &trial) && trial.waits)
		lists_tried(change->store, doc, trial.confirm_by_ns, remarks);
	return EXIT_DONE;
}

static void say_applied(const struct change *change)
{
	char time[DURATION_TEXT_LEN];
	struct policy_trial trial = { 0 };

	/* Not the one that was in force if that was on trial, too. */
	store_trial(change->store, &trial);
	if (!change->confirm_seconds)
		printf("applied generation %u\n", change->after);
	else
		printf("applied generation %u for %s; then generation %u is in force again, unless you "
		       "run: sipshield policy confirm\n",
		       change->after, duration_format(change->confirm_seconds, time),
		       trial.back_to);
}

/* The check of a file is over; puts it in force. */
static int apply_doc(struct change *change, const struct policy_doc *doc, struct remarks *remarks)
{
	const struct lists_of lists = { change->state_dir, change->dev, AUDIT_PERSON };
	cleanup_plan struct plan plan = { 0 };
	int status = change_open(change);
	int err;

	if (status)
		return status;
	if (!change->force && lists_check(&lists, doc, remarks->stream) == -EDOM) {
		remarks_print(remarks, stderr);
		return cmd_fail(EXIT_REFUSED,
				"nothing was applied: lists changed too much at once");
	}
	err = nic_plan(change->dev, doc, &plan, remarks->stream);
	if (err)
		return report_apply(change->dev, err);
	status = put_in_force(change, doc, &plan, remarks->stream);
	if (status)
		return status;
	if (!change->common->json) {
		remarks_print(remarks, stderr);
		say_applied(change);
	}
	return change_done(change, remarks);
}

static int apply_file(const char *file, const struct cmd_common *common, __u64 confirm_seconds,
		      bool force)
{
	cleanup_change struct change change = {
		.common = common,
		.action = "policy apply",
		.file = file,
		.lock = -1,
		.confirm_seconds = confirm_seconds,
		.force = force,
	};
	cleanup_remarks struct remarks remarks = { 0 };
	cleanup_doc struct policy_doc doc = { 0 };
	int err;

	if (!remarks_open(&remarks))
		return report_apply("", -ENOMEM);
	err = policy_load(file, &doc, remarks.stream);
	if (!err)
		return apply_doc(&change, &doc, &remarks);
	remarks_print(&remarks, stderr);
	return err == -ENOMEM ? EXIT_FAILED : EXIT_USAGE;
}

bool cmd_confirm_within(const char *text, __u64 *seconds)
{
	uint64_t parsed;

	if (duration_parse(text, &parsed) || parsed < CONFIRM_MIN || parsed > CONFIRM_MAX) {
		cmd_fail(EXIT_USAGE, "--confirm-within %s: expected a time from 10s to 1h", text);
		return false;
	}
	*seconds = parsed;
	return true;
}

int cmd_policy_apply_file(const char *file, const struct cmd_common *common, __u64 confirm_seconds)
{
	return apply_file(file, common, confirm_seconds, false);
}

int cmd_policy_apply(int argc, char **argv)
{
	const char *within = NULL;
	bool force = false;
	const struct cmd_option option[] = {
		{ "confirm-within", "TIME",
		  "10s to 1h: go back then unless `policy confirm' was run", &within, NULL },
		{ "force", NULL, "even if lists changed too much at once", NULL, &force },
	};
	const struct cmd_use use = {
		.name = "policy apply",
		.args = "[FILE]",
		.what = "Checks a policy, " POLICY_PATH " and conf.d/*.yaml\n"
			"beside it without a FILE, and puts it in force between two packets; after an\n"
			"error the old one stays. It holds until another one is applied: an agent that is\n"
			"told to reload, or started anew, applies its own file again. Counters, bans and\n"
			"standings stay.\n\n"
			"With --confirm-within it is on trial: the kernel itself goes back to the policy\n"
			"before it at that time, whether the agent and you are still there or not, unless\n"
			"`sipshield policy confirm' is run before. `sipshield policy rollback' goes back\n"
			"at once.\n\n"
			"Exit status: 0 applied, 2 the policy is not valid, 3 nothing is protected, 4 on\n"
			"trial, but there is no policy to go back to; or a list changed too much.",
		.option = option,
		.options = sizeof(option) / sizeof(option[0]),
		.args_max = 1,
	};
	struct cmd_common common;
	__u64 seconds = 0;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (within && !cmd_confirm_within(within, &seconds))
		return EXIT_USAGE;
	return apply_file(argc ? argv[0] : POLICY_PATH, &common, seconds, force);
}

/* --- confirm, rollback --------------------------------------------------------------------------*/

/* A ban that ends with a trial. */
struct trial_bans {
	__u64 deadline_ns;
	size_t count;
};

static int count_trial_ban(const struct addr *key, const struct ban *ban, void *arg)
{
	struct trial_bans *bans = arg;

	(void)key;
	bans->count += ban->expires_ns == bans->deadline_ns;
	return 0;
}

/* What the lists ban was to end with the trial. file: "" if it is not known. */
static void confirm_lists(struct change *change, const char *file, __u64 deadline_ns)
{
	const struct lists_of lists = { change->state_dir, change->dev, AUDIT_PERSON };
	struct trial_bans bans = { .deadline_ns = deadline_ns };
	cleanup_doc struct policy_doc doc = { 0 };

	if (*file && !policy_load(file, &doc, stderr)) {
		lists_applied(&lists, change->store, &doc, stderr);
		return;
	}
	store_each_ban(change->store, count_trial_ban, &bans);
	if (bans.count)
		fprintf(stderr,
			"warning: %zu entries of deny lists that end are banned no longer than the "
			"trial would have lasted; fix: reload the agent\n",
			bans.count);
}

int cmd_policy_confirm(int argc, char **argv)
{
	static const struct cmd_use use = {
		.name = "policy confirm",
		.args = "",
		.what = "The policy that was applied with --confirm-within holds from now on.\n\n"
			"Exit status: 0 it holds, 1 none waits, or the deadline has passed.",
	};
	struct cmd_common common;
	cleanup_change struct change change = { .common = &common, .action = use.name, .lock = -1 };
	struct policy_trial trial = { 0 };
	char file[PATH_MAX] = "";
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	status = change_open(&change);
	if (status)
		return status;
	store_trial(change.store, &trial);
	kept_policy_tried_file(change.state_dir, change.dev, file);
	err = store_confirm(change.store, &change.after);
	if (err == -ENOENT)
		return cmd_fail(EXIT_FAILED,
				"no policy waits to be confirmed on %s; generation %u is in force",
				change.dev, change.before);
	if (err == -ETIME)
		return cmd_fail(
			EXIT_FAILED,
			"too late: generation %u is in force on %s again; fix: apply the policy "
			"once more",
			change.before, change.dev);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot confirm the policy of %s: %s", change.dev,
				strerror(-err));
	err = kept_policy_confirm(change.state_dir, change.dev);
	if (err)
		keep_failed(&change, err);
	confirm_lists(&change, file, trial.confirm_by_ns);
	if (!common.json)
		printf("confirmed generation %u\n", change.after);
	return change_done(&change, NULL);
}

int cmd_policy_rollback(int argc, char **argv)
{
	static const struct cmd_use use = {
		.name = "policy rollback",
		.args = "",
		.what = "Goes back to the policy that was in force before, with what `allow add` had added\n"
			"to it: at once, where a policy waits to be confirmed, else once. The files are\n"
			"as they were; as long as they read like the policy that was taken back, an agent\n"
			"that reloads or starts does not apply them.\n\n"
			"Exit status: 0 done, 1 there is none to go back to.",
	};
	struct cmd_common common;
	cleanup_change struct change change = { .common = &common, .action = use.name, .lock = -1 };
	struct policy_trial trial;
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	status = change_open(&change);
	if (status)
		return status;
	err = store_trial(change.store, &trial);
	if (!err)
		err = store_rollback(change.store, &change.after);
	if (err == -ENOENT)
		return cmd_fail(EXIT_FAILED,
				"there is no policy to go back to on %s; generation %u is in force",
				change.dev, change.before);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot go back on %s: %s", change.dev,
				strerror(-err));
	/* One on trial never held. */
	if (!trial.waits)
		err = kept_policy_roll_back(change.state_dir, change.dev);
	if (err)
		keep_failed(&change, err);
	if (trial.waits)
		store_end_list_bans(change.store, cmd_now(), trial.confirm_by_ns);
	if (!common.json)
		printf("generation %u is in force again\n", change.after);
	return change_done(&change, NULL);
}
