// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/neighbours.h"

#include <stdlib.h>
#include <string.h>

#include "bpf/sketch.h"
#include "user/addr.h"

#define HOUR_NS (3600 * 1000000000ULL)
#define SOURCES 4 /* that climb within an hour make their prefix narrow */
#define IPV4_BITS 120
#define IPV6_BITS 48

struct prefix {
	struct addr address; /* the first one */
	struct addr source[SOURCES];
	__u64 climbed_ns[SOURCES]; /* 0: free */
	__u64 last_ns;
	bool narrow;
};

struct neighbours {
	size_t prefixes;
	struct prefix prefix[NEIGHBOURS_PREFIXES_MAX];
};

struct neighbours *neighbours_new(void)
{
	return calloc(1, sizeof(struct neighbours));
}

void neighbours_free(struct neighbours *neighbours)
{
	free(neighbours);
}

static __u8 bits_of(const struct addr *address)
{
	return addr_is_ipv4(address) ? IPV4_BITS : IPV6_BITS;
}

/* Gives way to a new prefix: one that is not narrow, and the longest silent of these. */
static bool gives_way(const struct prefix *a, const struct prefix *b)
{
	return a->narrow != b->narrow ? !a->narrow : a->last_ns < b->last_ns;
}

static struct prefix *prefix_of(struct neighbours *neighbours, const struct addr *address)
{
	struct prefix *place = &neighbours->prefix[0];

	for (size_t i = 0; i < neighbours->prefixes; i++) {
		struct prefix *prefix = &neighbours->prefix[i];

		if (!memcmp(&prefix->address, address, sizeof(*address)))
			return prefix;
		if (gives_way(prefix, place))
			place = prefix;
	}
	if (neighbours->prefixes < NEIGHBOURS_PREFIXES_MAX)
		place = &neighbours->prefix[neighbours->prefixes++];
	else if (place->narrow)
		return NULL;
	memset(place, 0, sizeof(*place));
	place->address = *address;
	return place;
}

/* The source's own place, else the oldest one. */
static void note_source(struct prefix *prefix, const struct addr *key, __u64 now_ns)
{
	unsigned int place = 0;

	for (unsigned int i = 0; i < SOURCES; i++) {
		if (prefix->climbed_ns[i] && !memcmp(&prefix->source[i], key, sizeof(*key))) {
			place = i;
			break;
		}
		if (prefix->climbed_ns[i] < prefix->climbed_ns[place])
			place = i;
	}
	prefix->source[place] = *key;
	prefix->climbed_ns[place] = now_ns;
	prefix->last_ns = now_ns;
}

static unsigned int sources_within_an_hour(const struct prefix *prefix, __u64 now_ns)
{
	unsigned int sources = 0;

	for (unsigned int i = 0; i < SOURCES; i++)
		sources += prefix->climbed_ns[i] && now_ns - prefix->climbed_ns[i] < HOUR_NS;
	return sources;
}

static void tell(struct prefix *prefix, bool narrow, __u64 now_ns, struct transition *out)
{
	struct transition t = {
		.time_ns = now_ns,
		.key = prefix->address,
		.prefix = bits_of(&prefix->address),
		.from = narrow ? STEP_NONE : STEP_NARROW,
		.to = narrow ? STEP_NARROW : STEP_NONE,
		.rule = narrow ? RULE_NEIGHBOURS : RULE_CALM,
		.evidence = { .count = narrow ? SOURCES : 0, .limit = narrow ? SOURCES : 0 },
	};

	transition_say(&t);
	prefix->narrow = narrow;
	*out = t;
}

bool neighbours_climbed(struct neighbours *neighbours, const struct addr *key, __u64 now_ns,
			struct transition *out)
{
	struct addr address = *key;
	struct prefix *prefix;

	prefix_cut(&address, bits_of(key));
	prefix = prefix_of(neighbours, &address);
	if (!prefix)
		return false;
	note_source(prefix, key, now_ns);
	if (prefix->narrow || sources_within_an_hour(prefix, now_ns) < SOURCES)
		return false;
	tell(prefix, true, now_ns, out);
	return true;
}

bool neighbours_calm(struct neighbours *neighbours, __u64 now_ns, struct transition *out)
{
	for (size_t i = 0; i < neighbours->prefixes; i++) {
		struct prefix *prefix = &neighbours->prefix[i];

		if (prefix->narrow && now_ns - prefix->last_ns >= HOUR_NS) {
			tell(prefix, false, now_ns, out);
			return true;
		}
	}
	return false;
}

void neighbours_each_narrow(const struct neighbours *neighbours,
			    void (*fn)(const struct addr *prefix, void *arg), void *arg)
{
	for (size_t i = 0; i < neighbours->prefixes; i++) {
		if (neighbours->prefix[i].narrow)
			fn(&neighbours->prefix[i].address, arg);
	}
}
