/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exposition: the numbers of one interface as metrics. Pure. The set of series is fixed by the
 * contract in maps/; labels come from closed sets only and never hold an address.
 */
#ifndef SIPSHIELD_EXPO_H
#define SIPSHIELD_EXPO_H

#include <stdbool.h>
#include <stdio.h>

#include "user/store.h"

#define EXPO_LABELS_MAX 3

/* What has room for a fixed number of entries. */
enum expo_table {
	TABLE_BANS,
	TABLE_STANDING, /* the least used entry makes room for a new one, as in the next */
	TABLE_SUSPECTS,
	TABLE_LISTENERS, /* with an address, of the policy in force */
	TABLE_PREFIXES,	 /* of the policy in force as it was applied, without single addresses */
	TABLE_CARRIERS,
	TABLE_MAX,
};

/* What one scrape has read. */
struct expo {
	const char *version;   /* of the product */
	const char *interface; /* its name */
	__u32 abi;	       /* of the pinned maps */
	bool attached;	       /* the program on the interface is ours */
	bool native;	       /* it is called by the driver; meaningful if attached */
	__u64 now_ns;	       /* in the clock of the maps */
	__u64 started_ns;      /* when the maps were made, and the counters with them */
	__u64 bans;	       /* those in force */
	__u64 suspects;
	__u64 standing[STANDING_MAX]; /* entries by enum standing_state */
	__u64 entries[TABLE_MAX];     /* also those past their time */
	struct policy policy;	      /* the one in force */
	struct totals totals;
	bool frozen;			  /* the agent makes no new bans for now */
	struct health health;		  /* of the server */
	struct rate_limit lane[LANE_MAX]; /* in force */
};

enum expo_type { EXPO_COUNTER, EXPO_GAUGE, EXPO_INFO };

/* One metric. A counter's samples are called name_total, those of an info name_info. */
struct expo_family {
	const char *name;
	const char *unit; /* the end of the name, or NULL */
	const char *help; /* one sentence */
	enum expo_type type;
};

struct expo_label {
	const char *name; /* NULL: no label here and none after it */
	const char *value;
};

struct expo_sample {
	const struct expo_family *family;
	struct expo_label label[EXPO_LABELS_MAX];
	__u64 value;
	bool billionths; /* the value counts these */
};

/* Calls visit for every sample, those of a family in one go, until it returns non-zero: that. */
typedef int expo_visit(const struct expo_sample *sample, void *arg);
int expo_walk(const struct expo *expo, expo_visit *visit, void *arg);

/* What comes behind a family's name in the name of its samples. */
const char *expo_suffix(enum expo_type type);
const char *expo_type_name(enum expo_type type);

/*
 * The two forms differ in what a counter is called in its TYPE line, so that no text is right in
 * both. Either one ends with the line "# EOF", which is a comment in the older one.
 */
enum expo_format { EXPO_PROMETHEUS, EXPO_OPENMETRICS };

/* The form that a client asks for by its Accept header (NULL: none). */
enum expo_format expo_negotiate(const char *accept);
const char *expo_content_type(enum expo_format format);

/* Returns 0, or -EIO if out could not be written. */
int expo_print(const struct expo *expo, enum expo_format format, FILE *out);

const char *expo_table_name(enum expo_table table);
__u64 expo_table_capacity(enum expo_table table); /* in entries */

/* What is judged bad is dropped: the program is attached and the policy has `mode: enforce`. */
bool expo_enforcing(const struct expo *expo);

#endif
