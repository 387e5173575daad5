/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the predicates that explain differences ask. */
#ifndef SIPSHIELD_TESTS_EXPLAIN_H
#define SIPSHIELD_TESTS_EXPLAIN_H

#include "tests/parity/parity.h"

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

struct class
{
	const char *name;
	bool (*explains)(const struct difference *d);
};

/* Those of libosip2, which are asked after the others. */
extern const struct class osip_classes[];
extern const int osip_classes_count;

/* The values that differ. Not for FIELD_MAX. */
const struct value *ours(const struct difference *d);
const struct value *theirs(const struct difference *d);

/* The header that the field is of; NULL: it is of the start line, or there is none. */
const struct header *header_of(const struct difference *d);

/* Does the shield read the same as the other in this other message? */
bool same_in(const struct difference *d, const struct message *m);

/* As far as libosip2's ways go. */
bool osip_same(const struct value *mine, const struct value *its);

/* But for those of a line's end and the tab. */
bool is_control(char c);

#endif
