// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/varfile.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define cleanup_fd __attribute__((cleanup(close_fd)))

int varfile_path(const char *dir, const char *dev, const char *suffix, char out[VARFILE_PATH_LEN])
{
	int len = snprintf(out, VARFILE_PATH_LEN, "%s/%s.%s", dir, dev, suffix);

	return len < VARFILE_PATH_LEN ? 0 : -ENAMETOOLONG;
}

int varfile_aged(const char *dir, const char *dev, const char *suffix, unsigned int age,
		 char out[VARFILE_PATH_LEN])
{
	char aged[NAME_MAX + 1];
	int len = snprintf(aged, sizeof(aged), "%s.%u", suffix, age);

	if (len >= (int)sizeof(aged))
		return -ENAMETOOLONG;
	return varfile_path(dir, dev, age ? aged : suffix, out);
}

int varfile_rotate(const char *dir, const char *dev, const char *suffix, unsigned int older)
{
	char from[VARFILE_PATH_LEN], to[VARFILE_PATH_LEN];
	int err = 0;

	for (unsigned int age = older; age > 0 && !err; age--) {
		err = varfile_aged(dir, dev, suffix, age - 1, from);
		if (!err)
			err = varfile_aged(dir, dev, suffix, age, to);
		if (!err && rename(from, to) && errno != ENOENT)
			err = -errno;
	}
	return err;
}

int varfile_make_dir(const char *dir)
{
	return mkdir(dir, 0755) && errno != EEXIST ? -errno : 0;
}

static int write_all(int fd, const unsigned char *data, size_t len)
{
	while (len) {
		ssize_t n = write(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

/* The directory that a file lies in; false: the path names none. */
static bool directory_of(const char *path, char dir[VARFILE_PATH_LEN])
{
	char *slash;

	snprintf(dir, VARFILE_PATH_LEN, "%s", path);
	slash = strrchr(dir, '/');
	if (slash)
		slash[slash == dir] = 0;
	return slash;
}

/* The new name is on the disk only when the directory is. */
static int sync_dir(const char *path)
{
	char dir[VARFILE_PATH_LEN];
	cleanup_fd int fd = -1;

	if (!directory_of(path, dir))
		return 0;
	fd = open(dir, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	return fd < 0 || fsync(fd) ? -errno : 0;
}

/* What root writes belongs to whom the directory belongs: an agent without root's rights reads it. */
static int give_away(const char *path, int fd)
{
	char dir[VARFILE_PATH_LEN];
	struct stat st;

	if (geteuid() || !directory_of(path, dir))
		return 0;
	return stat(dir, &st) || fchown(fd, st.st_uid, st.st_gid) ? -errno : 0;
}

static int write_new(const char *path, mode_t mode, const void *data, size_t len)
{
	cleanup_fd int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC | O_NOFOLLOW, mode);
	int err;

	if (fd < 0)
		return -errno;
	err = give_away(path, fd);
	/* whatever the umask is, and a file of this name had */
	if (!err)
		err = fchmod(fd, mode) ? -errno : write_all(fd, data, len);
	return !err && fsync(fd) ? -errno : err;
}

static int replace(const char *path, mode_t mode, const void *data, size_t len)
{
	char new[VARFILE_PATH_LEN];
	int err;

	if (snprintf(new, sizeof(new), "%s.new", path) >= (int)sizeof(new))
		return -ENAMETOOLONG;
	err = write_new(new, mode, data, len);
	if (!err && rename(new, path))
		err = -errno;
	if (err)
		unlink(new);
	return err ? err : sync_dir(path);
}

int varfile_write(const char *path, const void *data, size_t len)
{
	return replace(path, 0640, data, len);
}

int varfile_publish(const char *path, const void *data, size_t len)
{
	return replace(path, 0644, data, len);
}

static int read_all(int fd, unsigned char *data, size_t len)
{
	while (len) {
		ssize_t n = read(fd, data, len);

		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n ? -errno : -EIO;
		data += n;
		len -= (size_t)n;
	}
	return 0;
}

int varfile_read(const char *path, size_t max, unsigned char **data, size_t *len)
{
	cleanup_fd int fd = open(path, O_RDONLY | O_CLOEXEC);
	unsigned char *bytes;
	struct stat st;
	int err;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (!S_ISREG(st.st_mode))
		return -EINVAL;
	if ((size_t)st.st_size > max)
		return -EFBIG;
	bytes = malloc((size_t)st.st_size + 1);
	if (!bytes)
		return -ENOMEM;
	err = read_all(fd, bytes, (size_t)st.st_size);
	if (err) {
		free(bytes);
		return err;
	}
	*data = bytes;
	*len = (size_t)st.st_size;
	return 0;
}

int varfile_end_line(int fd, off_t size)
{
	char last = '\n';

	if (size && pread(fd, &last, 1, size - 1) != 1)
		return -EIO;
	return last == '\n' || write(fd, "\n", 1) == 1 ? 0 : -EIO;
}

int varfile_lock(const char *path, bool wait, int *lock)
{
	int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	int err;

	if (fd < 0)
		return -errno;
	err = give_away(path, fd);
	if (!err && flock(fd, wait ? LOCK_EX : LOCK_EX | LOCK_NB))
		err = -errno;
	if (err)
		close(fd);
	else
		*lock = fd;
	return err;
}

int varfile_move(const char *from, const char *to)
{
	return rename(from, to) ? -errno : sync_dir(to);
}
