// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/duration.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static const struct {
	char letter;
	uint64_t seconds;
} units[] = { { 'd', 86400 }, { 'h', 3600 }, { 'm', 60 }, { 's', 1 } };

/* Index of the unit that a letter stands for, of those from `first` on; else their number. */
static size_t find_unit(char letter, size_t first)
{
	while (first < ARRAY_LEN(units) && units[first].letter != letter)
		first++;
	return first;
}

int duration_parse(const char *text, uint64_t *seconds)
{
	const uint64_t max = 3650ULL * 86400;
	uint64_t total = 0;
	size_t next = 0; /* the largest unit that may come */

	do {
		unsigned long long number;
		size_t unit;
		char *end;

		if (*text < '0' || *text > '9')
			return -EINVAL;
		number = strtoull(text, &end, 10);
		/* A number that stands alone counts seconds. */
		unit = find_unit(*end || next ? *end : 's', next);
		if (unit == ARRAY_LEN(units))
			return -EINVAL;
		if (number > max || number * units[unit].seconds > max - total)
			return -ERANGE;
		total += number * units[unit].seconds;
		next = unit + 1;
		text = *end ? end + 1 : end;
	} while (*text);
	*seconds = total;
	return 0;
}

const char *duration_format(uint64_t seconds, char out[DURATION_TEXT_LEN])
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		uint64_t unit = units[i].seconds;
		uint64_t rest;

		if (seconds < unit && unit > 1)
			continue;
		rest = i + 1 < ARRAY_LEN(units) ? seconds % unit / units[i + 1].seconds : 0;
		if (rest)
			snprintf(out, DURATION_TEXT_LEN, "%" PRIu64 "%c %" PRIu64 "%c",
				 seconds / unit, units[i].letter, rest, units[i + 1].letter);
		else
			snprintf(out, DURATION_TEXT_LEN, "%" PRIu64 "%c", seconds / unit,
				 units[i].letter);
		break;
	}
	return out;
}

const char *duration_exact(uint64_t seconds, char out[DURATION_TEXT_LEN])
{
	size_t used = 0;

	snprintf(out, DURATION_TEXT_LEN, "0s");
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		uint64_t n = seconds / units[i].seconds;

		seconds %= units[i].seconds;
		if (n)
			used += (size_t)snprintf(out + used, DURATION_TEXT_LEN - used,
						 "%" PRIu64 "%c", n, units[i].letter);
	}
	return out;
}
