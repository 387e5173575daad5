// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/host.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PATH_LEN 4096
#define PROC_NET_MAX (64U << 20) /* half a million sockets */

static void free_text(char **text)
{
	free(*text);
}
static void close_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}
static void close_file(FILE **file)
{
	if (*file)
		fclose(*file);
}
#define cleanup_text __attribute__((cleanup(free_text)))
#define cleanup_dir __attribute__((cleanup(close_dir)))
#define cleanup_file __attribute__((cleanup(close_file)))

/* Files under /proc have no size beforehand. */
static int read_stream(FILE *file, size_t max, char **out)
{
	cleanup_text char *text = NULL;
	size_t len = 0, room = 0;

	for (;;) {
		size_t got;

		if (len + 1 >= room) {
			char *bigger;

			room = room ? room * 2 : 4096;
			bigger = realloc(text, room);
			if (!bigger)
				return -ENOMEM;
			text = bigger;
		}
		got = fread(text + len, 1, room - len - 1, file);
		if (!got)
			break;
		len += got;
		if (len > max)
			return -EFBIG;
	}
	if (ferror(file))
		return -EIO;
	text[len] = '\0';
	*out = text;
	text = NULL;
	return 0;
}

int host_read(const char *root, const char *path, size_t max, char **out)
{
	cleanup_file FILE *file = NULL;
	char full[PATH_LEN];

	if (snprintf(full, sizeof(full), "%s%s", root, path) >= (int)sizeof(full))
		return -ENAMETOOLONG;
	file = fopen(full, "re");
	if (!file)
		return -errno;
	return read_stream(file, max, out);
}

static int compare_inodes(const void *a, const void *b)
{
	const struct net_socket *x = a, *y = b;

	return x->inode < y->inode ? -1 : x->inode > y->inode;
}

/* More than one socket has inode 0, and those have no process. */
static struct net_socket *find_inode(const struct net_sockets *sockets, __u64 inode)
{
	const struct net_socket key = { .inode = inode };

	if (!inode || !sockets->count)
		return NULL;
	return bsearch(&key, sockets->item, sockets->count, sizeof(key), compare_inodes);
}

/* Names the process at the sockets that it has open. dir is /proc/PID. */
static void name_process(const char *dir, pid_t pid, struct net_sockets *sockets)
{
	cleanup_dir DIR *fds = NULL;
	cleanup_text char *comm = NULL;
	char path[PATH_LEN];
	struct dirent *entry;

	snprintf(path, sizeof(path), "%.4000s/fd", dir);
	fds = opendir(path);
	if (!fds || host_read(dir, "/comm", 64, &comm))
		return;
	while ((entry = readdir(fds))) {
		char link[64] = { 0 };
		struct net_socket *socket;

		if (readlinkat(dirfd(fds), entry->d_name, link, sizeof(link) - 1) <= 0)
			continue;
		socket = find_inode(sockets, listening_inode(link));
		if (!socket || (socket->pid && socket->pid < pid))
			continue;
		socket->pid = pid;
		listening_name(socket, comm);
	}
}

static void name_processes(const char *root, struct net_sockets *sockets)
{
	cleanup_dir DIR *proc = NULL;
	char path[PATH_LEN];
	struct dirent *entry;

	snprintf(path, sizeof(path), "%.3000s/proc", root);
	proc = opendir(path);
	while (proc && (entry = readdir(proc))) {
		char *end;
		long pid = strtol(entry->d_name, &end, 10);

		if (*end || pid <= 0)
			continue;
		snprintf(path, sizeof(path), "%.3000s/proc/%ld", root, pid);
		name_process(path, (pid_t)pid, sockets);
	}
}

int host_sockets(const char *root, struct net_sockets *out)
{
	static const struct {
		const char *path;
		__u8 protocol;
	} tables[] = {
		{ "/proc/net/udp", IPPROTO_UDP },
		{ "/proc/net/udp6", IPPROTO_UDP },
		{ "/proc/net/tcp", IPPROTO_TCP },
		{ "/proc/net/tcp6", IPPROTO_TCP },
	};
	struct net_sockets sockets = { 0 };
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(tables) / sizeof(tables[0]); i++) {
		cleanup_text char *text = NULL;

		err = host_read(root, tables[i].path, PROC_NET_MAX, &text);
		if (!err)
			err = listening_parse(text, tables[i].protocol, &sockets);
		else if (err != -ENOMEM)
			err = 0;
	}
	if (err) {
		listening_free(&sockets);
		return err;
	}
	if (sockets.count)
		qsort(sockets.item, sockets.count, sizeof(*sockets.item), compare_inodes);
	name_processes(root, &sockets);
	listening_judge(&sockets);
	*out = sockets;
	return 0;
}
