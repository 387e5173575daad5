// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/audit_trail.h"

#include <errno.h>
#include <fcntl.h>
#include <gcrypt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/varfile.h"

#define SUFFIX "audit.jsonl"
#define SHA256_BYTES 32

/* What stands behind that which is hashed. */
#define TAIL_BEGIN ",\"hash\":\""
#define TAIL_END "\"}"
#define TAIL_LEN (sizeof(TAIL_BEGIN) - 1 + AUDIT_HASH_LEN - 1 + sizeof(TAIL_END) - 1)

static const struct audit_link first_link = {
	.hash = "0000000000000000000000000000000000000000000000000000000000000000",
};

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define cleanup_fd __attribute__((cleanup(close_fd)))

static void digest(const char *text, size_t len, char out[AUDIT_HASH_LEN])
{
	unsigned char hash[SHA256_BYTES];

	if (!gcry_control(GCRYCTL_INITIALIZATION_FINISHED_P)) {
		gcry_check_version(NULL);
		gcry_control(GCRYCTL_DISABLE_SECMEM);
		gcry_control(GCRYCTL_INITIALIZATION_FINISHED);
	}
	gcry_md_hash_buffer(GCRY_MD_SHA256, hash, text, len);
	for (size_t i = 0; i < sizeof(hash); i++)
		snprintf(out + 2 * i, 3, "%02x", hash[i]);
}

/* --- reading ------------------------------------------------------------------------------------*/

/* What is wrong with a line in itself, NULL if nothing is. hash receives the one that it names. */
static const char *check_line(const char *line, size_t len, char hash[AUDIT_HASH_LEN])
{
	const char *tail = line + len - 1 - TAIL_LEN;
	char wanted[AUDIT_HASH_LEN];

	if (!len || line[len - 1] != '\n')
		return "has no end";
	if (len - 1 <= TAIL_LEN || memcmp(tail, TAIL_BEGIN, sizeof(TAIL_BEGIN) - 1) ||
	    memcmp(line + len - sizeof(TAIL_END), TAIL_END, sizeof(TAIL_END) - 1))
		return "is no line of a trail";
	digest(line, (size_t)(tail - line), wanted);
	memcpy(hash, tail + sizeof(TAIL_BEGIN) - 1, AUDIT_HASH_LEN - 1);
	hash[AUDIT_HASH_LEN - 1] = 0;
	return strcmp(hash, wanted) ? "was changed: its hash is another one" : NULL;
}

/* And with its place behind the link before it; at the beginning of all that is kept, any is right. */
static const char *check_place(const json_t *entry, const struct audit_link *before, bool begin)
{
	const char *prev = json_string_value(json_object_get(entry, "prev"));
	json_int_t seq = json_integer_value(json_object_get(entry, "seq"));

	if (!prev || seq < 1)
		return "is no line of a trail";
	if (begin && seq > 1)
		return NULL;
	if ((__u64)seq != before->seq + 1)
		return "does not follow the one before it: lines are missing or were put in";
	return strcmp(prev, before->hash)
		       ? "does not follow the one before it: that was another one"
		       : NULL;
}

struct reading {
	int (*fn)(const struct audit_line *line, void *arg);
	void *arg;
	struct audit_summary summary;
	bool begun; /* a line was read */
};

static int read_line(struct reading *reading, struct audit_line *at, const char *line, size_t len)
{
	struct audit_summary *summary = &reading->summary;
	char hash[AUDIT_HASH_LEN];
	int stop;

	at->problem = check_line(line, len, hash);
	at->entry = json_loadb(line, len, JSON_REJECT_DUPLICATES, NULL);
	if (!at->problem)
		at->problem = check_place(at->entry, &summary->last, !reading->begun);
	if (!reading->begun)
		summary->first = (__u64)json_integer_value(json_object_get(at->entry, "seq"));
	reading->begun = true;
	/* A line that is whole but out of place is where the next one is looked for. */
	if (!check_line(line, len, hash) && at->entry) {
		summary->last.seq = (__u64)json_integer_value(json_object_get(at->entry, "seq"));
		memcpy(summary->last.hash, hash, sizeof(hash));
	}
	summary->entries += !at->problem;
	summary->problems += at->problem != NULL;
	stop = reading->fn ? reading->fn(at, reading->arg) : 0;
	json_decref(at->entry);
	return stop;
}

static int read_file(struct reading *reading, const char *path)
{
	struct audit_line at = { .path = path };
	FILE *file = fopen(path, "re");
	char *line = NULL;
	size_t room = 0;
	ssize_t len;
	int stop = 0;

	if (!file)
		return errno == ENOENT ? 0 : -errno;
	while (!stop && (len = getline(&line, &room, file)) > 0) {
		at.number++;
		stop = read_line(reading, &at, line, (size_t)len);
	}
	free(line);
	fclose(file);
	return stop;
}

int audit_read(const char *dir, const char *dev, int (*fn)(const struct audit_line *, void *),
	       void *arg, struct audit_summary *summary)
{
	struct reading reading = { .fn = fn, .arg = arg, .summary.last = first_link };
	char path[VARFILE_PATH_LEN];
	int err = 0;

	for (int number = AUDIT_OLDER; number >= 0 && !err; number--) {
		err = varfile_aged(dir, dev, SUFFIX, (unsigned int)number, path);
		if (!err)
			err = read_file(&reading, path);
	}
	*summary = reading.summary;
	return err;
}

/* --- appending ----------------------------------------------------------------------------------*/

/* The place of a line, if it is whole. */
static bool link_of(const char *line, size_t len, struct audit_link *link)
{
	json_t *entry;
	json_int_t seq;

	if (check_line(line, len, link->hash))
		return false;
	entry = json_loadb(line, len, 0, NULL);
	seq = json_integer_value(json_object_get(entry, "seq"));
	json_decref(entry);
	link->seq = (__u64)seq;
	return seq > 0;
}

/* The last whole line of a text that may begin in the middle of one. */
static bool last_link(const char *text, size_t len, struct audit_link *link)
{
	size_t end = len;

	while (end) {
		const char *before = memrchr(text, '\n', end - 1);
		size_t begin = before ? (size_t)(before - text) + 1 : 0;

		if (link_of(text + begin, end - begin, link))
			return true;
		end = begin;
	}
	return false;
}

/* The end of the file is enough, unless it is damaged. */
static int find_in_file(const char *path, struct audit_link *link, bool *found)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	off_t size = fd < 0 ? 0 : lseek(fd, 0, SEEK_END);
	int err = 0;

	*found = false;
	if (fd < 0 || size < 0)
		return errno == ENOENT ? 0 : -errno;
	for (off_t len = 2 * AUDIT_LINE_MAX; !*found && !err; len = size) {
		off_t part = len < size ? len : size;
		char *text = malloc((size_t)part + 1);
		ssize_t got = text ? pread(fd, text, (size_t)part, size - part) : -1;

		if (!text)
			err = -ENOMEM;
		else if (got != (ssize_t)part)
			err = got < 0 ? -errno : -EIO;
		else
			*found = last_link(text, (size_t)part, link);
		free(text);
		if (part == size)
			break;
	}
	return err;
}

static int find_last(const char *dir, const char *dev, struct audit_link *link)
{
	char path[VARFILE_PATH_LEN];
	bool found = false;
	int err = 0;

	for (unsigned int number = 0; number <= AUDIT_OLDER && !found && !err; number++) {
		err = varfile_aged(dir, dev, SUFFIX, number, path);
		if (!err)
			err = find_in_file(path, link, &found);
	}
	if (!found)
		*link = first_link;
	return err;
}

/* The line with its end, to be freed. */
static int make_line(json_t *entry, struct audit_link *link, char **out)
{
	char *body, *line;
	int len;

	if (json_object_set_new(entry, "seq", json_integer((json_int_t)link->seq + 1)) ||
	    json_object_set_new(entry, "prev", json_string(link->hash)))
		return -ENOMEM;
	body = json_dumps(entry, JSON_COMPACT);
	if (!body)
		return -ENOMEM;
	digest(body, strlen(body) - 1, link->hash);
	link->seq++;
	len = asprintf(&line, "%.*s" TAIL_BEGIN "%s" TAIL_END "\n", (int)strlen(body) - 1, body,
		       link->hash);
	free(body);
	if (len < 0)
		return -ENOMEM;
	if ((size_t)len > AUDIT_LINE_MAX) {
		free(line);
		return -E2BIG;
	}
	*out = line;
	return 0;
}

/* What root makes belongs to whom the directory belongs: an agent without root's rights goes on. */
static int open_file(const char *path, const struct stat *dir, struct stat *st)
{
	int fd = open(path, O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0640);

	if (fd < 0)
		return -errno;
	if (fstat(fd, st) || (!st->st_size && !geteuid() && fchown(fd, dir->st_uid, dir->st_gid))) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

static int write_line(const char *dir, const char *dev, const struct stat *dir_stat,
		      const char *line, bool sync)
{
	char path[VARFILE_PATH_LEN];
	cleanup_fd int fd = -1;
	size_t len = strlen(line);
	struct stat st;
	ssize_t written;
	int err = varfile_path(dir, dev, SUFFIX, path);

	if (!err && !stat(path, &st) && (size_t)st.st_size + len > AUDIT_FILE_MAX)
		err = varfile_rotate(dir, dev, SUFFIX, AUDIT_OLDER);
	if (err)
		return err;
	fd = open_file(path, dir_stat, &st);
	if (fd < 0)
		return fd;
	err = varfile_end_line(fd, st.st_size);
	if (err)
		return err;
	written = write(fd, line, len);
	if (written != (ssize_t)len)
		return written < 0 ? -errno : -ENOSPC;
	return sync && fdatasync(fd) ? -errno : 0;
}

int audit_append(const char *dir, const char *dev, json_t *entry, bool sync,
		 struct audit_link *link)
{
	cleanup_fd int lock = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	struct audit_link here;
	struct stat st;
	char *line;
	int err;

	if (lock < 0 || flock(lock, LOCK_EX) || fstat(lock, &st))
		return -errno;
	err = find_last(dir, dev, &here);
	if (!err)
		err = make_line(entry, &here, &line);
	if (err)
		return err;
	err = write_line(dir, dev, &st, line, sync);
	free(line);
	if (!err && link)
		*link = here;
	return err;
}
