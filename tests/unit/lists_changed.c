// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A list that has become another one all at once is told from one that changes as lists do.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/lists.h"
#include "user/varfile.h"

#define PATH "/etc/sipshield/lists/deny.d/feed.list"

static char path[] = PATH;
static char *files[] = { path };

static struct policy_doc doc_with(struct policy_list *list, unsigned int entries)
{
	struct policy_doc doc = { .file = files, .files = 1, .list = list, .lists = 1 };

	*list = (struct policy_list){ .kind = LIST_DENY, .entries = entries };
	for (int i = 0; i < LIST_KINDS; i++)
		doc.list_limits[i].max_change = 50;
	return doc;
}

static unsigned int changed(unsigned int before, unsigned int now, char **said)
{
	struct policy_list old_list, new_list;
	struct policy_doc old = doc_with(&old_list, before), new = doc_with(&new_list, now);
	json_t *last = lists_json(&old, 1800000000);
	size_t len;
	FILE *err = open_memstream(said, &len);
	unsigned int n = lists_changed(last, &new, err);

	fclose(err);
	json_decref(last);
	return n;
}

Test(lists_changed, bounds)
{
	static const struct {
		unsigned int before, now, changed;
	} cases[] = {
		{ 1000, 1000, 0 }, { 1000, 1500, 0 }, { 1000, 1501, 1 }, { 1000, 500, 0 },
		{ 1000, 499, 1 },  { 1000, 0, 1 },    { 0, 99, 0 },	 { 99, 0, 0 },
		{ 99, 100, 0 },	   { 10, 100, 1 },    { 100, 40, 1 },	 { 0, 100, 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		char *said;

		cr_expect_eq(changed(cases[i].before, cases[i].now, &said), cases[i].changed,
			     "%u to %u", cases[i].before, cases[i].now);
		cr_expect_eq(strstr(said, PATH ": error: ") != NULL, cases[i].changed > 0);
		cr_expect_eq(strstr(said, "; fix: ") != NULL, cases[i].changed > 0);
		free(said);
	}
}

/* One that is new is compared with nothing; one that is gone has no entry left. */
Test(lists_changed, new_and_gone)
{
	struct policy_list list;
	struct policy_doc doc = doc_with(&list, 5000), none = doc_with(&list, 5000);
	json_t *empty = json_object(), *last = lists_json(&doc, 0);
	FILE *err = fopen("/dev/null", "we");

	none.lists = 0;
	cr_expect_eq(lists_changed(empty, &doc, err), 0);
	cr_expect_eq(lists_changed(last, &none, err), 1);
	fclose(err);
	json_decref(empty);
	json_decref(last);
}

Test(lists_changed, remembered)
{
	char dir[] = "/tmp/sipshield-unit-XXXXXX", file[VARFILE_PATH_LEN];
	struct policy_list list;
	struct policy_doc doc = doc_with(&list, 1234);
	json_t *last;

	cr_assert(mkdtemp(dir));
	last = lists_recall(dir, "eth0");
	cr_expect(json_is_object(last) && !lists_last(last, &doc, &list));
	json_decref(last);
	cr_assert_eq(lists_remember(dir, "eth0", &doc, 1800000000), 0);
	last = lists_recall(dir, "eth0");
	cr_expect_eq(json_integer_value(json_object_get(lists_last(last, &doc, &list), "entries")),
		     1234);
	json_decref(last);
	varfile_path(dir, "eth0", "lists.json", file);
	unlink(file);
	rmdir(dir);
}
