/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Proofs of reachability: tokens that were sent to a peer and come back, and what they earn. */
#ifndef SIPSHIELD_PROOF_H
#define SIPSHIELD_PROOF_H

#include "bpf/conduct.h"
#include "bpf/earned.h"
#include "bpf/payload.h"
#include "bpf/sip_line.h"
#include "bpf/sip_sweep.h"
#include "bpf/token.h"
#include "maps/maps.h"

#define SECOND 1000000000ULL
#define PROOF_TAG_BYTES 32 /* of a To tag count: servers that make it by themselves vary the rest */
#define PROOF_TAG_MIN 8	   /* a shorter one can be guessed */
#define PROOF_TCP_NS (60 * SECOND) /* a connection in use proves its peer once in this time */

/* Sets the source's hint, so that what comes from it is looked up. */
static __always_inline void standing_hint(const struct facts *f)
{
	struct hint_bits *hint;
	__u32 zero = 0;

	hint = bpf_map_lookup_elem(&hints, &zero);
	if (hint)
		__sync_fetch_and_or(&hint->word[hint_word(f->hash)],
				    (__u64)HINT_STANDING << hint_shift(f->hash));
}

/* The entry of the source that pays, a new or empty one if it has none in force. */
static __always_inline struct standing *standing_entry(const struct facts *f)
{
	struct addr key = f->key;
	struct standing *s = bpf_map_lookup_elem(&standing, &key);
	const struct standing *blank;
	__u32 zero = 0;

	if (s && standing_live(s, f->now_ns))
		return s;
	if (!s) {
		blank = bpf_map_lookup_elem(&nobody, &zero);
		if (!blank || bpf_map_update_elem(&standing, &key, blank, BPF_NOEXIST))
			return NULL;
		s = bpf_map_lookup_elem(&standing, &key);
		if (!s)
			return NULL;
	} else {
		__builtin_memset(s, 0, sizeof(*s));
	}
	s->since_ns = f->now_ns;
	s->period_ns = f->now_ns;
	s->conduct.since_ns = f->now_ns;
	standing_hint(f);
	return s;
}

/* The hop limit of a proven packet, if it is not among those that are known. */
static __always_inline void standing_learn_hop(struct standing *s, __u8 hop)
{
	for (int i = 0; i < HOPS_MAX; i++)
		if (s->hop[i] == hop)
			return;
	s->hop[3] = s->hop[2];
	s->hop[2] = s->hop[1];
	s->hop[1] = s->hop[0];
	s->hop[0] = hop;
}

/*
 * The source has proven that it can be reached. Who made a call from one address to an account of
 * his own knows the tags that are sent to another: a To tag gives good standing, but weighs less than
 * the other proofs and does not replace one. Returns 1 if the source was not proven before.
 */
__subprog int standing_prove(struct facts *f, const struct policy *policy, __u32 why)
{
	struct standing *s;
	__u64 until;
	int before;

	if (!f || !policy)
		return 0;
	s = standing_entry(f);
	if (!s)
		return 0;
	before = standing_proven(s, f->now_ns);
	if (why == WHY_TCP && before && s->proven_ns + PROOF_TCP_NS > f->now_ns)
		return 0;
	if (why == WHY_NONCE || f->standing == STANDING_CARRIER)
		standing_learn_hop(s, f->hop);
	if (!before || why != WHY_TO_TAG || s->why == WHY_RESTORED)
		s->why = why;
	s->proven_ns = f->now_ns;
	s->proofs++;
	until = f->now_ns + policy->proven_seconds * SECOND;
	if (s->expires_ns < until)
		s->expires_ns = until;
	if (!before)
		f->proved = why;
	return !before;
}

static __always_inline __u64 token_seed(const struct control *control, enum token_kind kind)
{
	return control->hash_key[3] ^ (kind * 0x9e3779b97f4a7c15ULL);
}

/* Hash of the nonce in the credentials or the challenge of a header's value; 0: there is none. */
__subprog __u64 token_of_nonce(struct sip_scratch *s, const struct sip_span *value, __u64 seed)
{
	struct sip_digest *digest;

	if (!s || !value || !value->len)
		return 0;
	digest = &s->cursor.digest;
	if (sip_digest(s, value, digest) || !digest->nonce.len)
		return 0;
	return sip_token_hash(s, &digest->nonce, seed);
}

/* Hash of the To tag; 0: there is none that proves anything. */
__subprog __u64 token_of_tag(struct sip_scratch *s, __u64 seed)
{
	struct sip_span tag;

	if (!s || sip_name_addr(s, &s->facts.header[SIP_HEADER_TO], &s->cursor.addr))
		return 0;
	tag = s->cursor.addr.tag;
	if (tag.len < PROOF_TAG_MIN)
		return 0;
	if (tag.len > PROOF_TAG_BYTES)
		tag.len = PROOF_TAG_BYTES;
	return sip_token_hash(s, &tag, seed);
}

/* What it tells that this peer echoes a token. enum token_proof. */
__subprog int token_ask(__u64 peer, __u64 token, __u32 kind)
{
	__u64 hash = token_sent_hash(token, peer, kind);
	const struct token_cells *t;
	__u32 i = token_bucket(hash);

	t = bpf_map_lookup_elem(&tokens, &i);
	if (!token || !t || !token_sent_find(t, hash))
		return TOKEN_UNKNOWN;
	hash = token_holder_hash(token);
	i = token_bucket(hash);
	t = bpf_map_lookup_elem(&tokens, &i);
	return t && token_holder_is(t, hash, peer) ? TOKEN_OWN : TOKEN_SHARED;
}

/* What is known of a transaction's credentials. enum token_proof. */
static __always_inline int token_credentials(__u64 peer, __u64 transaction)
{
	__u64 hash = token_sent_hash(transaction, peer, TOKEN_CREDENTIALS), cell;
	const struct token_cells *t;
	__u32 i = token_bucket(hash);

	t = bpf_map_lookup_elem(&tokens, &i);
	cell = transaction && t ? token_sent_find(t, hash) : 0;
	if (!cell)
		return TOKEN_UNKNOWN;
	return cell & TOKEN_FLAG ? TOKEN_OWN : TOKEN_SHARED;
}

static __always_inline void token_credentials_put(__u64 peer, __u64 transaction, int own,
						  __u64 now_ns)
{
	__u64 hash = token_sent_hash(transaction, peer, TOKEN_CREDENTIALS);
	struct token_cells *t;
	__u32 i = token_bucket(hash);

	t = bpf_map_lookup_elem(&tokens, &i);
	if (transaction && t)
		token_sent_put(t, hash, own, now_ns);
}

/* What became of them is known: an answer that is repeated says nothing more. */
static __always_inline void token_credentials_clear(__u64 peer, __u64 transaction)
{
	__u64 hash = token_sent_hash(transaction, peer, TOKEN_CREDENTIALS);
	struct token_cells *t;
	__u32 i = token_bucket(hash);

	t = bpf_map_lookup_elem(&tokens, &i);
	if (transaction && t)
		token_sent_clear(t, hash);
}

#define PROOF_VIA_BYTES 256	 /* of a topmost Via line whose answer is known again */
#define PROOF_VIA_PARAMS 8	 /* semicolons in it: the server adds two, of SIP_PARAMS_MAX */
#define PROOF_VIA_LINES 8	 /* Via lines, which the answer repeats in front of its CSeq */
#define PROOF_HEADER_BYTES 1792U /* of a header: with what the server adds its CSeq is still seen */

/*
 * Will the answer be known for that of this request? Servers write the source's address and port
 * into the topmost Via, send the answer to its maddr, and repeat half of the header in front of the
 * CSeq. Who guesses passwords must not be able to choose a request whose refusal nobody sees.
 */
__subprog int proof_answerable(struct sip_scratch *s)
{
	struct sip_span via;
	__u32 params = 0;
	__u64 found;

	if (!s)
		return 0;
	via = s->facts.header[SIP_HEADER_VIA];
	if (!s->facts.body || s->facts.body > PROOF_HEADER_BYTES || via.len > PROOF_VIA_BYTES ||
	    s->facts.seen[SIP_HEADER_VIA] > PROOF_VIA_LINES)
		return 0;
	for (__u32 i = 0; i < PROOF_VIA_BYTES && i < via.len; i += 8) {
		found = sip_equal(sip_load(s, via.off + i), SIP_BYTES(';'));
		params += conduct_count(found);
	}
	if (params > PROOF_VIA_PARAMS)
		return 0;
	sip_field(s, &via);
	return !sip_param(s, SIP_WORD('m', 'a', 'd', 'd', 'r', 0, 0, 0), 5);
}

static __always_inline int proof_of_header(const struct packet *p, struct message *m,
					   enum sip_header header)
{
	__u64 token = token_of_nonce(&m->sip, &m->sip.facts.header[header],
				     token_seed(p->control, TOKEN_NONCE));

	return token_ask(p->f->hash, token, TOKEN_NONCE);
}

/*
 * A request with credentials is let through. If their nonce was sent to this peer, its answer will
 * say whether they are right; if it was sent to nobody else, the peer can be reached. Whatever else
 * stands there is no proof and no failed login. Returns an enum token_proof.
 */
static __always_inline int proof_of_credentials(const struct packet *p, struct message *m,
						__u64 transaction)
{
	int known = TOKEN_UNKNOWN, proxy = TOKEN_UNKNOWN;

	if (m->sip.facts.seen[SIP_HEADER_AUTHORIZATION])
		known = proof_of_header(p, m, SIP_HEADER_AUTHORIZATION);
	if (m->sip.facts.seen[SIP_HEADER_PROXY_AUTHORIZATION])
		proxy = proof_of_header(p, m, SIP_HEADER_PROXY_AUTHORIZATION);
	if (proxy > known)
		known = proxy;
	if (known == TOKEN_UNKNOWN)
		return known;
	token_credentials_put(p->f->hash, transaction, known == TOKEN_OWN, p->f->now_ns);
	if (known == TOKEN_OWN)
		standing_prove(p->f, p->policy, WHY_NONCE);
	return known;
}

/* A request inside a dialog that echoes the To tag of a 2xx to an INVITE of this peer. */
static __always_inline void proof_of_dialog(const struct packet *p, struct message *m)
{
	__u64 token = token_of_tag(&m->sip, token_seed(p->control, TOKEN_TAG));

	if (token_ask(p->f->hash, token, TOKEN_TAG) == TOKEN_OWN)
		standing_prove(p->f, p->policy, WHY_TO_TAG);
}

/* The same for the ACK of a carrier, of which nothing else is read. */
__subprog int proof_of_carrier(struct xdp_md *ctx)
{
	struct packet packet = { .ctx = ctx };
	struct packet *p = &packet;
	struct message *m;

	if (!ctx || !packet_again(p))
		return 0;
	m = payload_window(p, HOOK_XDP);
	if (!m)
		return 0;
	sip_line(&m->sip);
	if (m->sip.facts.kind != SIP_KIND_REQUEST)
		return 0;
	sip_sweep(&m->sip);
	proof_of_dialog(p, m);
	return 0;
}

#endif
