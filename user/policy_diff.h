/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is different between two policies, and which of it may drop what passes now. Pure.
 */
#ifndef SIPSHIELD_POLICY_DIFF_H
#define SIPSHIELD_POLICY_DIFF_H

#include <jansson.h>
#include <stdio.h>

#include "user/policy.h"

/* A value that only one of the policies has, or that is another in the new one. */
struct policy_change {
	char *path;	    /* as in struct policy_value */
	char *from;	    /* NULL: the old policy has no such value */
	char *to;	    /* NULL: the new one has none */
	bool entry;	    /* of a list: from or to is NULL */
	bool stricter;	    /* may drop what passes now */
	const char *effect; /* half a sentence */
};

struct policy_diff {
	struct policy_change *change; /* in the order of the keys, then of the paths */
	size_t count;
	size_t stricter; /* how many of them */
};

/*
 * Compares two documents. Entries of lists have no order, but that of the signatures counts. With a
 * new policy that drops nothing no change is stricter. Returns 0 or -ENOMEM; *out must be freed.
 */
int policy_diff(const struct policy_doc *old, const struct policy_doc *new,
		struct policy_diff *out);
void policy_diff_free(struct policy_diff *diff);

/* A line for each change; those that are stricter are marked with "!". */
void policy_diff_print(const struct policy_diff *diff, FILE *out);
json_t *policy_diff_json(const struct policy_diff *diff); /* an array; NULL: no memory */

#endif
