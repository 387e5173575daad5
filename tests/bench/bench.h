/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the benchmark's program and its user side share. */
#ifndef SIPSHIELD_BENCH_H
#define SIPSHIELD_BENCH_H

#include <linux/types.h>

#define BENCH_FRAMES 256     /* a power of two */
#define BENCH_FRAME_LEN 2048 /* a power of two */

struct bench_frame {
	__u32 len;	 /* bytes, 1 to BENCH_FRAME_LEN */
	__u32 source_at; /* offset of the IPv4 source address; 0: leave it */
	__u8 bytes[BENCH_FRAME_LEN];
};

struct bench_state {
	__u64 random; /* not 0 */
	__u32 turn;
	__u32 base;    /* first source address, host byte order */
	__u32 sources; /* how many, from 1 */
	/* not 0, a multiple of BENCH_FRAMES: not random sources but one after the other, so many of
	 * them and the same ones again with the same frames, then the next ones */
	__u32 block;
};

#endif
