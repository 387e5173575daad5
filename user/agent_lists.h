/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The lists of a policy that is applied, by the agent or by a verb: may they be so, and what is to
 * be done besides.
 */
#ifndef SIPSHIELD_AGENT_LISTS_H
#define SIPSHIELD_AGENT_LISTS_H

#include "user/audit.h"
#include "user/store.h"

/* Whose policy and where. state_dir "": nothing is kept, and no change is too great. */
struct lists_of {
	const char *state_dir;
	const char *dev;
	enum audit_by by;
};

/* Before: -EDOM: a list changed too much at once, and that was said on err; -ENOMEM. */
int lists_check(const struct lists_of *of, const struct policy_doc *doc, FILE *err);

/*
 * After a policy was put on trial until then: bans what ends, until then at most. Nothing else, for it
 * may be taken back.
 */
int lists_tried(struct store *store, const struct policy_doc *doc, __u64 until_ns, FILE *err);

/*
 * After: bans what ends, remembers the sizes, writes each list that changed into the audit trail.
 * What went wrong is said on err; the policy is in force all the same. Returns the first error.
 */
int lists_applied(const struct lists_of *of, struct store *store, const struct policy_doc *doc,
		  FILE *err);

#endif
