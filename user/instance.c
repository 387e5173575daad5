// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/instance.h"

#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

void instance_path(const char *dev, const char *what, char path[INSTANCE_PATH_LEN])
{
	snprintf(path, INSTANCE_PATH_LEN, INSTANCE_DIR "/%s.%s", dev, what);
}

static pid_t holder(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	return fcntl(fd, F_GETLK, &lock) || lock.l_type == F_UNLCK ? 0 : lock.l_pid;
}

/* The path may have been unlinked, and made anew by another process, before the lock was had. */
static bool is_at(int fd, const char *path)
{
	struct stat locked, now;

	return !fstat(fd, &locked) && !stat(path, &now) && locked.st_ino == now.st_ino;
}

int instance_take(const char *dev, pid_t *other)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	char path[INSTANCE_PATH_LEN];
	int fd, err;

	if (mkdir(INSTANCE_DIR, 0755) && errno != EEXIST)
		return -errno;
	instance_path(dev, "lock", path);
	for (;;) {
		fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
		if (fd < 0)
			return -errno;
		if (fcntl(fd, F_SETLK, &lock))
			break;
		if (is_at(fd, path))
			return 0; /* fd stays open: closing it would give up the lock */
		close(fd);
	}
	err = errno == EACCES ? -EAGAIN : -errno;
	if (err == -EAGAIN)
		*other = holder(fd);
	close(fd);
	return err;
}

void instance_leave(const char *dev)
{
	char path[INSTANCE_PATH_LEN];

	instance_path(dev, "lock", path);
	unlink(path);
}

pid_t instance_of(const char *dev)
{
	char path[INSTANCE_PATH_LEN];
	pid_t pid;
	int fd;

	instance_path(dev, "lock", path);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return 0;
	pid = holder(fd);
	close(fd);
	return pid;
}
