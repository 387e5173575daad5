/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Copies of packets for those who look at them: a capture's filter, its records and its counts. Each
 * who looks has a slot; its ring is made when it begins, and goes with it.
 */
#ifndef SIPSHIELD_TRACE_H
#define SIPSHIELD_TRACE_H

#include "maps/types.h"

#define TRACERS_MAX 4U	     /* that look at the same time */
#define TRACE_DATA_LEN 2048U /* bytes of a frame, at most; a power of two */
#define TRACE_RING_LEN (1U << 22)

/* Value of `trace_filters`. A packet is recorded if all of it agrees. */
struct trace_filter {
	__u64 until_ns; /* nothing is recorded from here on: who looks moves it as long as it lives */
	/* bits by enum reason: recorded if it is the packet's reason, or if it passed and this rule
	 * in shadow would have dropped it */
	__u64 reason[2];
	__u64 shadow[2];
	struct addr source; /* host bits are zero */
	__u32 source_len;   /* bits of source, from the mapped address; 0: any packet */
	__u32 every;	    /* of so many packets one, by chance; at least 1 */
	__u32 length;	    /* bytes of a frame that are copied, 1 to TRACE_DATA_LEN */
	__u32 pad;
	struct rate_limit rate; /* of records */
};
_Static_assert(REASON_MAX <= 128, "trace_filter holds all reasons");
_Static_assert(sizeof(struct trace_filter) == 88, "trace_filter");

/* Value of `trace_states`: what became of it so far. */
struct trace_state {
	__u64 cell;    /* GCRA cell of the rate */
	__u64 matched; /* packets that the filter wants, those left out by chance not among them */
	__u64 over_rate; /* of these, not recorded: over the rate, */
	__u64 lost;	 /* or for want of room in the ring */
};
_Static_assert(sizeof(struct trace_state) == 32, "trace_state");

/* Record of a ring of `trace_rings`. */
struct trace_record {
	__u64 time_ns;	/* when the verdict was given, CLOCK_MONOTONIC */
	__u32 length;	/* of the frame, bytes */
	__u32 captured; /* of data */
	__u16 reason;	/* enum reason */
	__u16 shadow;	/* the rule that hit and did not drop, enum reason; 0: none */
	__u8 method;	/* enum sip_method */
	__u8 standing;	/* enum standing_state */
	__u8 signature; /* index + 1, if the rule that hit is a signature's; else of no meaning */
	__u8 dropped;	/* 1: XDP_DROP */
	__u8 data[TRACE_DATA_LEN];
};
_Static_assert(sizeof(struct trace_record) == 24 + TRACE_DATA_LEN, "trace_record");

#endif
