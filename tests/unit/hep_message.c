// SPDX-License-Identifier: GPL-2.0-or-later
/* HEP version 3, chunk by chunk, read by the rules of its specification. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>
#include <sys/socket.h>

#include "user/addr.h"
#include "user/hep.h"

#define PAYLOAD "OPTIONS sip:100@192.0.2.10 SIP/2.0\r\n\r\n"

static __u16 get16(const __u8 *at)
{
	return (__u16)(at[0] << 8 | at[1]);
}

static __u32 get32(const __u8 *at)
{
	return (__u32)get16(at) << 16 | get16(at + 2);
}

/* The value of a chunk, or NULL; its length is *len. Ends the test if the chunks do not add up. */
static const __u8 *chunk(const __u8 *packet, size_t size, __u16 vendor, __u16 type, size_t *len)
{
	const __u8 *found = NULL;

	cr_assert_geq(size, 6);
	cr_assert_eq(memcmp(packet, "HEP3", 4), 0);
	cr_assert_eq(get16(packet + 4), size);
	for (size_t at = 6; at < size;) {
		size_t whole;

		cr_assert_leq(at + 6, size);
		whole = get16(packet + at + 4);
		cr_assert_geq(whole, 6);
		cr_assert_leq(at + whole, size);
		if (get16(packet + at) == vendor && get16(packet + at + 2) == type) {
			cr_assert_null(found, "chunk %u stands twice", type);
			found = packet + at + 6;
			*len = whole - 6;
		}
		at += whole;
	}
	return found;
}

static struct hep_message message_of(const char *src, const char *dst)
{
	struct hep_message message = {
		.time_ns = 1700000000123456789ULL,
		.agent = 2001,
		.verdict = "drop: deny: the policy denies the source",
		.frame = { .ip = true,
			   .protocol = IPPROTO_UDP,
			   .sport = 5062,
			   .dport = 5060,
			   .payload = (const __u8 *)PAYLOAD,
			   .payload_len = sizeof(PAYLOAD) - 1 },
	};

	cr_assert_eq(addr_parse(src, &message.frame.src), 0);
	cr_assert_eq(addr_parse(dst, &message.frame.dst), 0);
	return message;
}

#define VALUE(vendor, type, want)                                                                  \
	do {                                                                                       \
		const __u8 *value_ = chunk(out, size, vendor, type, &len);                         \
		cr_assert_not_null(value_, "no chunk %d", type);                                   \
		cr_expect_eq(len, sizeof(want) - 1, "chunk %d has %zu bytes", type, len);          \
		cr_expect_eq(memcmp(value_, want, sizeof(want) - 1), 0, "chunk %d", type);         \
	} while (0)

Test(hep_message, ipv4)
{
	const struct hep_message message = message_of("203.0.113.7", "192.0.2.10");
	__u8 out[HEP_LEN_MAX];
	size_t size = hep_encode(&message, out), len;

	VALUE(0, 1, "\2");
	VALUE(0, 2, "\x11");
	VALUE(0, 3, "\xcb\0\x71\7");
	VALUE(0, 4, "\xc0\0\2\x0a");
	VALUE(0, 7, "\x13\xc6");
	VALUE(0, 8, "\x13\xc4");
	cr_expect_eq(get32(chunk(out, size, 0, 9, &len)), 1700000000U);
	cr_expect_eq(get32(chunk(out, size, 0, 10, &len)), 123456U);
	VALUE(0, 11, "\1");
	cr_expect_eq(get32(chunk(out, size, 0, 12, &len)), 2001U);
	VALUE(0, 15, PAYLOAD);
	VALUE(HEP_VENDOR, HEP_CHUNK_VERDICT, "drop: deny: the policy denies the source");
	cr_expect_null(chunk(out, size, 0, 5, &len));
}

Test(hep_message, ipv6)
{
	const struct hep_message message = message_of("2001:db8::7", "2001:db8::a");
	__u8 out[HEP_LEN_MAX];
	size_t size = hep_encode(&message, out), len;
	const __u8 *family = chunk(out, size, 0, 1, &len);

	cr_assert_not_null(family);
	cr_expect_eq(*family, AF_INET6);
	VALUE(0, 5, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7");
	VALUE(0, 6, "\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x0a");
	cr_expect_null(chunk(out, size, 0, 3, &len));
}

/* What does not fit is cut, and the packet stays one. */
Test(hep_message, long_payload)
{
	static __u8 payload[65000];
	struct hep_message message = message_of("203.0.113.7", "192.0.2.10");
	__u8 out[HEP_LEN_MAX];
	size_t size, len = 0;

	memset(payload, 'a', sizeof(payload));
	message.frame.payload = payload;
	message.frame.payload_len = sizeof(payload);
	size = hep_encode(&message, out);
	cr_expect_eq(size, HEP_LEN_MAX);
	cr_assert_not_null(chunk(out, size, 0, 15, &len));
	cr_expect_geq(len, 3500);
}
