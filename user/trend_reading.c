// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "user/trend.h"
#include "user/names.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Which figure of the snapshot it is: keys from the document inwards. */
struct figure {
	unsigned int id;
	const char *path[3];
};

static const struct figure counters[] = {
	{ TREND_PASSED, { "passed" } },
	{ TREND_DROPPED, { "dropped" } },
	{ TREND_SHADOWED, { "shadowed" } },
	{ TREND_ANSWERED, { "server", "answered" } },
	{ TREND_2XX, { "server", "answers", "2xx" } },
	{ TREND_3XX, { "server", "answers", "3xx" } },
	{ TREND_4XX, { "server", "answers", "4xx" } },
	{ TREND_5XX, { "server", "answers", "5xx" } },
	{ TREND_6XX, { "server", "answers", "6xx" } },
	{ TREND_OVERLOAD, { "server", "overload" } },
	{ TREND_TIMED, { "cost", "packets" } },
	{ TREND_TIMED_NS, { "cost", "ns" } },
};

static const struct figure levels[] = {
	{ TREND_BANS, { "bans" } },
	{ TREND_SUSPECTS, { "suspects" } },
	{ TREND_PROVEN, { "standing_sources", "proven" } },
	{ TREND_TRUSTED, { "standing_sources", "trusted" } },
	{ TREND_LANE_FILL, { "lanes", "request", "fill" } },
};

static double figure_of(const json_t *snapshot, const char *const path[3])
{
	for (size_t i = 0; i < 3 && path[i]; i++)
		snapshot = json_object_get(snapshot, path[i]);
	return json_number_value(snapshot);
}

/* A lane without a limit has all of it. */
static double lane_share(const json_t *snapshot)
{
	static const char *const rate[3] = { "lanes", "request", "rate" };
	static const char *const full[3] = { "lanes", "request", "full" };
	double whole = figure_of(snapshot, full);

	return whole > 0 ? figure_of(snapshot, rate) / whole : 1;
}

int trend_reading_of(const json_t *snapshot, struct trend_reading *out)
{
	static const char *const wait[3] = { "server", "mean_wait" };
	const json_t *clock = json_object_get(snapshot, "clock");
	const json_t *reasons = json_object_get(snapshot, "by_reason");
	const json_t *rows = json_object_get(snapshot, "reasons");

	if (!json_is_number(clock))
		return -EINVAL;
	memset(out, 0, sizeof(*out));
	out->time = json_number_value(clock);
	for (size_t i = 0; i < ARRAY_LEN(counters); i++)
		out->counter[counters[i].id] = figure_of(snapshot, counters[i].path);
	out->counter[TREND_WAIT_MS] =
		figure_of(snapshot, wait) * 1000 * out->counter[TREND_ANSWERED];
	for (unsigned int i = 0; i < REASON_MAX; i++)
		out->counter[TREND_REASON + i] =
			json_number_value(json_object_get(reasons, reason_name(i)));
	for (unsigned int i = 0; i < REASON_MAX; i++)
		out->counter[TREND_SHADOW + i] =
			json_number_value(json_object_get(json_array_get(rows, i), "shadow"));
	for (size_t i = 0; i < ARRAY_LEN(levels); i++)
		out->level[levels[i].id] = figure_of(snapshot, levels[i].path);
	out->level[TREND_LANE_SHARE] = lane_share(snapshot);
	return 0;
}
