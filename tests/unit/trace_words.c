// SPDX-License-Identifier: GPL-2.0-or-later
/* Which packets an operator's words ask for, and a verdict in words. */
#include <criterion/criterion.h>
#include <errno.h>
#include <string.h>

#include "user/trace_text.h"

static bool has(const __u64 set[2], unsigned int bit)
{
	return set[bit >> 6] >> (bit & 63) & 1;
}

static struct trace_filter parse(const struct trace_wish *wish)
{
	struct trace_filter filter;
	char why[TRACE_WHY_LEN] = "";

	cr_assert_eq(trace_filter_parse(wish, &filter, why), 0, "%s", why);
	return filter;
}
#define PARSE(...) parse(&(struct trace_wish){ __VA_ARGS__ })

Test(trace_words, by_itself_drops_and_shadow)
{
	struct trace_filter filter = PARSE(.verdict = NULL);

	cr_expect(has(filter.reason, REASON_DENY));
	cr_expect(has(filter.shadow, REASON_DENY));
	cr_expect_not(has(filter.reason, REASON_REQUEST));
	cr_expect_not(has(filter.shadow, REASON_REQUEST));
	cr_expect_eq(filter.every, 1);
	cr_expect_eq(filter.length, TRACE_DATA_LEN);
	cr_expect_eq(filter.rate.interval_ns, 100000);
	cr_expect_eq(filter.source_len, 0);
}

Test(trace_words, verdicts)
{
	struct trace_filter filter = PARSE(.verdict = "pass");

	cr_expect(has(filter.reason, REASON_REQUEST));
	cr_expect_not(has(filter.reason, REASON_DENY));
	cr_expect_not(has(filter.reason, REASON_NO_LISTENER));
	filter = PARSE(.verdict = "pass", .reason = "no-listener");
	cr_expect(has(filter.reason, REASON_NO_LISTENER));
	cr_expect_not(has(filter.reason, REASON_REQUEST));
	filter = PARSE(.verdict = "all");
	cr_expect(has(filter.reason, REASON_NO_LISTENER));
	cr_expect(has(filter.reason, REASON_DENY));
	filter = PARSE(.verdict = "drop");
	cr_expect_eq(filter.shadow[0] | filter.shadow[1], 0);
	filter = PARSE(.reason = "deny,request");
	cr_expect(has(filter.reason, REASON_DENY) && has(filter.reason, REASON_REQUEST));
	cr_expect_not(has(filter.reason, REASON_BANNED));
}

Test(trace_words, numbers)
{
	struct trace_filter filter =
		PARSE(.sample = "1/100", .rate = "5", .snaplen = "96", .source = "198.51.100.0/24");

	cr_expect_eq(filter.every, 100);
	cr_expect_eq(filter.length, 96);
	cr_expect_eq(filter.rate.interval_ns, 200000000);
	cr_expect_eq(filter.source_len, 120);
}

/* Each with a word of what is wrong. */
Test(trace_words, wrong)
{
	static const struct {
		struct trace_wish wish;
		const char *why;
	} cases[] = {
		{ { .verdict = "dropped" }, "dropped" },
		{ { .verdict = "" }, "--verdict" },
		{ { .reason = "frob" }, "frob" },
		{ { .reason = "egress-other" }, "leaves" },
		{ { .verdict = "drop", .reason = "request" }, "no packet" },
		{ { .source = "198.51.100.7/24" }, "bits set" },
		{ { .source = "here" }, "here" },
		{ { .sample = "100" }, "1/N" },
		{ { .sample = "1/0" }, "1/N" },
		{ { .rate = "0" }, "--rate" },
		{ { .rate = "5x" }, "--rate" },
		{ { .snaplen = "9999" }, "--snaplen" },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct trace_filter filter = { .every = 77 };
		char why[TRACE_WHY_LEN] = "";

		cr_expect_eq(trace_filter_parse(&cases[i].wish, &filter, why), -EINVAL, "case %zu",
			     i);
		cr_expect(strstr(why, cases[i].why), "case %zu: %s", i, why);
		cr_expect_eq(filter.every, 77);
	}
}

Test(trace_words, verdict_in_words)
{
	struct trace_record record = { .reason = REASON_DENY,
				       .dropped = 1,
				       .method = SIP_METHOD_INVITE };
	char text[TRACE_TEXT_LEN];

	cr_expect_str_eq(trace_text(&record, NULL, text),
			 "drop: deny: the policy denies the source; INVITE; unknown");
	record = (struct trace_record){ .reason = REASON_REQUEST,
					.shadow = REASON_SIGNATURE,
					.method = SIP_METHOD_INVITE,
					.signature = 2,
					.standing = STANDING_TRUSTED };
	cr_expect_str_eq(trace_text(&record, "fraud", text),
			 "pass: request: a new transaction, within every budget; in shadow "
			 "signature would have dropped it: a signature of the policy: fraud; "
			 "INVITE; trusted");
}
