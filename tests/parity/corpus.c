// SPDX-License-Identifier: GPL-2.0-or-later
/* The messages in files. */
#include <errno.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/parity/parity.h"

#define FOLDERS_OPEN 16

/* nftw() passes nothing on. */
static struct message *corpus;
static int corpus_count;

static int read_message(const char *path, struct message *m)
{
	FILE *file = fopen(path, "re");

	if (!file)
		return -errno;
	m->len = fread(m->text, 1, sizeof(m->text), file);
	fclose(file);
	snprintf(m->note, sizeof(m->note), "%s", path);
	return 0;
}

static int add_file(const char *path, const struct stat *st, int type, struct FTW *where)
{
	size_t len = strlen(path);
	struct message *more;

	(void)where;
	if (type != FTW_F || len < 4 || strcmp(path + len - 4, ".sip") != 0 ||
	    st->st_size > MESSAGE_MAX || !st->st_size)
		return 0;
	more = reallocarray(corpus, corpus_count + 1, sizeof(*corpus));
	if (!more)
		return ENOMEM;
	corpus = more;
	return -read_message(path, &corpus[corpus_count++]);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct message *)a)->note, ((const struct message *)b)->note);
}

int corpus_load(const char *folder, const struct message **out)
{
	int err = nftw(folder, add_file, FOLDERS_OPEN, FTW_PHYS);

	if (err)
		return err < 0 ? -errno : -err;
	if (!corpus_count)
		return -ENOENT;
	qsort(corpus, corpus_count, sizeof(*corpus), by_name);
	*out = corpus;
	return corpus_count;
}
