// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is remembered of the sampled events, and whose.
 */
#include <criterion/criterion.h>
#include <string.h>

#include "user/recent.h"

static struct addr address(__u32 n)
{
	struct addr a = { 0 };

	memset(&a.byte[10], 0xff, 2);
	memcpy(&a.byte[12], &n, sizeof(n));
	return a;
}

static void add(struct recent *recent, __u32 source, __u64 time_ns, enum event_kind kind)
{
	const struct addr key = address(source);
	const struct event event = {
		.time_ns = time_ns,
		.kind = kind,
		.reason = REASON_SOURCE_RATE,
		.method = SIP_METHOD_REGISTER,
		.status = kind == EVENT_ANSWER ? 403 : 0,
		.credentials = kind == EVENT_ANSWER,
		.standing = kind == EVENT_DROP ? STANDING_UNKNOWN : STANDING_PROVEN,
	};

	recent_add(recent, &key, &event);
}

static size_t count(const struct recent *recent, __u32 source)
{
	struct recent_packet packet[RECENT_PACKETS];
	const struct addr key = address(source);

	return recent_get(recent, &key, packet);
}

Test(recent_packets, the_last_ones_of_each_source)
{
	struct recent *recent = recent_new(64, 1);
	struct recent_packet packet[RECENT_PACKETS];
	const struct addr key = address(1);

	cr_assert_eq(count(recent, 1), 0);
	for (__u64 t = 1; t <= 3; t++)
		add(recent, 1, t, EVENT_ANSWER);
	cr_assert_eq(recent_get(recent, &key, packet), 3);
	cr_assert_eq(packet[0].time_ns, 1);
	cr_assert_eq(packet[2].time_ns, 3);
	cr_assert_eq(packet[0].status, 403);
	cr_assert_eq(packet[0].credentials, 1);
	cr_assert_eq(packet[0].method, SIP_METHOD_REGISTER);
	for (__u64 t = 4; t <= 10; t++)
		add(recent, 1, t, EVENT_ANSWER);
	cr_assert_eq(recent_get(recent, &key, packet), RECENT_PACKETS);
	cr_assert_eq(packet[0].time_ns, 3);
	cr_assert_eq(packet[7].time_ns, 10);
	cr_assert_eq(count(recent, 2), 0);
	recent_free(recent);
}

/* Of a forged flood each source is one; what is known of proven ones must outlast it. */
Test(recent_packets, strangers_push_out_strangers_alone)
{
	struct recent *recent = recent_new(4, 1); /* one set */

	for (__u32 source = 1; source <= 4; source++)
		add(recent, source, source, EVENT_ANSWER);
	for (__u32 source = 100; source < 200; source++)
		add(recent, source, source, EVENT_DROP);
	for (__u32 source = 1; source <= 4; source++)
		cr_assert_eq(count(recent, source), 1, "source %u", source);
	add(recent, 5, 300, EVENT_ANSWER);
	cr_assert_eq(count(recent, 5), 1, "takes the place of the quietest");
	cr_assert_eq(count(recent, 1), 0);
	recent_free(recent);
}

Test(recent_packets, a_stranger_makes_room_for_a_known_source)
{
	struct recent *recent = recent_new(4, 1);

	add(recent, 1, 1, EVENT_ANSWER);
	for (__u32 source = 10; source < 13; source++)
		add(recent, source, source, EVENT_DROP);
	add(recent, 11, 50, EVENT_PROVEN); /* not a stranger any more */
	add(recent, 2, 60, EVENT_HELD);
	cr_assert_eq(count(recent, 10), 0);
	cr_assert_eq(count(recent, 11), 2);
	cr_assert_eq(count(recent, 12), 1);
	cr_assert_eq(count(recent, 1), 1);
	cr_assert_eq(count(recent, 2), 1);
	recent_free(recent);
}
