// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The parts of a signature by name and as text.
 */
#include "user/signature.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bpf/sip_line.h"
#include "bpf/sip_text.h"
#include "user/names.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

#define UPPER_HEX (0x7eULL)
#define LOWER_HEX (0x7eULL << 32)

const struct signature_class signature_classes[] = {
	{ "digit", SIP_CHARS_DIGIT, 0 },
	{ "lower-hex", SIP_CHARS_DIGIT, LOWER_HEX },
	{ "upper-hex", SIP_CHARS_DIGIT, UPPER_HEX },
	{ "hex", SIP_CHARS_DIGIT, LOWER_HEX | UPPER_HEX },
	{ "lower", 0, SIP_CHARS_LOWER },
	{ "upper", 0, SIP_CHARS_UPPER },
	{ "letter", 0, SIP_CHARS_LOWER | SIP_CHARS_UPPER },
	{ "lower-alnum", SIP_CHARS_DIGIT, SIP_CHARS_LOWER },
	{ "alnum", SIP_CHARS_DIGIT, SIP_CHARS_LOWER | SIP_CHARS_UPPER },
	{ "token", SIP_TOKEN_LOW, SIP_TOKEN_HIGH },
	{ "printable", ~0ULL << ' ', ~0ULL >> 1 },
};
const unsigned int signature_class_count = ARRAY_LEN(signature_classes);

static const struct {
	const char *name;
	bool any_case;
} fields[SIGNATURE_FIELDS] = {
#define FIELD(id, name, any_case) [SIGNATURE_FIELD_##id] = { name, any_case },
#include "maps/fields.def"
#undef FIELD
};

static const char *const ops[SIGNATURE_OPS] = {
	[SIGNATURE_OP_NUMBER] = "range",
	[SIGNATURE_OP_EQUALS] = "equals",
	[SIGNATURE_OP_PREFIX] = "prefix",
	[SIGNATURE_OP_SUFFIX] = "suffix",
	[SIGNATURE_OP_WORD] = "word",
	[SIGNATURE_OP_CHARS] = "chars",
	[SIGNATURE_OP_LENGTH] = "length",
	[SIGNATURE_OP_SAME] = "same-as",
	[SIGNATURE_OP_OWN_ADDRESS] = "own-address",
};

const char *signature_field_name(unsigned int field)
{
	return field < SIGNATURE_FIELDS ? fields[field].name : "invalid";
}

const char *signature_op_name(unsigned int op)
{
	return op < SIGNATURE_OPS ? ops[op] : "invalid";
}

const char *signature_class_name(unsigned int i)
{
	return i < signature_class_count ? signature_classes[i].name : "invalid";
}

const char *signature_atom_class(const struct signature_atom *atom)
{
	unsigned int i = 0;

	while (i < signature_class_count &&
	       (signature_classes[i].low != atom->low || signature_classes[i].high != atom->high))
		i++;
	return signature_class_name(i);
}

bool signature_is_text(unsigned int field)
{
	return field >= SIGNATURE_FIELD_TEXT && field < SIGNATURE_FIELDS;
}

bool signature_any_case(unsigned int field)
{
	return field < SIGNATURE_FIELDS && fields[field].any_case;
}

__u16 signature_field_max(unsigned int field)
{
	switch (field) {
	case SIGNATURE_FIELD_METHOD:
	case SIGNATURE_FIELD_SOURCE_PORT:
	case SIGNATURE_FIELD_PAYLOAD_LENGTH:
		return 65535;
	case SIGNATURE_FIELD_USER_AGENT:
	case SIGNATURE_FIELD_CALL_ID:
		return SIP_WINDOW;
	case SIGNATURE_FIELD_RURI_USER:
	case SIGNATURE_FIELD_RURI_HOST:
		return SIP_LINE_BYTES;
	default:
		return SIP_FIELD_BYTES;
	}
}

/* --- numbers ------------------------------------------------------------------------------------*/

/* The decimal number at *text, at most 65535; *text goes behind it. -1: there is none. */
static long number(const char **text)
{
	const char *p = *text;
	long value = 0;

	for (; *p >= '0' && *p <= '9' && value <= 65535; p++)
		value = value * 10 + (*p - '0');
	if (p == *text || value > 65535)
		return -1;
	*text = p;
	return value;
}

int signature_range_parse(const char *text, __u16 *min, __u16 *max)
{
	long low = number(&text);
	long high = low;

	if (low >= 0 && *text == '-') {
		text++;
		high = number(&text);
	}
	if (low < 0 || high < low || *text)
		return -EINVAL;
	*min = (__u16)low;
	*max = (__u16)high;
	return 0;
}

const char *signature_range_text(__u16 min, __u16 max, char out[SIGNATURE_RANGE_LEN])
{
	if (min == max)
		snprintf(out, SIGNATURE_RANGE_LEN, "%u", min);
	else
		snprintf(out, SIGNATURE_RANGE_LEN, "%u-%u", min, max);
	return out;
}

/* --- as text ------------------------------------------------------------------------------------*/

const char *signature_quote(const void *text, size_t len, char out[SIGNATURE_OPERAND_LEN])
{
	const char *from = text;
	char *to = out;

	*to++ = '"';
	for (size_t i = 0; i < len && i < SIGNATURE_TEXT_LEN; i++) {
		if (from[i] == '"' || from[i] == '\\')
			*to++ = '\\';
		*to++ = from[i];
	}
	*to++ = '"';
	*to = 0;
	return out;
}

const char *signature_operand_text(const struct signature_atom *atom,
				   char out[SIGNATURE_OPERAND_LEN])
{
	switch ((enum signature_op)atom->op) {
	case SIGNATURE_OP_NUMBER:
		if (atom->field == SIGNATURE_FIELD_METHOD)
			snprintf(out, SIGNATURE_OPERAND_LEN, "%s", method_name(atom->min));
		else
			signature_range_text(atom->min, atom->max, out);
		break;
	case SIGNATURE_OP_EQUALS:
	case SIGNATURE_OP_PREFIX:
	case SIGNATURE_OP_SUFFIX:
	case SIGNATURE_OP_WORD:
		signature_quote(atom->text, atom->len, out);
		break;
	case SIGNATURE_OP_CHARS:
		snprintf(out, SIGNATURE_OPERAND_LEN, "%s", signature_atom_class(atom));
		break;
	case SIGNATURE_OP_LENGTH:
		signature_range_text(atom->min, atom->max, out);
		break;
	case SIGNATURE_OP_SAME:
		snprintf(out, SIGNATURE_OPERAND_LEN, "%s", signature_field_name(atom->other));
		break;
	default:
		snprintf(out, SIGNATURE_OPERAND_LEN, "hex");
		break;
	}
	return out;
}

bool signature_has_length(const struct signature_atom *atom)
{
	return atom->op == SIGNATURE_OP_CHARS &&
	       (atom->min != 1 || atom->max != SIGNATURE_VALUE_LEN);
}

const char *signature_keyword(const struct signature_atom *atom)
{
	if (atom->op == SIGNATURE_OP_NUMBER && atom->min == atom->max)
		return signature_op_name(SIGNATURE_OP_EQUALS);
	return signature_op_name(atom->op);
}

unsigned int signature_field_text(const struct signature *rule, unsigned int i,
				  char out[SIGNATURE_MATCH_LEN])
{
	__u8 field = rule->atom[i].field;
	char operand[SIGNATURE_OPERAND_LEN], range[SIGNATURE_RANGE_LEN];
	size_t len =
		(size_t)snprintf(out, SIGNATURE_MATCH_LEN, "%s: {", signature_field_name(field));
	const char *comma = "";

	for (; i < rule->atoms && i < SIGNATURE_ATOMS_MAX && rule->atom[i].field == field; i++) {
		const struct signature_atom *atom = &rule->atom[i];

		len += (size_t)snprintf(out + len, SIGNATURE_MATCH_LEN - len, "%s%s: %s", comma,
					signature_keyword(atom),
					signature_operand_text(atom, operand));
		if (signature_has_length(atom))
			len += (size_t)snprintf(out + len, SIGNATURE_MATCH_LEN - len,
						", length: %s",
						signature_range_text(atom->min, atom->max, range));
		comma = ", ";
	}
	snprintf(out + len, SIGNATURE_MATCH_LEN - len, "}");
	return i;
}

/* --- making a rule ------------------------------------------------------------------------------*/

void signature_add_atom(struct signature *rule, const struct signature_atom *atom)
{
	unsigned int i = rule->atoms++;

	for (; i > 0; i--) {
		const struct signature_atom *before = &rule->atom[i - 1];

		if (before->field < atom->field ||
		    (before->field == atom->field && before->op <= atom->op))
			break;
		rule->atom[i] = *before;
	}
	rule->atom[i] = *atom;
}

struct signature signature_of_agent(const char *word)
{
	struct signature rule = { .atoms = 1, .action = ACTION_ENFORCE };
	struct signature_atom *atom = &rule.atom[0];

	atom->field = SIGNATURE_FIELD_USER_AGENT;
	atom->op = SIGNATURE_OP_WORD;
	atom->flags = SIGNATURE_ANY_CASE;
	atom->len = (__u8)strnlen(word, SIGNATURE_NAME_LEN - 1);
	for (unsigned int i = 0; i < atom->len; i++)
		atom->text[i] = (__u8)tolower((unsigned char)word[i]);
	memcpy(rule.name, word, atom->len);
	return rule;
}
