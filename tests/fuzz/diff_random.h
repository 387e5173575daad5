/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Numbers that look random and are the same for the same seed. */
#ifndef SIPSHIELD_DIFF_RANDOM_H
#define SIPSHIELD_DIFF_RANDOM_H

#include <linux/types.h>

#define COUNT_OF(array) (sizeof(array) / sizeof((array)[0]))

struct random {
	__u64 state;
};

/* SplitMix64 (Steele, Lea, Flood 2014). */
static inline __u64 random_next(struct random *r)
{
	__u64 z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

/* 0 to n - 1; n is not 0. */
static inline __u32 random_below(struct random *r, __u32 n)
{
	return (random_next(r) >> 32) * n >> 32;
}

/* True in so many of a hundred. */
static inline int random_percent(struct random *r, __u32 percent)
{
	return random_below(r, 100) < percent;
}

#define random_of(r, table) ((table)[random_below((r), COUNT_OF(table))])

#endif
