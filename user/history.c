// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/history.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "bpf/env.h"
#include "user/addr.h"
#include "user/names.h"
#include "user/varfile.h"

#define SUFFIX "events.jsonl"
#define BATCH_MAX (1U << 20) /* bytes that wait to be written, at most */
#define SECOND_NS 1000000000ULL
#define KINDS 2 /* EVENT_DROP and EVENT_SHADOW */
_Static_assert(EVENT_DROP < KINDS && EVENT_SHADOW < KINDS, "kinds");

/* What a reason may still add: a GCRA cell for strangers and one for all others. */
struct allowance {
	__u64 arrival_ns[2];
	__u64 left_out;
};

struct history {
	const char *dir;
	const char *dev;
	int fd;	     /* -1: not open */
	size_t size; /* of the newest file */
	char *batch;
	size_t length;
	struct allowance allowance[KINDS][REASON_MAX];
	__u64 shadow[REASON_MAX]; /* as counted last */
	bool counted;		  /* shadow was set */
};

/* --- what is kept -------------------------------------------------------------------------------*/

static bool has_room(struct allowance *allowance, const struct event *event)
{
	bool known = event->standing != STANDING_UNKNOWN;
	__u64 interval = (known ? HISTORY_KNOWN_SECONDS : HISTORY_STRANGER_SECONDS) * SECOND_NS;
	__u64 *arrival = &allowance->arrival_ns[known];

	if (*arrival > event->time_ns + (HISTORY_BURST - 1) * interval) {
		allowance->left_out++;
		return false;
	}
	if (*arrival < event->time_ns)
		*arrival = event->time_ns;
	*arrival += interval;
	return true;
}

/* The first line of what came, as it may be shown: anything may have been sent. */
static void line_text(const __u8 line[EVENT_LINE_LEN], char out[EVENT_LINE_LEN + 1])
{
	size_t i = 0;

	for (; i < EVENT_LINE_LEN && line[i] && line[i] != '\r' && line[i] != '\n'; i++)
		out[i] = (char)(line[i] < ' ' || line[i] > '~' ? '?' : line[i]);
	out[i] = 0;
}

/* Adds an object to what waits to be written, and frees it. Without room or memory it is lost. */
static void append(struct history *history, json_t *entry)
{
	char *line = json_dumps(entry, JSON_COMPACT | JSON_REAL_PRECISION(14));
	size_t length = line ? strlen(line) : 0;

	json_decref(entry);
	if (line && history->length + length + 1 <= BATCH_MAX) {
		memcpy(history->batch + history->length, line, length);
		history->length += length;
		history->batch[history->length++] = '\n';
	}
	free(line);
}

void history_add(struct history *history, const struct event *event, const char *signature,
		 const struct journal_clock *clock)
{
	struct allowance *allowance;
	char src[ADDR_TEXT_LEN], line[EVENT_LINE_LEN + 1];
	json_t *entry;

	if ((event->kind != EVENT_DROP && event->kind != EVENT_SHADOW) ||
	    event->reason >= REASON_MAX)
		return;
	allowance = &history->allowance[event->kind][event->reason];
	if (!has_room(allowance, event))
		return;
	entry = json_pack("{s:f, s:s, s:i, s:s, s:s, s:s, s:s, s:I}", "t",
			  journal_wall(clock, event->time_ns), "src", addr_format(&event->src, src),
			  "port", bpf_ntohs(event->sport), "event", event_name(event->kind),
			  "reason", reason_name(event->reason), "method",
			  method_name(event->method), "standing", standing_name(event->standing),
			  "generation", (json_int_t)event->generation);
	if (signature)
		json_object_set_new(entry, "signature", json_string(signature));
	line_text(event->line, line);
	if (*line)
		json_object_set_new(entry, "line", json_string(line));
	if (allowance->left_out)
		json_object_set_new(entry, "left_out",
				    json_integer((json_int_t)allowance->left_out));
	allowance->left_out = 0;
	append(history, entry);
}

void history_count(struct history *history, const __u64 shadow[REASON_MAX],
		   const struct journal_clock *clock)
{
	json_t *added = json_object();

	for (unsigned int i = 0; i < REASON_MAX && history->counted; i++) {
		/* less than before: the maps are new */
		__u64 before = history->shadow[i] <= shadow[i] ? history->shadow[i] : 0;

		if (shadow[i] > before)
			json_object_set_new(added, reason_name(i),
					    json_integer((json_int_t)(shadow[i] - before)));
	}
	memcpy(history->shadow, shadow, sizeof(history->shadow));
	history->counted = true;
	if (json_object_size(added))
		append(history, json_pack("{s:f, s:o}", "t", clock->wall, "counted", added));
	else
		json_decref(added);
}

/* --- files --------------------------------------------------------------------------------------*/

static void release(struct history *history)
{
	if (history->fd >= 0)
		close(history->fd);
	history->fd = -1;
}

static int open_newest(struct history *history)
{
	char path[VARFILE_PATH_LEN], last = '\n';
	struct stat st;
	int err = varfile_path(history->dir, history->dev, SUFFIX, path);

	if (err)
		return err;
	history->fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);
	if (history->fd < 0 || fstat(history->fd, &st))
		return -errno;
	history->size = (size_t)st.st_size;
	/* A line that a crash or a full disk cut off must not swallow the next one. */
	if (st.st_size && pread(history->fd, &last, 1, st.st_size - 1) == 1 && last != '\n' &&
	    write(history->fd, "\n", 1) != 1)
		return -EIO;
	return 0;
}

static int write_batch(struct history *history)
{
	ssize_t written;
	int err = 0;

	if (history->fd >= 0 && history->size + history->length > HISTORY_FILE_MAX) {
		release(history);
		err = varfile_rotate(history->dir, history->dev, SUFFIX, HISTORY_FILES - 1);
	}
	if (!err && history->fd < 0)
		err = open_newest(history);
	if (err)
		return err;
	written = write(history->fd, history->batch, history->length);
	if (written == (ssize_t)history->length) {
		history->size += history->length;
		return 0;
	}
	return written < 0 ? -errno : -ENOSPC;
}

int history_write(struct history *history)
{
	int err = history->length ? write_batch(history) : 0;

	if (err)
		release(history);
	history->length = 0;
	return err;
}

int history_open(const char *dir, const char *dev, struct history **out)
{
	struct history *history = calloc(1, sizeof(*history));
	int err = -ENOMEM;

	if (!history)
		return err;
	history->dir = dir;
	history->dev = dev;
	history->fd = -1;
	history->batch = malloc(BATCH_MAX);
	if (history->batch)
		err = open_newest(history);
	if (err) {
		release(history);
		free(history->batch);
		free(history);
		return err;
	}
	*out = history;
	return 0;
}

void history_close(struct history *history)
{
	if (!history)
		return;
	history_write(history);
	release(history);
	free(history->batch);
	free(history);
}

/* --- reading ------------------------------------------------------------------------------------*/

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool parse_event(const json_t *entry, struct history_event *out)
{
	int kind = event_by_name(string_of(entry, "event"));
	int reason = reason_of(string_of(entry, "reason"));
	int method = method_by_name(string_of(entry, "method"));
	int standing = standing_by_name(string_of(entry, "standing"));

	*out = (struct history_event){
		.t = json_number_value(json_object_get(entry, "t")),
		.sport = (__u16)json_integer_value(json_object_get(entry, "port")),
		.reason = (__u16)reason,
		.kind = (__u8)kind,
		.method = (__u8)method,
		.standing = (__u8)standing,
		.generation = (__u32)json_integer_value(json_object_get(entry, "generation")),
		.left_out = (__u64)json_integer_value(json_object_get(entry, "left_out")),
	};
	snprintf(out->line, sizeof(out->line), "%s", string_of(entry, "line"));
	snprintf(out->signature, sizeof(out->signature), "%s", string_of(entry, "signature"));
	return (kind == EVENT_DROP || kind == EVENT_SHADOW) && reason >= 0 && method >= 0 &&
	       standing >= 0 && !addr_parse(string_of(entry, "src"), &out->src);
}

static int read_entry(json_t *entry, const struct history_reader *reader)
{
	double t = json_number_value(json_object_get(entry, "t"));
	json_t *counted = json_object_get(entry, "counted"), *packets;
	struct history_event event;
	const char *name;
	int stop = 0;

	if (t < reader->since)
		return 0;
	if (!counted)
		return parse_event(entry, &event) ? reader->event(&event, reader->arg) : 0;
	json_object_foreach(counted, name, packets) {
		int reason = reason_of(name);

		if (!stop && reason >= 0 && json_integer_value(packets) > 0)
			stop = reader->counted(t, (unsigned int)reason,
					       (__u64)json_integer_value(packets), reader->arg);
	}
	return stop;
}

static int read_file(const char *path, const struct history_reader *reader)
{
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int stop = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (!stop && (len = getline(&line, &room, file)) > 0) {
		json_t *entry = json_loadb(line, (size_t)len, 0, NULL);

		if (json_is_object(entry))
			stop = read_entry(entry, reader);
		json_decref(entry);
	}
	free(line);
	fclose(file);
	return stop;
}

int history_read(const char *dir, const char *dev, const struct history_reader *reader)
{
	char path[VARFILE_PATH_LEN];
	int stop = 0;

	for (unsigned int age = HISTORY_FILES; age-- > 0 && !stop;) {
		stop = varfile_aged(dir, dev, SUFFIX, age, path);
		if (!stop)
			stop = read_file(path, reader);
	}
	return stop;
}
