// SPDX-License-Identifier: GPL-2.0-or-later
/* What is written as pcapng is read back, and has the options that Wireshark shows. */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/capture.h"
#include "user/pcapng.h"

#define TIME_NS 1700000000123456789ULL

static const __u8 frame[61] = "fourteen bytes of a header and some that follow behind it";

/* A file with one packet of len bytes; to be freed. */
static char *file_of(__u32 len, const char *comment, size_t *size)
{
	const struct pcapng_packet packet = { .time_ns = TIME_NS,
					      .data = frame,
					      .len = len,
					      .wire_len = 1500,
					      .xdp_action = 1,
					      .comment = comment };
	const struct pcapng_statistics statistics = { .time_ns = TIME_NS,
						      .matched = 3,
						      .dropped = 2 };
	char *data = NULL;
	FILE *out = open_memstream(&data, size);

	cr_assert_eq(pcapng_begin("sipshield", "eth0", 2048, out), 0);
	cr_assert_eq(pcapng_packet(&packet, out), 0);
	cr_assert_eq(pcapng_packet(&packet, out), 0);
	cr_assert_eq(pcapng_end(&statistics, out), 0);
	fclose(out);
	return data;
}

static bool contains(const char *data, size_t size, const void *what, size_t len)
{
	return memmem(data, size, what, len);
}

/* Every length modulo four. */
Test(pcapng_file, read_back)
{
	for (__u32 len = 0; len < sizeof(frame); len++) {
		struct capture_frame got;
		struct capture capture;
		size_t size;
		char *data = file_of(len, "why", &size);

		cr_assert_eq(size % 4, 0);
		cr_assert_eq(capture_open(&capture, data, size), 0, "%s", capture.error);
		for (int i = 0; i < 2; i++) {
			cr_assert_eq(capture_next(&capture, &got), 1, "%s", capture.error);
			cr_assert_eq(got.time_ns, TIME_NS);
			cr_assert_eq(got.len, len);
			cr_assert_eq(got.wire_len, 1500);
			cr_assert_eq(got.link, CAPTURE_LINK_ETHERNET);
			cr_assert_eq(memcmp(got.data, frame, len), 0);
		}
		cr_assert_eq(capture_next(&capture, &got), 0);
		free(data);
	}
}

Test(pcapng_file, options)
{
	static const __u8 verdict[] = { 7, 0, 9, 0, 2, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0 };
	static const __u8 resolution[] = { 9, 0, 1, 0, 9, 0, 0, 0 };
	static const __u8 accepted[] = { 6, 0, 8, 0, 3, 0, 0, 0, 0, 0, 0, 0 };
	static const __u8 left_out[] = { 7, 0, 8, 0, 2, 0, 0, 0, 0, 0, 0, 0 };
	size_t size;
	char *data = file_of(60, "drop: deny", &size);

	cr_expect(contains(data, size, "\1\0\x0a\0drop: deny\0\0", 16));
	cr_expect(contains(data, size, verdict, sizeof(verdict)));
	cr_expect(contains(data, size, resolution, sizeof(resolution)));
	cr_expect(contains(data, size, accepted, sizeof(accepted)));
	cr_expect(contains(data, size, left_out, sizeof(left_out)));
	cr_expect(contains(data, size, "\2\0\4\0eth0", 8));
	free(data);
}

Test(pcapng_file, long_comment_is_cut)
{
	char comment[5000];
	struct capture_frame got;
	struct capture capture;
	size_t size;
	char *data;

	memset(comment, 'x', sizeof(comment) - 1);
	comment[sizeof(comment) - 1] = '\0';
	data = file_of(60, comment, &size);
	cr_assert_lt(size, 2 * 1500);
	cr_assert_eq(capture_open(&capture, data, size), 0);
	cr_assert_eq(capture_next(&capture, &got), 1);
	cr_assert_eq(capture_next(&capture, &got), 1);
	cr_assert_eq(capture_next(&capture, &got), 0);
	free(data);
}

Test(pcapng_file, full_disk)
{
	const struct pcapng_packet packet = { .data = frame, .len = 60, .comment = "" };
	FILE *out = fopen("/dev/full", "w");

	cr_assert_not_null(out);
	setbuf(out, NULL);
	cr_expect_eq(pcapng_begin("sipshield", "eth0", 2048, out), -EIO);
	cr_expect_eq(pcapng_packet(&packet, out), -EIO);
	fclose(out);
}
