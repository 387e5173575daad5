// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The audit trail: what is appended verifies, and nothing that is done to it afterwards does.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/audit_trail.h"
#include "user/varfile.h"

static char dir[] = "/tmp/sipshield-unit-XXXXXX";
static char file[VARFILE_PATH_LEN];

static void make_dir(void)
{
	cr_assert(mkdtemp(dir));
	cr_assert_eq(varfile_path(dir, "eth0", "audit.jsonl", file), 0);
}

static void remove_dir(void)
{
	char older[VARFILE_PATH_LEN];

	unlink(file);
	for (int i = 1; i <= AUDIT_OLDER + 1; i++) {
		snprintf(older, sizeof(older), "%.4000s.%d", file, i);
		unlink(older);
	}
	rmdir(dir);
}

TestSuite(audit_trail, .init = make_dir, .fini = remove_dir);

static struct audit_link append(const char *action, const char *why)
{
	json_t *entry =
		json_pack("{s:i, s:s, s:s}", "schema_version", 1, "action", action, "why", why);
	struct audit_link link = { 0 };

	cr_assert_eq(audit_append(dir, "eth0", entry, false, &link), 0);
	json_decref(entry);
	return link;
}

static struct audit_summary verify(void)
{
	struct audit_summary summary;

	cr_assert_eq(audit_read(dir, "eth0", NULL, NULL, &summary), 0);
	return summary;
}

static char *contents(size_t *len)
{
	unsigned char *data;

	cr_assert_eq(varfile_read(file, 1 << 20, &data, len), 0);
	data[*len] = 0; /* there is room for it */
	return (char *)data;
}

static void put(const char *text, size_t len)
{
	FILE *out = fopen(file, "we");

	cr_assert(out);
	cr_assert_eq(fwrite(text, 1, len, out), len);
	fclose(out);
}

Test(audit_trail, none_is_empty)
{
	struct audit_summary summary = verify();

	cr_expect_eq(summary.entries, 0);
	cr_expect_eq(summary.problems, 0);
	cr_expect_eq(summary.last.seq, 0);
}

Test(audit_trail, appended_lines_verify)
{
	struct audit_link first = append("ban add", "by hand");
	struct audit_link last = append("ban del", "\"quoted\" \u00e4");
	struct audit_summary summary = verify();
	struct stat st;

	cr_expect_eq(first.seq, 1);
	cr_expect_eq(last.seq, 2);
	cr_expect_eq(summary.entries, 2);
	cr_expect_eq(summary.problems, 0);
	cr_expect_eq(summary.first, 1);
	cr_expect_eq(summary.last.seq, 2);
	cr_expect_str_eq(summary.last.hash, last.hash);
	cr_assert_eq(stat(file, &st), 0);
	cr_expect_eq(st.st_mode & 0777, 0640);
}

/* Every byte of the file, every bit of it. */
Test(audit_trail, each_flipped_bit_is_found)
{
	size_t len;
	char *text;

	append("ban add", "one");
	append("allow add", "two");
	append("ban del", "three");
	text = contents(&len);
	for (size_t i = 0; i < len; i++) {
		for (int bit = 0; bit < 8; bit++) {
			text[i] ^= (char)(1 << bit);
			put(text, len);
			cr_assert_neq(verify().problems, 0, "bit %d of byte %zu", bit, i);
			text[i] ^= (char)(1 << bit);
		}
	}
	put(text, len);
	cr_expect_eq(verify().problems, 0);
	free(text);
}

Test(audit_trail, lines_left_out_or_swapped_are_found)
{
	char *line[3], *text, other[2048];
	size_t len;

	append("a", "");
	append("b", "");
	append("c", "");
	text = contents(&len);
	line[0] = text;
	line[1] = strchr(line[0], '\n') + 1;
	line[2] = strchr(line[1], '\n') + 1;
	snprintf(other, sizeof(other), "%.*s%s", (int)(line[1] - line[0]), line[0], line[2]);
	put(other, strlen(other));
	cr_expect_neq(verify().problems, 0, "the second is left out");
	put(line[1], strlen(line[1]));
	cr_expect_eq(verify().first, 2, "a beginning that is missing shows");
	snprintf(other, sizeof(other), "%.*s%.*s%s", (int)(line[2] - line[1]), line[1],
		 (int)(line[1] - line[0]), line[0], line[2]);
	put(other, strlen(other));
	cr_expect_neq(verify().problems, 0, "two are swapped");
	snprintf(other, sizeof(other), "%s%s", text, line[2]);
	put(other, strlen(other));
	cr_expect_neq(verify().problems, 0, "one stands there twice");
	free(text);
}

/* A line that a power cut tore stays a problem, and those behind it are whole. */
Test(audit_trail, goes_on_behind_a_torn_line)
{
	struct audit_summary summary;
	size_t len;
	char *text;

	append("a", "");
	append("b", "");
	text = contents(&len);
	put(text, len - 20);
	free(text);
	cr_expect_eq(append("c", "").seq, 2);
	summary = verify();
	cr_expect_eq(summary.problems, 1);
	cr_expect_eq(summary.entries, 2);
	cr_expect_eq(summary.last.seq, 2);
}

Test(audit_trail, files_are_bounded_and_chained)
{
	static char why[AUDIT_LINE_MAX - 512];
	const size_t lines = (AUDIT_OLDER + 2) * (size_t)AUDIT_FILE_MAX / sizeof(why);
	struct audit_summary summary;
	struct stat st;

	memset(why, 'x', sizeof(why) - 1);
	for (size_t i = 0; i < lines; i++)
		append("a", why);
	summary = verify();
	cr_expect_eq(summary.problems, 0);
	cr_expect_eq(summary.last.seq, lines);
	cr_expect_gt(summary.first, 1, "the oldest file was dropped");
	cr_assert_eq(stat(file, &st), 0);
	cr_expect_leq((size_t)st.st_size, AUDIT_FILE_MAX);
}

Test(audit_trail, too_long_a_line_is_refused)
{
	static char why[AUDIT_LINE_MAX];
	json_t *entry;

	memset(why, 'x', sizeof(why) - 1);
	entry = json_pack("{s:s}", "why", why);
	cr_expect_eq(audit_append(dir, "eth0", entry, false, NULL), -E2BIG);
	json_decref(entry);
	cr_expect_eq(verify().problems, 0);
}

/* Several processes at once: one chain. */
Test(audit_trail, writers_wait_for_each_other)
{
	enum { WRITERS = 4, LINES = 50 };

	for (int i = 0; i < WRITERS; i++) {
		if (fork())
			continue;
		for (int j = 0; j < LINES; j++)
			append("ban add", "one of many");
		_exit(0);
	}
	for (int i = 0; i < WRITERS; i++)
		wait(NULL);
	cr_expect_eq(verify().entries, WRITERS * LINES);
	cr_expect_eq(verify().problems, 0);
}
