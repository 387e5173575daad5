/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Counting sources into a census, by the agent on its rounds or by a reader where no agent does.
 * Pure.
 */
#ifndef SIPSHIELD_USER_CENSUS_H
#define SIPSHIELD_USER_CENSUS_H

#include <stdbool.h>

#include "maps/types.h"

#define CENSUS_HOLDS_NS 3000000000ULL /* three rounds of the agent */

/* What the agent counted is of a moment ago, and nothing was changed by hand since. */
bool census_holds(const struct census *census, __u64 now_ns);

/* Each forgets what was counted of one kind. */
void census_clear_bans(struct census *census);
void census_clear_suspects(struct census *census);
void census_clear_standing(struct census *census);

/* Each counts one entry of a map at now_ns. */
void census_count_ban(struct census *census, const struct addr *key, const struct ban *ban,
		      __u64 now_ns);
void census_count_suspect(struct census *census, const struct addr *key,
			  const struct suspect *suspect, __u64 now_ns);
void census_count_standing(struct census *census, const struct standing *standing, __u64 now_ns);

#endif
