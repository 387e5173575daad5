// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which rules make no sense: that can hit nothing, that hit everything, that another one hides.
 *
 * Whether a rule can hit is tried: a value of each length that may matter is laid out as the set
 * of characters that may stand at each of its places, and all that the rule asks of it is put on.
 */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "bpf/sip.h"
#include "bpf/sip_text.h"
#include "user/names.h"
#include "user/signature.h"

#define ANY_CHAR (~0ULL)
#define REQUEST_MIN 9U	   /* bytes of payload; what has less is never read as SIP */
#define PAYLOAD_USUAL 2048 /* nearly all requests are smaller */
#define SIGNATURE_CLAUSE_LEN 160
#define OWN_DIGITS 8
/* Longer than all texts of a rule side by side: where they fit at all, they fit there. */
#define LAYOUT_MAX (SIGNATURE_ATOMS_MAX * (SIGNATURE_TEXT_LEN + 1) + 2)

static const struct sip_chars hex_digit = { SIP_CHARS_DIGIT, 0x7eULL << 32 | 0x7eULL };

static bool is_alnum(__u8 byte)
{
	return (byte >= '0' && byte <= '9') || (byte >= 'a' && byte <= 'z') ||
	       (byte >= 'A' && byte <= 'Z');
}

static __u8 lower(__u8 byte)
{
	return byte >= 'A' && byte <= 'Z' ? byte | 0x20 : byte;
}

static bool is_text_op(const struct signature_atom *atom)
{
	return atom->op == SIGNATURE_OP_EQUALS || atom->op == SIGNATURE_OP_PREFIX ||
	       atom->op == SIGNATURE_OP_SUFFIX || atom->op == SIGNATURE_OP_WORD;
}

/* --- a value of one length ----------------------------------------------------------------------*/

/* The atoms that one value must meet: those of a field, and of the fields that are the same. */
struct demand {
	const struct signature_atom *atom[SIGNATURE_ATOMS_MAX];
	unsigned int atoms;
	__u32 fields; /* a bit for each enum signature_field */
	bool any_case;
	bool same; /* more than one field */
};

struct layout {
	struct sip_chars place[LAYOUT_MAX];
	__u32 length;
};

static struct sip_chars one_char(__u8 byte)
{
	return byte < 64 ? (struct sip_chars){ 1ULL << byte, 0 }
			 : (struct sip_chars){ 0, 1ULL << (byte & 63) };
}

/* The characters that an atom's text allows at its place i. */
static struct sip_chars text_chars(const struct demand *demand, const struct signature_atom *atom,
				   unsigned int i)
{
	struct sip_chars set = one_char(atom->text[i] & 0x7f);
	__u8 other = atom->text[i] ^ 0x20;

	if ((demand->any_case || atom->flags & SIGNATURE_ANY_CASE) && is_alnum(other) &&
	    lower(other) == lower(atom->text[i])) {
		struct sip_chars twin = one_char(other);

		set.low |= twin.low;
		set.high |= twin.high;
	}
	return set;
}

static bool meet(struct sip_chars *place, struct sip_chars set)
{
	place->low &= set.low;
	place->high &= set.high;
	return place->low || place->high;
}

static bool meets(struct sip_chars place, struct sip_chars set)
{
	return meet(&place, set);
}

static bool lay_text(struct layout *layout, const struct demand *demand,
		     const struct signature_atom *atom, __u32 at)
{
	for (unsigned int i = 0; i < atom->len; i++)
		if (!meet(&layout->place[at + i], text_chars(demand, atom, i)))
			return false;
	return true;
}

/* Can what is no letter and no digit stand there? */
static bool may_part(const struct layout *layout, __u32 at)
{
	struct sip_chars place = layout->place[at];

	return place.low & ~SIP_CHARS_DIGIT || place.high & ~(SIP_CHARS_LOWER | SIP_CHARS_UPPER);
}

/* Can the word stand somewhere? Each word is tried by itself. */
static bool has_place(const struct layout *layout, const struct demand *demand,
		      const struct signature_atom *word)
{
	for (__u32 at = 0;
	     at + word->len <= layout->length && at + word->len <= SIGNATURE_VALUE_LEN; at++) {
		unsigned int i = 0;

		if (at && !may_part(layout, at - 1))
			continue;
		if (at + word->len < layout->length && !may_part(layout, at + word->len))
			continue;
		while (i < word->len && meets(layout->place[at + i], text_chars(demand, word, i)))
			i++;
		if (i == word->len)
			return true;
	}
	return false;
}

static bool has_digits(const struct layout *layout)
{
	unsigned int run = 0;

	for (__u32 at = 0; at < layout->length && at < SIGNATURE_VALUE_LEN; at++) {
		run = meets(layout->place[at], hex_digit) ? run + 1 : 0;
		if (run == OWN_DIGITS)
			return true;
	}
	return false;
}

/* What is fixed to its places, or to all of them. */
static bool lay_fixed(struct layout *layout, const struct demand *demand,
		      const struct signature_atom *atom)
{
	if (is_text_op(atom) && atom->len > layout->length)
		return false;
	switch ((enum signature_op)atom->op) {
	case SIGNATURE_OP_EQUALS:
		return atom->len == layout->length && lay_text(layout, demand, atom, 0);
	case SIGNATURE_OP_PREFIX:
		return lay_text(layout, demand, atom, 0);
	case SIGNATURE_OP_SUFFIX:
		return lay_text(layout, demand, atom, layout->length - atom->len);
	case SIGNATURE_OP_CHARS:
		for (__u32 at = 0; at < layout->length; at++)
			if (!meet(&layout->place[at], (struct sip_chars){ atom->low, atom->high }))
				return false;
		return true;
	default:
		return true;
	}
}

/* --- what a field can hold ----------------------------------------------------------------------*/

static bool is_user(unsigned int field)
{
	return field == SIGNATURE_FIELD_RURI_USER || field == SIGNATURE_FIELD_FROM_USER ||
	       field == SIGNATURE_FIELD_TO_USER;
}

static bool is_host(unsigned int field)
{
	return field == SIGNATURE_FIELD_RURI_HOST || field == SIGNATURE_FIELD_FROM_HOST ||
	       field == SIGNATURE_FIELD_TO_HOST || field == SIGNATURE_FIELD_CONTACT_HOST;
}

/* None of the characters stands at the first `places` places. */
static bool forbid(struct layout *layout, __u32 places, const char *chars)
{
	for (__u32 at = 0; at < places; at++) {
		struct sip_chars set = { ANY_CHAR, ANY_CHAR };

		for (const char *c = chars; *c; c++) {
			struct sip_chars one = one_char(*c);

			set.low &= ~one.low;
			set.high &= ~one.high;
		}
		if (!meet(&layout->place[at], set))
			return false;
	}
	return true;
}

/* How the URI is written that a user or a host is of. */
struct form {
	bool tel;     /* tel:, else sip: or sips: */
	bool bracket; /* the host is an IPv6 address in brackets */
};

/*
 * A host ends before its port. What begins with a bracket ends behind the other one, or with the
 * URI where there is none; it has other colons.
 */
static bool lay_host(struct layout *layout, bool bracket)
{
	__u32 length = layout->length;

	if (bracket)
		return length && meet(&layout->place[0], one_char('[')) &&
		       forbid(layout, length - 1, "]");
	return forbid(layout, length, ":;?> \t") && forbid(layout, length ? 1 : 0, "[");
}

static bool lay_field(struct layout *layout, unsigned int field, struct form form)
{
	if (is_user(field))
		return forbid(layout, layout->length, form.tel ? ";" : "@:");
	return !is_host(field) || lay_host(layout, form.bracket);
}

static bool lay_all(struct layout *layout, const struct demand *demand, struct form form)
{
	for (__u32 at = 0; at < layout->length; at++)
		layout->place[at] = (struct sip_chars){ ANY_CHAR, ANY_CHAR };
	for (unsigned int field = 0; field < SIGNATURE_FIELDS; field++)
		if (demand->fields >> field & 1 && !lay_field(layout, field, form))
			return false;
	for (unsigned int i = 0; i < demand->atoms; i++)
		if (!lay_fixed(layout, demand, demand->atom[i]))
			return false;
	for (unsigned int i = 0; i < demand->atoms; i++) {
		const struct signature_atom *atom = demand->atom[i];

		if (atom->op == SIGNATURE_OP_WORD && !has_place(layout, demand, atom))
			return false;
		if (atom->op == SIGNATURE_OP_OWN_ADDRESS && !has_digits(layout))
			return false;
	}
	return true;
}

/* The lengths that the atoms and the reader of the fields leave. */
static void demand_lengths(const struct demand *demand, __u32 *min, __u32 *max)
{
	*min = demand->same ? 1 : 0;
	*max = demand->same ? SIGNATURE_VALUE_LEN : ~0U;
	for (unsigned int field = 0; field < SIGNATURE_FIELDS; field++)
		if (demand->fields >> field & 1 && signature_field_max(field) < *max)
			*max = signature_field_max(field);
	for (unsigned int i = 0; i < demand->atoms; i++) {
		const struct signature_atom *atom = demand->atom[i];

		if (atom->op != SIGNATURE_OP_LENGTH && atom->op != SIGNATURE_OP_CHARS)
			continue;
		*min = atom->min > *min ? atom->min : *min;
		*max = atom->max < *max ? atom->max : *max;
	}
}

/* The fields that one value stands in may be of several URIs, but what suits one form is enough. */
static bool has_form(struct layout *layout, const struct demand *demand)
{
	static const struct form form[] = {
		{ false, false }, { false, true }, { true, false }, { true, true }
	};

	for (unsigned int i = 0; i < sizeof(form) / sizeof(form[0]); i++)
		if (lay_all(layout, demand, form[i]))
			return true;
	return false;
}

static bool can_be_met(const struct demand *demand)
{
	struct layout layout;
	__u32 min, max, far = OWN_DIGITS;

	demand_lengths(demand, &min, &max);
	if (min > max)
		return false;
	/* In a longer value all texts lie apart: what fits there, fits before. */
	for (unsigned int i = 0; i < demand->atoms; i++)
		far += demand->atom[i]->len + 1U;
	if (far < min)
		far = min < LAYOUT_MAX ? min : LAYOUT_MAX;
	if (far < max)
		max = far;
	for (layout.length = min < far ? min : far; layout.length <= max; layout.length++)
		if (has_form(&layout, demand))
			return true;
	return false;
}

/* --- the whole rule -----------------------------------------------------------------------------*/

/* Marks in `fields` those that the rule wants to be the same as one in it. */
static void join_same(const struct signature *rule, struct demand *demand)
{
	/* Each round adds a field or is the last. */
	for (unsigned int round = 0; round < rule->atoms; round++) {
		for (unsigned int i = 0; i < rule->atoms; i++) {
			const struct signature_atom *atom = &rule->atom[i];
			__u32 pair = 1U << atom->field | 1U << atom->other;

			if (atom->op != SIGNATURE_OP_SAME || !(demand->fields & pair))
				continue;
			demand->fields |= pair;
			demand->same = true;
			demand->any_case |= atom->flags & SIGNATURE_ANY_CASE;
		}
	}
}

static struct demand demand_on(const struct signature *rule, unsigned int field)
{
	struct demand demand = { .fields = 1U << field };

	join_same(rule, &demand);
	for (unsigned int i = 0; i < rule->atoms; i++)
		if (demand.fields >> rule->atom[i].field & 1)
			demand.atom[demand.atoms++] = &rule->atom[i];
	return demand;
}

/* Is it only that the field is to be the same as another? */
static bool same_forbids(const struct demand *demand, const struct signature_atom *atom)
{
	struct demand alone = { .atoms = 1, .atom = { atom }, .fields = 1U << atom->field };

	return demand->same && can_be_met(&alone);
}

static bool pair_can_be_met(const struct demand *demand, unsigned int i, unsigned int j)
{
	struct demand pair = *demand;

	pair.atoms = 0;
	pair.atom[pair.atoms++] = demand->atom[i];
	if (i != j)
		pair.atom[pair.atoms++] = demand->atom[j];
	return can_be_met(&pair);
}

/* "FIELD OP VALUE", for sentences. */
static const char *clause(const struct signature_atom *atom, char out[SIGNATURE_CLAUSE_LEN])
{
	char operand[SIGNATURE_OPERAND_LEN], range[SIGNATURE_RANGE_LEN];
	const char *op = atom->op == SIGNATURE_OP_NUMBER ? "equals" : signature_op_name(atom->op);
	int len = snprintf(out, SIGNATURE_CLAUSE_LEN, "%s %s %s", signature_field_name(atom->field),
			   op, signature_operand_text(atom, operand));

	if (signature_has_length(atom))
		snprintf(out + len, SIGNATURE_CLAUSE_LEN - (size_t)len, " length %s",
			 signature_range_text(atom->min, atom->max, range));
	return out;
}

/* Why one atom can never be met by itself. */
static void explain_one(const struct demand *demand, const struct signature_atom *atom,
			char why[SIGNATURE_WHY_LEN])
{
	char text[SIGNATURE_CLAUSE_LEN];

	clause(atom, text);
	if (same_forbids(demand, atom))
		snprintf(why, SIGNATURE_WHY_LEN,
			 "can never hit: %s, but the field must be the same as another, which "
			 "allows no such value (same-as: 1 to %d bytes); fix: remove one",
			 text, SIGNATURE_VALUE_LEN);
	else if (atom->op == SIGNATURE_OP_LENGTH || atom->op == SIGNATURE_OP_CHARS)
		snprintf(
			why, SIGNATURE_WHY_LEN,
			"can never hit: %s, but at most %u bytes of it are read; fix: ask for less",
			text, signature_field_max(atom->field));
	else if (is_host(atom->field))
		snprintf(why, SIGNATURE_WHY_LEN,
			 "can never hit: %s, but a host is an address or a name without a port; "
			 "fix: write it as 192.0.2.1, [2001:db8::1] or example.com",
			 text);
	else
		snprintf(why, SIGNATURE_WHY_LEN,
			 "can never hit: %s, but a user ends before ':' or '@', that of a tel: URI "
			 "before ';'; fix: write what stands before them",
			 text);
}

static void explain_two(const struct demand *demand, const struct signature_atom *a,
			const struct signature_atom *b, char why[SIGNATURE_WHY_LEN])
{
	char first[SIGNATURE_CLAUSE_LEN], second[SIGNATURE_CLAUSE_LEN];

	snprintf(why, SIGNATURE_WHY_LEN,
		 "can never hit: no value meets %s and %s%s; fix: remove one", clause(a, first),
		 clause(b, second),
		 demand->same ? ", which must be the same as another field" : "");
}

/* Finds the one atom or the two that cannot be met; otherwise it is all of them together. */
static void explain(const struct signature *rule, const struct demand *demand, unsigned int *atom,
		    char why[SIGNATURE_WHY_LEN])
{
	for (unsigned int i = 0; i < demand->atoms; i++) {
		*atom = (unsigned int)(demand->atom[i] - rule->atom);
		if (pair_can_be_met(demand, i, i))
			continue;
		explain_one(demand, demand->atom[i], why);
		return;
	}
	for (unsigned int i = 1; i < demand->atoms; i++) {
		*atom = (unsigned int)(demand->atom[i] - rule->atom);
		for (unsigned int j = 0; j < i; j++) {
			if (pair_can_be_met(demand, i, j))
				continue;
			explain_two(demand, demand->atom[j], demand->atom[i], why);
			return;
		}
	}
	snprintf(why, SIGNATURE_WHY_LEN,
		 "can never hit: no value meets all that is asked of %s; fix: ask for less",
		 signature_field_name(rule->atom[*atom].field));
}

/* What one atom asks that no request has. */
static bool is_impossible(const struct signature_atom *atom, char why[SIGNATURE_WHY_LEN])
{
	if (atom->field != SIGNATURE_FIELD_PAYLOAD_LENGTH || atom->max >= REQUEST_MIN)
		return false;
	snprintf(
		why, SIGNATURE_WHY_LEN,
		"can never hit: a payload of less than %u bytes is no SIP request; fix: ask for more",
		REQUEST_MIN);
	return true;
}

bool signature_impossible(const struct signature *rule, unsigned int *atom,
			  char why[SIGNATURE_WHY_LEN])
{
	__u32 seen = 0;

	for (unsigned int i = 0; i < rule->atoms; i++) {
		__u8 field = rule->atom[i].field;
		struct demand demand;

		*atom = i;
		if (is_impossible(&rule->atom[i], why))
			return true;
		if (!signature_is_text(field) || seen >> field & 1)
			continue;
		demand = demand_on(rule, field);
		seen |= demand.fields;
		if (can_be_met(&demand))
			continue;
		explain(rule, &demand, atom, why);
		return true;
	}
	return false;
}

/* --- rules that hit too much --------------------------------------------------------------------*/

/* Does every request have the field? A Request-URI or From without a user part is a rare one. */
static bool is_always_there(unsigned int field)
{
	return field != SIGNATURE_FIELD_USER_AGENT && field != SIGNATURE_FIELD_CONTACT_HOST;
}

static bool hits_all(const struct signature_atom *atom)
{
	switch ((enum signature_op)atom->op) {
	case SIGNATURE_OP_NUMBER:
		if (atom->field == SIGNATURE_FIELD_METHOD)
			return false;
		return atom->min <=
			       (atom->field == SIGNATURE_FIELD_SOURCE_PORT ? 1 : REQUEST_MIN) &&
		       atom->max >=
			       (atom->field == SIGNATURE_FIELD_SOURCE_PORT ? 65535 : PAYLOAD_USUAL);
	case SIGNATURE_OP_LENGTH:
		return is_always_there(atom->field) && atom->min <= 1 &&
		       atom->max >= SIGNATURE_VALUE_LEN;
	case SIGNATURE_OP_CHARS:
		return is_always_there(atom->field) && atom->min <= 1 &&
		       atom->max == SIGNATURE_VALUE_LEN &&
		       !strcmp(signature_atom_class(atom), "printable");
	default:
		return false;
	}
}

bool signature_hits_all(const struct signature *rule)
{
	for (unsigned int i = 0; i < rule->atoms; i++)
		if (!hits_all(&rule->atom[i]))
			return false;
	return true;
}

/* Does a value that equals the narrow atom's text meet the wide one? */
static bool text_meets(const struct signature_atom *wide, const struct signature_atom *narrow)
{
	struct demand demand = { .atoms = 2, .atom = { wide, narrow } };
	bool folded = narrow->flags & SIGNATURE_ANY_CASE;

	if (wide->op == SIGNATURE_OP_LENGTH)
		return wide->min <= narrow->len && narrow->len <= wide->max;
	/* One text stands for the value only if its spelling does not matter. */
	if (wide->op == SIGNATURE_OP_SAME || wide->op == SIGNATURE_OP_OWN_ADDRESS ||
	    (folded && !(wide->flags & SIGNATURE_ANY_CASE)))
		return false;
	return can_be_met(&demand);
}

static bool is_subset(const struct signature_atom *wide, const struct signature_atom *narrow)
{
	return !(narrow->low & ~wide->low) && !(narrow->high & ~wide->high);
}

static bool within(const struct signature_atom *wide, const struct signature_atom *narrow)
{
	return wide->min <= narrow->min && narrow->max <= wide->max;
}

static bool covers_atom(const struct signature_atom *wide, const struct signature_atom *narrow)
{
	int shift = wide->op == SIGNATURE_OP_SUFFIX ? narrow->len - wide->len : 0;

	if (wide->field != narrow->field)
		return false;
	if (!memcmp(wide, narrow, sizeof(*wide)))
		return true;
	if (narrow->op == SIGNATURE_OP_EQUALS)
		return text_meets(wide, narrow);
	if (wide->op == SIGNATURE_OP_LENGTH && narrow->op == SIGNATURE_OP_CHARS)
		return within(wide, narrow);
	if (wide->op != narrow->op)
		return false;
	switch ((enum signature_op)wide->op) {
	case SIGNATURE_OP_NUMBER:
	case SIGNATURE_OP_LENGTH:
		return within(wide, narrow);
	case SIGNATURE_OP_CHARS:
		return within(wide, narrow) && is_subset(wide, narrow);
	case SIGNATURE_OP_PREFIX:
	case SIGNATURE_OP_SUFFIX:
		return shift >= 0 && wide->len <= narrow->len && wide->flags == narrow->flags &&
		       !memcmp(wide->text, narrow->text + shift, wide->len);
	default:
		return false;
	}
}

bool signature_covers(const struct signature *wide, const struct signature *narrow)
{
	for (unsigned int i = 0; i < wide->atoms; i++) {
		unsigned int j = 0;

		while (j < narrow->atoms && !covers_atom(&wide->atom[i], &narrow->atom[j]))
			j++;
		if (j == narrow->atoms)
			return false;
	}
	return true;
}
