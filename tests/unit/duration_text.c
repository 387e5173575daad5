// SPDX-License-Identifier: GPL-2.0-or-later
/* Durations as text. */
#include <criterion/criterion.h>
#include <errno.h>

#include "user/duration.h"

static const struct {
	const char *text;
	int err;
	uint64_t seconds;
	const char *back;
} durations[] = {
	{ "0", 0, 0, "0s" },
	{ "59", 0, 59, "59s" },
	{ "60", 0, 60, "1m" },
	{ "90s", 0, 90, "1m 30s" },
	{ "10m", 0, 600, "10m" },
	{ "1h30m", 0, 5400, "1h 30m" },
	{ "1h0m1s", 0, 3601, "1h" },
	{ "7d", 0, 604800, "7d" },
	{ "1d23h59m59s", 0, 172799, "1d 23h" },
	{ "3650d", 0, 315360000, "3650d" },
	{ "3651d", -ERANGE, 0, NULL },
	{ "3650d1s", -ERANGE, 0, NULL },
	{ "99999999999999999999999d", -ERANGE, 0, NULL },
	{ "", -EINVAL, 0, NULL },
	{ "m", -EINVAL, 0, NULL },
	{ "-5m", -EINVAL, 0, NULL },
	{ "+5m", -EINVAL, 0, NULL },
	{ "5 m", -EINVAL, 0, NULL },
	{ "5w", -EINVAL, 0, NULL },
	{ "1m1h", -EINVAL, 0, NULL },
	{ "5s5s", -EINVAL, 0, NULL },
	{ "1h30", -EINVAL, 0, NULL },
	{ "5min", -EINVAL, 0, NULL },
	{ "1.5h", -EINVAL, 0, NULL },
	{ "5M", -EINVAL, 0, NULL },
};

Test(duration_text, both_ways)
{
	for (size_t i = 0; i < sizeof(durations) / sizeof(durations[0]); i++) {
		char text[DURATION_TEXT_LEN];
		uint64_t seconds = 12345;
		int err = duration_parse(durations[i].text, &seconds);

		cr_expect_eq(err, durations[i].err, "%s: %d", durations[i].text, err);
		cr_expect_eq(seconds, err ? 12345 : durations[i].seconds, "%s", durations[i].text);
		if (!err && durations[i].back)
			cr_expect_str_eq(duration_format(seconds, text), durations[i].back);
	}
}

Test(duration_text, longest)
{
	char text[DURATION_TEXT_LEN];

	cr_expect_str_eq(duration_format(~0ULL, text), "213503982334601d 7h");
}

Test(duration_text, exact)
{
	static const char *const texts[] = { "0s", "59s", "1m", "1h1s", "1d2h3m4s", "3650d" };
	char text[DURATION_TEXT_LEN];
	uint64_t seconds;

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cr_assert_eq(duration_parse(texts[i], &seconds), 0);
		cr_expect_str_eq(duration_exact(seconds, text), texts[i]);
	}
	cr_expect_str_eq(duration_exact(~0ULL, text), "213503982334601d7h15s");
}
