/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What leaves the host teaches: tokens that only their peer can echo, and which credentials the
 * server accepts. The peer is who pays at ingress: key and hash of the facts are made of the
 * destination. Nothing is ever dropped here.
 */
#ifndef SIPSHIELD_EGRESS_H
#define SIPSHIELD_EGRESS_H

#include "bpf/pending.h"
#include "bpf/outcome.h"
#include "bpf/proof.h"
#include "bpf/sip_challenge.h"
#include "bpf/transaction.h"

#define EGRESS_CHALLENGES 3 /* of a response are remembered: one for each algorithm */
/* A registration is renewed in two requests that are each repeated for up to 32 s. */
#define EGRESS_RENEWAL_SECONDS 64U
#define EGRESS_EXPIRES_MAX (365U * 86400U)
#define EGRESS_CONTACTS 8 /* of an account are looked at */

/* Remembers that the peer is sent a token. Returns 1 if another was sent the same. */
__subprog int token_send(__u64 peer, __u64 token, __u32 kind, __u64 now_ns)
{
	__u64 hash = token_sent_hash(token, peer, kind);
	struct token_cells *t;
	__u32 i = token_bucket(hash);

	t = bpf_map_lookup_elem(&tokens, &i);
	if (!token || !t)
		return 0;
	token_sent_put(t, hash, 0, now_ns);
	hash = token_holder_hash(token);
	i = token_bucket(hash);
	t = bpf_map_lookup_elem(&tokens, &i);
	return t && token_holder_put(t, hash, peer, now_ns);
}

/* Counts a nonce, and whether it was sent to others, too: then the agent warns. */
static __always_inline void egress_count_nonce(int shared)
{
	struct health *h;
	__u32 zero = 0;

	h = bpf_map_lookup_elem(&health, &zero);
	if (!h)
		return;
	h->nonces++;
	h->shared += shared;
}

/* The nonces of a 401 or 407. Returns 1 if it is sent for the age of that which it answers. */
static __always_inline int egress_challenges(const struct packet *p, struct message *m)
{
	struct sip_span value = {};
	__u32 at = m->sip.facts.head;
	int stale = 0;
	__u64 token;

	for (int i = 0; i < EGRESS_CHALLENGES; i++) {
		at = sip_challenge(&m->sip, at, &value);
		if (!at)
			break;
		token = token_of_nonce(&m->sip, &value, token_seed(p->control, TOKEN_NONCE));
		if (!token)
			continue;
		stale |= sip_challenge_stale(&m->sip, &value);
		egress_count_nonce(token_send(p->f->hash, token, TOKEN_NONCE, p->f->now_ns));
	}
	return stale;
}

/* The To tag of a 2xx to an INVITE. */
static __always_inline void egress_tag(const struct packet *p, struct message *m)
{
	__u64 token = token_of_tag(&m->sip, token_seed(p->control, TOKEN_TAG));

	token_send(p->f->hash, token, TOKEN_TAG, p->f->now_ns);
}

/*
 * The contact that begins at `at`: its expires parameter to *value, empty if there is none. Returns
 * where the next contact begins, or end.
 */
__subprog __u32 egress_contact(struct sip_scratch *s, __u32 at, __u32 end, struct sip_span *value)
{
	__u32 angle;

	if (!s || !value)
		return end;
	*value = (struct sip_span){};
	angle = sip_angle(s, at, end);
	if (angle < end)
		at = sip_find_far(s, angle, end, SIP_ONE('>'), 0);
	s->cursor.at = at;
	s->cursor.end = end;
	barrier();
	if (sip_param(s, SIP_WORD('e', 'x', 'p', 'i', 'r', 'e', 's', 0), 7) > 0) {
		*value = s->cursor.value;
		barrier();
		sip_param(s, 0, 7); /* no name is that: goes behind the comma */
	}
	at = s->cursor.at;
	return at < end ? at : end;
}

/* The number of seconds that a value says, up to a year; ~0: it says none. */
static __always_inline __u32 egress_seconds(struct sip_scratch *s, const struct sip_span *value)
{
	__u32 seconds = 0;

	if (!value->len || sip_number(s, value, &seconds))
		return ~0U;
	return seconds < EGRESS_EXPIRES_MAX ? seconds : EGRESS_EXPIRES_MAX;
}

/*
 * Seconds for which the registrar has registered a contact: what the Contact says, else Expires
 * (RFC 3261 10.3, step 8); 0: there is no contact any more; ~0: nothing is said. A registrar lists
 * all contacts of the account: which one is this peer's is not asked, the longest holds.
 */
__subprog __u32 egress_registered(struct sip_scratch *s)
{
	struct sip_span value = {};
	__u32 seconds, longest = 0, at, end;
	int unsaid = 0;

	if (!s)
		return ~0U;
	sip_field(s, &s->facts.header[SIP_HEADER_CONTACT]);
	at = s->cursor.at;
	end = s->cursor.end;
	for (int i = 0; i < EGRESS_CONTACTS && at < end; i++) {
		at = egress_contact(s, at, end, &value);
		seconds = egress_seconds(s, &value);
		if (seconds == ~0U)
			unsaid = 1;
		else if (seconds > longest)
			longest = seconds;
	}
	if (!unsaid)
		return longest;
	seconds = egress_seconds(s, &s->facts.header[SIP_HEADER_EXPIRES]);
	return seconds > longest ? seconds : longest;
}

/* How long a 2xx to credentials makes its peer trusted. */
static __always_inline __u64 egress_trust_seconds(const struct packet *p, struct message *m)
{
	__u32 seconds = ~0U;

	if (m->fields.cseq.method == SIP_METHOD_REGISTER)
		seconds = egress_registered(&m->sip);
	if (seconds == ~0U)
		return p->policy->trust_seconds;
	return (__u64)seconds + EGRESS_RENEWAL_SECONDS;
}

/*
 * Does a 2xx to this method say that the credentials were looked at? Servers answer OPTIONS, BYE,
 * CANCEL and NOTIFY without reading them.
 */
static __always_inline int egress_tells(__u8 method)
{
	return method == SIP_METHOD_REGISTER || method == SIP_METHOD_INVITE ||
	       method == SIP_METHOD_SUBSCRIBE || method == SIP_METHOD_PUBLISH ||
	       method == SIP_METHOD_MESSAGE || method == SIP_METHOD_REFER;
}

static __always_inline __u8 egress_why(__u8 method)
{
	if (method == SIP_METHOD_REGISTER)
		return WHY_2XX_REGISTER;
	return method == SIP_METHOD_INVITE ? WHY_2XX_INVITE : WHY_2XX_OTHER;
}

/* Marks the peer's port as one behind which somebody has an account, and counts it once a period. */
static __always_inline void egress_flow(const struct packet *p, struct standing *s)
{
	__u64 hash = flow_hash(p->f->hash, p->f->dport, p->f->protocol), now = p->f->now_ns;
	__u32 i = flow_index(hash);
	__u64 *cell = bpf_map_lookup_elem(&flows, &i);

	if (!cell)
		return;
	standing_period(s, now);
	if (!flow_counted(*cell, hash, s->period_ns, now) && s->flows_new < EARNED_MAX)
		s->flows_new++;
	*cell = flow_cell(hash, now);
}

/* Is the port one that has an account already? */
static __always_inline int egress_flow_known(const struct packet *p)
{
	__u64 hash = flow_hash(p->f->hash, p->f->dport, p->f->protocol);
	__u32 i = flow_index(hash);
	const __u64 *cell = bpf_map_lookup_elem(&flows, &i);

	return cell && flow_fresh(*cell, hash, p->f->now_ns);
}

/*
 * Does a 2xx accept credentials of this peer? The request had some with a nonce that was sent to it;
 * or it is a REGISTER of a registered flow, which was let through unread, and which registrars do not
 * accept without.
 */
static __always_inline int egress_accepts(const struct packet *p, const struct message *m,
					  int proof)
{
	struct addr key = p->f->key;
	const struct standing *known;

	if (proof != TOKEN_UNKNOWN)
		return 1;
	if (m->fields.cseq.method != SIP_METHOD_REGISTER || !egress_flow_known(p))
		return 0;
	known = bpf_map_lookup_elem(&standing, &key);
	return known && standing_state_of(known, p->f->now_ns) == STANDING_TRUSTED;
}

static __always_inline int egress_trust(struct packet *p, struct message *m)
{
	__u64 until = p->f->now_ns + egress_trust_seconds(p, m) * SECOND;
	__u8 why = egress_why(m->fields.cseq.method);
	struct standing *s = standing_entry(p->f);
	enum standing_state before;

	if (!s)
		return REASON_EGRESS_OTHER;
	before = standing_state_of(s, p->f->now_ns);
	s->trusted_ns = p->f->now_ns;
	s->trusted_why = why;
	if (s->trusted_until_ns < until)
		s->trusted_until_ns = until;
	if (s->expires_ns < s->trusted_until_ns)
		s->expires_ns = s->trusted_until_ns;
	egress_flow(p, s);
	p->f->standing = STANDING_TRUSTED;
	if (before == STANDING_TRUSTED)
		return REASON_EGRESS_OTHER;
	p->f->proved = why;
	return REASON_EGRESS_LEARNED;
}

/* A 2xx: what its peer may echo, and whether it accepts credentials. */
static __always_inline int egress_success(struct packet *p, struct message *m, int proof)
{
	int accepts = egress_tells(m->fields.cseq.method) && egress_accepts(p, m, proof);

	if (m->fields.cseq.method == SIP_METHOD_INVITE)
		egress_tag(p, m);
	if (accepts && proof == TOKEN_UNKNOWN)
		proof = TOKEN_SHARED;
	outcome_note(p->f, proof, 0);
	return accepts ? egress_trust(p, m) : REASON_EGRESS_OTHER;
}

/*
 * A response: what it tells of the request that it answers. A final one is repeated until it is
 * acknowledged: its credentials are forgotten, so that they are accepted or rejected once.
 */
static __always_inline int egress_response(struct packet *p, struct message *m)
{
	__u32 status = m->sip.facts.status;
	int answer = REASON_EGRESS_OTHER;
	__u64 transaction;
	int proof, stale = 0;

	if (!status)
		return REASON_EGRESS_OTHER;
	sip_sweep(&m->sip);
	fields_transaction(&m->sip, &m->fields);
	transaction = transaction_hash(p, p->f->hash, m);
	health_answered(p, transaction, status);
	if (status < 200)
		return REASON_EGRESS_OTHER;
	if (status == 401 || status == 407)
		stale = egress_challenges(p, m);
	proof = token_credentials(p->f->hash, transaction);
	if (status < 300)
		answer = egress_success(p, m, proof);
	else
		outcome_note(p->f, proof, stale);
	token_credentials_clear(p->f->hash, transaction);
	return answer;
}

/*
 * A SIP message to a peer. Over TCP the peer has been reached: the kernel sends data over an
 * established connection alone.
 */
static __always_inline int egress_learn(struct packet *p)
{
	struct message *m = payload_window(p, HOOK_TC);
	int answer = REASON_EGRESS_OTHER;

	if (!m)
		return REASON_EGRESS_OTHER;
	sip_line(&m->sip);
	if (p->f->protocol == IPPROTO_TCP && m->sip.facts.extent == SIP_COMPLETE &&
	    standing_prove(p->f, p->policy, WHY_TCP))
		answer = REASON_EGRESS_LEARNED;
	if (m->sip.facts.kind == SIP_KIND_RESPONSE &&
	    egress_response(p, m) == REASON_EGRESS_LEARNED)
		answer = REASON_EGRESS_LEARNED;
	return answer;
}

#endif
