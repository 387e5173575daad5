// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/agent_socket.h"

#include <errno.h>
#include <grp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

int agent_socket(const char *path, int backlog)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	const struct group *group = getgrnam("sipshield");
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	mode_t mask;
	int err;

	if (fd < 0)
		return -errno;
	strncpy(name.sun_path, path, sizeof(name.sun_path) - 1);
	unlink(path); /* of an agent that was killed */
	mask = umask(0117);
	err = bind(fd, (const struct sockaddr *)&name, sizeof(name)) ? -errno : 0;
	umask(mask);
	if (!err && group && group->gr_gid != getegid() && chown(path, -1, group->gr_gid))
		err = -errno;
	if (!err && listen(fd, backlog))
		err = -errno;
	if (!err)
		return fd;
	close(fd);
	return err;
}

int agent_connect(const char *path, int flags)
{
	struct sockaddr_un name = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | flags, 0);
	int err;

	if (fd < 0)
		return -errno;
	strncpy(name.sun_path, path, sizeof(name.sun_path) - 1);
	if (!connect(fd, (const struct sockaddr *)&name, sizeof(name)))
		return fd;
	err = -errno;
	close(fd);
	return err;
}
