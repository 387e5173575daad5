// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/blind.h"

#include <string.h>

static __u64 less(__u64 a, __u64 b)
{
	return a > b ? a - b : 0;
}

/*
 * In generic mode a frame may be several packets that the kernel has merged. Bytes tell then: all
 * that merging takes away is headers.
 */
__u64 blind_missing(const struct blind_reading *from, const struct blind_reading *to)
{
	__u64 packets = to->nic.packets - from->nic.packets;
	__u64 bytes = to->nic.bytes - from->nic.bytes;

	if (to->native)
		return less(packets, to->after.packets - from->before.packets);
	if (!bytes)
		return 0;
	return (__u64)((double)packets * (double)less(bytes, to->after.bytes - from->before.bytes) /
		       (double)bytes);
}

bool blind_is_bad(const struct blind_reading *from, const struct blind_reading *to)
{
	__u64 limit = to->native ? BLIND_PERCENT : BLIND_PERCENT_BYTES;

	return blind_missing(from, to) * 100 > (to->nic.packets - from->nic.packets) * limit;
}

void blind_restart(struct blind *blind)
{
	memset(blind, 0, sizeof(*blind));
}

/* Counters that went back are those of another interface or of maps made anew. */
static bool goes_on(const struct blind_reading *from, const struct blind_reading *to)
{
	return from->native == to->native && to->nic.packets >= from->nic.packets &&
	       to->nic.bytes >= from->nic.bytes && to->before.packets >= from->before.packets &&
	       to->before.bytes >= from->before.bytes;
}

static void block_begin(struct blind *blind, const struct blind_reading *now)
{
	blind->start = *now;
	blind->rounds = 1;
}

/*
 * One block proves nothing: a driver that updates its counter every other second has the rest of a
 * flood that is over in the next block. But what lags behind has caught up within two blocks.
 */
static enum blind_change block_end(struct blind *blind, const struct blind_reading *now)
{
	bool was = blind->alarm;

	if (!blind_is_bad(&blind->start, now)) {
		blind->bad = 0;
		blind->missing = 0;
		blind->received = 0;
		blind->alarm = false;
		return was ? BLIND_ENDED : BLIND_SAME;
	}
	blind->bad++;
	blind->missing += blind_missing(&blind->start, now);
	blind->received += now->nic.packets - blind->start.nic.packets;
	if (blind->bad >= BLIND_BLOCKS && blind->missing > BLIND_PACKETS)
		blind->alarm = true;
	return blind->alarm && !was ? BLIND_BEGAN : BLIND_SAME;
}

enum blind_change blind_round(struct blind *blind, const struct blind_reading *now)
{
	enum blind_change change;
	bool was = blind->alarm;

	if (!blind->rounds || !goes_on(&blind->start, now)) {
		blind_restart(blind);
		block_begin(blind, now);
		return was ? BLIND_ENDED : BLIND_SAME;
	}
	if (blind->rounds++ < BLIND_BLOCK_ROUNDS ||
	    now->nic.packets - blind->start.nic.packets < BLIND_BLOCK_PACKETS)
		return BLIND_SAME;
	change = block_end(blind, now);
	block_begin(blind, now);
	return change;
}
