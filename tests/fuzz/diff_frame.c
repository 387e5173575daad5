// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fuzz/diff_frame.h"

#include <string.h>

#define ODD_PERCENT 18 /* of all frames have something that a plain one has not */

#define V4(a, b, c, d)                                                                             \
	{                                                                                          \
		0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff, a, b, c, d                               \
	}
#define V6(third, last)                                                                            \
	{                                                                                          \
		0x20, 0x01, 0x0d, 0xb8, (third) >> 8, (third)&0xff, 0, 0, 0, 0, 0, 0, 0, 0, 0,     \
			last                                                                       \
	}

struct address {
	__u8 byte[16];
};

static const struct address sources[] = {
	{ V4(198, 51, 100, 7) },   { V4(198, 51, 100, 7) }, { V4(198, 51, 100, 40) },
	{ V4(198, 51, 100, 70) },  { V4(203, 0, 113, 9) },  { V4(198, 51, 100, 130) },
	{ V4(198, 51, 100, 131) }, { V4(1, 1, 1, 1) },	    { V4(192, 0, 2, 1) },
};
static const struct address sources6[] = {
	{ V6(7, 7) }, { V6(7, 8) }, { V6(0xa, 1) }, { V6(0xd, 1) }, { V6(0xc, 1) }, { V6(0xe, 1) },
};
static const struct address targets[] = { { V4(192, 0, 2, 1) },
					  { V4(192, 0, 2, 2) },
					  { V4(1, 1, 1, 1) } };
static const struct address targets6[] = { { V6(1, 1) }, { V6(1, 2) } };

static const __u16 ports[] = { 5060, 5061, 5062, 5092, 4996, 9, 0, 1, 53, 1023, 5059, 65535, 40000 };

/* What is being built, and whether this frame is one of the odd ones. */
struct build {
	struct random *r;
	struct diff_frame *f;
	int odd;
	int first; /* a first fragment */
};

/* In so many of a hundred odd frames, and in no plain one. */
static int oddly(struct build *b, __u32 percent)
{
	return b->odd && random_percent(b->r, percent);
}

/* Zeroed bytes at the end of the frame; the caller never asks for more than there is room for. */
static __u8 *append(struct build *b, __u32 len)
{
	__u8 *at = b->f->at + b->f->len;

	memset(at, 0, len);
	b->f->len += len;
	return at;
}

static void put16(__u8 *at, __u16 value)
{
	at[0] = value >> 8;
	at[1] = value & 0xff;
}

static __u16 any_port(struct build *b, __u32 percent)
{
	return random_percent(b->r, percent) ? 5060 : random_of(b->r, ports);
}

/* The first of a table, a stranger, is the one whose messages are read. */
static const struct address *any_source(struct build *b, const struct address *table, __u32 count)
{
	return &table[random_percent(b->r, 75) ? 0 : random_below(b->r, count)];
}

/* A field of 16 bits that is near the truth, or has nothing to do with it. */
static __u16 lie(struct build *b, __u32 truth)
{
	if (random_percent(b->r, 60))
		return truth + random_below(b->r, 41) - 20;
	return random_percent(b->r, 30) ? 0 : random_next(b->r);
}

static void build_ethernet(struct build *b, __u16 type)
{
	static const __u16 tag_types[] = { 0x8100, 0x88a8, 0x8100, 0x9100 };
	__u32 tags = oddly(b, 30) ? random_below(b->r, 4) : 0;
	__u8 *eth = append(b, 12);

	eth[0] = 2;
	eth[6] = 2;
	for (__u32 i = 0; i < tags; i++) {
		__u8 *tag = append(b, 4);

		put16(tag, random_of(b->r, tag_types));
		put16(tag + 2, random_next(b->r));
	}
	put16(append(b, 2), oddly(b, 5) ? random_next(b->r) : type);
}

/* Returns where the header lies, for its length. */
static __u32 build_ipv4(struct build *b, __u8 protocol)
{
	static const __u16 fragments[] = {
		0x2000, 0x2000, 0x2001, 1, 0x4000, 0x8000, 0x1fff, 0x20b9
	};
	__u32 words = oddly(b, 25) ? 5 + random_below(b->r, 11) : 5, at = b->f->len;
	__u16 fragment = oddly(b, 20) ? random_of(b->r, fragments) : 0;
	__u8 *ip = append(b, words * 4);

	for (__u32 i = 20; i < words * 4; i++)
		ip[i] = random_next(b->r);
	ip[0] = 0x40 | words;
	if (oddly(b, 5))
		ip[0] = random_next(b->r);
	put16(ip + 4, random_next(b->r));
	put16(ip + 6, fragment);
	b->first = fragment == 0x2000;
	ip[8] = 64;
	ip[9] = protocol;
	memcpy(ip + 12, any_source(b, sources, COUNT_OF(sources))->byte + 12, 4);
	memcpy(ip + 16, targets[random_percent(b->r, 80) ? 0 : random_below(b->r, 3)].byte + 12, 4);
	return at;
}

static void build_extension(struct build *b, __u8 type, __u8 next)
{
	__u32 extra = random_percent(b->r, 80) ? random_below(b->r, 3) : random_below(b->r, 20);
	__u8 *ext;

	if (type == 44)
		extra = 0;
	ext = append(b, 8 + (type == 51 ? 4 : 8) * extra);
	ext[0] = next;
	ext[1] = oddly(b, 10) ? random_next(b->r) : extra;
	if (type == 44)
		put16(ext + 2,
		      random_percent(b->r, 50) ? random_below(b->r, 2) : random_next(b->r));
}

static __u32 build_ipv6(struct build *b, __u8 protocol)
{
	static const __u8 types[] = { 0, 43, 44, 51, 60, 135, 139, 140 };
	__u32 n = oddly(b, 50) ? random_below(b->r, 11) : 0, at = b->f->len;
	__u8 *ip = append(b, 40);
	__u8 chain[12];

	for (__u32 i = 0; i < n; i++)
		chain[i] = random_of(b->r, types);
	chain[n] = protocol;
	ip[0] = oddly(b, 5) ? random_next(b->r) : 0x60;
	ip[6] = chain[0];
	ip[7] = 64;
	memcpy(ip + 8, any_source(b, sources6, COUNT_OF(sources6))->byte, 16);
	memcpy(ip + 24, targets6[random_percent(b->r, 80) ? 0 : 1].byte, 16);
	if (oddly(b, 5))
		memcpy(ip + 8, random_of(b->r, sources).byte, 16); /* mapped: none on the wire */
	for (__u32 i = 0; i < n; i++)
		build_extension(b, chain[i], chain[i + 1]);
	return at;
}

static void build_udp(struct build *b, __u32 payload)
{
	__u8 *udp = append(b, 8);

	put16(udp, any_port(b, 50));
	put16(udp + 2, any_port(b, 90));
	put16(udp + 4, oddly(b, 25) ? lie(b, 8 + payload) : 8 + payload);
	put16(udp + 6, random_percent(b->r, 80) ? random_next(b->r) : 0);
}

static void build_tcp(struct build *b)
{
	__u32 words = random_percent(b->r, 60) ? 5 : 5 + random_below(b->r, 11);
	__u8 *tcp = append(b, words * 4);

	put16(tcp, any_port(b, 50));
	put16(tcp + 2, any_port(b, 80));
	tcp[12] = (oddly(b, 10) ? random_below(b->r, 16) : words) << 4;
	tcp[13] = random_percent(b->r, 80) ? 0x18 : random_next(b->r);
}

/* The length behind the header of the network, which lies at l3. */
static void fix_length(struct build *b, __u32 l3, int ipv6)
{
	__u32 len = b->f->len - l3 - (ipv6 ? 40 : 0);

	put16(b->f->at + l3 + (ipv6 ? 4 : 2), oddly(b, 15) ? lie(b, len) : len);
}

void diff_frame_make(struct random *r, const struct diff_message *message, struct diff_frame *out)
{
	struct build b = { .r = r, .f = out, .odd = random_percent(r, ODD_PERCENT) };
	int ipv6 = random_percent(r, 25), tcp = random_percent(r, 20);
	__u32 l3, payload = message->len;
	__u8 protocol = tcp ? 6 : 17;

	out->len = 0;
	if (oddly(&b, 4))
		protocol = random_next(r);
	build_ethernet(&b, ipv6 ? 0x86dd : 0x0800);
	l3 = ipv6 ? build_ipv6(&b, protocol) : build_ipv4(&b, protocol);
	if (b.first && payload > 80)
		payload = 50 + random_below(r, 30); /* about as many as a fragment may not have */
	if (tcp)
		build_tcp(&b);
	else
		build_udp(&b, payload);
	if (payload <= DIFF_FRAME_MAX - out->len)
		memcpy(append(&b, payload), message->at, payload);
	fix_length(&b, l3, ipv6);
	if (oddly(&b, 15) && out->len < DIFF_FRAME_MAX - 64)
		append(&b, random_below(r, 64));
	if (oddly(&b, 10))
		out->len = random_below(r, out->len);
}
