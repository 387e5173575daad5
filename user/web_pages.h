/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the web process has to show: one reading of everything, its past, and a question to the
 * agent. The answers are bodies and a status; web_serve.c sends them.
 */
#ifndef SIPSHIELD_WEB_PAGES_H
#define SIPSHIELD_WEB_PAGES_H

#include <stdio.h>

#include "user/snapshot.h"
#include "user/trend.h"

struct scrape;

/* Room for one reading: requests are answered one after another. */
struct web_pages {
	const struct scrape *scrape;
	struct snapshot *snapshot;
	struct trend *trend;
};

/* What a client asks for. */
struct web_ask {
	const char *accept; /* header, NULL: none */
	const char *range;  /* argument, likewise */
};

/* What is sent back. */
struct web_page {
	unsigned int status;
	const char *type;
	FILE *body;
};

int web_pages_open(const struct scrape *scrape, struct web_pages *out); /* 0 or -ENOMEM */
void web_pages_close(struct web_pages *pages);

/* Writes the page of a path. Returns -ENOENT if there is none. */
int web_page_write(const struct web_pages *pages, const char *path, const struct web_ask *ask,
		   struct web_page *page);

/*
 * Takes a reading for the past. Returns it as a line of JSON, to be freed, or NULL with what went
 * wrong, a negative errno, in *err.
 */
char *web_pages_reading(const struct web_pages *pages, int *err);

#endif
