// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/trend.h"

#include <errno.h>
#include <stdlib.h>

#include "user/json.h"
#include "user/names.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* One step: its end, the rates, then the levels. */
struct point {
	double time;
	float value[TREND_COUNTERS + TREND_LEVELS];
};

struct ring {
	double step; /* seconds, or a little more where a reading comes late */
	size_t room, count, next;
	struct point *point;
	/* the step that is not over */
	bool begun;
	double due;
	struct trend_reading begin;
	double sum[TREND_LEVELS];
	size_t readings;
};

/* 15 minutes, 6 hours, 7 days. */
static const struct {
	double step;
	size_t room;
} sizes[] = { { 2, 450 }, { 30, 720 }, { 300, 2016 } };

struct trend {
	struct ring ring[ARRAY_LEN(sizes)];
};

static const char *const counter_names[TREND_REASON] = {
	[TREND_PASSED] = "passed",     [TREND_DROPPED] = "dropped",   [TREND_SHADOWED] = "shadowed",
	[TREND_ANSWERED] = "answered", [TREND_WAIT_MS] = "wait_ms",   [TREND_2XX] = "2xx",
	[TREND_3XX] = "3xx",	       [TREND_4XX] = "4xx",	      [TREND_5XX] = "5xx",
	[TREND_6XX] = "6xx",	       [TREND_OVERLOAD] = "overload", [TREND_TIMED] = "timed",
	[TREND_TIMED_NS] = "timed_ns",
};

static const char *const level_names[TREND_LEVELS] = {
	[TREND_BANS] = "bans",
	[TREND_SUSPECTS] = "suspects",
	[TREND_PROVEN] = "proven",
	[TREND_TRUSTED] = "trusted",
	[TREND_LANE_SHARE] = "lane_share",
	[TREND_LANE_FILL] = "lane_fill",
};

struct trend *trend_new(void)
{
	struct trend *trend = calloc(1, sizeof(*trend));

	for (size_t i = 0; trend && i < ARRAY_LEN(sizes); i++) {
		struct ring *ring = &trend->ring[i];

		ring->step = sizes[i].step;
		ring->room = sizes[i].room;
		ring->point = calloc(ring->room, sizeof(*ring->point));
		if (!ring->point) {
			trend_free(trend);
			return NULL;
		}
	}
	return trend;
}

void trend_free(struct trend *trend)
{
	if (!trend)
		return;
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		free(trend->ring[i].point);
	free(trend);
}

static void begin_step(struct ring *ring, const struct trend_reading *reading, double due)
{
	ring->begun = true;
	ring->begin = *reading;
	ring->due = due > reading->time ? due : reading->time + ring->step;
	ring->readings = 0;
	for (size_t i = 0; i < TREND_LEVELS; i++)
		ring->sum[i] = 0;
}

static bool went_back(const struct ring *ring, const struct trend_reading *reading)
{
	for (size_t i = 0; i < TREND_COUNTERS; i++) {
		if (reading->counter[i] < ring->begin.counter[i] && i != TREND_WAIT_MS)
			return true;
	}
	return reading->time <= ring->begin.time;
}

static void end_step(struct ring *ring, const struct trend_reading *reading)
{
	struct point *point = &ring->point[ring->next];
	double took = reading->time - ring->begin.time;

	point->time = reading->time;
	for (size_t i = 0; i < TREND_COUNTERS; i++)
		point->value[i] = (float)((reading->counter[i] - ring->begin.counter[i]) / took);
	for (size_t i = 0; i < TREND_LEVELS; i++)
		point->value[TREND_COUNTERS + i] = (float)(ring->sum[i] / (double)ring->readings);
	ring->next = (ring->next + 1) % ring->room;
	if (ring->count < ring->room)
		ring->count++;
}

/* A reading that comes a little early ends its step, too: the next one would be late. */
static void ring_add(struct ring *ring, const struct trend_reading *reading)
{
	if (!ring->begun || went_back(ring, reading)) {
		begin_step(ring, reading, 0);
		return;
	}
	ring->readings++;
	for (size_t i = 0; i < TREND_LEVELS; i++)
		ring->sum[i] += reading->level[i];
	if (reading->time + ring->step / 4 < ring->due)
		return;
	end_step(ring, reading);
	begin_step(ring, reading, ring->due + ring->step);
}

void trend_add(struct trend *trend, const struct trend_reading *reading)
{
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++)
		ring_add(&trend->ring[i], reading);
}

/* The i-th point, the oldest first. */
static const struct point *point_at(const struct ring *ring, size_t i)
{
	return &ring->point[(ring->next + ring->room - ring->count + i) % ring->room];
}

/* The finest one that has lost nothing of the time, or the coarsest. */
static const struct ring *choose(const struct trend *trend, double since)
{
	size_t i = 0;

	while (i + 1 < ARRAY_LEN(sizes) && trend->ring[i].count == trend->ring[i].room &&
	       point_at(&trend->ring[i], 0)->time > since)
		i++;
	return &trend->ring[i];
}

static size_t first_since(const struct ring *ring, double since)
{
	size_t i = 0;

	while (i < ring->count && point_at(ring, i)->time < since)
		i++;
	return i;
}

/* Three figures are more than a line on a screen shows. */
static json_t *number(double value)
{
	if (value >= 100 || value == (double)(json_int_t)value)
		return json_integer((json_int_t)(value + 0.5));
	return json_real((double)(json_int_t)(value * 1000 + 0.5) / 1000);
}

/* NULL: all of them are 0. */
static json_t *values_json(const struct ring *ring, size_t first, size_t value)
{
	json_t *array = json_array();
	bool any = false;

	for (size_t i = first; i < ring->count; i++) {
		any |= point_at(ring, i)->value[value] > 0;
		json_array_append_new(array, number(point_at(ring, i)->value[value]));
	}
	if (any)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *times_json(const struct ring *ring, size_t first, double offset)
{
	json_t *array = json_array();

	for (size_t i = first; i < ring->count; i++)
		json_array_append_new(array, number(point_at(ring, i)->time + offset));
	return array;
}

static json_t *series_json(const struct ring *ring, size_t first, size_t begin, size_t end,
			   const char *const *names)
{
	json_t *object = json_object();

	for (size_t i = begin; i < end; i++) {
		json_t *values = values_json(ring, first, i);

		if (values)
			json_object_set_new(object, names[i - begin], values);
	}
	return object;
}

/* begin: TREND_REASON or TREND_SHADOW. */
static json_t *reasons_json(const struct ring *ring, size_t first, size_t begin)
{
	const char *names[REASON_MAX];

	for (unsigned int i = 0; i < REASON_MAX; i++)
		names[i] = reason_name(i);
	return series_json(ring, first, begin, begin + REASON_MAX, names);
}

json_t *trend_json(const struct trend *trend, double range, double now, double wall)
{
	const struct ring *ring = choose(trend, now - range);
	size_t first = first_since(ring, now - range);
	json_t *document = json_document();
	int err;

	err = json_object_update_new(
		document,
		json_pack("{s:f, s:f, s:f, s:o, s:o, s:o, s:o, s:o}", "range", range, "step",
			  ring->step, "now", wall, "time", times_json(ring, first, wall - now),
			  "rate", series_json(ring, first, 0, TREND_REASON, counter_names),
			  "reason", reasons_json(ring, first, TREND_REASON), "shadow",
			  reasons_json(ring, first, TREND_SHADOW), "level",
			  series_json(ring, first, TREND_COUNTERS, TREND_COUNTERS + TREND_LEVELS,
				      level_names)));
	if (!err)
		return document;
	json_decref(document);
	return NULL;
}
