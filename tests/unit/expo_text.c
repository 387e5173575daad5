// SPDX-License-Identifier: GPL-2.0-or-later
/* The two text forms, and how a client chooses between them. */
#include <criterion/criterion.h>
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/expo.h"

static char *print(enum expo_format format, const char *interface)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	cr_assert(snapshot && out);
	snapshot->version = "1.2.3";
	snapshot->interface = interface;
	snapshot->abi = 1;
	snapshot->census.bans = 7;
	snapshot->health.wait_ns = 12345678901;
	snapshot->totals.by[REASON_BANNED][SIP_METHOD_NONE][STANDING_UNKNOWN].packets = ~0ULL;
	cr_assert_eq(expo_print(snapshot, format, out), 0);
	fclose(out);
	free(snapshot);
	return text;
}

static void holds(const char *text, const char *line)
{
	cr_assert_not_null(strstr(text, line), "no line: %s", line);
}

static void ends_with_eof(const char *text)
{
	size_t len = strlen(text);

	cr_assert(len > 7 && !strcmp(text + len - 7, "\n# EOF\n"));
}

#define BANNED                                                                                     \
	"\nsipshield_packets_total{direction=\"in\",verdict=\"drop\",reason=\"banned\"} "          \
	"18446744073709551615\n"

Test(expo_text, prometheus)
{
	char *text = print(EXPO_PROMETHEUS, "eth0");

	holds(text, "\n# TYPE sipshield_packets_total counter\n");
	holds(text, "# TYPE sipshield_build_info gauge\n"
		    "sipshield_build_info{version=\"1.2.3\",abi=\"1\"} 1\n");
	holds(text, "\n# TYPE sipshield_bans gauge\nsipshield_bans 7\n");
	holds(text, BANNED);
	holds(text, "\nsipshield_server_wait_seconds_total 12.345678901\n");
	holds(text, "\nsipshield_lane_rate{lane=\"request\"} 0.000000000\n");
	cr_assert_null(strstr(text, "# UNIT"));
	ends_with_eof(text);
	free(text);
}

Test(expo_text, openmetrics)
{
	char *text = print(EXPO_OPENMETRICS, "eth0");

	holds(text, "\n# TYPE sipshield_packets counter\n# UNIT sipshield_packets packets\n");
	holds(text, "# TYPE sipshield_build info\n"
		    "sipshield_build_info{version=\"1.2.3\",abi=\"1\"} 1\n");
	holds(text, BANNED);
	ends_with_eof(text);
	free(text);
}

/* A name that the kernel allows for an interface must not break the line that it stands in. */
Test(expo_text, label_values_are_escaped)
{
	char *text = print(EXPO_PROMETHEUS, "e\"t\\h\n0");

	holds(text, "sipshield_interface_info{interface=\"e\\\"t\\\\h\\n0\"} 1\n");
	free(text);
}

/* Every line is a comment or a series and a number, and no series stands there twice. */
Test(expo_text, lines_are_well_formed)
{
	char *text = print(EXPO_PROMETHEUS, "eth0"), *rest = text, *line, *value;
	char *seen[600];
	size_t n = 0, digits;

	while ((line = strsep(&rest, "\n")) && rest) {
		if (*line == '#')
			continue;
		value = strrchr(line, ' ');
		cr_assert_not_null(value);
		digits = strspn(++value, "0123456789");
		if (value[digits] == '.') /* billionths */
			digits += 1 + strspn(value + digits + 1, "0123456789");
		cr_assert(digits && digits == strlen(value), "%s %s", line, value);
		value[-1] = '\0';
		for (size_t i = 0; i < n; i++)
			cr_assert_neq(strcmp(seen[i], line), 0, "twice: %s", line);
		seen[n++] = line;
	}
	cr_assert_gt(n, 50U);
	free(text);
}

Test(expo_text, full_disk_is_an_error)
{
	struct snapshot *snapshot = calloc(1, sizeof(*snapshot));
	FILE *out = fopen("/dev/full", "w");

	cr_assert(snapshot && out);
	snapshot->version = snapshot->interface = "";
	cr_assert_lt(expo_print(snapshot, EXPO_PROMETHEUS, out), 0);
	fclose(out);
	free(snapshot);
}

Test(expo_text, accept_header)
{
	static const struct {
		const char *accept;
		enum expo_format format;
	} cases[] = {
		{ NULL, EXPO_PROMETHEUS },
		{ "", EXPO_PROMETHEUS },
		{ "*/*", EXPO_PROMETHEUS },
		{ "text/html,application/xhtml+xml,*/*;q=0.8", EXPO_PROMETHEUS },
		{ "application/openmetrics-text", EXPO_OPENMETRICS },
		{ "Application/OpenMetrics-Text; version=1.0.0", EXPO_OPENMETRICS },
		{ "application/openmetrics-text;version=1.0.0;q=0.5,"
		  "application/openmetrics-text;version=0.0.1;q=0.4,text/plain;q=0.3,*/*;q=0.2",
		  EXPO_OPENMETRICS },
		{ "text/plain;q=1,\tapplication/openmetrics-text;q=1", EXPO_OPENMETRICS },
		{ "application/openmetrics-text;q=0", EXPO_PROMETHEUS },
		{ "application/openmetrics-text; q=0.000, text/plain", EXPO_PROMETHEUS },
		{ "application/openmetrics-texts", EXPO_PROMETHEUS },
		{ "application/openmetrics", EXPO_PROMETHEUS },
		{ ",,,", EXPO_PROMETHEUS },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_assert_eq(expo_negotiate(cases[i].accept), cases[i].format, "%s",
			     cases[i].accept ? cases[i].accept : "none");
}
