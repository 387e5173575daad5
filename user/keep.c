/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user/keep.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/earned.h"

#define SECOND_NS 1000000000ULL
#define VERSION 1
#define NEVER 0xffffffffU /* an age of what never was */

/* Offsets in the header; numbers have the lowest byte first. */
enum {
	AT_MAGIC,
	AT_VERSION = AT_MAGIC + 8,
	AT_COUNT = AT_VERSION + 4,
	AT_WALL = AT_COUNT + 4,
	AT_CRC = AT_WALL + 8, /* of all bytes before and behind it */
	HEADER_LEN = AT_CRC + 4,
};

/* Offsets in an entry. Ages and times left are in seconds. */
enum {
	AT_KEY,
	AT_SINCE = AT_KEY + 16,
	AT_LEFT = AT_SINCE + 4,
	AT_PROVEN = AT_LEFT + 4,
	AT_TRUSTED = AT_PROVEN + 4,
	AT_TRUSTED_LEFT = AT_TRUSTED + 4,
	AT_PROOFS = AT_TRUSTED_LEFT + 4,
	AT_FLOWS = AT_PROOFS + 4,
	AT_DEBT = AT_FLOWS + 2,
	AT_HOP = AT_DEBT + 1,
	ENTRY_LEN = AT_HOP + HOPS_MAX,
};

static const unsigned char magic[8] = "sipsKEEP";

static void put(unsigned char *at, unsigned int bytes, __u64 value)
{
	for (unsigned int i = 0; i < bytes; i++)
		at[i] = value >> 8 * i;
}

static __u64 get(const unsigned char *at, unsigned int bytes)
{
	__u64 value = 0;

	for (unsigned int i = 0; i < bytes; i++)
		value |= (__u64)at[i] << 8 * i;
	return value;
}

/* CRC-32 (IEEE 802.3), half a byte a step: finds every damage of up to 32 bits in a row. */
static __u32 crc_add(__u32 crc, const unsigned char *data, size_t len)
{
	static const __u32 step[16] = {
		0x00000000, 0x1db71064, 0x3b6e20c8, 0x26d930ac, 0x76dc4190, 0x6b6b51f4,
		0x4db26158, 0x5005713c, 0xedb88320, 0xf00f9344, 0xd6d6a3e8, 0xcb61b38c,
		0x9b64c2b0, 0x86d3d2d4, 0xa00ae278, 0xbdbdf21c,
	};

	for (size_t i = 0; i < len; i++) {
		crc = step[(crc ^ data[i]) & 15] ^ crc >> 4;
		crc = step[(crc ^ data[i] >> 4) & 15] ^ crc >> 4;
	}
	return crc;
}

static __u32 checksum(const unsigned char *data, size_t len)
{
	__u32 crc = crc_add(0xffffffff, data, AT_CRC);

	return ~crc_add(crc, data + HEADER_LEN, len - HEADER_LEN);
}

static __u32 seconds(__u64 from_ns, __u64 to_ns)
{
	__u64 s = to_ns > from_ns ? (to_ns - from_ns) / SECOND_NS : 0;

	return s < NEVER ? s : NEVER - 1;
}

static __u32 age(__u64 then_ns, __u64 now_ns)
{
	return then_ns ? seconds(then_ns, now_ns) : NEVER;
}

int keep_begin(struct keep *keep, const struct keep_clock *clock)
{
	keep->room = HEADER_LEN + 1024 * ENTRY_LEN;
	keep->data = calloc(1, keep->room);
	if (!keep->data)
		return -ENOMEM;
	keep->len = HEADER_LEN;
	keep->clock = *clock;
	return 0;
}

static unsigned char *make_room(struct keep *keep)
{
	if (keep->len + ENTRY_LEN > keep->room) {
		unsigned char *data = reallocarray(keep->data, 2, keep->room);

		if (!data)
			return NULL;
		keep->data = data;
		keep->room *= 2;
	}
	return keep->data + keep->len;
}

int keep_add(struct keep *keep, const struct addr *key, const struct standing *s)
{
	__u64 now_ns = keep->clock.now_ns;
	unsigned char *at;

	if (standing_state_of(s, now_ns) == STANDING_UNKNOWN)
		return 0;
	if (keep->len + ENTRY_LEN > keep_size_max())
		return 0;
	at = make_room(keep);
	if (!at)
		return -ENOMEM;
	memcpy(at + AT_KEY, key, sizeof(*key));
	put(at + AT_SINCE, 4, age(s->since_ns, now_ns));
	put(at + AT_LEFT, 4, seconds(now_ns, s->expires_ns));
	put(at + AT_PROVEN, 4, age(s->proven_ns, now_ns));
	put(at + AT_TRUSTED, 4, age(s->trusted_ns, now_ns));
	put(at + AT_TRUSTED_LEFT, 4, seconds(now_ns, s->trusted_until_ns));
	put(at + AT_PROOFS, 4, s->proofs);
	put(at + AT_FLOWS, 2, standing_flows(s));
	at[AT_DEBT] = s->debt;
	memcpy(at + AT_HOP, s->hop, HOPS_MAX);
	keep->len += ENTRY_LEN;
	return 0;
}

void keep_end(struct keep *keep)
{
	memcpy(keep->data + AT_MAGIC, magic, sizeof(magic));
	put(keep->data + AT_VERSION, 4, VERSION);
	put(keep->data + AT_COUNT, 4, (keep->len - HEADER_LEN) / ENTRY_LEN);
	put(keep->data + AT_WALL, 8, keep->clock.wall);
	put(keep->data + AT_CRC, 4, checksum(keep->data, keep->len));
}

size_t keep_size_max(void)
{
	return HEADER_LEN + (size_t)STANDING_ENTRIES * ENTRY_LEN;
}

int keep_check(const unsigned char *data, size_t len)
{
	if (len < HEADER_LEN || memcmp(data + AT_MAGIC, magic, sizeof(magic)))
		return -EBADMSG;
	if (get(data + AT_CRC, 4) != checksum(data, len))
		return -EBADMSG;
	if (get(data + AT_VERSION, 4) != VERSION)
		return -EPROTO;
	if (keep_count(data) > STANDING_ENTRIES || len != HEADER_LEN + keep_count(data) * ENTRY_LEN)
		return -EBADMSG;
	return 0;
}

size_t keep_count(const unsigned char *data)
{
	return get(data + AT_COUNT, 4);
}

/* Half of what is left of a time, in seconds of the file, after it lay for some. */
static __u64 half_left(const unsigned char *at, __u64 lain)
{
	__u64 left = get(at, 4);

	return left > lain ? (left - lain + 1) / 2 : 0;
}

/* Before the boot there is no time of the maps: that is its first nanosecond. 0 means never. */
static __u64 then(const unsigned char *at, __u64 lain, __u64 now_ns)
{
	__u64 ago = get(at, 4);

	if (ago == NEVER)
		return 0;
	ago = (ago + lain) * SECOND_NS;
	return ago < now_ns ? now_ns - ago : 1;
}

bool keep_get(const unsigned char *data, size_t i, const struct keep_clock *clock, struct addr *key,
	      struct standing *out)
{
	const unsigned char *at = data + HEADER_LEN + i * ENTRY_LEN;
	__u64 wall = get(data + AT_WALL, 8), now_ns = clock->now_ns;
	__u64 lain = clock->wall > wall ? clock->wall - wall : 0;
	__u64 trusted = half_left(at + AT_TRUSTED_LEFT, lain);
	struct standing s = {
		.since_ns = then(at + AT_SINCE, lain, now_ns),
		.expires_ns = now_ns + half_left(at + AT_LEFT, lain) * SECOND_NS,
		.proven_ns = then(at + AT_PROVEN, lain, now_ns),
		.trusted_ns = then(at + AT_TRUSTED, lain, now_ns),
		.trusted_until_ns = trusted ? now_ns + trusted * SECOND_NS : 0,
		.period_ns = now_ns,
		.proofs = get(at + AT_PROOFS, 4),
		.flows = (get(at + AT_FLOWS, 2) + 1) / 2,
		.why = WHY_RESTORED,
		.trusted_why = WHY_RESTORED,
		.debt = at[AT_DEBT],
		.conduct.since_ns = now_ns,
	};

	memcpy(s.hop, at + AT_HOP, HOPS_MAX);
	if (!s.proven_ns)
		s.why = WHY_NONE;
	if (!s.trusted_ns)
		s.trusted_why = WHY_NONE;
	if (standing_state_of(&s, now_ns) == STANDING_UNKNOWN)
		return false;
	memcpy(key, at + AT_KEY, sizeof(*key));
	*out = s;
	return true;
}
