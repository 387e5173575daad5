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
