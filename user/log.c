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

/* systemd names the stream that it gave us; after a redirection it is another one. */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	uintmax_t device, inode;
	struct stat now;

	return stream && sscanf(stream, "%ju:%ju", &device, &inode) == 2 &&
	       !fstat(STDERR_FILENO, &now) && now.st_dev == device && now.st_ino == inode;
}

void log_line(int priority, const char *format, ...)
{
	char line[LINE_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (!is_journal() || sd_journal_send("MESSAGE=%s", line, "PRIORITY=%d", priority, NULL))
		fprintf(stderr, "sipshield: %s\n", line);
}

void log_source(int priority, const struct addr *source, const char *reason, const char *format,
		...)
{
	char line[LINE_LEN], text[ADDR_TEXT_LEN];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	addr_format(source, text);
	if (!is_journal() ||
	    sd_journal_send("MESSAGE=%s", line, "PRIORITY=%d", priority, "SIPSHIELD_SRC=%s", text,
			    "SIPSHIELD_REASON=%s", reason, NULL))
		fprintf(stderr, "sipshield: %s\n", line);
}

/* What an operator should see at once, and what he need not. */
static int priority_of(const struct transition *t)
{
	if (t->to == STEP_FROZEN)
		return LOG_ALERT;
	if (t->error)
		return LOG_ERR;
	if (t->to == STEP_NARROW || t->bound)
		return LOG_WARNING;
	return t->to == STEP_WATCH || t->to == STEP_NONE ? LOG_INFO : LOG_NOTICE;
}

void log_transition(const struct transition *t)
{
	char line[TRANSITION_TEXT_LEN], source[PREFIX_TEXT_LEN];
	int priority = priority_of(t);

	transition_text(t, line);
	transition_subject(t, source);
	if (!is_journal() ||
	    sd_journal_send("MESSAGE=#%llu %s", (unsigned long long)t->id, line, "PRIORITY=%d",
			    priority, "SIPSHIELD_SRC=%s", source, "SIPSHIELD_REASON=%s",
			    rule_name(t->rule), "SIPSHIELD_ID=%llu", (unsigned long long)t->id,
			    "SIPSHIELD_FROM=%s", step_name(t->from), "SIPSHIELD_TO=%s",
			    step_name(t->to), "SIPSHIELD_RULE=%s", rule_name(t->rule), NULL))
		fprintf(stderr, "sipshield: #%llu %s\n", (unsigned long long)t->id, line);
}
