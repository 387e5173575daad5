// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What attack tools send, a thousand messages of each form: every one of them is dropped under the
 * default policy, over IPv4, IPv6 and TCP, for the structure that names the tool, whatever it calls
 * itself.
 */
#include "tests/prog/harness.h"
#include "tools/shape_table.h"

#define MESSAGES 1000

TestSuite(shapes, .init = prog_start);

static const struct shape_peers strangers = {
	.src = "203.0.113.7", .dst = "192.0.2.1", .dport = 5060, .agent = "Desk Phone 4.2"
};
static struct shape_text text;

static void try_message(const struct shape *shape, const struct shape_peers *peers, bool tcp,
			unsigned int number)
{
	struct frame_spec frame = { .tcp = tcp,
				    .src = peers->src,
				    .dst = peers->dst,
				    .sport = peers->sport,
				    .dport = peers->dport,
				    .payload = text.text };
	struct verdict_record got;

	cr_assert_eq(shape_write(&text, shape, peers, 4711, number), 0, "%s", shape->name);
	frame.payload_len = text.len;
	got = prog_in(&frame);
	cr_expect(got.dropped && !strcmp(reason_name(got.reason), shape->reason), "%s: %s\n%.*s",
		  shape->name, reason_name(got.reason), (int)text.len, text.text);
}

/* Over all forms, from a source that is new at the first message. */
static void try_shapes(struct shape_peers peers, bool tcp)
{
	prog_policy_checked("");
	for (unsigned int i = 0; i < SHAPES; i++) {
		for (unsigned int number = 0; number < MESSAGES; number++) {
			peers.sport = shapes[i].sport ? shapes[i].sport : 20000 + number;
			try_message(&shapes[i], &peers, tcp, number);
		}
	}
}

Test(shapes, another_agent)
{
	try_shapes(strangers, false);
}

Test(shapes, tcp)
{
	try_shapes(strangers, true);
}

Test(shapes, ipv6)
{
	try_shapes((struct shape_peers){ .src = "2001:db8:7::7",
					 .dst = "2001:db8:1::1",
					 .dport = 5060,
					 .agent = "Desk Phone 4.2" },
		   false);
}

/* As they come. */
Test(shapes, own_agent)
{
	try_shapes((struct shape_peers){ .src = "203.0.113.7", .dst = "192.0.2.1", .dport = 5060 },
		   false);
}
