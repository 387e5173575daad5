// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * A prefix as an operator writes it, in a policy or in a list.
 */
#include "user/addr.h"
#include "user/policy_tree.h"

#include <errno.h>
#include <string.h>

int policy_prefix_parse(const char *text, struct policy_prefix *prefix, char why[POLICY_WHY_LEN])
{
	int error = prefix_parse(text, &prefix->address, &prefix->length);
	char quoted[QUOTE_LEN], cut[PREFIX_TEXT_LEN];

	if (!error && !prefix_covers_ipv4(&prefix->address, prefix->length))
		return 0;
	policy_quote(text, strlen(text), quoted);
	if (!error)
		snprintf(why, POLICY_WHY_LEN,
			 "'%s' takes in all of IPv4 too; fix: write \"2000::/3\" for the IPv6 "
			 "internet, 0.0.0.0/0 for IPv4",
			 quoted);
	else if (error == -EADDRNOTAVAIL)
		snprintf(why, POLICY_WHY_LEN,
			 "'%s' has bits set behind its length; fix: write %s for the network, or "
			 "the address without a length",
			 quoted, prefix_format(&prefix->address, prefix->length, cut));
	else if (error == -ERANGE)
		snprintf(why, POLICY_WHY_LEN,
			 "'%s' has a length that is too great; fix: IPv4 ends at /32, IPv6 at /128",
			 quoted);
	else
		snprintf(why, POLICY_WHY_LEN,
			 "'%s' is not an address or prefix; fix: write one as 192.0.2.0/24 or "
			 "2001:db8::/32, names are not looked up",
			 quoted);
	return -EINVAL;
}

void policy_add_prefix(struct policy_reader *reader, struct policy_prefix_list *list,
		       const struct policy_prefix *prefix)
{
	struct policy_prefix *items = policy_grown(reader, list->item, list->count, sizeof(*items));

	if (!items)
		return;
	list->item = items;
	items[list->count++] = *prefix;
}
