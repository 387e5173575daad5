// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What every block of the policy is read with: words, numbers, lists, tables of keys.
 */
#include "user/names.h"
#include "user/policy_tree.h"

#include <stdlib.h>
#include <string.h>

#define BLOCK_KEYS_MAX 128 /* as many as there are reasons */
#define MILLION 1000000U

void *policy_grown(struct policy_reader *reader, void *array, size_t count, size_t size)
{
	void *bigger = array;

	/* Doubles: the array is full whenever the count is a power of two. */
	if (!(count & (count - 1)))
		bigger = realloc(array, (count ? count * 2 : 1) * size);
	if (!bigger)
		reader->no_memory = true;
	return bigger;
}

const char *policy_quote_node(const struct node *scalar, char out[QUOTE_LEN])
{
	return policy_quote(scalar->text, scalar->length, out);
}

/* A key without a value: what a list looks like all of whose entries are commented out. */
bool policy_is_empty(const struct node *node)
{
	if (node->kind != NODE_SCALAR || !node->plain)
		return false;
	return !node->length || !strcmp(node->text, "~") || !strcasecmp(node->text, "null");
}

static const char *const kind_names[] = {
	[NODE_SCALAR] = "a value",
	[NODE_LIST] = "a list",
	[NODE_MAP] = "a block of keys",
};

struct policy_place policy_place_of(const struct policy_reader *reader, const struct node *node)
{
	return (struct policy_place){
		.file = (__u16)(reader->sources - 1),
		.line = node->line,
		.column = node->column,
	};
}

void policy_note_origin(struct policy_reader *reader, const struct node *value)
{
	struct policy_doc *doc = &reader->doc;
	struct policy_origin *origin;
	size_t i = 0;

	if (value->kind != NODE_SCALAR || policy_is_empty(value) || strchr(reader->path, '['))
		return;
	while (i < doc->origins && strcmp(doc->origin[i].path, reader->path))
		i++;
	if (i == doc->origins) {
		origin = policy_grown(reader, doc->origin, doc->origins, sizeof(*origin));
		if (!origin)
			return;
		doc->origin = origin;
		doc->origins++;
		memcpy(origin[i].path, reader->path, sizeof(reader->path));
	}
	doc->origin[i].at = policy_place_of(reader, value);
}

/* The word, number or address of a scalar, or NULL after an error; fix is an example. */
const char *policy_read_text(struct policy_reader *reader, const struct node *node, const char *fix)
{
	char quoted[QUOTE_LEN];

	if (node->kind != NODE_SCALAR) {
		policy_error_here(reader, node, "%s where one value belongs; fix: write %s",
				  kind_names[node->kind], fix);
		return NULL;
	}
	if (policy_is_empty(node)) {
		policy_error_here(reader, node, "no value; fix: write %s, or remove the key", fix);
		return NULL;
	}
	if (strlen(node->text) != node->length) {
		policy_error_here(reader, node, "'%s' holds a NUL; fix: write %s",
				  policy_quote_node(node, quoted), fix);
		return NULL;
	}
	return node->text;
}

bool policy_is_name(const char *text, size_t len, size_t size)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				      "0123456789._-";

	return len && len < size && strspn(text, letters) >= len;
}

bool policy_read_name(struct policy_reader *reader, const struct node *node, char *out, size_t size)
{
	const char *text = policy_read_text(reader, node, "a name");
	char quoted[QUOTE_LEN];

	if (!text)
		return false;
	if (!policy_is_name(text, node->length, size)) {
		policy_error_here(reader, node,
				  "'%s' is not a name; fix: write 1 to %zu letters, digits, '.', "
				  "'_' or '-'",
				  policy_quote_node(node, quoted), size - 1);
		return false;
	}
	memcpy(out, text, node->length + 1);
	return true;
}

void policy_read_number(struct policy_reader *reader, const struct node *node,
			const struct policy_range *range, double *out)
{
	char quoted[QUOTE_LEN];
	char example[16];
	const char *text;
	__u64 millionths;

	snprintf(example, sizeof(example), "%u", range->min > 1 ? range->min : 1);
	text = policy_read_text(reader, node, example);
	if (!text)
		return;
	if (policy_number(text, false, &millionths) || (range->whole && millionths % MILLION)) {
		policy_error_here(reader, node, "'%s' is not %s; fix: write a number from %u to %u",
				  policy_quote_node(node, quoted), range->what, range->min,
				  range->max);
		return;
	}
	if (millionths < (__u64)range->min * MILLION || millionths > (__u64)range->max * MILLION) {
		policy_error_here(reader, node,
				  "%s is out of range; fix: write a number from %u to %u",
				  policy_quote_node(node, quoted), range->min, range->max);
		return;
	}
	*out = (double)millionths / MILLION;
}

/* The same for a whole number; out keeps its value after an error. */
__u32 policy_read_whole(struct policy_reader *reader, const struct node *node,
			const struct policy_range *range, __u32 value)
{
	double number = value;

	policy_read_number(reader, node, range, &number);
	return (__u32)number;
}

/* The actions of what cannot be scored. */
static const char *plain_action_name(unsigned int action)
{
	return action == ACTION_SCORE ? "" : action_name(action);
}

/* Reads one of some actions, which name() knows and `words` lists for people. */
static void read_action(struct policy_reader *reader, const struct node *node,
			const char *(*name)(unsigned int), const char *words, __u8 *out)
{
	const char *text = policy_read_text(reader, node, words);
	char quoted[QUOTE_LEN];
	const char *nearest;

	if (!text)
		return;
	for (unsigned int action = 0; action <= ACTION_ENFORCE; action++) {
		if (*text && !strcmp(name(action), text)) {
			*out = (__u8)action;
			return;
		}
	}
	nearest = policy_nearest(text, ACTION_ENFORCE + 1, name);
	if (nearest)
		policy_error_here(reader, node, "unknown word '%s'; fix: did you mean '%s'?",
				  policy_quote_node(node, quoted), nearest);
	else
		policy_error_here(reader, node, "unknown word '%s'; fix: write %s",
				  policy_quote_node(node, quoted), words);
}

void policy_read_action(struct policy_reader *reader, const struct node *node, __u8 *out)
{
	read_action(reader, node, plain_action_name, "enforce, shadow or off", out);
}

void policy_read_check_action(struct policy_reader *reader, const struct node *node, __u8 *out)
{
	read_action(reader, node, action_name, "enforce, score, shadow or off", out);
}

/* --- blocks of keys ---------------------------------------------------------------------------*/

/* Index of a key in its block, or -1 after an error. seen[] holds the lines of keys before. */
static int find_key(struct policy_reader *reader, const struct node *key,
		    const struct policy_block *block, const __u32 *seen)
{
	const char *inside = *reader->path ? reader->path : "the policy";
	char quoted[QUOTE_LEN];
	const char *nearest;

	if (key->kind != NODE_SCALAR) {
		policy_error(reader, key->line, key->column,
			     "%s as a key of %s; fix: write \"key: value\"", kind_names[key->kind],
			     inside);
		return -1;
	}
	for (unsigned int i = 0; i < block->count; i++) {
		if (key->length != strlen(block->name(i)) || strcmp(key->text, block->name(i)))
			continue;
		if (!seen[i])
			return (int)i;
		policy_error(reader, key->line, key->column,
			     "key '%s' of %s stands in line %u already; fix: keep one of them",
			     key->text, inside, seen[i]);
		return -1;
	}
	policy_quote_node(key, quoted);
	nearest = policy_nearest(key->text, block->count, block->name);
	if (nearest)
		policy_error(reader, key->line, key->column,
			     "unknown key '%s' in %s; fix: did you mean '%s'?", quoted, inside,
			     nearest);
	else
		policy_error(reader, key->line, key->column,
			     "unknown key '%s' in %s; fix: remove it, %s lists the keys", quoted,
			     inside, reader->manual ? reader->manual : "docs/policy.md");
	return -1;
}

void policy_read_block(struct policy_reader *reader, const struct node *node,
		       const struct policy_block *block, void *out)
{
	__u32 seen[BLOCK_KEYS_MAX] = { 0 };
	size_t base = strlen(reader->path);

	if (policy_is_empty(node))
		return;
	if (node->kind != NODE_MAP) {
		policy_error_here(reader, node,
				  "%s where a block of keys belongs; fix: write \"%s: ...\"",
				  kind_names[node->kind], block->name(0));
		return;
	}
	for (const struct node *key = node->child; key; key = key->next->next) {
		int i = find_key(reader, key, block, seen);

		if (i < 0)
			continue;
		seen[i] = key->line;
		snprintf(reader->path + base, sizeof(reader->path) - base, "%s%s", base ? "." : "",
			 block->name((unsigned int)i));
		block->read(reader, key->next, (unsigned int)i, out);
		policy_note_origin(reader, key->next);
		reader->path[base] = 0;
	}
}

/* Calls read for every entry of a list, with its number in the path. */
void policy_read_list(struct policy_reader *reader, const struct node *node, const char *example,
		      void (*read)(struct policy_reader *, const struct node *, void *), void *out)
{
	size_t base = strlen(reader->path);
	unsigned int n = 1;

	if (policy_is_empty(node))
		return;
	if (node->kind != NODE_LIST) {
		policy_error_here(reader, node, "%s where a list belongs; fix: write [%s]",
				  kind_names[node->kind], example);
		return;
	}
	for (const struct node *item = node->child; item; item = item->next) {
		snprintf(reader->path + base, sizeof(reader->path) - base, "[%u]", n++);
		read(reader, item, out);
		reader->path[base] = 0;
	}
}
