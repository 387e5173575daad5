/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent's files: what outlives the kernel's maps, in one directory, the names beginning with
 * the interface. All functions return 0 or a negative errno.
 */
#ifndef SIPSHIELD_VARFILE_H
#define SIPSHIELD_VARFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#define VARFILE_DIR "/var/lib/sipshield" /* unless --state-dir says another one */
#define VARFILE_PATH_LEN 4096

/* DIR/DEV.SUFFIX; -ENAMETOOLONG. */
int varfile_path(const char *dir, const char *dev, const char *suffix, char out[VARFILE_PATH_LEN]);

/*
 * The file that so many others of this suffix were begun after, DIR/DEV.SUFFIX.AGE; 0: the newest,
 * without a number.
 */
int varfile_aged(const char *dir, const char *dev, const char *suffix, unsigned int age,
		 char out[VARFILE_PATH_LEN]);
/* Each of them becomes one older, the newest is gone then, and the one of age `older` is lost. */
int varfile_rotate(const char *dir, const char *dev, const char *suffix, unsigned int older);

/* Makes the directory, not those above it, if it is not there. */
int varfile_make_dir(const char *dir);

/*
 * Replaces a file as a whole: after a power cut there is the old one or the new one. Others can read
 * it only if they may read its directory. What root writes belongs to the directory's owner.
 */
int varfile_write(const char *path, const void *data, size_t len);

/* The file takes the place of another, or its name. -ENOENT: it is not there. */
int varfile_move(const char *from, const char *to);

/* The same with a file that everybody may read. */
int varfile_publish(const char *path, const void *data, size_t len);

/*
 * Makes a file, if it is not there, that one process at a time has, until *lock is closed. -EAGAIN:
 * another one has it, and wait is false.
 */
int varfile_lock(const char *path, bool wait, int *lock);

/* Reads a whole file. -EFBIG: it is longer than max. *data must be freed. */
int varfile_read(const char *path, size_t max, unsigned char **data, size_t *len);

/*
 * For files that grow by lines, open for appending: a last line that a crash or a full disk cut off
 * must not swallow the next one.
 */
int varfile_end_line(int fd, off_t size);

#endif
