/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Who the source is: rules of the policy, bans, standing. */
#ifndef SIPSHIELD_STANDING_H
#define SIPSHIELD_STANDING_H

#include "bpf/earned.h"
#include "bpf/packet.h"
#include "bpf/sketch.h"
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

	if (ban && ban->expires_ns > p->f->now_ns)
		return refuse(p, REASON_BANNED);
	return CONTINUE;
}

static __always_inline void standing_earned(struct packet *p)
{
	const struct standing *earned = bpf_map_lookup_elem(&standing, &p->f->key);

	if (earned)
		p->f->standing = standing_state_of(earned, p->f->now_ns);
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

	if (p->f->standing != STANDING_UNKNOWN)
		return CONTINUE;
	hint = bpf_map_lookup_elem(&hints, &zero);
	if (!hint)
		return CONTINUE;
	bits = hint->word[hint_word(p->f->hash)] >> hint_shift(p->f->hash);
	if (bits & HINT_BAN && !p->f->protected) {
		int answer = standing_ban(p);

		if (answer != CONTINUE)
			return answer;
	}
	if (bits & HINT_STANDING)
		standing_earned(p);
	return CONTINUE;
}

static __always_inline void standing_key(struct packet *p)
{
	p->f->key = p->f->src;
	addr_cut(&p->f->key, p->policy->ipv6_prefix);
	p->f->hash = addr_hash(p->control->hash_key, &p->f->key);
}

#endif
