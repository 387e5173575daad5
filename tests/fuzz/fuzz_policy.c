// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as a policy: refused with a message, or a document that prints, reads back to itself
 * and plans.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "user/plan.h"

static void require(int truth)
{
	if (!truth)
		abort();
}

static char *print(const struct policy_doc *doc, size_t *len)
{
	char *text = NULL;
	FILE *out = open_memstream(&text, len);

	require(out && policy_print(doc, out) == 0);
	fclose(out);
	return text;
}

static void read_back(const struct policy_doc *doc)
{
	struct policy_doc again;
	size_t first_len, second_len;
	char *first = print(doc, &first_len);
	char *second;

	require(policy_parse("printed", first, first_len, &again, stderr) == 0);
	second = print(&again, &second_len);
	require(first_len == second_len && !memcmp(first, second, first_len));
	policy_free(&again);
	free(first);
	free(second);
}

static void plan_it(const struct policy_doc *doc)
{
	static const struct addr host = { .byte = { [10] = 0xff, 0xff, 10, 0, 0, 1 } };
	struct policy_prefix own = { .address = host, .length = 128 };
	struct policy_prefix_list never_ban = { .item = &own, .count = 1 };
	const struct plan_prefix *match;
	struct plan plan;

	require(plan_build(doc, &never_ban, &plan, NULL) == 0);
	match = plan_match(&plan, &host);
	require(match && match->rule.kind != PREFIX_DENY);
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
	result = policy_parse("fuzz", (const char *)data, size, &doc, err);
	fclose(err);
	require(!result == !len);
	if (!result) {
		read_back(&doc);
		plan_it(&doc);
		policy_free(&doc);
	}
	free(said);
	return 0;
}
