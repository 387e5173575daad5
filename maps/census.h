/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Value of `census`: what the agent has counted on its rounds, so that whoever shows the figures
 * need not walk over every source. The packet path does not touch it.
 */
#ifndef SIPSHIELD_CENSUS_H
#define SIPSHIELD_CENSUS_H

#include <linux/bpf.h>

#define CENSUS_LIST 24U	     /* entries of each list */
#define CENSUS_NUMBER_LEN 32 /* bytes of a called number, with the NUL */

struct census_ban {
	struct addr src;
	struct ban ban;
};

struct census_suspect {
	struct addr src;
	struct suspect suspect;
};

/* A source of many of the sampled events. */
struct census_source {
	struct addr src;
	__u64 events;
	__u64 dropped; /* of these: told of a drop */
	__u64 last_ns;
	__u16 reason; /* of the last one, enum reason */
	__u8 pad[6];
};

/* A number that many of the sampled events called. */
struct census_number {
	char text[CENSUS_NUMBER_LEN]; /* printable ASCII, ends with a NUL */
	__u64 events;
	__u64 last_ns;
};

struct census {
	struct bpf_spin_lock lock; /* readers and writers copy under it (BPF_F_LOCK) */
	__u32 pid;		   /* of the agent; 0: it has ended */
	__u64 agent_started_ns;
	__u64 counted_ns; /* when the following was counted; 0: it does not hold any more */
	__u64 standing[STANDING_MAX]; /* sources by state, of the last whole walk */
	__u64 bans;		      /* in force */
	__u64 ban_entries;	      /* also those past their time */
	__u64 suspects;
	__u32 listed_bans; /* entries in use of each list */
	__u32 listed_suspects;
	__u32 listed_sources;
	__u32 listed_numbers;
	struct census_ban ban[CENSUS_LIST];	    /* the newest first */
	struct census_suspect suspect[CENSUS_LIST]; /* the worst first */
	struct census_source source[CENSUS_LIST];   /* the most events first, as in the next */
	struct census_number number[CENSUS_LIST];
};
_Static_assert(sizeof(struct census) == 104 + CENSUS_LIST * (120 + 56 + 48 + 48), "census");

#endif
