/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A policy as JSON: the keys and words of the YAML, numbers as numbers.
 */
#ifndef SIPSHIELD_POLICY_JSON_H
#define SIPSHIELD_POLICY_JSON_H

#include <jansson.h>

#include "user/policy.h"

/* NULL: no memory. */
json_t *policy_json(const struct policy_doc *doc);

/* What a signature asks, {FIELD: {OPERATOR: VALUE}}, or NULL: no memory. */
json_t *policy_match_json(const struct signature *rule);

#endif
