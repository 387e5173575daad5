// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Who would lose packets, and in which order it is told.
 */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/policy_reading.h"
#include "user/addr.h"
#include "user/impact_report.h"
#include "user/names.h"

/* One comparison of two policies. */
struct scene {
	struct reading old;
	struct reading new;
	struct impact impact;
};

static void scene_begin(struct scene *scene, const char *old, const char *new)
{
	scene->old = read_policy(old);
	scene->new = read_policy(new);
	cr_assert_eq(scene->old.result, 0, "%s", scene->old.said);
	cr_assert_eq(scene->new.result, 0, "%s", scene->new.said);
	cr_assert_eq(impact_begin(&scene->old.doc, &scene->new.doc, &scene->impact), 0);
}

static void scene_free(struct scene *scene)
{
	impact_free(&scene->impact);
	reading_free(&scene->old);
	reading_free(&scene->new);
}
#define cleanup_scene __attribute__((cleanup(scene_free)))

static struct addr address(const char *text)
{
	struct addr out;

	cr_assert_eq(addr_parse(text, &out), 0);
	return out;
}

static void event(struct scene *scene, const char *src, enum event_kind kind, enum reason reason,
		  enum standing_state standing)
{
	struct history_event event = {
		.t = 1800000000 + (double)scene->impact.sources.count,
		.src = address(src),
		.kind = (__u8)kind,
		.reason = (__u16)reason,
		.standing = (__u8)standing,
		.line = "INVITE sip:100@192.0.2.1 SIP/2.0",
	};

	if (reason == REASON_SIGNATURE || reason == REASON_USER_AGENT)
		strcpy(event.signature, "named");
	cr_assert_eq(impact_add_event(&scene->impact, &event), 0);
}

static void shadow(struct scene *scene, const char *src, enum reason reason)
{
	event(scene, src, EVENT_SHADOW, reason, STANDING_UNKNOWN);
}

/* The sources in their order, with what they lose and regain: "ADDR LOST/REGAINED ..." */
static char *order(const struct impact *impact)
{
	const struct impact_source **source;
	char text[ADDR_TEXT_LEN], *out = NULL;
	size_t count, length;
	FILE *stream = open_memstream(&out, &length);

	cr_assert_eq(impact_sorted(impact, &source, &count), 0);
	for (size_t i = 0; i < count; i++)
		fprintf(stream, "%s%s %u/%u", i ? ", " : "", addr_format(&source[i]->address, text),
			(unsigned int)source[i]->lost, (unsigned int)source[i]->regained);
	free(source);
	fclose(stream);
	return out;
}

static void expect_order(const struct scene *scene, const char *expected)
{
	char *got = order(&scene->impact);

	cr_expect_str_eq(got, expected);
	free(got);
}

Test(impact, what_only_counts_stays_in_shadow)
{
	cleanup_scene struct scene scene;

	scene_begin(&scene, "mode: shadow\n", "rules: {source-rate: shadow, not-sip-rate: off}\n");
	shadow(&scene, "192.0.2.1", REASON_SOURCE_RATE);
	shadow(&scene, "192.0.2.2", REASON_NOT_SIP_RATE);
	expect_order(&scene, "");
	shadow(&scene, "192.0.2.3", REASON_STRANGERS_LANE);
	expect_order(&scene, "192.0.2.3 1/0");
}

/* A check that is scored drops nothing by itself. */
Test(impact, scored_checks_drop_nothing)
{
	cleanup_scene struct scene scene;
	int check = reason_of("cseq-method");

	cr_assert_geq(check, 0);
	scene_begin(&scene, "mode: shadow\n", "rules: {cseq-method: score}\n");
	shadow(&scene, "192.0.2.1", (enum reason)check);
	expect_order(&scene, "");
}

Test(impact, who_is_known_comes_first)
{
	cleanup_scene struct scene scene;
	struct impact_who who;

	scene_begin(&scene, "mode: shadow\ncarriers: [{name: gone, prefixes: [203.0.113.0/28]}]\n",
		    "carriers: [{name: stays, prefixes: [203.0.113.64/28]}]\n");
	for (int i = 0; i < 9; i++)
		shadow(&scene, "198.51.100.7", REASON_SOURCE_RATE);
	event(&scene, "192.0.2.1", EVENT_SHADOW, REASON_SOURCE_RATE, STANDING_TRUSTED);
	event(&scene, "192.0.2.2", EVENT_SHADOW, REASON_SOURCE_RATE, STANDING_PROVEN);
	event(&scene, "203.0.113.65", EVENT_SHADOW, REASON_CARRIER_RATE, STANDING_CARRIER);
	event(&scene, "203.0.113.1", EVENT_SHADOW, REASON_SOURCE_RATE, STANDING_UNKNOWN);
	event(&scene, "203.0.113.1", EVENT_SHADOW, REASON_SOURCE_RATE, STANDING_UNKNOWN);
	expect_order(&scene, "203.0.113.1 2/0, 203.0.113.65 1/0, 192.0.2.1 1/0, 192.0.2.2 1/0, "
			     "198.51.100.7 9/0");
	impact_who(&scene.impact, addr_table_at(&scene.impact.sources, 4), &who);
	cr_expect_str_eq(who.carrier, "gone");
	cr_expect(who.important);
	impact_who(&scene.impact, addr_table_at(&scene.impact.sources, 0), &who);
	cr_expect_null(who.carrier);
	cr_expect_not(who.important);
}

/* Whom the new policy names is judged by that. */
Test(impact, prefixes_of_the_new_policy)
{
	cleanup_scene struct scene scene;

	scene_begin(&scene, "deny: [192.0.2.4]\n",
		    "allow: [192.0.2.1]\ncarriers: [{name: c, prefixes: [192.0.2.2]}]\n"
		    "deny: [192.0.2.3]\n");
	shadow(&scene, "192.0.2.1", REASON_SOURCE_RATE);
	shadow(&scene, "192.0.2.2", REASON_SOURCE_RATE);
	shadow(&scene, "192.0.2.3", REASON_NOT_SIP_RATE);
	event(&scene, "192.0.2.4", EVENT_DROP, REASON_DENY, STANDING_UNKNOWN);
	event(&scene, "192.0.2.5", EVENT_DROP, REASON_SOURCE_RATE, STANDING_UNKNOWN);
	expect_order(&scene, "192.0.2.3 1/0, 192.0.2.4 0/1");
	cr_expect_eq(scene.impact.lost[REASON_DENY], 1);
	cr_expect_eq(scene.impact.lost[REASON_NOT_SIP_RATE], 0);
}

Test(impact, signatures_by_their_name)
{
	static const struct {
		const char *policy;
		const char *order;
	} cases[] = {
		{ "signatures: [{name: named, action: enforce, match: {method: {equals: BYE}}}]\n",
		  "192.0.2.1 1/0" },
		{ "signatures: [{name: named, match: {method: {equals: BYE}}}]\n", "" },
		{ "signatures: [{name: other, action: enforce, match: {method: {equals: BYE}}}]\n",
		  "" },
		{ "user-agents: [named]\n", "192.0.2.2 1/0" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		cleanup_scene struct scene scene;

		scene_begin(&scene, "mode: shadow\n", cases[i].policy);
		shadow(&scene, "192.0.2.1", REASON_SIGNATURE);
		shadow(&scene, "192.0.2.2", REASON_USER_AGENT);
		expect_order(&scene, cases[i].order);
	}
}

Test(impact, a_network_is_one_ipv6_source)
{
	cleanup_scene struct scene scene;

	scene_begin(&scene, "mode: shadow\n", "ipv6-prefix: 56\n");
	shadow(&scene, "2001:db8:1:200::1", REASON_SOURCE_RATE);
	shadow(&scene, "2001:db8:1:2ff::2", REASON_SOURCE_RATE);
	shadow(&scene, "2001:db8:1:300::3", REASON_SOURCE_RATE);
	expect_order(&scene, "2001:db8:1:200:: 2/0, 2001:db8:1:300:: 1/0");
}

/* Packets of a capture: what is dropped by both is no change. */
Test(impact, packets)
{
	cleanup_scene struct scene scene;
	struct impact_packet packet = { .t = 1, .src = address("192.0.2.1") };
	const struct impact_source *source;

	scene_begin(&scene, "", "");
	for (unsigned int i = 0; i < 16; i++) {
		packet.t = i;
		packet.before = i & 1;
		packet.after = i & 2;
		packet.reason = (__u16)(i & 8 ? REASON_SOURCE_RATE : REASON_GREYLIST);
		packet.standing = i == 5 ? STANDING_TRUSTED : STANDING_UNKNOWN;
		cr_assert_eq(impact_add(&scene.impact, &packet), 0);
	}
	expect_order(&scene, "192.0.2.1 4/4");
	source = addr_table_at(&scene.impact.sources, 0);
	cr_expect_eq(source->seen, 16);
	cr_expect_eq(source->first, 2);
	cr_expect_eq(source->last, 14);
	cr_expect_eq(source->reasons, 2);
	cr_expect_eq(source->by[0].reason, REASON_GREYLIST);
	cr_expect_eq(source->by[1].lost, 2);
	cr_expect_eq(source->standing, STANDING_TRUSTED);
}

static char *printed(const struct scene *scene)
{
	const struct impact_basis basis = {
		.file = "new.yaml",
		.old = "what was",
		.events = true,
		.seconds = 86400,
	};
	char *text = NULL;
	size_t length;
	FILE *out = open_memstream(&text, &length);

	cr_assert_eq(impact_print(&scene->impact, &basis, out), 0);
	fclose(out);
	return text;
}

Test(impact, what_an_operator_reads)
{
	cleanup_scene struct scene scene;
	char *text;

	scene_begin(&scene, "mode: shadow\n",
		    "carriers: [{name: trunk-a, prefixes: [203.0.113.64/28]}]\n");
	text = printed(&scene);
	cr_expect(strstr(text,
			 "No source of which there are events loses a packet that passes now."));
	free(text);
	shadow(&scene, "198.51.100.7", REASON_SOURCE_RATE);
	text = printed(&scene);
	cr_expect(
		strstr(text, "1 source would lose packets that pass now: none of them is known."));
	free(text);
	event(&scene, "203.0.113.65", EVENT_SHADOW, REASON_CARRIER_RATE, STANDING_CARRIER);
	event(&scene, "192.0.2.1", EVENT_SHADOW, REASON_SOURCE_RATE, STANDING_TRUSTED);
	scene.impact.counted[REASON_SOURCE_RATE] = 4321;
	scene.impact.left_out = 77;
	text = printed(&scene);
	cr_expect(strstr(text,
			 "new.yaml enforced, instead of what was,\nover the events of the last "));
	cr_expect(strstr(text, "3 sources would lose packets that pass now, of them 1 carrier's, "
			       "1 trusted:\n! carrier trunk-a"),
		  "%s", text);
	cr_expect(strstr(text, "! trusted"));
	cr_expect(strstr(text, "  unknown"));
	cr_expect(strstr(text, "        2     4321  source-rate: "), "%s", text);
	cr_expect(strstr(text, "Events are samples"));
	cr_expect(strstr(text, "77 events of floods were left out"));
	free(text);
}

Test(impact, as_json)
{
	cleanup_scene struct scene scene;
	const struct impact_basis basis = { .file = "f", .old = "o", .events = true, .seconds = 1 };
	json_t *document, *source;

	scene_begin(&scene, "mode: shadow\n", "");
	shadow(&scene, "198.51.100.7", REASON_SOURCE_RATE);
	document = impact_json(&scene.impact, &basis);
	cr_assert_not_null(document);
	cr_expect_eq(json_integer_value(json_object_get(document, "losing")), 1);
	source = json_array_get(json_object_get(document, "sources"), 0);
	cr_expect_str_eq(json_string_value(json_object_get(source, "src")), "198.51.100.7");
	cr_expect(json_is_null(json_object_get(source, "carrier")));
	cr_expect_eq(json_integer_value(
			     json_object_get(json_object_get(source, "reasons"), "source-rate")),
		     1);
	cr_expect_str_eq(json_string_value(json_object_get(source, "line")),
			 "INVITE sip:100@192.0.2.1 SIP/2.0");
	json_decref(document);
}
