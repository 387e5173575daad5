// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The checks that need the whole of a policy: what one prefix says against another.
 */
#include <stdlib.h>
#include <string.h>

#include "user/addr.h"
#include "user/policy_tree.h"

#define ROLE_ALLOW -1
#define ROLE_DENY -2

/* A prefix and the list that it stands in: a carrier's index, or ROLE_. */
struct claim {
	const struct policy_prefix *prefix;
	int role;
};

static int by_address(const void *a, const void *b)
{
	const struct policy_prefix *x = ((const struct claim *)a)->prefix;
	const struct policy_prefix *y = ((const struct claim *)b)->prefix;
	int order = memcmp(&x->address, &y->address, sizeof(x->address));

	if (order)
		return order;
	if (x->length != y->length)
		return x->length < y->length ? -1 : 1;
	if (x->file != y->file)
		return x->file < y->file ? -1 : 1;
	if (x->line != y->line)
		return x->line < y->line ? -1 : 1;
	return x->column < y->column ? -1 : x->column > y->column;
}

/*
 * What is allowed and denied in the policy itself is an error. Lists come from others, who know
 * nothing of each other: the plan leaves out what is granted elsewhere, and says so.
 */
static struct claim *add_claims(struct claim *claim, const struct policy_doc *doc,
				const struct policy_prefix_list *list, int role)
{
	for (size_t i = 0; i < list->count; i++) {
		if (role >= 0 || list->item[i].file < doc->policies)
			*claim++ = (struct claim){ &list->item[i], role };
	}
	return claim;
}

static bool same_prefix(const struct policy_prefix *a, const struct policy_prefix *b)
{
	return a->length == b->length && !memcmp(&a->address, &b->address, sizeof(a->address));
}

/* Which of two stands later in the files: the one that an error is about. */
static bool is_later(const struct policy_prefix *a, const struct policy_prefix *b)
{
	if (a->file != b->file)
		return a->file > b->file;
	return a->line != b->line ? a->line > b->line : a->column > b->column;
}

static void opposed_error(struct policy_reader *reader, const struct claim *a,
			  const struct claim *b)
{
	const struct claim *later = is_later(a->prefix, b->prefix) ? a : b;
	const struct policy_prefix *other = later == a ? b->prefix : a->prefix;
	char text[PREFIX_TEXT_LEN];

	policy_error_at(reader, later->prefix, "%s: %s is %s in %s:%u; fix: remove one of the two",
			later->role == ROLE_DENY ? "deny" : "allow",
			prefix_format(&other->address, other->length, text),
			later->role == ROLE_DENY ? "allowed" : "denied",
			reader->doc.file[other->file], other->line);
}

static void overlap_error(struct policy_reader *reader, const struct claim *a,
			  const struct claim *b)
{
	const struct claim *later = is_later(a->prefix, b->prefix) ? a : b;
	const struct claim *other = later == a ? b : a;
	const struct policy_prefix *prefix = other->prefix;
	char mine[PREFIX_TEXT_LEN], theirs[PREFIX_TEXT_LEN];

	policy_error_at(
		reader, later->prefix,
		"carrier %s: %s overlaps %s of carrier %s in %s:%u; fix: give each address to "
		"one carrier",
		reader->doc.carrier[later->role].name,
		prefix_format(&later->prefix->address, later->prefix->length, mine),
		prefix_format(&prefix->address, prefix->length, theirs),
		reader->doc.carrier[other->role].name, reader->doc.file[prefix->file],
		prefix->line);
}

/* The same prefix allowed and denied: equal ones lie side by side, carriers perhaps between them. */
static void check_opposed(struct policy_reader *reader, const struct claim *claim, size_t n)
{
	const struct claim *last = NULL;

	for (size_t i = 0; i < n; i++) {
		if (claim[i].role >= 0)
			continue;
		if (last && last->role != claim[i].role &&
		    same_prefix(last->prefix, claim[i].prefix))
			opposed_error(reader, last, &claim[i]);
		last = &claim[i];
	}
}

/*
 * Prefixes of two carriers that overlap. Prefixes either lie in each other or apart, and what lies
 * in one follows it in the order: the open ones make a stack.
 */
static void check_overlaps(struct policy_reader *reader, const struct claim *claim, size_t n)
{
	const struct claim *open[130];
	size_t depth = 0;

	for (size_t i = 0; i < n; i++) {
		const struct policy_prefix *prefix = claim[i].prefix;

		if (claim[i].role < 0)
			continue;
		while (depth && !prefix_holds(&open[depth - 1]->prefix->address,
					      open[depth - 1]->prefix->length, &prefix->address))
			depth--;
		if (depth && open[depth - 1]->role != claim[i].role)
			overlap_error(reader, open[depth - 1], &claim[i]);
		else if (!depth || open[depth - 1]->prefix->length < prefix->length)
			open[depth++] = &claim[i];
	}
}

static void check_carriers(struct policy_reader *reader)
{
	const struct policy_doc *doc = &reader->doc;

	for (size_t i = 0; i < doc->carriers; i++) {
		const struct policy_carrier *carrier = &doc->carrier[i];
		const struct policy_prefix where = { .file = carrier->at.file,
						     .line = carrier->at.line,
						     .column = carrier->at.column };

		if (!carrier->prefixes.count && where.line && !reader->printed)
			policy_error_at(reader, &where,
					"carrier %s: no prefixes; fix: add \"prefixes: "
					"[192.0.2.0/24]\" with what the carrier sends from",
					carrier->name);
	}
}

void policy_check_whole(struct policy_reader *reader)
{
	const struct policy_doc *doc = &reader->doc;
	size_t n = doc->allow.count + doc->deny.count;
	struct claim *claims, *end;

	for (size_t i = 0; i < doc->carriers; i++)
		n += doc->carrier[i].prefixes.count;
	claims = calloc(n + 1, sizeof(*claims));
	if (!claims) {
		reader->no_memory = true;
		return;
	}
	end = add_claims(claims, doc, &doc->allow, ROLE_ALLOW);
	end = add_claims(end, doc, &doc->deny, ROLE_DENY);
	for (size_t i = 0; i < doc->carriers; i++)
		end = add_claims(end, doc, &doc->carrier[i].prefixes, (int)i);
	n = (size_t)(end - claims);
	qsort(claims, n, sizeof(*claims), by_address);
	check_opposed(reader, claims, n);
	check_overlaps(reader, claims, n);
	check_carriers(reader);
	free(claims);
}
