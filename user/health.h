/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How wide the strangers' lanes may be, by what the server makes of what it gets. Pure: the counters
 * and the clock are arguments.
 *
 * Three signs tell that a server does badly: final answers that blame it (500, 503, 504), the mean
 * wait for a first answer, and requests that have none after a second. Each is held against what is
 * usual for this server: a proxy whose trunk answers 503 all day, or one that is silent to some, is
 * well as long as it stays so. What is usual follows what is better within seconds, and what is worse
 * within ten minutes.
 *
 * The share of their rates that the lanes have is cut by as much as is wrong, by 50 % at most, and
 * not again before what came in since then tells that it must be. It grows by 8 % a second while all
 * is well, slowly around the share at which it was cut last. Where nothing is seen it stays, for a
 * minute.
 */
#ifndef SIPSHIELD_USER_HEALTH_H
#define SIPSHIELD_USER_HEALTH_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/types.h"

enum health_sign { HEALTH_OVERLOAD, HEALTH_WAIT, HEALTH_LOST, HEALTH_SIGNS };

/* Shares from 0 to 1; of HEALTH_WAIT seconds. */
struct health_view {
	double sum; /* what speaks against the server since the last cut, fading: events, seconds */
	double of;  /* events that this was told from */
	double usual;  /* meaningful if known */
	double before; /* the last value */
	bool known;
};

struct health_state {
	struct health_view sign[HEALTH_SIGNS];
	struct health last; /* the counters of the last step */
	/* the counts of a span from before it began, if the span of that number is to come */
	struct health base;
	__u64 based[HEALTH_SPANS];
	__u64 last_ns;	   /* 0: there was no step */
	__u64 cut_ns;	   /* the last cut, or the first step */
	__u64 told_ns;	   /* when a sign told something last */
	__u64 narrowed_ns; /* since when the share is less than 1; 0: it is not */
	unsigned int well; /* steps in a row in which all was well */
	double knee;	   /* the share that was cut last; 0: none */
	double share;	   /* of their rates that the lanes have: minimum to 1 */
	double least;	   /* since narrowed_ns */
};

enum health_change { HEALTH_SAME, HEALTH_NARROWED, HEALTH_WIDE };

/* What a step found, for people. */
struct health_report {
	enum health_change change; /* from 1 to less, and back */
	enum health_sign why;	   /* of HEALTH_NARROWED: the sign, its value and what is usual */
	double value;
	double usual;
	double least;  /* of HEALTH_WIDE: the least share meanwhile */
	__u64 took_ns; /* and how long it was less than 1 */
};

/* All is well, nothing is known. */
void health_init(struct health_state *h);

/*
 * One step, about a second after the last one; sooner it does nothing. total: the counters, summed up
 * over the CPUs. minimum: the least share, 0 to 1; 1: nothing ever changes. The result is h->share.
 */
void health_step(struct health_state *h, const struct health *total, __u64 now_ns, double minimum,
		 struct health_report *report);

/* "12 % of its answers are 500, 503 or 504": a narrowing report's reason. Returns out. */
#define HEALTH_TEXT_LEN 96
const char *health_text(const struct health_report *report, char out[HEALTH_TEXT_LEN]);

/* A lane's limit at a share of its rate, with a burst of half a second. No limit stays none. */
struct rate_limit health_limit(const struct rate_limit *full, double share);

#endif
