/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Prefixes (IPv4 /24, IPv6 /48) of which several sources climb the ladder: their strangers share
 * one budget for as long as that goes on. Nobody is banned for his neighbours. Pure; bounded.
 */
#ifndef SIPSHIELD_NEIGHBOURS_H
#define SIPSHIELD_NEIGHBOURS_H

#include <stddef.h>

#include "user/transition.h"

#define NEIGHBOURS_PREFIXES_MAX 1024 /* that are remembered at once */

struct neighbours;

struct neighbours *neighbours_new(void); /* NULL: no memory */
void neighbours_free(struct neighbours *neighbours);

/*
 * A source became tight or was banned. true: its prefix has become narrow, *out says so; id is
 * the caller's.
 */
bool neighbours_climbed(struct neighbours *neighbours, const struct addr *key, __u64 now_ns,
			struct transition *out);

/* true: a prefix is not narrow any more, *out says so; to be called until it returns false. */
bool neighbours_calm(struct neighbours *neighbours, __u64 now_ns, struct transition *out);

/* Calls fn for the first address of each narrow prefix. */
void neighbours_each_narrow(const struct neighbours *neighbours,
			    void (*fn)(const struct addr *prefix, void *arg), void *arg);

#endif
