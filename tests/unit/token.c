// SPDX-License-Identifier: GPL-2.0-or-later
/* Tokens on their own: what is found in the table, and what is not. */
#include "bpf/token.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#define MS 1000000ULL
#define SECOND (1000 * MS)
#define PEER(n) mix64(n) /* hash of an address */
#define NOW (5000 * SECOND)
#define UNIT (1ULL << TOKEN_TIME_SHIFT)

static struct token_cells *table;
static __u64 state;

static void start(void)
{
	table = calloc(TOKEN_BUCKETS, sizeof(*table));
	cr_assert_not_null(table);
	state = 1;
}

static void stop(void)
{
	free(table);
}

TestSuite(token, .init = start, .fini = stop);

/* Always the same numbers. */
static __u64 random_word(void)
{
	return mix64(state += 0x9e3779b97f4a7c15ULL);
}

/* As token_send() and token_ask() of the programs do with their map. */
static int token_send(__u64 peer, __u64 token, enum token_kind kind, __u64 now_ns)
{
	__u64 hash = token_sent_hash(token, peer, kind);

	token_sent_put(&table[token_bucket(hash)], hash, 0, now_ns);
	hash = token_holder_hash(token);
	return token_holder_put(&table[token_bucket(hash)], hash, peer, now_ns);
}

static enum token_proof token_ask(__u64 peer, __u64 token, enum token_kind kind)
{
	__u64 hash = token_sent_hash(token, peer, kind);

	if (!token_sent_find(&table[token_bucket(hash)], hash))
		return TOKEN_UNKNOWN;
	hash = token_holder_hash(token);
	return token_holder_is(&table[token_bucket(hash)], hash, peer) ? TOKEN_OWN : TOKEN_SHARED;
}

Test(token, is_its_peers_alone)
{
	cr_assert_eq(token_ask(PEER(1), 7, TOKEN_NONCE), TOKEN_UNKNOWN);
	cr_assert_eq(token_send(PEER(1), 7, TOKEN_NONCE, NOW), 0);
	cr_assert_eq(token_ask(PEER(1), 7, TOKEN_NONCE), TOKEN_OWN);
	cr_assert_eq(token_ask(PEER(2), 7, TOKEN_NONCE), TOKEN_UNKNOWN, "another peer");
	cr_assert_eq(token_ask(PEER(1), 8, TOKEN_NONCE), TOKEN_UNKNOWN, "another token");
	cr_assert_eq(token_ask(PEER(1), 7, TOKEN_TAG), TOKEN_UNKNOWN, "another kind");
	cr_assert_eq(token_ask(PEER(1), 7, TOKEN_CREDENTIALS), TOKEN_UNKNOWN, "another kind");
	cr_assert_eq(token_send(PEER(1), 7, TOKEN_NONCE, NOW + SECOND), 0, "again");
	cr_assert_eq(token_ask(PEER(1), 7, TOKEN_NONCE), TOKEN_OWN);
}

/* Once it was sent to a second peer it is nobody's, whoever is sent it next. */
Test(token, is_shared_for_good)
{
	token_send(PEER(1), 7, TOKEN_NONCE, NOW);
	cr_assert_eq(token_send(PEER(2), 7, TOKEN_NONCE, NOW), 1);
	for (int i = 0; i < 3; i++) {
		cr_assert_eq(token_ask(PEER(1), 7, TOKEN_NONCE), TOKEN_SHARED);
		cr_assert_eq(token_ask(PEER(2), 7, TOKEN_NONCE), TOKEN_SHARED);
		cr_assert_eq(token_send(PEER(1), 7, TOKEN_NONCE, NOW + i * SECOND), 1);
	}
}

/* A sent token without a holder, whose cell made room: it may have been sent to anybody since. */
Test(token, is_not_own_without_its_holder)
{
	__u64 hash = token_holder_hash(7);

	token_send(PEER(1), 7, TOKEN_NONCE, NOW);
	table[token_bucket(hash)] = (struct token_cells){ { 0 } };
	cr_assert_eq(token_ask(PEER(1), 7, TOKEN_NONCE), TOKEN_SHARED);
}

/* Peers whose 20 bits are alike are taken for one: one in a million. All others are told apart. */
Test(token, tells_holders_apart)
{
	struct token_cells t = { { 0 } };
	const __u64 hash = 0x123456789abcdef0ULL, peer = 0xabcde00000000000ULL;

	token_holder_put(&t, hash, peer, NOW);
	for (int bit = 44; bit < 64; bit++)
		cr_expect_not(token_holder_is(&t, hash, peer ^ 1ULL << bit), "%d", bit);
	for (int bit = 44; bit < 64; bit++)
		cr_expect_not(token_holder_is(&t, hash ^ 1ULL << bit, peer), "%d", bit);
	cr_assert(token_holder_is(&t, hash, peer));
	/* two tokens of which the table cannot tell one from the other: safe, nobody's */
	cr_assert_eq(token_holder_put(&t, hash ^ 1ULL << 20, ~peer, NOW), 1);
	cr_assert_not(token_holder_is(&t, hash, peer));
}

Test(token, keeps_a_flag)
{
	struct token_cells t = { { 0 } };
	const __u64 hash = 0x123456789abcdef0ULL;

	token_sent_put(&t, hash, 1, NOW);
	cr_assert(token_sent_find(&t, hash) & TOKEN_FLAG);
	token_sent_put(&t, hash, 0, NOW);
	cr_assert_not(token_sent_find(&t, hash) & TOKEN_FLAG);
	cr_assert_eq(t.cell[1], 0, "in the same place");
	for (int bit = 24; bit < 64; bit++)
		cr_expect_eq(token_sent_find(&t, hash ^ 1ULL << bit), 0, "%d", bit);
}

/* Of three in a bucket the one that was written longest ago makes room, also as the clock wraps. */
Test(token, older_one_makes_room)
{
	const __u64 wrap = (TOKEN_TIME_MASK + 1) << TOKEN_TIME_SHIFT;
	const __u64 begins[] = { NOW, wrap - UNIT, wrap - 2 * UNIT, 3 * wrap - UNIT };
	const __u64 a = 1ULL << 60, b = 2ULL << 60, c = 3ULL << 60;

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		struct token_cells t = { { 0 } };

		token_sent_put(&t, a, 0, begins[i]);
		token_sent_put(&t, b, 0, begins[i] + UNIT);
		token_sent_put(&t, a, 0, begins[i] + 2 * UNIT);
		token_sent_put(&t, c, 0, begins[i] + 3 * UNIT);
		cr_expect(token_sent_find(&t, a) && token_sent_find(&t, c), "%zu", i);
		cr_expect_not(token_sent_find(&t, b), "%zu", i);
		token_sent_put(&t, b, 0, begins[i] + 4 * UNIT);
		cr_expect(token_sent_find(&t, b) && token_sent_find(&t, c), "%zu", i);
	}
}

/* A free cell is no token, not even that whose bits are all 0. */
Test(token, nothing_is_found_in_an_empty_table)
{
	struct token_cells t = { { 0 } };

	cr_assert_eq(token_sent_find(&t, 0), 0);
	cr_assert_not(token_holder_is(&t, 0, 0));
}

/* A peer that answers within a second finds its nonce while 2000 others are sent theirs. */
Test(token, outlives_those_of_others)
{
	enum { PEERS = 5000, OTHERS = 2000 };
	__u64 peer[PEERS], now_ns = NOW;
	unsigned int own = 0;

	for (int i = 0; i < 2 * (int)TOKEN_BUCKETS; i++)
		table[i / 2].cell[i & 1] = TOKEN_PRINT(random_word()) | token_time(NOW - SECOND);
	for (int i = 0; i < PEERS; i++) {
		peer[i] = random_word();
		token_send(peer[i], mix64(peer[i]), TOKEN_NONCE, now_ns += MS);
		if (i >= OTHERS)
			own += token_ask(peer[i - OTHERS], mix64(peer[i - OTHERS]), TOKEN_NONCE) ==
			       TOKEN_OWN;
	}
	cr_assert_geq(own, (PEERS - OTHERS) * 998 / 1000, "%u of %d", own, PEERS - OTHERS);
}

static void fill(void)
{
	for (__u32 i = 0; i < TOKEN_BUCKETS; i++) {
		table[i].cell[0] = random_word();
		table[i].cell[1] = random_word();
	}
}

/* In a table that is full of others' tokens none of a million invented ones is anybody's. */
Test(token, invented)
{
	unsigned int found[TOKEN_OWN + 1] = { 0 };

	fill();
	for (int i = 0; i < 1000000; i++)
		found[token_ask(random_word(), random_word(), TOKEN_NONCE)]++;
	cr_assert_eq(found[TOKEN_SHARED], 0);
	cr_assert_eq(found[TOKEN_OWN], 0);
}

/*
 * How often a look into a full table finds what is not there: measured with 16 of the 40 bits, of
 * which the others are as good as any. A holder has 20 bits for its token and 20 for its peer.
 */
Test(token, false_rate)
{
	const __u64 mask = 0xffffULL << 48;
	const double rest = 1.0 / (1 << 24);
	enum { TRIES = 400000 };
	unsigned int found = 0;
	double rate;

	fill();
	for (int i = 0; i < TRIES; i++) {
		__u64 hash = token_sent_hash(random_word(), random_word(), TOKEN_NONCE);

		found += token_find(&table[token_bucket(hash)], hash & mask, mask) != 0;
	}
	rate = found / (double)TRIES * rest;
	printf("# a token that was never sent is found once in %.1e looks\n", 1 / rate);
	cr_assert_lt(rate, 1e-6);
	cr_assert_gt(found, 0);
}

/* --- flows ------------------------------------------------------------------------------------*/

#define FLOW_UNIT (1ULL << FLOW_TIME_SHIFT)

Test(token, flow_is_fresh)
{
	const __u64 wrap = (FLOW_TIME_MASK + 1) << FLOW_TIME_SHIFT;
	const __u64 hash = flow_hash(1, 5060, 17), begins[] = { NOW, wrap - FLOW_UNIT };

	for (size_t i = 0; i < sizeof(begins) / sizeof(begins[0]); i++) {
		__u64 begin = begins[i] - begins[i] % FLOW_UNIT, cell = flow_cell(hash, begin);

		cr_expect(flow_fresh(cell, hash, begin));
		cr_expect(flow_fresh(cell, hash, begin + (FLOW_LIFE + 1) * FLOW_UNIT - 1));
		cr_expect_not(flow_fresh(cell, hash, begin + (FLOW_LIFE + 1) * FLOW_UNIT));
		cr_expect_not(flow_fresh(cell, flow_hash(1, 5061, 17), begin));
		cr_expect_not(flow_fresh(cell, flow_hash(1, 5060, 6), begin));
		cr_expect_not(flow_fresh(cell, flow_hash(2, 5060, 17), begin));
		cr_expect_not(flow_fresh(0, hash, begin));
	}
	for (int bit = 24; bit < 64; bit++)
		cr_expect_not(flow_fresh(flow_cell(hash, NOW), hash ^ 1ULL << bit, NOW), "%d", bit);
}

Test(token, flow_is_counted)
{
	const __u64 hash = flow_hash(1, 5060, 17), begin = 1000 * FLOW_UNIT;
	const __u64 cell = flow_cell(hash, begin);

	cr_assert(flow_counted(cell, hash, begin - FLOW_UNIT, begin + 9 * FLOW_UNIT));
	cr_assert(flow_counted(cell, hash, begin, begin + 9 * FLOW_UNIT));
	cr_assert_not(flow_counted(cell, hash, begin + FLOW_UNIT, begin + 9 * FLOW_UNIT));
	cr_assert_not(flow_counted(cell, hash + (1ULL << 40), begin, begin));
	cr_assert_not(flow_counted(0, hash, begin, begin));
	cr_assert_not(flow_counted(cell, hash, 0, begin + (FLOW_LIFE + 1) * FLOW_UNIT),
		      "not fresh");
}
