/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Guesses which of some names was meant by a word that is none of them. Pure.
 */
#ifndef SIPSHIELD_NEAREST_H
#define SIPSHIELD_NEAREST_H

#include <stddef.h>

struct nearest {
	const char *word;
	const char *name; /* the nearest so far, NULL: none was near enough */
	size_t edits;	  /* it must take fewer than these to be nearer */
};

/* nearest_offer() is called for each name; name holds the answer then. */
struct nearest nearest_to(const char *word);
void nearest_offer(struct nearest *nearest, const char *name);

#endif
