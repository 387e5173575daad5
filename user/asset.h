/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The files of the dashboard inside the binary: those of user/web/ and the chart library, which
 * tools/embed makes a table of. Pure.
 */
#ifndef SIPSHIELD_ASSET_H
#define SIPSHIELD_ASSET_H

#include <stddef.h>

struct asset {
	const char *name; /* of the file, without a directory */
	const char *tag;  /* HTTP's entity tag, with its quotes: other bytes have another one */
	const char *begin;
	const char *end; /* behind the last byte */
};

/* All of them, in no order; tools/embed makes both. */
extern const struct asset assets[], assets_end[];

/* The one of a URL's path: "/app.js" is app.js, "/" is index.html. NULL: there is none. */
const struct asset *asset_find(const char *path);
/* The media type that its name's ending stands for. */
const char *asset_type(const struct asset *asset);
/* If-None-Match (NULL: none) names the asset as it is: the client has it. */
int asset_known(const struct asset *asset, const char *if_none_match);

#endif
