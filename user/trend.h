/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the figures were: rates and levels over time, in rings of bounded memory, fine for the last
 * minutes and coarser for the last days. Pure: time is an argument.
 */
#ifndef SIPSHIELD_TREND_H
#define SIPSHIELD_TREND_H

#include <jansson.h>

#include "maps/types.h"

/* What only goes up, and is kept as a rate. */
enum trend_counter {
	TREND_PASSED, /* packets in */
	TREND_DROPPED,
	TREND_SHADOWED,
	TREND_ANSWERED, /* first answers of the server, and how long these took, */
	TREND_WAIT_MS,	/* added up */
	TREND_2XX,
	TREND_3XX,
	TREND_4XX,
	TREND_5XX,
	TREND_6XX,
	TREND_OVERLOAD,
	TREND_TIMED,	/* packets whose cost was measured, and what they cost, */
	TREND_TIMED_NS, /* added up */
	TREND_REASON,	/* packets of each enum reason, */
	TREND_SHADOW = TREND_REASON + REASON_MAX, /* and those that it would have dropped */
	TREND_COUNTERS = TREND_SHADOW + REASON_MAX,
};

/* What goes up and down. */
enum trend_level {
	TREND_BANS,
	TREND_SUSPECTS,
	TREND_PROVEN,
	TREND_TRUSTED,
	TREND_LANE_SHARE, /* of the strangers' rate that is in force, 0 to 1 */
	TREND_LANE_FILL,
	TREND_LEVELS,
};

struct trend;

/* One reading. */
struct trend_reading {
	double time; /* seconds of a clock that only goes forward */
	double counter[TREND_COUNTERS];
	double level[TREND_LEVELS];
};

/*
 * The reading that a snapshot's JSON has; what it does not have is 0. Returns 0, or -EINVAL if it has
 * no clock.
 */
int trend_reading_of(const json_t *snapshot, struct trend_reading *out);

struct trend *trend_new(void); /* NULL: no memory */
void trend_free(struct trend *trend);

/*
 * Takes a reading that is later than the one before. Counters that went back are those of new maps:
 * the step that they fall into has no rate.
 */
void trend_add(struct trend *trend, const struct trend_reading *reading);

/*
 * The last `range` seconds until now, at the finest step that reaches back so far: "step" in seconds,
 * "time" (ends of steps, seconds since 1970; wall: what `now` is by that clock), "rate" by counter
 * (events a second) and "level" (the mean of each step). Counters that stood still all the time are
 * left out; "reason" and "shadow" are rates, too, by reason. A new object with schema_version, or NULL: no memory.
 */
json_t *trend_json(const struct trend *trend, double range, double now, double wall);

#endif
