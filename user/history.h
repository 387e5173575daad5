/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The history of what was dropped, and what would have been: the sampled events of about a day, one
 * JSON object a line, in files of bounded size. It is written in batches and outlives the agent; it
 * can be read while the agent is down. All functions that return int return 0 or a negative errno.
 */
#ifndef SIPSHIELD_HISTORY_H
#define SIPSHIELD_HISTORY_H

#include "maps/types.h"
#include "user/journal.h"

#define HISTORY_FILE_MAX (4U << 20) /* bytes */
#define HISTORY_FILES 4		    /* the newest one and older ones */
/*
 * Of strangers an event of each reason is kept in so many seconds, of all others more, as many at
 * once: a flood must not push a day out of the files. Those left out are counted.
 */
#define HISTORY_STRANGER_SECONDS 10
#define HISTORY_KNOWN_SECONDS 5
#define HISTORY_BURST 300

struct history;

/* Continues the history of an interface. */
int history_open(const char *dir, const char *dev, struct history **out);
void history_close(struct history *history); /* writes what is left */

/*
 * Takes an event, if it is a DROP or a SHADOW and there is room for it. Nothing is written yet.
 * signature: the name of the one that it tells of, or NULL.
 */
void history_add(struct history *history, const struct event *event, const char *signature,
		 const struct journal_clock *clock);
/*
 * All packets that rules in shadow hit, by enum reason, counted since some time: what was added
 * since the last call is noted. What the first call says was counted before.
 */
void history_count(struct history *history, const __u64 shadow[REASON_MAX],
		   const struct journal_clock *clock);
/* Writes what was taken since the last time. After an error that is lost. */
int history_write(struct history *history);

/* An event as it was kept. */
struct history_event {
	double t; /* seconds since 1970 */
	struct addr src;
	__u16 sport;	  /* host byte order */
	__u16 reason;	  /* enum reason */
	__u8 kind;	  /* EVENT_DROP or EVENT_SHADOW */
	__u8 method;	  /* enum sip_method */
	__u8 standing;	  /* enum standing_state */
	__u32 generation; /* of the policy that judged */
	__u64 left_out;	  /* events of its kind and reason, before it, that found no room */
	char signature[SIGNATURE_NAME_LEN]; /* "": it tells of none, or its name was not known */
	char line[EVENT_LINE_LEN + 1];	    /* its start line, cut; only printable characters */
};

/* What is called for what stands in a history; a value other than 0 ends the reading. */
struct history_reader {
	double since; /* seconds since 1970 */
	int (*event)(const struct history_event *event, void *arg);
	/* so many packets a rule in shadow hit until t, since the last such call or the start */
	int (*counted)(double t, unsigned int reason, __u64 packets, void *arg);
	void *arg;
};

/*
 * Reads the history of an interface, the oldest first; what is damaged is left out. No history is an
 * empty one. Returns what a function returned last, or a negative errno.
 */
int history_read(const char *dir, const char *dev, const struct history_reader *reader);

#endif
