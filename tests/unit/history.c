// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The history of events: what is kept is read, a flood is thinned out, the files stay small.
 */
#include <criterion/criterion.h>
#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/addr.h"
#include "user/history.h"
#include "user/varfile.h"

#define SECOND 1000000000ULL
#define WALL 1800000000.25

static char dir[] = "/tmp/sipshield-unit-XXXXXX";
static const struct journal_clock clock_now = { .now_ns = 1000 * SECOND, .wall = WALL };
static struct history *history;

static void open_history(void)
{
	cr_assert_eq(history_open(dir, "eth0", &history), 0);
}

static void make_dir(void)
{
	cr_assert(mkdtemp(dir));
	open_history();
}

static void remove_dir(void)
{
	char path[VARFILE_PATH_LEN];

	history_close(history);
	for (unsigned int age = 0; age <= HISTORY_FILES; age++) {
		cr_assert_eq(varfile_aged(dir, "eth0", "events.jsonl", age, path), 0);
		unlink(path);
	}
	rmdir(dir);
}

TestSuite(history, .init = make_dir, .fini = remove_dir);

static struct event event_of_source(const char *src, enum reason reason, __u64 seconds)
{
	struct event event = {
		.time_ns = seconds * SECOND,
		.sport = htons(5062),
		.generation = 7,
		.reason = reason,
		.kind = EVENT_SHADOW,
		.method = SIP_METHOD_INVITE,
		.line = "INVITE sip:100@192.0.2.1 SIP/2.0\r\nVia: x",
	};

	cr_assert_eq(addr_parse(src, &event.src), 0);
	return event;
}

static void add(const struct event *event)
{
	history_add(history, event, NULL, &clock_now);
}

/* What a reading finds. */
struct found {
	size_t events;
	struct history_event last;
	__u64 left_out;
	__u64 counted[REASON_MAX];
};

static int take_event(const struct history_event *event, void *arg)
{
	struct found *found = arg;

	found->events++;
	found->last = *event;
	found->left_out += event->left_out;
	return 0;
}

static int take_count(double t, unsigned int reason, __u64 packets, void *arg)
{
	struct found *found = arg;

	cr_expect_eq(t, WALL);
	found->counted[reason] += packets;
	return 0;
}

static struct found read_since(double since)
{
	struct found found = { 0 };
	const struct history_reader reader = {
		.since = since,
		.event = take_event,
		.counted = take_count,
		.arg = &found,
	};

	cr_assert_eq(history_write(history), 0);
	cr_assert_eq(history_read(dir, "eth0", &reader), 0);
	return found;
}

Test(history, an_event_comes_back)
{
	struct event event = event_of_source("2001:db8::7", REASON_SOURCE_RATE, 990);
	struct found found;
	char text[ADDR_TEXT_LEN];

	event.standing = STANDING_TRUSTED;
	add(&event);
	found = read_since(0);
	cr_assert_eq(found.events, 1);
	cr_expect_float_eq(found.last.t, WALL - 10, 0.001);
	cr_expect_str_eq(addr_format(&found.last.src, text), "2001:db8::7");
	cr_expect_eq(found.last.sport, 5062);
	cr_expect_eq(found.last.reason, REASON_SOURCE_RATE);
	cr_expect_eq(found.last.kind, EVENT_SHADOW);
	cr_expect_eq(found.last.method, SIP_METHOD_INVITE);
	cr_expect_eq(found.last.standing, STANDING_TRUSTED);
	cr_expect_eq(found.last.generation, 7);
	cr_expect_str_eq(found.last.line, "INVITE sip:100@192.0.2.1 SIP/2.0");
}

Test(history, the_name_of_a_signature)
{
	struct event event = event_of_source("192.0.2.7", REASON_SIGNATURE, 990);

	history_add(history, &event, "fraud-prefix", &clock_now);
	cr_expect_str_eq(read_since(0).last.signature, "fraud-prefix");
	add(&event);
	cr_expect_str_eq(read_since(0).last.signature, "");
}

Test(history, other_kinds_of_events_are_not_kept)
{
	struct event event = event_of_source("192.0.2.7", REASON_EGRESS_LEARNED, 990);

	for (unsigned int kind = EVENT_LEARNED; kind <= EVENT_PASS; kind++) {
		event.kind = kind;
		add(&event);
	}
	cr_expect_eq(read_since(0).events, 0);
	event.kind = EVENT_DROP;
	add(&event);
	cr_expect_eq(read_since(0).events, 1);
}

/* Whatever was sent, the file holds text, and each event is a line. */
Test(history, anything_may_stand_in_a_line)
{
	struct event event = event_of_source("192.0.2.7", REASON_NOT_SIP_RATE, 990);
	struct found found;

	memset(event.line, 0xff, sizeof(event.line));
	memcpy(event.line, "\x1b[2J\"\\\x7f\xc3\xa4\t}", 11);
	add(&event);
	found = read_since(0);
	cr_assert_eq(found.events, 1);
	cr_expect_eq(strlen(found.last.line), EVENT_LINE_LEN);
	cr_expect_eq(strncmp(found.last.line, "?[2J\"\\????}?", 12), 0, "%s", found.last.line);
}

Test(history, since)
{
	struct event event = event_of_source("192.0.2.7", REASON_SOURCE_RATE, 100);

	for (unsigned int i = 0; i < 10; i++, event.time_ns += 100 * SECOND)
		add(&event);
	cr_expect_eq(read_since(0).events, 10);
	cr_expect_eq(read_since(WALL - 350).events, 4);
	cr_expect_eq(read_since(WALL + 1).events, 0);
}

/* An hour of a flood: of strangers few are kept, those who are known keep their own room. */
Test(history, a_flood_is_thinned_out)
{
	struct event flood = event_of_source("198.51.100.7", REASON_SOURCE_RATE, 0);
	struct event known = event_of_source("192.0.2.7", REASON_SOURCE_RATE, 0);
	unsigned int stored = HISTORY_BURST + 3600 / HISTORY_STRANGER_SECONDS;
	struct found found;

	known.standing = STANDING_TRUSTED;
	for (unsigned int i = 0; i < 36000; i++) {
		flood.time_ns = (__u64)i * SECOND / 10;
		add(&flood);
	}
	found = read_since(0);
	cr_expect_geq(found.events, stored - 1);
	cr_expect_leq(found.events, stored + 1);
	known.time_ns = flood.time_ns;
	add(&known);
	found = read_since(0);
	cr_expect_eq(found.last.standing, STANDING_TRUSTED);
	cr_expect_eq(found.left_out + found.events, 36001);
}

Test(history, a_restart_goes_on_behind_what_is_there)
{
	struct event event = event_of_source("192.0.2.7", REASON_SOURCE_RATE, 990);
	char path[VARFILE_PATH_LEN];
	struct stat st;
	FILE *file;

	add(&event);
	history_close(history);
	cr_assert_eq(varfile_path(dir, "eth0", "events.jsonl", path), 0);
	file = fopen(path, "a");
	cr_assert(file && fputs("{\"t\":1800000000,\"src\":\"192.0", file) >= 0 && !fclose(file));
	open_history();
	add(&event);
	cr_expect_eq(read_since(0).events, 2);
	cr_assert_eq(stat(path, &st), 0);
	cr_expect_eq(st.st_mode & 07777, 0640);
}

Test(history, damage_is_left_out)
{
	char path[VARFILE_PATH_LEN];
	FILE *file;

	cr_assert_eq(varfile_path(dir, "eth0", "events.jsonl", path), 0);
	file = fopen(path, "a");
	cr_assert(file);
	fputs("\n{}\n[1]\nnonsense\n{\"t\":1800000000}\n{\"t\":\"x\",\"counted\":7}\n"
	      "{\"t\":1800000000,\"src\":\"192.0.2.1\",\"event\":\"learned\",\"reason\":\"deny\","
	      "\"method\":\"ACK\",\"standing\":\"unknown\"}\n"
	      "{\"t\":1800000000,\"src\":\"nobody\",\"event\":\"drop\",\"reason\":\"deny\","
	      "\"method\":\"ACK\",\"standing\":\"unknown\"}\n"
	      "{\"t\":1800000000,\"counted\":{\"none\":5,\"deny\":-5,\"banned\":\"x\"}}\n",
	      file);
	cr_assert_eq(fclose(file), 0);
	cr_expect_eq(read_since(0).events, 0);
	cr_expect_eq(read_since(0).counted[REASON_DENY], 0);
}

Test(history, counts)
{
	__u64 shadow[REASON_MAX] = { [REASON_DENY] = 100 };
	struct found found;

	history_count(history, shadow, &clock_now);
	shadow[REASON_DENY] = 103;
	shadow[REASON_SOURCE_RATE] = 7;
	history_count(history, shadow, &clock_now);
	history_count(history, shadow, &clock_now);
	shadow[REASON_DENY] = 2; /* new maps */
	history_count(history, shadow, &clock_now);
	found = read_since(0);
	cr_expect_eq(found.counted[REASON_DENY], 5);
	cr_expect_eq(found.counted[REASON_SOURCE_RATE], 7);
}

/* However long it goes on, the files stay within their bounds and the newest events are there. */
Test(history, the_files_stay_small)
{
	struct event event = event_of_source("192.0.2.7", REASON_SOURCE_RATE, 0);
	char path[VARFILE_PATH_LEN];
	struct found found;
	struct stat st;

	event.standing = STANDING_TRUSTED;
	memset(event.line, '\\', sizeof(event.line)); /* the longest */
	for (unsigned int i = 0; i < 60000; i++) {
		event.time_ns += HISTORY_KNOWN_SECONDS * SECOND;
		event.sport = htons((__u16)i);
		history_add(history, &event, NULL,
			    &(struct journal_clock){ .now_ns = event.time_ns, .wall = WALL });
		if (i % 100 == 0)
			cr_assert_eq(history_write(history), 0);
	}
	cr_assert_eq(history_write(history), 0);
	for (unsigned int age = 0; age < HISTORY_FILES; age++) {
		cr_assert_eq(varfile_aged(dir, "eth0", "events.jsonl", age, path), 0);
		cr_assert_eq(stat(path, &st), 0);
		cr_expect_leq(st.st_size, HISTORY_FILE_MAX);
	}
	cr_assert_eq(varfile_aged(dir, "eth0", "events.jsonl", HISTORY_FILES, path), 0);
	cr_expect_neq(stat(path, &st), 0);
	found = read_since(0);
	cr_expect_gt(found.events, (HISTORY_FILES - 1) * HISTORY_FILE_MAX / 400);
	cr_expect_eq(found.last.sport, 59999);
}

Test(history, no_history_is_an_empty_one)
{
	const struct history_reader reader = { .event = take_event };

	cr_expect_eq(history_read(dir, "eth1", &reader), 0);
	cr_expect_eq(history_read("/nonexistent", "eth0", &reader), 0);
}
