/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The link layers of captures, and how to make Ethernet frames of them. */
#include <linux/if_ether.h>
#include <string.h>

#include "user/capture.h"

#define NULL_HEADER_LEN 4
#define SLL_HEADER_LEN 16
#define SLL_PROTOCOL 14 /* offset */
#define SLL2_HEADER_LEN 20
#define SLL2_PROTOCOL 0

static const struct {
	__u32 link;
	const char *name;
	bool supported;
} links[] = {
	{ CAPTURE_LINK_NULL, "BSD loopback (NULL)", true },
	{ CAPTURE_LINK_ETHERNET, "Ethernet", true },
	{ 6, "Token Ring", false },
	{ 9, "PPP", false },
	{ CAPTURE_LINK_RAW_BSD, "raw IP", true },
	{ CAPTURE_LINK_RAW_OPENBSD, "raw IP", true },
	{ 50, "PPP in HDLC framing", false },
	{ 51, "PPPoE", false },
	{ CAPTURE_LINK_RAW, "raw IP", true },
	{ 104, "Cisco HDLC", false },
	{ 105, "IEEE 802.11", false },
	{ CAPTURE_LINK_LOOP, "OpenBSD loopback (LOOP)", true },
	{ CAPTURE_LINK_SLL, "Linux cooked", true },
	{ 119, "IEEE 802.11 with Prism header", false },
	{ 127, "IEEE 802.11 with radiotap header", false },
	{ 187, "Bluetooth HCI", false },
	{ 189, "USB", false },
	{ 195, "IEEE 802.15.4", false },
	{ 220, "USB (Linux, memory-mapped)", false },
	{ CAPTURE_LINK_IPV4, "raw IPv4", true },
	{ CAPTURE_LINK_IPV6, "raw IPv6", true },
	{ 239, "Linux netfilter log", false },
	{ 249, "USBPcap", false },
	{ 252, "Wireshark upper PDU", false },
	{ 253, "Linux netlink", false },
	{ CAPTURE_LINK_SLL2, "Linux cooked, version 2", true },
};

#define LINKS (sizeof(links) / sizeof(links[0]))

const char *capture_link_name(__u32 link)
{
	for (size_t i = 0; i < LINKS; i++) {
		if (links[i].link == link)
			return links[i].name;
	}
	return NULL;
}

bool capture_link_supported(__u32 link)
{
	for (size_t i = 0; i < LINKS; i++) {
		if (links[i].link == link)
			return links[i].supported;
	}
	return false;
}

/* The Ethernet type of an IP packet by its version; 0, which is none, for anything else. */
static __u16 ip_type(const __u8 *packet, size_t len)
{
	if (!len)
		return 0;
	if (*packet >> 4 == 4)
		return ETH_P_IP;
	return *packet >> 4 == 6 ? ETH_P_IPV6 : 0;
}

static __u16 type_at(const __u8 *p)
{
	return (__u16)(p[0] << 8 | p[1]);
}

/* Length of the link header that Ethernet's takes the place of; *type is the Ethernet type. */
static size_t link_header(const struct capture_frame *frame, __u16 *type)
{
	size_t header = 0;

	*type = 0;
	switch (frame->link) {
	case CAPTURE_LINK_SLL:
		header = SLL_HEADER_LEN;
		if (frame->len >= header)
			*type = type_at(frame->data + SLL_PROTOCOL);
		break;
	case CAPTURE_LINK_SLL2:
		header = SLL2_HEADER_LEN;
		if (frame->len >= header)
			*type = type_at(frame->data + SLL2_PROTOCOL);
		break;
	case CAPTURE_LINK_NULL:
	case CAPTURE_LINK_LOOP:
		header = NULL_HEADER_LEN;
		if (frame->len > header)
			*type = ip_type(frame->data + header, frame->len - header);
		break;
	default:
		*type = ip_type(frame->data, frame->len);
	}
	return header < frame->len ? header : frame->len;
}

size_t capture_ethernet(const struct capture_frame *frame, __u8 *out, size_t out_max)
{
	__u16 type;
	size_t header, len;

	if (frame->link == CAPTURE_LINK_ETHERNET) {
		len = frame->len < out_max ? frame->len : out_max;
		memcpy(out, frame->data, len);
		return len;
	}
	header = link_header(frame, &type);
	len = frame->len - header;
	if (len > out_max - CAPTURE_ETHERNET_LEN)
		len = out_max - CAPTURE_ETHERNET_LEN;
	memset(out, 0, 2 * ETH_ALEN);
	out[2 * ETH_ALEN] = (__u8)(type >> 8);
	out[2 * ETH_ALEN + 1] = (__u8)type;
	memcpy(out + CAPTURE_ETHERNET_LEN, frame->data + header, len);
	return len + CAPTURE_ETHERNET_LEN;
}
