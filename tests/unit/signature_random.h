/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Random requests and random signatures that have something to do with each other, and the slow and
 * obvious way to say which hits which.
 */
#ifndef SIPSHIELD_TEST_SIGNATURE_RANDOM_H
#define SIPSHIELD_TEST_SIGNATURE_RANDOM_H

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "tests/unit/sip_scratch.h"
#include "user/names.h"
#include "user/signature.h"

#define TEXT_MAX 160

/* One request: its texts by field - SIGNATURE_FIELD_TEXT, NULL-like if not there, and numbers. */
struct sample {
	char text[SIGNATURE_TEXTS][TEXT_MAX];
	bool there[SIGNATURE_TEXTS];
	__u32 number[SIGNATURE_FIELD_TEXT];
	struct addr to;
};

/* The same numbers in each run. */
static inline __u32 next_random(void)
{
	static __u64 state = 0x9e3779b97f4a7c15ULL;

	state ^= state << 13;
	state ^= state >> 7;
	state ^= state << 17;
	return (__u32)(state >> 32);
}

static inline __u32 below(__u32 limit)
{
	return next_random() % limit;
}

static inline bool one_in(__u32 n)
{
	return !below(n);
}

/* Few characters, so that texts are found by accident, too. */
static inline char random_char(void)
{
	static const char chars[] = "aaAbB1f0cZz-.~_";

	return chars[below(sizeof(chars) - 1)];
}

static inline void random_text(char *out, __u32 max)
{
	static const char cookie[2][8] = { "z9hG4bK", "Z9HG4BK" };
	__u32 length = one_in(8) ? below(max + 1) : below(20);
	__u32 begun = one_in(3) ? below(8) : 0;

	length = length > begun ? length : begun;
	memcpy(out, cookie[below(2)], begun);
	for (__u32 i = begun; i < length; i++)
		out[i] = random_char();
	out[length] = 0;
}

static inline void change_case(char *text)
{
	size_t length = strlen(text);
	char *c = &text[length ? below((__u32)length) : 0];

	*c = (char)(isupper(*c) ? tolower(*c) : toupper(*c));
}

/* The address that was asked, in hexadecimal once or twice, into the middle of a text. */
static inline void write_own(const struct sample *m, char *text)
{
	char once[9], twice[17];
	size_t length = strlen(text);
	const char *own = one_in(2) ? once : twice;

	snprintf(once, sizeof(once), "%02x%02x%02x%02x", m->to.byte[12], m->to.byte[13],
		 m->to.byte[14], m->to.byte[15]);
	for (int i = 0; i < 8; i++)
		snprintf(twice + 2 * i, 3, "%02x", (unsigned char)once[i]);
	if (own == once && one_in(2))
		once[7] = (char)toupper(once[7]);
	if (length >= strlen(own))
		memcpy(text + below((__u32)(length - strlen(own)) + 1), own, strlen(own));
}

static inline void random_sample(struct sample *m)
{
	*m = (struct sample){ .to = { .byte = { [10] = 0xff, 0xff } } };
	for (int i = 12; i < 16; i++)
		m->to.byte[i] = (__u8)next_random();
	if (one_in(8))
		m->to.byte[0] = 0x20;
	for (int i = 0; i < SIGNATURE_TEXTS; i++) {
		int other = (int)below(SIGNATURE_TEXTS);

		random_text(m->text[i], TEXT_MAX - 1);
		if (one_in(4))
			memcpy(m->text[i], m->text[other], TEXT_MAX);
		if (one_in(4))
			change_case(m->text[i]);
		if (one_in(4))
			write_own(m, m->text[i]);
		m->there[i] = !one_in(6);
	}
	m->number[SIGNATURE_FIELD_METHOD] =
		SIP_METHOD_NONE + 1 + below(SIP_METHOD_RESPONSE - SIP_METHOD_NONE - 1);
	m->number[SIGNATURE_FIELD_SOURCE_PORT] = below(16);
	m->number[SIGNATURE_FIELD_PAYLOAD_LENGTH] = 9 + below(16); /* less is no request */
}

static inline const char *sample_text(const struct sample *m, __u32 field)
{
	return m->there[field - SIGNATURE_FIELD_TEXT] ? m->text[field - SIGNATURE_FIELD_TEXT]
						      : NULL;
}

/* --- the request as it is sent ------------------------------------------------------------------*/

static inline size_t add_uri(char *out, size_t size, const char *user, const char *host)
{
	return (size_t)snprintf(out, size, "<sip:%s%s%s>", user ? user : "", user ? "@" : "", host);
}

/* A header that holds a URI, and perhaps a tag; without its host there is no header. */
static inline size_t add_address(char *out, size_t size, const char *name, const char *user,
				 const char *host, const char *tag)
{
	size_t n;

	if (!host)
		return 0;
	n = (size_t)snprintf(out, size, "%s: ", name);
	n += add_uri(out + n, size - n, user, host);
	if (tag)
		n += (size_t)snprintf(out + n, size - n, ";tag=%s", tag);
	return n + (size_t)snprintf(out + n, size - n, "\r\n");
}

static inline size_t sample_header(const struct sample *m, char *out, size_t size)
{
	const char *agent = sample_text(m, SIGNATURE_FIELD_USER_AGENT);
	const char *call = sample_text(m, SIGNATURE_FIELD_CALL_ID);
	const char *branch = sample_text(m, SIGNATURE_FIELD_BRANCH);
	size_t n = 0;

	if (agent)
		n += (size_t)snprintf(out + n, size - n, "User-Agent: %s\r\n", agent);
	if (call)
		n += (size_t)snprintf(out + n, size - n, "i:%s\r\n", call);
	n += (size_t)snprintf(out + n, size - n, "Via: SIP/2.0/UDP h%s%s\r\n",
			      branch ? ";branch=" : "", branch ? branch : "");
	return n;
}

/* Writes the request; what cannot be sent as it is is taken out of the sample. */
static inline size_t sample_message(struct sample *m, char *out, size_t size)
{
	const char *tag;
	size_t n, at;

	/* A tag without a From, a Request-URI without a host: no such thing is sent. */
	if (!m->there[SIGNATURE_FIELD_FROM_HOST - SIGNATURE_FIELD_TEXT])
		m->there[SIGNATURE_FIELD_FROM_USER - SIGNATURE_FIELD_TEXT] =
			m->there[SIGNATURE_FIELD_FROM_TAG - SIGNATURE_FIELD_TEXT] = false;
	if (!m->there[SIGNATURE_FIELD_TO_HOST - SIGNATURE_FIELD_TEXT])
		m->there[SIGNATURE_FIELD_TO_USER - SIGNATURE_FIELD_TEXT] = false;
	m->there[SIGNATURE_FIELD_RURI_HOST - SIGNATURE_FIELD_TEXT] = true;
	tag = sample_text(m, SIGNATURE_FIELD_FROM_TAG);
	n = (size_t)snprintf(out, size, "%s ",
			     m->number[SIGNATURE_FIELD_METHOD] == SIP_METHOD_OTHER
				     ? "FROB"
				     : method_name(m->number[SIGNATURE_FIELD_METHOD]));
	at = n;
	n += add_uri(out + n, size - n, sample_text(m, SIGNATURE_FIELD_RURI_USER),
		     sample_text(m, SIGNATURE_FIELD_RURI_HOST));
	/* without its brackets */
	memmove(out + at, out + at + 1, n - at - 2);
	n -= 2;
	n += (size_t)snprintf(out + n, size - n, " SIP/2.0\r\n");
	n += sample_header(m, out + n, size - n);
	n += add_address(out + n, size - n, "From", sample_text(m, SIGNATURE_FIELD_FROM_USER),
			 sample_text(m, SIGNATURE_FIELD_FROM_HOST), tag);
	n += add_address(out + n, size - n, "t", sample_text(m, SIGNATURE_FIELD_TO_USER),
			 sample_text(m, SIGNATURE_FIELD_TO_HOST), NULL);
	n += add_address(out + n, size - n, "Contact", "x",
			 sample_text(m, SIGNATURE_FIELD_CONTACT_HOST), NULL);
	n += (size_t)snprintf(out + n, size - n, "CSeq: 1 INVITE\r\n\r\n");
	return n;
}

/* --- rules --------------------------------------------------------------------------------------*/

static inline void fold(struct signature_atom *atom)
{
	for (unsigned int i = 0; i < atom->len; i++)
		atom->text[i] = (__u8)tolower(atom->text[i]);
}

/* A text that stands in the sample where the operator looks for it, or nearly. */
static inline void random_pattern(struct signature_atom *atom, const char *text)
{
	__u32 length = text ? (__u32)strlen(text) : 0, from = 0;
	__u32 most = length < SIGNATURE_TEXT_LEN ? length : SIGNATURE_TEXT_LEN;

	atom->len = (__u8)(most ? 1 + below(most) : 1);
	if (atom->op == SIGNATURE_OP_EQUALS && most)
		atom->len = (__u8)most;
	if (length && atom->op == SIGNATURE_OP_SUFFIX)
		from = length - atom->len;
	else if (length && atom->op == SIGNATURE_OP_WORD)
		from = below(length - atom->len + 1);
	for (unsigned int i = 0; i < atom->len; i++)
		atom->text[i] = length ? (__u8)text[from + i] : (__u8)random_char();
	if (one_in(6))
		atom->text[below(atom->len)] = (__u8)random_char();
	/* What stands behind a URI is no more of it. */
	if (atom->op == SIGNATURE_OP_PREFIX && atom->len == length && most < SIGNATURE_TEXT_LEN &&
	    one_in(2))
		atom->text[atom->len++] = '>';
	if (atom->op == SIGNATURE_OP_WORD) {
		if (!isalnum(atom->text[0]))
			atom->text[0] = 'a';
		atom->flags = SIGNATURE_ANY_CASE;
	}
	if (signature_any_case(atom->field) || one_in(3))
		atom->flags = SIGNATURE_ANY_CASE;
	if (atom->flags)
		fold(atom);
}

static inline void random_range(struct signature_atom *atom, __u32 value, __u32 max)
{
	atom->min = (__u16)(value > 3 ? value - below(4) : value);
	atom->max = (__u16)(value + below(4));
	if (one_in(8))
		atom->min = (__u16)(value + 1);
	if (atom->max > max)
		atom->max = (__u16)max;
	if (atom->min > atom->max)
		atom->min = atom->max;
}

static inline struct signature_atom random_atom(const struct sample *m)
{
	struct signature_atom atom = { .field = (__u8)below(SIGNATURE_FIELDS) };
	const struct signature_class *class = &signature_classes[below(signature_class_count)];
	const char *text;

	if (!signature_is_text(atom.field)) {
		random_range(&atom, m->number[atom.field], 65535);
		return atom;
	}
	text = sample_text(m, atom.field);
	atom.op = (__u8)(SIGNATURE_OP_EQUALS + below(SIGNATURE_OPS - SIGNATURE_OP_EQUALS));
	switch ((enum signature_op)atom.op) {
	case SIGNATURE_OP_CHARS:
		atom.low = class->low;
		atom.high = class->high;
		random_range(&atom, text && *text ? (__u32)strlen(text) : 9, SIGNATURE_VALUE_LEN);
		atom.min = atom.min ? atom.min : 1;
		break;
	case SIGNATURE_OP_LENGTH:
		random_range(&atom, text ? (__u32)strlen(text) : 9, 65535);
		break;
	case SIGNATURE_OP_SAME:
		atom.other = (__u8)(SIGNATURE_FIELD_TEXT + below(SIGNATURE_TEXTS));
		atom.flags = one_in(2) ? SIGNATURE_ANY_CASE : 0;
		break;
	case SIGNATURE_OP_OWN_ADDRESS:
		break;
	default:
		random_pattern(&atom, text);
		break;
	}
	return atom;
}

static inline struct signature random_rule(const struct sample *m)
{
	struct signature rule = { .action = (__u8)below(ACTION_ENFORCE + 1) };
	unsigned int atoms = 1 + below(one_in(4) ? SIGNATURE_ATOMS_MAX : 3);

	while (rule.atoms < atoms) {
		struct signature_atom atom = random_atom(m);

		signature_add_atom(&rule, &atom);
	}
	return rule;
}

/* --- what hits ----------------------------------------------------------------------------------*/

static inline bool texts_equal(const struct signature_atom *atom, const char *text)
{
	for (unsigned int i = 0; i < atom->len; i++) {
		char c = text[i];

		if (atom->flags & SIGNATURE_ANY_CASE)
			c = (char)tolower(c);
		if (c != (char)atom->text[i])
			return false;
	}
	return true;
}

static inline bool has_word(const struct signature_atom *atom, const char *text)
{
	size_t length = strlen(text);

	for (size_t at = 0; at + atom->len <= length && at < SIGNATURE_VALUE_LEN; at++) {
		if (texts_equal(atom, text + at) && (!at || !isalnum(text[at - 1])) &&
		    !isalnum(text[at + atom->len]))
			return true;
	}
	return false;
}

static inline bool made_of(const struct signature_atom *atom, const char *text)
{
	for (; *text; text++) {
		if (!((*text < 64 ? atom->low : atom->high) >> (*text & 63) & 1))
			return false;
	}
	return true;
}

static inline bool has_own(const struct sample *m, const char *text)
{
	char once[9], twice[17], digits[9] = "", cut[SIGNATURE_VALUE_LEN + 1];

	if (m->to.byte[0])
		return false;
	for (int i = 0; i < 4; i++)
		snprintf(once + 2 * i, 3, "%02x", m->to.byte[12 + i]);
	for (int i = 0; i < 8; i++)
		snprintf(twice + 2 * i, 3, "%02x", (unsigned char)once[i]);
	snprintf(cut, sizeof(cut), "%s", text);
	if (strstr(cut, twice))
		return true;
	for (const char *p = cut; strlen(p) >= 8; p++) {
		for (int i = 0; i < 8; i++)
			digits[i] = (char)tolower(p[i]);
		if (!strcmp(digits, once))
			return true;
	}
	return false;
}

static inline bool text_hits(const struct signature_atom *atom, const struct sample *m,
			     const char *text)
{
	size_t length = strlen(text);
	const char *other;

	switch ((enum signature_op)atom->op) {
	case SIGNATURE_OP_EQUALS:
		return length == atom->len && texts_equal(atom, text);
	case SIGNATURE_OP_PREFIX:
		return length >= atom->len && texts_equal(atom, text);
	case SIGNATURE_OP_SUFFIX:
		return length >= atom->len && texts_equal(atom, text + length - atom->len);
	case SIGNATURE_OP_WORD:
		return has_word(atom, text);
	case SIGNATURE_OP_CHARS:
		return length >= atom->min && length <= atom->max && made_of(atom, text);
	case SIGNATURE_OP_LENGTH:
		return length >= atom->min && length <= atom->max;
	case SIGNATURE_OP_SAME:
		other = sample_text(m, atom->other);
		return other && length && length <= SIGNATURE_VALUE_LEN &&
		       !(atom->flags & SIGNATURE_ANY_CASE ? strcasecmp(text, other)
							  : strcmp(text, other));
	case SIGNATURE_OP_OWN_ADDRESS:
		return has_own(m, text);
	default:
		return false;
	}
}

static inline bool rule_hits(const struct signature *rule, const struct sample *m)
{
	for (unsigned int i = 0; i < rule->atoms; i++) {
		const struct signature_atom *atom = &rule->atom[i];
		const char *text;

		if (!signature_is_text(atom->field)) {
			if (m->number[atom->field] < atom->min ||
			    m->number[atom->field] > atom->max)
				return false;
			continue;
		}
		text = sample_text(m, atom->field);
		if (!text || !text_hits(atom, m, text))
			return false;
	}
	return rule->action != ACTION_OFF;
}

#endif
