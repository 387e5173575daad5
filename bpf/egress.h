/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What leaves the host: a 2xx to a request with credentials proves that its peer holds an account
 * and is reachable. Nothing is ever dropped here.
 */
#ifndef SIPSHIELD_EGRESS_H
#define SIPSHIELD_EGRESS_H

#include "bpf/earned.h"
#include "bpf/payload.h"
#include "bpf/sip_line.h"
#include "bpf/sip_sweep.h"
#include "bpf/transaction.h"

#define SECOND 1000000000ULL

static __always_inline __u8 egress_why(__u8 method)
{
	if (method == SIP_METHOD_REGISTER)
		return WHY_2XX_REGISTER;
	return method == SIP_METHOD_INVITE ? WHY_2XX_INVITE : WHY_2XX_OTHER;
}

/* Sets the peer's hint, so that the ingress side looks it up. */
static __always_inline void egress_hint(const struct packet *p)
{
	struct hint_bits *hint;
	__u32 zero = 0;

	hint = bpf_map_lookup_elem(&hints, &zero);
	if (hint)
		__sync_fetch_and_or(&hint->word[hint_word(p->f->hash)],
				    (__u64)HINT_STANDING << hint_shift(p->f->hash));
}

static __always_inline int egress_trust(struct packet *p, __u8 why)
{
	__u64 until = p->f->now_ns + p->policy->trust_seconds * SECOND;
	struct standing *known = bpf_map_lookup_elem(&standing, &p->f->key);
	struct standing fresh = { .since_ns = p->f->now_ns };
	struct standing *s = known && known->expires_ns > p->f->now_ns ? known : &fresh;

	s->expires_ns = until;
	s->trusted_ns = p->f->now_ns;
	s->trusted_until_ns = until;
	s->trusted_why = why;
	if (s == &fresh && bpf_map_update_elem(&standing, &p->f->key, &fresh, BPF_ANY))
		return REASON_EGRESS_OTHER;
	egress_hint(p);
	p->f->standing = STANDING_TRUSTED;
	return s == &fresh ? REASON_EGRESS_LEARNED : REASON_EGRESS_OTHER;
}

/* Was the request that this answers let in with credentials, or is its peer trusted already? */
static __always_inline int egress_proves(struct packet *p, struct message *m)
{
	const struct standing *known;

	if (transaction_seen(&credentials, transaction_hash(p, p->f->hash, m), p->f->now_ns))
		return 1;
	if (m->fields.cseq.method != SIP_METHOD_REGISTER)
		return 0;
	known = bpf_map_lookup_elem(&standing, &p->f->key);
	return known && standing_state_of(known, p->f->now_ns) == STANDING_TRUSTED;
}

/* The peer is who pays at ingress: p->f->key and p->f->hash are made of the destination. */
static __always_inline int egress_learn(struct packet *p)
{
	struct message *m = payload_window(p, HOOK_TC);

	if (!m)
		return REASON_EGRESS_OTHER;
	sip_line(&m->sip);
	if (m->sip.facts.status < 200 || m->sip.facts.status > 299)
		return REASON_EGRESS_OTHER;
	sip_sweep(&m->sip);
	fields_transaction(&m->sip, &m->fields);
	if (!egress_proves(p, m))
		return REASON_EGRESS_OTHER;
	return egress_trust(p, egress_why(m->fields.cseq.method));
}

#endif
