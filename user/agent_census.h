/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the agent writes into the map `census` for all who show figures.
 */
#ifndef SIPSHIELD_AGENT_CENSUS_H
#define SIPSHIELD_AGENT_CENSUS_H

#include "user/round.h"

struct agent_census;

/* The store must outlive it. NULL: no memory. */
struct agent_census *agent_census_new(struct store *store, __u64 now_ns);
/* Tells the readers that there is no agent any more. */
void agent_census_free(struct agent_census *census);

/* A sampled event: its source and the number that it calls may be hot. */
void agent_census_event(struct agent_census *census, const struct event *event);

/* After each round. Returns 0 or a negative errno. */
int agent_census_round(struct agent_census *census, const struct round *round);

#endif
