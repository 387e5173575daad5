/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who the source is: rules of the policy, bans, standing. */
#ifndef SIPSHIELD_STANDING_H
#define SIPSHIELD_STANDING_H

#include "bpf/earned.h"
#include "bpf/packet.h"
#include "bpf/sketch.h"
#include "bpf/token.h"
#include "bpf/verdict.h"
#include "maps/maps.h"

/* Does a prefix of the policy lie near the source? Keeps the tries away from all others. */
static __always_inline int source_near_prefix(const struct packet *p)
{
	const struct prefix24_bits *near4;
	const struct prefix32_bits *near6;
	__u32 bit;

	if (addr_is_ipv4(&p->f->src)) {
		near4 = bpf_map_lookup_elem(&prefix24, &p->f->slot);
		bit = prefix24_bit(&p->f->src);
		return near4 && (near4->word[bit >> 6 & (PREFIX24_WORDS - 1)] >> (bit & 63) & 1);
	}
	if (p->policy->ipv6_wide)
		return 1;
	near6 = bpf_map_lookup_elem(&prefix32, &p->f->slot);
	bit = prefix32_bit(p->control->hash_key, &p->f->src);
	return near6 && (near6->word[bit >> 6 & (PREFIX32_WORDS - 1)] >> (bit & 63) & 1);
}

static __always_inline const struct prefix_rule *source_rule(const struct packet *p)
{
	const struct prefix_rule *rule = NULL;
	struct prefix_key key = { .prefixlen = 128 };
	void *inner;

	inner = bpf_map_lookup_elem(&exact, &p->f->slot);
	if (inner)
		rule = bpf_map_lookup_elem(inner, &p->f->src);
	if (rule)
		return rule;
	inner = bpf_map_lookup_elem(&prefixes, &p->f->slot);
	if (!inner)
		return NULL;
	__builtin_memcpy(key.address, &p->f->src, sizeof(key.address));
	return bpf_map_lookup_elem(inner, &key);
}

/* Rules that the operator wrote, and the never-ban set. */
static __always_inline int standing_rules(struct packet *p)
{
	const struct prefix_rule *rule;

	if (!source_near_prefix(p))
		return CONTINUE;
	rule = source_rule(p);
	if (!rule)
		return CONTINUE;
	switch (rule->kind) {
	case PREFIX_DENY:
		return refuse(p, REASON_DENY);
	case PREFIX_ALLOW:
		p->f->standing = STANDING_ALLOWED;
		return REASON_ALLOW;
	case PREFIX_CARRIER:
		p->f->standing = STANDING_CARRIER;
		p->f->carrier = rule->carrier;
		p->f->protected = 1;
		return CONTINUE;
	default:
		p->f->protected = 1;
		return CONTINUE;
	}
}

static __always_inline int standing_ban(struct packet *p)
{
	const struct ban *ban = bpf_map_lookup_elem(&bans, &p->f->key);

	if (!ban)
		return CONTINUE;
	if (ban->expires_ns > p->f->now_ns)
		return refuse(p, REASON_BANNED);
	p->f->tight = ban->tight_until_ns > p->f->now_ns;
	return CONTINUE;
}

#define ATTACKED_NS                                                                                \
	(10ULL * 1000000000ULL) /* so long after the last sign of it a source is attacked */

/*
 * While others send in a source's name, what comes over another way than its proven packets did is
 * taken for theirs. Nobody can see which hop limit they would have to arrive with.
 */
static __always_inline int standing_strange(const struct packet *p, struct standing *s)
{
	__u64 now = p->f->now_ns;

	if (s->attacked_until_ns <= now || !s->hop[0])
		return 0;
	for (int i = 0; i < HOPS_MAX; i++)
		if (s->hop[i] == p->f->hop)
			return 0;
	if (s->attacked_until_ns < now + ATTACKED_NS / 2)
		s->attacked_until_ns = now + ATTACKED_NS;
	return 1;
}

/* A source in good standing has gone over its budget: it may be others in its name. */
__subprog int standing_attacked(struct facts *f)
{
	struct standing *s;
	struct addr key;

	if (!f)
		return 0;
	key = f->key;
	s = bpf_map_lookup_elem(&standing, &key);
	if (s && s->attacked_until_ns < f->now_ns + ATTACKED_NS / 2)
		s->attacked_until_ns = f->now_ns + ATTACKED_NS;
	return 0;
}

/* Is the port one behind which somebody registered? */
static __always_inline int standing_flow(const struct packet *p)
{
	__u64 hash = flow_hash(p->f->hash, p->f->sport, p->f->protocol);
	__u32 i = flow_index(hash);
	const __u64 *cell = bpf_map_lookup_elem(&flows, &i);

	return cell && flow_fresh(*cell, hash, p->f->now_ns);
}

/*
 * What the source has earned. A trusted address may be that of a whole office: what comes from a
 * port behind which nobody registered is inspected, and pays from another budget, a quarter of what
 * the source has earned.
 */
__subprog int standing_earned(struct facts *f, const struct policy *policy)
{
	struct packet packet = { .f = f, .policy = policy };
	struct packet *p = &packet;
	enum standing_state state;
	struct standing *s;
	struct addr key;

	if (!f || !policy)
		return CONTINUE;
	key = f->key;
	s = bpf_map_lookup_elem(&standing, &key);
	if (!s)
		return CONTINUE;
	if (standing_strange(p, s)) {
		p->f->demoted = 1;
		return CONTINUE;
	}
	state = standing_state_of(s, p->f->now_ns);
	if (state != STANDING_TRUSTED && s->held_until_ns > p->f->now_ns && !p->f->protected) {
		int answer = refuse(p, REASON_HELD);

		p->f->standing = state;
		if (answer != CONTINUE)
			return answer;
	}
	if (state == STANDING_UNKNOWN)
		return CONTINUE;
	p->f->share = standing_share(s, p->policy->earned_max);
	if (state != STANDING_TRUSTED || !standing_flow(p)) {
		p->f->share = 1 + p->f->share / 4;
		state = STANDING_PROVEN;
	}
	p->f->standing = state;
	p->f->row = standing_row(s, state);
	if (p->f->tight && state) {
		p->f->row = STANDING_UNKNOWN;
		p->f->share = 1;
	}
	return CONTINUE;
}

/* Has a carrier, which is known by its address alone, proven another way than this packet's? */
static __always_inline void standing_carrier(struct packet *p)
{
	struct standing *s = bpf_map_lookup_elem(&standing, &p->f->key);

	if (s && standing_strange(p, s)) {
		p->f->standing = STANDING_UNKNOWN;
		p->f->demoted = 1;
	}
}

/*
 * Bans and earned standing. Two bits of a filter that stays in the cache tell that most sources
 * have neither; no large map is touched for them.
 */
static __always_inline int standing_history(struct packet *p)
{
	const struct hint_bits *hint;
	__u32 zero = 0;
	__u64 bits;

	hint = bpf_map_lookup_elem(&hints, &zero);
	if (!hint)
		return CONTINUE;
	bits = hint->word[hint_word(p->f->hash)] >> hint_shift(p->f->hash);
	if (p->f->standing == STANDING_CARRIER) {
		if (bits & HINT_STANDING)
			standing_carrier(p);
		return CONTINUE;
	}
	if (bits & HINT_BAN && !p->f->protected) {
		int answer = standing_ban(p);

		if (answer != CONTINUE)
			return answer;
	}
	return bits & HINT_STANDING ? standing_earned(p->f, p->policy) : CONTINUE;
}

static __always_inline void standing_key(struct packet *p)
{
	p->f->key = p->f->src;
	addr_cut(&p->f->key, p->policy->ipv6_prefix);
	p->f->hash = addr_hash(p->control->hash_key, &p->f->key);
}

#endif
