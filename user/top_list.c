// SPDX-License-Identifier: GPL-2.0-or-later
/* The lists that top shows: rows with what they are sorted by. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/addr.h"
#include "user/duration.h"
#include "user/names.h"
#include "user/top.h"

#define NS_PER_SECOND 1000000000ULL
#define NEVER ~0ULL
#define ROWS_MAX (REASON_MAX > CENSUS_LIST ? REASON_MAX : CENSUS_LIST)
#define NAME_LEN 64

struct row {
	double key[TOP_SORTS - 1]; /* the greatest first; the last order is by name */
	char name[NAME_LEN];
	char text[TOP_LINE_LEN];
	enum top_paint paint;
};

struct rows {
	const struct top *top;
	const struct snapshot *now;
	const struct snapshot *before; /* or NULL */
	struct row row[ROWS_MAX];
	size_t count;
};

static struct row *row_new(struct rows *rows, double first, double second)
{
	struct row *row = &rows->row[rows->count++];

	row->key[0] = first;
	row->key[1] = second;
	row->paint = TOP_PLAIN;
	return row;
}

/* What others wrote is ASCII before it reaches a terminal. */
static const char *harmless(const char *text, char *out, size_t len)
{
	size_t i = 0;

	for (; text[i] && i + 1 < len; i++)
		out[i] = text[i] >= ' ' && text[i] <= '~' ? text[i] : '?';
	out[i] = '\0';
	return out;
}

static const char *ago(const struct rows *rows, __u64 then_ns, char out[DURATION_TEXT_LEN])
{
	__u64 now_ns = rows->now->now_ns;

	return duration_format(now_ns > then_ns ? (now_ns - then_ns) / NS_PER_SECOND : 0, out);
}

/* A rule in shadow has hits that are no packets of its reason. */
static bool reason_wanted(const struct rows *rows, unsigned int r, __u64 packets, __u64 shadow)
{
	switch (rows->top->verdict) {
	case TOP_DROP:
		return packets && reason_drops(r);
	case TOP_SHADOW:
		return shadow;
	case TOP_PASS:
		return packets && !reason_drops(r);
	default:
		return packets || shadow;
	}
}

static void add_reasons(struct rows *rows)
{
	struct snapshot_sums is, was = { 0 };
	double seconds = top_seconds(rows->now, rows->before);

	snapshot_add_up(&rows->now->totals, &is);
	if (rows->before)
		snapshot_add_up(&rows->before->totals, &was);
	for (unsigned int r = 0; r < REASON_MAX; r++) {
		__u64 shadow = rows->now->totals.shadow[r].packets;
		__u64 shadow_was = rows->before ? rows->before->totals.shadow[r].packets : 0;
		__u64 packets = is.reason[r].packets;
		double rate = top_rate(packets, was.reason[r].packets, seconds);
		double shadow_rate = top_rate(shadow, shadow_was, seconds);
		struct row *row;

		if (!reason_wanted(rows, r, packets, shadow))
			continue;
		row = row_new(rows, rate + shadow_rate, (double)(packets + shadow));
		snprintf(row->name, sizeof(row->name), "%s", reason_name(r));
		snprintf(row->text, sizeof(row->text), "%10.0f %13llu %10.0f %12llu  %-4s %-20s %s",
			 rate, packets, shadow_rate, shadow, reason_drops(r) ? "drop" : "pass",
			 reason_name(r), reason_sentence(r));
		row->paint = reason_drops(r) && rate > 0 ? TOP_BAD : TOP_PLAIN;
	}
}

static void add_bans(struct rows *rows)
{
	for (__u32 i = 0; i < rows->now->census.listed_bans; i++) {
		const struct census_ban *entry = &rows->now->census.ban[i];
		__u64 now_ns = rows->now->now_ns, expires_ns = entry->ban.expires_ns;
		char since[DURATION_TEXT_LEN], left[DURATION_TEXT_LEN] = "for ever";
		char note[BAN_NOTE_LEN], src[ADDR_TEXT_LEN];
		struct row *row = row_new(rows, (double)entry->ban.since_ns, (double)expires_ns);

		if (expires_ns != NEVER)
			duration_format(expires_ns > now_ns ? (expires_ns - now_ns) / NS_PER_SECOND
							    : 0,
					left);
		addr_format(&entry->src, src);
		snprintf(row->name, sizeof(row->name), "%s", src);
		snprintf(row->text, sizeof(row->text), "%-40s %-12s %-12s %5u  %s", src,
			 ago(rows, entry->ban.since_ns, since), left, entry->ban.level,
			 harmless(entry->ban.note, note, sizeof(note)));
	}
}

static void add_suspects(struct rows *rows)
{
	for (__u32 i = 0; i < rows->now->census.listed_suspects; i++) {
		const struct census_suspect *entry = &rows->now->census.suspect[i];
		const struct suspect *s = &entry->suspect;
		char src[ADDR_TEXT_LEN], last[DURATION_TEXT_LEN];
		struct row *row = row_new(rows, -(double)i, (double)s->last_ns);

		addr_format(&entry->src, src);
		snprintf(row->name, sizeof(row->name), "%s", src);
		snprintf(row->text, sizeof(row->text), "%-40s %9u %10llu %10u %-12s %-8s %s%s%s",
			 src, s->suspicion, s->exceeded, s->structural, ago(rows, s->last_ns, last),
			 method_name(s->method), reason_name(s->reason), s->check ? ", " : "",
			 s->check ? reason_name(s->check) : "");
	}
}

static bool source_wanted(const struct rows *rows, const struct census_source *entry)
{
	switch (rows->top->verdict) {
	case TOP_DROP:
		return entry->dropped;
	case TOP_SHADOW:
		return entry->events > entry->dropped;
	case TOP_PASS:
		return false;
	default:
		return true;
	}
}

static void add_sources(struct rows *rows)
{
	for (__u32 i = 0; i < rows->now->census.listed_sources; i++) {
		const struct census_source *entry = &rows->now->census.source[i];
		char src[ADDR_TEXT_LEN], last[DURATION_TEXT_LEN];
		struct row *row;

		if (!source_wanted(rows, entry))
			continue;
		row = row_new(rows, (double)entry->events, (double)entry->last_ns);
		addr_format(&entry->src, src);
		snprintf(row->name, sizeof(row->name), "%s", src);
		snprintf(row->text, sizeof(row->text), "%-40s %10llu %10llu %-12s %s", src,
			 entry->events, entry->dropped, ago(rows, entry->last_ns, last),
			 reason_name(entry->reason));
	}
}

static void add_numbers(struct rows *rows)
{
	for (__u32 i = 0; i < rows->now->census.listed_numbers; i++) {
		const struct census_number *entry = &rows->now->census.number[i];
		char last[DURATION_TEXT_LEN], number[CENSUS_NUMBER_LEN];
		struct row *row = row_new(rows, (double)entry->events, (double)entry->last_ns);

		harmless(entry->text, number, sizeof(number));
		snprintf(row->name, sizeof(row->name), "%s", number);
		snprintf(row->text, sizeof(row->text), "%-40s %10llu %-12s", number, entry->events,
			 ago(rows, entry->last_ns, last));
	}
}

static const struct {
	void (*add)(struct rows *rows);
	const char *heading;
	const char *none; /* instead of rows */
	const char *sort[TOP_SORTS];
} lists[TOP_VIEWS] = {
	[TOP_OVERVIEW] = { add_reasons,
			   "        /s         total   shadow/s       shadow       reason",
			   "no packets yet",
			   { "rate", "total", "name" } },
	[TOP_REASONS] = { add_reasons,
			  "        /s         total   shadow/s       shadow       reason",
			  "no packets yet",
			  { "rate", "total", "name" } },
	[TOP_BANS] = { add_bans,
		       "source                                   since        left         level  why",
		       "nobody is banned",
		       { "newest", "time left", "source" } },
	[TOP_SUSPECTS] = { add_suspects,
			   "source                                   suspicion   exceeded     checks "
			   "last         method   why",
			   "nobody is suspected",
			   { "worst", "latest", "source" } },
	[TOP_SOURCES] = { add_sources,
			  "source                                       events    dropped last         "
			  "reason (of sampled packets)",
			  "no source was dropped twice lately",
			  { "events", "latest", "source" } },
	[TOP_NUMBERS] = { add_numbers,
			  "called number                                events last (of sampled "
			  "INVITEs)",
			  "no number was called twice lately",
			  { "events", "latest", "number" } },
};

/* sort: the order, const unsigned int. */
static int compare(const void *a, const void *b, void *sort)
{
	const struct row *x = a, *y = b;
	unsigned int by = *(const unsigned int *)sort;

	if (by < TOP_SORTS - 1 && x->key[by] != y->key[by])
		return x->key[by] < y->key[by] ? 1 : -1;
	return strcmp(x->name, y->name);
}

void top_list(const struct top *top, const struct snapshot *now, const struct snapshot *before,
	      struct top_page *out)
{
	struct rows *rows = calloc(1, sizeof(*rows));
	unsigned int sort = top->sort;

	if (!rows)
		return;
	rows->top = top;
	rows->now = now;
	rows->before = before;
	lists[top->view].add(rows);
	qsort_r(rows->row, rows->count, sizeof(rows->row[0]), compare, &sort);
	top_put(out, TOP_HEAD, "%s   (by %s)", lists[top->view].heading,
		lists[top->view].sort[sort]);
	if (!rows->count)
		top_put(out, TOP_DIM, "%s", lists[top->view].none);
	for (size_t i = top->first; i < rows->count; i++)
		top_put(out, rows->row[i].paint, "%s", rows->row[i].text);
	free(rows);
}
