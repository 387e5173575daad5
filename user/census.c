// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/census.h"

#include <string.h>

#include "bpf/earned.h"

#define LATELY_NS (3600 * 1000000000ULL) /* suspects who were seen in this time come first */

bool census_holds(const struct census *census, __u64 now_ns)
{
	return census->counted_ns && now_ns < census->counted_ns + CENSUS_HOLDS_NS;
}

void census_clear_bans(struct census *census)
{
	census->bans = 0;
	census->ban_entries = 0;
	census->listed_bans = 0;
}

void census_clear_suspects(struct census *census)
{
	census->suspects = 0;
	census->listed_suspects = 0;
}

void census_clear_standing(struct census *census)
{
	memset(census->standing, 0, sizeof(census->standing));
}

/* Where the maps' own order must not show: the lesser address first. */
static int order(__u64 a, __u64 b, const struct addr *key_a, const struct addr *key_b)
{
	if (a != b)
		return a > b ? -1 : 1;
	return memcmp(key_a, key_b, sizeof(*key_a));
}

static int compare_bans(const struct census_ban *a, const struct census_ban *b)
{
	return order(a->ban.since_ns, b->ban.since_ns, &a->src, &b->src);
}

/* Checks weigh more than limits, which a phone that is in a hurry may exceed. */
static __u64 badness(const struct suspect *suspect)
{
	__u64 exceeded = suspect->exceeded < 0xffffffff ? suspect->exceeded : 0xffffffff;

	return ((__u64)suspect->suspicion << 32) + exceeded;
}

static int compare_suspects(const struct census_suspect *a, const struct census_suspect *b,
			    __u64 now_ns)
{
	bool late_a = now_ns < a->suspect.last_ns + LATELY_NS;
	bool late_b = now_ns < b->suspect.last_ns + LATELY_NS;

	if (late_a != late_b)
		return late_a ? -1 : 1;
	return order(badness(&a->suspect), badness(&b->suspect), &a->src, &b->src);
}

void census_count_ban(struct census *census, const struct addr *key, const struct ban *ban,
		      __u64 now_ns)
{
	const struct census_ban entry = { .src = *key, .ban = *ban };
	struct census_ban *list = census->ban;
	__u32 at = census->listed_bans;

	census->ban_entries++;
	if (ban->expires_ns <= now_ns)
		return;
	census->bans++;
	if (at == CENSUS_LIST && compare_bans(&entry, &list[--at]) >= 0)
		return;
	for (; at && compare_bans(&entry, &list[at - 1]) < 0; at--)
		list[at] = list[at - 1];
	list[at] = entry;
	census->listed_bans += census->listed_bans < CENSUS_LIST;
}

void census_count_suspect(struct census *census, const struct addr *key,
			  const struct suspect *suspect, __u64 now_ns)
{
	const struct census_suspect entry = { .src = *key, .suspect = *suspect };
	struct census_suspect *list = census->suspect;
	__u32 at = census->listed_suspects;

	census->suspects++;
	if (at == CENSUS_LIST && compare_suspects(&entry, &list[--at], now_ns) >= 0)
		return;
	for (; at && compare_suspects(&entry, &list[at - 1], now_ns) < 0; at--)
		list[at] = list[at - 1];
	list[at] = entry;
	census->listed_suspects += census->listed_suspects < CENSUS_LIST;
}

void census_count_standing(struct census *census, const struct standing *standing, __u64 now_ns)
{
	census->standing[standing_state_of(standing, now_ns)]++;
}
