// SPDX-License-Identifier: GPL-2.0-or-later
/* Each packet is counted once, under its reason, method and standing, with all its bytes. */
#include <string.h>

#include "tests/prog/harness.h"

TestSuite(counters, .init = prog_start);

static struct totals before, after;

/* What was counted since `before`, in one place and in all of them. */
static struct counter counted(enum reason reason, enum sip_method method, enum standing_state state)
{
	struct counter was = before.by[reason][method][state];
	struct counter is = after.by[reason][method][state];

	return (struct counter){ is.packets - was.packets, is.bytes - was.bytes };
}

static struct counter counted_in_all(void)
{
	struct counter all = { 0 };

	for (int reason = 0; reason < REASON_MAX; reason++) {
		for (int method = 0; method < SIP_METHOD_MAX; method++) {
			for (int state = 0; state < STANDING_MAX; state++) {
				struct counter one = counted(reason, method, state);

				all.packets += one.packets;
				all.bytes += one.bytes;
			}
		}
	}
	return all;
}

static void expect_one(const struct frame_spec *spec, enum prog_entry entry, enum reason reason,
		       enum sip_method method, enum standing_state state)
{
	struct verdict_record got;
	struct counter one, all;
	struct frame frame;

	frame_build(spec, &frame);
	cr_assert_eq(store_totals(prog_store(), &before), 0);
	cr_assert_eq(prog_run(entry, &frame, &got), 0);
	cr_assert_eq(store_totals(prog_store(), &after), 0);
	one = counted(reason, method, state);
	all = counted_in_all();
	cr_assert_eq(one.packets, 1, "%s, not %s", reason_name(got.reason), reason_name(reason));
	cr_assert_eq(one.bytes, frame.len);
	cr_assert_eq(all.packets, 1);
	cr_assert_eq(all.bytes, frame.len);
}

Test(counters, by_reason_method_and_standing)
{
	static char body[5000];

	memset(body, 'v', sizeof(body) - 1);
	prog_policy("deny: [203.0.113.100]\nallow: [203.0.113.101]\n"
		    "carriers: [{name: c, prefixes: [203.0.113.102], cps: 10}]");
	prog_set_standing("203.0.113.103", STANDING_TRUSTED, ~0ULL);
	expect_one(FRAME(.payload = MESSAGE()), ENTRY_XDP, REASON_REQUEST, SIP_METHOD_INVITE,
		   STANDING_UNKNOWN);
	expect_one(FRAME(.payload = MESSAGE(.method = "FETCH")), ENTRY_XDP, REASON_REQUEST,
		   SIP_METHOD_OTHER, STANDING_UNKNOWN);
	expect_one(FRAME(.src = "203.0.113.100", .payload = MESSAGE()), ENTRY_XDP, REASON_DENY,
		   SIP_METHOD_NONE, STANDING_UNKNOWN);
	expect_one(FRAME(.src = "203.0.113.101", .payload = MESSAGE()), ENTRY_XDP, REASON_ALLOW,
		   SIP_METHOD_NONE, STANDING_ALLOWED);
	expect_one(FRAME(.src = "203.0.113.102", .payload = MESSAGE(.method = "BYE")), ENTRY_XDP,
		   REASON_CARRIER, SIP_METHOD_BYE, STANDING_CARRIER);
	expect_one(FRAME(.src = "203.0.113.103", .payload = MESSAGE()), ENTRY_XDP, REASON_KNOWN,
		   SIP_METHOD_INVITE, STANDING_TRUSTED);
	expect_one(FRAME(.payload = MESSAGE(.status = 200)), ENTRY_XDP, REASON_RESPONSE,
		   SIP_METHOD_RESPONSE, STANDING_UNKNOWN);
	expect_one(FRAME(.padding = 18), ENTRY_XDP, REASON_KEEPALIVE_EMPTY, SIP_METHOD_NONE,
		   STANDING_UNKNOWN);
	expect_one(FRAME(.ether_type = 0x0806), ENTRY_XDP, REASON_NOT_IP, SIP_METHOD_NONE,
		   STANDING_UNKNOWN);
	expect_one(FRAME(.payload = MESSAGE(.body = body)), ENTRY_FRAGS, REASON_REQUEST,
		   SIP_METHOD_INVITE, STANDING_UNKNOWN);
	expect_one(FRAME(.payload = MESSAGE(.status = 200)), ENTRY_EGRESS, REASON_EGRESS_OTHER,
		   SIP_METHOD_RESPONSE, STANDING_UNKNOWN);
}
