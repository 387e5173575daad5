/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * JSON output: documents are built with jansson, which keeps keys in the order of insertion.
 */
#ifndef SIPSHIELD_JSON_H
#define SIPSHIELD_JSON_H

#include <jansson.h>
#include <stdio.h>

/* A new document: an object whose first key is schema_version. NULL: no memory. */
json_t *json_document(void);

/*
 * Prints a document, indented, or an object of a stream on one line, and frees it. value may be
 * NULL: what a failed json_object() left. Returns 0, -ENOMEM or -EIO.
 */
int json_print(json_t *value, FILE *out);
int json_print_line(json_t *value, FILE *out);

#endif
