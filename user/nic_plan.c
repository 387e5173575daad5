// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/nic_plan.h"

#include <stdlib.h>

#include "user/nic.h"

int nic_plan(const char *dev, const struct policy_doc *doc, struct plan *plan, FILE *warn)
{
	struct policy_prefix_list never_ban = { 0 };
	int err = nic_never_ban(dev, &never_ban);

	if (!err)
		err = plan_build(doc, &never_ban, plan, warn);
	free(never_ban.item);
	return err;
}
