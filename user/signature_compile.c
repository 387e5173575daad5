// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Rules to a set: for each the one atom through which it is found, and the tables that find it. A
 * request pays for the fields whose tables are in use, and for the rules that these name.
 */
#include <string.h>

#include "bpf/signature_index.h"
#include "user/signature.h"

/* Bytes of a text that the two tables of a pair tell. */
#define TOLD_BYTES 4

/* The entry of signature_set.index for a field, which is a text's. */
static unsigned int text_of(unsigned int field)
{
	return field > SIGNATURE_FIELD_TEXT ? field - SIGNATURE_FIELD_TEXT : 0;
}

/* What asking a field costs, in the unit of worth(): those below are read for every request. */
static int field_cost(unsigned int field)
{
	switch (field) {
	case SIGNATURE_FIELD_USER_AGENT:
	case SIGNATURE_FIELD_CALL_ID:
	case SIGNATURE_FIELD_BRANCH:
		return 0;
	case SIGNATURE_FIELD_RURI_USER:
		return 3;
	case SIGNATURE_FIELD_RURI_HOST: /* the same few names in all requests */
	case SIGNATURE_FIELD_TO_HOST:
		return 7;
	default:
		return 5;
	}
}

/* The lengths that a rule's atoms allow a field. */
struct lengths {
	__u32 min;
	__u32 max;
};

static struct lengths field_lengths(const struct signature *rule, unsigned int field)
{
	struct lengths lengths = { 0, ~0U };

	for (unsigned int i = 0; i < rule->atoms; i++) {
		const struct signature_atom *atom = &rule->atom[i];
		__u32 min = atom->len, max = ~0U;

		if (atom->field != field)
			continue;
		if (atom->op == SIGNATURE_OP_EQUALS)
			max = atom->len;
		if (atom->op == SIGNATURE_OP_CHARS || atom->op == SIGNATURE_OP_LENGTH) {
			min = atom->min;
			max = atom->max;
		}
		lengths.min = min > lengths.min ? min : lengths.min;
		lengths.max = max < lengths.max ? max : lengths.max;
	}
	return lengths;
}

/* Where the bytes of a text begin that the tables of starts tell: its end if there are none. */
static unsigned int told_from(const struct signature_atom *atom)
{
	__u64 word = load_u64(atom->text);

	if (atom->len < SIGNATURE_LEAD_LEN &&
	    !((sip_lower(word) ^ SIGNATURE_LEAD) & sip_low_bytes(atom->len)))
		return atom->len;
	return signature_lead(word);
}

/* worth() of a text of which so many bytes can be told. */
static int text_worth(unsigned int bytes, int most)
{
	int told = bytes < TOLD_BYTES ? (int)bytes : TOLD_BYTES;

	return most - 3 * (TOLD_BYTES - told);
}

/* What the other atoms are worth: as much as the lengths of the field that the rule allows. */
static int length_worth(const struct signature *rule, unsigned int field)
{
	struct lengths lengths = field_lengths(rule, field);
	__u32 width = lengths.max - lengths.min;

	if (lengths.min >= SIGNATURE_BUCKETS - 1)
		return 2;
	if (width == 0)
		return 6;
	return width < 4 ? 5 : width < 16 ? 3 : 1;
}

/* How few requests an atom leads to its rule; 0 or less: no fewer than all. */
static int worth(const struct signature *rule, const struct signature_atom *atom)
{
	switch ((enum signature_op)atom->op) {
	case SIGNATURE_OP_EQUALS:
		return text_worth(atom->len - told_from(atom), 14);
	case SIGNATURE_OP_PREFIX:
		return text_worth(atom->len - told_from(atom), 12);
	case SIGNATURE_OP_SUFFIX:
		return text_worth(atom->len, 12);
	case SIGNATURE_OP_WORD:
		return text_worth(atom->len, 11);
	case SIGNATURE_OP_NUMBER:
		return 0;
	default:
		return length_worth(rule, atom->field);
	}
}

/* The atom through which a rule is found, or NULL: no text of it is worth being asked for. */
static const struct signature_atom *anchor(const struct signature *rule, __u32 used_fields)
{
	const struct signature_atom *best = NULL;
	int best_worth = 0;

	for (unsigned int i = 0; i < rule->atoms; i++) {
		const struct signature_atom *atom = &rule->atom[i];
		int value;

		if (!signature_is_text(atom->field))
			continue;
		value = worth(rule, atom);
		/* A field that another rule is found through has been read. */
		if (!(used_fields >> text_of(atom->field) & 1))
			value -= field_cost(atom->field);
		if (value > best_worth) {
			best_worth = value;
			best = atom;
		}
	}
	return best;
}

static void add_everywhere(__u64 bucket[SIGNATURE_BUCKETS], __u64 bit)
{
	for (unsigned int i = 0; i < SIGNATURE_BUCKETS; i++)
		bucket[i] |= bit;
}

static void add_pair(__u64 bucket[SIGNATURE_BUCKETS], const __u8 *pair, __u64 bit)
{
	bucket[signature_bucket(pair[0] | pair[1] << 8)] |= bit;
}

/* Puts a text into a pair of tables: two of its bytes, and the two behind them. */
static void add_text(__u64 bucket[2][SIGNATURE_BUCKETS], const struct signature_atom *atom,
		     unsigned int start, __u64 bit)
{
	for (unsigned int i = 0; i < 2; i++) {
		unsigned int from = start + 2 * i;

		if (from + 2 > atom->len)
			add_everywhere(bucket[i], bit);
		else
			add_pair(bucket[i], atom->text + from, bit);
	}
}

/* The same from its end: its last two bytes, and the two before them. */
static void add_text_end(__u64 bucket[2][SIGNATURE_BUCKETS], const struct signature_atom *atom,
			 __u64 bit)
{
	for (int i = 0; i < 2; i++) {
		int from = atom->len - 2 * (i + 1);

		if (from < 0)
			add_everywhere(bucket[i], bit);
		else
			add_pair(bucket[i], atom->text + from, bit);
	}
}

static void add_lengths(struct signature_index *index, struct lengths lengths, __u64 bit)
{
	__u32 last = signature_length_bucket(lengths.max);

	for (__u32 i = signature_length_bucket(lengths.min); i <= last; i++)
		index->length[i] |= bit;
}

static void add_anchor(struct signature_index *index, const struct signature_atom *atom, __u64 bit)
{
	switch ((enum signature_op)atom->op) {
	case SIGNATURE_OP_EQUALS:
	case SIGNATURE_OP_PREFIX:
		index->asks |= SIGNATURE_ASK_START;
		add_text(index->start, atom, told_from(atom), bit);
		break;
	case SIGNATURE_OP_SUFFIX:
		index->asks |= SIGNATURE_ASK_END;
		add_text_end(index->end, atom, bit);
		break;
	case SIGNATURE_OP_WORD:
		index->asks |= SIGNATURE_ASK_WORD;
		add_text(index->word, atom, 0, bit);
		break;
	default:
		index->any |= bit;
		break;
	}
	index->rules |= bit;
}

/* The methods that a rule asks for: one, or all. */
static void add_methods(struct signature_set *set, const struct signature *rule, __u64 bit)
{
	__u16 min = 0, max = SIP_METHOD_MAX - 1;

	for (unsigned int i = 0; i < rule->atoms; i++) {
		const struct signature_atom *atom = &rule->atom[i];

		if (atom->field != SIGNATURE_FIELD_METHOD)
			continue;
		min = atom->min > min ? atom->min : min;
		max = atom->max < max ? atom->max : max;
	}
	for (unsigned int i = min; i <= max; i++)
		set->method[i] |= bit;
}

static void add_rule(struct signature_set *set, const struct signature *rule, unsigned int i)
{
	const struct signature_atom *atom = anchor(rule, set->fields);
	__u64 bit = 1ULL << i;
	struct signature_index *index;

	add_methods(set, rule, bit);
	if (!atom) {
		set->always |= bit;
		return;
	}
	index = &set->index[text_of(atom->field)];
	set->fields |= 1U << text_of(atom->field);
	add_anchor(index, atom, bit);
	add_lengths(index, field_lengths(rule, atom->field), bit);
}

void signature_compile(const struct signature *rule, size_t n, struct signature_set *out)
{
	*out = (struct signature_set){ 0 };
	for (size_t i = 0; i < n && i < SIGNATURES_MAX; i++) {
		out->rule[i] = rule[i];
		out->used |= 1ULL << i;
		if (rule[i].action != ACTION_OFF)
			add_rule(out, &rule[i], i);
	}
}
