/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures built byte by byte, right or wrong.
 */
#ifndef SIPSHIELD_TESTS_CAPTURE_BUILD_H
#define SIPSHIELD_TESTS_CAPTURE_BUILD_H

#include <byteswap.h>
#include <criterion/criterion.h>
#include <string.h>

#include "user/capture.h"

struct bytes {
	__u8 data[8192];
	size_t len;
	bool swapped; /* numbers are put in the other byte order */
};

static inline void put(struct bytes *b, const void *data, size_t len)
{
	cr_assert_leq(b->len + len, sizeof(b->data));
	memcpy(b->data + b->len, data, len);
	b->len += len;
}

static inline void put16(struct bytes *b, __u16 v)
{
	v = b->swapped ? bswap_16(v) : v;
	put(b, &v, sizeof(v));
}

static inline void put32(struct bytes *b, __u32 v)
{
	v = b->swapped ? bswap_32(v) : v;
	put(b, &v, sizeof(v));
}

static inline void put_padding(struct bytes *b)
{
	while (b->len % 4)
		put(b, "", 1);
}

static inline void pcap_header(struct bytes *b, __u32 magic, __u32 link)
{
	put32(b, magic);
	put16(b, 2);
	put16(b, 4);
	put32(b, 0);
	put32(b, 0);
	put32(b, 262144);
	put32(b, link);
}

static inline void pcap_frame(struct bytes *b, __u32 seconds, __u32 fraction, const char *data)
{
	put32(b, seconds);
	put32(b, fraction);
	put32(b, strlen(data));
	put32(b, strlen(data));
	put(b, data, strlen(data));
}

/* A block of pcapng around a body whose numbers are already in the file's byte order. */
static inline void block(struct bytes *b, __u32 type, const struct bytes *body)
{
	__u32 len = 12 + (body->len + 3) / 4 * 4;

	put32(b, type);
	put32(b, len);
	put(b, body->data, body->len);
	put_padding(b);
	put32(b, len);
}

static inline void section(struct bytes *b)
{
	struct bytes body = { .swapped = b->swapped };

	put32(&body, 0x1a2b3c4d);
	put16(&body, 1);
	put16(&body, 0);
	put32(&body, 0xffffffff);
	put32(&body, 0xffffffff);
	block(b, 0x0a0d0d0a, &body);
}

/* resolution: if_tsresol, 0: left out. */
static inline void interface(struct bytes *b, __u16 link, __u32 snaplen, __u8 resolution)
{
	struct bytes body = { .swapped = b->swapped };

	put16(&body, link);
	put16(&body, 0);
	put32(&body, snaplen);
	if (resolution) {
		put16(&body, 9);
		put16(&body, 1);
		put(&body, &resolution, 1);
		put_padding(&body);
		put32(&body, 0);
	}
	block(b, 1, &body);
}

static inline void enhanced(struct bytes *b, __u32 of, __u64 ticks, const char *data)
{
	struct bytes body = { .swapped = b->swapped };

	put32(&body, of);
	put32(&body, ticks >> 32);
	put32(&body, (__u32)ticks);
	put32(&body, strlen(data));
	put32(&body, strlen(data));
	put(&body, data, strlen(data));
	block(b, 6, &body);
}

#endif
