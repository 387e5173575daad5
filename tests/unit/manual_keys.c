// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * sipshield.yaml(5) has each key of a policy, and no other.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/policy.h"

#define PAGE_MAX 65536

static char page[PAGE_MAX];

static void read_page(void)
{
	FILE *file = fopen("docs/man/sipshield.yaml.5.scd", "r");

	cr_assert_not_null(file, "tests run from the root of the tree");
	cr_assert_gt(fread(page, 1, sizeof(page) - 1, file), 0);
	fclose(file);
}

TestSuite(manual_keys, .init = read_page);

static bool is_key(const char *line, char key[64])
{
	return sscanf(line, "%63[a-z0-9-]:", key) == 1 && line[strlen(key)] == ':';
}

/* The policy as `policy show` prints it has every key. */
Test(manual_keys, has_all)
{
	struct policy_doc doc;
	char *text = NULL, key[64], want[80], *save = NULL;
	size_t len, keys = 0;
	FILE *out = open_memstream(&text, &len);

	policy_defaults(&doc);
	cr_assert_eq(policy_print(&doc, out), 0);
	fclose(out);
	for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
		if (!is_key(line, key))
			continue;
		keys++;
		snprintf(want, sizeof(want), "\n*%s:*", key);
		cr_expect(strstr(page, want), "sipshield.yaml(5) lacks the key %s", key);
	}
	cr_assert_gt(keys, 10);
	free(text);
	policy_free(&doc);
}

/* What is no key is an error in a policy, and says so by its name. */
Test(manual_keys, has_no_other)
{
	for (const char *at = page; (at = strstr(at, "\n*")); at++) {
		struct policy_doc doc;
		char key[64], line[128], *said = NULL;
		size_t len;
		FILE *err;

		if (!is_key(at + 2, key))
			continue;
		err = open_memstream(&said, &len);
		snprintf(line, sizeof(line), "%s:\n", key);
		if (!policy_parse("page", line, strlen(line), &doc, err))
			policy_free(&doc);
		fclose(err);
		cr_expect_not(strstr(said, "unknown key"), "%s", said);
		free(said);
	}
}
