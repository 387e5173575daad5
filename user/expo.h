/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Exposition: the numbers of one interface as metrics. Pure. The set of series is fixed by the
 * contract in maps/; labels come from closed sets only and never hold an address.
 */
#ifndef SIPSHIELD_EXPO_H
#define SIPSHIELD_EXPO_H

#include <stdbool.h>
#include <stdio.h>

#include "user/snapshot.h"

#define EXPO_LABELS_MAX 3

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
int expo_walk(const struct snapshot *snapshot, expo_visit *visit, void *arg);

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
int expo_print(const struct snapshot *snapshot, enum expo_format format, FILE *out);

#endif
