// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/policy_json.h"

#include "user/addr.h"
#include "user/duration.h"
#include "user/names.h"
#include "user/policy_tree.h"
#include "user/signature.h"

/* jansson's own calls take NULL and fail: one check of each result is enough. */

static json_t *number_json(double value)
{
	json_int_t whole = (json_int_t)value;

	return (double)whole == value ? json_integer(whole) : json_real(value);
}

static json_t *prefixes_json(const struct policy_prefix_list *list)
{
	json_t *array = json_array();
	char text[PREFIX_TEXT_LEN];
	int err = 0;

	for (size_t i = 0; i < list->count; i++)
		err |= json_array_append_new(
			array, json_string(prefix_format(&list->item[i].address,
							 list->item[i].length, text)));
	if (!err)
		return array;
	json_decref(array);
	return NULL;
}

static json_t *listener_json(const struct policy_listener *listener)
{
	const char *transport = listener->transport == LISTENER_TCP ? "tcp" : "udp";
	char text[ADDR_TEXT_LEN];

	if (!listener->has_address)
		return json_pack("{s:s, s:i}", "transport", transport, "port", listener->port);
	return json_pack("{s:s, s:i, s:s}", "transport", transport, "port", listener->port,
			 "address", addr_format(&listener->address, text));
}

static json_t *carrier_json(const struct policy_carrier *carrier)
{
	return json_pack("{s:s, s:o, s:o}", "name", carrier->name, "cps", number_json(carrier->cps),
			 "prefixes", prefixes_json(&carrier->prefixes));
}

static json_t *range_json(__u16 min, __u16 max)
{
	char text[SIGNATURE_RANGE_LEN];

	return min == max ? json_integer(min) : json_string(signature_range_text(min, max, text));
}

static json_t *operand_json(const struct signature_atom *atom)
{
	char text[SIGNATURE_OPERAND_LEN];

	if (atom->op == SIGNATURE_OP_LENGTH ||
	    (atom->op == SIGNATURE_OP_NUMBER && atom->field != SIGNATURE_FIELD_METHOD))
		return range_json(atom->min, atom->max);
	if (atom->len)
		return json_stringn((const char *)atom->text, atom->len);
	return json_string(signature_operand_text(atom, text));
}

/* Adds what one atom asks to the object of its field. */
static int set_atom(json_t *match, const struct signature_atom *atom)
{
	const char *name = signature_field_name(atom->field);
	json_t *field = json_object_get(match, name);
	int err = 0;

	if (!field) {
		field = json_object();
		err = json_object_set_new(match, name, field);
	}
	if (!err)
		err = json_object_set_new(field, signature_keyword(atom), operand_json(atom));
	if (!err && signature_has_length(atom))
		err = json_object_set_new(field, signature_op_name(SIGNATURE_OP_LENGTH),
					  range_json(atom->min, atom->max));
	return err;
}

json_t *policy_match_json(const struct signature *rule)
{
	json_t *match = json_object();
	int err = match ? 0 : -1;

	for (unsigned int i = 0; i < rule->atoms && i < SIGNATURE_ATOMS_MAX && !err; i++)
		err = set_atom(match, &rule->atom[i]);
	if (!err)
		return match;
	json_decref(match);
	return NULL;
}

static json_t *signature_json(const struct signature *rule)
{
	return json_pack("{s:s, s:s, s:o}", "name", rule->name, "action", action_name(rule->action),
			 "match", policy_match_json(rule));
}

static int set_signatures(json_t *object, const struct policy_doc *doc)
{
	json_t *signatures = json_array();
	json_t *agents = json_array();
	int err = 0;

	for (size_t i = 0; i < doc->signatures; i++)
		err |= json_array_append_new(signatures, signature_json(&doc->signature[i].rule));
	for (size_t i = 0; i < doc->user_agents; i++)
		err |= json_array_append_new(agents, json_string(doc->user_agent[i]));
	err |= json_object_set_new(object, "signatures", signatures);
	err |= json_object_set_new(object, "user-agents", agents);
	return err;
}

static json_t *limit_json(const struct policy_limit *limit)
{
	return json_pack("{s:o, s:o}", "rate", number_json(limit->rate), "burst",
			 number_json(limit->burst));
}

static json_t *limits_json(const struct policy_limit *limit, unsigned int n,
			   const char *(*name)(unsigned int))
{
	json_t *object = json_object();
	int err = 0;

	for (unsigned int i = 0; i < n; i++)
		err |= json_object_set_new(object, name(i), limit_json(&limit[i]));
	if (!err)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *lanes_json(const struct policy_doc *doc)
{
	json_t *object = limits_json(doc->lane, LANE_MAX, lane_name);

	if (!json_object_set_new(object, "minimum", json_sprintf("%u%%", doc->lane_minimum)))
		return object;
	json_decref(object);
	return NULL;
}

static json_t *standing_json(const struct policy_doc *doc)
{
	char trust[DURATION_TEXT_LEN], proven[DURATION_TEXT_LEN];

	return json_pack("{s:s, s:s, s:i}", "trust", duration_exact(doc->trust_seconds, trust),
			 "proven", duration_exact(doc->proven_seconds, proven), "earned",
			 (int)doc->earned_max);
}

static int set_lists(json_t *object, const struct policy_doc *doc)
{
	json_t *listeners = json_array();
	json_t *carriers = json_array();
	int err = 0;

	for (size_t i = 0; i < doc->listeners; i++)
		err |= json_array_append_new(listeners, listener_json(&doc->listener[i]));
	for (size_t i = 0; i < doc->carriers; i++)
		err |= json_array_append_new(carriers, carrier_json(&doc->carrier[i]));
	err |= json_object_set_new(object, "listeners", listeners);
	err |= json_object_set_new(object, "allow", prefixes_json(&doc->allow));
	err |= json_object_set_new(object, "deny", prefixes_json(&doc->deny));
	err |= json_object_set_new(object, "carriers", carriers);
	return err;
}

static int set_rules(json_t *object, const struct policy_doc *doc)
{
	json_t *rules = json_object();
	json_t *limits = json_object();
	int err = 0;

	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX; i++)
		err |= json_object_set_new(rules, reason_name(i),
					   json_string(action_name(doc->action[i])));
	for (unsigned int i = STANDING_UNKNOWN; i <= STANDING_TRUSTED; i++)
		err |= json_object_set_new(limits, standing_name(i),
					   limits_json(doc->limit[i], CLASS_MAX, class_name));
	err |= json_object_set_new(object, "rules", rules);
	err |= json_object_set_new(object, "limits", limits);
	err |= json_object_set_new(object, "lanes", lanes_json(doc));
	return err;
}

json_t *policy_json(const struct policy_doc *doc)
{
	json_t *object = json_object();
	int err = json_object_set_new(object, "mode", json_string(action_name(doc->mode)));

	err |= set_lists(object, doc);
	err |= set_signatures(object, doc);
	err |= set_rules(object, doc);
	err |= json_object_set_new(object, "standing", standing_json(doc));
	err |= json_object_set_new(object, "ipv6-prefix", json_integer(doc->ipv6_prefix));
	err |= json_object_set_new(object, "work-per-tick", json_integer(doc->work_per_tick));
	err |= json_object_set_new(object, "events-per-second",
				   number_json(doc->events_per_second));
	if (!err)
		return object;
	json_decref(object);
	return NULL;
}
