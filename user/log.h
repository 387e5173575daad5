/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the shield says: to the journal with fields where it is the journal that listens, else to
 * stderr, each line with the <N> of its priority unless people read it on a terminal.
 */
#ifndef SIPSHIELD_LOG_H
#define SIPSHIELD_LOG_H

#include <stddef.h>
#include <syslog.h>

#include "maps/types.h"
#include "user/transition.h"

/* The kinds of record. Each has a MESSAGE_ID, a priority and an entry in the catalog. */
enum message {
#define MESSAGE(id, message_id, priority) MESSAGE_##id,
#include "user/messages.def"
#undef MESSAGE
	MESSAGE_MAX,
};
const char *message_id(enum message message); /* 32 hexadecimal digits */
int message_priority(enum message message);   /* of syslog.h */

void log_say(enum message message, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * The same for a packet of a source: `journalctl SIPSHIELD_SRC=192.0.2.7` finds it. reason is a name
 * of the closed set of reasons.
 */
void log_source(enum message message, const struct addr *source, const char *reason,
		const char *format, ...) __attribute__((format(printf, 4, 5)));

/*
 * A decision of the agent. In the journal it has SIPSHIELD_ID, _FROM, _TO, _RULE and _TTL (seconds)
 * besides; _SRC is an address, a prefix or "shield".
 */
void log_transition(const struct transition *t);
enum message transition_message(const struct transition *t);

/* One field of a record: NAME in capital letters, and its value. */
struct log_field {
	const char *name;
	const char *value; /* NULL: the record has no such field */
};
/*
 * A record for the journal alone, whoever listens on stderr: what a verb did. Without a journal
 * there is none.
 */
void log_record(enum message message, const char *line, const struct log_field *field,
		size_t fields);

#endif
