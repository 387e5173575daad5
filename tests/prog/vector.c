// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/prog/vector.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

static bool is_vector(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && !strcmp(name + len - 4, ".sip");
}

void vector_read(struct vector *v, const char *folder, const char *name, const char *end)
{
	FILE *file;

	snprintf(v->path, sizeof(v->path), "%s/%s%s", folder, name, end);
	v->name = v->path + strlen(folder) + 1;
	file = fopen(v->path, "re");

	cr_assert_not_null(file, "%s cannot be read", v->path);
	v->len = fread(v->text, 1, sizeof(v->text), file);
	fclose(file);
	cr_assert(v->len > 0 && v->len < sizeof(v->text), "%s has %zu bytes", v->path, v->len);
}

int vector_each(const char *folder, void (*try)(const struct vector *, const void *),
		const void *context)
{
	static struct vector v;
	struct dirent *entry;
	int n = 0;
	DIR *dir = opendir(folder);

	if (!dir)
		return -ENOENT;
	while ((entry = readdir(dir))) {
		if (!is_vector(entry->d_name))
			continue;
		vector_read(&v, folder, entry->d_name, "");
		try(&v, context);
		n++;
	}
	closedir(dir);
	return n;
}

static bool comes(const struct vector *v, const char *how)
{
	return !strncmp(v->name, how, strlen(how));
}

struct frame_spec vector_frame(const struct vector *v)
{
	bool raw = comes(v, "raw-") || comes(v, "ipv6-raw");

	return (struct frame_spec){
		.tcp = comes(v, "tcp-"),
		.ipv6 = comes(v, "ipv6-"),
		.unchecked = raw || comes(v, "unchecked-"),
		.sport = raw || comes(v, "low-port") ? 9 : 0,
		.fragment.more = comes(v, "fragment-"),
		.payload = v->text,
		.payload_len = v->len,
	};
}
