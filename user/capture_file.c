/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user/capture_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define CHUNK 65536

static void fd_close(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}
#define cleanup_fd __attribute__((cleanup(fd_close)))

static int copy_all(int from, int to)
{
	char chunk[CHUNK];

	for (;;) {
		ssize_t got = read(from, chunk, sizeof(chunk));

		if (got < 0 && errno == EINTR)
			continue;
		if (got <= 0)
			return got ? -errno : 0;
		for (ssize_t done = 0; done < got;) {
			ssize_t put = write(to, chunk + done, (size_t)(got - done));

			if (put < 0)
				return -errno;
			done += put;
		}
	}
}

/* A file without a name that holds all that a pipe will give, or a negative errno. */
static int spool(int from)
{
	int fd = memfd_create("capture", MFD_CLOEXEC);
	int err;

	if (fd < 0)
		return -errno;
	err = copy_all(from, fd);
	if (err) {
		close(fd);
		return err;
	}
	return fd;
}

int capture_file_open(const char *name, struct capture_file *out)
{
	cleanup_fd int fd = strcmp(name, "-") ? open(name, O_RDONLY | O_CLOEXEC)
					      : fcntl(STDIN_FILENO, F_DUPFD_CLOEXEC, 0);
	struct stat st;
	void *data;

	if (fd < 0 || fstat(fd, &st))
		return -errno;
	if (S_ISDIR(st.st_mode))
		return -EISDIR;
	if (!S_ISREG(st.st_mode)) {
		int file = spool(fd);

		if (file < 0)
			return file;
		close(fd);
		fd = file;
		if (fstat(fd, &st))
			return -errno;
	}
	if (!st.st_size)
		return -ENODATA;
	data = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (data == MAP_FAILED)
		return -errno;
	out->name = strcmp(name, "-") ? name : "standard input";
	out->data = data;
	out->len = (size_t)st.st_size;
	return 0;
}

void capture_file_close(struct capture_file *file)
{
	if (file->data)
		munmap(file->data, file->len);
	file->data = NULL;
}
