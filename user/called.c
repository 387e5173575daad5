// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/called.h"

#include <stdio.h>
#include <string.h>

/* What ends a user part; a host or a parameter has none before it. */
static const char *user_end(const char *user, bool tel)
{
	const char *end = user + strcspn(user, tel ? "; \r\n" : "@;:? \r\n");

	if (tel)
		return *end ? end : NULL;
	if (*end == '@')
		return end;
	/* a password or parameters of the user: there must be a host behind them */
	if ((*end == ':' || *end == ';') && end[strcspn(end, "@ \r\n")] == '@')
		return end;
	return NULL;
}

bool called_number(const __u8 line[EVENT_LINE_LEN], char out[CENSUS_NUMBER_LEN])
{
	static const struct {
		const char *name;
		bool tel;
	} schemes[] = { { "sip:", false }, { "sips:", false }, { "tel:", true } };
	char text[EVENT_LINE_LEN + 1] = { 0 };
	const char *uri, *user = "", *end = NULL;

	memcpy(text, line, EVENT_LINE_LEN);
	uri = text + strspn(text, "\r\n \t");
	uri += strcspn(uri, " \t\r\n");
	uri += strspn(uri, " \t");
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]) && !*user; i++) {
		size_t len = strlen(schemes[i].name);

		if (strncasecmp(uri, schemes[i].name, len))
			continue;
		user = uri + len;
		end = user_end(user, schemes[i].tel);
	}
	if (!end || end == user)
		return false;
	snprintf(out, CENSUS_NUMBER_LEN, "%.*s", (int)(end - user), user);
	for (char *c = out; *c; c++) {
		if (*c <= ' ' || *c > '~')
			*c = '?';
	}
	return true;
}
