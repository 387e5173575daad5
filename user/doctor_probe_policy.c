// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Whether the policy's files say what is in force.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/cmd.h"
#include "user/doctor_probe.h"
#include "user/nic_plan.h"
#include "user/policy_diff.h"
#include "user/store.h"

#define cleanup_doc __attribute__((cleanup(policy_free)))
#define cleanup_plan __attribute__((cleanup(plan_free)))
#define cleanup_diff __attribute__((cleanup(policy_diff_free)))

/* The first error of the files in one line. */
static int load(struct policy_doc *doc, struct doctor_shield *shield)
{
	char *said = NULL;
	size_t len;
	FILE *err = open_memstream(&said, &len);
	int result;

	if (!err)
		return -1;
	result = policy_load(POLICY_PATH, doc, err);
	fclose(err);
	if (result && said)
		snprintf(shield->file_error, sizeof(shield->file_error), "%.*s",
			 (int)strcspn(said, "\n"), said);
	free(said);
	return result;
}

/* Both by way of a plan, so that what has no effect is no difference. */
static int read_sides(const char *dev, const struct store *store, const struct policy_doc *doc,
		      struct policy_doc *old, struct policy_doc *new)
{
	cleanup_plan struct plan in_force = { 0 }, planned = { 0 };
	int err = store_plan(store, &in_force);

	if (!err)
		err = plan_restore(&in_force, old);
	if (!err)
		err = nic_plan(dev, doc, &planned, NULL);
	if (!err)
		err = plan_restore(&planned, new);
	return err;
}

void doctor_probe_policy(const char *dev, struct doctor_shield *shield)
{
	cleanup_doc struct policy_doc doc = { 0 }, old = { 0 }, new = { 0 };
	cleanup_diff struct policy_diff diff = { 0 };
	cleanup_store struct store *store = NULL;

	if (access(POLICY_PATH, R_OK) || load(&doc, shield) || store_open(dev, false, &store, NULL))
		return;
	if (!read_sides(dev, store, &doc, &old, &new) && !policy_diff(&old, &new, &diff))
		shield->file_differs = diff.count ? FACT_YES : FACT_NO;
}
