// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/doctor_nft.h"

#include <errno.h>
#include <jansson.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

struct reading {
	const struct nft_port *port;
	size_t ports;
	json_t *list; /* of all that the rule set has */
	struct nft_view view;
};

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

static bool has_port(const struct reading *reading, const char *protocol, json_int_t low,
		     json_int_t high)
{
	for (size_t i = 0; i < reading->ports; i++) {
		const struct nft_port *port = &reading->port[i];
		const char *name = port->protocol == IPPROTO_UDP ? "udp" : "tcp";

		if ((!strcmp(protocol, name) || !strcmp(protocol, "th")) && port->port >= low &&
		    port->port <= high)
			return true;
	}
	return false;
}

/* A port, a range, or a set of them that stands in the rule itself. */
static bool names_value(const struct reading *reading, const char *protocol, const json_t *value)
{
	const json_t *range = json_object_get(value, "range"), *set = json_object_get(value, "set");
	json_t *item;
	size_t i;

	if (json_is_integer(value))
		return has_port(reading, protocol, json_integer_value(value),
				json_integer_value(value));
	if (range)
		return has_port(reading, protocol, json_integer_value(json_array_get(range, 0)),
				json_integer_value(json_array_get(range, 1)));
	json_array_foreach(set, i, item) {
		if (names_value(reading, protocol, item))
			return true;
	}
	return false;
}

/* Does the rule ask for one of the ports as the destination? */
static bool names_port(const struct reading *reading, const json_t *rule)
{
	json_t *statement;
	size_t i;

	json_array_foreach(json_object_get(rule, "expr"), i, statement) {
		const json_t *match = json_object_get(statement, "match");
		const json_t *payload = json_object_get(json_object_get(match, "left"), "payload");
		const char *op = text_of(match, "op");

		if (payload && !strcmp(text_of(payload, "field"), "dport") &&
		    (!strcmp(op, "==") || !strcmp(op, "in")) &&
		    names_value(reading, text_of(payload, "protocol"),
				json_object_get(match, "right")))
			return true;
	}
	return false;
}

static bool has_verdict(const json_t *rule, const char *verdict)
{
	json_t *statement;
	size_t i;

	json_array_foreach(json_object_get(rule, "expr"), i, statement) {
		if (json_object_get(statement, verdict))
			return true;
	}
	return false;
}

/* A rule without a condition: before its verdict it counts or logs at most. */
static bool is_unconditional(const json_t *rule, const char *verdict)
{
	json_t *statement;
	size_t i;

	json_array_foreach(json_object_get(rule, "expr"), i, statement) {
		if (json_object_get(statement, verdict))
			return true;
		if (!json_object_get(statement, "counter") && !json_object_get(statement, "log"))
			return false;
	}
	return false;
}

static void take_rule(struct reading *reading, const json_t *rule)
{
	if (!names_port(reading, rule) ||
	    (!has_verdict(rule, "drop") && !has_verdict(rule, "reject")))
		return;
	if (!reading->view.drops++)
		snprintf(reading->view.rule, sizeof(reading->view.rule), "%.30s %.40s %.40s",
			 text_of(rule, "family"), text_of(rule, "table"), text_of(rule, "chain"));
}

static bool is_of(const json_t *rule, const json_t *chain)
{
	return !strcmp(text_of(rule, "family"), text_of(chain, "family")) &&
	       !strcmp(text_of(rule, "table"), text_of(chain, "table"));
}

/* Rules of the chain's table: what it jumps to is in there, too. */
static bool table_lets_in(const struct reading *reading, const json_t *chain)
{
	json_t *entry;
	size_t i;

	json_array_foreach(reading->list, i, entry) {
		const json_t *rule = json_object_get(entry, "rule");

		if (rule && is_of(rule, chain) &&
		    (names_port(reading, rule) || is_unconditional(rule, "accept")))
			return true;
	}
	return false;
}

/* By its policy, or by a rule behind all others. */
static bool drops_the_rest(const struct reading *reading, const json_t *chain)
{
	json_t *entry;
	size_t i;

	if (!strcmp(text_of(chain, "policy"), "drop"))
		return true;
	json_array_foreach(reading->list, i, entry) {
		const json_t *rule = json_object_get(entry, "rule");

		if (rule && is_of(rule, chain) &&
		    !strcmp(text_of(rule, "chain"), text_of(chain, "name")) &&
		    (is_unconditional(rule, "drop") || is_unconditional(rule, "reject")))
			return true;
	}
	return false;
}

static void take_chain(struct reading *reading, const json_t *chain)
{
	const char *hook = text_of(chain, "hook");

	if (reading->view.closed || (strcmp(hook, "input") && strcmp(hook, "prerouting")) ||
	    !drops_the_rest(reading, chain) || table_lets_in(reading, chain))
		return;
	reading->view.closed = true;
	snprintf(reading->view.chain, sizeof(reading->view.chain), "%.10s %.40s %.40s",
		 text_of(chain, "family"), text_of(chain, "table"), text_of(chain, "name"));
}

int nft_read(const char *json, const struct nft_port *port, size_t ports, struct nft_view *out)
{
	struct reading reading = { .port = port, .ports = ports };
	json_t *root = json_loads(json, 0, NULL);
	json_t *entry;
	size_t i;

	reading.list = json_object_get(root, "nftables");
	if (!json_is_array(reading.list)) {
		json_decref(root);
		return -EINVAL;
	}
	json_array_foreach(reading.list, i, entry) {
		const json_t *rule = json_object_get(entry, "rule");
		const json_t *chain = json_object_get(entry, "chain");

		if (rule)
			take_rule(&reading, rule);
		if (chain)
			take_chain(&reading, chain);
	}
	json_decref(root);
	*out = reading.view;
	return 0;
}
