// SPDX-License-Identifier: GPL-2.0-or-later
/* Live events: as objects, filtered, as lines. */
#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "user/addr.h"
#include "user/event_json.h"
#include "user/watch.h"

static struct event event_of(const char *src, unsigned int kind, unsigned int reason,
			     const char *line)
{
	struct event event = { .kind = kind,
			       .reason = reason,
			       .method = SIP_METHOD_INVITE,
			       .standing = STANDING_UNKNOWN,
			       .transport = IPPROTO_UDP,
			       .sport = htons(5062),
			       .dport = htons(5060),
			       .length = 400 };

	cr_assert_eq(addr_parse(src, &event.src), 0);
	cr_assert_eq(addr_parse("192.0.2.1", &event.dst), 0);
	memcpy(event.line, line, strnlen(line, EVENT_LINE_LEN));
	return event;
}

static json_t *message_of(const char *src, unsigned int kind, unsigned int reason)
{
	const struct event event = event_of(src, kind, reason, "INVITE sip:1@x SIP/2.0\r\nVia: y");

	return event_json(&event, NULL, 1000.25);
}

static const char *string_of(const json_t *object, const char *key)
{
	return json_string_value(json_object_get(object, key));
}

Test(watch, an_event_as_an_object)
{
	json_t *message = message_of("198.51.100.7", EVENT_DROP, REASON_BANNED);

	cr_expect_str_eq(string_of(message, "src"), "198.51.100.7:5062");
	cr_expect_str_eq(string_of(message, "dst"), "192.0.2.1:5060");
	cr_expect_str_eq(string_of(message, "verdict"), "drop");
	cr_expect_str_eq(string_of(message, "reason"), "banned");
	cr_expect_str_eq(string_of(message, "method"), "INVITE");
	cr_expect_str_eq(string_of(message, "line"), "INVITE sip:1@x SIP/2.0");
	cr_expect_null(json_object_get(message, "signature"));
	json_decref(message);
}

/* The sender chooses the line: no byte of it may reach a terminal or break the JSON. */
Test(watch, a_hostile_line)
{
	const struct event event =
		event_of("2001:db8::7", EVENT_PASS, REASON_REQUEST, "\r\n\x1b[31mA\xff\"\\\x7f\n");
	json_t *message = event_json(&event, "a\"b", 1);
	char *text = json_dumps(message, JSON_COMPACT);

	cr_assert_not_null(text);
	cr_expect_str_eq(string_of(message, "line"), "?[31mA?\"\\?");
	cr_expect_str_eq(string_of(message, "src"), "[2001:db8::7]:5062");
	cr_expect_str_eq(string_of(message, "signature"), "a\"b");
	for (const char *c = text; *c; c++)
		cr_expect(*c >= ' ' && *c <= '~');
	free(text);
	json_decref(message);
}

static bool wants(const char *src, const char *reason, const char *verdict, const char *method,
		  const json_t *message)
{
	struct watch_filter filter;
	char why[WATCH_WHY_LEN];

	cr_assert_eq(watch_filter_of(src, reason, verdict, method, &filter, why), 0, "%s", why);
	return watch_wants(&filter, message);
}

Test(watch, filters)
{
	json_t *drop = message_of("198.51.100.7", EVENT_DROP, REASON_BANNED);
	json_t *pass = message_of("2001:db8::7", EVENT_PASS, REASON_REQUEST);
	json_t *lost = json_pack("{s:s, s:i}", "kind", "lost", "events", 3);

	cr_expect(wants(NULL, NULL, NULL, NULL, drop));
	cr_expect(wants("198.51.100.7", "banned", "drop", "invite", drop));
	cr_expect(wants("198.51.100.0/24", NULL, NULL, NULL, drop));
	cr_expect_not(wants("198.51.101.0/24", NULL, NULL, NULL, drop));
	cr_expect_not(wants(NULL, "deny", NULL, NULL, drop));
	cr_expect_not(wants(NULL, NULL, "pass", NULL, drop));
	cr_expect_not(wants(NULL, NULL, NULL, "OPTIONS", drop));
	cr_expect(wants("2001:db8::/32", NULL, "pass", NULL, pass));
	cr_expect_not(wants("0.0.0.0/0", NULL, NULL, NULL, pass));
	cr_expect(wants("198.51.100.7", "deny", "pass", "ACK", lost));
	json_decref(drop);
	json_decref(pass);
	json_decref(lost);
}

Test(watch, decisions)
{
	json_t *narrow = json_pack("{s:s, s:s, s:s, s:f}", "kind", "decision", "src",
				   "198.51.100.0/24", "text", "why", "t", 1.0);
	json_t *shield = json_pack("{s:s, s:s}", "kind", "decision", "src", "shield");

	cr_expect(wants(NULL, NULL, "decision", NULL, narrow));
	cr_expect_not(wants(NULL, NULL, "drop", NULL, narrow));
	cr_expect(wants("198.51.0.0/16", NULL, NULL, NULL, narrow));
	cr_expect_not(wants("198.51.100.7", NULL, NULL, NULL, narrow));
	cr_expect(wants(NULL, NULL, NULL, NULL, shield));
	cr_expect_not(wants("198.51.0.0/16", NULL, NULL, NULL, shield));
	json_decref(narrow);
	json_decref(shield);
}

Test(watch, wrong_words_are_explained)
{
	struct watch_filter filter = { 0 };
	char why[WATCH_WHY_LEN];

	cr_expect_neq(watch_filter_of("192.0.2.1/24", NULL, NULL, NULL, &filter, why), 0);
	cr_expect(strstr(why, "no bits behind"));
	cr_expect_neq(watch_filter_of(NULL, "baned", NULL, NULL, &filter, why), 0);
	cr_expect(strstr(why, "`banned'"), "%s", why);
	cr_expect_neq(watch_filter_of(NULL, NULL, "dropped", NULL, &filter, why), 0);
	cr_expect(strstr(why, "drop, shadow"));
	cr_expect_neq(watch_filter_of(NULL, NULL, NULL, "CALL", &filter, why), 0);
	cr_expect(strstr(why, "INVITE"));
}

Test(watch, lines_for_people)
{
	json_t *drop = message_of("198.51.100.7", EVENT_DROP, REASON_BANNED);
	json_t *lost = json_pack("{s:s, s:i}", "kind", "lost", "events", 3);
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	watch_print(drop, false, out);
	watch_print(lost, true, out);
	fclose(out);
	cr_expect(strstr(text, ".250  drop     banned               INVITE   unknown   "
			       "198.51.100.7:5062 > 192.0.2.1:5060 udp  INVITE sip:1@x SIP/2.0\n"),
		  "%s", text);
	cr_expect(strstr(text, "\n3 were lost: this terminal is too slow\n"));
	free(text);
	json_decref(drop);
	json_decref(lost);
}
