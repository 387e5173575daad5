/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What becomes of the messages below tests/vectors/torture/, under the defaults: the tables
 * EXPECTED, a line for each message.
 */
#ifndef SIPSHIELD_TESTS_OUTCOME_H
#define SIPSHIELD_TESTS_OUTCOME_H

#include "tests/prog/vector.h"

#define TORTURE "tests/vectors/torture"

/* A line: reason and rule in shadow, "-" for none, over UDP [0] and over TCP [1]. */
struct outcome {
	char name[64];
	char class[64];
	char reason[2][64];
	char shadow[2][64];
};

typedef void outcome_try(const struct vector *, const struct outcome *);

/* Puts the defaults in force with their checks. Skips the test if there is no such folder. */
void outcome_need(const char *folder);

/*
 * Calls try with each message of the table FOLDER/EXPECTED. Returns how many there were. Ends the
 * test if one of them is missing.
 */
int outcome_each(const char *folder, outcome_try *try);
/* The same with the messages themselves, NAME.dat in another folder. */
int outcome_each_original(const char *folder, const char *originals, outcome_try *try);
/* The same with all tables; of RFC 4475 with the originals too, if SIPSHIELD_RFC4475 names them. */
void outcome_all(outcome_try *try);

/* A message that a server must be able to answer other than with 400. */
bool outcome_is_valid(const struct outcome *expected);

/* The verdict on a frame of any length, without letting time go by. */
struct verdict_record outcome_verdict(const struct frame_spec *spec);
/* "-" for none. */
const char *outcome_shadow(const struct verdict_record *record);

#endif
