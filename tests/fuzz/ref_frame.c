/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "tests/fuzz/ref_frame.h"

#include <string.h>

#define TAGS_MAX 2
#define EXTENSIONS_MAX 8 /* headers of IPv6 that are followed */
#define IN_SIGHT 4095	 /* the last offset at which a header that was skipped to may begin */

/* A frame that is read from its front. */
struct reader {
	const __u8 *frame;
	__u32 len;
	__u32 at;
	struct facts *out;
};

static __u32 be16(const __u8 *p)
{
	return p[0] * 256U + p[1];
}

/* The bytes at the front, or NULL if there are not so many. */
static const __u8 *read(struct reader *r, __u32 len)
{
	const __u8 *p = r->frame + r->at;

	if (r->at + len > r->len)
		return NULL;
	r->at += len;
	return p;
}

/* Goes over bytes that lie behind a header; what does not follow them is out of sight. */
static int skip(struct reader *r, __u32 len)
{
	return read(r, len) && r->at <= IN_SIGHT;
}

static int read_ethernet(struct reader *r)
{
	const __u8 *eth = read(r, 14), *tag;

	if (!eth)
		return REASON_CUT_HEADERS;
	r->out->ether_type = be16(eth + 12);
	for (int i = 0; i < TAGS_MAX; i++) {
		if (r->out->ether_type != 0x8100 && r->out->ether_type != 0x88a8)
			break;
		tag = read(r, 4);
		if (!tag)
			return REASON_CUT_HEADERS;
		r->out->ether_type = be16(tag + 2);
	}
	return REF_GOES_ON;
}

static void map_address(struct addr *to, const __u8 *from)
{
	memset(to, 0, sizeof(*to));
	to->byte[10] = 0xff;
	to->byte[11] = 0xff;
	memcpy(to->byte + 12, from, 4);
}

static int read_ipv4(struct reader *r)
{
	__u32 start = r->at, words, flags;
	const __u8 *ip = read(r, 20);

	if (!ip)
		return REASON_CUT_HEADERS;
	words = ip[0] % 16;
	if (ip[0] / 16 != 4 || words < 5)
		return REASON_NOT_IP;
	if (!skip(r, words * 4 - 20))
		return REASON_CUT_HEADERS;
	r->out->l3_end = start + be16(ip + 2);
	r->out->protocol = ip[9];
	map_address(&r->out->src, ip + 12);
	map_address(&r->out->dst, ip + 16);
	flags = be16(ip + 6);
	if (flags % 0x2000)
		r->out->fragment = FRAGMENT_LATER;
	else if (flags & 0x2000)
		r->out->fragment = FRAGMENT_FIRST;
	return REF_GOES_ON;
}

static int is_extension(__u8 type)
{
	static const __u8 types[] = { 0, 43, 44, 51, 60, 135, 139, 140 };

	return memchr(types, type, sizeof(types)) != NULL;
}

/* One extension header; its 8 first bytes are read. Returns the bytes behind these. */
static __u32 read_extension(struct reader *r, __u8 type, const __u8 *ext)
{
	__u32 field = be16(ext + 2);

	if (type == 51)
		return ext[1] * 4U;
	if (type != 44)
		return ext[1] * 8U;
	if (field >= 8)
		r->out->fragment = FRAGMENT_LATER;
	else if (field % 2)
		r->out->fragment = FRAGMENT_FIRST;
	return 0;
}

static int read_ipv6(struct reader *r)
{
	static const __u8 mapped[12] = { [10] = 0xff, [11] = 0xff };
	__u32 start = r->at;
	const __u8 *ip = read(r, 40), *ext;

	if (!ip)
		return REASON_CUT_HEADERS;
	if (ip[0] / 16 != 6)
		return REASON_NOT_IP;
	r->out->l3_end = start + 40 + be16(ip + 4);
	memcpy(&r->out->src, ip + 8, 16);
	memcpy(&r->out->dst, ip + 24, 16);
	if (!memcmp(&r->out->src, mapped, sizeof(mapped)))
		return REASON_NOT_IP;
	r->out->protocol = ip[6];
	for (int i = 0; i < EXTENSIONS_MAX && is_extension(r->out->protocol); i++) {
		__u8 type = r->out->protocol;
		__u32 more;

		ext = read(r, 8);
		if (!ext)
			return REASON_CUT_HEADERS;
		r->out->protocol = ext[0];
		more = read_extension(r, type, ext);
		if (r->out->fragment == FRAGMENT_LATER)
			break;
		if (!skip(r, more))
			return REASON_CUT_HEADERS;
	}
	return REF_GOES_ON;
}

/* What lies between here and the least of the ends that the headers and the frame tell. */
static void note_payload(struct reader *r, __u32 end)
{
	if (end > r->out->l3_end)
		end = r->out->l3_end;
	if (end > r->len)
		end = r->len;
	r->out->payload = r->at;
	r->out->payload_len = end > r->at ? end - r->at : 0;
}

static int read_udp(struct reader *r)
{
	__u32 start = r->at;
	const __u8 *udp = read(r, 8);

	if (!udp)
		return REASON_CUT_HEADERS;
	memcpy(&r->out->sport, udp, 2);
	memcpy(&r->out->dport, udp + 2, 2);
	memcpy(&r->out->checksum, udp + 6, 2);
	note_payload(r, start + be16(udp + 4));
	return REF_GOES_ON;
}

static int read_tcp(struct reader *r)
{
	const __u8 *tcp = read(r, 20);

	if (!tcp || tcp[12] / 16 < 5 || !skip(r, (tcp[12] / 16 - 5) * 4))
		return REASON_CUT_HEADERS;
	memcpy(&r->out->sport, tcp, 2);
	memcpy(&r->out->dport, tcp + 2, 2);
	note_payload(r, r->out->l3_end);
	return REF_GOES_ON;
}

static int read_network(struct reader *r)
{
	switch (r->out->ether_type) {
	case 0x0800:
		return read_ipv4(r);
	case 0x86dd:
		return read_ipv6(r);
	default:
		return REASON_NOT_IP;
	}
}

int ref_frame(const __u8 *frame, __u32 len, struct facts *out)
{
	struct reader r = { .frame = frame, .len = len, .out = out };
	int answer;

	memset(out, 0, sizeof(*out));
	out->length = len;
	answer = read_ethernet(&r);
	if (answer == REF_GOES_ON)
		answer = read_network(&r);
	if (answer != REF_GOES_ON)
		return answer;
	if (is_extension(out->protocol)) {
		out->fragment = FRAGMENT_LATER; /* more headers than are followed */
		return REF_GOES_ON;
	}
	if (out->protocol != 17 && out->protocol != 6)
		return REASON_OTHER_PROTOCOL;
	if (out->fragment == FRAGMENT_LATER)
		return REF_GOES_ON;
	return out->protocol == 17 ? read_udp(&r) : read_tcp(&r);
}
