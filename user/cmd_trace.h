/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the verbs that look at packets have in common: capture and mirror.
 */
#ifndef SIPSHIELD_CMD_TRACE_H
#define SIPSHIELD_CMD_TRACE_H

#include <stdbool.h>

#include "user/trace_text.h"

/* Entries of a table of cmd_option, for a struct trace_wish. */
#define CMD_TRACE_OPTIONS(wish)                                                                    \
	{ "verdict", "V[,...]", "drop, shadow, pass or all; default drop,shadow", &(wish).verdict, \
	  NULL },                                                                                  \
		{ "reason", "NAME[,...]", "only these reasons", &(wish).reason, NULL },            \
		{ "src", "PREFIX", "only from this address or prefix", &(wish).source, NULL },     \
		{ "sample", "1/N", "one of so many packets, by chance", &(wish).sample, NULL },    \
	{                                                                                          \
		"rate", "N", "at most so many packets a second, default 10000", &(wish).rate, NULL \
	}

struct trace_job {
	const char *dev; /* as given; NULL: the only one */
	struct trace_filter filter;
	__u64 count;	   /* ends after so many packets; 0: does not */
	__u64 duration_ns; /* ends after this time; 0: does not */
	/* Begins, when the interface is known. Returns an exit status. */
	int (*begin)(const char *dev, void *arg);
	/* Gets each packet, the time since 1970 and the verdict in words; negative errno ends. */
	int (*packet)(const struct trace_record *record, __u64 time_ns, const char *text,
		      void *arg);
	/* After each batch, a few times a second at least; negative errno ends. May be NULL. */
	int (*flush)(void *arg);
	void *arg;
};

struct trace_outcome {
	__u64 packets;		  /* that were handed on */
	__u64 dropped;		  /* of these, dropped by the shield */
	struct trace_state state; /* what the packet path counted */
};

/*
 * Looks at packets until SIGINT, SIGTERM or one of the limits. Returns an exit status; what went
 * wrong was said. *out is written in any case.
 */
int cmd_trace(const struct trace_job *job, struct trace_outcome *out);

/* The sentence at the end, or with json the document, on stderr, which the packets do not go to. */
void cmd_trace_report(const char *what, const struct trace_outcome *outcome, bool json);

#endif
