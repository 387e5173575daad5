// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Numbers of a policy as text. Not strtod and printf: what they take for a decimal
 * point depends on the locale.
 */
#include "user/policy_tree.h"

#include <errno.h>
#include <string.h>

#define MILLION 1000000U
#define INTEGER_DIGITS 12
#define DECIMALS 6

/* Reads digits, at most max, from *text on. Returns how many; *text stands behind them. */
static unsigned int digits(const char **text, unsigned int max, __u64 *value)
{
	unsigned int n = 0;

	for (*value = 0; n < max && **text >= '0' && **text <= '9'; n++, (*text)++)
		*value = *value * 10 + (__u64)(**text - '0');
	return n;
}

/* Seconds in the unit that a rate is written in, 0 for none. */
static __u64 rate_unit(const char *suffix)
{
	if (!*suffix || !strcmp(suffix, "/s"))
		return 1;
	if (!strcmp(suffix, "/m"))
		return 60;
	return strcmp(suffix, "/h") ? 0 : 3600;
}

int policy_number(const char *text, bool with_unit, __u64 *millionths)
{
	__u64 whole, decimals = 0, divide;
	unsigned int n;

	if (!digits(&text, INTEGER_DIGITS, &whole))
		return -EINVAL;
	if (*text == '.') {
		text++;
		n = digits(&text, DECIMALS, &decimals);
		if (!n)
			return -EINVAL;
		for (; n < DECIMALS; n++)
			decimals *= 10;
	}
	divide = with_unit ? rate_unit(text) : !*text;
	if (!divide)
		return -EINVAL;
	*millionths = (whole * MILLION + decimals + divide / 2) / divide;
	return 0;
}

const char *policy_number_text(double value, char out[VALUE_TEXT_LEN])
{
	__u64 millionths = (__u64)(value * MILLION + 0.5);
	int len = snprintf(out, VALUE_TEXT_LEN, "%llu.%06llu",
			   (unsigned long long)(millionths / MILLION),
			   (unsigned long long)(millionths % MILLION));

	while (out[len - 1] == '0')
		len--;
	if (out[len - 1] == '.')
		len--;
	out[len] = 0;
	return out;
}
