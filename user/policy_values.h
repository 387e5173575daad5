/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A policy as a row of values, each with its path: what two policies are compared by, and what is
 * shown with the place where it was written. Pure.
 */
#ifndef SIPSHIELD_POLICY_VALUES_H
#define SIPSHIELD_POLICY_VALUES_H

#include "user/policy.h"

struct policy_value {
	/* "mode", "limits.unknown.invite.rate", "carriers.NAME.cps"; of all entries of a list it
	 * is the list's: "deny", "carriers.NAME.prefixes" */
	char path[POLICY_PATH_LEN];
	const char *text; /* as the policy has it; holds during the call */
	bool entry;	  /* of a list */
	bool delicate;	  /* may drop more whenever it changes: what a signature asks */
	/*
	 * Of two values of one path the greater one may drop more. Of an entry: above 0, its
	 * presence may; below 0, its absence.
	 */
	double strict;
	struct policy_place at; /* line 0: nobody wrote it, it is a default */
};

typedef int policy_value_fn(const struct policy_value *value, void *arg);

/*
 * Calls fn for each value in the order of policy_print, until it returns other than 0, and returns
 * that. A list without entries has no value.
 */
int policy_values(const struct policy_doc *doc, policy_value_fn *fn, void *arg);

/* A listener as YAML: {transport: udp, port: 5060}. */
#define LISTENER_TEXT_LEN 112
const char *policy_listener_text(const struct policy_listener *listener,
				 char out[LISTENER_TEXT_LEN]);

#endif
