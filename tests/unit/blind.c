// SPDX-License-Identifier: GPL-2.0-or-later
/* When packets that the program did not see are an alarm, and when they are none. */
#include <criterion/criterion.h>

#include "user/blind.h"

struct scene {
	struct blind blind;
	struct counter nic, program;
	bool generic;
	unsigned int rounds; /* so far */
	unsigned int began;  /* in which round; 0: not */
	unsigned int ended;
};

/* A second in which so many packets of 500 bytes came in. */
static void second(struct scene *s, __u64 nic, __u64 program)
{
	struct blind_reading now = { .before = s->program, .native = !s->generic };
	enum blind_change change;

	s->nic.packets += nic;
	s->nic.bytes += nic * 500;
	s->program.packets += program;
	s->program.bytes += program * 500;
	now.before = now.after = s->program;
	now.nic = s->nic;
	change = blind_round(&s->blind, &now);
	s->rounds++;
	if (change == BLIND_BEGAN)
		s->began = s->rounds;
	if (change == BLIND_ENDED)
		s->ended = s->rounds;
}

static void seconds(struct scene *s, unsigned int n, __u64 nic, __u64 program)
{
	while (n--)
		second(s, nic, program);
}

Test(blind, nothing_seen_is_told_within_ten_seconds)
{
	for (unsigned int before = 1; before <= 8; before++) {
		struct scene s = { .nic.packets = 77, .program.packets = 1234567 };

		seconds(&s, before, 1000, 1000);
		seconds(&s, 12, 1000, 0);
		cr_assert_gt(s.began, before);
		cr_assert_leq(s.began, before + 9, "%u rounds after", s.began - before);
		cr_assert(s.blind.alarm);
		cr_assert_gt(s.blind.missing, BLIND_PACKETS);
		seconds(&s, 4, 1000, 1000);
		cr_assert_geq(s.ended, s.began);
		cr_assert_not(s.blind.alarm);
	}
}

Test(blind, a_part_of_the_queues)
{
	struct scene s = { 0 };

	seconds(&s, 10, 10000, 9700);
	cr_assert(s.blind.alarm, "3 of 100");
	s = (struct scene){ 0 };
	seconds(&s, 100, 10000, 9850);
	cr_assert_not(s.began, "1.5 of 100 may be a driver's own");
}

Test(blind, a_quiet_line_takes_longer)
{
	struct scene s = { 0 };

	seconds(&s, 20, 1, 0);
	cr_assert_not(s.began, "20 packets are few");
	seconds(&s, 45, 1, 0);
	cr_assert(s.began);
	seconds(&s, 3600, 0, 0);
	cr_assert(s.blind.alarm, "silence is no news");
	seconds(&s, 45, 1, 1);
	cr_assert_not(s.blind.alarm);
}

Test(blind, counters_that_lag)
{
	struct scene s = { 0 };
	__u64 owed = 0;

	/* every other second, two seconds late, through a flood that begins and ends */
	for (unsigned int t = 0; t < 200; t++) {
		__u64 rate = t % 50 < 25 ? 1000000 : 3;
		__u64 shown = t & 1 ? owed : 0;

		owed += rate - shown;
		second(&s, shown, rate);
	}
	cr_assert_not(s.began);
	/* the driver does not count what the program dropped */
	seconds(&s, 60, 1000, 900000);
	cr_assert_not(s.began);
	seconds(&s, 60, 1000, 1000);
	cr_assert_not(s.began);
}

/* What the program saw between the two readings of a starved agent is not missing. */
Test(blind, readings_far_apart)
{
	struct blind blind = { 0 };
	struct blind_reading now = { .native = true };

	for (unsigned int t = 0; t < 60; t++) {
		__u64 lag = 1000 * (60 - t); /* from reading to reading less */

		now.before.packets = 1000000ULL * (t + 1);
		now.nic.packets = now.before.packets + lag;
		now.after.packets = now.before.packets + 2 * lag;
		now.before.bytes = now.before.packets;
		now.nic.bytes = now.nic.packets;
		now.after.bytes = now.after.packets;
		cr_assert_eq(blind_round(&blind, &now), BLIND_SAME, "round %u", t);
	}
	cr_assert_not(blind.alarm);
}

Test(blind, generic_mode_sees_merged_packets)
{
	struct scene s = { .generic = true };
	struct blind_reading now = { 0 };

	/* 40 segments of 1,500 bytes in one frame */
	for (unsigned int t = 1; t < 60; t++) {
		now.nic = (struct counter){ 4000ULL * t, 4000ULL * t * 1514 };
		now.before = (struct counter){ 100ULL * t, 100ULL * t * (40 * 1448 + 66) };
		now.after = now.before;
		cr_assert_eq(blind_round(&s.blind, &now), BLIND_SAME);
	}
	s = (struct scene){ .generic = true };
	seconds(&s, 12, 1000, 0);
	cr_assert(s.blind.alarm);
}

Test(blind, another_interface_begins_anew)
{
	struct scene s = { 0 };

	seconds(&s, 5, 1000, 0);
	s.nic = (struct counter){ 0 };
	seconds(&s, 5, 1000, 0);
	cr_assert_not(s.began, "two beginnings are no alarm");
	seconds(&s, 5, 1000, 0);
	cr_assert(s.began);
	s.program = (struct counter){ 0 };
	s.nic.packets = 5;
	s.nic.bytes = 5;
	second(&s, 0, 0);
	cr_assert_not(s.blind.alarm);
	cr_assert_eq(s.ended, s.rounds);
}
