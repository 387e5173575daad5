// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The journal of decisions: what is written is read, whatever happened to the file in between.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/journal.h"
#include "user/varfile.h"

#define SECOND 1000000000ULL

static char dir[] = "/tmp/sipshield-unit-XXXXXX";
static char file[VARFILE_PATH_LEN], older[VARFILE_PATH_LEN];
static const struct journal_clock clock_now = { .now_ns = 1000 * SECOND, .wall = 1800000000.5 };

static void make_dir(void)
{
	cr_assert(mkdtemp(dir));
	cr_assert_eq(varfile_path(dir, "eth0", "transitions.jsonl", file), 0);
	cr_assert_eq(varfile_path(dir, "eth0", "transitions.jsonl.1", older), 0);
}

static void remove_dir(void)
{
	unlink(file);
	unlink(older);
	rmdir(older);
	rmdir(dir);
}

TestSuite(journal_lines, .init = make_dir, .fini = remove_dir);

static struct transition decision(__u64 id)
{
	struct transition t = {
		.id = id,
		.time_ns = 990 * SECOND,
		.ttl_seconds = 60,
		.key = { .byte = { [10] = 0xff, [11] = 0xff, [12] = 198, [13] = 51, [14] = 100, [15] = 7 } },
		.prefix = 128,
		.from = STEP_WATCH,
		.to = STEP_BAN_1,
		.rule = RULE_USERS,
		.evidence = { .count = 10, .limit = 10, .accepted = 1, .answered = 12 },
	};

	transition_say(&t);
	return t;
}

static void append(struct journal *journal, __u64 id)
{
	const struct transition t = decision(id);

	cr_assert_eq(journal_append(journal, &t, &clock_now, NULL, 0), 0);
}

/* What was read: the ids in order. */
struct ids {
	__u64 id[16];
	size_t count;
};

static int take_id(json_t *entry, void *arg)
{
	struct ids *ids = arg;

	if (ids->count < 16)
		ids->id[ids->count] = (__u64)json_integer_value(json_object_get(entry, "id"));
	ids->count++;
	return 0;
}

static struct ids read_ids(void)
{
	struct ids ids = { .count = 0 };

	cr_assert_eq(journal_each(dir, "eth0", take_id, &ids), 0);
	return ids;
}

static int keep_entry(json_t *entry, void *arg)
{
	json_t **kept = arg;

	*kept = json_incref(entry);
	return 1;
}

static const char *string(const json_t *entry, const char *key)
{
	return json_string_value(json_object_get(entry, key));
}

static bool is_nobody(const char *src, size_t len, const void *arg)
{
	(void)arg;
	return len == 6 && !memcmp(src, "nobody", len);
}

static bool is_deciders(const char *src, size_t len, const void *arg)
{
	(void)arg;
	return len == 12 && !memcmp(src, "198.51.100.7", len);
}

Test(journal_lines, entries_of_some_sources)
{
	const struct transition t = decision(3);
	struct journal *journal;
	struct ids ids = { .count = 0 };
	__u64 last;

	cr_assert_eq(journal_open(dir, "eth0", &journal, &last), 0);
	cr_assert_eq(journal_append(journal, &t, &clock_now, NULL, 0), 0);
	journal_close(journal);
	cr_assert_eq(journal_each_of(dir, "eth0", is_nobody, take_id, &ids), 0);
	cr_expect_eq(ids.count, 0);
	cr_assert_eq(journal_each_of(dir, "eth0", is_deciders, take_id, &ids), 0);
	cr_expect(ids.count == 1 && ids.id[0] == 3);
}

/* A reading that begins inside a line goes on behind it. */
Test(journal_lines, late_entries)
{
	struct journal *journal;
	struct ids ids = { .count = 0 };
	__u64 last;

	cr_assert_eq(journal_open(dir, "eth0", &journal, &last), 0);
	for (__u64 id = 1; id <= 9; id++) {
		const struct transition t = decision(id);

		cr_assert_eq(journal_append(journal, &t, &clock_now, NULL, 0), 0);
	}
	journal_close(journal);
	cr_assert_eq(journal_each_late(dir, "eth0", 1000, take_id, &ids), 0);
	cr_expect(ids.count >= 2 && ids.count <= 5, "%zu", ids.count);
	cr_expect_eq(ids.id[ids.count - 1], 9);
	ids.count = 0;
	cr_assert_eq(journal_each_late(dir, "eth0", 1 << 20, take_id, &ids), 0);
	cr_expect_eq(ids.count, 9, "a file that is shorter is read from its beginning");
}

Test(journal_lines, an_entry_says_all)
{
	const struct recent_packet packet[] = {
		{ .time_ns = 989 * SECOND,
		  .kind = EVENT_ANSWER,
		  .method = SIP_METHOD_REGISTER,
		  .status = 403,
		  .credentials = 1,
		  .reason = REASON_EGRESS_OTHER,
		  .standing = STANDING_PROVEN },
		{ .time_ns = 991 * SECOND, .kind = EVENT_PROVEN, .why = WHY_NONCE },
	};
	const struct transition t = decision(7);
	struct journal *journal;
	json_t *entry = NULL, *packets;
	__u64 last;

	cr_assert_eq(journal_open(dir, "eth0", &journal, &last), 0);
	cr_assert_eq(last, 0);
	cr_assert_eq(journal_append(journal, &t, &clock_now, packet, 2), 0);
	journal_close(journal);
	cr_assert_eq(journal_each(dir, "eth0", keep_entry, &entry), 1);
	cr_assert_eq(json_integer_value(json_object_get(entry, "id")), 7);
	cr_assert_float_eq(json_real_value(json_object_get(entry, "t")), 1799999990.5, 0.001);
	cr_assert_str_eq(string(entry, "time"), "2027-01-15T07:59:50Z");
	cr_assert_str_eq(string(entry, "src"), "198.51.100.7");
	cr_assert_str_eq(string(entry, "from"), "watch");
	cr_assert_str_eq(string(entry, "to"), "ban-1");
	cr_assert_str_eq(string(entry, "rule"), "users");
	packets = json_object_get(entry, "packets");
	cr_assert_eq(json_array_size(packets), 2);
	cr_assert_float_eq(json_real_value(json_object_get(json_array_get(packets, 0), "t")),
			   1799999989.5, 0.001);
	cr_assert_str_eq(string(json_array_get(packets, 0), "event"), "answer");
	cr_assert_str_eq(string(json_array_get(packets, 0), "method"), "REGISTER");
	cr_assert_eq(json_integer_value(json_object_get(json_array_get(packets, 0), "status")),
		     403);
	cr_assert(json_is_true(json_object_get(json_array_get(packets, 0), "credentials")));
	cr_assert_str_eq(string(json_array_get(packets, 1), "why"), "nonce");
	cr_assert_float_eq(json_real_value(json_object_get(json_array_get(packets, 1), "t")),
			   1799999991.5, 0.001, "a little after the clock was read");
	json_decref(entry);
}

Test(journal_lines, ids_go_on_over_a_restart)
{
	struct journal *journal;
	struct ids ids;
	__u64 last;

	cr_assert_eq(journal_open(dir, "eth0", &journal, &last), 0);
	append(journal, 1);
	append(journal, 2);
	journal_close(journal);
	cr_assert_eq(journal_open(dir, "eth0", &journal, &last), 0);
	cr_assert_eq(last, 2);
	append(journal, 3);
	journal_close(journal);
	ids = read_ids();
	cr_assert_eq(ids.count, 3);
	cr_assert_eq(ids.id[2], 3);
}

Test(journal_lines, a_torn_line_harms_itself_alone)
{
	struct journal *journal;
	struct ids ids;
	FILE *f;
	__u64 last;

	f = fopen(file, "w");
	fputs("{\"id\":1}\nnot json\n[2]\n{\"id\":3,\"src\":\"198.5", f);
	fclose(f);
	cr_assert_eq(journal_open(dir, "eth0", &journal, &last), 0);
	cr_assert_eq(last, 1);
	append(journal, 4);
	journal_close(journal);
	ids = read_ids();
	cr_assert_eq(ids.count, 2);
	cr_assert_eq(ids.id[0], 1);
	cr_assert_eq(ids.id[1], 4);
}

Test(journal_lines, two_files_of_bounded_size)
{
	struct journal *journal;
	struct stat st;
	struct ids ids;
	__u64 last, id = 0;

	cr_assert_eq(journal_open(dir, "eth0", &journal, &last), 0);
	while (access(older, F_OK) && id < 100000)
		append(journal, ++id);
	cr_assert_eq(stat(older, &st), 0);
	cr_assert_leq(st.st_size, JOURNAL_SIZE_MAX);
	cr_assert_geq(st.st_size, JOURNAL_SIZE_MAX - 1000);
	ids = read_ids();
	cr_assert_eq(ids.count, id);
	cr_assert_eq(ids.id[0], 1);
	unlink(file); /* by hand, behind the agent's back: the older one tells the last id */
	journal_close(journal);
	cr_assert_eq(journal_open(dir, "eth0", &journal, &last), 0);
	cr_assert_eq(last, id - 1);
	journal_close(journal);
}

Test(journal_lines, trouble_is_told_and_ends)
{
	const struct transition t = decision(1);
	struct journal *journal;
	__u64 last;

	cr_assert_eq(journal_open("/nonexistent/x", "eth0", &journal, &last), -ENOENT);
	fclose(fopen(file, "w"));
	cr_assert_eq(truncate(file, JOURNAL_SIZE_MAX), 0);
	cr_assert_eq(journal_open(dir, "eth0", &journal, &last), 0);
	cr_assert_eq(mkdir(older, 0755), 0);
	cr_assert_eq(journal_append(journal, &t, &clock_now, NULL, 0), -EISDIR);
	cr_assert_eq(journal_append(journal, &t, &clock_now, NULL, 0), -EISDIR);
	cr_assert_eq(rmdir(older), 0);
	cr_assert_eq(journal_append(journal, &t, &clock_now, NULL, 0), 0);
	journal_close(journal);
	cr_assert_eq(access(older, F_OK), 0);
}
