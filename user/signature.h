/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Signatures: rules over the facts of a request that an operator writes. Their model is what the
 * packet path reads, struct signature; this names its parts, puts rules into a set with the index
 * that finds them, and says which of them make no sense. Pure.
 *
 * In a rule the atoms stand in the order of their fields, and of their operators in one field.
 */
#ifndef SIPSHIELD_SIGNATURE_H
#define SIPSHIELD_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "maps/types.h"

/* A class of characters: its name, and a bit for each of the bytes 0 to 63 and 64 to 127. */
struct signature_class {
	const char *name;
	__u64 low;
	__u64 high;
};

extern const struct signature_class signature_classes[];
extern const unsigned int signature_class_count;

/* The words of the policy for fields, operators and classes; "invalid" for any other value. */
const char *signature_field_name(unsigned int field);
const char *signature_op_name(unsigned int op);
const char *signature_class_name(unsigned int i);
/* The class of a CHARS atom's characters. */
const char *signature_atom_class(const struct signature_atom *atom);

/* Fields that hold text; the others hold a number. */
bool signature_is_text(unsigned int field);
/* Does a text of this field compare in any case, whatever the operator? */
bool signature_any_case(unsigned int field);
/* Bytes of a field that are read at most. */
__u16 signature_field_max(unsigned int field);

/* "N" or "MIN-MAX", 0 to 65535. Returns 0 or -EINVAL: no such text, or MIN is above MAX. */
int signature_range_parse(const char *text, __u16 *min, __u16 *max);
#define SIGNATURE_RANGE_LEN 12
const char *signature_range_text(__u16 min, __u16 max, char out[SIGNATURE_RANGE_LEN]);

/* The operator of an atom as the policy has it: a number that has one value is written as equals. */
const char *signature_keyword(const struct signature_atom *atom);

/* A text of at most SIGNATURE_TEXT_LEN printable bytes in double quotes, as YAML has them. */
#define SIGNATURE_OPERAND_LEN 72
const char *signature_quote(const void *text, size_t len, char out[SIGNATURE_OPERAND_LEN]);

/*
 * The value of an atom's operator as the policy has it, texts in double quotes: what stands behind
 * "prefix: ". The length of a CHARS atom is not in it.
 */
const char *signature_operand_text(const struct signature_atom *atom,
				   char out[SIGNATURE_OPERAND_LEN]);
/* Does a CHARS atom say something of the length, too? */
bool signature_has_length(const struct signature_atom *atom);
/* All that a rule asks of a field, from atom i on, as "FIELD: {OP: VALUE, ...}"; returns the next. */
#define SIGNATURE_MATCH_LEN 1024
unsigned int signature_field_text(const struct signature *rule, unsigned int i,
				  char out[SIGNATURE_MATCH_LEN]);

/* Puts the atom at its place. The rule must have room for it. */
void signature_add_atom(struct signature *rule, const struct signature_atom *atom);

/* A rule that hits a User-Agent with the word in it, of 1 to SIGNATURE_NAME_LEN - 1 bytes. */
struct signature signature_of_agent(const char *word);

/* The set of n rules, at most SIGNATURES_MAX, with the index that leads to them. */
void signature_compile(const struct signature *rule, size_t n, struct signature_set *out);

/*
 * Can no request ever meet all of a rule's atoms? Then says why in `why` ("what; fix: how") and
 * which atom to point at. What it does not see through is possible.
 */
#define SIGNATURE_WHY_LEN 400
bool signature_impossible(const struct signature *rule, unsigned int *atom,
			  char why[SIGNATURE_WHY_LEN]);
/* Is every atom met by any request? */
bool signature_hits_all(const struct signature *rule);
/* Does whatever hits `narrow` hit `wide`, too? Not seeing through it means no. */
bool signature_covers(const struct signature *wide, const struct signature *narrow);

#endif
