/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Why a source is treated as it is: the stages of a packet's way in their order, which of them
 * decides, and what would change it. Pure: all that the maps say is an argument.
 */
#ifndef SIPSHIELD_EXPLAIN_H
#define SIPSHIELD_EXPLAIN_H

#include <stdbool.h>
#include <stddef.h>

#include "user/state.h"

struct explain_facts {
	struct source source;
	const struct policy *policy;
	struct lane_cell lane[LANE_MAX];
	__u64 now_ns;
	unsigned int price;    /* of a request, in events, as long as the source is a stranger */
	bool narrow;	       /* the strangers of its prefix share one budget */
	__u64 frozen_until_ns; /* the agent makes no new bans until then */
	bool attached;	       /* a program judges the interface's packets */
	bool rule_added;       /* the source's rule was made by hand */
	bool agent;	       /* runs */
};

#define EXPLAIN_LINES 24
#define EXPLAIN_TEXT_LEN 320
#define EXPLAIN_CHANGE_LEN 160

/* What one stage says of the source. */
struct explain_line {
	const char *stage;
	char sentence[EXPLAIN_TEXT_LEN];
	char change[EXPLAIN_CHANGE_LEN]; /* what would change it; "": nothing that is to be done */
};

struct explain {
	char verdict[EXPLAIN_TEXT_LEN]; /* what becomes of its packets now */
	const char *decides;		/* the stage that says so */
	enum reason reason;		/* of its packets there */
	size_t lines;
	struct explain_line line[EXPLAIN_LINES];
};

void explain_source(const struct explain_facts *facts, struct explain *out);

/* The limits that a lane has now: the policy's, or what the agent set after the server's health. */
struct rate_limit explain_lane(const struct explain_facts *facts, enum lane lane);
bool explain_lane_full(const struct explain_facts *facts, enum lane lane);

/*
 * The limits of a class for what comes from the source, times what it has earned. known: from a port
 * behind which somebody registered; for a trusted source alone.
 */
struct rate_limit explain_budget(const struct explain_facts *facts, bool known,
				 enum rate_class class);
/* How many times those limits it has earned, and which row of the policy's limits they are. */
unsigned int explain_share(const struct explain_facts *facts, bool known);
enum standing_state explain_row(const struct explain_facts *facts, bool known);

#endif
