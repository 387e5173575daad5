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

/* What a letter stands for; a number without one counts seconds. 0: no such unit. */
static uint64_t unit_seconds(char letter)
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (letter == units[i].letter)
			return units[i].seconds;
	}
	return letter ? 0 : 1;
}

int duration_parse(const char *text, uint64_t *seconds)
{
	const uint64_t max = 3650ULL * 86400;
	uint64_t total = 0;

	do {
		unsigned long long number;
		uint64_t unit;
		char *end;

		if (*text < '0' || *text > '9')
			return -EINVAL;
		number = strtoull(text, &end, 10);
		unit = unit_seconds(*end);
		if (!unit)
			return -EINVAL;
		if (number > max || number * unit > max - total)
			return -ERANGE;
		total += number * unit;
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
