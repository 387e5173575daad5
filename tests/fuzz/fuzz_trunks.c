// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the configuration of a SIP server, the first one choosing whose: what is found has
 * valid names, prefixes without host bits, and no overlaps among those that are taken.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "user/addr.h"
#include "user/policy.h"
#include "user/trunk.h"

static void require(int truth)
{
	if (!truth)
		abort();
}

static void check(const struct trunk *trunk)
{
	static const char name[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789._-";
	struct addr cut = trunk->address;

	require(*trunk->name && strspn(trunk->name, name) == strlen(trunk->name));
	require(strspn(trunk->host, name) == strlen(trunk->host));
	require(trunk->line > 0);
	prefix_cut(&cut, trunk->length);
	require(!memcmp(&cut, &trunk->address, sizeof(cut)));
}

static void check_overlaps(const struct trunks *trunks)
{
	for (size_t i = 0; i < trunks->count; i++) {
		const struct trunk *a = &trunks->item[i];

		for (size_t k = 0; k < trunks->count && a->fate == TRUNK_TAKEN; k++) {
			const struct trunk *b = &trunks->item[k];

			require(i == k || b->fate != TRUNK_TAKEN ||
				!prefix_holds(&a->address, a->length, &b->address));
		}
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const struct policy_prefix_list own = { 0 };
	struct trunk_sources more = { 0 };
	struct trunks trunks = { 0 };
	struct trunk_reader reader = { "/etc/fuzz", &trunks, &more };
	char *text;

	if (!size)
		return 0;
	/* A copy of its own size: a byte too far is seen. */
	text = strndup((const char *)data + 1, size - 1);
	require(text != NULL);
	require(trunk_read(data[0] % TRUNK_KINDS, text, &reader) == 0);
	for (size_t i = 0; i < trunks.count; i++)
		check(&trunks.item[i]);
	for (size_t i = 0; i < more.count; i++)
		require(*more.item[i].path == '/');
	trunk_judge(&trunks, &own);
	check_overlaps(&trunks);
	trunks_free(&trunks);
	trunk_sources_free(&more);
	free(text);
	return 0;
}
