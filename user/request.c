// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/request.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>
#include <strings.h>

#include "user/duration.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

/* Nothing, or a colon and a number. */
static bool is_port(const char *text)
{
	size_t digits;

	if (!*text)
		return true;
	digits = strspn(text + 1, "0123456789");
	return *text == ':' && digits >= 1 && digits <= 5 && !text[1 + digits];
}

bool request_is_local(const char *host)
{
	static const char *const names[] = { "127.0.0.1", "localhost", "[::1]" };

	if (!host)
		return true;
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		size_t len = strlen(names[i]);

		if (!strncasecmp(host, names[i], len) && is_port(host + len))
			return true;
	}
	return false;
}

bool request_is_foreign(const char *sec_fetch_site)
{
	return sec_fetch_site &&
	       (!strcmp(sec_fetch_site, "cross-site") || !strcmp(sec_fetch_site, "same-site"));
}

int request_range(const char *text, uint32_t *seconds)
{
	uint64_t value;

	if (!text || duration_parse(text, &value) || !value || value > REQUEST_RANGE_MAX)
		return -EINVAL;
	*seconds = (uint32_t)value;
	return 0;
}
