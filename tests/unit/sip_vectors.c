/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Whole messages: NAME.sip in tests/vectors/sip/ and tests/vectors/torture/, and what is told of it,
 * NAME.facts, a line for each fact in the order of the structs. SIPSHIELD_VECTORS names another
 * tests/vectors.
 */
#include "sip_scratch.h"

#include <dirent.h>
#include <stdarg.h>
#include <stdlib.h>

static const char *const header_names[SIP_HEADER_MAX] = {
	NULL,
	"via",
	"from",
	"to",
	"call-id",
	"cseq",
	"contact",
	"user-agent",
	"server",
	"max-forwards",
	"content-length",
	"authorization",
	"proxy-authorization",
	"route",
	"expires",
};

static const char *const methods[SIP_METHOD_MAX] = {
	"none",
#define METHOD(id, name) name,
#include "maps/methods.def"
#undef METHOD
	"response",
};

static char told[8192];
static bool shape_only; /* tells which facts there are, not what they say */

__attribute__((format(printf, 1, 2))) static void tell(const char *format, ...)
{
	size_t at = strlen(told);
	va_list args;

	va_start(args, format);
	vsnprintf(told + at, sizeof(told) - at, format, args);
	va_end(args);
}

/* A span as a line, with line ends, blanks at its ends and NULs made visible. */
static void tell_span(const struct sip_scratch *s, const char *name, struct sip_span span)
{
	if (!span.off && !span.len)
		return;
	if (shape_only) {
		tell("%s%s\n", name, span.len ? "" : " empty");
		return;
	}
	tell("%s <", name);
	for (__u32 i = 0; i < span.len; i++) {
		__u8 byte = s->window[span.off + i];

		tell(byte < ' ' || byte > '~' ? "\\x%02x" : "%c", byte);
	}
	tell(">\n");
}

static void tell_line(struct sip_scratch *s, int extent)
{
	static const char *const kinds[] = { "request", "response", "crlf",    "stun",
					     "empty",	"text",	    "not-sip", "cut" };
	static const char *const extents[] = { "complete", "cut", "not" };
	struct sip_uri uri = { 0 };

	tell("%s %s: %s, status %u, version-ok %u\n", kinds[s->facts.kind], extents[extent],
	     methods[s->facts.method], s->facts.status, s->facts.version_ok);
	tell_span(s, "method", s->facts.method_name);
	tell_span(s, "uri", s->facts.uri);
	tell_span(s, "version", s->facts.version);
	if (!s->facts.uri.len || sip_request_uri(s, &uri))
		return;
	tell("uri scheme %u\n", uri.scheme);
	tell_span(s, "uri user", uri.user);
	tell_span(s, "uri host", uri.host);
}

static void tell_headers(struct sip_scratch *s)
{
	if (!shape_only)
		tell("lines %u body %u of %u\n", s->facts.lines, s->facts.body, s->facts.len);
	for (int i = 1; i < SIP_HEADER_MAX; i++) {
		if (!s->facts.seen[i])
			continue;
		if (s->facts.seen[i] > 1)
			tell("%u x ", s->facts.seen[i]);
		tell_span(s, header_names[i], s->facts.header[i]);
	}
}

static void tell_address(struct sip_scratch *s, int header)
{
	struct sip_name_addr addr = { 0 };
	char name[32];

	if (sip_name_addr(s, &s->facts.header[header], &addr))
		return;
	tell("%s scheme %u display %u\n", header_names[header], addr.parts.scheme,
	     addr.has_display);
	snprintf(name, sizeof(name), "%s uri", header_names[header]);
	tell_span(s, name, addr.uri);
	snprintf(name, sizeof(name), "%s user", header_names[header]);
	tell_span(s, name, addr.parts.user);
	snprintf(name, sizeof(name), "%s host", header_names[header]);
	tell_span(s, name, addr.parts.host);
	snprintf(name, sizeof(name), "%s tag", header_names[header]);
	tell_span(s, name, addr.tag);
}

static void tell_digest(struct sip_scratch *s, int header)
{
	struct sip_digest digest = { 0 };

	if (sip_digest(s, &s->facts.header[header], &digest))
		return;
	tell("%s\n", header_names[header]);
	tell_span(s, "username", digest.username);
	tell_span(s, "realm", digest.realm);
	tell_span(s, "nonce", digest.nonce);
}

static void tell_fields(struct sip_scratch *s)
{
	static const int numbers[] = { SIP_HEADER_MAX_FORWARDS, SIP_HEADER_CONTENT_LENGTH,
				       SIP_HEADER_EXPIRES };
	struct sip_cseq cseq = { 0 };
	struct sip_via via = { 0 };
	__u32 number;

	if (!sip_via(s, &s->facts.header[SIP_HEADER_VIA], &via)) {
		tell("via transport %u\n", via.transport);
		tell_span(s, "via host", via.host);
		tell_span(s, "via port", via.port);
		tell_span(s, "via branch", via.branch);
	}
	if (!sip_cseq(s, &s->facts.header[SIP_HEADER_CSEQ], &cseq)) {
		tell("cseq %u overflow %u: %s\n", shape_only ? 0 : cseq.number, cseq.overflow,
		     methods[cseq.method]);
		tell_span(s, "cseq method", cseq.method_name);
	}
	tell_address(s, SIP_HEADER_FROM);
	tell_address(s, SIP_HEADER_TO);
	tell_address(s, SIP_HEADER_CONTACT);
	tell_digest(s, SIP_HEADER_AUTHORIZATION);
	tell_digest(s, SIP_HEADER_PROXY_AUTHORIZATION);
	for (int i = 0; i < 3; i++)
		if (!sip_number(s, &s->facts.header[numbers[i]], &number))
			tell("%s = %u\n", header_names[numbers[i]], shape_only ? 0 : number);
}

/* Reads a file whole; returns its length, of at most size - 1. */
static size_t read_file(const char *path, char *buffer, size_t size)
{
	FILE *file = fopen(path, "r");
	size_t length = 0;

	cr_assert_not_null(file, "%s", path);
	length = fread(buffer, 1, size - 1, file);
	buffer[length] = 0;
	fclose(file);
	return length;
}

/* Reads the message of a file, and tells what the parser says of it. */
static void tell_file(const char *path)
{
	static char message[SIP_WINDOW + 1];
	struct sip_scratch *s = scratch_of(message, read_file(path, message, sizeof(message)));
	int extent = sip_line(s);

	told[0] = 0;
	tell_line(s, extent);
	if (extent != SIP_COMPLETE)
		return;
	tell("header %s\n", sip_sweep(s) == SIP_COMPLETE ? "complete" : "cut");
	tell_headers(s);
	tell_fields(s);
}

static void expect_facts(const char *path, const void *context)
{
	static char facts[sizeof(told)];
	char other[512];

	(void)context;
	tell_file(path);
	snprintf(other, sizeof(other), "%.*s.facts", (int)strlen(path) - 4, path);
	read_file(other, facts, sizeof(facts));
	cr_expect_str_eq(told, facts, "%s: told is\n%s", path, told);
}

/* Calls try with the path of each message in a folder of vectors; returns how many there were. */
static int each_vector(const char *folder, void (*try)(const char *, const void *),
		       const void *context)
{
	const char *vectors = getenv("SIPSHIELD_VECTORS");
	char directory[256], path[512];
	struct dirent *entry;
	int found = 0;
	DIR *dir;

	snprintf(directory, sizeof(directory), "%s/%s", vectors ? vectors : "tests/vectors",
		 folder);
	dir = opendir(directory);
	cr_assert_not_null(dir, "%s: run the tests in the root of the tree", directory);
	while ((entry = readdir(dir))) {
		const char *end = strrchr(entry->d_name, '.');

		if (!end || strcmp(end, ".sip"))
			continue;
		snprintf(path, sizeof(path), "%s/%s", directory, entry->d_name);
		try(path, context);
		found++;
	}
	closedir(dir);
	return found;
}

Test(sip_vectors, tells_the_facts_of_each)
{
	cr_expect_geq(each_vector("sip", expect_facts, NULL), 10);
	cr_expect_geq(each_vector("torture/rfc4475", expect_facts, NULL), 49);
	cr_expect_geq(each_vector("torture/rfc5118", expect_facts, NULL), 12);
}

/* A vector of ours has the same headers, readable or not, as the message that it is made after. */
static void expect_shape(const char *path, const void *originals)
{
	static char ours[sizeof(told)];
	char original[512];
	const char *name = strrchr(path, '/') + 1;

	tell_file(path);
	strcpy(ours, told);
	snprintf(original, sizeof(original), "%s/%.*s.dat", (const char *)originals,
		 (int)strlen(name) - 4, name);
	tell_file(original);
	cr_expect_str_eq(told, ours, "%s: told is\n%s, and of ours\n%s", original, told, ours);
}

/*
 * The messages of RFC 4475 themselves, which are not ours to hand on: SIPSHIELD_RFC4475 names a
 * folder with those that its appendix A holds, wsinv.dat and so on.
 */
Test(sip_vectors, rfc4475_originals)
{
	const char *originals = getenv("SIPSHIELD_RFC4475");

	if (!originals)
		cr_skip_test("SIPSHIELD_RFC4475 names no folder");
	shape_only = true;
	cr_expect_geq(each_vector("torture/rfc4475", expect_shape, originals), 49);
}
