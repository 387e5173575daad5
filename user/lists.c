// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/lists.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/json.h"
#include "user/varfile.h"

#define SUFFIX "lists.json"
#define FILE_MAX (1U << 20)

json_t *lists_json(const struct policy_doc *doc, __s64 now)
{
	json_t *document = json_document(), *lists = json_object();

	for (size_t i = 0; i < doc->lists; i++) {
		const struct policy_list *list = &doc->list[i];

		json_object_set_new(lists, doc->file[list->file],
				    json_pack("{s:s, s:I, s:I}", "kind",
					      policy_list_kind_name(list->kind), "entries",
					      (json_int_t)list->entries, "applied",
					      (json_int_t)now));
	}
	if (!json_object_set_new(document, "lists", lists))
		return document;
	json_decref(document);
	return NULL;
}

const json_t *lists_last(const json_t *last, const struct policy_doc *doc,
			 const struct policy_list *list)
{
	return json_object_get(json_object_get(last, "lists"), doc->file[list->file]);
}

static const struct policy_list *list_of(const struct policy_doc *doc, const char *path)
{
	for (size_t i = 0; i < doc->lists; i++) {
		if (!strcmp(doc->file[doc->list[i].file], path))
			return &doc->list[i];
	}
	return NULL;
}

static unsigned int kind_of(const json_t *entry)
{
	const char *name = json_string_value(json_object_get(entry, "kind"));

	for (unsigned int i = 0; name && i < LIST_KINDS; i++) {
		if (!strcmp(name, policy_list_kind_name(i)))
			return i;
	}
	return LIST_DENY;
}

/* Entries before and now; one that had none is as good as new. */
static bool changed_much(__u64 before, __u64 now, unsigned int percent)
{
	__u64 difference = before > now ? before - now : now - before;

	if (!before || (before < LISTS_CHANGE_FLOOR && now < LISTS_CHANGE_FLOOR))
		return false;
	return difference * 100 > before * percent;
}

unsigned int lists_changed(const json_t *last, const struct policy_doc *doc, FILE *err)
{
	json_t *lists = json_object_get(last, "lists"), *entry;
	unsigned int changed = 0;
	const char *path;

	json_object_foreach(lists, path, entry) {
		json_int_t before = json_integer_value(json_object_get(entry, "entries"));
		const struct policy_list *list = list_of(doc, path);
		unsigned int kind = list ? list->kind : kind_of(entry);
		__u64 now = list ? list->entries : 0;

		if (before < 0 ||
		    !changed_much((__u64)before, now, doc->list_limits[kind].max_change))
			continue;
		changed++;
		fprintf(err,
			"%s: error: it has %llu entries, and had %lld when it was applied last, "
			"which is more than %u %% of a change; fix: look at it, then run "
			"`sipshield policy apply --force'\n",
			path, (unsigned long long)now, (long long)before,
			doc->list_limits[kind].max_change);
	}
	return changed;
}

json_t *lists_recall(const char *dir, const char *dev)
{
	char path[VARFILE_PATH_LEN];
	unsigned char *data;
	json_t *last = NULL;
	size_t len;

	if (*dir && !varfile_path(dir, dev, SUFFIX, path) &&
	    !varfile_read(path, FILE_MAX, &data, &len)) {
		last = json_loadb((const char *)data, len, 0, NULL);
		free(data);
	}
	return last ? last : json_object();
}

int lists_remember(const char *dir, const char *dev, const struct policy_doc *doc, __s64 now)
{
	char path[VARFILE_PATH_LEN];
	json_t *document;
	char *text;
	int err;

	if (!*dir)
		return 0;
	document = lists_json(doc, now);
	text = json_dumps(document, JSON_INDENT(1));
	json_decref(document);
	if (!text)
		return -ENOMEM;
	err = varfile_path(dir, dev, SUFFIX, path);
	if (!err)
		err = varfile_make_dir(dir);
	if (!err)
		err = varfile_write(path, text, strlen(text));
	free(text);
	return err;
}
