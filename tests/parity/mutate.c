// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Changes to a message that keep it a message, or nearly: what user agents, tools and attackers
 * write otherwise than the RFC's examples. All follows from a seed and a number.
 */
#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "tests/parity/mutate_words.h"
#include "tests/parity/parity.h"

#define CHANGES_MAX 4
#define LINES_MAX 256
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct editor {
	struct message *m;
	uint64_t random;
	int lines;		     /* of the header, the start line is number 0 */
	size_t begin[LINES_MAX + 1]; /* of each, and behind the last */
};

/* splitmix64 */
static uint64_t draw(struct editor *e)
{
	uint64_t z = e->random += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

static size_t pick(struct editor *e, size_t below)
{
	return below ? draw(e) % below : 0;
}

#define ONE_OF(e, array) ((array)[pick(e, COUNT(array))])

/* Puts text in the place of `gone` bytes at `at`. What does not fit is left undone. */
static void splice(struct editor *e, size_t at, size_t gone, const char *text, size_t len)
{
	struct message *m = e->m;

	if (at + gone > m->len || m->len - gone + len > sizeof(m->text))
		return;
	memmove(m->text + at + len, m->text + at + gone, m->len - at - gone);
	memcpy(m->text + at, text, len);
	m->len += len - gone;
}

static void insert(struct editor *e, size_t at, const char *text)
{
	splice(e, at, 0, text, strlen(text));
}

static void find_lines(struct editor *e)
{
	const char *feed;

	e->lines = 0;
	e->begin[0] = 0;
	while (e->lines < LINES_MAX) {
		size_t at = e->begin[e->lines];

		if (at >= e->m->len || e->m->text[at] == '\r' || e->m->text[at] == '\n')
			break;
		feed = memchr(e->m->text + at, '\n', e->m->len - at);
		e->begin[++e->lines] = feed ? (size_t)(feed - e->m->text) + 1 : e->m->len;
	}
}

/* End of a line's text. */
static size_t line_end(const struct editor *e, int line)
{
	size_t at = e->begin[line + 1];

	while (at > e->begin[line] && (e->m->text[at - 1] == '\n' || e->m->text[at - 1] == '\r'))
		at--;
	return at;
}

/* Where a line's value begins, behind its colon. */
static size_t value_begin(const struct editor *e, int line)
{
	size_t at = e->begin[line], end = line_end(e, line);

	while (at < end && e->m->text[at] != ':')
		at++;
	return at < end ? at + 1 : end;
}

static bool is_name(const struct editor *e, int line, const char *name)
{
	size_t at = e->begin[line], len = strlen(name);

	return at + len < e->m->len && !strncasecmp(e->m->text + at, name, len) &&
	       (e->m->text[at + len] == ':' || isspace((unsigned char)e->m->text[at + len]));
}

/* The first line of a header by one of its two names, or 0. */
static int find_header(const struct editor *e, const struct header_name *name)
{
	for (int i = 1; i < e->lines; i++)
		if (is_name(e, i, name->full) || is_name(e, i, name->compact))
			return i;
	return 0;
}

/* A line of one of the headers that are read; 0 if the message has not this one. */
static int some_header(struct editor *e)
{
	return find_header(e, &ONE_OF(e, header_names));
}

static int via_line(struct editor *e)
{
	return find_header(e, &header_names[NAME_VIA]);
}

static int address_line(struct editor *e)
{
	return find_header(e, &header_names[pick(e, 3) ? NAME_FROM : NAME_TO]);
}

static void replace_value(struct editor *e, int line, const char *text)
{
	size_t at = value_begin(e, line);

	if (line)
		splice(e, at, line_end(e, line) - at, text, strlen(text));
}

/* --- the start line --- */

/* Word number n of the start line, without the blanks around it. */
static size_t word_begin(const struct editor *e, int n, size_t *end)
{
	size_t at = 0, stop = line_end(e, 0);
	const char *text = e->m->text;

	for (;; n--) {
		while (at < stop && text[at] == ' ')
			at++;
		*end = at;
		while (*end < stop && text[*end] != ' ')
			++*end;
		if (!n)
			return at;
		at = *end;
	}
}

static void replace_word(struct editor *e, int n, const char *text)
{
	size_t end, at = word_begin(e, n, &end);

	splice(e, at, end - at, text, strlen(text));
}

static void flip_case(struct editor *e, size_t at, size_t end)
{
	for (; at < end; at++)
		if (isalpha((unsigned char)e->m->text[at]) && pick(e, 2))
			e->m->text[at] ^= 0x20;
}

static void method_case(struct editor *e)
{
	size_t end, at = word_begin(e, 0, &end);

	flip_case(e, at, end);
}

static void method_odd(struct editor *e)
{
	replace_word(e, 0, ONE_OF(e, odd_methods));
}

static void uri_odd(struct editor *e)
{
	replace_word(e, 1, ONE_OF(e, odd_uris));
}

static void version_odd(struct editor *e)
{
	replace_word(e, 2, ONE_OF(e, odd_versions));
}

static void line_blanks(struct editor *e)
{
	size_t end, at = word_begin(e, pick(e, 3), &end);

	insert(e, pick(e, 2) ? at : end, ONE_OF(e, odd_blanks));
}

static void leading(struct editor *e)
{
	static const char *const texts[] = { "\r\n", "\n", "\r\n\r\n", " ", "\t", " \r\n", "\r" };

	if (pick(e, 8))
		insert(e, 0, ONE_OF(e, texts));
	else
		splice(e, 0, 0, "\0\0", 1 + pick(e, 2));
}

/* --- header lines --- */

static void name_other(struct editor *e)
{
	const struct header_name *name = &ONE_OF(e, header_names);
	int line = find_header(e, name);
	bool full = is_name(e, line, name->full);

	if (line)
		splice(e, e->begin[line], strlen(full ? name->full : name->compact),
		       full ? name->compact : name->full,
		       strlen(full ? name->compact : name->full));
}

static void name_case(struct editor *e)
{
	int line = some_header(e);

	flip_case(e, e->begin[line], value_begin(e, line));
}

static void colon_blanks(struct editor *e)
{
	int line = some_header(e);
	size_t at = value_begin(e, line);

	if (!line)
		return;
	if (pick(e, 3) == 0)
		splice(e, at, e->m->text[at] == ' ', "", 0);
	else
		insert(e, at - pick(e, 2), ONE_OF(e, odd_blanks));
}

/* Behind a blank, comma, semicolon or equals sign. */
static void fold(struct editor *e)
{
	static const char *const folds[] = { "\r\n ", "\r\n\t", "\n ", "\r\n  \t ", " \r\n " };
	int line = some_header(e);
	size_t end = line_end(e, line), at = value_begin(e, line);

	at += pick(e, end - at);
	while (at < end && !strchr(" ,;=/", e->m->text[at]))
		at++;
	if (line && at < end)
		insert(e, at + pick(e, 2), ONE_OF(e, folds));
}

static void line_feed_only(struct editor *e)
{
	bool all = pick(e, 2);

	for (int i = e->lines - 1; i >= 0; i--) {
		size_t at = line_end(e, i);

		if ((all || !pick(e, 4)) && e->begin[i + 1] - at == 2)
			splice(e, at, 1, "", 0);
	}
}

static void return_only(struct editor *e)
{
	int line = pick(e, e->lines);

	if (e->begin[line + 1] - line_end(e, line) == 2)
		splice(e, e->begin[line + 1] - 1, 1, "", 0);
}

static void value_blanks(struct editor *e)
{
	int line = pick(e, 2) ? via_line(e) : some_header(e);
	size_t at = value_begin(e, line), end = line_end(e, line);

	if (!line || at >= end)
		return;
	at += pick(e, end - at);
	while (at < end && !strchr(" ,;=/:<>@", e->m->text[at]))
		at++;
	if (at < end)
		insert(e, at + pick(e, 2), ONE_OF(e, odd_blanks));
}

static void param_more(struct editor *e)
{
	int line = pick(e, 2) ? via_line(e) : address_line(e);
	size_t at = value_begin(e, line), end = line_end(e, line);

	if (!line)
		return;
	if (pick(e, 2))
		at += pick(e, end - at);
	while (at < end && e->m->text[at] != ';')
		at++;
	insert(e, pick(e, 3) ? at : end, ONE_OF(e, odd_params));
}

static void param_value(struct editor *e)
{
	int line = pick(e, 2) ? via_line(e) : address_line(e);
	size_t at = value_begin(e, line), end = line_end(e, line), to;
	const char *text;

	while (at < end && e->m->text[at] != '=')
		at++;
	if (at >= end)
		return;
	for (to = ++at; to < end && e->m->text[to] != ';' && e->m->text[to] != ','; to++)
		;
	text = ONE_OF(e, odd_values);
	splice(e, at, pick(e, 2) ? to - at : 0, text, strlen(text));
}

static void display(struct editor *e)
{
	int line = address_line(e);
	size_t at = value_begin(e, line);

	if (line)
		insert(e, at + (e->m->text[at] == ' '), ONE_OF(e, odd_displays));
}

static void no_angles(struct editor *e)
{
	int line = address_line(e);

	for (size_t at = line_end(e, line); line && at-- > value_begin(e, line);)
		if (e->m->text[at] == '<' || e->m->text[at] == '>')
			splice(e, at, 1, "", 0);
}

static void via_list(struct editor *e)
{
	int line = via_line(e);

	if (!line)
		return;
	if (pick(e, 3))
		insert(e, line_end(e, line), ONE_OF(e, next_vias));
	else
		insert(e, value_begin(e, line), ONE_OF(e, first_vias));
}

static void via_odd(struct editor *e)
{
	replace_value(e, via_line(e), ONE_OF(e, odd_vias));
}

static void address_odd(struct editor *e)
{
	replace_value(e, address_line(e), ONE_OF(e, odd_addresses));
}

static void call_id_odd(struct editor *e)
{
	replace_value(e, find_header(e, &header_names[NAME_CALL_ID]), ONE_OF(e, odd_call_ids));
}

static void cseq_odd(struct editor *e)
{
	replace_value(e, find_header(e, &header_names[NAME_CSEQ]), ONE_OF(e, odd_cseqs));
}

static void empty(struct editor *e)
{
	replace_value(e, some_header(e), ONE_OF(e, odd_blanks));
}

/* --- whole lines --- */

static void repeat(struct editor *e)
{
	char text[1024];
	int line = some_header(e);
	size_t len = e->begin[line + 1] - e->begin[line];

	if (!line || len > sizeof(text))
		return;
	memcpy(text, e->m->text + e->begin[line], len);
	splice(e, e->begin[1 + pick(e, e->lines)], 0, text, len);
}

static void drop(struct editor *e)
{
	int line = some_header(e);

	if (line)
		splice(e, e->begin[line], e->begin[line + 1] - e->begin[line], "", 0);
}

static void another(struct editor *e)
{
	insert(e, e->begin[1 + pick(e, e->lines)], ONE_OF(e, odd_lines));
}

static void many(struct editor *e)
{
	int n = 5 + pick(e, 70);

	while (n--)
		insert(e, e->begin[1], "X-More: 1\r\n");
}

static void lengthen(struct editor *e)
{
	char text[2600];
	int line = pick(e, 8) ? some_header(e) : 0;
	size_t len = 1 + pick(e, pick(e, 2) ? 300 : sizeof(text));
	size_t at = value_begin(e, line), end = line_end(e, line);

	memset(text, pick(e, 4) ? 'a' : ' ', sizeof(text));
	splice(e, pick(e, 2) ? end : at + pick(e, end - at), 0, text, len);
}

/* --- bytes --- */

static void one_byte(struct editor *e)
{
	static const char odd[] = "\0\x01\x7f\x80\xff\"\\<>;,:@=\r\n\t ()[]%";
	char byte = odd[pick(e, sizeof(odd) - 1)];

	splice(e, pick(e, e->begin[e->lines]), pick(e, 2), &byte, pick(e, 4) ? 1 : 0);
}

static void cut(struct editor *e)
{
	if (!pick(e, 4))
		e->m->len = 1 + pick(e, e->m->len);
}

static const struct {
	const char *name;
	void (*make)(struct editor *e);
} changes[] = {
	{ "method-case", method_case },
	{ "method-odd", method_odd },
	{ "uri-odd", uri_odd },
	{ "version-odd", version_odd },
	{ "line-blanks", line_blanks },
	{ "leading", leading },
	{ "name-other", name_other },
	{ "name-case", name_case },
	{ "colon-blanks", colon_blanks },
	{ "fold", fold },
	{ "line-feed-only", line_feed_only },
	{ "return-only", return_only },
	{ "value-blanks", value_blanks },
	{ "param-more", param_more },
	{ "param-value", param_value },
	{ "display", display },
	{ "no-angles", no_angles },
	{ "via-list", via_list },
	{ "via-odd", via_odd },
	{ "address-odd", address_odd },
	{ "call-id-odd", call_id_odd },
	{ "cseq-odd", cseq_odd },
	{ "empty", empty },
	{ "repeat", repeat },
	{ "drop", drop },
	{ "another", another },
	{ "many", many },
	{ "lengthen", lengthen },
	{ "one-byte", one_byte },
	{ "cut", cut },
};

void corpus_mutate(const struct message *from, uint64_t seed, uint64_t n, struct message *out)
{
	struct editor e = { .m = out, .random = seed ^ n * 0xd1342543de82ef95ULL };
	size_t count = 1 + pick(&e, CHANGES_MAX), note;

	*out = *from;
	note = strlen(out->note);
	note += snprintf(out->note + note, sizeof(out->note) - note, " #%llu",
			 (unsigned long long)n);
	while (count--) {
		size_t change = pick(&e, COUNT(changes));

		find_lines(&e);
		if (!e.lines)
			return;
		changes[change].make(&e);
		note += snprintf(out->note + note, sizeof(out->note) - note, " %s",
				 changes[change].name);
		if (note >= sizeof(out->note))
			return;
	}
}
