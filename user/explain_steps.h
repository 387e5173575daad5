/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The agent's decisions about a source, from the journal, for people. Pure but for the reading.
 */
#ifndef SIPSHIELD_EXPLAIN_STEPS_H
#define SIPSHIELD_EXPLAIN_STEPS_H

#include <stdio.h>

#include "user/journal.h"

/*
 * The last `max` entries that concern an address: its own (key: as the maps have it), those of a
 * prefix that it lies in, and those of the shield as a whole. *out is a new array, the oldest first,
 * also empty.
 */
int explain_steps(const char *dir, const char *dev, const struct addr *key, size_t max,
		  json_t **out);

/* The last `max` entries, of whomever; *out as above. Only the files' ends are read. */
int explain_steps_last(const char *dir, const char *dev, size_t max, json_t **out);

/* One line for an entry, and one for each packet that was known of then. */
void explain_step_print(const json_t *entry, FILE *out);

#endif
