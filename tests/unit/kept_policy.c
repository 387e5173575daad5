// SPDX-License-Identifier: GPL-2.0-or-later
/* What is kept of policies, and which file is not applied by itself. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/kept_policy.h"
#include "user/varfile.h"

static char dir[] = "/tmp/sipshield-unit-XXXXXX";

static void make_dir(void)
{
	cr_assert(mkdtemp(dir));
}

static void remove_dir(void)
{
	static const char *const names[] = { "policy", "policy-before", "policy-trial",
					     "policy-lock" };
	char path[VARFILE_PATH_LEN];

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		varfile_path(dir, "eth0", names[i], path);
		unlink(path);
	}
	cr_assert_eq(rmdir(dir), 0);
}

TestSuite(kept_policy, .init = make_dir, .fini = remove_dir);

static struct policy_doc doc_of(const char *yaml)
{
	struct policy_doc doc;

	cr_assert_eq(policy_parse("policy", yaml, strlen(yaml), &doc, stderr), 0);
	return doc;
}

static void hold(const char *yaml)
{
	struct policy_doc doc = doc_of(yaml);

	cr_assert_eq(kept_policy_hold(dir, "eth0", &doc), 0);
	policy_free(&doc);
}

static void try(const char *yaml)
{
	struct policy_doc doc = doc_of(yaml);

	cr_assert_eq(kept_policy_try(dir, "eth0", NULL, &doc), 0);
	policy_free(&doc);
}

static bool refused(const char *yaml)
{
	struct policy_doc doc = doc_of(yaml);
	bool refused = true;

	cr_assert_eq(kept_policy_refused(dir, "eth0", &doc, &refused), 0);
	policy_free(&doc);
	return refused;
}

/* The ipv6-prefix of what is held tells the policies apart; 0: nothing is. */
static int held(void)
{
	struct policy_doc doc;
	int prefix, err = kept_policy_held(dir, "eth0", NULL, &doc);

	if (err) {
		cr_assert_eq(err, -ENOENT);
		return 0;
	}
	prefix = doc.ipv6_prefix;
	policy_free(&doc);
	return prefix;
}

#define ONE "ipv6-prefix: 56"
#define TWO "ipv6-prefix: 60"
#define THREE "ipv6-prefix: 48"

Test(kept_policy, nothing_is_kept)
{
	struct policy_doc doc = doc_of(ONE);
	bool no = true;

	cr_assert_eq(kept_policy_hold("", "eth0", &doc), 0);
	cr_assert_eq(kept_policy_try("", "eth0", NULL, &doc), 0);
	cr_assert_eq(kept_policy_confirm("", "eth0"), 0);
	cr_assert_eq(kept_policy_roll_back("", "eth0"), 0);
	cr_assert_eq(kept_policy_refused("", "eth0", &doc, &no), 0);
	cr_assert_not(no);
	cr_assert_eq(held(), 0);
	policy_free(&doc);
	cr_assert_not(refused(ONE));
}

/* However it is written: what counts is what it says. */
Test(kept_policy, what_was_tried_is_refused)
{
	hold(ONE);
	try(TWO);
	cr_assert_eq(held(), 56);
	cr_assert(refused("# a comment\nipv6-prefix:   60\nmode: enforce\n"));
	cr_assert_not(refused(ONE));
	cr_assert_not(refused("ipv6-prefix: 60\ndeny: [192.0.2.1]"));
}

Test(kept_policy, what_is_confirmed_holds)
{
	hold(ONE);
	try(TWO);
	cr_assert_eq(kept_policy_confirm(dir, "eth0"), 0);
	cr_assert_eq(held(), 60);
	cr_assert_not(refused(TWO));
}

/* The file is known as long as the policy waits, and makes no other policy of it. */
Test(kept_policy, file_of_what_is_tried)
{
	struct policy_doc doc = doc_of(TWO);
	char path[PATH_MAX], file[PATH_MAX] = "";

	hold(ONE);
	cr_assert_eq(kept_policy_tried_file(dir, "eth0", file), -ENOENT);
	try(TWO);
	cr_assert_eq(kept_policy_tried_file(dir, "eth0", file), -ENOENT);
	cr_assert_eq(varfile_path(dir, "eth0", "policy", path), 0);
	cr_assert_eq(kept_policy_try(dir, "eth0", path, &doc), 0);
	policy_free(&doc);
	cr_assert_eq(kept_policy_tried_file(dir, "eth0", file), 0);
	cr_assert_str_eq(file, path);
	cr_assert(refused(TWO));
	cr_assert_eq(kept_policy_confirm(dir, "eth0"), 0);
	cr_assert_eq(held(), 60);
	cr_assert_eq(kept_policy_tried_file(dir, "eth0", file), -ENOENT);
}

/* By hand it may be applied all the same, and then it holds. */
Test(kept_policy, what_is_applied_holds)
{
	hold(ONE);
	try(TWO);
	hold(TWO);
	cr_assert_eq(held(), 60);
	cr_assert_not(refused(TWO));
}

Test(kept_policy, what_is_taken_back_is_refused)
{
	hold(ONE);
	hold(TWO);
	cr_assert_eq(kept_policy_roll_back(dir, "eth0"), 0);
	cr_assert_eq(held(), 56);
	cr_assert(refused(TWO));
	hold(THREE);
	cr_assert_not(refused(TWO));
}

/* A long list of addresses is more than a file may have, and is kept all the same. */
Test(kept_policy, long_policy)
{
	struct policy_doc doc = doc_of(ONE);
	const size_t count = 100000;
	struct policy_doc back;

	doc.deny.item = calloc(count, sizeof(*doc.deny.item));
	cr_assert(doc.deny.item);
	doc.deny.count = count;
	for (size_t i = 0; i < count; i++) {
		doc.deny.item[i].length = 128;
		doc.deny.item[i].address.word[2] = htobe32(0xffff);
		doc.deny.item[i].address.word[3] = htobe32(0x0b000000 + (__u32)i);
	}
	cr_assert_eq(kept_policy_hold(dir, "eth0", &doc), 0);
	cr_assert_eq(kept_policy_held(dir, "eth0", NULL, &back), 0);
	cr_assert_eq(back.deny.count, count);
	policy_free(&back);
	policy_free(&doc);
}

/* A file that no version can read any more refuses nothing, and is nothing to go back to. */
Test(kept_policy, garbage)
{
	char path[VARFILE_PATH_LEN];
	struct policy_doc doc;

	cr_assert_eq(varfile_path(dir, "eth0", "policy-trial", path), 0);
	cr_assert_eq(varfile_write(path, "listeners: [ {", 14), 0);
	cr_assert_not(refused(ONE));
	cr_assert_eq(varfile_path(dir, "eth0", "policy", path), 0);
	cr_assert_eq(varfile_write(path, "\xff\xfe", 2), 0);
	cr_assert_eq(kept_policy_held(dir, "eth0", NULL, &doc), -EINVAL);
}

static void write_file(const char *path, const char *text)
{
	FILE *file = fopen(path, "w");

	cr_assert(file, "%s", path);
	fputs(text, file);
	fclose(file);
}

/* A feed that changes makes no other policy of the file; what is held comes with the lists of now. */
Test(kept_policy, lists)
{
	static const char *const dirs[] = { "lists", "lists/deny.d", "lists/carriers.d" };
	static const char *const files[] = { "sipshield.yaml", "lists/deny.d/feed.list",
					     "lists/carriers.d/trunk.list" };
	char path[3][64], name[64];
	struct policy_doc doc;
	bool no = false;

	for (size_t i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s/%s", dir, dirs[i]);
		cr_assert_eq(mkdir(name, 0755), 0);
	}
	for (size_t i = 0; i < 3; i++)
		snprintf(path[i], sizeof(path[i]), "%s/%s", dir, files[i]);
	write_file(path[0], "deny: [192.0.2.1]\ncarriers: [{name: trunk, cps: 7}]\n");
	write_file(path[1], "198.51.100.1\n198.51.100.2\n");
	write_file(path[2], "203.0.113.1\n");
	cr_assert_eq(policy_load(path[0], &doc, stderr), 0);
	cr_assert_eq(doc.deny.count, 3);
	cr_assert_eq(kept_policy_hold(dir, "eth0", &doc), 0);
	cr_assert_eq(kept_policy_try(dir, "eth0", NULL, &doc), 0);
	policy_free(&doc);
	write_file(path[1], "198.51.100.3\n");
	cr_assert_eq(policy_load(path[0], &doc, stderr), 0);
	cr_assert_eq(kept_policy_refused(dir, "eth0", &doc, &no), 0);
	cr_assert(no);
	policy_free(&doc);
	cr_assert_eq(kept_policy_held(dir, "eth0", NULL, &doc), 0);
	cr_assert_eq(doc.deny.count, 1);
	policy_free(&doc);
	cr_assert_eq(kept_policy_held(dir, "eth0", path[0], &doc), 0);
	cr_assert_eq(doc.deny.count, 2);
	cr_assert_eq(doc.carriers, 1);
	cr_assert_eq(doc.carrier[0].cps, 7);
	cr_assert_eq(doc.carrier[0].prefixes.count, 1);
	policy_free(&doc);
	write_file(path[1], "no address\n");
	cr_assert_eq(kept_policy_held(dir, "eth0", path[0], &doc), -EINVAL);
	for (size_t i = 3; i--;) {
		cr_assert_eq(unlink(path[i]), 0);
		snprintf(name, sizeof(name), "%s/%s", dir, dirs[i]);
		cr_assert_eq(i ? rmdir(name) : 0, 0);
	}
	cr_assert_eq(rmdir(name), 0);
}

/* One change at a time, and the next one when it is done. */
Test(kept_policy, one_at_a_time)
{
	int lock = -1, other = -1;

	cr_assert_eq(kept_policy_lock(dir, "eth0", true, &lock), 0);
	cr_assert_eq(kept_policy_lock(dir, "eth0", false, &other), -EAGAIN);
	cr_assert_eq(other, -1);
	close(lock);
	cr_assert_eq(kept_policy_lock(dir, "eth0", false, &other), 0);
	close(other);
	cr_assert_eq(kept_policy_lock("", "eth0", false, &other), -ENOENT);
}
