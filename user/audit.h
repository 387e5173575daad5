/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The record of what was done, by whom: a line in the trail of the interface and a record in the
 * journal, written by the process that did it, so that it is there while the agent is down.
 */
#ifndef SIPSHIELD_AUDIT_H
#define SIPSHIELD_AUDIT_H

#include "user/audit_trail.h"
#include "user/varfile.h"

/* Whose will it was. */
enum audit_by {
	AUDIT_PERSON, /* who called a verb */
	AUDIT_RULE,   /* the agent, by a rule of its own or a deadline */
	AUDIT_LIST,   /* a file that the agent was told to read again */
};

struct audit_entry {
	const char *action; /* the verb, "ban add"; of the agent's own: "policy reverted" */
	const char *dev;    /* NULL: of no interface */
	const char *object; /* address, prefix or file; NULL: none */
	const char *why;    /* the note that was given; NULL: none */
	enum audit_by by;
	bool refused;	       /* it was asked for, and not done for safety */
	__u64 ttl_seconds;     /* 0: none */
	__u32 before, after;   /* generation of the policy; both 0: it has to do with none */
	const char *state_dir; /* NULL: the one of the interface's agent */
};

/*
 * Records what was done, after it was done. What cannot be written is said on stderr or in the log,
 * and in the journal, and never undoes the deed: callers may ignore the result. Returns 0 or a
 * negative errno.
 */
int audit(const struct audit_entry *entry);

/* Where the trail of an interface is; NULL: that of what belongs to none. "" if nothing is kept. */
void audit_place(const char *dev, char dir[VARFILE_PATH_LEN], const char **name);

#endif
