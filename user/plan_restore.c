// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * From what the maps hold back to a document: the inverse of plan_build.
 */
#include "user/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/sketch.h"
#include "user/addr.h"

#define DECIMALS 6 /* of a number in a policy */
#define PORTS 65536U

/* A number rounded to so many decimals. */
static double rounded(double value, unsigned int decimals)
{
	double scale = 1;

	for (; decimals; decimals--)
		scale *= 10;
	return (double)(__u64)(value * scale + 0.5) / scale;
}

/*
 * The shortest decimal number of which `number` were made by whole = unit / (factor x number): what
 * somebody wrote, if that was short.
 */
static double shortest(__u64 whole, double unit, double factor)
{
	double exact = unit / factor / (double)whole;

	for (unsigned int decimals = 0; decimals < DECIMALS; decimals++) {
		double candidate = rounded(exact, decimals);

		if (candidate > 0 && (__u64)(unit / (candidate * factor) + 0.5) == whole)
			return candidate;
	}
	return rounded(exact, DECIMALS);
}

static struct policy_limit restore_limit(const struct rate_limit *limit)
{
	struct policy_limit restored = { .rate = 0, .burst = 1 };

	if (limit->interval_ns) {
		__u64 ahead = limit->tolerance_ns / limit->interval_ns;

		restored.rate = shortest(limit->interval_ns, 1e9, 1);
		restored.burst = (double)ahead + 1;
	}
	return restored;
}

static void restore_policy(const struct policy *policy, struct policy_doc *doc)
{
	doc->mode = policy->mode;
	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX; i++)
		doc->action[i] = policy->action[i];
	doc->ipv6_prefix = policy->ipv6_prefix;
	doc->trust_seconds = policy->trust_seconds;
	doc->proven_seconds = policy->proven_seconds;
	doc->earned_max = policy->earned_max;
	doc->lane_minimum = policy->lane_minimum;
	doc->work_per_tick = policy->work_per_tick;
	if (policy->event_interval_ms)
		doc->events_per_second = shortest(policy->event_interval_ms, 1000, 1);
	for (int i = 0; i < LANE_MAX; i++)
		doc->lane[i] = restore_limit(&policy->lane[i]);
	for (int i = STANDING_UNKNOWN; i <= STANDING_TRUSTED; i++) {
		for (int j = 0; j < CLASS_MAX; j++)
			doc->limit[i][j] = restore_limit(&policy->limit[i][j]);
	}
}

/* Listeners without an address by port, then those with one. */
static int restore_listeners(const struct plan *plan, struct policy_doc *doc)
{
	size_t n = plan->listeners;
	struct policy_listener *listener;

	for (int i = 0; i < LISTENER_TRANSPORTS; i++) {
		for (unsigned int word = 0; word < PORTS / 64; word++)
			n += (size_t)__builtin_popcountll(plan->policy.listener_port[i][word]);
	}
	listener = calloc(n + 1, sizeof(*listener));
	if (!listener)
		return -ENOMEM;
	doc->listener = listener;
	doc->listeners = n;
	for (unsigned int port = 0; port < PORTS; port++) {
		for (int i = 0; i < LISTENER_TRANSPORTS; i++) {
			if (plan->policy.listener_port[i][port >> 6] >> (port & 63) & 1)
				*listener++ = (struct policy_listener){ .transport = (__u8)i,
									.port = (__u16)port };
		}
	}
	for (size_t i = 0; i < plan->listeners; i++)
		*listener++ = (struct policy_listener){
			.transport = plan->listener[i].transport,
			.port = bpf_ntohs(plan->listener[i].port),
			.has_address = true,
			.address = plan->listener[i].address,
		};
	return 0;
}

static int by_address(const void *a, const void *b)
{
	const struct policy_prefix *x = a, *y = b;
	int order = memcmp(&x->address, &y->address, sizeof(x->address));

	return order ? order : (int)x->length - (int)y->length;
}

/* The prefixes of one kind, of one carrier where it is that kind, sorted. */
static int restore_prefixes(const struct plan *plan, struct prefix_rule rule,
			    struct policy_prefix_list *list)
{
	size_t n = 0;

	for (int pass = 0; pass < 2; pass++) {
		if (pass)
			list->item = calloc(n + 1, sizeof(*list->item));
		if (pass && !list->item)
			return -ENOMEM;
		for (size_t i = 0; i < plan->prefixes; i++) {
			const struct plan_prefix *prefix = &plan->prefix[i];

			if (prefix->rule.kind != rule.kind || prefix->rule.carrier != rule.carrier)
				continue;
			if (pass)
				list->item[list->count++] =
					(struct policy_prefix){ .address = prefix->address,
								.length = prefix->length };
			else
				n++;
		}
	}
	qsort(list->item, list->count, sizeof(*list->item), by_address);
	return 0;
}

/* Carriers that have a prefix: one all of whose prefixes are allowed too has no place left. */
static int restore_carriers(const struct plan *plan, struct policy_doc *doc)
{
	doc->carrier = calloc(CARRIERS_MAX, sizeof(*doc->carrier));
	if (!doc->carrier)
		return -ENOMEM;
	for (unsigned int i = 0; i < CARRIERS_MAX; i++) {
		struct policy_carrier *carrier = &doc->carrier[doc->carriers];
		__u64 interval = plan->policy.carrier[i].invite.interval_ns;
		struct prefix_rule rule = { PREFIX_CARRIER, (__u8)i, 0 };
		int err;

		if (!interval)
			continue;
		err = restore_prefixes(plan, rule, &carrier->prefixes);
		if (err)
			return err;
		if (!carrier->prefixes.count) {
			free(carrier->prefixes.item);
			continue;
		}
		memcpy(carrier->name, plan->policy.carrier_name[i], CARRIER_NAME_LEN);
		carrier->cps = shortest(interval, 1e9, CARRIER_HEADROOM);
		doc->carriers++;
	}
	return 0;
}

static unsigned int rules_of(const struct signature_set *set)
{
	return (unsigned int)__builtin_popcountll(set->used);
}

static int restore_signatures(const struct plan *plan, struct policy_doc *doc)
{
	const struct signature_set *policy = &plan->signatures[SIGNATURE_BANK_POLICY];
	const struct signature_set *agents = &plan->signatures[SIGNATURE_BANK_USER_AGENTS];

	doc->user_agents = 0;
	if (!plan->signatures)
		return 0;
	doc->signature = calloc(SIGNATURES_MAX, sizeof(*doc->signature));
	if (!doc->signature)
		return -ENOMEM;
	doc->signatures = rules_of(policy);
	for (unsigned int i = 0; i < doc->signatures; i++)
		doc->signature[i].rule = policy->rule[i];
	doc->user_agents = rules_of(agents);
	for (unsigned int i = 0; i < doc->user_agents; i++)
		memcpy(doc->user_agent[i], agents->rule[i].name, SIGNATURE_NAME_LEN);
	return 0;
}

int plan_restore(const struct plan *plan, struct policy_doc *doc)
{
	struct prefix_rule allow = { .kind = PREFIX_ALLOW };
	struct prefix_rule deny = { .kind = PREFIX_DENY };
	struct policy_doc new;
	int err;

	policy_defaults(&new);
	free(new.listener);
	new.listener = NULL;
	new.listeners = 0;
	restore_policy(&plan->policy, &new);
	err = restore_listeners(plan, &new);
	if (!err)
		err = restore_prefixes(plan, allow, &new.allow);
	if (!err)
		err = restore_prefixes(plan, deny, &new.deny);
	if (!err)
		err = restore_carriers(plan, &new);
	if (!err)
		err = restore_signatures(plan, &new);
	if (err) {
		policy_free(&new);
		return err;
	}
	*doc = new;
	return 0;
}
