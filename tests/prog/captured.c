// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What real user agents sent in the lab (tests/lab/75-clients.sh), a message of each kind: none
 * hits a check, with all of them enforced, whether it comes plain, in a VLAN, in two, over the
 * other family, or in fragments. Of SIPp and sipsak, which testers and monitors use as attackers
 * do, the checks that only score may have their opinion.
 */
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "tests/prog/vector.h"

#define CAPTURED "tests/vectors/captured"
#define ETHERTYPE_VLAN 0x8100
#define ETHERTYPE_QINQ 0x88a8

TestSuite(captured, .init = prog_start);

/* Every check in force; those that are not by default too, if all is set. */
static void enforce(bool all)
{
	char yaml[128 * 48];
	size_t len = snprintf(yaml, sizeof(yaml), "rules:\n");

	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX; i++) {
		if (reason_is_check(i) && (all || reason_default_action(i) == ACTION_ENFORCE))
			len += snprintf(yaml + len, sizeof(yaml) - len, "  %s: enforce\n",
					reason_name(i));
	}
	prog_policy_checked(yaml);
}

static bool of_tool(const struct vector *v)
{
	return strstr(v->name, "sipp-") || strstr(v->name, "sipsak-");
}

static void passes(const struct vector *v, const char *how, const struct frame_spec *frame)
{
	struct verdict_record got = prog_in(frame);

	cr_expect(!got.dropped, "%s, %s: %s", v->path, how, reason_name(got.reason));
}

/* Plain, and with tags, each time as the first that is heard of the source. */
static void try_tags(const struct vector *v, const char *how, struct frame_spec frame)
{
	static const __u16 tags[][FRAME_TAGS_MAX] = {
		{ 0 },
		{ ETHERTYPE_VLAN },
		{ ETHERTYPE_QINQ, ETHERTYPE_VLAN },
	};

	for (size_t i = 0; i < COUNT_OF(tags); i++) {
		memcpy(frame.tag, tags[i], sizeof(frame.tag));
		prog_wait(HOUR);
		passes(v, how, &frame);
	}
}

static bool selected(const struct vector *v, const bool *tools)
{
	return of_tool(v) == *tools;
}

static void try_plain(const struct vector *v, const void *tools)
{
	struct frame_spec frame = { .tcp = !strncmp(v->name, "tcp-", 4),
				    .payload = v->text,
				    .payload_len = v->len };

	if (!selected(v, tools))
		return;
	try_tags(v, "IPv4", frame);
	frame.ipv6 = true;
	try_tags(v, "IPv6", frame);
}

/* In two fragments of a link that takes no more than so many bytes of an IP packet's content. */
static void try_halves(const struct vector *v, bool ipv6, __u16 room, __u32 id)
{
	const size_t first = room - 8; /* the UDP header comes with it */
	struct frame_spec frame = { .ipv6 = ipv6,
				    .payload = v->text,
				    .payload_len = first,
				    .udp_length = 8 + v->len,
				    .fragment = { .id = id, .more = true } };

	if (v->len <= first)
		return;
	if (ipv6)
		frame.extension[0] = (struct frame_extension){ FRAME_FRAGMENT, 8 };
	prog_wait(HOUR);
	passes(v, "first fragment", &frame);
	frame.fragment.offset = room;
	frame.fragment.more = false;
	frame.no_l4 = true;
	frame.payload = v->text + first;
	frame.payload_len = v->len - first;
	passes(v, "second fragment", &frame);
}

static void try_fragments(const struct vector *v, const void *tools)
{
	static __u32 id;

	if (!selected(v, tools) || !strncmp(v->name, "tcp-", 4))
		return;
	try_halves(v, false, 552, ++id); /* the smallest packets that are met */
	try_halves(v, false, 1480, ++id);
	try_halves(v, true, 1232, ++id);
	try_halves(v, true, 1448, ++id);
}

static void try_all(void (*try)(const struct vector *, const void *))
{
	if (access(CAPTURED, R_OK))
		cr_skip_test("no " CAPTURED " below the working directory");
	for (int tools = 0; tools < 2; tools++) {
		const bool which = tools;

		enforce(!which);
		cr_assert_gt(vector_each(CAPTURED, try, &which), 0);
	}
}

Test(captured, plain)
{
	try_all(try_plain);
}

Test(captured, fragments)
{
	try_all(try_fragments);
}
