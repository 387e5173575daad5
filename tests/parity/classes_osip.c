// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where libosip2 reads a message otherwise that Kamailio refuses, and no harm is in it: a server
 * that refuses a message keeps no transaction of it.
 */
#include <ctype.h>
#include <string.h>

#include "tests/parity/explain.h"

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c |= 0x20;
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/*
 * A value without quotes and escapes: its first word, or all of it without blanks. An escape that
 * is none ends it.
 */
static void osip_word(const struct value *from, struct value *to, bool first)
{
	const char *text = from->text;

	to->len = 0;
	for (size_t at = 0; at < from->len; at++) {
		char c = text[at];

		if (c == '"' || (c >= 0 && c <= ' ') || (first && strchr(",;(", c))) {
			if (first && to->len)
				return;
			continue;
		}
		if (c == '%') {
			if (at + 2 >= from->len || hex_digit(text[at + 1]) < 0 ||
			    hex_digit(text[at + 2]) < 0)
				return;
			c = hex_digit(text[at + 1]) << 4 | hex_digit(text[at + 2]);
			at += 2;
		}
		if (!c || c == ' ')
			return;
		to->text[to->len++] = c;
	}
}

/*
 * libosip2 keeps quotes and blanks, resolves escapes, takes in what stands behind a blank, and ends
 * some words earlier.
 */
bool osip_same(const struct value *mine, const struct value *its)
{
	static struct value a, b;

	if (!mine->len || !its->len)
		return !mine->len && !its->len;
	if (its->len > mine->len && its->text[mine->len] == ' ' &&
	    !memcmp(its->text, mine->text, mine->len))
		return true;
	osip_word(mine, &a, true);
	osip_word(its, &b, true);
	if (value_same(&a, &b))
		return true;
	osip_word(mine, &a, false);
	osip_word(its, &b, false);
	return value_same(&a, &b) || (b.len && b.len < a.len && !memcmp(a.text, b.text, b.len));
}

static bool osip_more_than_word(const struct difference *d)
{
	return !d->by_kamailio && d->field != FIELD_MAX && osip_same(ours(d), theirs(d));
}

/* It unfolds the message before it looks at anything else. */
static bool osip_unfolds(const struct difference *d)
{
	static struct message changed;
	bool any = false;

	if (d->by_kamailio)
		return false;
	changed = *d->message;
	for (size_t i = 0; i + 1 < changed.len; i++) {
		char *at = changed.text + i;

		if (at[0] != '\n' || (at[1] != ' ' && at[1] != '\t'))
			continue;
		*at = ' ';
		if (i && at[-1] == '\r')
			at[-1] = ' ';
		any = true;
	}
	return any && same_in(d, &changed);
}

static bool osip_other_quotes(const struct difference *d)
{
	const struct header *h = header_of(d);

	return !d->by_kamailio && h && memchr(d->message->text + h->value, '"', h->end - h->value);
}

/* It looks for the blank before the method, and a tab is none. */
static bool osip_other_cseq(const struct difference *d)
{
	const struct header *h = header_of(d);

	return !d->by_kamailio && (d->field == FIELD_CSEQ || d->field == FIELD_CSEQ_METHOD) && h &&
	       memchr(d->message->text + h->value, '\t', h->end - h->value);
}

/* It looks for parameters in an address whose bracket stays open. */
static bool osip_open_address(const struct difference *d)
{
	return !d->by_kamailio && d->field == FIELD_FROM_TAG && !ours(d)->len &&
	       memchr(theirs(d)->text, '>', theirs(d)->len);
}

/* Tabs, control characters, bytes beyond ASCII and line ends in the start line are other things to it. */
static bool osip_other_line(const struct difference *d)
{
	static struct headers headers;

	if (d->by_kamailio)
		return false;
	headers_find(d->message, &headers);
	for (size_t i = 0; i < headers.line_end; i++)
		if (d->message->text[i] < ' ')
			return true;
	return d->field == FIELD_MAX && (d->other->taken == TAKEN_RESPONSE ||
					 !memmem(d->message->text, headers.line_end, "SIP/", 4));
}

/* It reads no branch, tag or user in what Kamailio refuses and the shield reads as far as it can. */
static bool osip_gives_up(const struct difference *d)
{
	return !d->by_kamailio && d->field != FIELD_MAX && ours(d)->len && !theirs(d)->len;
}

/* Of a header that is there twice, the first time empty, it takes the second. */
static bool osip_skips_empty(const struct difference *d)
{
	const struct header *h = header_of(d);

	if (d->by_kamailio || !h || ours(d)->len)
		return false;
	for (size_t i = h->value; i < h->end; i++)
		if (!isspace((unsigned char)d->message->text[i]))
			return d->message->text[i] == ',';
	return true;
}

const struct class osip_classes[] = {
	{ "libosip2: more than a word", osip_more_than_word },
	{ "libosip2: unfolds first", osip_unfolds },
	{ "libosip2: other quotes", osip_other_quotes },
	{ "libosip2: a tab in a CSeq", osip_other_cseq },
	{ "libosip2: an address that is open", osip_open_address },
	{ "libosip2: another start line", osip_other_line },
	{ "libosip2: gives up", osip_gives_up },
	{ "libosip2: skips what is empty", osip_skips_empty },
};

const int osip_classes_count = COUNT(osip_classes);
