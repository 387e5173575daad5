// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The structural checks on messages in files: tests/vectors/checks/ID/hit/ must be dropped for the
 * check, tests/vectors/checks/ID/near/ must not. A check without either fails.
 */
#include <dirent.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/prog/harness.h"

#define VECTORS "tests/vectors/checks"
#define VECTOR_MAX 8192

TestSuite(checks, .init = prog_start);

static size_t read_vector(const char *path, char *to)
{
	FILE *file = fopen(path, "re");
	size_t len;

	cr_assert_not_null(file, "%s cannot be read", path);
	len = fread(to, 1, VECTOR_MAX, file);
	fclose(file);
	cr_assert(len > 0 && len < VECTOR_MAX, "%s has %zu bytes", path, len);
	return len;
}

static void try_vector(const char *path, unsigned int check, bool hit)
{
	static char text[VECTOR_MAX];
	size_t len = read_vector(path, text);
	struct verdict_record got;

	prog_wait(HOUR);
	got = prog_in(FRAME(.payload = text, .payload_len = len));
	cr_expect_eq(got.reason == check, hit, "%s: %s", path, reason_name(got.reason));
	cr_expect(hit || !got.dropped, "%s: %s", path, reason_name(got.reason));
}

static bool is_vector(const char *name)
{
	size_t len = strlen(name);

	return len > 4 && !strcmp(name + len - 4, ".sip");
}

/* Returns how many there were. */
static unsigned int try_folder(const char *id, unsigned int check, bool hit)
{
	const char *folder = hit ? "hit" : "near";
	char path[512], file[1024];
	struct dirent *entry;
	unsigned int n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), VECTORS "/%s/%s", id, folder);
	dir = opendir(path);
	cr_assert_not_null(dir, "the check has no %s", path);
	while ((entry = readdir(dir))) {
		if (!is_vector(entry->d_name))
			continue;
		snprintf(file, sizeof(file), "%s/%s", path, entry->d_name);
		try_vector(file, check, hit);
		n++;
	}
	closedir(dir);
	return n;
}

Test(checks, vectors)
{
	if (access(VECTORS, R_OK))
		cr_skip_test("no " VECTORS " below the working directory");
#define CHECK(id, name, action, sentence)                                                          \
	cr_expect_gt(try_folder(#id, REASON_CHECK_##id, true), 0, "%s has no hit", name);          \
	cr_expect_gt(try_folder(#id, REASON_CHECK_##id, false), 0, "%s has no near miss", name);
#include "maps/checks.def"
#undef CHECK
}

/* A check takes no budget: what it drops leaves the source all it had. */
Test(checks, cost_nothing)
{
	prog_policy("limits: {unknown: {dialog: {rate: 1/h, burst: 1}}}");
	for (int i = 0; i < 5; i++)
		expect(REASON_CHECK_cseq_method,
		       .payload = MESSAGE(.method = "BYE", .cseq_method = "INVITE"));
	expect(REASON_REQUEST, .payload = MESSAGE(.method = "BYE"));
}

/* Who fails one is a suspect, with what it sent. */
Test(checks, suspects)
{
	struct addr key = { .byte = { [10] = 0xff, 0xff, 203, 0, 113, 88 } };
	struct suspect suspect;

	for (int i = 0; i < 2; i++)
		expect(REASON_CHECK_cseq_method, .src = "203.0.113.88",
		       .payload = MESSAGE(.method = "CANCEL", .cseq_method = "INVITE"));
	cr_assert_eq(store_suspect_get(prog_store(), &key, &suspect), 0);
	cr_assert_eq(suspect.structural, 2);
	cr_assert_eq(suspect.exceeded, 0);
	cr_assert_eq(suspect.reason, REASON_CHECK_cseq_method);
	cr_assert_eq(suspect.method, SIP_METHOD_CANCEL);
}

/* The headers of known sources within their budget are not read. */
Test(checks, spare_the_known)
{
	prog_set_standing("203.0.113.89", STANDING_TRUSTED, ~0ULL);
	expect(REASON_KNOWN, .src = "203.0.113.89",
	       .payload = MESSAGE(.method = "BYE", .cseq_method = "INVITE"));
}
