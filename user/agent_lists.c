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

static void record_one(const struct lists_of *of, const char *path, const char *kind,
		       json_int_t before, json_int_t now)
{
	char why[96];

	snprintf(why, sizeof(why), "%s, %lld entries before, %lld now", kind, (long long)before,
		 (long long)now);
	audit(&(struct audit_entry){
		.action = "list reload", .dev = of->dev, .object = path, .why = why, .by = of->by });
}

static bool is_in(const struct policy_doc *doc, const char *path)
{
	for (size_t i = 0; i < doc->lists; i++) {
		if (!strcmp(doc->file[doc->list[i].file], path))
			return true;
	}
	return false;
}

/* A line for each list that is new, has another size, or is gone. */
static void record(const struct lists_of *of, const json_t *last, const struct policy_doc *doc)
{
	json_t *gone;
	const char *path;

	json_object_foreach(json_object_get(last, "lists"), path, gone) {
		const char *kind = json_string_value(json_object_get(gone, "kind"));

		if (!is_in(doc, path))
			record_one(of, path, kind ? kind : "",
				   json_integer_value(json_object_get(gone, "entries")), 0);
	}
	for (size_t i = 0; i < doc->lists; i++) {
		const struct policy_list *list = &doc->list[i];
		const json_t *entry = lists_last(last, doc, list);
		json_int_t before = json_integer_value(json_object_get(entry, "entries"));

		if (!entry || before != (json_int_t)list->entries)
			record_one(of, doc->file[list->file], policy_list_kind_name(list->kind),
				   before, list->entries);
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

/* Bans what ends, until until_ns at most if that is not 0. */
static int ban_entries(struct store *store, const struct policy_doc *doc, __u64 until_ns, FILE *err)
{
	const struct list_time now = { cmd_now(), time(NULL), until_ns };
	struct list_bans bans;
	int failure = store_list_bans(store, doc, &now, &bans);

	if (failure)
		fprintf(err, "warning: entries of deny lists that end are not all banned: %s\n",
			strerror(-failure));
	else
		say_bans(&bans, err);
	return failure;
}

int lists_tried(struct store *store, const struct policy_doc *doc, __u64 until_ns, FILE *err)
{
	return ban_entries(store, doc, until_ns, err);
}

int lists_applied(const struct lists_of *of, struct store *store, const struct policy_doc *doc,
		  FILE *err)
{
	json_t *last = lists_recall(of->state_dir, of->dev);
	int failure = ban_entries(store, doc, 0, err), kept;

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
