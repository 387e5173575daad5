/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Errors and warnings of a policy as they are written, to be shown as text or as JSON.
 */
#ifndef SIPSHIELD_REMARKS_H
#define SIPSHIELD_REMARKS_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

struct remarks {
	FILE *stream; /* to write to */
	char *text;
	size_t length;
};

/* False: no memory. */
bool remarks_open(struct remarks *remarks);
void remarks_free(struct remarks *remarks);
#define cleanup_remarks __attribute__((cleanup(remarks_free)))

void remarks_print(struct remarks *remarks, FILE *out);
/* An array of the messages without their excerpts; it takes the text apart. NULL: no memory. */
json_t *remarks_json(struct remarks *remarks);

#endif
