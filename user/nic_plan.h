/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The plan of a policy on this host.
 */
#ifndef SIPSHIELD_NIC_PLAN_H
#define SIPSHIELD_NIC_PLAN_H

#include "user/plan.h"

/*
 * Plans a document together with what must never be banned here (nic_never_ban); dev is the
 * interface to protect, NULL: none, and then without the host's own addresses. Warnings go to warn
 * (may be NULL). Returns 0 or a negative errno; *plan is written only on success and must be freed.
 */
int nic_plan(const char *dev, const struct policy_doc *doc, struct plan *plan, FILE *warn);

#endif
