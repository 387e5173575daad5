/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Who would lose packets under another policy: collected source by source from a replay or from the
 * history of events, and told worst first. Pure.
 */
#ifndef SIPSHIELD_IMPACT_H
#define SIPSHIELD_IMPACT_H

#include <jansson.h>
#include <stdio.h>

#include "user/addr_table.h"
#include "user/history.h"
#include "user/plan.h"

#define IMPACT_REASONS 3 /* of each source, those that came first */

struct impact_source {
	struct addr address; /* IPv6: cut to the new policy's prefix */
	struct addr latest;  /* a whole address of it */
	__u8 standing;	     /* the best that it had, enum standing_state */
	bool banned;	     /* at some time, under the new policy */
	__u64 seen;	     /* packets, or sampled events */
	__u64 lost;	     /* of them: pass now, and would be dropped */
	__u64 regained;	     /* are dropped now, and would pass */
	double first, last;  /* seconds: the first and the last that is lost */
	struct {
		__u16 reason; /* enum reason */
		__u64 lost;
	} by[IMPACT_REASONS];
	size_t reasons;
	char line[EVENT_LINE_LEN + 1]; /* start line of one that is lost; "": not known */
};

struct impact {
	const struct policy_doc *doc; /* the new policy, which is not changed */
	struct plan old; /* whom both name; of the old one all zero if it is not known */
	struct plan new;
	struct addr_table sources; /* struct impact_source */
	__u64 lost[REASON_MAX];	   /* by the reason that would drop it */
	__u64 counted[REASON_MAX]; /* packets that rules in shadow hit, sampled or not */
	__u64 left_out;		   /* events that found no room in the history */
	double from, until;	   /* seconds: the first and the last event; 0: none */
};

/*
 * old: the policy that holds now; NULL: not known. Both must outlive the impact. Returns 0 or
 * -ENOMEM; *out must be freed.
 */
int impact_begin(const struct policy_doc *old, const struct policy_doc *new, struct impact *out);
void impact_free(struct impact *impact);

/* A packet, and what becomes of it. */
struct impact_packet {
	double t; /* seconds */
	struct addr src;
	__u8 standing; /* enum standing_state */
	__u16 reason;  /* enum reason that would drop it */
	bool before;   /* it is dropped now */
	bool after;    /* it would be dropped */
	const char *line;
};
int impact_add(struct impact *impact, const struct impact_packet *packet); /* 0 or -ENOMEM */

/*
 * Adds an event of the history: would the new policy, enforced, drop such a packet? Its rule of the
 * same reason tells, and whether it names the source.
 */
int impact_add_event(struct impact *impact, const struct history_event *event);

/* What is to be told of a source beside its standing. */
struct impact_who {
	const char *carrier; /* the name, by the old or the new policy; NULL: none */
	bool allowed;	     /* by the old or the new policy */
	bool important;	     /* known, and loses something: to be looked at first */
};
void impact_who(const struct impact *impact, const struct impact_source *source,
		struct impact_who *out);

/*
 * The sources that lose or regain something, the worst first: who is known before strangers, then
 * by what is lost. *out (to be freed) points into the impact. Returns 0 or -ENOMEM.
 */
int impact_sorted(const struct impact *impact, const struct impact_source ***out, size_t *count);

#endif
