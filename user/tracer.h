/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One who looks at packets: has the packet path copy those that a filter wants, with the verdict on
 * them. Up to TRACERS_MAX at the same time; without one a packet pays a comparison.
 */
#ifndef SIPSHIELD_TRACER_H
#define SIPSHIELD_TRACER_H

#include "maps/trace.h"
#include "user/store.h"

struct tracer;

/* The packet path forgets somebody who has not renewed for so long. */
#define TRACER_LIFE_NS 3000000000ULL

/*
 * Begins to look. The store is open for writing and must outlive the tracer. -EBUSY: TRACERS_MAX
 * look already; -EPERM: making a ring takes CAP_BPF.
 */
int tracer_open(struct store *store, const struct trace_filter *filter, struct tracer **out);
void tracer_close(struct tracer *tracer);

/*
 * At least once a second, as long as it is to go on. One who comes too late begins anew, with all
 * counts 0. 0 or a negative errno; -EBUSY: his place was taken, and no other one is free.
 */
int tracer_renew(struct tracer *tracer);

int tracer_fd(const struct tracer *tracer); /* readable when there are records */

/* Returns non-zero to end; that ends up as the result of tracer_read(). */
typedef int tracer_told(const struct trace_record *record, void *arg);
/* Hands on what there is. How many, or what told returned, or a negative errno. */
int tracer_read(struct tracer *tracer, tracer_told *told, void *arg);

/* What the packet path did so far. */
int tracer_state(const struct tracer *tracer, struct trace_state *out);

#endif
