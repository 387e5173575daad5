/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * From a policy document to what the maps hold. Pure.
 */
#ifndef SIPSHIELD_PLAN_H
#define SIPSHIELD_PLAN_H

#include "user/policy.h"

/* A carrier may send so many times the calls a second that its policy names. */
#define CARRIER_HEADROOM 1.5

/*
 * One address or prefix of the plan, already resolved: no two have the same address and length.
 * They are sorted by address, then length.
 */
struct plan_prefix {
	struct addr address;
	__u8 length; /* from the mapped address, 0 to 128; 128 goes to `exact` */
	struct prefix_rule rule;
};

struct plan {
	struct policy policy; /* generation and slot are set when it is applied */
	struct plan_prefix *prefix;
	size_t prefixes;
	struct listener_key *listener; /* those with an address; slot is set when it is applied */
	size_t listeners;
	struct signature_set *signatures; /* by enum signature_bank; NULL: none in any */
};

/*
 * Resolves a document and the never-ban set of this host (may be NULL) into a plan. Allowed and
 * carrier prefixes and the never-ban set win over denied ones that lie inside them; such a deny
 * entry, one that can never match, is left out and reported on warn (may be NULL). A never-ban
 * entry inside an allowed or carrier prefix is left out too: it would take away from its address
 * what the policy grants. On the very same prefix, allow beats carrier, carrier beats never-ban.
 * Returns 0 or -ENOMEM; *plan is written only on success and must be freed.
 */
int plan_build(const struct policy_doc *doc, const struct policy_prefix_list *never_ban,
	       struct plan *plan, FILE *warn);
void plan_free(struct plan *plan);

/*
 * The way back: a document that plans to the same, from what the maps hold. plan->policy,
 * plan->prefix (in any order), plan->listener and plan->signatures are read. The never-ban set, which belongs to the
 * host, is left out, and so are entries that had no place in the plan.
 * Returns 0 or -ENOMEM; *doc is written only on success and must be freed.
 */
int plan_restore(const struct plan *plan, struct policy_doc *doc);

/* The rule that decides for an address in this plan (longest match), or NULL. */
const struct plan_prefix *plan_match(const struct plan *plan, const struct addr *address);

#endif
