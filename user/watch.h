/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What of the live feed somebody wants to see, and how it is shown. Pure. Messages are those of
 * agent_feed.h.
 */
#ifndef SIPSHIELD_WATCH_H
#define SIPSHIELD_WATCH_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "maps/types.h"

/* NULL: any. */
struct watch_filter {
	bool by_source;
	struct addr source; /* first address of a prefix, */
	__u8 length;	    /* and its bits, IPv4 mapped */
	const char *reason;
	const char *verdict; /* or "decision" */
	const char *method;
};

/*
 * Fills a filter from an operator's words; NULL: not given. On -EINVAL why is what is wrong with one
 * of them and how to put it right.
 */
#define WATCH_WHY_LEN 160
int watch_filter_of(const char *source, const char *reason, const char *verdict, const char *method,
		    struct watch_filter *out, char why[WATCH_WHY_LEN]);

/* What was lost is always wanted: nobody shall believe that there was nothing. */
bool watch_wants(const struct watch_filter *filter, const json_t *message);

/* One line for people. */
void watch_print(const json_t *message, bool color, FILE *out);

#endif
