// SPDX-License-Identifier: GPL-2.0-or-later
/* Where the headers of a message are, found slowly and without bounds. */
#include <string.h>
#include <strings.h>

#include "tests/parity/parity.h"

static bool is_end(char c)
{
	return c == '\r' || c == '\n';
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t';
}

/* Behind the line feed of the line at `at`. */
static size_t next_line(const struct message *m, size_t at)
{
	const char *feed = memchr(m->text + at, '\n', m->len - at);

	return feed ? (size_t)(feed - m->text) + 1 : m->len;
}

static size_t trimmed(const struct message *m, size_t at, size_t end)
{
	while (end > at && is_end(m->text[end - 1]))
		end--;
	return end;
}

/* The start line, behind what may stand before it. */
static size_t skip_start_line(const struct message *m, struct headers *out)
{
	size_t at = 0, next;

	while (at < m->len && m->text[at] >= 0 && m->text[at] <= ' ')
		at++;
	next = next_line(m, at);
	out->line_end = trimmed(m, at, next);
	return next;
}

/* Is it skipped before a header? */
static bool lone_return(const struct message *m, size_t at)
{
	return at + 1 < m->len && m->text[at] == '\r' && m->text[at + 1] != '\n';
}

void headers_find(const struct message *m, struct headers *out)
{
	size_t at = skip_start_line(m, out), next;
	int lines = 0;

	out->count = 0;
	for (; out->count < MESSAGE_HEADERS; at = next) {
		struct header *h = &out->header[out->count];
		const char *colon;

		at += lone_return(m, at);
		if (at >= m->len || is_end(m->text[at]))
			break;
		out->count++;
		next = next_line(m, at);
		for (lines++; next < m->len && is_blank(m->text[next]); lines++)
			next = next_line(m, next);
		h->begin = at;
		h->end = trimmed(m, at, next);
		h->lines = lines;
		colon = memchr(m->text + at, ':', h->end - at);
		h->value = colon ? (size_t)(colon - m->text) + 1 : h->end;
	}
	out->end = at;
}

static bool is_named(const struct message *m, const struct header *h, const char *name)
{
	size_t at = h->begin, len = strlen(name);

	if (h->end - at <= len || strncasecmp(m->text + at, name, len) != 0)
		return false;
	for (at += len; at < h->value - 1; at++)
		if (m->text[at] < 0 || m->text[at] > ' ')
			return false;
	return h->value > h->begin + len && m->text[h->value - 1] == ':';
}

const struct header *headers_named(const struct message *m, const struct headers *h,
				   const char *name, char compact)
{
	const char brief[] = { compact, 0 };

	for (int i = 0; i < h->count; i++)
		if (is_named(m, &h->header[i], name) ||
		    (compact && is_named(m, &h->header[i], brief)))
			return &h->header[i];
	return NULL;
}
