/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What follows when signatures hit: each is counted, the first that is enforced drops. */
#ifndef SIPSHIELD_SIGNATURE_STAGE_H
#define SIPSHIELD_SIGNATURE_STAGE_H

#include "bpf/payload.h"
#include "bpf/signature.h"
#include "bpf/suspect.h"
#include "bpf/verdict.h"
#include "maps/maps.h"

/* Counts a hit; index is that of the signature in `signature_hits`. */
__subprog int signature_count(__u32 index, int dropped)
{
	__u32 key = index;
	struct signature_hit *hit = bpf_map_lookup_elem(&signature_hits, &key);

	if (!hit)
		return 0;
	if (dropped)
		hit->dropped++;
	else
		hit->shadow++;
	return 0;
}

/* Counts those that would have dropped; index is that of the bank's first. */
__subprog int signature_count_shadow(__u64 hits, __u32 first)
{
	for (__u32 n = 0; n < SIGNATURES_MAX && hits; n++, hits &= hits - 1)
		signature_count(first + signature_lowest(hits), 0);
	return 0;
}

/* A request hits: the rule's reason if one of the signatures is enforced, else CONTINUE. */
static __noinline int signature_answer(struct packet *p, struct signature_values *v, __u64 hits,
				       __u32 entry, __u32 reason)
{
	__u32 first = entry * SIGNATURES_MAX, by = v->dropped_by, note = by;
	__u8 strength = by ? 2 : 1;

	if (by && rule_enforced(p, reason)) {
		signature_count(first + by - 1, 1);
		hits &= ~(1ULL << ((by - 1) & 63));
		strength = 1;
		note = 0;
	} else {
		by = 0;
	}
	if (hits) {
		signature_count_shadow(hits, first);
		if (strength > p->f->noted) {
			p->f->noted = strength;
			p->f->shadow = reason;
			p->f->signature = note ? note : signature_lowest(hits) + 1;
		}
	}
	if (!by)
		return CONTINUE;
	p->f->signature = by;
	suspect_add(p, reason, WEIGHT_STRONG);
	return reason;
}

/* Asks one bank; the values have been begun. */
static __always_inline int signature_bank(struct packet *p, struct message *m,
					  enum signature_bank bank, __u32 reason)
{
	__u8 action = rule_action(p->policy, reason);
	__u32 entry = p->f->slot * SIGNATURE_BANKS + bank, key = entry;
	const struct signature_set *set = bpf_map_lookup_elem(&signatures, &key);
	__u64 hits;

	if (!set || action == ACTION_OFF)
		return CONTINUE;
	/* also where the mode holds it back: which one would drop */
	m->signature.enforced = rule_strength(p->policy, reason) == 2;
	hits = signature_hits_of(set, &m->sip, &m->signature);
	if (!hits)
		return CONTINUE;
	return signature_answer(p, &m->signature, hits, entry, reason);
}

/* The policy's signatures and its list of User-Agents, after the fields were read. */
static __always_inline int signature_stage(struct packet *p, struct message *m)
{
	int answer;

	signature_begin(&m->signature, &m->sip, &m->fields, p->f);
	answer = signature_bank(p, m, SIGNATURE_BANK_POLICY, REASON_SIGNATURE);
	if (answer == CONTINUE)
		answer = signature_bank(p, m, SIGNATURE_BANK_USER_AGENTS, REASON_USER_AGENT);
	return answer;
}

#endif
