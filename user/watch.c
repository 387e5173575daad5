// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/watch.h"

#include <errno.h>
#include <string.h>
#include <strings.h>
#include <time.h>

#include "user/addr.h"
#include "user/names.h"
#include "user/nearest.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const char *const verdicts[] = { "drop", "shadow", "pass", "decision" };

static const char *text_of(const json_t *message, const char *key)
{
	const char *text = json_string_value(json_object_get(message, key));

	return text ? text : "";
}

static int verdict_check(const char *verdict, char why[WATCH_WHY_LEN])
{
	for (size_t i = 0; i < ARRAY_LEN(verdicts); i++) {
		if (!strcmp(verdict, verdicts[i]))
			return 0;
	}
	snprintf(why, WATCH_WHY_LEN, "--verdict %.40s: expected drop, shadow, pass or decision",
		 verdict);
	return -EINVAL;
}

static int reason_check(const char *reason, char why[WATCH_WHY_LEN])
{
	struct nearest nearest = nearest_to(reason);

	if (reason_of(reason) >= 0)
		return 0;
	for (unsigned int r = 0; r < REASON_MAX; r++)
		nearest_offer(&nearest, reason_name(r));
	snprintf(why, WATCH_WHY_LEN, "--reason %.40s: there is no such reason%s%s%s", reason,
		 nearest.name ? "; did you mean `" : "; `sipshield status --json' has them all",
		 nearest.name ? nearest.name : "", nearest.name ? "'?" : "");
	return -EINVAL;
}

static int method_check(const char **method, char why[WATCH_WHY_LEN])
{
	for (unsigned int m = 0; m < SIP_METHOD_MAX; m++) {
		if (strcasecmp(*method, method_name(m)))
			continue;
		*method = method_name(m);
		return 0;
	}
	snprintf(why, WATCH_WHY_LEN,
		 "--method %.40s: expected a SIP method as INVITE, `response' or `none'", *method);
	return -EINVAL;
}

int watch_filter_of(const char *source, const char *reason, const char *verdict, const char *method,
		    struct watch_filter *out, char why[WATCH_WHY_LEN])
{
	struct watch_filter filter = { .by_source = source, .reason = reason, .verdict = verdict };
	int err = source ? prefix_parse(source, &filter.source, &filter.length) : 0;

	if (err)
		snprintf(why, WATCH_WHY_LEN,
			 "--src %.60s: expected an address or a prefix as 192.0.2.0/24%s", source,
			 err == -EADDRNOTAVAIL ? ", with no bits behind its length" : "");
	if (!err && reason)
		err = reason_check(reason, why);
	if (!err && verdict)
		err = verdict_check(verdict, why);
	if (!err && method)
		err = method_check(&method, why);
	if (err)
		return -EINVAL;
	filter.method = method;
	*out = filter;
	return 0;
}

/* "192.0.2.1:5060", "[2001:db8::1]:5060", or as in a decision "192.0.2.1" or "192.0.2.0/24". */
static bool source_hits(const struct watch_filter *filter, const char *src)
{
	char text[PREFIX_TEXT_LEN] = "";
	const char *colon = strrchr(src, ':');
	size_t len = strlen(src);
	struct addr address;
	__u8 length;

	if (*src == '[' && colon)
		len = (size_t)(colon - src) - 1;
	else if (colon && strchr(src, ':') == colon)
		len = (size_t)(colon - src);
	if (*src == '[') {
		src++;
		len--;
	}
	if (len >= sizeof(text))
		return false;
	memcpy(text, src, len);
	return !prefix_parse(text, &address, &length) && length >= filter->length &&
	       prefix_holds(&filter->source, filter->length, &address);
}

bool watch_wants(const struct watch_filter *filter, const json_t *message)
{
	const char *kind = text_of(message, "kind");
	const char *verdict = text_of(message, "verdict");

	if (!strcmp(kind, "lost"))
		return true;
	if (!strcmp(kind, "decision"))
		verdict = kind;
	if (filter->verdict && strcmp(filter->verdict, verdict))
		return false;
	if (filter->reason && strcmp(filter->reason, text_of(message, "reason")))
		return false;
	if (filter->method && strcmp(filter->method, text_of(message, "method")))
		return false;
	return !filter->by_source || source_hits(filter, text_of(message, "src"));
}

static void print_time(double t, FILE *out)
{
	time_t whole = (time_t)t;
	struct tm local;

	localtime_r(&whole, &local);
	fprintf(out, "%02d:%02d:%02d.%03d  ", local.tm_hour, local.tm_min, local.tm_sec,
		(int)((t - (double)whole) * 1000));
}

static const char *paint_of(const char *verdict)
{
	if (!strcmp(verdict, "drop"))
		return "\033[31m";
	if (!strcmp(verdict, "shadow"))
		return "\033[33m";
	return strcmp(verdict, "decision") ? "" : "\033[1m";
}

/* What it is about: the verdict on a packet, or what the agent learned from one. */
static const char *word_of(const json_t *message)
{
	const char *verdict = text_of(message, "verdict");
	const char *kind = text_of(message, "kind");

	return !strcmp(verdict, "pass") ? kind : verdict;
}

static void print_event(const json_t *message, FILE *out)
{
	const char *signature = text_of(message, "signature"), *why = text_of(message, "why");
	const json_t *status = json_object_get(message, "status");

	fprintf(out, "%-20s %-8s %-9s %s > %s %s", text_of(message, "reason"),
		text_of(message, "method"), text_of(message, "standing"), text_of(message, "src"),
		text_of(message, "dst"), text_of(message, "transport"));
	if (*signature)
		fprintf(out, " %s", signature);
	if (status)
		fprintf(out, " answered %d", (int)json_integer_value(status));
	if (*why)
		fprintf(out, " by %s", why);
	if (*text_of(message, "line"))
		fprintf(out, "  %s", text_of(message, "line"));
	putc('\n', out);
}

void watch_print(const json_t *message, bool color, FILE *out)
{
	const char *kind = text_of(message, "kind");
	bool decision = !strcmp(kind, "decision");
	const char *word = decision ? kind : word_of(message);
	const char *paint = color ? paint_of(word) : "";

	if (!strcmp(kind, "lost")) {
		fprintf(out, "%d were lost: this terminal is too slow\n",
			(int)json_integer_value(json_object_get(message, "events")));
		return;
	}
	print_time(json_real_value(json_object_get(message, "t")), out);
	fprintf(out, "%s%-8s%s ", paint, word, *paint ? "\033[0m" : "");
	if (decision)
		fprintf(out, "%s\n", text_of(message, "text"));
	else
		print_event(message, out);
}
