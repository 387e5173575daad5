// SPDX-License-Identifier: GPL-2.0-or-later
/* The whole of `sipshield replay`: files in, lines and exit status out. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "tests/prog/frame_build.h"
#include "tests/prog/replay_run.h"
#include "user/cmd.h"

#define SERVER "192.0.2.1"
#define PHONE "198.51.100.7"
#define SCANNER "203.0.113.66"
#define CREDENTIALS .headers = MESSAGE_CREDENTIALS

#define LINK_ETHERNET 1
#define LINK_WIFI 105

TestSuite(replay, .init = replay_dir_make, .fini = replay_dir_remove);

static void write_file(const char *name, const void *data, size_t len)
{
	FILE *file = fopen(replay_path(name), "w");

	cr_assert(file);
	cr_assert_eq(fwrite(data, 1, len, file), len);
	cr_assert_eq(fclose(file), 0);
}

static FILE *pcap_begin(const char *name, __u32 link)
{
	const __u32 header[] = { 0xa1b2c3d4, 2 | 4 << 16, 0, 0, 262144, link };
	FILE *file = fopen(replay_path(name), "w");

	cr_assert(file);
	cr_assert_eq(fwrite(header, sizeof(header), 1, file), 1);
	return file;
}

/* cut: bytes at its end that the capture left out. */
static void pcap_add(FILE *file, double t, const struct frame_spec *spec, __u32 cut)
{
	struct frame frame;
	__u32 header[4] = { (__u32)t, (__u32)((t - (__u32)t) * 1e6 + 0.5) };

	frame_build(spec, &frame);
	header[2] = (__u32)frame.len - cut;
	header[3] = (__u32)frame.len;
	cr_assert_eq(fwrite(header, sizeof(header), 1, file), 1);
	cr_assert_eq(fwrite(frame.data, header[2], 1, file), 1);
}

static void expect_said(const char *file, const char *text)
{
	char *said = replay_read(file);

	cr_expect(strstr(said, text), "expected `%s' in `%s'", text, said);
	free(said);
}

/* The nth line of the output, from 1. */
static char *line_of(const char *output, int n)
{
	for (; n > 1; n--) {
		output = strchr(output, '\n');
		cr_assert(output);
		output++;
	}
	return strndup(output, strcspn(output, "\n"));
}

static void expect_line(const char *output, int n, const char *expected)
{
	char *line = line_of(output, n);

	cr_expect_str_eq(line, expected);
	free(line);
}

/* A phone registers, a scanner sends nonsense, both through every kind of line. */
static void write_example(const char *name)
{
	FILE *file = pcap_begin(name, LINK_ETHERNET);

	pcap_add(file, 1000,
		 FRAME(.src = SERVER, .dst = PHONE,
		       .payload = MESSAGE(.method = "REGISTER", .status = 401,
					  .headers = MESSAGE_CHALLENGE)),
		 0);
	pcap_add(file, 1000,
		 FRAME(.payload = MESSAGE(.method = "REGISTER", .branch = "z9hG4bK1", CREDENTIALS)),
		 0);
	pcap_add(file, 1000.25,
		 FRAME(.src = SERVER, .dst = PHONE,
		       .payload =
			       MESSAGE(.method = "REGISTER", .status = 200, .branch = "z9hG4bK1")),
		 0);
	pcap_add(file, 1001.5,
		 FRAME(.src = SCANNER, .sport = 9, .payload = MESSAGE(.method = "OPTIONS")), 0);
	pcap_add(file, 1001.5,
		 FRAME(.src = SCANNER, .sport = 9,
		       .payload = MESSAGE(.method = "BYE", .cseq_method = "INVITE")),
		 0);
	pcap_add(file, 1002, FRAME(.payload = MESSAGE(.method = "INVITE")), 0);
	pcap_add(file, 1003, FRAME(.payload = MESSAGE(.method = "INVITE")), 4);
	pcap_add(file, 1004, FRAME(.ether_type = 0x0806, .payload = "arp"), 0);
	pcap_add(file, 1005, FRAME(.src = "10.0.0.1", .dst = "10.0.0.2", .dport = 53), 0);
	pcap_add(file, 1006,
		 FRAME(.src = "10.0.0.1", .dst = SERVER, .no_l4 = true,
		       .fragment = { .id = 7, .offset = 64 }, .payload = "rest"),
		 0);
	cr_assert_eq(fclose(file), 0);
}

Test(replay, a_line_for_each_frame_and_a_summary)
{
	static const char summary_begin[] =
		"{\"summary\":{\"frames\":10,\"inspected\":7,\"passed\":6,\"dropped\":1,"
		"\"by_reason\":{\"fragment-orphan\":1,\"request\":2,\"known-source\":1,"
		"\"egress-other\":1,\"egress-learned\":1,\"cseq-method\":1},\"sources\":["
		"{\"src\":\"198.51.100.7\",\"frames\":2,\"dropped\":0,\"first_drop\":null,"
		"\"standing\":\"trusted\",\"banned\":false,\"suspicion\":0},"
		"{\"src\":\"203.0.113.66\",\"frames\":2,\"dropped\":1,\"first_drop\":2,"
		"\"standing\":\"unknown\",\"banned\":false,\"suspicion\":16},"
		"{\"src\":\"10.0.0.1\",\"frames\":1,\"dropped\":0,\"first_drop\":null,"
		"\"standing\":\"unknown\",\"banned\":false,\"suspicion\":0}],\"local\":[\"192.0.2.1\"],";
	char *first, *second, *last;

	write_example("a.pcap");
	cr_assert_eq(replay("--json", replay_path("a.pcap")), EXIT_DONE);
	expect_said("err", "local: 192.0.2.1,");
	first = replay_read("out");
	expect_line(first, 2,
		    "{\"frame\":2,\"t\":0.000000,\"dir\":\"in\",\"src\":\"198.51.100.7:5060\","
		    "\"dst\":\"192.0.2.1:5060\",\"verdict\":\"pass\",\"reason\":\"request\","
		    "\"method\":\"REGISTER\",\"standing\":\"unknown\"}");
	expect_line(first, 3,
		    "{\"frame\":3,\"t\":0.250000,\"dir\":\"out\",\"src\":\"192.0.2.1:5060\","
		    "\"dst\":\"198.51.100.7:5060\",\"verdict\":\"pass\","
		    "\"reason\":\"egress-learned\",\"method\":\"response\","
		    "\"standing\":\"trusted\"}");
	expect_line(first, 5,
		    "{\"frame\":5,\"t\":1.500000,\"dir\":\"in\",\"src\":\"203.0.113.66:9\","
		    "\"dst\":\"192.0.2.1:5060\",\"verdict\":\"drop\",\"reason\":\"cseq-method\","
		    "\"method\":\"BYE\",\"standing\":\"unknown\"}");
	expect_line(first, 7,
		    "{\"frame\":7,\"t\":3.000000,\"dir\":\"other\",\"src\":\"198.51.100.7:5060\","
		    "\"dst\":\"192.0.2.1:5060\",\"verdict\":\"pass\",\"reason\":\"truncated\","
		    "\"method\":\"none\",\"standing\":\"unknown\"}");
	expect_line(first, 8,
		    "{\"frame\":8,\"t\":4.000000,\"dir\":\"other\",\"src\":null,\"dst\":null,"
		    "\"verdict\":\"pass\",\"reason\":\"other\",\"method\":\"none\","
		    "\"standing\":\"unknown\"}");
	expect_line(first, 10,
		    "{\"frame\":10,\"t\":6.000000,\"dir\":\"in\",\"src\":\"10.0.0.1:0\","
		    "\"dst\":\"192.0.2.1:0\",\"verdict\":\"pass\",\"reason\":\"fragment-orphan\","
		    "\"method\":\"none\",\"standing\":\"unknown\"}");
	last = line_of(first, 11);
	cr_expect_eq(strncmp(last, summary_begin, sizeof(summary_begin) - 1), 0, "%s", last);
	cr_assert_eq(replay("--json", replay_path("a.pcap")), EXIT_DONE);
	second = replay_read("out");
	cr_expect_str_eq(first, second, "two runs differ");
	free(last);
	free(first);
	free(second);
}

Test(replay, text_tells_what_was_dropped_and_why)
{
	write_example("a.pcap");
	cr_assert_eq(replay("--local", SERVER, replay_path("a.pcap")), EXIT_DONE);
	cr_expect_str_empty(replay_read("err"), "the addresses were named");
	expect_said("out", "203.0.113.66:9        > 192.0.2.1:5060         drop  cseq-method");
	expect_said("out", "10 frames in 6.000 s: 5 in, 2 out, 3 other (1 cut by the capture)");
	expect_said("out", "6 passed, 1 dropped; local: 192.0.2.1\n");
	expect_said("out", "of 3 sources, 1 lost frames");
	expect_said("out", "1  of 2 from 203.0.113.66, from its frame 2 on; unknown");
}

Test(replay, in_shadow_nothing_is_dropped)
{
	const char policy[] = "mode: shadow\n";
	char *out;
	json_t *summary;

	write_example("a.pcap");
	write_file("p.yaml", policy, sizeof(policy) - 1);
	cr_assert_eq(replay("--json", "--policy", replay_path("p.yaml"), replay_path("a.pcap")),
		     EXIT_DONE);
	out = replay_read("out");
	summary = replay_summary(out);
	cr_expect_eq(replay_number(summary, "dropped"), 0);
	cr_expect_eq(replay_number(json_object_get(summary, "shadowed"), "cseq-method"), 1);
	json_decref(summary);
	free(out);
}

/*
 * A flood through two files, the second of which is older and has a clock that goes back: every
 * second of the clock lets one more of the scanner's requests in than its burst of 10.
 */
Test(replay, one_timeline_that_never_goes_back)
{
	FILE *file = pcap_begin("new.pcap", LINK_ETHERNET);
	char *out, *line;
	json_t *summary;
	const json_t *source;

	for (int i = 0; i < 50; i++)
		pcap_add(file, 5000, FRAME(.src = SCANNER, .payload = MESSAGE(.method = "OPTIONS")),
			 0);
	cr_assert_eq(fclose(file), 0);
	file = pcap_begin("old.pcap", LINK_ETHERNET);
	for (int i = 0; i < 50; i++)
		pcap_add(file, i == 25 ? 99.5 : 100,
			 FRAME(.src = SCANNER, .payload = MESSAGE(.method = "OPTIONS")), 0);
	for (int i = 0; i < 50; i++)
		pcap_add(file, i == 49 ? 13 : 10,
			 FRAME(.src = SCANNER, .payload = MESSAGE(.method = "OPTIONS")), 0);
	cr_assert_eq(fclose(file), 0);
	cr_assert_eq(replay("--json", replay_path("new.pcap"), replay_path("old.pcap")), EXIT_DONE);
	out = replay_read("out");
	summary = replay_summary(out);
	source = replay_source_of(summary, SCANNER);
	cr_expect_eq(replay_number(source, "frames"), 150);
	cr_expect_eq(replay_number(source, "first_drop"), 11);
	cr_expect_eq(replay_number(source, "dropped"), 150 - 10 - 1);
	cr_expect_eq(replay_number(summary, "late"), 1);
	cr_expect_eq(replay_number(summary, "steps"), 1);
	line = line_of(out, 150);
	cr_expect(strstr(line, "\"frame\":150,\"t\":3.000000,"), "%s", line);
	free(line);
	json_decref(summary);
	free(out);
}

static void add_long(FILE *file, double t, struct frame_spec *spec, const char *message)
{
	static char payload[8192];

	memset(payload, 'x', sizeof(payload));
	memcpy(payload, message, strlen(message));
	spec->payload = payload;
	spec->payload_len = sizeof(payload);
	pcap_add(file, t, spec, 0);
}

/* Frames that are longer than the kernel takes in a test run. */
Test(replay, long_frames)
{
	FILE *file = pcap_begin("jumbo.pcap", LINK_ETHERNET);
	char *out;
	json_t *summary;

	add_long(file, 1, FRAME(.src = PHONE), MESSAGE(.method = "MESSAGE"));
	add_long(file, 2, FRAME(.src = PHONE), MESSAGE(.method = "BYE", .cseq_method = "INVITE"));
	add_long(file, 3, FRAME(.src = SERVER, .dst = PHONE),
		 MESSAGE(.method = "MESSAGE", .status = 200));
	cr_assert_eq(fclose(file), 0);
	cr_assert_eq(replay("--json", replay_path("jumbo.pcap")), EXIT_DONE);
	out = replay_read("out");
	summary = replay_summary(out);
	cr_expect_eq(replay_number(summary, "inspected"), 3);
	cr_expect_eq(replay_number(json_object_get(summary, "by_reason"), "request"), 1);
	cr_expect_eq(replay_number(json_object_get(summary, "by_reason"), "cseq-method"), 1);
	json_decref(summary);
	free(out);
}

Test(replay, a_file_that_breaks_off_is_replayed_up_to_there)
{
	char *out;
	json_t *summary;

	write_example("a.pcap");
	cr_assert_eq(truncate(replay_path("a.pcap"), 24 + 16 + 100), 0);
	write_example("b.pcap");
	cr_assert_eq(replay("--json", replay_path("b.pcap"), replay_path("a.pcap")), EXIT_USAGE);
	expect_said("err", "a.pcap: at byte 24, behind frame 0 of the file: a frame of");
	out = replay_read("out");
	summary = replay_summary(out);
	cr_expect_eq(replay_number(summary, "frames"), 10);
	cr_expect(json_is_false(json_object_get(summary, "complete")));
	json_decref(summary);
	free(out);
}

/* Refused before anything is replayed: no output, exit status 2, a sentence that says why. */
static void expect_refused(int status, const char *said)
{
	char *out = replay_read("out");

	cr_expect_eq(status, EXIT_USAGE, "%s: %d", said, status);
	cr_expect_str_empty(out);
	expect_said("err", said);
	free(out);
}

Test(replay, wrong_input_is_refused)
{
	FILE *file;

	write_example("good.pcap");
	write_file("empty", "", 0);
	expect_refused(replay(replay_path("good.pcap"), replay_path("empty")),
		       "empty: the file is empty");
	write_file("a.pcap.gz", "\x1f\x8b\x08\0", 4);
	expect_refused(replay(replay_path("a.pcap.gz")),
		       "compressed with gzip; fix: gunzip it first");
	write_file("text", "INVITE sip:", 11);
	expect_refused(replay(replay_path("text")), "text: the file is neither pcap nor pcapng");
	write_file("short.pcap", "\xd4\xc3\xb2\xa1\2\0\4\0", 8);
	expect_refused(replay(replay_path("short.pcap")), "8 of the 24 bytes of a pcap header");
	file = pcap_begin("wifi.pcap", LINK_WIFI);
	pcap_add(file, 1, FRAME(.payload = "x"), 0);
	fclose(file);
	expect_refused(replay(replay_path("good.pcap"), replay_path("wifi.pcap")),
		       "105 (IEEE 802.11)");
	expect_refused(replay(replay_path("none.pcap")), "No such file or directory");
	expect_refused(replay(replay_path("")), "Is a directory");
	expect_refused(replay("--local", "10.0.0.1/8", replay_path("good.pcap")),
		       "--local: `10.0.0.1/8' has bits set behind its length");
	expect_refused(replay("--local", "server", replay_path("good.pcap")),
		       "--local: `server' is neither an address nor a prefix");
	expect_refused(replay("--json"), "an argument is missing");
	write_file("p.yaml", "mod: enforce\n", 13);
	expect_refused(replay("--policy", replay_path("p.yaml"), replay_path("good.pcap")),
		       "p.yaml:1:1");
}

Test(replay, a_capture_without_a_local_address)
{
	FILE *file = pcap_begin("web.pcap", LINK_ETHERNET);
	char *out;
	json_t *summary;

	pcap_add(file, 1, FRAME(.dport = 80, .tcp = true, .payload = "GET / HTTP/1.1\r\n\r\n"), 0);
	fclose(file);
	cr_assert_eq(replay("--json", replay_path("web.pcap")), EXIT_DONE);
	expect_said("err", "name the host's addresses with --local");
	out = replay_read("out");
	summary = replay_summary(out);
	cr_expect_eq(replay_number(summary, "inspected"), 0);
	cr_expect_eq(replay_number(summary, "other"), 1);
	json_decref(summary);
	free(out);
}

/* A signature is told by its name where it dropped, and where it would have. */
Test(replay, tells_the_signature)
{
	static const char policy[] =
		"user-agents: [phone]\n"
		"signatures:\n"
		"  - {name: tests, action: enforce, match: {method: {equals: OPTIONS}}}\n"
		"  - {name: calls, match: {method: {equals: INVITE}}}\n";
	FILE *file = pcap_begin("a.pcap", LINK_ETHERNET);
	char *output;

	pcap_add(file, 1, FRAME(.payload = MESSAGE(.method = "OPTIONS")), 0);
	pcap_add(file, 2, FRAME(.payload = MESSAGE(.method = "INVITE")), 0);
	pcap_add(file, 3, FRAME(.payload = MESSAGE(.method = "BYE")), 0);
	cr_assert_eq(fclose(file), 0);
	write_file("policy.yaml", policy, strlen(policy));
	cr_assert_eq(replay("--json", "--policy", replay_path("policy.yaml"),
			    replay_path("a.pcap")),
		     EXIT_DONE);
	output = replay_read("out");
	cr_expect(strstr(output, "\"reason\":\"signature\",\"method\":\"OPTIONS\","
				 "\"standing\":\"unknown\",\"signature\":\"tests\"}"));
	cr_expect(strstr(output, "\"reason\":\"user-agent\",\"method\":\"INVITE\","
				 "\"standing\":\"unknown\",\"signature\":\"phone\"}"));
	free(output);
	write_file("policy.yaml", policy + 21, strlen(policy) - 21);
	cr_assert_eq(replay("--json", "--policy", replay_path("policy.yaml"),
			    replay_path("a.pcap")),
		     EXIT_DONE);
	output = replay_read("out");
	cr_expect(strstr(output, "\"reason\":\"request\",\"method\":\"INVITE\","
				 "\"standing\":\"unknown\",\"signature\":\"calls\"}"));
	cr_expect(strstr(output, "\"method\":\"BYE\",\"standing\":\"unknown\"}"));
	free(output);
	cr_assert_eq(replay("--policy", replay_path("policy.yaml"), replay_path("a.pcap")),
		     EXIT_DONE);
	expect_said("out", "unknown  tests\n");
}
