/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `top` shows of a reading and of the one before it, as lines of text, and what its keys do.
 * Pure: the terminal is another's.
 */
#ifndef SIPSHIELD_TOP_H
#define SIPSHIELD_TOP_H

#include <stdbool.h>
#include <stddef.h>

#include "user/snapshot.h"

enum top_view {
	TOP_OVERVIEW,
	TOP_REASONS,
	TOP_BANS,
	TOP_SUSPECTS,
	TOP_SOURCES,
	TOP_NUMBERS,
	TOP_VIEWS,
};

/* Which reasons and sources are shown. */
enum top_verdict { TOP_ALL, TOP_DROP, TOP_SHADOW, TOP_PASS, TOP_VERDICTS };

#define TOP_SORTS 3 /* orders of each view */

/* All 0 at first. */
struct top {
	enum top_view view;
	enum top_verdict verdict;
	unsigned int sort;  /* below TOP_SORTS */
	unsigned int first; /* rows of the list that are scrolled away */
	bool paused;
	bool ascii; /* the terminal has nothing else */
};

/* false: to end. Keys that mean nothing change nothing. */
bool top_key(struct top *top, int key);

enum top_paint { TOP_PLAIN, TOP_GOOD, TOP_BAD, TOP_WARN, TOP_HEAD, TOP_DIM };

#define TOP_LINE_LEN 400 /* bytes with the NUL; ASCII but for the bars */
#define TOP_LINES_MAX 160

struct top_line {
	char text[TOP_LINE_LEN];
	enum top_paint paint;
};

struct top_page {
	struct top_line line[TOP_LINES_MAX];
	size_t lines;
};

/*
 * before: an earlier reading of the same interface, for what is told per second; NULL: there is none,
 * or its counters began anew since.
 */
void top_render(const struct top *top, const struct snapshot *now, const struct snapshot *before,
		struct top_page *out);

/* The line of keys. */
const char *top_help(void);

/* For the parts of top*.c. */
void top_put(struct top_page *page, enum top_paint paint, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
/* The list of a view, with a heading. */
void top_list(const struct top *top, const struct snapshot *now, const struct snapshot *before,
	      struct top_page *out);
/* Seconds between two readings; 0: there is none before. */
double top_seconds(const struct snapshot *now, const struct snapshot *before);
/* Per second; 0 without a reading before. */
double top_rate(__u64 now, __u64 before, double seconds);

#endif
