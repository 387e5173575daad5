// SPDX-License-Identifier: GPL-2.0-or-later
/* Writes the spoilt policies of tests/unit/policy_mutant.h to a directory, for the lab. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/policy_mutant.h"

static int write_file(const char *dir, unsigned int n, const char *text, size_t length)
{
	char path[512];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%03u.yaml", dir, n);
	file = fopen(path, "we");
	if (!file)
		return -errno;
	if (fwrite(text, 1, length, file) != length) {
		fclose(file);
		return -EIO;
	}
	return fclose(file) ? -errno : 0;
}

int main(int argc, char **argv)
{
	unsigned long count = argc == 3 ? strtoul(argv[2], NULL, 10) : 0;
	struct mutant *mutant;
	int err = 0;

	if (!count || count > 10000) {
		fputs("Usage: mutants DIR COUNT\n", stderr);
		return 2;
	}
	mutant = calloc(count, sizeof(*mutant));
	if (!mutant)
		return 1;
	policy_mutants(mutant, (unsigned int)count);
	for (unsigned int i = 0; i < count && !err; i++)
		err = write_file(argv[1], i, mutant[i].text, mutant[i].length);
	free(mutant);
	if (err)
		fprintf(stderr, "mutants: %s: %s\n", argv[1], strerror(-err));
	return err ? 1 : 0;
}
