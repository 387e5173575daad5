// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The kinds of record: each has an id of its own, and the catalog explains each of them and no other.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/log.h"

#define CATALOG "packaging/sipshield.catalog"
#define ID_LEN 32

struct entry {
	char id[ID_LEN + 1];
	bool subject, defined_by;
	unsigned int words; /* lines of explanation */
};

static size_t read_catalog(struct entry *entry, size_t room)
{
	FILE *file = fopen(CATALOG, "re");
	char line[512];
	size_t n = 0;

	cr_assert(file, "run from the top of the tree");
	while (fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "-- ", 3)) {
			cr_assert_lt(n, room);
			entry[n] = (struct entry){ 0 };
			cr_assert_eq(sscanf(line, "-- %32[0-9a-f]\n", entry[n].id), 1, "%s", line);
			cr_assert_eq(strlen(line), 3 + ID_LEN + 1, "%s", line);
			n++;
		} else if (n && !strncmp(line, "Subject: ", 9)) {
			entry[n - 1].subject = line[9] != '\n';
		} else if (n && !strcmp(line, "Defined-By: sipshield\n")) {
			entry[n - 1].defined_by = true;
		} else if (n && *line != '\n') {
			entry[n - 1].words++;
		}
	}
	fclose(file);
	return n;
}

Test(log_messages, ids_are_their_own)
{
	for (unsigned int i = 0; i < MESSAGE_MAX; i++) {
		cr_expect_eq(strlen(message_id(i)), ID_LEN);
		cr_expect_eq(strspn(message_id(i), "0123456789abcdef"), ID_LEN);
		cr_expect(message_priority(i) >= LOG_ALERT && message_priority(i) <= LOG_INFO);
		for (unsigned int j = 0; j < i; j++)
			cr_expect_str_neq(message_id(i), message_id(j));
	}
}

Test(log_messages, catalog_has_each_and_no_other)
{
	struct entry entry[MESSAGE_MAX + 1];
	size_t n = read_catalog(entry, MESSAGE_MAX + 1);

	cr_expect_eq(n, MESSAGE_MAX, "%zu entries for %d kinds", n, MESSAGE_MAX);
	for (unsigned int i = 0; i < MESSAGE_MAX; i++) {
		unsigned int found = 0;

		for (size_t j = 0; j < n; j++) {
			if (strcmp(entry[j].id, message_id(i)))
				continue;
			found++;
			cr_expect(entry[j].subject, "%s has no subject", entry[j].id);
			cr_expect(entry[j].defined_by, "%s", entry[j].id);
			cr_expect(entry[j].words, "%s explains nothing", entry[j].id);
		}
		cr_expect_eq(found, 1, "%s stands there %u times", message_id(i), found);
	}
}

Test(log_messages, decisions_have_their_kind)
{
	static const struct {
		struct transition t;
		enum message message;
	} cases[] = {
		{ { .from = STEP_NONE, .to = STEP_WATCH }, MESSAGE_WATCHED },
		{ { .from = STEP_WATCH, .to = STEP_TIGHT }, MESSAGE_LIMITED },
		{ { .from = STEP_WATCH, .to = STEP_BAN_1 }, MESSAGE_BANNED },
		{ { .from = STEP_BAN_4, .to = STEP_BAN_5 }, MESSAGE_BANNED },
		{ { .from = STEP_BAN_1, .to = STEP_NONE }, MESSAGE_CLEARED },
		{ { .from = STEP_WATCH, .to = STEP_TIGHT, .bound = BOUND_TRUSTED },
		  MESSAGE_NOT_BANNED },
		{ { .from = STEP_WATCH, .to = STEP_BAN_1, .error = -28 }, MESSAGE_STEP_FAILED },
		{ { .from = STEP_NONE, .to = STEP_NARROW }, MESSAGE_NARROWED },
		{ { .from = STEP_NARROW, .to = STEP_NONE }, MESSAGE_CLEARED },
		{ { .from = STEP_NONE, .to = STEP_FROZEN }, MESSAGE_FROZEN },
		{ { .from = STEP_FROZEN, .to = STEP_NONE }, MESSAGE_THAWED },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(transition_message(&cases[i].t), cases[i].message, "case %zu", i);
}

/* What a supervisor reads that is no journal. */
Test(log_messages, a_line_on_stderr_has_its_priority)
{
	char text[256] = "";
	int ends[2];

	cr_assert_eq(pipe(ends), 0);
	cr_assert(dup2(ends[1], STDERR_FILENO) >= 0);
	log_say(MESSAGE_POLICY_REFUSED, "%s", "no");
	cr_assert_gt(read(ends[0], text, sizeof(text) - 1), 0);
	cr_expect_str_eq(text, "<3>sipshield: no\n");
}
