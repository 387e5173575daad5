/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Runs `sipshield replay` as a command, in a process of its own. */
#ifndef SIPSHIELD_TESTS_PROG_REPLAY_RUN_H
#define SIPSHIELD_TESTS_PROG_REPLAY_RUN_H

#include <jansson.h>

/* A directory for the files of one test, and its end. */
void replay_dir_make(void);
void replay_dir_remove(void);

/* The path of a file there; four are valid at once. "" is the directory itself. */
const char *replay_path(const char *name);
/* All of a file there, to be freed. */
char *replay_read(const char *name);

/*
 * Runs the verb with these arguments, NULL behind the last, and returns its exit status; what it
 * said is in the files out and err.
 */
int replay_run(const char *const *args);
#define replay(...) replay_run((const char *const[]){ __VA_ARGS__, NULL })

/* The summary in an output of --json, whose last line it must be; a new reference. */
json_t *replay_summary(const char *output);
/* A number of an object; 0 if there is none. */
json_int_t replay_number(const json_t *object, const char *key);
/* A source in a summary, which must be there. */
const json_t *replay_source_of(const json_t *summary, const char *src);

#endif
