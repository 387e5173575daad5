// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as the output of nft (first byte even) or ipset: refused, or a list that is read without
 * an error.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "user/import.h"

static void require(int truth)
{
	if (!truth)
		abort();
}

static void read_back(struct import *import, enum policy_list_kind kind)
{
	const struct policy_list_limits limits = { 1000000, 16, 32, 50 };
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);
	struct policy_doc doc;

	require(out && !import_fit(import, kind, &limits));
	import_print(import, out);
	fclose(out);
	if (kind != LIST_DENY) {
		free(text);
		return;
	}
	require(!policy_parse_list(kind, "f.list", text, len, 0, 0, &doc, stderr));
	require(doc.list[0].entries == import->entries);
	policy_free(&doc);
	free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct import import = { 0 };
	char why[IMPORT_WHY_LEN] = "";
	const char *text = (const char *)data + 1;
	int err;

	if (!size)
		return 0;
	err = data[0] & 1 ? import_ipset(text, size - 1, NULL, &import, why)
			  : import_nft(text, size - 1, NULL, &import, why);
	require(!err || *why);
	if (!err)
		read_back(&import, data[0] & 2 ? LIST_ALLOW : LIST_DENY);
	import_free(&import);
	return 0;
}
