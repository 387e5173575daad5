// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/journal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "user/names.h"
#include "user/varfile.h"

#define SUFFIX "transitions.jsonl"
#define OLDER SUFFIX ".1"

struct journal {
	char path[VARFILE_PATH_LEN];
	char older[VARFILE_PATH_LEN];
	int fd; /* -1: not open */
	__u64 size;
};

static json_t *packet_json(const struct recent_packet *p, const struct journal_clock *clock)
{
	json_t *object = json_pack("{s:f, s:s, s:s, s:s, s:s}", "t",
				   journal_wall(clock, p->time_ns), "event", event_name(p->kind),
				   "method", method_name(p->method), "standing",
				   standing_name(p->standing), "reason", reason_name(p->reason));

	if (p->status)
		json_object_set_new(object, "status", json_integer(p->status));
	if (p->credentials)
		json_object_set_new(object, "credentials", json_true());
	if (p->why)
		json_object_set_new(object, "why", json_string(why_name(p->why)));
	return object;
}

/* The line with its end, to be freed; NULL: no memory. */
static char *line_of(const struct transition *transition, const struct journal_clock *clock,
		     const struct recent_packet *packet, size_t packets)
{
	double t = journal_wall(clock, transition->time_ns);
	json_t *entry = transition_json(transition, t), *list = json_array();
	time_t whole = (time_t)t;
	char time[32], *line, *ended = NULL;
	struct tm utc;

	for (size_t i = 0; i < packets; i++)
		json_array_append_new(list, packet_json(&packet[i], clock));
	gmtime_r(&whole, &utc);
	strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%SZ", &utc);
	json_object_set_new(entry, "time", json_string(time));
	json_object_set_new(entry, "packets", list);
	line = json_dumps(entry, JSON_COMPACT | JSON_REAL_PRECISION(15));
	json_decref(entry);
	if (line && asprintf(&ended, "%s\n", line) < 0)
		ended = NULL;
	free(line);
	return ended;
}

static void journal_release(struct journal *journal)
{
	if (journal->fd >= 0)
		close(journal->fd);
	journal->fd = -1;
}

static int open_file(struct journal *journal)
{
	struct stat st;
	int err;

	journal->fd =
		open(journal->path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (journal->fd < 0 || fstat(journal->fd, &st))
		return -errno;
	journal->size = (__u64)st.st_size;
	err = varfile_end_line(journal->fd, st.st_size);
	if (err)
		journal_release(journal);
	return err;
}

static int find_last(json_t *entry, void *arg)
{
	json_int_t id = json_integer_value(json_object_get(entry, "id"));
	__u64 *last = arg;

	if (id > 0 && (__u64)id > *last)
		*last = (__u64)id;
	return 0;
}

int journal_open(const char *dir, const char *dev, struct journal **out, __u64 *last_id)
{
	struct journal *journal = calloc(1, sizeof(*journal));
	__u64 last = 0;
	int err;

	if (!journal)
		return -ENOMEM;
	err = varfile_path(dir, dev, SUFFIX, journal->path);
	if (!err)
		err = varfile_path(dir, dev, OLDER, journal->older);
	if (!err)
		err = journal_each(dir, dev, find_last, &last);
	if (!err)
		err = open_file(journal);
	if (err) {
		free(journal);
		return err;
	}
	*last_id = last;
	*out = journal;
	return 0;
}

void journal_close(struct journal *journal)
{
	if (!journal)
		return;
	journal_release(journal);
	free(journal);
}

static int make_room(struct journal *journal, size_t len)
{
	int err = journal->fd < 0 ? open_file(journal) : 0;

	if (err || journal->size + len <= JOURNAL_SIZE_MAX)
		return err;
	if (rename(journal->path, journal->older))
		return -errno;
	journal_release(journal);
	return open_file(journal);
}

/* All of a line or nothing that would be read as one: after an error the file is opened anew. */
static int write_line(struct journal *journal, const char *line, size_t len)
{
	ssize_t written = write(journal->fd, line, len);

	if (written == (ssize_t)len) {
		journal->size += len;
		return 0;
	}
	journal_release(journal);
	return written < 0 ? -errno : -ENOSPC;
}

int journal_append(struct journal *journal, const struct transition *transition,
		   const struct journal_clock *clock, const struct recent_packet *packet,
		   size_t packets)
{
	char *line = line_of(transition, clock, packet, packets);
	int err;

	if (!line)
		return -ENOMEM;
	err = make_room(journal, strlen(line));
	if (!err)
		err = write_line(journal, line, strlen(line));
	free(line);
	return err;
}

/* A line in which no source is found is read as a whole; quotes inside a string are escaped. */
static bool line_wanted(const char *line, size_t len, journal_wanted *wanted, const void *arg)
{
	static const char key[] = "\"src\":\"";
	const char *src = memmem(line, len, key, sizeof(key) - 1), *end;

	if (!wanted || !src)
		return true;
	src += sizeof(key) - 1;
	end = memchr(src, '"', (size_t)(line + len - src));
	return !end || wanted(src, (size_t)(end - src), arg);
}

/* Which entries of a file are read. */
struct reading {
	journal_wanted *wanted; /* NULL: of all sources */
	long late;		/* bytes at the end that are read; 0: all */
	int (*fn)(json_t *entry, void *arg);
	void *arg;
};

/* What is left of a line that began before is no line. */
static void skip_early(FILE *file, long late)
{
	int c;

	if (!late || fseek(file, -late, SEEK_END))
		return;
	do
		c = getc(file);
	while (c != '\n' && c != EOF);
}

static int each_of_file(const char *path, const struct reading *reading)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int stop = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	skip_early(file, reading->late);
	while (!stop && (len = getline(&line, &room, file)) > 0) {
		json_t *entry;

		if (!line_wanted(line, (size_t)len, reading->wanted, reading->arg))
			continue;
		entry = json_loadb(line, (size_t)len, 0, NULL);
		if (json_is_object(entry))
			stop = reading->fn(entry, reading->arg);
		json_decref(entry);
	}
	free(line);
	fclose(file);
	return stop;
}

static int each(const char *dir, const char *dev, const struct reading *reading)
{
	static const char *const suffix[] = { OLDER, SUFFIX };
	char path[VARFILE_PATH_LEN];
	int err = 0;

	for (int i = 0; i < 2 && !err; i++) {
		err = varfile_path(dir, dev, suffix[i], path);
		if (!err)
			err = each_of_file(path, reading);
	}
	return err;
}

int journal_each(const char *dir, const char *dev, int (*fn)(json_t *entry, void *arg), void *arg)
{
	return each(dir, dev, &(struct reading){ .fn = fn, .arg = arg });
}

int journal_each_of(const char *dir, const char *dev, journal_wanted *wanted,
		    int (*fn)(json_t *entry, void *arg), void *arg)
{
	return each(dir, dev, &(struct reading){ .wanted = wanted, .fn = fn, .arg = arg });
}

int journal_each_late(const char *dir, const char *dev, long bytes,
		      int (*fn)(json_t *entry, void *arg), void *arg)
{
	return each(dir, dev, &(struct reading){ .late = bytes, .fn = fn, .arg = arg });
}
