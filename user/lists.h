/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * How lists change: what each had when it was applied last, kept in the agent's state directory
 * (DEV.lists.json), and whether it has become another one all at once. Pure but for the two that
 * read and write that file.
 */
#ifndef SIPSHIELD_LISTS_H
#define SIPSHIELD_LISTS_H

#include <jansson.h>

#include "user/policy.h"

#define LISTS_CHANGE_FLOOR 100U /* entries, before and after: below, every change is small */

/* What was applied last: {"lists": {PATH: {"entries": N, "applied": SECONDS}}}. NULL: no memory. */
json_t *lists_json(const struct policy_doc *doc, __s64 now);

/*
 * Compares a document with it. Each list that grew or shrank by more than its kind may, or is gone
 * with more than the floor, is said on err. Returns how many.
 */
unsigned int lists_changed(const json_t *last, const struct policy_doc *doc, FILE *err);

/* The entry of a list in it; NULL: it is new. */
const json_t *lists_last(const json_t *last, const struct policy_doc *doc,
			 const struct policy_list *list);

/* Of an interface. No file, or one that is damaged, is an empty object. NULL: no memory. */
json_t *lists_recall(const char *dir, const char *dev);
/* Nothing is kept where dir is "". Returns 0 or a negative errno. */
int lists_remember(const char *dir, const char *dev, const struct policy_doc *doc, __s64 now);

#endif
