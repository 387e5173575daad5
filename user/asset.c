// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/asset.h"

#include <string.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

const struct asset *asset_find(const char *path)
{
	const char *name = strcmp(path, "/") ? path + 1 : "index.html";

	if (*path != '/')
		return NULL;
	for (const struct asset *asset = assets; asset < assets_end; asset++) {
		if (!strcmp(asset->name, name))
			return asset;
	}
	return NULL;
}

const char *asset_type(const struct asset *asset)
{
	static const struct {
		const char *ending;
		const char *type;
	} types[] = {
		{ ".html", "text/html; charset=utf-8" },
		{ ".css", "text/css; charset=utf-8" },
		{ ".js", "text/javascript; charset=utf-8" },
		{ ".svg", "image/svg+xml" },
	};
	size_t len = strlen(asset->name);

	for (size_t i = 0; i < ARRAY_LEN(types); i++) {
		size_t ending = strlen(types[i].ending);

		if (len > ending && !strcmp(asset->name + len - ending, types[i].ending))
			return types[i].type;
	}
	return "application/octet-stream";
}

/* A list of tags, each perhaps behind "W/"; the quotes keep one from being a part of another. */
int asset_known(const struct asset *asset, const char *if_none_match)
{
	return if_none_match && (!strcmp(if_none_match, "*") || strstr(if_none_match, asset->tag));
}
