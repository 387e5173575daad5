/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whether packets get past the program unseen: what the interface says it received is held against
 * what the program counted. Some drivers answer "attached" and install nothing; others hand a part of
 * the packets to another path. Pure.
 */
#ifndef SIPSHIELD_BLIND_H
#define SIPSHIELD_BLIND_H

#include <stdbool.h>

#include "maps/types.h"

#define BLIND_BLOCK_ROUNDS 2   /* of a second: a block is at least so long */
#define BLIND_BLOCK_PACKETS 20 /* and has at least so many packets of the interface */
#define BLIND_BLOCKS 3	       /* in a row that miss packets make an alarm */
#define BLIND_PACKETS 50       /* and more than so many must be missing in them */
#define BLIND_PERCENT 2	       /* of a block's packets may be missing, native mode */
#define BLIND_PERCENT_BYTES 50 /* of its bytes, generic mode: the kernel merges segments before */

/*
 * Read in this order, so that what comes in between two of them is never taken for missing. All
 * count up from any beginning.
 */
struct blind_reading {
	struct counter before; /* of the program */
	struct counter nic;    /* of the interface */
	struct counter after;  /* of the program again */
	bool native;
};

/* All 0 at first. */
struct blind {
	struct blind_reading start; /* of the block */
	unsigned int rounds;	    /* readings since then; 0: none at all yet */
	unsigned int bad;	    /* blocks in a row that miss packets */
	__u64 missing;		    /* packets in them */
	__u64 received;		    /* by the interface in them */
	bool alarm;
};

enum blind_change { BLIND_SAME, BLIND_BEGAN, BLIND_ENDED };

/*
 * A reading a second. A block in which nothing comes in goes on until something does, so that an
 * alarm ends only when packets are seen again.
 */
enum blind_change blind_round(struct blind *blind, const struct blind_reading *now);

/* Forgets all: another program or interface is there. */
void blind_restart(struct blind *blind);

/* Packets of the interface that the program did not see between two readings. */
__u64 blind_missing(const struct blind_reading *from, const struct blind_reading *to);
bool blind_is_bad(const struct blind_reading *from, const struct blind_reading *to);

#endif
