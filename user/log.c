// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/log.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#define SD_JOURNAL_SUPPRESS_LOCATION
#include <systemd/sd-journal.h>
#include <unistd.h>

#include "user/addr.h"

#define LINE_LEN 512
#define OWN_FIELDS 3 /* MESSAGE, PRIORITY, MESSAGE_ID */
#define FIELDS_MAX 24
#define NUMBER_LEN 24

static const struct {
	const char *id;
	int priority;
} kinds[] = {
#define MESSAGE(id, message_id, priority) [MESSAGE_##id] = { message_id, priority },
#include "user/messages.def"
#undef MESSAGE
};

const char *message_id(enum message message)
{
	return kinds[message].id;
}

int message_priority(enum message message)
{
	return kinds[message].priority;
}

/* systemd names the stream that it gave us; after a redirection it is another one. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat now;

	return stream && sscanf(stream, "%ju:%ju", &device, &inode) == 2 &&
	       !fstat(STDERR_FILENO, &now) && now.st_dev == device && now.st_ino == inode;
}

static bool add_field(struct iovec *field, const char *name, const char *value)
{
	char *text;
	int len = asprintf(&text, "%s=%s", name, value);

	if (len < 0)
		return false;
	*field = (struct iovec){ text, (size_t)len };
	return true;
}

static int send_journal(enum message message, const char *line, const struct log_field *extra,
			size_t extras)
{
	const char priority[] = { (char)('0' + message_priority(message)), 0 };
	const struct log_field own[OWN_FIELDS] = { { "MESSAGE", line },
						   { "PRIORITY", priority },
						   { "MESSAGE_ID", message_id(message) } };
	struct iovec field[FIELDS_MAX] = { 0 };
	bool whole = true;
	int count = 0, err;

	for (size_t i = 0; i < OWN_FIELDS + extras && count < FIELDS_MAX && whole; i++) {
		const struct log_field *from = i < OWN_FIELDS ? &own[i] : &extra[i - OWN_FIELDS];

		if (!from->value)
			continue;
		whole = add_field(&field[count], from->name, from->value);
		count += whole;
	}
	err = whole ? sd_journal_sendv(field, count) : -1;
	while (count)
		free(field[--count].iov_base);
	return err;
}

/* A supervisor that is no journal, or a container's log, sorts lines by <N>; people do not. */
static void say(enum message message, const char *line, const struct log_field *field,
		size_t fields)
{
	if (is_journal() && !send_journal(message, line, field, fields))
		return;
	if (isatty(STDERR_FILENO))
		fprintf(stderr, "sipshield: %s\n", line);
	else
		fprintf(stderr, "<%d>sipshield: %s\n", message_priority(message), line);
}

void log_say(enum message message, const char *format, ...)
{
	char line[LINE_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	say(message, line, NULL, 0);
}

void log_source(enum message message, const struct addr *source, const char *reason,
		const char *format, ...)
{
	char line[LINE_LEN], text[ADDR_TEXT_LEN];
	const struct log_field field[] = {
		{ "SIPSHIELD_SRC", text },
		{ "SIPSHIELD_REASON", reason },
	};
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	addr_format(source, text);
	say(message, line, field, sizeof(field) / sizeof(field[0]));
}

enum message transition_message(const struct transition *t)
{
	if (t->to == STEP_FROZEN)
		return MESSAGE_FROZEN;
	if (t->from == STEP_FROZEN)
		return MESSAGE_THAWED;
	if (t->error)
		return MESSAGE_STEP_FAILED;
	if (t->bound)
		return MESSAGE_NOT_BANNED;
	if (step_is_ban(t->to))
		return MESSAGE_BANNED;
	switch (t->to) {
	case STEP_NARROW:
		return MESSAGE_NARROWED;
	case STEP_TIGHT:
		return MESSAGE_LIMITED;
	case STEP_WATCH:
		return MESSAGE_WATCHED;
	default:
		return MESSAGE_CLEARED;
	}
}

void log_transition(const struct transition *t)
{
	char text[TRANSITION_TEXT_LEN], line[TRANSITION_TEXT_LEN + NUMBER_LEN];
	char source[PREFIX_TEXT_LEN], id[NUMBER_LEN], ttl[NUMBER_LEN];
	const struct log_field field[] = {
		{ "SIPSHIELD_SRC", source },
		{ "SIPSHIELD_REASON", rule_name(t->rule) },
		{ "SIPSHIELD_ID", id },
		{ "SIPSHIELD_FROM", step_name(t->from) },
		{ "SIPSHIELD_TO", step_name(t->to) },
		{ "SIPSHIELD_RULE", rule_name(t->rule) },
		{ "SIPSHIELD_TTL", ttl },
	};

	snprintf(id, sizeof(id), "%llu", (unsigned long long)t->id);
	snprintf(ttl, sizeof(ttl), "%llu", (unsigned long long)t->ttl_seconds);
	snprintf(line, sizeof(line), "#%s %s", id, transition_text(t, text));
	transition_subject(t, source);
	say(transition_message(t), line, field, sizeof(field) / sizeof(field[0]));
}

void log_record(enum message message, const char *line, const struct log_field *field,
		size_t fields)
{
	send_journal(message, line, field, fields);
}
