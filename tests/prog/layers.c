// SPDX-License-Identifier: GPL-2.0-or-later
/* Ethernet, IP, UDP: what is found behind which headers, and what is left alone. */
#include <linux/if_ether.h>
#include <linux/in.h>
#include <string.h>

#include "tests/prog/harness.h"

#define HOP_BY_HOP 0
#define ROUTING 43
#define ESP 50
#define AUTHENTICATION 51
#define ICMPV6 58
#define NO_NEXT 59
#define DESTINATION 60
#define MOBILITY 135
#define HIP 139
#define SHIM6 140

/* Short, since it is cut everywhere. */
#define OPTIONS                                                                                    \
	"OPTIONS sip:b@example.com SIP/2.0\r\n"                                                    \
	"v:SIP/2.0/UDP 198.51.100.7;branch=z9hG4bKl\r\n"                                           \
	"f:<sip:a@example.com>;tag=1\r\n"                                                          \
	"t:<sip:b@example.com>\r\n"                                                                \
	"i:1\r\n"                                                                                  \
	"CSeq:1 OPTIONS\r\n\r\n"

#define SIP .payload = OPTIONS
#define IS_REQUEST .reason = REASON_REQUEST, .method = SIP_METHOD_OPTIONS

TestSuite(layers, .init = prog_start);

Test(layers, ethernet)
{
	static const struct prog_case cases[] = {
		{ .name = "untagged", .frame = { SIP }, IS_REQUEST },
		{ .name = "802.1Q", .frame = { .tag = { ETH_P_8021Q }, SIP }, IS_REQUEST },
		{ .name = "802.1ad", .frame = { .tag = { ETH_P_8021AD }, SIP }, IS_REQUEST },
		{ .name = "802.1ad, 802.1Q",
		  .frame = { .tag = { ETH_P_8021AD, ETH_P_8021Q }, SIP },
		  IS_REQUEST },
		{ .name = "802.1Q twice, IPv6",
		  .frame = { .ipv6 = true, .tag = { ETH_P_8021Q, ETH_P_8021Q }, SIP },
		  IS_REQUEST },
		{ .name = "three tags",
		  .frame = { .tag = { ETH_P_8021AD, ETH_P_8021Q, ETH_P_8021Q }, SIP },
		  .reason = REASON_NOT_IP },
		{ .name = "ARP", .frame = { .ether_type = ETH_P_ARP }, .reason = REASON_NOT_IP },
		{ .name = "PPPoE",
		  .frame = { .ether_type = ETH_P_PPP_SES, SIP },
		  .reason = REASON_NOT_IP },
		{ .name = "802.3 length",
		  .frame = { .ether_type = 0x100, SIP },
		  .reason = REASON_NOT_IP },
		{ .name = "a tag around ARP",
		  .frame = { .tag = { ETH_P_8021Q }, .ether_type = ETH_P_ARP },
		  .reason = REASON_NOT_IP },
	};

	prog_cases(cases, COUNT_OF(cases));
}

Test(layers, ipv4)
{
	static const struct prog_case cases[] = {
		{ .name = "4 bytes of options", .frame = { .ip_options = 4, SIP }, IS_REQUEST },
		{ .name = "40 bytes of options", .frame = { .ip_options = 40, SIP }, IS_REQUEST },
		{ .name = "tags and options",
		  .frame = { .tag = { ETH_P_8021AD, ETH_P_8021Q }, .ip_options = 40, SIP },
		  IS_REQUEST },
		{ .name = "ihl 4", .frame = { .ihl = 4, SIP }, .reason = REASON_NOT_IP },
		{ .name = "ihl 1", .frame = { .ihl = 1, SIP }, .reason = REASON_NOT_IP },
		{ .name = "ihl 15 in a short frame",
		  .frame = { .ihl = 15 },
		  .reason = REASON_CUT_HEADERS },
		{ .name = "version 6", .frame = { .version = 6, SIP }, .reason = REASON_NOT_IP },
		{ .name = "version 5", .frame = { .version = 5, SIP }, .reason = REASON_NOT_IP },
		{ .name = "padding behind the packet", .frame = { .padding = 18, SIP }, IS_REQUEST },
		{ .name = "nothing but padding",
		  .frame = { .padding = 18 },
		  .reason = REASON_KEEPALIVE_EMPTY },
		{ .name = "length beyond the frame",
		  .frame = { .ip_length = 9000, SIP },
		  IS_REQUEST },
		{ .name = "length of the headers alone",
		  .frame = { .ip_length = 28, SIP },
		  .reason = REASON_KEEPALIVE_EMPTY },
		{ .name = "length inside the headers",
		  .frame = { .ip_length = 22, SIP },
		  .reason = REASON_KEEPALIVE_EMPTY },
	};

	prog_cases(cases, COUNT_OF(cases));
}

Test(layers, ipv6)
{
	static const struct prog_case cases[] = {
		{ .name = "plain", .frame = { .ipv6 = true, SIP }, IS_REQUEST },
		{ .name = "version 4",
		  .frame = { .ipv6 = true, .version = 4, SIP },
		  .reason = REASON_NOT_IP },
		{ .name = "length beyond the frame",
		  .frame = { .ipv6 = true, .ip_length = 60000, SIP },
		  IS_REQUEST },
		{ .name = "padding behind the packet",
		  .frame = { .ipv6 = true, .padding = 2 },
		  .reason = REASON_KEEPALIVE_EMPTY },
		{ .name = "hop by hop",
		  .frame = { .ipv6 = true, .extension = { { HOP_BY_HOP, 8 } }, SIP },
		  IS_REQUEST },
		{ .name = "routing",
		  .frame = { .ipv6 = true, .extension = { { ROUTING, 24 } }, SIP },
		  IS_REQUEST },
		{ .name = "destination options",
		  .frame = { .ipv6 = true, .extension = { { DESTINATION, 264 } }, SIP },
		  IS_REQUEST },
		{ .name = "mobility",
		  .frame = { .ipv6 = true, .extension = { { MOBILITY, 16 } }, SIP },
		  IS_REQUEST },
		{ .name = "host identity",
		  .frame = { .ipv6 = true, .extension = { { HIP, 40 } }, SIP },
		  IS_REQUEST },
		{ .name = "shim6",
		  .frame = { .ipv6 = true, .extension = { { SHIM6, 8 } }, SIP },
		  IS_REQUEST },
		{ .name = "authentication, 12 bytes",
		  .frame = { .ipv6 = true, .extension = { { AUTHENTICATION, 12 } }, SIP },
		  IS_REQUEST },
		{ .name = "authentication, 24 bytes",
		  .frame = { .ipv6 = true, .extension = { { AUTHENTICATION, 24 } }, SIP },
		  IS_REQUEST },
		{ .name = "authentication, 44 bytes",
		  .frame = { .ipv6 = true, .extension = { { AUTHENTICATION, 44 } }, SIP },
		  IS_REQUEST },
		{ .name = "a fragment header around a whole packet",
		  .frame = { .ipv6 = true, .extension = { { FRAME_FRAGMENT, 8 } }, SIP },
		  IS_REQUEST },
		{ .name = "encrypted",
		  .frame = { .ipv6 = true, .protocol = ESP, SIP },
		  .reason = REASON_OTHER_PROTOCOL },
		{ .name = "no next header",
		  .frame = { .ipv6 = true, .protocol = NO_NEXT },
		  .reason = REASON_OTHER_PROTOCOL },
	};

	prog_cases(cases, COUNT_OF(cases));
}

/* Chains of extension headers: eight are followed. */
Test(layers, ipv6_chains)
{
	static const struct prog_case cases[] = {
		{ .name = "all in a row",
		  .frame = { .ipv6 = true,
			     .extension = { { HOP_BY_HOP, 8 },
					    { DESTINATION, 16 },
					    { ROUTING, 24 },
					    { AUTHENTICATION, 24 },
					    { DESTINATION, 8 } },
			     SIP },
		  IS_REQUEST },
		{ .name = "eight",
		  .frame = { .ipv6 = true,
			     .extension = { { DESTINATION, 8 },
					    { DESTINATION, 8 },
					    { DESTINATION, 8 },
					    { DESTINATION, 8 },
					    { DESTINATION, 8 },
					    { DESTINATION, 8 },
					    { DESTINATION, 8 },
					    { DESTINATION, 8 } },
			     SIP },
		  IS_REQUEST },
		{ .name = "nine",
		  .frame = { .ipv6 = true,
			     .extension = { { DESTINATION, 8 },
					    { DESTINATION, 8 },
					    { DESTINATION, 8 },
					    { DESTINATION, 8 },
					    { DESTINATION, 8 },
					    { DESTINATION, 8 },
					    { DESTINATION, 8 },
					    { DESTINATION, 8 },
					    { DESTINATION, 8 } },
			     SIP },
		  .reason = REASON_FRAGMENT_ORPHAN },
		{ .name = "one that leads out of the frame",
		  .frame = { .ipv6 = true,
			     .extension = { { DESTINATION, 8 } },
			     .protocol = ROUTING,
			     .no_l4 = true,
			     .payload = "\x11\xff\0\0\0\0\0",
			     .payload_len = 8 },
		  .reason = REASON_CUT_HEADERS },
		{ .name = "headers of more than 4095 bytes",
		  .frame = { .ipv6 = true,
			     .extension = { { DESTINATION, 1400 },
					    { DESTINATION, 1904 },
					    { DESTINATION, 1000 } },
			     SIP },
		  .reason = REASON_CUT_HEADERS,
		  .entry = ENTRY_FRAGS },
	};

	prog_cases(cases, COUNT_OF(cases));
}

Test(layers, protocols)
{
	static const struct prog_case cases[] = {
		{ .name = "ICMP",
		  .frame = { .protocol = IPPROTO_ICMP, SIP },
		  .reason = REASON_OTHER_PROTOCOL },
		{ .name = "ICMPv6",
		  .frame = { .ipv6 = true, .protocol = ICMPV6, SIP },
		  .reason = REASON_OTHER_PROTOCOL },
		{ .name = "SCTP",
		  .frame = { .protocol = IPPROTO_SCTP, SIP },
		  .reason = REASON_OTHER_PROTOCOL },
		{ .name = "UDP-Lite",
		  .frame = { .protocol = IPPROTO_UDPLITE, SIP },
		  .reason = REASON_OTHER_PROTOCOL },
		{ .name = "GRE",
		  .frame = { .protocol = IPPROTO_GRE, SIP },
		  .reason = REASON_OTHER_PROTOCOL },
	};

	prog_cases(cases, COUNT_OF(cases));
}

Test(layers, udp)
{
	static const struct prog_case cases[] = {
		{ .name = "length beyond the packet",
		  .frame = { .udp_length = 65535, SIP },
		  IS_REQUEST },
		{ .name = "length inside its header",
		  .frame = { .udp_length = 1, SIP },
		  .reason = REASON_KEEPALIVE_EMPTY },
		{ .name = "length of the header alone",
		  .frame = { .udp_length = 8, SIP },
		  .reason = REASON_KEEPALIVE_EMPTY },
		{ .name = "length of half the request",
		  .frame = { .udp_length = 8 + 60, SIP },
		  .reason = REASON_REQUEST_CUT,
		  .method = SIP_METHOD_OPTIONS },
		{ .name = "length inside the padding",
		  .frame = { .udp_length = 8 + 6, .ip_length = 20 + 8 + 2, .payload = "\r\nabcd" },
		  .reason = REASON_KEEPALIVE_CRLF },
	};

	prog_cases(cases, COUNT_OF(cases));
}

/* What may become of a frame that ends anywhere. */
static bool is_plausible(enum reason reason, size_t headers, size_t length)
{
	if (length < headers)
		return reason == REASON_CUT_HEADERS || reason == REASON_NOT_IP;
	switch (reason) {
	case REASON_KEEPALIVE_EMPTY:
		return length == headers;
	case REASON_KEEPALIVE_TEXT:
		return length <= headers + 8;
	case REASON_TCP_CONTROL:
		return length == headers;
	case REASON_TCP_SPLIT:
		return length > headers && length < headers + strcspn(OPTIONS, "\n") + 1;
	case REASON_NOT_SIP:
	case REASON_REQUEST_CUT:
		return length > headers + 4;
	case REASON_REQUEST:
		return length >= headers + sizeof(OPTIONS) - 2; /* or without the last line feed */
	default:
		return false;
	}
}

static void cut_everywhere(const char *name, const struct frame_spec *spec)
{
	struct verdict_record got;
	struct frame frame;
	size_t headers;

	frame_build(spec, &frame);
	headers = frame.len - strlen(spec->payload);
	for (; frame.len >= ETH_HLEN; frame.len--) {
		prog_wait(HOUR);
		cr_assert_eq(prog_run(ENTRY_XDP, &frame, &got), 0);
		cr_assert(is_plausible(got.reason, headers, frame.len), "%s, %zu bytes: %s", name,
			  frame.len, reason_name(got.reason));
		prog_run(ENTRY_FRAGS, &frame, &got);
		prog_run(ENTRY_EGRESS, &frame, &got);
	}
}

Test(layers, cut_anywhere)
{
	cut_everywhere("IPv4", FRAME(SIP));
	cut_everywhere("IPv4 with tags and options",
		       FRAME(.tag = { ETH_P_8021AD, ETH_P_8021Q }, .ip_options = 12, SIP));
	cut_everywhere("IPv6", FRAME(.ipv6 = true, SIP));
	cut_everywhere("IPv6 with extensions", FRAME(.ipv6 = true, .tag = { ETH_P_8021Q },
						     .extension = { { HOP_BY_HOP, 16 },
								    { AUTHENTICATION, 24 },
								    { FRAME_FRAGMENT, 8 } },
						     SIP));
	cut_everywhere("TCP with options", FRAME(.tcp = true, .tcp_options = 12, SIP));
}

/* A frame of more than one page: the part that can be read directly ends inside the payload. */
Test(layers, frame_in_pieces)
{
	static char body[4000];
	struct verdict_record got;
	struct frame frame;

	memset(body, 'v', sizeof(body) - 1);
	frame_build(FRAME(.payload = MESSAGE(.body = body)), &frame);
	cr_assert_eq(prog_run(ENTRY_FRAGS, &frame, &got), 0);
	expect_record(got, REASON_REQUEST);
}

/* The first eight bytes of the payload lie on both sides of the end of what can be read. */
Test(layers, start_line_in_pieces)
{
	struct verdict_record got;
	struct frame frame;

	for (__u16 size = 3296; size <= 3536; size += 8) {
		prog_wait(HOUR);
		frame_build(
			FRAME(.ipv6 = true,
			      .extension = { { DESTINATION, 1704 }, { DESTINATION, size - 1704 } },
			      .payload =
				      MESSAGE(.method = "OPTIONS", .headers = MESSAGE_CREDENTIALS)),
			&frame);
		cr_assert_eq(prog_run(ENTRY_FRAGS, &frame, &got), 0);
		cr_assert(got.reason == REASON_REQUEST || got.reason == REASON_CUT_HEADERS,
			  "%u bytes of extensions: %s", size, reason_name(got.reason));
	}
}
