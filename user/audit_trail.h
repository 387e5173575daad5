/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The trail of changes: one JSON object a line, each with the SHA-256 of itself and of the line
 * before it, so that no line can be changed, left out or put in without all behind it. Files of
 * bounded size beside some older ones. All functions that return int return 0 or a negative errno.
 */
#ifndef SIPSHIELD_AUDIT_TRAIL_H
#define SIPSHIELD_AUDIT_TRAIL_H

#include <jansson.h>
#include <stdbool.h>

#include "maps/types.h"

#define AUDIT_FILE_MAX (4U << 20)  /* bytes; then the file becomes the first of the older ones, */
#define AUDIT_OLDER 4		   /* of which so many are kept */
#define AUDIT_LINE_MAX (32U << 10) /* bytes of a line with its end */
#define AUDIT_HASH_LEN 65	   /* hexadecimal digits and the NUL */

/* The place of a line in the chain. seq counts from 1; the hash before the first one is all '0'. */
struct audit_link {
	__u64 seq;
	char hash[AUDIT_HASH_LEN];
};

/*
 * Appends an entry, which gets the keys seq, prev and hash at its end; the caller keeps it. One
 * process at a time does so, the others wait. sync: not before it is on the disk. *link (may be
 * NULL) receives its place. -E2BIG: it is longer than a line may be.
 */
int audit_append(const char *dir, const char *dev, json_t *entry, bool sync,
		 struct audit_link *link);

/* One line of the trail as it was read. */
struct audit_line {
	const char *path;
	size_t number;	     /* in its file, from 1 */
	json_t *entry;	     /* NULL: no JSON object */
	const char *problem; /* half a sentence; NULL: it is whole and follows the one before it */
};
struct audit_summary {
	size_t entries;	 /* lines that are whole */
	size_t problems; /* lines with a problem */
	__u64 first;	 /* seq of the first line, greater than 1 after older files were dropped */
	struct audit_link last;
};

/*
 * Reads the trail, the oldest line first. Calls fn (may be NULL) for each, until it returns non-zero,
 * and returns that. No trail is an empty one.
 */
int audit_read(const char *dir, const char *dev, int (*fn)(const struct audit_line *, void *),
	       void *arg, struct audit_summary *summary);

#endif
