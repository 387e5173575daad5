/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Tokens: what the server sent to a peer, and what came back. A peer that echoes what it alone was
 * sent has received it: it can be reached at its address, which a forged one cannot.
 *
 * Each token has two entries. One is keyed by (peer, token) and says that this peer was sent it. The
 * other is keyed by the token and says to whom: a second peer makes it shared for good, and a shared
 * token proves nothing, since who has it from his own address can echo it from another. Kamailio
 * sends one nonce to all who ask in the same second unless it is told otherwise.
 *
 * A third kind names a transaction that carried credentials with a nonce that its peer was sent; its
 * flag says that the nonce was the peer's alone.
 */
#ifndef SIPSHIELD_TOKEN_H
#define SIPSHIELD_TOKEN_H

#include "bpf/env.h"
#include "bpf/sketch.h"

enum token_kind { TOKEN_NONCE = 1, TOKEN_TAG, TOKEN_HOLDER, TOKEN_CREDENTIALS };

/* How much an echo tells. */
enum token_proof {
	TOKEN_UNKNOWN, /* was not sent to this peer, as far as is remembered */
	TOKEN_SHARED,  /* was sent to it, and to others or nobody knows whom */
	TOKEN_OWN,     /* was sent to it alone */
};

/*
 * A cell: 40 bits of the hash, a flag, and 23 bits of the time in 2^28 ns (0.27 s). Of two cells of a
 * bucket the older makes room; after 2^51 ns (26 days) an old one looks young.
 */
#define TOKEN_TIME_SHIFT 28
#define TOKEN_TIME_MASK 0x7fffffULL
#define TOKEN_FLAG 0x800000ULL
#define TOKEN_PRINT(hash) ((hash) & ~0xffffffULL)
/* of a holder's cell: 20 bits of the token's hash, 20 of its peer's */
#define TOKEN_HELD(hash) ((hash)&0xfffff00000000000ULL)
#define TOKEN_PEER(hash) ((hash) >> 44 << 24)

static __always_inline __u64 token_time(__u64 now_ns)
{
	return now_ns >> TOKEN_TIME_SHIFT & TOKEN_TIME_MASK;
}

static __always_inline __u64 token_age(__u64 cell, __u64 now_ns)
{
	return (token_time(now_ns) - cell) & TOKEN_TIME_MASK;
}

static __always_inline __u32 token_bucket(__u64 hash)
{
	return hash & (TOKEN_BUCKETS - 1);
}

/* The cell whose bits under mask are those of `want`, or 0. */
static __always_inline __u64 token_find(const struct token_cells *t, __u64 want, __u64 mask)
{
	__u64 first = *(volatile const __u64 *)&t->cell[0];
	__u64 second = *(volatile const __u64 *)&t->cell[1];

	if (first && (first & mask) == want)
		return first;
	return second && (second & mask) == want ? second : 0;
}

/* Writes a cell over one that is alike under mask, else over a free one or the older. */
static __always_inline void token_put(struct token_cells *t, __u64 cell, __u64 mask, __u64 now_ns)
{
	__u64 first = t->cell[0], second = t->cell[1];
	int place;

	if (first && !((first ^ cell) & mask))
		place = 0;
	else if (second && !((second ^ cell) & mask))
		place = 1;
	else if (!first || !second)
		place = first != 0;
	else
		place = token_age(second, now_ns) > token_age(first, now_ns);
	if (place)
		*(volatile __u64 *)&t->cell[1] = cell;
	else
		*(volatile __u64 *)&t->cell[0] = cell;
}

/* Hash of (peer, token) or (peer, transaction). */
static __always_inline __u64 token_sent_hash(__u64 token, __u64 peer, enum token_kind kind)
{
	return hash_with(peer, token + kind);
}

static __always_inline __u64 token_holder_hash(__u64 token)
{
	return hash_with(token, TOKEN_HOLDER);
}

/* --- entries; t is the bucket of token_bucket(hash) -----------------------------------------------*/

static __always_inline void token_sent_put(struct token_cells *t, __u64 hash, int flag,
					   __u64 now_ns)
{
	__u64 cell = TOKEN_PRINT(hash) | (flag ? TOKEN_FLAG : 0) | token_time(now_ns);

	token_put(t, cell, TOKEN_PRINT(~0ULL), now_ns);
}

static __always_inline __u64 token_sent_find(const struct token_cells *t, __u64 hash)
{
	return token_find(t, TOKEN_PRINT(hash), TOKEN_PRINT(~0ULL));
}

static __always_inline void token_sent_clear(struct token_cells *t, __u64 hash)
{
	for (int i = 0; i < 2; i++)
		if (t->cell[i] && TOKEN_PRINT(t->cell[i]) == TOKEN_PRINT(hash))
			t->cell[i] = 0;
}

/* The token goes to this peer, too. Returns 1 if another had it before: it is shared now. */
static __always_inline int token_holder_put(struct token_cells *t, __u64 hash, __u64 peer,
					    __u64 now_ns)
{
	__u64 before = token_find(t, TOKEN_HELD(hash), TOKEN_HELD(~0ULL));
	__u64 cell = TOKEN_HELD(hash) | TOKEN_PEER(peer);
	__u64 flag = before & TOKEN_FLAG;

	if (before && (before ^ cell) & TOKEN_PEER(~0ULL))
		flag = TOKEN_FLAG;
	token_put(t, cell | flag | token_time(now_ns), TOKEN_HELD(~0ULL), now_ns);
	return flag != 0;
}

/* Is this peer the only one that was sent the token? */
static __always_inline int token_holder_is(const struct token_cells *t, __u64 hash, __u64 peer)
{
	__u64 cell = token_find(t, TOKEN_HELD(hash), TOKEN_HELD(~0ULL));

	return cell && !(cell & TOKEN_FLAG) && !((cell ^ TOKEN_PEER(peer)) & TOKEN_PEER(~0ULL));
}

/*
 * A flow is a (source, port, transport) that had a 2xx to credentials. Its cell: 40 bits of the hash,
 * 24 of the time in 2^32 ns (4.3 s).
 */
#define FLOW_TIME_SHIFT 32
#define FLOW_TIME_MASK 0xffffffULL
#define FLOW_LIFE 1676ULL /* units, 2 h: a registration that lasts longer is looked at again */

static __always_inline __u64 flow_hash(__u64 peer, __u16 port, __u8 protocol)
{
	return hash_with(peer, (__u64)protocol << 16 | port);
}

static __always_inline __u32 flow_index(__u64 hash)
{
	return hash & (FLOW_CELLS - 1);
}

static __always_inline __u64 flow_time(__u64 now_ns)
{
	return now_ns >> FLOW_TIME_SHIFT & FLOW_TIME_MASK;
}

static __always_inline __u64 flow_cell(__u64 hash, __u64 now_ns)
{
	return TOKEN_PRINT(hash) | flow_time(now_ns);
}

static __always_inline int flow_fresh(__u64 cell, __u64 hash, __u64 now_ns)
{
	return TOKEN_PRINT(cell) == TOKEN_PRINT(hash) &&
	       ((flow_time(now_ns) - cell) & FLOW_TIME_MASK) <= FLOW_LIFE;
}

/* Was it counted since then? since_ns is not later than now. */
static __always_inline int flow_counted(__u64 cell, __u64 hash, __u64 since_ns, __u64 now_ns)
{
	return flow_fresh(cell, hash, now_ns) && ((flow_time(now_ns) - cell) & FLOW_TIME_MASK) <=
							 flow_time(now_ns) - flow_time(since_ns);
}

#endif
