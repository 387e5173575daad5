/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What a final answer tells of its peer: conduct of those in good standing, a memory of strangers. */
#ifndef SIPSHIELD_OUTCOME_H
#define SIPSHIELD_OUTCOME_H

#include "bpf/conduct.h"
#include "bpf/failure.h"
#include "bpf/lane.h"
#include "bpf/slow.h"
#include "bpf/token.h"

#define OUTCOME_HOLD_NS (3 * SECOND) /* in which the agent judges; every failure begins it anew */

/*
 * A stranger was answered. Nothing is noted while the strangers' lane is full: then most of them are
 * forged. The chance is drawn from what nobody outside knows, so that a replay repeats itself.
 */
static __always_inline void outcome_stranger(const struct packet *p, const struct conduct_facts *a)
{
	__u64 hash = p->f->hash, now = p->f->now_ns, *cell, *other;
	__u32 chance = hash_with(hash ^ a->call_hash, now + a->cseq);
	enum slow_verdict verdict = slow_verdict(a->status, a->method, chance);
	__u32 i = slow_index(hash), j = i ^ 1;

	if (verdict == SLOW_NOTHING || lane_over(p, LANE_REQUEST))
		return;
	cell = bpf_map_lookup_elem(&slow, &i);
	other = bpf_map_lookup_elem(&slow, &j);
	if (!cell || !other)
		return;
	if (slow_pick(*cell, *other, hash, now))
		cell = other;
	*cell = verdict == SLOW_COUNTS ? slow_add(*cell, hash, now, chance)
				       : slow_forgive(*cell, hash);
}

/* Credentials were rejected: a port that was registered is looked at from now on. */
static __always_inline void outcome_forget_flow(const struct packet *p)
{
	__u64 hash = flow_hash(p->f->hash, p->f->dport, p->f->protocol);
	__u32 i = flow_index(hash);
	__u64 *cell = bpf_map_lookup_elem(&flows, &i);

	if (cell && flow_fresh(*cell, hash, p->f->now_ns))
		*cell = 0;
}

/* The fields of the message in hand that an answer is judged by. */
static __always_inline void outcome_names(const struct packet *p, struct message *m,
					  struct conduct_facts *a)
{
	const struct sip_span *header = m->sip.facts.header;
	__u64 key = p->control->hash_key[3];
	struct sip_span tag = {};

	a->user_hash = failure_user(&m->sip, &header[SIP_HEADER_TO], key);
	a->caller_hash = failure_user(&m->sip, &header[SIP_HEADER_FROM], key);
	tag.off = fields_from_tag(&m->sip);
	if (tag.off) {
		tag.len = sip_span_end(header[SIP_HEADER_FROM]) - tag.off;
		a->tag_hash = sip_token_hash(&m->sip, &tag, key);
	}
}

/* A source in good standing was answered. */
static __always_inline void outcome_known(const struct packet *p, struct message *m,
					  struct standing *s, struct conduct_facts *a)
{
	enum conduct_verdict verdict = conduct_verdict(a);
	__u64 account, now = p->f->now_ns;
	__u32 says;

	/* most answers are accepted, and of a source of which there is nothing to clear */
	if (a->own || (verdict == CONDUCT_ACCEPTED && s->conduct.last_ns))
		outcome_names(p, m, a);
	account = conduct_account(a->method, a->user_hash, a->caller_hash);
	if (verdict == CONDUCT_REJECTED && a->own) {
		failure_add(p, standing_row(s, standing_state_of(s, now)), account);
		outcome_forget_flow(p);
	} else if (verdict == CONDUCT_ACCEPTED && a->authenticated) {
		failure_clear(p, account);
	}
	says = conduct_answer(s, a, now);
	if (says & CONDUCT_AGAINST)
		p->f->told = EVENT_ANSWER;
	if (says & CONDUCT_HOLD) {
		if (s->held_until_ns <= now)
			p->f->told = EVENT_HELD;
		s->held_until_ns = now + OUTCOME_HOLD_NS;
	}
}

/*
 * Notes a final answer, of 200 and above, to a request whose credentials are known for as much as
 * `proof` (enum token_proof); stale: the answer refuses them for their nonce's age. The message in
 * hand has been swept.
 */
__subprog int outcome_note(struct facts *f, __u32 proof, __u32 stale)
{
	struct packet packet = { .f = f };
	struct packet *p = &packet;
	struct conduct_facts *a;
	struct standing *s;
	struct message *m;
	struct addr key;
	__u32 zero = 0;

	if (!f || !packet_again(p))
		return 0;
	m = bpf_map_lookup_elem(&scratch, &zero);
	if (!m)
		return 0;
	a = &m->outcome;
	*a = (struct conduct_facts){};
	a->status = m->sip.facts.status;
	a->method = m->fields.cseq.method;
	a->cseq = m->fields.cseq.number;
	a->call_hash = sip_token_hash(&m->sip, &m->sip.facts.header[SIP_HEADER_CALL_ID],
				      p->control->hash_key[3]);
	a->authenticated = proof != TOKEN_UNKNOWN;
	a->own = proof == TOKEN_OWN || p->f->protocol == IPPROTO_TCP;
	a->stale = stale != 0;
	p->f->status = a->status;
	p->f->authenticated = a->authenticated;
	key = p->f->key;
	s = bpf_map_lookup_elem(&standing, &key);
	if (s && standing_live(s, p->f->now_ns))
		outcome_known(p, m, s, a);
	else
		outcome_stranger(p, a);
	return 0;
}

#endif
