// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/policy_diff.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "user/policy_values.h"

/* What a change means, by the key that it lies under. */
static const struct effect {
	const char *key; /* with a '.': what its path begins with */
	const char *stricter;
	const char *laxer;
	const char *other;
} effects[] = {
	{ "mode", "what was only counted until now is dropped", "nothing is dropped any more", "" },
	{ "listeners", "what comes there is judged from now on", "nothing there is judged any more",
	  "what comes there is judged, and nothing dropped" },
	{ "allow", "is limited from now on, and may be banned", "is never limited or banned", "" },
	{ "deny", "everything from there is dropped", "is judged as others are", "" },
	{ "carriers.", "calls that pass now may be dropped", "more calls pass", "" },
	{ "signatures.", "drops requests that pass now", "drops less", "" },
	{ "signatures", "of several that hit, the first that is enforced drops", "", "" },
	{ "user-agents", "requests with it are dropped",
	  "requests with it are no more dropped for it", "" },
	{ "rules.", "drops, or holds against the source, what passes now", "drops less",
	  "drops nothing either way" },
	{ "limits.", "less passes", "more passes", "" },
	{ "lanes.", "less of what strangers send passes", "more of what strangers send passes",
	  "" },
	{ "standing.", "sources are strangers again sooner, or may send less",
	  "sources keep what they earned for longer, or may send more", "" },
	{ "ipv6-prefix", "more addresses share one source's budget",
	  "fewer addresses share one source's budget", "" },
	{ "work-per-tick", "less is read of sources over a limit",
	  "more is read of sources over a limit", "" },
	{ "events-per-second", "", "", "samples for people, drops nothing" },
};

#define EFFECTS (sizeof(effects) / sizeof(effects[0]))

/* The row of a path: also its place in the output. */
static size_t effect_of(const char *path)
{
	size_t i = 0;

	while (i < EFFECTS - 1) {
		const char *key = effects[i].key;
		size_t len = strlen(key);

		if (key[len - 1] == '.' ? !strncmp(path, key, len) : !strcmp(path, key))
			break;
		i++;
	}
	return i;
}

/* A value of one document, kept. */
struct item {
	char *path;
	char *text;
	size_t rank;
	bool entry;
	bool delicate;
	double strict;
};

struct items {
	struct item *item;
	size_t count;
};

static void items_free(struct items *items)
{
	for (size_t i = 0; i < items->count; i++) {
		free(items->item[i].path);
		free(items->item[i].text);
	}
	free(items->item);
}
#define cleanup_items __attribute__((cleanup(items_free)))

static int add_item(const struct policy_value *value, void *arg)
{
	struct items *items = arg;
	struct item *item;

	/* Doubles: the array is full whenever the count is a power of two. */
	if (!(items->count & (items->count - 1))) {
		item = reallocarray(items->item, items->count ? items->count * 2 : 1,
				    sizeof(*item));
		if (!item)
			return -ENOMEM;
		items->item = item;
	}
	item = &items->item[items->count++];
	*item = (struct item){
		.path = strdup(value->path),
		.text = strdup(value->text),
		.rank = effect_of(value->path),
		.entry = value->entry,
		.delicate = value->delicate,
		.strict = value->strict,
	};
	return item->path && item->text ? 0 : -ENOMEM;
}

static int by_place(const struct item *a, const struct item *b)
{
	int order;

	if (a->rank != b->rank)
		return a->rank < b->rank ? -1 : 1;
	order = strcmp(a->path, b->path);
	return order || !a->entry ? order : strcmp(a->text, b->text);
}

static int compare_items(const void *a, const void *b)
{
	return by_place(a, b);
}

/* The names of the signatures in their order: which of several drops depends on it. */
static int add_order(const struct policy_doc *doc, struct items *items)
{
	struct policy_value value = { .path = "signatures" };
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);
	int err;

	if (!out)
		return -ENOMEM;
	for (size_t i = 0; i < doc->signatures; i++)
		fprintf(out, "%s%s", i ? ", " : "", doc->signature[i].rule.name);
	fclose(out);
	value.text = text;
	err = text && doc->signatures ? add_item(&value, items) : 0;
	free(text);
	return err;
}

static bool same_signature_names(const struct policy_doc *a, const struct policy_doc *b)
{
	for (size_t i = 0; i < a->signatures; i++) {
		size_t j = 0;

		while (j < b->signatures &&
		       strcmp(a->signature[i].rule.name, b->signature[j].rule.name))
			j++;
		if (j == b->signatures)
			return false;
	}
	return a->signatures == b->signatures;
}

static int take_items(const struct policy_doc *doc, bool order, struct items *items)
{
	int err = policy_values(doc, add_item, items);

	if (!err && order)
		err = add_order(doc, items);
	if (!err)
		qsort(items->item, items->count, sizeof(*items->item), compare_items);
	return err;
}

static double sign_of(double difference)
{
	return difference > 0 ? 1 : difference < 0 ? -1 : 0;
}

/* Above 0: may drop more than before; below: less. Either item may be NULL, not both. */
static double direction(const struct item *from, const struct item *to)
{
	double before = from ? from->strict : 0;
	double after = to ? to->strict : 0;

	return from && to && to->delicate ? 1 : sign_of(after - before);
}

static int add_change(struct policy_diff *diff, const struct item *from, const struct item *to,
		      bool drops)
{
	const struct item *any = from ? from : to;
	const struct effect *effect = &effects[any->rank];
	double sense = direction(from, to);
	struct policy_change *change;

	if (!(diff->count & (diff->count - 1))) {
		change = reallocarray(diff->change, diff->count ? diff->count * 2 : 1,
				      sizeof(*change));
		if (!change)
			return -ENOMEM;
		diff->change = change;
	}
	change = &diff->change[diff->count++];
	*change = (struct policy_change){
		.path = strdup(any->path),
		.from = from ? strdup(from->text) : NULL,
		.to = to ? strdup(to->text) : NULL,
		.entry = any->entry,
		.stricter = sense > 0 && drops,
		.effect = sense > 0   ? (drops ? effect->stricter
					       : "would drop more, but this mode "
						 "drops nothing")
			  : sense < 0 ? effect->laxer
				      : effect->other,
	};
	diff->stricter += change->stricter;
	return change->path && (!from || change->from) && (!to || change->to) ? 0 : -ENOMEM;
}

static int merge(const struct items *old, const struct items *new, bool drops,
		 struct policy_diff *diff)
{
	size_t i = 0, j = 0;
	int err = 0;

	while (!err && (i < old->count || j < new->count)) {
		const struct item *from = i < old->count ? &old->item[i] : NULL;
		const struct item *to = j < new->count ? &new->item[j] : NULL;
		int order = !from ? 1 : !to ? -1 : by_place(from, to);

		if (order < 0)
			err = add_change(diff, from, NULL, drops);
		else if (order > 0)
			err = add_change(diff, NULL, to, drops);
		else if (strcmp(from->text, to->text))
			err = add_change(diff, from, to, drops);
		i += order <= 0;
		j += order >= 0;
	}
	return err;
}

int policy_diff(const struct policy_doc *old, const struct policy_doc *new, struct policy_diff *out)
{
	cleanup_items struct items before = { 0 }, after = { 0 };
	struct policy_diff diff = { 0 };
	bool order = same_signature_names(old, new);
	int err = take_items(old, order, &before);

	if (!err)
		err = take_items(new, order, &after);
	if (!err)
		err = merge(&before, &after, new->mode == ACTION_ENFORCE, &diff);
	if (err)
		policy_diff_free(&diff);
	else
		*out = diff;
	return err;
}

void policy_diff_free(struct policy_diff *diff)
{
	for (size_t i = 0; i < diff->count; i++) {
		free(diff->change[i].path);
		free(diff->change[i].from);
		free(diff->change[i].to);
	}
	free(diff->change);
	*diff = (struct policy_diff){ 0 };
}

static void print_change(const struct policy_change *change, FILE *out)
{
	fprintf(out, "%c %s: ", change->stricter ? '!' : ' ', change->path);
	if (change->from && change->to)
		fprintf(out, "%s -> %s", change->from, change->to);
	else
		fprintf(out, "%c %s", change->to ? '+' : '-',
			change->to ? change->to : change->from);
	if (*change->effect)
		fprintf(out, "   (%s)", change->effect);
	putc('\n', out);
}

void policy_diff_print(const struct policy_diff *diff, FILE *out)
{
	for (size_t i = 0; i < diff->count; i++)
		print_change(&diff->change[i], out);
}

json_t *policy_diff_json(const struct policy_diff *diff)
{
	json_t *list = json_array();
	int err = 0;

	for (size_t i = 0; i < diff->count && !err; i++) {
		const struct policy_change *change = &diff->change[i];

		err = json_array_append_new(
			list,
			json_pack("{s:s, s:s?, s:s?, s:b, s:b, s:s}", "path", change->path, "from",
				  change->from, "to", change->to, "entry", change->entry,
				  "stricter", change->stricter, "effect", change->effect));
	}
	if (!err)
		return list;
	json_decref(list);
	return NULL;
}
