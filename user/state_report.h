/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The whole answer to the question what becomes of a source's packets and why: for `explain`, and
 * for whoever asks the agent.
 */
#ifndef SIPSHIELD_STATE_REPORT_H
#define SIPSHIELD_STATE_REPORT_H

#include <jansson.h>
#include <net/if.h>

#include "user/explain.h"

/* Points into itself: it stays where it was read to. */
struct state_report {
	char dev[IF_NAMESIZE];
	struct policy policy;
	struct explain_facts facts;
	struct explain why;
	json_t *steps; /* of the journal, the latest; NULL: it cannot be read */
	int steps_error;
};

/*
 * Reads the maps and the journal in state_dir; agent as for facts_read. Returns 0, or the negative errno of the maps; a
 * journal that cannot be read is no error. *out is to be freed only after success.
 */
int state_report_read(const struct store *store, const char *dev, bool agent,
		      const struct addr *address, const char *state_dir, struct state_report *out);
void state_report_free(struct state_report *report);

/* A new document, or NULL: no memory. */
json_t *state_report_json(const struct state_report *report);

#endif
