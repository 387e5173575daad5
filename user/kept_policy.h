/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The texts of policies that outlive the maps, in the agent's state directory:
 *
 *   DEV.policy         holds: it was applied for good, or confirmed
 *   DEV.policy-before  the one before it, for `policy rollback'
 *   DEV.policy-trial   was tried and not confirmed, yet or at all, or was taken back
 *
 * A policy file that reads like the last one is not applied by itself. The entries of lists, which
 * change by themselves, are no part of the texts. All functions return 0 or a
 * negative errno, and do nothing where nothing is kept (dir is "").
 */
#ifndef SIPSHIELD_KEPT_POLICY_H
#define SIPSHIELD_KEPT_POLICY_H

#include <limits.h>

#include "user/policy.h"

/*
 * Whoever changes what is in force and what is kept has this from before he looks at either, until he
 * closes *lock: else a reload takes back a trial that begins meanwhile, or the text of one change is
 * kept with the policy of another. -EAGAIN: another one changes it, and wait is false; -ENOENT: nothing
 * is kept.
 */
int kept_policy_lock(const char *dir, const char *dev, bool wait, int *lock);

/* A policy holds: it was applied without a deadline. The one before it becomes DEV.policy-before. */
int kept_policy_hold(const char *dir, const char *dev, const struct policy_doc *doc);
/* A policy is going to be tried, from that file (NULL: none). */
int kept_policy_try(const char *dir, const char *dev, const char *file,
		    const struct policy_doc *doc);
/* The whole path of the file that the one which is tried was read from. -ENOENT: it is not known. */
int kept_policy_tried_file(const char *dir, const char *dev, char out[PATH_MAX]);
/* The one that was tried holds. */
int kept_policy_confirm(const char *dir, const char *dev);
/* The one that held is taken back, and the one before it holds again. */
int kept_policy_roll_back(const char *dir, const char *dev);
/* Says whether a document reads like the one that was tried and not confirmed, or taken back. */
int kept_policy_refused(const char *dir, const char *dev, const struct policy_doc *doc,
			bool *refused);
/*
 * The policy that holds, with the lists beside its file, if that is named (not NULL). -ENOENT: there
 * is none; -EINVAL: it, or a list, cannot be read.
 */
int kept_policy_held(const char *dir, const char *dev, const char *beside, struct policy_doc *doc);

#endif
