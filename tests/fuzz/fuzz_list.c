// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a list: refused with a message, or entries that plan, within the limits of the kind.
 * The first byte chooses the kind.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/sketch.h"
#include "user/note.h"
#include "user/plan.h"

#define MTIME 1800000000

static void require(int truth)
{
	if (!truth)
		abort();
}

static void check_prefixes(const struct policy_prefix_list *list,
			   const struct policy_list_limits *limits)
{
	for (size_t i = 0; i < list->count; i++) {
		const struct policy_prefix *prefix = &list->item[i];
		int least = addr_is_ipv4(&prefix->address) ? limits->min_ipv4 + 96
							   : limits->min_ipv6;

		require(prefix->length <= 128 && prefix->length >= least && prefix->line);
	}
}

static void check(const struct policy_doc *doc)
{
	struct plan plan;

	require(doc->lists == 1);
	check_prefixes(&doc->deny, &doc->list_limits[LIST_DENY]);
	check_prefixes(&doc->allow, &doc->list_limits[LIST_ALLOW]);
	for (size_t i = 0; i < doc->bans; i++)
		require(doc->ban[i].ends > MTIME && note_is_valid(doc->ban[i].note));
	require(plan_build(doc, NULL, &plan, NULL) == 0);
	plan_free(&plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *said = NULL;
	size_t len = 0;
	FILE *err = open_memstream(&said, &len);
	struct policy_doc doc;
	int result;

	require(err != NULL);
	result = policy_parse_list(size ? data[0] % LIST_KINDS : LIST_DENY, "carrier.list",
				   size ? (const char *)data + 1 : "", size ? size - 1 : 0, MTIME,
				   MTIME, &doc, err);
	fclose(err);
	require(!result == !len);
	if (!result) {
		check(&doc);
		policy_free(&doc);
	}
	free(said);
	return 0;
}
