/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What is known of a source, as JSON and as text, for the verbs that show it. Pure.
 */
#ifndef SIPSHIELD_SOURCE_JSON_H
#define SIPSHIELD_SOURCE_JSON_H

#include <jansson.h>

#include "user/explain.h"

/*
 * "src", "standing", "banned", "ban", "grace", "tight", "proof", "conduct", "suspect". Times are
 * seconds from or to now.
 */
json_t *source_json(const struct source *source, __u64 now_ns);

/* The limits of each class, null where there is none; known as in explain_budget. */
json_t *source_budget_json(const struct explain_facts *facts, bool known);
/* The lanes of all strangers. */
json_t *source_lanes_json(const struct explain_facts *facts);
/* The budgets for people, with a heading. */
void source_budget_print(const struct explain_facts *facts, FILE *out);

#endif
