// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The errors of a policy: collected, sorted, printed with their lines.
 */
#include "user/policy_tree.h"

#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "user/nearest.h"

#define EXCERPT 100	/* characters of a source line that are shown */
#define BEFORE_CARET 60 /* of them at most before the column of the error */

static void note(struct policy_reader *reader, __u16 file, __u32 line, __u32 column,
		 const char *format, va_list args)
{
	struct policy_error *error;

	if (reader->errors == POLICY_ERRORS_MAX) {
		reader->suppressed++;
		return;
	}
	error = &reader->error[reader->errors++];
	error->file = file;
	error->line = line;
	error->column = column;
	vsnprintf(error->text, sizeof(error->text), format, args);
}

void policy_error(struct policy_reader *reader, __u32 line, __u32 column, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note(reader, reader->sources - 1, line, column, format, args);
	va_end(args);
}

void policy_error_at(struct policy_reader *reader, const struct policy_prefix *where,
		     const char *format, ...)
{
	va_list args;

	va_start(args, format);
	note(reader, where->file, where->line, where->column, format, args);
	va_end(args);
}

void policy_error_here(struct policy_reader *reader, const struct node *node, const char *format,
		       ...)
{
	char what[sizeof(reader->error[0].text)];
	va_list args;

	va_start(args, format);
	vsnprintf(what, sizeof(what), format, args);
	va_end(args);
	policy_error(reader, node->line, node->column, "%s%s%s", reader->path,
		     *reader->path ? ": " : "", what);
}

static int by_place(const void *a, const void *b)
{
	const struct policy_error *x = a, *y = b;

	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

/* Bytes of the UTF-8 character at p; 1 for a byte that begins none. Never beyond end. */
static size_t character(const char *p, const char *end)
{
	unsigned char byte = *p;
	size_t len = byte >= 0xf0 ? 4 : byte >= 0xe0 ? 3 : byte >= 0xc2 ? 2 : 1;

	if (len > (size_t)(end - p))
		return 1;
	for (size_t i = 1; i < len; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 1;
	}
	return len;
}

/* Would it change the terminal? C0, DEL and C1 (which UTF-8 writes as c2 80 to c2 9f). */
static bool is_control(const char *p, size_t len)
{
	unsigned char byte = *p;

	if (len == 1)
		return byte < 0x20 || byte >= 0x7f;
	return len == 2 && byte == 0xc2 && (unsigned char)p[1] < 0xa0;
}

/* The line, from 1, of a text; *end is where it ends. libyaml ends lines with CR, LF and CR LF. */
static const char *find_line(const struct policy_source *source, __u32 line, const char **end)
{
	const char *p = source->text;
	const char *stop = source->text + source->length;

	for (; line > 1 && p < stop; p++) {
		if (*p == '\n' || (*p == '\r' && (p + 1 == stop || p[1] != '\n')))
			line--;
	}
	for (*end = p; *end < stop && **end != '\n' && **end != '\r'; (*end)++)
		;
	return p;
}

static void print_line(const struct policy_source *source, const struct policy_error *error,
		       FILE *err)
{
	const char *end;
	const char *p = find_line(source, error->line, &end);
	size_t first = error->column > BEFORE_CARET ? error->column - BEFORE_CARET : 0;
	size_t len, at = 0;
	size_t caret = 1;
	char pad[EXCERPT + 1];

	for (; p < end && at < first; at++)
		p += character(p, end);
	fputs(first ? "  ..." : "  ", err);
	memset(pad, ' ', sizeof(pad));
	for (; p < end && at < first + EXCERPT; p += len, at++) {
		len = character(p, end);
		if (*p == '\t')
			pad[at - first] = '\t';
		if (*p != '\t' && is_control(p, len))
			fputc('?', err);
		else
			fwrite(p, 1, len, err);
	}
	if (error->column)
		caret = error->column - first;
	fprintf(err, "%s\n%s%.*s^\n", p < end ? "..." : "", first ? "     " : "  ", (int)caret - 1,
		pad);
}

void policy_errors_print(struct policy_reader *reader, FILE *err)
{
	qsort(reader->error, reader->errors, sizeof(*reader->error), by_place);
	for (size_t i = 0; i < reader->errors; i++) {
		const struct policy_error *error = &reader->error[i];
		const struct policy_source *source = &reader->source[error->file];

		fprintf(err, "%s:%u:%u: error: %s\n", source->file, error->line, error->column,
			error->text);
		print_line(source, error, err);
	}
	if (reader->suppressed)
		fprintf(err, "and %zu more errors\n", reader->suppressed);
}

const char *policy_quote(const char *text, size_t length, char out[QUOTE_LEN])
{
	const char *end = text + length;
	size_t used = 0;
	size_t len;

	for (const char *p = text; p < end; p += len) {
		len = character(p, end);
		if (used + len + sizeof("...") > QUOTE_LEN) {
			memcpy(out + used, "...", 3);
			used += 3;
			break;
		}
		if (is_control(p, len)) {
			out[used++] = '?';
			continue;
		}
		memcpy(out + used, p, len);
		used += len;
	}
	out[used] = 0;
	return out;
}

const char *policy_nearest(const char *word, size_t n, const char *(*name)(unsigned int i))
{
	struct nearest nearest = nearest_to(word);

	for (unsigned int i = 0; i < n; i++)
		nearest_offer(&nearest, name(i));
	return nearest.name;
}
