/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Standing that outlives the maps, as the bytes of a file. Pure: both clocks are arguments.
 *
 * The maps count from the boot, a file must not: all times are written as seconds to or from the
 * moment of writing, and that moment by the wall clock. What is read back has half of the time that
 * it would have left by now and half of its registered flows, for nobody knows what became of the
 * address meanwhile. What it did in vain is left out, since the users and the Call-IDs are known by
 * hashes alone, and their key is gone with the maps.
 */
#ifndef SIPSHIELD_KEEP_H
#define SIPSHIELD_KEEP_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/types.h"

/* One moment by both clocks. A wall clock that went back counts as one that stood still. */
struct keep_clock {
	__u64 now_ns; /* of the maps */
	__u64 wall;   /* seconds since 1970 */
};

/* A file that is being made. Begins as all 0, data must be freed. */
struct keep {
	unsigned char *data;
	size_t len;
	size_t room;
	struct keep_clock clock;
};

/* -ENOMEM. What has nothing left to remember is left out, and so is what is beyond the map's size. */
int keep_begin(struct keep *keep, const struct keep_clock *clock);
int keep_add(struct keep *keep, const struct addr *key, const struct standing *standing);
void keep_end(struct keep *keep); /* the bytes are ready */

size_t keep_size_max(void); /* bytes; no file is longer */

/* -EBADMSG: damaged, or no such file; -EPROTO: made by another version. */
int keep_check(const unsigned char *data, size_t len);

/* Of bytes that keep_check() found good. */
size_t keep_count(const unsigned char *data);
/* The entry as it is to go into the maps; false: it is over by now. */
bool keep_get(const unsigned char *data, size_t i, const struct keep_clock *clock, struct addr *key,
	      struct standing *out);

#endif
