// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/json.h"

#include <errno.h>

#include "user/cmd.h"

json_t *json_document(void)
{
	return json_pack("{s:i}", "schema_version", SCHEMA_VERSION);
}

static int print(json_t *value, FILE *out, size_t flags)
{
	int err;

	if (!value)
		return -ENOMEM;
	err = json_dumpf(value, out, flags | JSON_REAL_PRECISION(15)) || putc('\n', out) == EOF;
	json_decref(value);
	return err ? -EIO : 0;
}

int json_print(json_t *value, FILE *out)
{
	return print(value, out, JSON_INDENT(2));
}

int json_print_line(json_t *value, FILE *out)
{
	return print(value, out, JSON_COMPACT);
}
