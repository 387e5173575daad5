/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Rejected credentials of one user of one source: cells of their own, so that a phone with an old
 * password is slowed down, and its neighbours behind the same address are not.
 */
#ifndef SIPSHIELD_FAILURE_H
#define SIPSHIELD_FAILURE_H

#include "bpf/budget.h"
#include "bpf/conduct.h"
#include "bpf/payload.h"
#include "bpf/proof.h"

#define FAILURE_SEED 0x6f7574636f6d6573ULL

/*
 * Hash of the user in the URI of a From or To; 0: there is none. What is read stays in the scratch
 * value: the stack of eight frames is full.
 */
__subprog __u64 failure_user(struct sip_scratch *s, const struct sip_span *value, __u64 key)
{
	struct sip_name_addr *addr;

	if (!s || !value || !value->len)
		return 0;
	addr = &s->cursor.addr;
	if (sip_name_addr(s, value, addr) || !addr->parts.user.len)
		return 0;
	return sip_token_hash(s, &addr->parts.user, key ^ FAILURE_SEED);
}

static __always_inline __u64 failure_hash(__u64 peer, __u64 account)
{
	return hash_with(hash_with(peer, account), CLASS_FAILURE + 1);
}

static __always_inline const struct rate_limit *failure_limit(const struct policy *policy,
							      __u32 row)
{
	if (row >= STANDING_MAX)
		row = STANDING_PROVEN;
	barrier_var(row);
	return &policy->limit[row & 7][CLASS_FAILURE];
}

/* The server has rejected them once more. */
static __always_inline void failure_add(const struct packet *p, __u32 row, __u64 account)
{
	struct budget_cells cell = budget_cells_at(failure_hash(p->f->hash, account));

	if (account && cell.first && cell.second)
		rate_pair_take(cell.first, cell.second, p->f->now_ns,
			       failure_limit(p->policy, row));
}

/* It has accepted them: whatever was wrong with them is mended. */
static __always_inline void failure_clear(const struct packet *p, __u64 account)
{
	struct budget_cells cell = budget_cells_at(failure_hash(p->f->hash, account));

	if (!account || !cell.first || !cell.second)
		return;
	if (*cell.first > p->f->now_ns)
		*cell.first = 0;
	if (*cell.second > p->f->now_ns)
		*cell.second = 0;
}

/* The account whose credentials a request carries. The message has been swept. */
static __always_inline __u64 failure_account(const struct packet *p, struct message *m)
{
	const struct sip_span *header = m->sip.facts.header;
	int named = p->f->method == SIP_METHOD_REGISTER ? SIP_HEADER_TO : SIP_HEADER_FROM;

	return failure_user(&m->sip, &header[named], p->control->hash_key[3]);
}

/* Has it failed too often? */
__subprog int failure_over(const struct facts *f, const struct policy *policy, __u64 account)
{
	struct budget_cells cell;

	if (!f || !policy || !account)
		return 0;
	cell = budget_cells_at(failure_hash(f->hash, account));
	if (!cell.first || !cell.second)
		return 0;
	return rate_pair_over(cell.first, cell.second, f->now_ns, failure_limit(policy, f->row));
}

#endif
