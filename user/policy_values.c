// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/policy_values.h"

#include <stdio.h>
#include <string.h>

#include "user/addr.h"
#include "user/duration.h"
#include "user/names.h"
#include "user/policy_tree.h"
#include "user/signature.h"

/* A walk over a document. */
struct walk {
	const struct policy_doc *doc;
	policy_value_fn *fn;
	void *arg;
	int result; /* of fn; other than 0: no more calls */
};

const char *policy_listener_text(const struct policy_listener *listener,
				 char out[LISTENER_TEXT_LEN])
{
	const char *transport = listener->transport == LISTENER_TCP ? "tcp" : "udp";
	char text[ADDR_TEXT_LEN];

	if (listener->has_address)
		snprintf(out, LISTENER_TEXT_LEN, "{transport: %s, port: %u, address: \"%s\"}",
			 transport, listener->port, addr_format(&listener->address, text));
	else
		snprintf(out, LISTENER_TEXT_LEN, "{transport: %s, port: %u}", transport,
			 listener->port);
	return out;
}

static void tell(struct walk *walk, struct policy_value *value, const char *text)
{
	value->text = text;
	if (!walk->result)
		walk->result = walk->fn(value, walk->arg);
}

/* One value that is in no list; its place is known by its path. */
static void single(struct walk *walk, struct policy_value *value, const char *text)
{
	const struct policy_doc *doc = walk->doc;

	for (size_t i = 0; i < doc->origins; i++) {
		if (!strcmp(doc->origin[i].path, value->path))
			value->at = doc->origin[i].at;
	}
	tell(walk, value, text);
}

static void entry(struct walk *walk, const char *path, const char *text, double strict,
		  struct policy_place at)
{
	struct policy_value value = { .entry = true, .strict = strict, .at = at };

	snprintf(value.path, sizeof(value.path), "%s", path);
	tell(walk, &value, text);
}

/* A number of which more is laxer. */
static void number(struct walk *walk, const char *path, double count, const char *text)
{
	struct policy_value value = { .strict = -count };

	snprintf(value.path, sizeof(value.path), "%s", path);
	single(walk, &value, text);
}

/* What an action may drop: to count is not more than to look away. */
static double strictness(unsigned int action)
{
	return action <= ACTION_SHADOW ? 0 : action;
}

static void action(struct walk *walk, const char *block, const char *name, unsigned int value)
{
	struct policy_value v = { .strict = strictness(value) };

	snprintf(v.path, sizeof(v.path), "%s%s%s", block, *block ? "." : "", name);
	single(walk, &v, action_name(value));
}

/* --- lists --------------------------------------------------------------------------------------*/

static void listeners(struct walk *walk)
{
	const struct policy_doc *doc = walk->doc;
	char text[LISTENER_TEXT_LEN];

	for (size_t i = 0; i < doc->listeners; i++)
		entry(walk, "listeners", policy_listener_text(&doc->listener[i], text), 1,
		      doc->listener[i].at);
}

static void prefixes(struct walk *walk, const char *path, const struct policy_prefix_list *list,
		     double strict)
{
	char text[PREFIX_TEXT_LEN];

	for (size_t i = 0; i < list->count; i++) {
		const struct policy_prefix *p = &list->item[i];
		struct policy_place at = { p->file, p->line, p->column };

		entry(walk, path, prefix_format(&p->address, p->length, text), strict, at);
	}
}

static void carriers(struct walk *walk)
{
	const struct policy_doc *doc = walk->doc;
	char path[POLICY_PATH_LEN], text[VALUE_TEXT_LEN];

	for (size_t i = 0; i < doc->carriers; i++) {
		const struct policy_carrier *carrier = &doc->carrier[i];
		struct policy_value cps = { .strict = -carrier->cps, .at = carrier->cps_at };

		snprintf(cps.path, sizeof(cps.path), "carriers.%s.cps", carrier->name);
		tell(walk, &cps, policy_number_text(carrier->cps, text));
		snprintf(path, sizeof(path), "carriers.%s.prefixes", carrier->name);
		prefixes(walk, path, &carrier->prefixes, -1);
	}
}

/* Room for all that a rule asks, with a comma behind each. */
#define MATCH_LEN (SIGNATURE_ATOMS_MAX * (SIGNATURE_MATCH_LEN + 2) + 3)

static const char *match_text(const struct signature *rule, char out[MATCH_LEN])
{
	char text[SIGNATURE_MATCH_LEN];
	unsigned int atom = 0;
	size_t len = 0;

	out[len++] = '{';
	while (atom < rule->atoms && atom < SIGNATURE_ATOMS_MAX) {
		const char *separator = atom ? ", " : "";

		atom = signature_field_text(rule, atom, text);
		len += (size_t)snprintf(out + len, MATCH_LEN - len, "%s%s", separator, text);
	}
	snprintf(out + len, MATCH_LEN - len, "}");
	return out;
}

static void signatures(struct walk *walk)
{
	const struct policy_doc *doc = walk->doc;
	char text[MATCH_LEN];

	for (size_t i = 0; i < doc->signatures; i++) {
		const struct policy_signature *signature = &doc->signature[i];
		const struct signature *rule = &signature->rule;
		struct policy_value value = {
			.strict = strictness(rule->action),
			.at = { signature->file, signature->line, signature->column },
		};

		snprintf(value.path, sizeof(value.path), "signatures.%s.action", rule->name);
		tell(walk, &value, action_name(rule->action));
		value.delicate = value.strict > 0;
		value.strict = 0;
		snprintf(value.path, sizeof(value.path), "signatures.%s.match", rule->name);
		tell(walk, &value, match_text(rule, text));
	}
}

static void user_agents(struct walk *walk)
{
	const struct policy_doc *doc = walk->doc;
	char text[SIGNATURE_OPERAND_LEN];

	for (size_t i = 0; i < doc->user_agents; i++)
		entry(walk, "user-agents",
		      signature_quote(doc->user_agent[i], strlen(doc->user_agent[i]), text), 1,
		      doc->user_agent_at[i]);
}

/* --- single values ------------------------------------------------------------------------------*/

static void limit(struct walk *walk, const char *block, const char *name,
		  const struct policy_limit *value)
{
	char path[POLICY_PATH_LEN], rate[VALUE_TEXT_LEN], text[VALUE_TEXT_LEN + 2];
	struct policy_value v = { .strict = value->rate > 0 ? -value->rate : -1e18 };

	snprintf(text, sizeof(text), "%s%s", policy_number_text(value->rate, rate),
		 value->rate > 0 ? "/s" : "");
	snprintf(v.path, sizeof(v.path), "%s.%s.rate", block, name);
	single(walk, &v, text);
	snprintf(path, sizeof(path), "%s.%s.burst", block, name);
	number(walk, path, value->burst, policy_number_text(value->burst, rate));
}

static void limits(struct walk *walk)
{
	const struct policy_doc *doc = walk->doc;
	char block[POLICY_PATH_LEN / 2], text[VALUE_TEXT_LEN];

	for (unsigned int i = STANDING_UNKNOWN; i <= STANDING_TRUSTED; i++) {
		snprintf(block, sizeof(block), "limits.%s", standing_name(i));
		for (unsigned int j = 0; j < CLASS_MAX; j++)
			limit(walk, block, class_name(j), &doc->limit[i][j]);
	}
	for (unsigned int i = 0; i < LANE_MAX; i++)
		limit(walk, "lanes", lane_name(i), &doc->lane[i]);
	snprintf(text, sizeof(text), "%u%%", doc->lane_minimum);
	number(walk, "lanes.minimum", doc->lane_minimum, text);
}

static void standing(struct walk *walk)
{
	const struct policy_doc *doc = walk->doc;
	char text[DURATION_TEXT_LEN];

	number(walk, "standing.trust", doc->trust_seconds,
	       duration_exact(doc->trust_seconds, text));
	number(walk, "standing.proven", doc->proven_seconds,
	       duration_exact(doc->proven_seconds, text));
	number(walk, "standing.earned", doc->earned_max, policy_number_text(doc->earned_max, text));
}

int policy_values(const struct policy_doc *doc, policy_value_fn *fn, void *arg)
{
	struct walk walk = { .doc = doc, .fn = fn, .arg = arg };
	struct policy_value events = { .path = "events-per-second" };
	char text[VALUE_TEXT_LEN];

	action(&walk, "", "mode", doc->mode);
	listeners(&walk);
	prefixes(&walk, "allow", &doc->allow, -1);
	prefixes(&walk, "deny", &doc->deny, 1);
	carriers(&walk);
	signatures(&walk);
	user_agents(&walk);
	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX; i++)
		action(&walk, "rules", reason_name(i), doc->action[i]);
	limits(&walk);
	standing(&walk);
	number(&walk, "ipv6-prefix", doc->ipv6_prefix, policy_number_text(doc->ipv6_prefix, text));
	number(&walk, "work-per-tick", doc->work_per_tick,
	       policy_number_text(doc->work_per_tick, text));
	/* how many are told of drops nothing */
	single(&walk, &events, policy_number_text(doc->events_per_second, text));
	return walk.result;
}
