// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/agent_policy.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/agent_lists.h"
#include "user/audit.h"
#include "user/cmd.h"
#include "user/kept_policy.h"
#include "user/log.h"
#include "user/nic_plan.h"

#define cleanup_doc __attribute__((cleanup(policy_free)))
#define cleanup_plan __attribute__((cleanup(plan_free)))

static void lock_close(const int *lock)
{
	if (*lock >= 0)
		close(*lock);
}
#define cleanup_lock __attribute__((cleanup(lock_close)))

static const char *policy_name(const struct agent_options *options)
{
	return options->policy ? options->policy : "the built-in defaults";
}

static __u32 generation_of(const struct store *store)
{
	struct policy policy = { 0 };

	return store_policy(store, &policy) ? 0 : policy.generation;
}

void agent_policy_round(const struct agent_options *options, struct store *store)
{
	__u32 gone, now;
	int err = store_settle(store, &gone);

	if (err < 0)
		log_say(MESSAGE_AGENT_TROUBLE, "cannot end the trial of a policy: %s",
			strerror(-err));
	if (err <= 0)
		return;
	now = generation_of(store);
	log_say(MESSAGE_POLICY_REVERTED,
		"generation %u was not confirmed in time: generation %u is in force again", gone,
		now);
	audit(&(struct audit_entry){ .action = "policy reverted",
				     .dev = options->dev,
				     .by = AUDIT_RULE,
				     .before = gone,
				     .after = now });
}

static struct lists_of lists_of(const struct agent_options *options)
{
	return (struct lists_of){ options->state_dir, options->dev, AUDIT_LIST };
}

/* Plans and applies a document for good, and keeps its text. name is for people. */
static int apply(const struct agent_options *options, struct store *store,
		 const struct policy_doc *doc, const char *name)
{
	const struct lists_of of = lists_of(options);
	cleanup_plan struct plan plan = { 0 };
	__u32 generation;
	int err = nic_plan(options->dev, doc, &plan, stderr);

	if (!err)
		err = store_apply(store, &plan, &generation);
	if (err) {
		log_say(MESSAGE_POLICY_REFUSED, "cannot apply %s: %s", name, strerror(-err));
		return err;
	}
	log_say(MESSAGE_POLICY_APPLIED, "applied %s, generation %u", name, generation);
	lists_applied(&of, store, doc, stderr);
	err = kept_policy_hold(options->state_dir, options->dev, doc);
	if (err)
		log_say(MESSAGE_MEMORY_FAILED, "cannot keep the policy in %s: %s",
			options->state_dir, strerror(-err));
	return 0;
}

/*
 * The file is not to be applied: what is in force stays; with new maps what held before they were
 * made. why is a clause. Returns -ENOENT if there is neither.
 */
static int keep(const struct agent_options *options, struct store *store, const char *why)
{
	cleanup_doc struct policy_doc held = { 0 };
	__u32 generation = generation_of(store);
	int err;

	if (generation) {
		log_say(MESSAGE_POLICY_KEPT, "keeps the policy that is in force, generation %u: %s",
			generation, why);
		return 0;
	}
	err = kept_policy_held(options->state_dir, options->dev, options->policy, &held);
	if (err == -EINVAL) /* a list may have errors: better without than nothing */
		err = kept_policy_held(options->state_dir, options->dev, NULL, &held);
	if (err)
		return err == -ENOMEM ? err : -ENOENT;
	log_say(MESSAGE_POLICY_KEPT, "applies the policy that held last, %s/%s.policy: %s",
		options->state_dir, options->dev, why);
	return apply(options, store, &held, "the policy that held last");
}

/*
 * A document that may be applied. -EBADMSG: it has errors; -EPERM: it is not to be applied; -EDOM: its
 * lists changed too much at once.
 */
static int read_file(const struct agent_options *options, struct policy_doc *doc)
{
	const struct lists_of lists = lists_of(options);
	bool refused = false;
	int err = policy_load(options->policy, doc, stderr);

	if (err)
		return err == -ENOMEM ? err : -EBADMSG;
	/* The built-in defaults are nobody's trial. */
	if (options->policy)
		err = kept_policy_refused(options->state_dir, options->dev, doc, &refused);
	if (!err && !refused)
		return lists_check(&lists, doc, stderr);
	return err ? err : -EPERM;
}

static const char *why_not(int err)
{
	switch (err) {
	case -EBADMSG:
		return "its file has errors; `sipshield policy check' tells them";
	case -EPERM:
		return "its file reads like a policy that was not confirmed or was taken back; "
		       "`sipshield policy apply' applies it all the same";
	case -EDOM:
		return "its lists changed too much at once; `sipshield policy apply --force' applies "
		       "them";
	default:
		return "there is no file to read another one from";
	}
}

/* The file is not to be applied, and nothing is left of what held before it. */
static int start_without(const struct agent_options *options, struct store *store)
{
	cleanup_doc struct policy_doc defaults = { 0 };
	int err = policy_load(NULL, &defaults, stderr);

	log_say(MESSAGE_POLICY_KEPT,
		"applies the built-in defaults: there is no %s/%s.policy, and %s",
		options->state_dir, options->dev, why_not(-EPERM));
	return err ? err : apply(options, store, &defaults, "the built-in defaults");
}

/* The file, where nothing speaks against it. */
static int start(const struct agent_options *options, struct store *store)
{
	cleanup_doc struct policy_doc doc = { 0 };
	int err = read_file(options, &doc), kept;

	if (err && err != -EBADMSG && err != -EPERM && err != -EDOM)
		return err;
	/* Where nothing is in force, new lists are better than none. */
	if (err == -EDOM && !generation_of(store))
		err = 0;
	if (err || !options->policy) {
		kept = keep(options, store, why_not(err));
		if (kept != -ENOENT)
			return kept;
	}
	if (err == -EBADMSG)
		return err;
	if (err)
		return start_without(options, store);
	return apply(options, store, &doc, policy_name(options));
}

int agent_policy_start(const struct agent_options *options, struct store *store)
{
	cleanup_lock int lock = -1;
	struct policy_trial trial;
	int err;

	/* Somebody who hangs with it keeps no agent from protecting. */
	kept_policy_lock(options->state_dir, options->dev, false, &lock);
	agent_policy_round(options, store);
	err = store_trial(store, &trial);
	if (err)
		return err;
	if (trial.waits)
		log_say(MESSAGE_POLICY_KEPT,
			"keeps the policy that is in force, generation %u: it waits to be confirmed",
			trial.generation);
	else
		err = start(options, store);
	return err ? err : store_note_reload(store, RELOAD_STARTED, cmd_now());
}

/* 0 or a negative errno; everything was said. */
static int reload(const struct agent_options *options, struct store *store)
{
	cleanup_doc struct policy_doc doc = { 0 };
	cleanup_lock int lock = -1;
	struct policy_trial trial;
	int err;

	if (kept_policy_lock(options->state_dir, options->dev, false, &lock) == -EAGAIN) {
		log_say(MESSAGE_POLICY_REFUSED,
			"nothing was read again: somebody changes the policy at this very moment; "
			"reload once more");
		return -EBUSY;
	}
	err = store_trial(store, &trial);
	if (!err && trial.waits) {
		log_say(MESSAGE_POLICY_REFUSED,
			"nothing was read again: generation %u waits to be confirmed; first run "
			"`sipshield policy confirm' or `sipshield policy rollback'",
			trial.generation);
		return -EBUSY;
	}
	if (!err)
		err = read_file(options, &doc);
	if (!err)
		return apply(options, store, &doc, policy_name(options));
	log_say(MESSAGE_POLICY_REFUSED, "%s was not applied, the policy in force stays: %s",
		policy_name(options),
		err == -EBADMSG || err == -EPERM || err == -EDOM ? why_not(err) : strerror(-err));
	return err;
}

void agent_policy_reload(const struct agent_options *options, struct store *store)
{
	__u32 before = generation_of(store);
	int err;

	if (!options->policy) {
		log_say(MESSAGE_POLICY_KEPT, "there is no policy file to read again; the policy in "
					     "force stays");
		return;
	}
	err = reload(options, store);
	if (!err)
		audit(&(struct audit_entry){ .action = "policy reload",
					     .dev = options->dev,
					     .object = options->policy,
					     .by = AUDIT_LIST,
					     .before = before,
					     .after = generation_of(store) });
	err = store_note_reload(store, err ? RELOAD_FAILED : RELOAD_DONE, cmd_now());
	if (err)
		log_say(MESSAGE_AGENT_TROUBLE, "cannot count the reload: %s", strerror(-err));
}
