// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * pcap and pcapng: every form that is read, and every way to be broken.
 */
#include <errno.h>

#include "tests/unit/capture_build.h"

#define MICROSECONDS 0xa1b2c3d4
#define NANOSECONDS 0xa1b23c4d
#define SECOND 1000000000ULL

static void expect_frame(struct capture *c, __u64 time_ns, __u32 link, const char *data)
{
	struct capture_frame frame;

	cr_assert_eq(capture_next(c, &frame), 1, "%s", c->error);
	cr_expect_eq(frame.time_ns, time_ns, "%llu", frame.time_ns);
	cr_expect_eq(frame.link, link);
	cr_expect_eq(frame.wire_len, strlen(data));
	cr_assert_eq(frame.len, strlen(data));
	cr_expect_arr_eq(frame.data, data, frame.len);
}

static void expect_end(struct capture *c, __u64 frames)
{
	struct capture_frame frame;

	cr_expect_eq(capture_next(c, &frame), 0, "%s", c->error);
	cr_expect_eq(c->frames, frames);
}

static struct capture opened(const struct bytes *b)
{
	struct capture c;

	cr_assert_eq(capture_open(&c, b->data, b->len), 0, "%s", c.error);
	return c;
}

Test(capture, pcap_in_both_byte_orders_and_resolutions)
{
	for (int form = 0; form < 4; form++) {
		struct bytes b = { .swapped = form & 1 };
		struct capture c;

		pcap_header(&b, form & 2 ? NANOSECONDS : MICROSECONDS, CAPTURE_LINK_RAW);
		pcap_frame(&b, 1700000000, 5, "first");
		pcap_frame(&b, 1700000001, 6, "");
		pcap_frame(&b, 4294967295U, 7, "third");
		c = opened(&b);
		expect_frame(&c, 1700000000 * SECOND + 5 * (form & 2 ? 1 : 1000), CAPTURE_LINK_RAW,
			     "first");
		expect_frame(&c, 1700000001 * SECOND + 6 * (form & 2 ? 1 : 1000), CAPTURE_LINK_RAW,
			     "");
		expect_frame(&c, 4294967295U * SECOND + 7 * (form & 2 ? 1 : 1000), CAPTURE_LINK_RAW,
			     "third");
		expect_end(&c, 3);
	}
}

Test(capture, pcap_with_longer_record_headers)
{
	struct bytes b = { 0 };
	struct capture c;

	pcap_header(&b, 0xa1b2cd34, CAPTURE_LINK_ETHERNET);
	put32(&b, 10);
	put32(&b, 0);
	put32(&b, 3);
	put32(&b, 3);
	put(&b, "12345678abc", 11);
	c = opened(&b);
	expect_frame(&c, 10 * SECOND, CAPTURE_LINK_ETHERNET, "abc");
	expect_end(&c, 1);
}

Test(capture, link_type_without_the_length_of_its_checksum)
{
	struct bytes b = { 0 };
	struct capture c;

	pcap_header(&b, MICROSECONDS, CAPTURE_LINK_ETHERNET | 0x44000000);
	pcap_frame(&b, 1, 0, "x");
	c = opened(&b);
	expect_frame(&c, SECOND, CAPTURE_LINK_ETHERNET, "x");
}

Test(capture, pcapng_in_both_byte_orders)
{
	for (int swapped = 0; swapped < 2; swapped++) {
		struct bytes b = { .swapped = swapped }, unknown = { 0 };
		struct capture c;

		section(&b);
		interface(&b, CAPTURE_LINK_ETHERNET, 0, 0);
		put(&unknown, "names of hosts", 14);
		block(&b, 4, &unknown);
		enhanced(&b, 0, 1700000000000005ULL, "first");
		block(&b, 0x80000001, &unknown);
		enhanced(&b, 0, 1700000001000006ULL, "longer one");
		c = opened(&b);
		expect_frame(&c, 1700000000 * SECOND + 5000, CAPTURE_LINK_ETHERNET, "first");
		expect_frame(&c, 1700000001 * SECOND + 6000, CAPTURE_LINK_ETHERNET, "longer one");
		expect_end(&c, 2);
	}
}

Test(capture, pcapng_interfaces_have_links_and_clocks_of_their_own)
{
	struct bytes b = { 0 };
	struct capture c;

	section(&b);
	interface(&b, CAPTURE_LINK_ETHERNET, 96, 9);
	interface(&b, CAPTURE_LINK_SLL2, 262144, 3);
	interface(&b, CAPTURE_LINK_RAW, 0, 0x80 | 10);
	enhanced(&b, 2, 1024 * 7 + 512, "power of two");
	enhanced(&b, 0, 7 * SECOND + 1, "nanoseconds");
	enhanced(&b, 1, 7001, "milliseconds");
	c = opened(&b);
	expect_frame(&c, 7 * SECOND + SECOND / 2, CAPTURE_LINK_RAW, "power of two");
	expect_frame(&c, 7 * SECOND + 1, CAPTURE_LINK_ETHERNET, "nanoseconds");
	expect_frame(&c, 7001000000ULL, CAPTURE_LINK_SLL2, "milliseconds");
	expect_end(&c, 3);
}

Test(capture, pcapng_time_offset)
{
	struct bytes b = { 0 }, body = { 0 };
	struct capture c;

	section(&b);
	put16(&body, CAPTURE_LINK_RAW);
	put16(&body, 0);
	put32(&body, 0);
	put16(&body, 14);
	put16(&body, 8);
	put32(&body, 1000);
	put32(&body, 0);
	block(&b, 1, &body);
	enhanced(&b, 0, 5000000, "x");
	c = opened(&b);
	expect_frame(&c, 1005 * SECOND, CAPTURE_LINK_RAW, "x");
}

Test(capture, pcapng_simple_block_takes_the_time_before)
{
	struct bytes b = { 0 }, body = { 0 };
	struct capture_frame frame;
	struct capture c;

	section(&b);
	interface(&b, CAPTURE_LINK_RAW, 4, 0);
	enhanced(&b, 0, 9000000, "x");
	put32(&body, 6);
	put(&body, "abcd", 4);
	block(&b, 3, &body);
	c = opened(&b);
	expect_frame(&c, 9 * SECOND, CAPTURE_LINK_RAW, "x");
	cr_assert_eq(capture_next(&c, &frame), 1, "%s", c.error);
	cr_assert_eq(frame.time_ns, 9 * SECOND);
	cr_assert_eq(frame.len, 4);
	cr_assert_eq(frame.wire_len, 6);
}

Test(capture, pcapng_obsolete_packet_block)
{
	struct bytes b = { .swapped = true }, body = { .swapped = true };
	struct capture c;

	section(&b);
	interface(&b, CAPTURE_LINK_RAW, 0, 0);
	interface(&b, CAPTURE_LINK_SLL, 0, 0);
	put16(&body, 1);
	put16(&body, 77);
	put32(&body, 0);
	put32(&body, 3000000);
	put32(&body, 2);
	put32(&body, 2);
	put(&body, "ab", 2);
	block(&b, 2, &body);
	c = opened(&b);
	expect_frame(&c, 3 * SECOND, CAPTURE_LINK_SLL, "ab");
}

Test(capture, pcapng_section_in_the_other_byte_order)
{
	struct bytes b = { 0 };
	struct capture c;

	section(&b);
	interface(&b, CAPTURE_LINK_RAW, 0, 0);
	enhanced(&b, 0, 1000000, "one");
	b.swapped = true;
	section(&b);
	interface(&b, CAPTURE_LINK_SLL, 0, 0);
	enhanced(&b, 0, 2000000, "two");
	c = opened(&b);
	expect_frame(&c, SECOND, CAPTURE_LINK_RAW, "one");
	expect_frame(&c, 2 * SECOND, CAPTURE_LINK_SLL, "two");
	expect_end(&c, 2);
}

Test(capture, a_frame_that_the_capture_cut_says_so)
{
	struct bytes b = { 0 };
	struct capture_frame frame;
	struct capture c;

	pcap_header(&b, MICROSECONDS, CAPTURE_LINK_RAW);
	put32(&b, 1);
	put32(&b, 0);
	put32(&b, 2);
	put32(&b, 1500);
	put(&b, "ab", 2);
	c = opened(&b);
	cr_assert_eq(capture_next(&c, &frame), 1);
	cr_assert_eq(frame.len, 2);
	cr_assert_eq(frame.wire_len, 1500);
}

Test(capture, foreign_link_types_are_named_and_passed_over)
{
	struct bytes b = { 0 };
	struct capture_frame frame;
	struct capture c;

	section(&b);
	interface(&b, 105, 0, 0);
	interface(&b, CAPTURE_LINK_RAW, 0, 0);
	enhanced(&b, 0, 1000000, "one");
	enhanced(&b, 1, 2000000, "two");
	c = opened(&b);
	cr_assert_eq(capture_next(&c, &frame), -EPROTONOSUPPORT);
	cr_assert(strstr(c.error, "105 (IEEE 802.11)"), "%s", c.error);
	cr_assert_eq(frame.link, 105);
	expect_frame(&c, 2 * SECOND, CAPTURE_LINK_RAW, "two");
	cr_assert_null(capture_link_name(9999));
}

Test(capture, what_is_no_capture_is_named)
{
	static const struct {
		const char *data;
		size_t len;
		int err;
		const char *said;
	} files[] = {
		{ "", 0, -ENODATA, "empty" },
		{ "\x1f\x8b\x08", 3, -EMEDIUMTYPE, "gunzip" },
		{ "\xfd"
		  "7zXZ\0",
		  6, -EMEDIUMTYPE, "unxz" },
		{ "BZh9", 4, -EMEDIUMTYPE, "bunzip2" },
		{ "\x28\xb5\x2f\xfd", 4, -EMEDIUMTYPE, "unzstd" },
		{ "\x04\x22\x4d\x18", 4, -EMEDIUMTYPE, "unlz4" },
		{ "PK\003\004", 4, -EMEDIUMTYPE, "unzip" },
		{ "snoop\0\0\0", 8, -EMEDIUMTYPE, "snoop" },
		{ "INVITE sip:", 11, -EMEDIUMTYPE, "neither pcap nor pcapng" },
		{ "\xd4", 1, -EMEDIUMTYPE, "neither pcap nor pcapng" },
		{ "\xd4\xc3\xb2\xa1\2\0\4\0", 8, -EBADMSG, "8 of the 24 bytes" },
	};

	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		struct capture c;

		cr_expect_eq(capture_open(&c, files[i].data, files[i].len), files[i].err, "%zu", i);
		cr_expect(strstr(c.error, files[i].said), "%zu: %s", i, c.error);
	}
}

/* What a file says when it breaks after its first frame. */
static void expect_broken(const struct bytes *b, const char *said)
{
	struct capture_frame frame;
	struct capture c = opened(b);
	int got;

	do {
		got = capture_next(&c, &frame);
	} while (got == 1);
	cr_expect_eq(got, -EBADMSG, "%d: expected: %s", got, said);
	cr_expect(strstr(c.error, said), "%s, expected: %s", c.error, said);
	cr_expect_eq(capture_next(&c, &frame), -EBADMSG, "nothing more can be read");
}

Test(capture, broken_pcap)
{
	struct bytes good = { 0 }, b;

	pcap_header(&good, MICROSECONDS, CAPTURE_LINK_RAW);
	pcap_frame(&good, 1, 0, "first");
	b = good;
	put(&b, "0123456789", 10);
	expect_broken(&b, "inside the header of a frame");
	b = good;
	pcap_frame(&b, 1, 0, "second");
	b.len -= 2;
	expect_broken(&b, "a frame of 6 bytes begins 4 bytes before the end");
	b = good;
	for (int i = 0; i < 8; i++)
		put32(&b, 0x7fffffff);
	expect_broken(&b, "a frame's length of 2147483647 bytes cannot be");
}

Test(capture, pcap_of_another_version)
{
	struct bytes b = { 0 };
	struct capture c;

	pcap_header(&b, MICROSECONDS, CAPTURE_LINK_RAW);
	b.data[4] = 9;
	cr_assert_eq(capture_open(&c, b.data, b.len), -EBADMSG);
	cr_assert(strstr(c.error, "version 9.4"), "%s", c.error);
}

Test(capture, broken_pcapng)
{
	struct bytes good = { 0 }, b, body = { 0 };

	section(&good);
	interface(&good, CAPTURE_LINK_RAW, 0, 0);
	enhanced(&good, 0, 1000000, "first");
	b = good;
	put32(&b, 6);
	expect_broken(&b, "inside the header of a block");
	b = good;
	put32(&b, 6);
	put32(&b, 14);
	put32(&b, 14);
	expect_broken(&b, "length of 14 bytes cannot be");
	b = good;
	enhanced(&b, 0, 2000000, "second");
	b.len -= 4;
	expect_broken(&b, "bytes before the end of the file");
	b = good;
	enhanced(&b, 0, 2000000, "second");
	b.data[b.len - 4]++;
	expect_broken(&b, "two lengths");
	b = good;
	enhanced(&b, 1, 2000000, "second");
	expect_broken(&b, "interface 1, the section has 1");
	b = good;
	block(&b, 6, &body);
	expect_broken(&b, "cut short");
	b = good;
	block(&b, 1, &body);
	expect_broken(&b, "description of interface 1 is cut short");
	b = good;
	block(&b, 0x0a0d0d0a, &body);
	expect_broken(&b, "byte order mark");
	b = good;
	interface(&b, CAPTURE_LINK_RAW, 0, 0x80 | 77);
	expect_broken(&b, "too fine");
}

Test(capture, pcapng_frame_greater_than_its_block)
{
	struct bytes b = { 0 }, body = { 0 };

	section(&b);
	interface(&b, CAPTURE_LINK_RAW, 0, 0);
	for (int i = 0; i < 3; i++)
		put32(&body, 0);
	put32(&body, 100);
	put32(&body, 100);
	put(&body, "short", 5);
	block(&b, 6, &body);
	expect_broken(&b, "a frame of 100 bytes does not fit its block");
}

Test(capture, pcapng_has_a_bound_on_interfaces)
{
	struct bytes b = { 0 };
	static __u8 file[(CAPTURE_INTERFACES_MAX + 1) * 32 + 64];
	struct capture_frame frame;
	struct capture c;
	size_t len;

	section(&b);
	len = b.len;
	memcpy(file, b.data, len);
	for (int i = 0; i <= CAPTURE_INTERFACES_MAX; i++) {
		b.len = 0;
		interface(&b, CAPTURE_LINK_RAW, 0, 0);
		memcpy(file + len, b.data, b.len);
		len += b.len;
	}
	cr_assert_eq(capture_open(&c, file, len), 0);
	cr_assert_eq(capture_next(&c, &frame), -EBADMSG);
	cr_assert(strstr(c.error, "interfaces"), "%s", c.error);
}

/* Under ASan: no prefix of a file makes the reader look behind its end. */
Test(capture, every_prefix_of_a_file_is_read_safely)
{
	struct bytes b[2] = { 0 };

	pcap_header(&b[0], MICROSECONDS, CAPTURE_LINK_RAW);
	pcap_frame(&b[0], 1, 0, "first");
	section(&b[1]);
	interface(&b[1], CAPTURE_LINK_RAW, 0, 9);
	enhanced(&b[1], 0, 1000000, "first");
	for (int i = 0; i < 2; i++) {
		for (size_t len = 0; len < b[i].len; len++) {
			__u8 *exact = malloc(len ? len : 1);
			struct capture_frame frame;
			struct capture c;

			memcpy(exact, b[i].data, len);
			if (!capture_open(&c, exact, len))
				cr_expect_leq(capture_next(&c, &frame), 0);
			free(exact);
		}
	}
}
