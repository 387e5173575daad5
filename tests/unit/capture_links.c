// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Every link layer becomes the same Ethernet frame.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "user/capture.h"

#define V4 "\x45only the first byte counts"
#define V6 "\x60only the first byte counts"

struct form {
	const char *name;
	__u32 link;
	const char *header; /* of the link layer */
	size_t header_len;
	const char *packet;
	const char *type; /* expected, two bytes */
};

#define HEADER(text) text, sizeof(text) - 1

static const struct form forms[] = {
	{ "cooked IPv4", CAPTURE_LINK_SLL, HEADER("\0\0\0\1\0\6\1\2\3\4\5\6\0\0\x08\0"), V4,
	  "\x08\0" },
	{ "cooked IPv6", CAPTURE_LINK_SLL, HEADER("\0\4\0\1\0\6\1\2\3\4\5\6\0\0\x86\xdd"), V6,
	  "\x86\xdd" },
	{ "cooked VLAN", CAPTURE_LINK_SLL, HEADER("\0\4\0\1\0\6\1\2\3\4\5\6\0\0\x81\0"),
	  "\1\2\x08\1" V4, "\x81\0" },
	{ "cooked 2 IPv4", CAPTURE_LINK_SLL2, HEADER("\x08\0\0\0\0\0\0\2\0\1\0\6\1\2\3\4\5\6\0\0"),
	  V4, "\x08\0" },
	{ "cooked 2 ARP", CAPTURE_LINK_SLL2, HEADER("\x08\6\0\0\0\0\0\2\0\1\0\6\1\2\3\4\5\6\0\0"),
	  V4, "\x08\6" },
	{ "raw IPv4", CAPTURE_LINK_RAW, HEADER(""), V4, "\x08\0" },
	{ "raw IPv6", CAPTURE_LINK_RAW, HEADER(""), V6, "\x86\xdd" },
	{ "raw, neither", CAPTURE_LINK_RAW, HEADER(""), "\x70", "\0\0" },
	{ "raw of BSD", CAPTURE_LINK_RAW_BSD, HEADER(""), V4, "\x08\0" },
	{ "raw of OpenBSD", CAPTURE_LINK_RAW_OPENBSD, HEADER(""), V6, "\x86\xdd" },
	{ "IPv4", CAPTURE_LINK_IPV4, HEADER(""), V4, "\x08\0" },
	{ "IPv6", CAPTURE_LINK_IPV6, HEADER(""), V6, "\x86\xdd" },
	{ "loopback of BSD", CAPTURE_LINK_NULL, HEADER("\2\0\0\0"), V4, "\x08\0" },
	{ "loopback, other order", CAPTURE_LINK_NULL, HEADER("\0\0\0\x1e"), V6, "\x86\xdd" },
	{ "loopback of OpenBSD", CAPTURE_LINK_LOOP, HEADER("\0\0\0\x18"), V6, "\x86\xdd" },
};

#define FORMS (sizeof(forms) / sizeof(forms[0]))

static size_t rewrite(const struct form *form, size_t len, __u8 *out, size_t out_max)
{
	__u8 data[128];
	struct capture_frame frame = { .data = data, .link = form->link };

	memcpy(data, form->header, form->header_len);
	memcpy(data + form->header_len, form->packet, strlen(form->packet));
	frame.len = form->header_len + strlen(form->packet);
	if (len < frame.len)
		frame.len = len;
	frame.wire_len = frame.len;
	return capture_ethernet(&frame, out, out_max);
}

Test(capture_link, all_become_ethernet)
{
	for (size_t i = 0; i < FORMS; i++) {
		size_t expected = CAPTURE_ETHERNET_LEN + strlen(forms[i].packet);
		__u8 out[256];

		cr_assert_eq(rewrite(&forms[i], 128, out, sizeof(out)), expected, "%s",
			     forms[i].name);
		cr_expect_arr_eq(out + 12, forms[i].type, 2, "%s", forms[i].name);
		cr_expect_arr_eq(out + CAPTURE_ETHERNET_LEN, forms[i].packet,
				 strlen(forms[i].packet), "%s", forms[i].name);
		cr_expect(capture_link_supported(forms[i].link));
	}
}

Test(capture_link, ethernet_stays_as_it_is)
{
	static const char data[] = "\1\2\3\4\5\6\7\x08\x09\x0a\x0b\x0c\x81\0\0\1\x08\0";
	struct capture_frame frame = {
		.data = (const __u8 *)data,
		.len = sizeof(data),
		.link = CAPTURE_LINK_ETHERNET,
	};
	__u8 out[64];

	cr_assert_eq(capture_ethernet(&frame, out, sizeof(out)), sizeof(data));
	cr_assert_arr_eq(out, data, sizeof(data));
}

Test(capture_link, what_does_not_fit_is_cut)
{
	static __u8 data[300] = { 0x45 };
	struct capture_frame frame = { .data = data,
				       .len = sizeof(data),
				       .link = CAPTURE_LINK_RAW };
	__u8 out[64];

	cr_assert_eq(capture_ethernet(&frame, out, sizeof(out)), sizeof(out));
	frame.link = CAPTURE_LINK_ETHERNET;
	cr_assert_eq(capture_ethernet(&frame, out, sizeof(out)), sizeof(out));
}

/* Shorter than their own link header, too. */
Test(capture_link, frames_of_every_length_are_read_safely)
{
	for (size_t i = 0; i < FORMS; i++) {
		for (size_t len = 0; len <= forms[i].header_len; len++) {
			__u8 out[256];

			cr_expect_eq(rewrite(&forms[i], len, out, sizeof(out)),
				     CAPTURE_ETHERNET_LEN, "%s, %zu bytes", forms[i].name, len);
		}
	}
}
