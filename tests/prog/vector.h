/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Messages in files: the vectors below tests/vectors/. */
#ifndef SIPSHIELD_TESTS_VECTOR_H
#define SIPSHIELD_TESTS_VECTOR_H

#include "tests/prog/harness.h"

#define VECTOR_MAX 8192

struct vector {
	char path[512];
	const char *name; /* of the file, in path */
	char text[VECTOR_MAX];
	size_t len;
};

/* Reads the message FOLDER/NAMEEND. Ends the test if the file is empty, too long or not there. */
void vector_read(struct vector *v, const char *folder, const char *name, const char *end);

/*
 * Calls try with each message of a folder. Returns how many there were, or -ENOENT without the
 * folder. Ends the test if a file is empty or too long.
 */
int vector_each(const char *folder, void (*try)(const struct vector *, const void *),
		const void *context);

/*
 * The frame that brings a message: over UDP and IPv4, whole, unless the file's name begins with
 * tcp-, ipv6- or fragment-; unchecked- (no checksum), low-port- (from port 9), raw- (both) or
 * ipv6-raw-.
 */
struct frame_spec vector_frame(const struct vector *v);

#endif
