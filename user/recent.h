/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the sampled events told of each source lately: the evidence that is written down when the
 * agent decides about it. Pure, bounded; sources make room for one another.
 */
#ifndef SIPSHIELD_RECENT_H
#define SIPSHIELD_RECENT_H

#include <stddef.h>

#include "maps/types.h"

#define RECENT_PACKETS 8 /* of each source, the latest */

/* What is kept of an event. */
struct recent_packet {
	__u64 time_ns;
	__u16 reason;	  /* enum reason */
	__u16 status;	  /* that was answered; 0: none */
	__u8 kind;	  /* enum event_kind */
	__u8 method;	  /* enum sip_method */
	__u8 standing;	  /* enum standing_state */
	__u8 why;	  /* enum standing_why */
	__u8 credentials; /* 1: with our nonce */
};

struct recent;

/* Room for at least so many sources; seed: any number, for the choice of their places. */
struct recent *recent_new(size_t sources, __u64 seed); /* NULL: no memory */
void recent_free(struct recent *recent);

/*
 * key: the source that the event tells of, as the maps have it. Strangers may be forged: they only
 * take the place of strangers.
 */
void recent_add(struct recent *recent, const struct addr *key, const struct event *event);

/* Returns how many there are, the oldest first. */
size_t recent_get(const struct recent *recent, const struct addr *key,
		  struct recent_packet out[RECENT_PACKETS]);

#endif
