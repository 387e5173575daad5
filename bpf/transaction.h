/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Transactions that were seen: the sketches behind "a retransmission costs nothing". */
#ifndef SIPSHIELD_TRANSACTION_H
#define SIPSHIELD_TRANSACTION_H

#include "bpf/packet.h"
#include "bpf/payload.h"
#include "bpf/sketch.h"
#include "maps/maps.h"

/* Hash of the header's bytes, up to the body. */
__subprog __u64 transaction_bytes(struct sip_scratch *s, __u64 seed)
{
	struct sip_span part = {};
	__u64 hash = seed;
	__u32 end;

	if (!s)
		return 0;
	end = s->facts.body;
	for (__u32 i = 0; i < SIP_WINDOW; i += SIP_HASH_BYTES) {
		if (i >= end)
			break;
		part.off = i;
		part.len = end - i < SIP_HASH_BYTES ? end - i : SIP_HASH_BYTES;
		hash = sip_token_hash(s, &part, hash);
	}
	return hash;
}

/*
 * Hash of (peer, branch and sent-by of the topmost Via, method): what RFC 3261 17.2.3 matches a
 * request by. Without the cookie in the branch (RFC 2543) the Call-ID and the CSeq stand for it. 0:
 * nothing can repeat the message, since it lacks them, or since a server might match it by another
 * branch than is read here: what was varied there would pass as repeats of the first. The message's
 * fields have been read.
 */
static __always_inline __u64 transaction_hash(const struct packet *p, __u64 peer, struct message *m)
{
	const struct sip_via *via = &m->fields.via;
	struct sip_span id = via->branch, by = via->host;
	__u64 method = p->f->method;
	__u64 hash;

	if (via->unsure)
		return 0;
	if (m->sip.facts.kind == SIP_KIND_RESPONSE)
		method = m->fields.cseq.method;
	if (!sip_has_cookie(&m->sip, id)) {
		id = m->sip.facts.header[SIP_HEADER_CALL_ID];
		method |= (__u64)m->fields.cseq.number << 8;
	}
	if (via->port.len)
		by.len = via->port.off + via->port.len - by.off;
	if (!id.len || id.len > SIP_HASH_BYTES || !by.len || by.len > SIP_HASH_BYTES)
		return 0;
	hash = sip_token_hash(&m->sip, &id, p->control->hash_key[2]);
	hash = sip_token_hash(&m->sip, &by, hash);
	return hash_with(peer ^ hash, method + 1);
}

/*
 * The same for a request that may be a repeat. Without the cookie servers compare the Request-URI,
 * From, To and Via too, each in its way; an honest repeat has the same bytes.
 */
static __always_inline __u64 transaction_repeat(struct message *m, __u64 hash)
{
	if (!hash || sip_has_cookie(&m->sip, m->fields.via.branch))
		return hash;
	return m->sip.facts.extent == SIP_COMPLETE ? transaction_bytes(&m->sip, hash) : 0;
}

static __always_inline int transaction_seen(void *sketch, __u64 hash, __u64 now_ns)
{
	__u64 epoch = sketch_epoch(now_ns);
	__u32 i = sketch_index(hash, epoch), j = sketch_index(hash, epoch - 1);
	const __u64 *word;

	if (!hash)
		return 0;
	word = bpf_map_lookup_elem(sketch, &i);
	if (word && sketch_has(*word, hash, epoch))
		return 1;
	word = bpf_map_lookup_elem(sketch, &j);
	return word && sketch_has(*word, hash, epoch - 1);
}

/* A swap that fails three times leaves it out: its retransmission will cost a budget, no more. */
static __always_inline void transaction_add(void *sketch, __u64 hash, __u64 now_ns)
{
	__u64 epoch = sketch_epoch(now_ns);
	__u32 i = sketch_index(hash, epoch);
	__u64 *word = bpf_map_lookup_elem(sketch, &i);

	if (!word || !hash)
		return;
	for (int try = 0; try < 3; try++) {
		__u64 old = *(volatile __u64 *)word;
		__u64 new = sketch_with(old, hash, epoch);

		if (old == new || __sync_val_compare_and_swap(word, old, new) == old)
			return;
	}
}

#endif
