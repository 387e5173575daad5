// SPDX-License-Identifier: GPL-2.0-or-later
/* What was read of a message, whoever read it. */
#include <stdio.h>
#include <string.h>

#include "tests/parity/parity.h"

const char *const field_names[FIELD_MAX] = {
	[FIELD_METHOD] = "method",
	[FIELD_KNOWN] = "known",
	[FIELD_USER] = "user",
	[FIELD_BRANCH] = "branch",
	[FIELD_FROM_TAG] = "from-tag",
	[FIELD_LAST_TAG] = "last-tag",
	[FIELD_CALL_ID] = "call-id",
	[FIELD_CSEQ] = "cseq",
	[FIELD_CSEQ_METHOD] = "cseq-method",
	[FIELD_MISSING] = "missing",
};

void value_set(struct value *value, const char *text, size_t len)
{
	value->len = len < sizeof(value->text) ? len : sizeof(value->text);
	memcpy(value->text, text, value->len);
}

bool value_same(const struct value *a, const struct value *b)
{
	return a->len == b->len && !memcmp(a->text, b->text, a->len);
}

void reading_clear(struct reading *reading)
{
	reading->taken = TAKEN_REFUSED;
	reading->unsure = reading->no_from = reading->no_uri = false;
	for (int i = 0; i < FIELD_MAX; i++)
		reading->field[i].len = 0;
}

void value_number(struct value *to)
{
	unsigned long long number = 0;
	char text[24];

	if (!to->len)
		return;
	for (size_t i = 0; i < to->len; i++)
		if (to->text[i] < '0' || to->text[i] > '9')
			return;
	for (size_t i = 0; i < to->len && number <= UINT32_MAX; i++)
		number = number * 10 + (to->text[i] - '0');
	snprintf(text, sizeof(text), number > UINT32_MAX ? "overflow" : "%llu", number);
	value_set(to, text, strlen(text));
}
