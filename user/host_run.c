// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/host.h"

/* Reads to the end; a program that says more than max bytes has its say cut off. */
static int read_all(int fd, size_t max, char **out)
{
	char *text = malloc(max + 1);
	size_t len = 0;
	ssize_t got;

	if (!text)
		return -ENOMEM;
	do {
		got = read(fd, text + len, max - len);
		if (got > 0)
			len += (size_t)got;
	} while (len < max && (got > 0 || (got < 0 && errno == EINTR)));
	if (len == max) {
		free(text);
		return -EFBIG;
	}
	text[len] = 0;
	*out = text;
	return 0;
}

static int start(const char *const argv[], int output, pid_t *pid)
{
	posix_spawn_file_actions_t actions;
	int err = posix_spawn_file_actions_init(&actions);

	if (err)
		return -err;
	posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
	posix_spawn_file_actions_adddup2(&actions, output, STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
	err = posix_spawnp(pid, argv[0], &actions, NULL, (char *const *)argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	return -err;
}

int host_run(const char *const argv[], size_t max, char **out)
{
	int pipes[2], status = 0, err;
	char *text = NULL;
	pid_t pid = -1;

	if (pipe2(pipes, O_CLOEXEC))
		return -errno;
	err = start(argv, pipes[1], &pid);
	close(pipes[1]);
	if (!err) {
		err = read_all(pipes[0], max, &text);
		close(pipes[0]);
		while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
			;
		if (!err && (!WIFEXITED(status) || WEXITSTATUS(status)))
			err = -EIO;
	} else {
		close(pipes[0]);
	}
	if (err)
		free(text);
	else
		*out = text;
	return err;
}
