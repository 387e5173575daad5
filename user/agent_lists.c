// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/agent_lists.h"

#include <errno.h>
#include <string.h>
#include <time.h>

#include "user/cmd.h"
#include "user/lists.h"
#include "user/store_lists.h"

int lists_check(const struct lists_of *of, const struct policy_doc *doc, FILE *err)
{
	json_t *last = lists_recall(of->state_dir, of->dev);
	unsigned int changed = last ? lists_changed(last, doc, err) : 0;

	if (!last)
		return -ENOMEM;
	json_decref(last);
	return changed ? -EDOM : 0;
}

/* A line for each list that is new or has another size or date; and for those that are gone. */
static void record(const struct lists_of *of, const json_t *last, const struct policy_doc *doc)
{
	for (size_t i = 0; i < doc->lists; i++) {
		const struct policy_list *list = &doc->list[i];
		const json_t *entry = lists_last(last, doc, list);
		json_int_t before = json_integer_value(json_object_get(entry, "entries"));
		char why[96];

		if (entry && before == (json_int_t)list->entries)
			continue;
		snprintf(why, sizeof(why), "%s, %lld entries before, %u now",
			 policy_list_kind_name(list->kind), (long long)before, list->entries);
		audit(&(struct audit_entry){ .action = "list reload",
					     .dev = of->dev,
					     .object = doc->file[list->file],
					     .why = why,
					     .by = of->by });
	}
}

static void say_bans(const struct list_bans *bans, FILE *err)
{
	if (bans->refused)
		fprintf(err,
			"warning: %zu entries of deny lists that end are left out: they are allowed, "
			"a carrier's or this host's own\n",
			bans->refused);
	if (bans->no_room)
		fprintf(err,
			"warning: %zu entries of deny lists that end are left out: the table of bans "
			"is full; fix: remove their ttl\n",
			bans->no_room);
}

int lists_applied(const struct lists_of *of, struct store *store, const struct policy_doc *doc,
		  FILE *err)
{
	json_t *last = lists_recall(of->state_dir, of->dev);
	struct list_bans bans;
	int failure = store_list_bans(store, doc, cmd_now(), time(NULL), &bans), kept;

	if (failure)
		fprintf(err, "warning: entries of deny lists that end are not all banned: %s\n",
			strerror(-failure));
	else
		say_bans(&bans, err);
	record(of, last, doc);
	json_decref(last);
	kept = lists_remember(of->state_dir, of->dev, doc, time(NULL));
	if (kept)
		fprintf(err,
			"warning: cannot note in %s what the lists have, so that the next change is "
			"not compared: %s\n",
			of->state_dir, strerror(-kept));
	return failure ? failure : kept;
}
