// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Files of the agent: replaced as a whole, read as a whole.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/varfile.h"

static char dir[] = "/tmp/sipshield-unit-XXXXXX";
static char path[VARFILE_PATH_LEN], other[VARFILE_PATH_LEN];

static void make_dir(void)
{
	cr_assert(mkdtemp(dir));
	cr_assert_eq(varfile_path(dir, "eth0", "standing", path), 0);
	cr_assert_eq(varfile_path(dir, "eth0", "standing.new", other), 0);
}

static void remove_dir(void)
{
	unlink(path);
	unlink(other);
	rmdir(other);
	rmdir(dir);
}

static void reads(const char *want)
{
	unsigned char *data;
	size_t len;

	cr_assert_eq(varfile_read(path, 100, &data, &len), 0);
	cr_assert_eq(len, strlen(want));
	cr_assert_eq(memcmp(data, want, len), 0);
	free(data);
}

Test(varfile_replace, the_new_one_or_the_old_one, .init = make_dir, .fini = remove_dir)
{
	cr_assert_eq(varfile_write(path, "one", 3), 0);
	reads("one");
	cr_assert_eq(varfile_write(path, "second", 6), 0);
	reads("second");
	cr_assert(access(other, F_OK), "nothing is left beside it");
	cr_assert_eq(mkdir(other, 0755), 0);
	cr_assert_eq(varfile_write(path, "third", 5), -EISDIR);
	reads("second");
}

Test(varfile_replace, what_cannot_be_read, .init = make_dir, .fini = remove_dir)
{
	unsigned char *data;
	size_t len;

	cr_assert_eq(varfile_read(path, 100, &data, &len), -ENOENT);
	cr_assert_eq(varfile_write(path, "four", 4), 0);
	cr_assert_eq(varfile_read(path, 3, &data, &len), -EFBIG);
	cr_assert_eq(varfile_read(dir, 100, &data, &len), -EINVAL);
}

Test(varfile_replace, directories, .init = make_dir, .fini = remove_dir)
{
	char deep[VARFILE_PATH_LEN];

	cr_assert_eq(varfile_make_dir(dir), 0);
	snprintf(deep, sizeof(deep), "%.4000s/a/b", dir);
	cr_assert_eq(varfile_make_dir(deep), -ENOENT);
	memset(deep, 'x', sizeof(deep));
	deep[sizeof(deep) - 1] = 0;
	cr_assert_eq(varfile_path(deep, "eth0", "standing", other), -ENAMETOOLONG);
	other[0] = 0;
}
