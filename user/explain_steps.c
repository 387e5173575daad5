// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/explain_steps.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "user/addr.h"
#include "user/duration.h"
#include "user/names.h"

/* Some dozens of entries, each with its packets. */
#define LATE_BYTES 65536L

struct search {
	struct addr key;
	char text[ADDR_TEXT_LEN];
	size_t max;
	json_t *found;
};

static const char *string_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* By its text alone: the source itself, the shield, or any prefix. */
static bool may_concern(const char *src, size_t len, const void *arg)
{
	static const char shield[] = "shield";
	const struct search *search = arg;

	return (len == strlen(search->text) && !memcmp(src, search->text, len)) ||
	       (len == sizeof(shield) - 1 && !memcmp(src, shield, len)) || memchr(src, '/', len);
}

static bool concerns(const struct search *search, const json_t *entry)
{
	const char *src = string_of(entry, "src");
	struct addr prefix;
	__u8 length;

	if (!strcmp(src, search->text) || !strcmp(src, "shield"))
		return true;
	return strchr(src, '/') && !prefix_parse(src, &prefix, &length) &&
	       prefix_holds(&prefix, length, &search->key);
}

static int keep(json_t *entry, void *arg)
{
	struct search *search = arg;

	if (json_array_size(search->found) == search->max)
		json_array_remove(search->found, 0);
	return json_array_append(search->found, entry) ? -ENOMEM : 0;
}

static int take(json_t *entry, void *arg)
{
	return concerns(arg, entry) ? keep(entry, arg) : 0;
}

int explain_steps(const char *dir, const char *dev, const struct addr *key, size_t max,
		  json_t **out)
{
	struct search search = { .key = *key, .max = max, .found = json_array() };
	int err;

	addr_format(key, search.text);
	err = journal_each_of(dir, dev, may_concern, take, &search);
	if (err)
		json_decref(search.found);
	else
		*out = search.found;
	return err;
}

int explain_steps_last(const char *dir, const char *dev, size_t max, json_t **out)
{
	struct search search = { .max = max, .found = json_array() };
	int err = journal_each_late(dir, dev, LATE_BYTES, keep, &search);

	if (err)
		json_decref(search.found);
	else
		*out = search.found;
	return err;
}

static const char *clock_of(const json_t *packet, char out[16])
{
	time_t t = (time_t)json_number_value(json_object_get(packet, "t"));
	struct tm utc = { 0 };

	gmtime_r(&t, &utc);
	strftime(out, 16, "%H:%M:%S", &utc);
	return out;
}

static void print_packet(const json_t *packet, FILE *out)
{
	const char *event = string_of(packet, "event"), *method = string_of(packet, "method");
	json_int_t status = json_integer_value(json_object_get(packet, "status"));
	char time[16];

	if (!strcmp(method, method_name(SIP_METHOD_NONE))) /* what was dropped unread */
		method = "a packet";
	fprintf(out, "      %s  ", clock_of(packet, time));
	if (!strcmp(event, event_name(EVENT_DROP)))
		fprintf(out, "%s dropped: %s\n", method, string_of(packet, "reason"));
	else if (!strcmp(event, event_name(EVENT_SHADOW)))
		fprintf(out, "%s would be dropped: %s\n", method, string_of(packet, "reason"));
	else if (!strcmp(event, event_name(EVENT_LEARNED)))
		fprintf(out, "its credentials were accepted (%s)\n", string_of(packet, "why"));
	else if (!strcmp(event, event_name(EVENT_PROVEN)))
		fprintf(out, "proved that it can be reached (%s)\n", string_of(packet, "why"));
	else
		fprintf(out, "%s%s answered %" JSON_INTEGER_FORMAT "%s\n", method,
			json_is_true(json_object_get(packet, "credentials")) ? " with credentials"
									     : "",
			status, !strcmp(event, event_name(EVENT_HELD)) ? ": held" : "");
}

void explain_step_print(const json_t *entry, FILE *out)
{
	json_int_t ttl = json_integer_value(json_object_get(entry, "ttl"));
	const char *bound = string_of(entry, "bound"), *error = string_of(entry, "error");
	const char *src = string_of(entry, "src");
	const json_t *packets = json_object_get(entry, "packets");
	char time[DURATION_TEXT_LEN] = "";

	if (ttl > 0)
		duration_format((uint64_t)ttl, time);
	fprintf(out, "    #%" JSON_INTEGER_FORMAT " %s  %s%s%s -> %s%s%s: %s (%s)%s%s%s%s\n",
		json_integer_value(json_object_get(entry, "id")), string_of(entry, "time"),
		strchr(src, '/') || !strcmp(src, "shield") ? src : "",
		strchr(src, '/') || !strcmp(src, "shield") ? ": " : "", string_of(entry, "from"),
		string_of(entry, "to"), *time ? " for " : "", time, string_of(entry, "sentence"),
		string_of(entry, "rule"), *bound ? "; not banned: " : "", bound,
		*error ? "; not done: " : "", error);
	for (size_t i = 0; i < json_array_size(packets); i++)
		print_packet(json_array_get(packets, i), out);
}
