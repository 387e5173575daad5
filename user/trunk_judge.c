// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/trunk.h"

#include <stdlib.h>
#include <string.h>

#include "user/addr.h"
#include "user/policy.h"

/* A prefix shorter than these is not one peer's: IPv4 /16, IPv6 /32. */
#define WIDEST_IPV4 (96 + 16)
#define WIDEST_IPV6 32

/* IPv4 is mapped into IPv6: a prefix that holds all of it is too wide, too. */
static bool is_wide(const struct trunk *trunk)
{
	static const struct addr mapped = { .byte = { [10] = 0xff, [11] = 0xff } };

	if (!memcmp(&trunk->address, &mapped, 12))
		return trunk->length < WIDEST_IPV4;
	return trunk->length < WIDEST_IPV6 || prefix_holds(&trunk->address, trunk->length, &mapped);
}

static bool is_own(const struct trunk *trunk, const struct policy_prefix_list *own)
{
	for (size_t i = 0; i < own->count; i++) {
		if (trunk->length == 128 && own->item[i].length == 128 &&
		    !memcmp(&own->item[i].address, &trunk->address, sizeof(trunk->address)))
			return true;
	}
	return false;
}

/* Holds another one that will be taken all of this one? Of two equal ones the first does. */
static bool is_covered(const struct trunks *trunks, size_t at)
{
	const struct trunk *trunk = &trunks->item[at];

	for (size_t i = 0; i < trunks->count; i++) {
		const struct trunk *other = &trunks->item[i];
		bool wider = other->length < trunk->length ||
			     (other->length == trunk->length && i < at);

		if (i != at && wider && other->fate == TRUNK_TAKEN &&
		    prefix_holds(&other->address, other->length, &trunk->address))
			return true;
	}
	return false;
}

static enum trunk_fate first_fate(const struct trunk *trunk, const struct policy_prefix_list *own)
{
	if (*trunk->host && !trunk->length)
		return TRUNK_NAMED;
	if (is_wide(trunk))
		return TRUNK_WIDE;
	return is_own(trunk, own) ? TRUNK_OWN : TRUNK_TAKEN;
}

/* Brings those of one name together behind the first of them. */
static void group(struct trunks *trunks)
{
	for (size_t i = 0; i < trunks->count; i++) {
		size_t end = i + 1;

		for (size_t k = i + 1; k < trunks->count; k++) {
			struct trunk moved = trunks->item[k];

			if (strcmp(moved.name, trunks->item[i].name))
				continue;
			memmove(&trunks->item[end + 1], &trunks->item[end],
				(k - end) * sizeof(moved));
			trunks->item[end++] = moved;
		}
		i = end - 1;
	}
}

void trunk_judge(struct trunks *trunks, const struct policy_prefix_list *own)
{
	for (size_t i = 0; i < trunks->count; i++)
		trunks->item[i].fate = first_fate(&trunks->item[i], own);
	/* Whoever is covered is so by one that stays: the widest, of equals the first. */
	for (size_t i = 0; i < trunks->count; i++) {
		if (trunks->item[i].fate == TRUNK_TAKEN && is_covered(trunks, i))
			trunks->item[i].fate = TRUNK_COVERED;
	}
	group(trunks);
}
