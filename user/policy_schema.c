// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The schema: a table for each block of the policy, walked over the tree. A key that is missing
 * leaves what stands in the document, the defaults or what an earlier file said.
 */
#include "user/addr.h"
#include "user/duration.h"
#include "user/names.h"
#include "user/policy_tree.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define MILLION 1000000U
/* Rates in millionths a second: what keeps interval times burst far below 2^63 ns. */
#define RATE_MIN (MILLION / 3600)
#define RATE_MAX (10000000ULL * MILLION)
#define STANDING_TIME_MAX (365 * 86400U)

/* --- prefixes ---------------------------------------------------------------------------------*/

static void read_prefix(struct policy_reader *reader, const struct node *node, void *out)
{
	struct policy_prefix prefix = { .file = (__u16)(reader->sources - 1),
					.line = node->line,
					.column = node->column };
	const char *text = policy_read_text(reader, node, "192.0.2.0/24");
	char why[POLICY_WHY_LEN];

	if (!text)
		return;
	if (policy_prefix_parse(text, &prefix, why))
		policy_error_here(reader, node, "%s", why);
	else
		policy_add_prefix(reader, out, &prefix);
}

static void read_prefixes(struct policy_reader *reader, const struct node *node,
			  struct policy_prefix_list *list)
{
	policy_read_list(reader, node, "192.0.2.0/24", read_prefix, list);
}

/* --- listeners --------------------------------------------------------------------------------*/

/* An entry as it is read; without a transport it stands for one listener of each. */
struct listener_entry {
	bool transport_given;
	bool broken;
	struct policy_listener listener;
};

enum listener_keys { LISTENER_KEY_TRANSPORT, LISTENER_KEY_PORT, LISTENER_KEY_ADDRESS };

static const char *listener_key_name(unsigned int i)
{
	static const char *const names[] = { "transport", "port", "address" };

	return names[i];
}

static void read_transport(struct policy_reader *reader, const struct node *node,
			   struct listener_entry *entry)
{
	const char *text = policy_read_text(reader, node, "udp or tcp");
	char quoted[QUOTE_LEN];

	entry->transport_given = true;
	if (text && !strcmp(text, "udp")) {
		entry->listener.transport = LISTENER_UDP;
	} else if (text && !strcmp(text, "tcp")) {
		entry->listener.transport = LISTENER_TCP;
	} else {
		if (text)
			policy_error_here(reader, node,
					  "unknown transport '%s'; fix: write udp or tcp",
					  policy_quote_node(node, quoted));
		entry->broken = true;
	}
}

static void read_listener_address(struct policy_reader *reader, const struct node *node,
				  struct listener_entry *entry)
{
	const char *text = policy_read_text(reader, node, "192.0.2.1");
	char quoted[QUOTE_LEN];

	if (text && addr_parse(text, &entry->listener.address)) {
		policy_error_here(
			reader, node,
			"'%s' is not an address; fix: write one as 192.0.2.1 or \"2001:db8::1\"",
			policy_quote_node(node, quoted));
		text = NULL;
	}
	entry->listener.has_address = true;
	entry->broken |= !text;
}

static void read_listener_key(struct policy_reader *reader, const struct node *value,
			      unsigned int i, void *out)
{
	static const struct policy_range ports = { "a port", true, 1, 65535 };
	struct listener_entry *entry = out;

	if (i == LISTENER_KEY_TRANSPORT) {
		read_transport(reader, value, entry);
	} else if (i == LISTENER_KEY_PORT) {
		entry->listener.port = (__u16)policy_read_whole(reader, value, &ports, 0);
		entry->broken |= !entry->listener.port;
	} else {
		read_listener_address(reader, value, entry);
	}
}

static bool same_listener(const struct policy_listener *a, const struct policy_listener *b)
{
	if (a->transport != b->transport || a->port != b->port || a->has_address != b->has_address)
		return false;
	return !a->has_address || !memcmp(&a->address, &b->address, sizeof(a->address));
}

/* Adds a listener, or notes an error and returns false. */
static bool add_listener(struct policy_reader *reader, const struct node *node,
			 const struct policy_listener *listener)
{
	struct policy_doc *doc = &reader->doc;
	struct policy_listener *items;

	for (size_t i = 0; i < doc->listeners; i++) {
		if (!same_listener(&doc->listener[i], listener))
			continue;
		policy_error_here(reader, node,
				  "the same as an entry before; fix: remove one of them");
		return false;
	}
	if (doc->listeners == POLICY_LISTENERS_MAX) {
		policy_error_here(reader, node,
				  "more than %u listeners; fix: leave the addresses out",
				  POLICY_LISTENERS_MAX);
		return false;
	}
	items = policy_grown(reader, doc->listener, doc->listeners, sizeof(*items));
	if (!items)
		return false;
	doc->listener = items;
	items[doc->listeners++] = *listener;
	return true;
}

static void read_listener(struct policy_reader *reader, const struct node *node, void *out)
{
	static const struct policy_block keys = { 3, listener_key_name, read_listener_key };
	struct listener_entry entry = {
		.listener = { .port = 5060, .at = policy_place_of(reader, node) },
	};

	(void)out;
	policy_read_block(reader, node, &keys, &entry);
	if (entry.broken)
		return;
	if (add_listener(reader, node, &entry.listener) && !entry.transport_given) {
		entry.listener.transport = LISTENER_TCP;
		add_listener(reader, node, &entry.listener);
	}
}

static void read_listeners(struct policy_reader *reader, const struct node *node)
{
	if (policy_is_empty(node))
		return;
	if (node->kind == NODE_LIST && !node->child) {
		policy_error_here(
			reader, node,
			"an empty list protects nothing; fix: remove the key for UDP and TCP 5060, "
			"or write mode: off");
		return;
	}
	if (!reader->listeners_given) {
		free(reader->doc.listener);
		reader->doc.listener = NULL;
		reader->doc.listeners = 0;
		reader->listeners_given = true;
	}
	policy_read_list(reader, node, "{transport: udp, port: 5060}", read_listener, NULL);
}

/* --- carriers ---------------------------------------------------------------------------------*/

enum carrier_key { CARRIER_KEY_NAME, CARRIER_KEY_PREFIXES, CARRIER_KEY_CPS };

static const char *carrier_key_name(unsigned int i)
{
	static const char *const names[] = { "name", "prefixes", "cps" };

	return names[i];
}

/* The name is a label of metrics and a word of command lines. */
static void read_carrier_name(struct policy_reader *reader, const struct node *node,
			      struct policy_carrier *carrier)
{
	if (!policy_read_name(reader, node, carrier->name, sizeof(carrier->name)))
		return;
	for (size_t i = 0; i < reader->doc.carriers; i++) {
		if (strcmp(reader->doc.carrier[i].name, carrier->name))
			continue;
		policy_error_here(reader, node,
				  "there is a carrier '%s' already; fix: rename one, or put all "
				  "prefixes under one",
				  carrier->name);
	}
}

static void read_carrier_key(struct policy_reader *reader, const struct node *value, unsigned int i,
			     void *out)
{
	static const struct policy_range cps = { "a number of calls a second", false, 1, 100000 };
	struct policy_carrier *carrier = out;

	if (i == CARRIER_KEY_NAME) {
		read_carrier_name(reader, value, carrier);
	} else if (i == CARRIER_KEY_PREFIXES) {
		read_prefixes(reader, value, &carrier->prefixes);
	} else {
		policy_read_number(reader, value, &cps, &carrier->cps);
		carrier->cps_at = policy_place_of(reader, value);
	}
}

static bool add_carrier(struct policy_reader *reader, const struct node *node,
			const struct policy_carrier *carrier)
{
	struct policy_doc *doc = &reader->doc;
	struct policy_carrier *items;

	if (doc->carriers == CARRIERS_MAX) {
		policy_error_here(reader, node,
				  "more than %u carriers; fix: join those that may share a limit",
				  CARRIERS_MAX);
		return false;
	}
	items = policy_grown(reader, doc->carrier, doc->carriers, sizeof(*items));
	if (!items)
		return false;
	doc->carrier = items;
	items[doc->carriers++] = *carrier;
	return true;
}

static void read_carrier(struct policy_reader *reader, const struct node *node, void *out)
{
	static const struct policy_block keys = { 3, carrier_key_name, read_carrier_key };
	struct policy_carrier carrier = { .cps = POLICY_CPS_DEFAULT };
	size_t errors = reader->errors;
	bool clean;

	(void)out;
	policy_read_block(reader, node, &keys, &carrier);
	clean = reader->errors == errors;
	if (clean && !*carrier.name)
		policy_error_here(reader, node, "no name; fix: add \"name: NAME\"");
	/* A list may still bring its prefixes. */
	if (clean)
		carrier.at = policy_place_of(reader, node);
	if (!add_carrier(reader, node, &carrier))
		free(carrier.prefixes.item);
}

/* --- rules, limits, lanes ---------------------------------------------------------------------*/

static const char *rule_name(unsigned int i)
{
	return reason_name(REASON_DROP_FIRST + i);
}

static void read_rule(struct policy_reader *reader, const struct node *value, unsigned int i,
		      void *out)
{
	unsigned int reason = REASON_DROP_FIRST + i;

	(void)out;
	if (reason_is_check(reason))
		policy_read_check_action(reader, value, &reader->doc.action[reason]);
	else
		policy_read_action(reader, value, &reader->doc.action[reason]);
}

static const char *limit_key_name(unsigned int i)
{
	return i ? "burst" : "rate";
}

static void read_rate(struct policy_reader *reader, const struct node *node, double *out)
{
	const char *text = policy_read_text(reader, node, "2/s");
	char quoted[QUOTE_LEN];
	__u64 rate;

	if (!text)
		return;
	if (policy_number(text, true, &rate))
		policy_error_here(
			reader, node,
			"'%s' is not a rate; fix: write a number, alone or with /s, /m or "
			"/h: 2/s",
			policy_quote_node(node, quoted));
	else if (rate > RATE_MAX || (rate && rate < RATE_MIN))
		policy_error_here(reader, node,
				  "%s is out of range; fix: write 1/h to %llu/s, or 0 for no limit",
				  policy_quote_node(node, quoted), RATE_MAX / MILLION);
	else
		*out = (double)rate / MILLION;
}

static void read_limit_key(struct policy_reader *reader, const struct node *value, unsigned int i,
			   void *out)
{
	static const struct policy_range bursts = { "a whole number of events", true, 1, 1000000 };
	struct policy_limit *limit = out;

	if (i)
		policy_read_number(reader, value, &bursts, &limit->burst);
	else
		read_rate(reader, value, &limit->rate);
}

/* One limit of an array of them, by the number of its key. */
static void read_limit(struct policy_reader *reader, const struct node *value, unsigned int i,
		       void *out)
{
	static const struct policy_block keys = { 2, limit_key_name, read_limit_key };
	struct policy_limit *limits = out;

	policy_read_block(reader, value, &keys, &limits[i]);
}

static void read_limits(struct policy_reader *reader, const struct node *value, unsigned int i,
			void *out)
{
	static const struct policy_block classes = { CLASS_MAX, class_name, read_limit };

	(void)out;
	policy_read_block(reader, value, &classes, reader->doc.limit[i]);
}

static const char *lane_key_name(unsigned int i)
{
	return i < LANE_MAX ? lane_name(i) : "minimum";
}

/* A number without the sign may be meant as a share of one. */
static void read_lane_minimum(struct policy_reader *reader, const struct node *node)
{
	const char *text = policy_read_text(reader, node, "10%");
	char quoted[QUOTE_LEN];
	char *end;
	unsigned long percent;

	if (!text)
		return;
	percent = strtoul(text, &end, 10);
	if (*text < '0' || *text > '9' || strcmp(end, "%"))
		policy_error_here(reader, node,
				  "'%s' is not a share; fix: write a whole number with %%: 10%%",
				  policy_quote_node(node, quoted));
	else if (!percent || percent > 100)
		policy_error_here(reader, node, "%s is out of range; fix: write 1%% to 100%%",
				  policy_quote_node(node, quoted));
	else
		reader->doc.lane_minimum = (__u8)percent;
}

static void read_lane(struct policy_reader *reader, const struct node *value, unsigned int i,
		      void *out)
{
	if (i < LANE_MAX)
		read_limit(reader, value, i, out);
	else
		read_lane_minimum(reader, value);
}

enum standing_key { STANDING_KEY_TRUST, STANDING_KEY_PROVEN, STANDING_KEY_EARNED };

static const char *standing_key_name(unsigned int i)
{
	static const char *const names[] = { "trust", "proven", "earned" };

	return names[i];
}

static void read_seconds(struct policy_reader *reader, const struct node *node, __u32 *out)
{
	const char *text = policy_read_text(reader, node, "1h");
	char quoted[QUOTE_LEN];
	uint64_t seconds;
	int err;

	if (!text)
		return;
	err = duration_parse(text, &seconds);
	/* Who writes a number alone may have meant minutes. */
	if (err == -EINVAL || !strpbrk(text, "smhd"))
		policy_error_here(reader, node,
				  "'%s' is not a time; fix: write a number with s, m, h or d: 90s, "
				  "1h30m",
				  policy_quote_node(node, quoted));
	else if (err || !seconds || seconds > STANDING_TIME_MAX)
		policy_error_here(reader, node, "%s is out of range; fix: write 1s to 365d",
				  policy_quote_node(node, quoted));
	else
		*out = (__u32)seconds;
}

static void read_standing_key(struct policy_reader *reader, const struct node *value,
			      unsigned int i, void *out)
{
	static const struct policy_range flows = { "a number of registered phones", true, 1,
						   EARNED_MAX };
	struct policy_doc *doc = &reader->doc;

	(void)out;
	if (i == STANDING_KEY_TRUST)
		read_seconds(reader, value, &doc->trust_seconds);
	else if (i == STANDING_KEY_PROVEN)
		read_seconds(reader, value, &doc->proven_seconds);
	else
		doc->earned_max = policy_read_whole(reader, value, &flows, doc->earned_max);
}

/* --- the whole --------------------------------------------------------------------------------*/

enum root_key {
	ROOT_MODE,
	ROOT_LISTENERS,
	ROOT_ALLOW,
	ROOT_DENY,
	ROOT_CARRIERS,
	ROOT_LISTS,
	ROOT_SIGNATURES,
	ROOT_USER_AGENTS,
	ROOT_RULES,
	ROOT_LIMITS,
	ROOT_LANES,
	ROOT_STANDING,
	ROOT_IPV6_PREFIX,
	ROOT_WORK,
	ROOT_EVENTS,
	ROOT_KEYS
};

static const char *root_key_name(unsigned int i)
{
	static const char *const names[ROOT_KEYS] = {
		[ROOT_SIGNATURES] = "signatures",
		[ROOT_USER_AGENTS] = "user-agents",
		[ROOT_MODE] = "mode",
		[ROOT_LISTENERS] = "listeners",
		[ROOT_ALLOW] = "allow",
		[ROOT_DENY] = "deny",
		[ROOT_CARRIERS] = "carriers",
		[ROOT_LISTS] = "lists",
		[ROOT_RULES] = "rules",
		[ROOT_LIMITS] = "limits",
		[ROOT_LANES] = "lanes",
		[ROOT_STANDING] = "standing",
		[ROOT_IPV6_PREFIX] = "ipv6-prefix",
		[ROOT_WORK] = "work-per-tick",
		[ROOT_EVENTS] = "events-per-second",
	};

	return names[i];
}

static const struct policy_block rules = { REASON_MAX - REASON_DROP_FIRST, rule_name, read_rule };
static const struct policy_block limits = { STANDING_TRUSTED + 1, standing_name, read_limits };
static const struct policy_block lanes = { LANE_MAX + 1, lane_key_name, read_lane };
static const struct policy_block standing = { 3, standing_key_name, read_standing_key };
static const struct policy_range ipv6_prefixes = { "a prefix length", true, 32, 128 };
static const struct policy_range works = { "a number of inspections", true, 1, 1000000 };
static const struct policy_range events = { "a number of events a second", false, 1, 1000 };

static void read_root_key(struct policy_reader *reader, const struct node *value, unsigned int i,
			  void *out)
{
	struct policy_doc *doc = out;

	switch ((enum root_key)i) {
	case ROOT_MODE:
		policy_read_action(reader, value, &doc->mode);
		break;
	case ROOT_LISTENERS:
		read_listeners(reader, value);
		break;
	case ROOT_ALLOW:
		read_prefixes(reader, value, &doc->allow);
		break;
	case ROOT_DENY:
		read_prefixes(reader, value, &doc->deny);
		break;
	case ROOT_CARRIERS:
		policy_read_list(reader, value, "{name: NAME, prefixes: [PREFIX]}", read_carrier,
				 NULL);
		break;
	case ROOT_LISTS:
		policy_read_lists(reader, value);
		break;
	case ROOT_SIGNATURES:
		policy_read_signatures(reader, value);
		break;
	case ROOT_USER_AGENTS:
		policy_read_user_agents(reader, value);
		break;
	case ROOT_RULES:
		policy_read_block(reader, value, &rules, NULL);
		break;
	case ROOT_LIMITS:
		policy_read_block(reader, value, &limits, NULL);
		break;
	case ROOT_LANES:
		policy_read_block(reader, value, &lanes, doc->lane);
		break;
	case ROOT_STANDING:
		policy_read_block(reader, value, &standing, NULL);
		break;
	case ROOT_IPV6_PREFIX:
		doc->ipv6_prefix =
			(__u8)policy_read_whole(reader, value, &ipv6_prefixes, doc->ipv6_prefix);
		break;
	case ROOT_WORK:
		doc->work_per_tick = policy_read_whole(reader, value, &works, doc->work_per_tick);
		break;
	case ROOT_EVENTS:
		policy_read_number(reader, value, &events, &doc->events_per_second);
		break;
	case ROOT_KEYS:
		break;
	}
}

void policy_schema(struct policy_reader *reader, const struct node *root)
{
	static const struct policy_block keys = { ROOT_KEYS, root_key_name, read_root_key };

	policy_read_block(reader, root, &keys, &reader->doc);
}
