// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The differences that docs/limits.md argues, each by what must be so for it to explain one: either
 * a fact about the very value, or a change of the message after which the shield reads what the
 * other does. What none of them explains is a finding.
 */
#include <ctype.h>
#include <string.h>
#include <strings.h>

#include "bpf/sip_field.h"
#include "bpf/sip_sweep.h"
#include "tests/parity/explain.h"

#define LAST_TAG_BYTES 128 /* in which checks look for it */

/* --- bounds --- */

static bool line_is_long(const struct difference *d)
{
	static struct headers headers;

	headers_find(d->message, &headers);
	return headers.line_end + 2 >= SIP_LINE_BYTES; /* with the line's end */
}

static bool is_beyond(const struct header *h)
{
	return h->end >= SIP_WINDOW - 1 || h->lines > SIP_LINES_MAX;
}

/* Are all the headers that the shield misses beyond its bounds? */
static bool missing_beyond(const struct difference *d)
{
	static const struct {
		const char *name;
		char compact;
	} needed[] = {
		{ "Via", 'v' }, { "From", 'f' }, { "To", 't' }, { "Call-ID", 'i' }, { "CSeq", 0 }
	};
	static struct headers headers;
	const struct header *h;

	headers_find(d->message, &headers);
	for (size_t i = 0; i < COUNT(needed); i++) {
		if (!memmem(ours(d)->text, ours(d)->len, needed[i].name, strlen(needed[i].name)))
			continue;
		h = headers_named(d->message, &headers, needed[i].name, needed[i].compact);
		if (!h || !is_beyond(h))
			return false;
	}
	return true;
}

/* The value is longer than what is looked into, or has more parameters. */
static bool value_beyond(const struct difference *d, const struct header *h)
{
	int delimiters = 0;

	if (d->field == FIELD_CALL_ID || d->field == FIELD_LAST_TAG)
		return false;
	for (size_t i = h->value; i < h->end; i++)
		delimiters += strchr(";,\"", d->message->text[i]) != NULL;
	return h->end - h->value > SIP_FIELD_BYTES || delimiters > SIP_PARAMS_MAX;
}

/* A number of more digits than are read is none. */
static bool number_beyond(const struct difference *d, const struct header *h)
{
	size_t at = h->value, digits = 0;

	if ((d->field != FIELD_CSEQ && d->field != FIELD_CSEQ_METHOD) || ours(d)->len)
		return false;
	while (at < h->end && isspace((unsigned char)d->message->text[at]))
		at++;
	for (; at < h->end && isdigit((unsigned char)d->message->text[at]); at++)
		digits++;
	return digits > SIP_DIGITS_MAX;
}

static bool beyond_bounds(const struct difference *d)
{
	const struct header *h;

	if (line_is_long(d))
		return d->field != FIELD_METHOD && d->field != FIELD_KNOWN;
	if (d->field == FIELD_MISSING)
		return missing_beyond(d);
	h = header_of(d);
	if (!h)
		return false;
	if (is_beyond(h) && ours(d)->len <= theirs(d)->len &&
	    !memcmp(ours(d)->text, theirs(d)->text, ours(d)->len))
		return true;
	return value_beyond(d, h) || number_beyond(d, h);
}

/* --- what ends what --- */

/* The message ends inside its last line: the shield cannot know whether more of it is to come. */
static bool last_line_open(const struct difference *d)
{
	static struct message changed;

	changed = *d->message;
	if (changed.len + 2 > sizeof(changed.text) || !changed.len ||
	    changed.text[changed.len - 1] == '\n')
		return false;
	memcpy(changed.text + changed.len, "\r\n", 2);
	changed.len += 2;
	return same_in(d, &changed);
}

/* What is marked names no transaction: each packet pays. */
static bool marked_unsure(const struct difference *d)
{
	return d->field == FIELD_BRANCH && d->shield->unsure;
}

/* Without a branch only a message of the same bytes is a repeat, so that nothing can be varied. */
static bool no_branch(const struct difference *d)
{
	return d->field == FIELD_BRANCH && !ours(d)->len;
}

static void drop_controls(const struct value *from, struct value *to)
{
	to->len = 0;
	for (size_t i = 0; i < from->len; i++)
		if ((unsigned char)from->text[i] > ' ')
			to->text[to->len++] = from->text[i];
}

static bool has_control(const struct value *value)
{
	for (size_t i = 0; i < value->len; i++)
		if (is_control(value->text[i]))
			return true;
	return false;
}

/* Around a Call-ID they are letters to one and blanks to the other. */
static bool call_id_controls(const struct difference *d)
{
	static struct value a, b;

	if (d->field != FIELD_CALL_ID)
		return false;
	drop_controls(ours(d), &a);
	drop_controls(theirs(d), &b);
	return value_same(&a, &b);
}

/* A control character: a letter? */
static bool control_character(const struct difference *d)
{
	static struct message changed;
	static struct reading again;
	const struct header *h = header_of(d);
	struct value *value;
	bool any = false;

	if (d->field == FIELD_METHOD || d->field == FIELD_KNOWN)
		return is_control(d->other->field[FIELD_METHOD].text[0]);
	if (d->field == FIELD_USER)
		return has_control(theirs(d));
	if (!h)
		return false;
	if (call_id_controls(d) || has_control(theirs(d)))
		return true;
	changed = *d->message;
	for (size_t i = h->begin; i < h->end; i++) {
		if (!is_control(changed.text[i]))
			continue;
		changed.text[i] = '~';
		any = true;
	}
	if (any && !theirs(d)->len)
		return true;
	shield_read(&changed, &again);
	value = &again.field[d->field];
	if (!any || value->len != theirs(d)->len)
		return false;
	for (size_t i = 0; i < value->len; i++)
		if (value->text[i] != theirs(d)->text[i] && !is_control(theirs(d)->text[i]))
			return false;
	return true;
}

/* --- what one takes and the other does not --- */

static bool method_is_no_token(const struct difference *d)
{
	static const char marks[] = "-.!%*_+`'~";
	const struct value *method = &d->other->field[FIELD_METHOD];

	if (d->field != FIELD_MAX || d->other->taken != TAKEN_REQUEST)
		return false;
	for (size_t i = 0; i < method->len; i++) {
		char c = method->text[i];

		if (c < 0 || !c || (!isalnum(c) && !strchr(marks, c)))
			return true;
	}
	return false;
}

static bool from_refused(const struct difference *d)
{
	return (d->field == FIELD_FROM_TAG || d->field == FIELD_LAST_TAG) && d->other->no_from &&
	       !theirs(d)->len;
}

static bool uri_refused(const struct difference *d)
{
	return d->field == FIELD_USER && d->other->no_uri && !theirs(d)->len;
}

static bool cseq_is_no_number(const struct difference *d)
{
	const struct value *number = &d->other->field[FIELD_CSEQ];

	if (d->field != FIELD_CSEQ && d->field != FIELD_CSEQ_METHOD)
		return false;
	if (number->len == strlen("overflow") && !memcmp(number->text, "overflow", number->len))
		return false;
	for (size_t i = 0; i < number->len; i++)
		if (!isdigit((unsigned char)number->text[i]))
			return !ours(d)->len || is_control(number->text[i]);
	return false;
}

/* A last word of more than 15 bytes is no version, unless it is the third. */
static bool version_is_long(const struct difference *d)
{
	static struct headers headers;
	size_t at, end;

	if (d->field != FIELD_MAX || d->shield->taken != TAKEN_REFUSED)
		return false;
	headers_find(d->message, &headers);
	end = headers.line_end;
	while (end && (unsigned char)d->message->text[end - 1] <= ' ')
		end--;
	for (at = end; at && (unsigned char)d->message->text[at - 1] > ' '; at--)
		;
	return end - at > 15;
}

/* A response of a version that is not SIP/2.0. */
static bool response_version(const struct difference *d)
{
	return d->field == FIELD_MAX && d->other->taken == TAKEN_RESPONSE &&
	       d->shield->taken == TAKEN_REFUSED &&
	       !memmem(d->message->text, d->message->len, "SIP/2.0 ", 8);
}

/* --- the user of the Request-URI --- */

static bool is_scheme(const struct difference *d, const char *scheme)
{
	static struct headers headers;
	size_t len = strlen(scheme);

	headers_find(d->message, &headers);
	for (size_t i = 0; i + len <= headers.line_end; i++)
		if (!strncasecmp(d->message->text + i, scheme, len))
			return true;
	return false;
}

static bool number_separators(const struct difference *d)
{
	static struct value plain, other;

	if (d->field != FIELD_USER || !(is_scheme(d, "tel:") || is_scheme(d, "user=phone")))
		return false;
	if (is_scheme(d, "tel:") && memchr(ours(d)->text, '@', ours(d)->len))
		return true;
	plain.len = 0;
	drop_controls(theirs(d), &other);
	for (size_t i = 0; i < ours(d)->len; i++)
		if (!strchr("-.()", ours(d)->text[i]))
			plain.text[plain.len++] = ours(d)->text[i];
	return other.len && other.len <= plain.len && !memcmp(plain.text, other.text, other.len);
}

static bool urn_user(const struct difference *d)
{
	return d->field == FIELD_USER && is_scheme(d, "urn:") && !ours(d)->len;
}

static bool user_parameters(const struct difference *d)
{
	size_t len = theirs(d)->len;

	return d->field == FIELD_USER && ours(d)->len > len &&
	       !memcmp(ours(d)->text, theirs(d)->text, len) && ours(d)->text[len] == ';';
}

static bool at_sign_first(const struct difference *d)
{
	return d->field == FIELD_USER && !ours(d)->len && theirs(d)->len &&
	       theirs(d)->text[0] == '@';
}

/* --- tags --- */

/* Checks find it only where it is the last parameter, short, and nothing but its letters. */
static bool tag_not_last(const struct difference *d)
{
	const struct header *h = header_of(d);
	const char *text = d->message->text;
	size_t len = theirs(d)->len;

	if (d->field != FIELD_LAST_TAG || ours(d)->len || !h)
		return false;
	for (size_t i = 0; i < len; i++)
		if (strchr("=;>\"", theirs(d)->text[i]) ||
		    isspace((unsigned char)theirs(d)->text[i]))
			return true;
	return len + 4 > LAST_TAG_BYTES || h->end < h->value + len + 4 ||
	       memcmp(text + h->end - len, theirs(d)->text, len) != 0 ||
	       strncasecmp(text + h->end - len - 4, "tag=", 4) != 0;
}

/* Of several tags the last: with the names of those before it changed it is the one. */
static bool several_tags(const struct difference *d)
{
	static struct message changed;
	const struct header *h = header_of(d);

	if (d->field != FIELD_FROM_TAG || !h)
		return false;
	changed = *d->message;
	for (size_t i = h->value; i + 4 <= h->end; i++) {
		if (strncasecmp(changed.text + i, "tag", 3) != 0)
			continue;
		changed.text[i] = 'x';
		if (same_in(d, &changed))
			return true;
	}
	return false;
}

/* From is no list: behind a comma it goes on, and theirs has the comma in it or stands there. */
static bool comma_in_from(const struct difference *d)
{
	const struct header *h = header_of(d);
	const char *comma, *end;

	if ((d->field != FIELD_FROM_TAG && d->field != FIELD_LAST_TAG) || !h)
		return false;
	comma = memchr(d->message->text + h->value, ',', h->end - h->value);
	if (!comma)
		return false;
	end = d->message->text + h->end;
	return memchr(theirs(d)->text, ',', theirs(d)->len) ||
	       memmem(comma, end - comma, theirs(d)->text, theirs(d)->len);
}

/* Of what is no well-formed From the checks have the tag all the same. */
static bool same_for_checks(const struct difference *d)
{
	const struct value *last = &d->shield->field[FIELD_LAST_TAG];

	return d->field == FIELD_FROM_TAG && last->len && value_same(last, theirs(d));
}

static const struct class classes[] = {
	{ "beyond the bounds of the parser", beyond_bounds },
	{ "a branch that is marked as unsure", marked_unsure },
	{ "a branch that the shield does not find", no_branch },
	{ "a last line without its end", last_line_open },
	{ "a control character that is a letter", control_character },
	{ "a method that is no token", method_is_no_token },
	{ "a version of more than 15 bytes", version_is_long },
	{ "a response of another version", response_version },
	{ "a From that Kamailio gives up", from_refused },
	{ "a Request-URI that Kamailio gives up", uri_refused },
	{ "a CSeq that is no number", cseq_is_no_number },
	{ "separators of a telephone number", number_separators },
	{ "a user in a urn", urn_user },
	{ "a user that begins with an at sign", at_sign_first },
	{ "parameters in a user", user_parameters },
	{ "a tag that is not last, for checks", tag_not_last },
	{ "several tags", several_tags },
	{ "a comma in From", comma_in_from },
	{ "a tag that the checks find", same_for_checks },
};

#define CLASSES ((int)COUNT(classes) + osip_classes_count)

static const struct class *class_number(int i)
{
	return i < (int)COUNT(classes) ? &classes[i] : &osip_classes[i - (int)COUNT(classes)];
}

static int first_class(const struct difference *d)
{
	for (int i = 0; i < CLASSES; i++)
		if (class_number(i)->explains(d))
			return i;
	return -1;
}

/*
 * The message with a line's end for the carriage return that stands by itself for the n-th time, or
 * for each (-1). Returns whether there is one.
 */
static bool end_lines(const struct message *m, int n, struct message *out)
{
	bool any = false;

	out->len = 0;
	for (size_t i = 0; i < m->len && out->len + 2 <= sizeof(out->text); i++) {
		out->text[out->len++] = m->text[i];
		if (m->text[i] != '\r' || (i + 1 < m->len && m->text[i + 1] == '\n'))
			continue;
		if (n > 0) {
			n--;
			continue;
		}
		if (n == 0 && any)
			continue;
		out->text[out->len++] = '\n';
		any = true;
	}
	return any;
}

/* Is it that a carriage return ends a line there? What is then left must be explained too. */
static bool lone_return(const struct difference *d)
{
	static struct message changed;
	static struct reading again;
	struct difference left = *d;

	left.message = &changed;
	left.shield = &again;
	for (int n = -1; end_lines(d->message, n, &changed); n++) {
		shield_read(&changed, &again);
		if (same_in(d, &changed) || first_class(&left) >= 0)
			return true;
	}
	return false;
}

#define LONE_RETURN CLASSES

/* A branch that the shield is sure of tells repeats from new requests: nothing excuses another. */
static bool is_bypass(const struct difference *d)
{
	return d->by_kamailio && d->field == FIELD_BRANCH && ours(d)->len && !d->shield->unsure;
}

int difference_class(const struct difference *d)
{
	int class;

	if (is_bypass(d))
		return -1;
	class = first_class(d);
	return class < 0 && lone_return(d) ? LONE_RETURN : class;
}

const char *difference_class_name(int class)
{
	return class == LONE_RETURN ? "a carriage return that ends a line"
				    : class_number(class)->name;
}

int difference_classes(void)
{
	return LONE_RETURN + 1;
}
