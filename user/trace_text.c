// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/trace_text.h"

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/addr.h"
#include "user/names.h"

#define NS_PER_SECOND 1000000000ULL
#define RATE_MAX 1000000
#define SAMPLE_MAX 1000000000
#define SNAPLEN_MIN 64

enum { WISH_DROP = 1, WISH_SHADOW = 2, WISH_PASS = 4, WISH_ALL = 8 };

unsigned int trace_rule(const struct trace_record *record)
{
	return record->dropped ? record->reason : record->shadow;
}

const char *trace_text(const struct trace_record *record, const char *signature,
		       char out[TRACE_TEXT_LEN])
{
	char shadow[TRACE_TEXT_LEN / 2] = "";

	if (!record->dropped && record->shadow)
		snprintf(shadow, sizeof(shadow), "; in shadow %s would have dropped it: %s",
			 reason_name(record->shadow), reason_sentence(record->shadow));
	snprintf(out, TRACE_TEXT_LEN, "%s: %s: %s%s%s%s; %s; %s", record->dropped ? "drop" : "pass",
		 reason_name(record->reason), reason_sentence(record->reason), shadow,
		 signature ? ": " : "", signature ? signature : "", method_name(record->method),
		 standing_name(record->standing));
	return out;
}

__attribute__((format(printf, 2, 3))) static int wrong(char *why, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(why, TRACE_WHY_LEN, format, args);
	va_end(args);
	return -EINVAL;
}

/* Copies the word before the next comma; false: there is none left. */
static bool next_word(const char **text, char *out, size_t size)
{
	size_t len = strcspn(*text, ",");

	if (!**text)
		return false;
	snprintf(out, size, "%.*s", (int)len, *text);
	*text += len + ((*text)[len] == ',');
	return true;
}

static int parse_verdict(const char *text, unsigned int *wish, char *why)
{
	static const struct {
		const char *name;
		unsigned int bit;
	} known[] = { { "drop", WISH_DROP },
		      { "shadow", WISH_SHADOW },
		      { "pass", WISH_PASS },
		      { "all", WISH_ALL } };
	char word[32];

	*wish = 0;
	while (next_word(&text, word, sizeof(word))) {
		unsigned int bit = 0;

		for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
			if (!strcmp(word, known[i].name))
				bit = known[i].bit;
		}
		if (!bit)
			return wrong(why,
				     "--verdict: `%s' is none; write drop, shadow, pass or all, "
				     "several with commas",
				     word);
		*wish |= bit;
	}
	return *wish ? 0 : wrong(why, "--verdict: write drop, shadow, pass or all");
}

static void set_bit(__u64 set[2], unsigned int bit)
{
	set[bit >> 6] |= 1ULL << (bit & 63);
}

static bool has_bit(const __u64 set[2], unsigned int bit)
{
	return set[bit >> 6] >> (bit & 63) & 1;
}

static int parse_reasons(const char *text, __u64 set[2], char *why)
{
	char word[64];

	while (next_word(&text, word, sizeof(word))) {
		int reason = reason_of(word);

		if (reason < 0)
			return wrong(why,
				     "--reason: there is no reason `%s'; `sipshield policy show' "
				     "and docs/policy.md list them",
				     word);
		if (reason_leaves_host((unsigned int)reason))
			return wrong(why,
				     "--reason %s: is of what leaves the host, and only what "
				     "comes in is looked at",
				     word);
		set_bit(set, (unsigned int)reason);
	}
	return 0;
}

/* Is it the reason of packets that the shield has nothing to do with? */
static bool is_foreign(unsigned int reason)
{
	return reason == REASON_OFF || reason == REASON_BYPASS || reason == REASON_NOT_IP ||
	       reason == REASON_CUT_HEADERS || reason == REASON_OTHER_PROTOCOL ||
	       reason == REASON_NO_LISTENER;
}

static void choose_reasons(unsigned int wish, const __u64 named[2], bool by_name,
			   struct trace_filter *out)
{
	for (unsigned int r = 0; r < REASON_MAX; r++) {
		bool wanted;

		if (by_name && !has_bit(named, r))
			continue;
		if (reason_drops(r))
			wanted = wish & (WISH_DROP | WISH_ALL);
		else
			wanted = wish & WISH_ALL ||
				 (wish & WISH_PASS && (by_name || !is_foreign(r)));
		if (wanted)
			set_bit(out->reason, r);
		if (reason_drops(r) && wish & (WISH_SHADOW | WISH_ALL))
			set_bit(out->shadow, r);
	}
}

static int parse_source(const char *text, struct trace_filter *out, char *why)
{
	__u8 length;
	int err = prefix_parse(text, &out->source, &length);

	if (err == -EADDRNOTAVAIL)
		return wrong(why, "--src %s: has bits set behind its length", text);
	if (err)
		return wrong(why, "--src %s: is neither an address nor a prefix", text);
	out->source_len = length;
	return 0;
}

static bool parse_number(const char *text, unsigned long min, unsigned long max, __u32 *out)
{
	char *end;
	unsigned long value = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || value < min || value > max)
		return false;
	*out = (__u32)value;
	return true;
}

static int parse_numbers(const struct trace_wish *wish, struct trace_filter *out, char *why)
{
	__u32 rate = TRACE_RATE;

	out->every = 1;
	out->length = TRACE_DATA_LEN;
	if (wish->sample && (strncmp(wish->sample, "1/", 2) ||
			     !parse_number(wish->sample + 2, 1, SAMPLE_MAX, &out->every)))
		return wrong(why, "--sample %s: write 1/N, as in 1/100", wish->sample);
	if (wish->rate && !parse_number(wish->rate, 1, RATE_MAX, &rate))
		return wrong(why, "--rate %s: expected 1 to %d packets a second", wish->rate,
			     RATE_MAX);
	if (wish->snaplen &&
	    !parse_number(wish->snaplen, SNAPLEN_MIN, TRACE_DATA_LEN, &out->length))
		return wrong(why, "--snaplen %s: expected %d to %u bytes", wish->snaplen,
			     SNAPLEN_MIN, TRACE_DATA_LEN);
	/* A tenth of a second at once. */
	out->rate.interval_ns = NS_PER_SECOND / rate;
	out->rate.tolerance_ns = NS_PER_SECOND / 10;
	return 0;
}

int trace_filter_parse(const struct trace_wish *wish, struct trace_filter *out, char *why)
{
	const char *verdict = wish->verdict ? wish->verdict : wish->reason ? "all" : "drop,shadow";
	struct trace_filter filter = { 0 };
	__u64 named[2] = { 0 };
	unsigned int verdicts;
	int err = parse_verdict(verdict, &verdicts, why);

	if (!err && wish->reason)
		err = parse_reasons(wish->reason, named, why);
	if (err)
		return err;
	choose_reasons(verdicts, named, wish->reason, &filter);
	if (!filter.reason[0] && !filter.reason[1] && !filter.shadow[0] && !filter.shadow[1])
		return wrong(why, "--verdict %s and --reason %s: no packet has both", verdict,
			     wish->reason ? wish->reason : "");
	if (wish->source)
		err = parse_source(wish->source, &filter, why);
	if (!err)
		err = parse_numbers(wish, &filter, why);
	if (!err)
		*out = filter;
	return err;
}
