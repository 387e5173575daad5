/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Keyed hashes and the sketches that are indexed by them. Pure: the kernel and userspace run the
 * same lines. The keys are secret, so that nobody outside can choose what collides.
 */
#ifndef SIPSHIELD_SKETCH_H
#define SIPSHIELD_SKETCH_H

#include "bpf/env.h"
#include "maps/types.h"

/* A bijection of 64 bits in which every input bit reaches every output bit. */
static __always_inline __u64 mix64(__u64 x)
{
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ULL;
	x ^= x >> 32;
	x *= 0xd6e8feb86659fd93ULL;
	x ^= x >> 32;
	return x;
}

/*
 * Hash of an address: NH of UMAC (RFC 4418 5.2.2) over its four words, then mixed. key is
 * control.hash_key. For any two addresses the chance of a collision over the keys is 2^-32.
 */
static __always_inline __u64 addr_hash(const __u64 *key, const struct addr *a)
{
	__u32 w0 = a->word[0] + (__u32)key[0];
	__u32 w1 = a->word[1] + (__u32)(key[0] >> 32);
	__u32 w2 = a->word[2] + (__u32)key[1];
	__u32 w3 = a->word[3] + (__u32)(key[1] >> 32);

	return mix64(((__u64)w0 * w1 + (__u64)w2 * w3) ^ key[2]);
}

/* One more value under a hash: a class, a port, another hash. */
static __always_inline __u64 hash_with(__u64 hash, __u64 value)
{
	return mix64(hash ^ (value * 0x9e3779b97f4a7c15ULL));
}

/* Word of `hints` and shift in it of a source's two bits. */
static __always_inline __u32 hint_word(__u64 hash)
{
	return (hash >> 40) & (HINT_WORDS - 1);
}

static __always_inline __u32 hint_shift(__u64 hash)
{
	return (hash >> 53 & 31) * 2;
}

/* Bit of `prefix32` for the first 32 bits of an IPv6 address: word and shift. */
static __always_inline __u32 prefix32_bit(const __u64 *key, const struct addr *a)
{
	return mix64(a->word[0] ^ key[3]) & (PREFIX32_WORDS * 64 - 1);
}

static __always_inline int addr_is_ipv4(const struct addr *a)
{
	return !a->half[0] && a->word[2] == bpf_htonl(0xffff);
}

/* The /24 of an IPv4 address in host byte order: index of its bit in `prefix24`. */
static __always_inline __u32 prefix24_bit(const struct addr *a)
{
	return bpf_ntohl(a->word[3]) >> 8;
}

/* Clears all bits of an IPv6 address behind the first `prefix` (32 to 128). */
static __always_inline void addr_cut(struct addr *a, __u32 prefix)
{
	if (addr_is_ipv4(a) || prefix >= 128)
		return;
	if (prefix <= 64) {
		a->half[1] = 0;
		if (prefix < 64)
			a->half[0] &= bpf_cpu_to_be64(~0ULL << (64 - prefix));
		return;
	}
	a->half[1] &= bpf_cpu_to_be64(~0ULL << (128 - prefix));
}

/*
 * The two-epoch Bloom filter. An epoch is 2^35 ns (34 s), more than the 32 s in which a request
 * is repeated (RFC 3261 17.1.1.2, 64 x T1), so that what is added is found for 34 to 68 s. A word
 * carries the epoch that it belongs to: nobody has to clear the filter.
 */
#define SKETCH_EPOCH_SHIFT 35
#define SKETCH_STAMP_SHIFT 48

static __always_inline __u64 sketch_epoch(__u64 now_ns)
{
	return now_ns >> SKETCH_EPOCH_SHIFT;
}

/* Index of a hash's word in the epoch. Its words of two epochs share a cache line. */
static __always_inline __u32 sketch_index(__u64 hash, __u64 epoch)
{
	return (hash & (SKETCH_WORDS - 1)) * SKETCH_EPOCHS + (epoch & 1);
}

/* Three of the 48 bits. */
static __always_inline __u64 sketch_bits(__u64 hash)
{
	return 1ULL << ((hash >> 18 & 63) * 3 >> 2) | 1ULL << ((hash >> 24 & 63) * 3 >> 2) |
	       1ULL << ((hash >> 30 & 63) * 3 >> 2);
}

static __always_inline __u64 sketch_stamp(__u64 epoch)
{
	return (epoch & 0xffff) << SKETCH_STAMP_SHIFT;
}

/* Does this word, if it is of this epoch, hold the hash? */
static __always_inline int sketch_has(__u64 word, __u64 hash, __u64 epoch)
{
	__u64 bits = sketch_bits(hash);

	return word >> SKETCH_STAMP_SHIFT == (epoch & 0xffff) && (word & bits) == bits;
}

/* The word with the hash added; an older epoch's bits are gone. */
static __always_inline __u64 sketch_with(__u64 word, __u64 hash, __u64 epoch)
{
	if (word >> SKETCH_STAMP_SHIFT != (epoch & 0xffff))
		word = sketch_stamp(epoch);
	return word | sketch_bits(hash);
}

/*
 * Verdict on a first fragment, for the others of its datagram: 32 bits of the hash, 31 bits of
 * time in 2^26 ns (67 ms), and whether it was dropped. Stale after 30 units, 2 s.
 */
#define FRAGMENT_TIME_SHIFT 26
#define FRAGMENT_LIFE 30

enum fragment_verdict { FRAGMENT_UNKNOWN, FRAGMENT_PASSED, FRAGMENT_DROPPED };

static __always_inline __u32 fragment_index(__u64 hash)
{
	return hash & (FRAGMENT_CELLS - 1);
}

static __always_inline __u64 fragment_cell(__u64 hash, __u64 now_ns, int dropped)
{
	__u32 time = now_ns >> FRAGMENT_TIME_SHIFT;

	return (hash & ~0xffffffffULL) | (__u32)(time << 1) | !!dropped;
}

static __always_inline enum fragment_verdict fragment_verdict(__u64 cell, __u64 hash, __u64 now_ns)
{
	__u32 now = (__u32)(now_ns >> FRAGMENT_TIME_SHIFT) & 0x7fffffff;
	__u32 age = (now - ((__u32)cell >> 1)) & 0x7fffffff;

	if (cell >> 32 != hash >> 32 || age > FRAGMENT_LIFE)
		return FRAGMENT_UNKNOWN;
	return cell & 1 ? FRAGMENT_DROPPED : FRAGMENT_PASSED;
}

/*
 * A cell of the greylist: 20 bits of the hash, 12 of the time in 2^26 ns (67 ms). One that is older
 * than 2^38 ns (275 s) looks young again; that takes the same 20 bits to be noticed.
 */
#define GREY_TIME_SHIFT 26
#define GREY_TIME_BITS 12
#define GREY_SOONEST 3 /* units: what comes again sooner (134 to 201 ms) is no retransmission */
#define GREY_LIFE 600  /* units, 40 s: longer than any request is sent again */
#define GREY_AGE_NONE (1U << GREY_TIME_BITS)

static __always_inline __u32 grey_time(__u64 now_ns)
{
	return now_ns >> GREY_TIME_SHIFT & (GREY_AGE_NONE - 1);
}

static __always_inline __u32 grey_cell(__u64 hash, __u64 now_ns)
{
	return (__u32)(hash >> 44) << GREY_TIME_BITS | grey_time(now_ns);
}

/* A source that came back: 32 bits of its hash, 32 of the time. */
static __always_inline __u64 returned_cell(__u64 hash, __u64 now_ns)
{
	return (hash & ~0xffffffffULL) | (__u32)(now_ns >> GREY_TIME_SHIFT);
}

static __always_inline int returned_fresh(__u64 cell, __u64 hash, __u64 now_ns)
{
	__u32 age = (__u32)(now_ns >> GREY_TIME_SHIFT) - (__u32)cell;

	return cell >> 32 == hash >> 32 && age <= GREY_LIFE;
}

/* Age of a cell in units of time. */
static __always_inline __u32 grey_age(__u32 cell, __u64 now_ns)
{
	return (grey_time(now_ns) - cell) & (GREY_AGE_NONE - 1);
}

/* Which of two cells holds the hash, or -1. */
static __always_inline int grey_find(const struct grey_cells *cells, __u64 hash)
{
	if (cells->cell[0] >> GREY_TIME_BITS == hash >> 44)
		return 0;
	return cells->cell[1] >> GREY_TIME_BITS == hash >> 44 ? 1 : -1;
}

/* Age of a hash; GREY_AGE_NONE if it is not there. */
static __always_inline __u32 grey_age_of(const struct grey_cells *cells, __u64 hash, __u64 now_ns)
{
	int found = grey_find(cells, hash);

	if (found < 0)
		return GREY_AGE_NONE;
	return grey_age(found ? cells->cell[1] : cells->cell[0], now_ns);
}

/* Puts a hash in its own place, else in that of the older one. */
static __always_inline void grey_remember(struct grey_cells *cells, __u64 hash, __u64 now_ns)
{
	int place = grey_find(cells, hash);

	if (place < 0)
		place = grey_age(cells->cell[1], now_ns) > grey_age(cells->cell[0], now_ns);
	if (place)
		cells->cell[1] = grey_cell(hash, now_ns);
	else
		cells->cell[0] = grey_cell(hash, now_ns);
}

#endif
