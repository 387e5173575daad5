/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The command line: the verbs, the options that all of them take, the exit statuses.
 */
#ifndef SIPSHIELD_CMD_H
#define SIPSHIELD_CMD_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/types.h"

struct store;

/* What the process ends with, part of the contract with scripts. */
enum exit_status {
	EXIT_DONE,
	EXIT_FAILED,
	EXIT_USAGE,	    /* wrong usage or invalid input; nothing was changed */
	EXIT_NOT_ENFORCING, /* no packet is judged */
	EXIT_REFUSED,	    /* refused for safety */
	EXIT_DOCTOR,	    /* doctor found problems */
};

/* The version of every JSON document that the verbs print: its first key. */
#define SCHEMA_VERSION 1

/*
 * An option of one verb: --NAME, or -N if the name is a single letter; with an argument when arg is
 * set.
 */
struct cmd_option {
	const char *name;
	const char *arg;    /* what stands for the argument in --help; NULL: a flag */
	const char *what;   /* half a sentence for --help */
	const char **value; /* receives the argument; points into argv */
	bool *flag;	    /* set to true by a flag */
};

/* How one verb is called. */
struct cmd_use {
	const char *name; /* "ban add" */
	const char *args; /* "ADDR"; "" for none */
	const char *what; /* paragraphs for --help, lines of at most 80 columns */
	const struct cmd_option *option;
	size_t options;
	int args_min;
	int args_max; /* -1: any number */
};

/* The options that every verb takes. */
struct cmd_common {
	const char *dev; /* --dev DEV; NULL: not given */
	bool json;	 /* -j, --json */
	bool color;	 /* --color=auto|always|never, resolved */
};

/*
 * Parses the options of a verb, anywhere on the line. On true, *argc and *argv are the arguments
 * that are no options, within the bounds of use. On false the caller returns *status: help was
 * printed (0) or the usage is wrong (2, the sentence was printed).
 */
bool cmd_parse(const struct cmd_use *use, int *argc, char ***argv, struct cmd_common *common,
	       int *status);

/* One verb of an object, as `add` of `ban`. */
struct cmd_verb {
	const char *name;
	int (*run)(int argc, char **argv); /* argv[0] is the verb */
};

/* A line of the table of all verbs. Those of one object stand together. */
struct cmd_entry {
	const char *object; /* the first word, which finds the function */
	const char *verb;   /* the second one; NULL where there is none */
	const char *what;
	int (*run)(int argc, char **argv);
};

/* The options that every verb takes, as --help has them. */
#define CMD_COMMON_OPTIONS 4U
extern const struct cmd_option cmd_common_options[CMD_COMMON_OPTIONS];

/* Calls fn with the use of a verb, which does nothing else. */
void cmd_describe(const struct cmd_entry *entry, void (*fn)(const struct cmd_use *, void *),
		  void *arg);

/* Calls the verb that argv[1] names, argv[0] being the object; else says what there is. */
int cmd_dispatch(const struct cmd_verb *verb, size_t verbs, int argc, char **argv);

/* The one of n names that is nearest to a word that is none of them, or NULL. stride in bytes. */
const char *cmd_nearest(const char *word, const char *const *first, size_t n, size_t stride);

/* Prints "sipshield: " and a sentence to stderr; returns status. */
int cmd_fail(enum exit_status status, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/*
 * Opens the pinned maps of an interface (NULL: the only one there is). On failure prints what and
 * how to fix it, and returns the exit status; 0 otherwise. name is as in store_open.
 */
int cmd_open_store(const char *dev, bool write, struct store **out, char *name);

/* Closes the store of a variable that goes out of scope, unless it is NULL. */
void cmd_close_store(struct store **store);
#define cleanup_store __attribute__((cleanup(cmd_close_store)))

/* The time that all maps count in: CLOCK_MONOTONIC in ns, coarse as the packet path reads it. */
__u64 cmd_now(void);

/* Reads the number of a port, 0 to 65535; false if it is none. */
bool cmd_port(const char *text, unsigned short *port);

/*
 * What `policy apply' does with a file: checks it, puts it in force, and says so. confirm_seconds: the
 * time in which it must be confirmed; 0: it holds. Returns the exit status.
 */
int cmd_policy_apply_file(const char *file, const struct cmd_common *common, __u64 confirm_seconds);

/* The argument of --confirm-within, in seconds. On false it is wrong, and that was said. */
bool cmd_confirm_within(const char *text, __u64 *seconds);

/* Each gets argv[0] = the object (or the verb, where there is no object); returns the status. */
int cmd_init(int argc, char **argv);
int cmd_run(int argc, char **argv);
int cmd_status(int argc, char **argv);
int cmd_detach(int argc, char **argv);
int cmd_version(int argc, char **argv);
int cmd_ban(int argc, char **argv);
int cmd_allow(int argc, char **argv);
int cmd_source(int argc, char **argv);
int cmd_explain(int argc, char **argv);
int cmd_policy(int argc, char **argv);
/* verbs of policy: argv[0] is the verb */
int cmd_policy_show(int argc, char **argv);
int cmd_policy_diff(int argc, char **argv);
int cmd_policy_impact(int argc, char **argv);
int cmd_policy_apply(int argc, char **argv);
int cmd_policy_mode(int argc, char **argv);
int cmd_policy_confirm(int argc, char **argv);
int cmd_policy_rollback(int argc, char **argv);
int cmd_policy_signatures(int argc, char **argv);
int cmd_replay(int argc, char **argv);
int cmd_metrics(int argc, char **argv);
int cmd_bypass(int argc, char **argv);
int cmd_doctor(int argc, char **argv);
int cmd_watch(int argc, char **argv);
int cmd_completion(int argc, char **argv);
int cmd_capture(int argc, char **argv);
int cmd_mirror(int argc, char **argv);
int cmd_top(int argc, char **argv);
int cmd_web(int argc, char **argv);
int cmd_audit(int argc, char **argv);
int cmd_list(int argc, char **argv);
int cmd_import(int argc, char **argv);

/*
 * What the script for bash asks: argv[1] is "--", then come the words of a command line behind the
 * program's name, the last one that at the cursor. Prints what fits, one on each line; "@file" and
 * "@dir" are for the shell.
 */
int cmd_complete(int argc, char **argv, const struct cmd_entry *entry, size_t entries);

/* Prints the part of sipshield(8) that tells of the verbs, for its Makefile. */
int cmd_manual(const struct cmd_entry *entry, size_t entries);

#endif
