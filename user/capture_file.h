/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A capture file in memory.
 */
#ifndef SIPSHIELD_CAPTURE_FILE_H
#define SIPSHIELD_CAPTURE_FILE_H

#include <stddef.h>

struct capture_file {
	const char *name; /* for messages */
	void *data;	  /* NULL: nothing is open */
	size_t len;	  /* bytes */
};

/*
 * Maps a file, "-" being the standard input; what cannot be mapped (a pipe) is read to its end
 * into memory first. Returns 0 or a negative errno; -EISDIR: a directory; -ENODATA: it is empty.
 */
int capture_file_open(const char *name, struct capture_file *out);
void capture_file_close(struct capture_file *file);

#endif
