// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/event_json.h"

#include <arpa/inet.h>
#include <netinet/in.h>

#include "user/addr.h"
#include "user/names.h"

const char *event_verdict(const struct event *event)
{
	switch (event->kind) {
	case EVENT_DROP:
		return "drop";
	case EVENT_SHADOW:
		return "shadow";
	default:
		return "pass";
	}
}

const char *event_line_text(const __u8 line[EVENT_LINE_LEN], char out[EVENT_LINE_TEXT_LEN])
{
	size_t n = 0;

	for (size_t i = 0; i < EVENT_LINE_LEN && line[i]; i++) {
		bool end = line[i] == '\r' || line[i] == '\n';

		if (end && n)
			break;
		if (!end)
			out[n++] = line[i] >= ' ' && line[i] <= '~' ? (char)line[i] : '?';
	}
	out[n] = '\0';
	return out;
}

/* What only some kinds of events have. */
static void add_details(json_t *object, const struct event *event, const char *signature)
{
	char text[EVENT_LINE_TEXT_LEN];

	if (signature)
		json_object_set_new(object, "signature", json_string(signature));
	if (event->status)
		json_object_set_new(object, "status", json_integer(event->status));
	if (event->credentials)
		json_object_set_new(object, "credentials", json_true());
	if (event->why)
		json_object_set_new(object, "why", json_string(why_name(event->why)));
	if (*event_line_text(event->line, text))
		json_object_set_new(object, "line", json_string(text));
}

json_t *event_json(const struct event *event, const char *signature, double t)
{
	char src[ENDPOINT_TEXT_LEN], dst[ENDPOINT_TEXT_LEN];
	json_t *object;

	endpoint_format(&event->src, ntohs(event->sport), src);
	endpoint_format(&event->dst, ntohs(event->dport), dst);
	object = json_pack("{s:f, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:s, s:i, s:i}", "t", t,
			   "kind", event_name(event->kind), "verdict", event_verdict(event),
			   "reason", reason_name(event->reason), "src", src, "dst", dst, "method",
			   method_name(event->method), "standing", standing_name(event->standing),
			   "transport", event->transport == IPPROTO_TCP ? "tcp" : "udp", "bytes",
			   (int)event->length, "generation", (int)event->generation);
	if (object)
		add_details(object, event, signature);
	return object;
}
