/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies that operators could have in force, and what it takes to change one of them at a place.
 */
#ifndef SIPSHIELD_TEST_POLICY_MUTATION_H
#define SIPSHIELD_TEST_POLICY_MUTATION_H

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#define MUTANT_ROOM 16384

struct mutant {
	char text[MUTANT_ROOM]; /* may hold NULs */
	size_t length;
	const char *kind;  /* what was done to it */
	unsigned int line; /* that an error must name, from 1; 0: no certain one */
};

static const char *const mutant_bases[] = {
	/* an office with a trunk, in shadow */
	"mode: shadow\n"
	"listeners:\n"
	"  - {transport: udp, port: 5060}\n"
	"  - transport: tcp\n"
	"    port: 5060\n"
	"    address: 192.0.2.10\n"
	"allow:\n"
	"  - 192.0.2.0/24\n"
	"  - \"2001:db8:100::/48\"\n"
	"deny:\n"
	"  - 198.51.100.0/24\n"
	"carriers:\n"
	"  - name: trunk-a\n"
	"    cps: 100\n"
	"    prefixes: [203.0.113.0/28]\n"
	"  - name: trunk-b\n"
	"    cps: 2.5\n"
	"    prefixes:\n"
	"      - 203.0.113.64/28\n"
	"      - \"2001:db8:5::/64\"\n"
	"rules:\n"
	"  greylist: shadow\n"
	"  cseq-method: score\n"
	"limits:\n"
	"  unknown:\n"
	"    invite: {rate: 5/s, burst: 40}\n"
	"    register:\n"
	"      rate: 20/s\n"
	"      burst: 400\n"
	"lanes:\n"
	"  request:\n"
	"    rate: 500/s\n"
	"    burst: 1000\n"
	"  minimum: 20%\n",
	/* a provider's edge with rules of its own, enforced */
	"# edge-1, changed by hand\n"
	"mode: enforce\n"
	"deny: [198.51.100.7, 198.51.100.128/25]\n"
	"signatures:\n"
	"  - name: fraud-prefix\n"
	"    action: enforce\n"
	"    match:\n"
	"      method: {equals: INVITE}\n"
	"      ruri-user: {prefix: \"00442\"}\n"
	"  - name: long-hex\n"
	"    match: {call-id: {chars: hex, length: 32}, from-user: {same-as: to-user}}\n"
	"user-agents:\n"
	"  - friendly-scanner\n"
	"  - nmap nse\n"
	"standing:\n"
	"  trust: 1h30m\n"
	"  proven: 2d\n"
	"  earned: 32\n"
	"ipv6-prefix: 56\n"
	"work-per-tick: 256\n"
	"events-per-second: 20\n",
	/* a few lines that somebody added */
	"limits:\n"
	"  proven:\n"
	"    invite:\n"
	"      rate: 30/m\n"
	"      burst: 12\n"
	"  trusted:\n"
	"    options: {rate: 10/s, burst: 60}\n"
	"rules:\n"
	"  banned: enforce\n"
	"carriers:\n"
	"  - {name: c, prefixes: [203.0.113.9]}\n",
};

#define MUTANT_BASES (sizeof(mutant_bases) / sizeof(mutant_bases[0]))

/* What a mutation works with. */
struct mutation {
	const char *base;
	unsigned long long random;
	struct mutant *out;
};

static inline unsigned int mutant_below(struct mutation *m, unsigned int limit)
{
	m->random ^= m->random << 13;
	m->random ^= m->random >> 7;
	m->random ^= m->random << 17;
	return (unsigned int)(m->random >> 32) % limit;
}

/* One of some texts. */
#define mutant_one_of(m, ...)                                                                      \
	((const char *const[]){ __VA_ARGS__ })[mutant_below(                                       \
		m, sizeof((const char *const[]){ __VA_ARGS__ }) / sizeof(const char *))]

static inline size_t mutant_offset(const char *text, unsigned int line)
{
	const char *p = text;

	for (; line > 1 && p; line--)
		p = strchr(p, '\n') ? strchr(p, '\n') + 1 : NULL;
	return p ? (size_t)(p - text) : strlen(text);
}

static inline unsigned int mutant_line_of(const char *text, size_t offset)
{
	unsigned int line = 1;

	for (size_t i = 0; i < offset; i++)
		line += text[i] == '\n';
	return line;
}

/* Replaces `cut` bytes at an offset of the base. */
static inline void mutant_splice(struct mutation *m, size_t offset, size_t cut, const char *put,
				 size_t put_length)
{
	size_t length = strlen(m->base);
	char *text = m->out->text;

	memcpy(text, m->base, offset);
	memcpy(text + offset, put, put_length);
	memcpy(text + offset + put_length, m->base + offset + cut, length - offset - cut);
	m->out->length = length - cut + put_length;
	m->out->line = mutant_line_of(m->base, offset);
}

static inline void mutant_put(struct mutation *m, size_t offset, size_t cut, const char *put)
{
	mutant_splice(m, offset, cut, put, strlen(put));
}

/* Puts whole lines before a line. The error is in the last of them. */
static inline void mutant_lines(struct mutation *m, unsigned int line, const char *put)
{
	mutant_put(m, mutant_offset(m->base, line), 0, put);
	m->out->line = line + mutant_line_of(put, strlen(put)) - 2;
}

static inline unsigned int mutant_last_line(const struct mutation *m)
{
	return mutant_line_of(m->base, strlen(m->base));
}

/* A key or value of the base: where it stands. */
struct mutant_span {
	size_t offset;
	size_t length;
};

/*
 * Any of the places of "KEY: " in the base, KEY being one of a list that ends with NULL (NULL: any
 * key); length is that of the key. length 0: there is none.
 */
static inline struct mutant_span mutant_key(struct mutation *m, const char *const *keys)
{
	struct mutant_span found[256];
	size_t n = 0;

	for (const char *p = m->base; (p = strchr(p, ':')); p++) {
		const char *start = p;
		bool wanted = !keys;

		if (p[1] != ' ' && p[1] != '\n')
			continue;
		while (start > m->base &&
		       strchr("abcdefghijklmnopqrstuvwxyz0123456789-", start[-1]))
			start--;
		if (start == p)
			continue;
		for (size_t i = 0; keys && keys[i]; i++)
			wanted |= strlen(keys[i]) == (size_t)(p - start) &&
				  !strncmp(keys[i], start, strlen(keys[i]));
		if (wanted)
			found[n++] = (struct mutant_span){ (size_t)(start - m->base),
							   (size_t)(p - start) };
	}
	return n ? found[mutant_below(m, n)] : (struct mutant_span){ 0 };
}

/* The value behind a key that is one scalar. */
static inline struct mutant_span mutant_value(struct mutation *m, const char *const *keys)
{
	struct mutant_span key = mutant_key(m, keys);
	const char *value = m->base + key.offset + key.length;

	if (!key.length)
		return key;
	value += strspn(value, ": ");
	return (struct mutant_span){ (size_t)(value - m->base), strcspn(value, ",}\n") };
}

static inline void mutant_set_value(struct mutation *m, const char *const *keys, const char *put)
{
	struct mutant_span value = mutant_value(m, keys);

	if (value.length)
		mutant_put(m, value.offset, value.length, put);
}

#define MUTANT_KEYS(...) ((const char *const[]){ __VA_ARGS__, NULL })

/* An address or a prefix of a list. */
static inline struct mutant_span mutant_prefix(struct mutation *m)
{
	static const char *const known[] = { "192.0.2.0/24",   "198.51.100.0/24",
					     "203.0.113.0/28", "203.0.113.64/28",
					     "198.51.100.7",   "198.51.100.128/25",
					     "203.0.113.9",    "192.0.2.10" };
	size_t n = sizeof(known) / sizeof(known[0]), first = mutant_below(m, n);

	for (size_t i = 0; i < n; i++) {
		const char *text = known[(first + i) % n], *at = strstr(m->base, text);

		if (at)
			return (struct mutant_span){ (size_t)(at - m->base), strlen(text) };
	}
	return (struct mutant_span){ 0 };
}

#endif
