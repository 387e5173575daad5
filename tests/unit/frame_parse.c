// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who sent a frame to whom, through every header that may stand before the ports.
 */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "user/addr.h"
#include "user/frame.h"

#define MACS "\0\0\0\0\0\0\0\0\0\0\0\0"
#define IPV4 "\x08\0"
#define IPV6 "\x86\xdd"
/* Version and length, fragment field, protocol; 198.51.100.7 to 192.0.2.1. */
#define HEADER4(first, fragment, protocol)                                                         \
	first "\0\0\0\0\1" fragment "\x40" protocol "\0\0\xc6\x33\x64\7\xc0\0\2\1"
/* 2001:db8::7 to 2001:db8::1 */
#define HEADER6(next)                                                                              \
	"\x60\0\0\0\0\0" next "\x40\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\7"                         \
	"\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"
#define UDP "\x13\xc4\x13\xc5\0\x0c\0\0DATA" /* 5060 to 5061 */
#define TCP(flags) "\x13\xc4\x13\xc5\0\0\0\0\0\0\0\0\x60" flags "\0\0\0\0\0\0OPTSDATA"

static const struct frame_case {
	const char *name;
	const char *data;
	size_t len;
	bool ip;
	__u16 dport;
	const char *payload; /* NULL: out of sight */
	bool syn;
} cases[] = {
#define CASE(name_, bytes_, ip_, dport_, payload_, ...)                                            \
	{                                                                                          \
		.name = name_, .data = bytes_, .len = sizeof(bytes_) - 1, .ip = ip_,               \
		.dport = dport_, .payload = payload_, __VA_ARGS__                                  \
	}
	CASE("UDP", MACS IPV4 HEADER4("\x45", "\0\0", "\x11") UDP, true, 5061, "DATA"),
	CASE("IP options", MACS IPV4 HEADER4("\x46", "\0\0", "\x11") "opts" UDP, true, 5061,
	     "DATA"),
	CASE("one tag", MACS "\x81\0\0\1" IPV4 HEADER4("\x45", "\0\0", "\x11") UDP, true, 5061,
	     "DATA"),
	CASE("two tags", MACS "\x88\xa8\0\1\x81\0\0\1" IPV4 HEADER4("\x45", "\0\0", "\x11") UDP,
	     true, 5061, "DATA"),
	CASE("TCP", MACS IPV4 HEADER4("\x45", "\0\0", "\6") TCP("\x18"), true, 5061, "DATA"),
	CASE("SYN", MACS IPV4 HEADER4("\x45", "\0\0", "\6") TCP("\2"), true, 5061, "DATA",
	     .syn = true),
	CASE("SYN and ACK", MACS IPV4 HEADER4("\x45", "\0\0", "\6") TCP("\x12"), true, 5061,
	     "DATA"),
	CASE("first fragment", MACS IPV4 HEADER4("\x45", "\x20\0", "\x11") UDP, true, 5061, "DATA"),
	CASE("later fragment", MACS IPV4 HEADER4("\x45", "\0\1", "\x11") UDP, true, 0, NULL),
	CASE("ICMP", MACS IPV4 HEADER4("\x45", "\0\0", "\1") UDP, true, 0, NULL),
	CASE("IPv6", MACS IPV6 HEADER6("\x11") UDP, true, 5061, "DATA"),
	CASE("extensions",
	     MACS IPV6 HEADER6(
		     "\0") "\x3c\0abcdef\x33\1abcdefghijklmn\x2c\1abcdefghij\x11\0\0\1abcd" UDP,
	     true, 5061, "DATA"),
	CASE("IPv6 later fragment",
	     MACS IPV6 HEADER6("\x2c") "\x11\0\0\x09"
				       "abcd" UDP,
	     true, 0, NULL),
	CASE("extension cut", MACS IPV6 HEADER6("\0") "\x11\5abcdef" UDP, true, 0, NULL),
	CASE("ports cut", MACS IPV4 HEADER4("\x45", "\0\0", "\x11") "\x13\xc4\x13", true, 0, NULL),
	CASE("UDP cut", MACS IPV4 HEADER4("\x45", "\0\0", "\x11") "\x13\xc4\x13\xc5", true, 5061,
	     NULL),
	CASE("IP cut", MACS IPV4 "\x45\0\0\0\0\1\0\0\x40\x11", false, 0, NULL),
	CASE("wrong version", MACS IPV4 HEADER4("\x65", "\0\0", "\x11") UDP, false, 0, NULL),
	CASE("ARP", MACS "\x08\6" HEADER4("\x45", "\0\0", "\x11") UDP, false, 0, NULL),
	CASE("Ethernet cut", "\0\0\0\0\0", false, 0, NULL),
	CASE("tag cut", MACS "\x81\0\0", false, 0, NULL),
};

#define CASES (sizeof(cases) / sizeof(cases[0]))

Test(frame, who_to_whom)
{
	for (size_t i = 0; i < CASES; i++) {
		const struct frame_case *c = &cases[i];
		struct frame_info got;
		char text[ADDR_TEXT_LEN];

		frame_parse((const __u8 *)c->data, c->len, &got);
		cr_expect_eq(got.ip, c->ip, "%s", c->name);
		cr_expect_eq(got.dport, c->dport, "%s: %u", c->name, got.dport);
		cr_expect_eq(got.sport, c->dport ? 5060 : 0, "%s", c->name);
		cr_expect_eq(got.syn, c->syn, "%s", c->name);
		cr_expect_eq(!got.payload, !c->payload, "%s", c->name);
		if (got.payload && c->payload)
			cr_expect(got.payload_len == 4 && !memcmp(got.payload, c->payload, 4), "%s",
				  c->name);
		if (!c->ip)
			continue;
		addr_format(&got.dst, text);
		cr_expect(!strcmp(text, "192.0.2.1") || !strcmp(text, "2001:db8::1"), "%s: %s",
			  c->name, text);
		addr_format(&got.src, text);
		cr_expect(!strcmp(text, "198.51.100.7") || !strcmp(text, "2001:db8::7"), "%s: %s",
			  c->name, text);
	}
}

/* Under ASan. */
Test(frame, every_prefix_is_read_safely)
{
	for (size_t i = 0; i < CASES; i++) {
		for (size_t len = 0; len <= cases[i].len; len++) {
			__u8 *exact = malloc(len ? len : 1);
			struct frame_info got;

			memcpy(exact, cases[i].data, len);
			frame_parse(exact, len, &got);
			frame_method(&got);
			free(exact);
		}
	}
}

Test(frame, padding_is_no_payload)
{
	static const char data[] = MACS IPV4
		"\x45\0\0\x20\0\1\0\0\x40\x11\0\0\xc6\x33\x64\7\xc0\0\2\1" UDP "padding";
	struct frame_info got;

	frame_parse((const __u8 *)data, sizeof(data) - 1, &got);
	cr_assert_eq(got.payload_len, 4);
}

Test(frame, methods)
{
	static const struct {
		const char *text;
		enum sip_method method;
	} payloads[] = {
		{ "REGISTER sip:example.com SIP/2.0\r\n", SIP_METHOD_REGISTER },
		{ "register sip:example.com sip/2.0\n", SIP_METHOD_REGISTER },
		{ "\r\n \tREGISTER sip:example.com SIP/2.0\r\n", SIP_METHOD_REGISTER },
		{ "REGISTER2 sip:example.com SIP/2.0\r\n", SIP_METHOD_OTHER },
		{ "OPTIONS sip:nm SIP/2.0", SIP_METHOD_OPTIONS },
		{ "SIP/2.0 200 OK\r\n", SIP_METHOD_RESPONSE },
		{ "sip/2.0 200 SIP/2.0\r\n", SIP_METHOD_RESPONSE },
		{ "GET / HTTP/1.1\r\n", SIP_METHOD_NONE },
		{ "NOTIFY * HTTP/1.1\r\nX: SIP/2.0\r\n", SIP_METHOD_NONE },
		{ "hello", SIP_METHOD_NONE },
		{ "\r\n\r\n", SIP_METHOD_NONE },
		{ "", SIP_METHOD_NONE },
		{ " SIP/2.0", SIP_METHOD_NONE },
	};

	for (size_t i = 0; i < sizeof(payloads) / sizeof(payloads[0]); i++) {
		struct frame_info frame = {
			.payload = (const __u8 *)payloads[i].text,
			.payload_len = strlen(payloads[i].text),
		};

		cr_expect_eq(frame_method(&frame), payloads[i].method, "%s", payloads[i].text);
	}
}
