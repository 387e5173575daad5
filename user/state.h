/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * All that the maps say of one source, brought together.
 */
#ifndef SIPSHIELD_STATE_H
#define SIPSHIELD_STATE_H

#include "user/store.h"

struct source {
	struct addr key;
	bool has_rule, has_ban, has_standing, has_suspect;
	bool tight;		   /* the agent gave it the limits of strangers */
	struct prefix_rule rule;   /* of the policy, or added by hand */
	struct ban ban;		   /* in force if has_ban; else at most its grace counts */
	struct standing standing;  /* only one in force */
	enum standing_state state; /* that it has earned; UNKNOWN without standing */
	struct suspect suspect;
};

struct source_list {
	struct source *item; /* sorted by address */
	size_t count;
};
void source_list_free(struct source_list *list);

/* Everyone with a ban, a standing or a record as a suspect; without their rules. */
int source_list_read(const struct store *store, __u64 now_ns, struct source_list *out);

/* One source. Its rule is that of the address, all else that of its key. */
int source_read(const struct store *store, const struct addr *address, __u64 now_ns,
		struct source *out);

/* What the packet path takes it for. */
static inline enum standing_state source_standing(const struct source *source)
{
	if (source->has_rule && source->rule.kind == PREFIX_ALLOW)
		return STANDING_ALLOWED;
	if (source->has_rule && source->rule.kind == PREFIX_CARRIER)
		return STANDING_CARRIER;
	return source->state;
}

#endif
