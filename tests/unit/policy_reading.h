/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads a policy from a string and keeps what was said about it.
 */
#ifndef SIPSHIELD_TEST_POLICY_READING_H
#define SIPSHIELD_TEST_POLICY_READING_H

#include <stdlib.h>
#include <string.h>

#include "user/policy.h"

struct reading {
	int result;
	struct policy_doc doc;
	char *said;
	size_t said_len;
};

static inline void reading_free(struct reading *reading)
{
	if (!reading->result)
		policy_free(&reading->doc);
	free(reading->said);
}
#define cleanup_reading __attribute__((cleanup(reading_free)))

static inline struct reading read_bytes(const char *text, size_t len)
{
	struct reading reading = { .result = -1 };
	FILE *err = open_memstream(&reading.said, &reading.said_len);

	reading.result = policy_parse("p.yaml", text, len, &reading.doc, err);
	fclose(err);
	return reading;
}

static inline struct reading read_policy(const char *text)
{
	return read_bytes(text, strlen(text));
}

#endif
