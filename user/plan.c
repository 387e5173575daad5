// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The plan: limits as the packet path counts them, and prefixes of which none contradicts another.
 */
#include "user/plan.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/sketch.h"
#include "user/addr.h"
#include "user/names.h"
#include "user/signature.h"

#define CARRIER_BURST_SECONDS 2
#define CARRIER_BURST_MIN 10
#define CARRIER_OTHER 10 /* other messages for each call */
#define EVENT_BURST_SECONDS 2
#define WARNINGS_MAX 20
#define IPV6_WIDE 32 /* shorter prefixes are not in prefix32 */

/*
 * A burst of N at once, where an event conforms while its cell is not later than now + tolerance
 * and then moves the cell by one interval: the Nth finds it (N - 1) intervals ahead.
 */
static struct rate_limit plan_limit(double rate, double burst)
{
	struct rate_limit limit = { 0 };

	if (rate > 0) {
		limit.interval_ns = (__u64)(1e9 / rate + 0.5);
		limit.tolerance_ns = (__u64)(burst - 1) * limit.interval_ns;
	}
	return limit;
}

static struct carrier_limit carrier_limit(double cps)
{
	double rate = cps * CARRIER_HEADROOM;
	double burst = rate * CARRIER_BURST_SECONDS;

	if (burst < CARRIER_BURST_MIN)
		burst = CARRIER_BURST_MIN;
	return (struct carrier_limit){
		.invite = plan_limit(rate, burst),
		.other = plan_limit(rate * CARRIER_OTHER, burst * CARRIER_OTHER),
	};
}

static void plan_limits(const struct policy_doc *doc, struct policy *policy)
{
	for (int i = 0; i < LANE_MAX; i++)
		policy->lane[i] = plan_limit(doc->lane[i].rate, doc->lane[i].burst);
	for (int i = STANDING_UNKNOWN; i <= STANDING_TRUSTED; i++) {
		for (int j = 0; j < CLASS_MAX; j++)
			policy->limit[i][j] =
				plan_limit(doc->limit[i][j].rate, doc->limit[i][j].burst);
	}
	policy->carriers = (__u16)doc->carriers;
	for (size_t i = 0; i < doc->carriers; i++) {
		policy->carrier[i] = carrier_limit(doc->carrier[i].cps);
		memcpy(policy->carrier_name[i], doc->carrier[i].name, CARRIER_NAME_LEN);
	}
}

static void plan_policy(const struct policy_doc *doc, struct policy *policy)
{
	double burst = doc->events_per_second * EVENT_BURST_SECONDS;

	policy->work_per_tick = doc->work_per_tick;
	policy->event_interval_ms = (__u32)(1000 / doc->events_per_second + 0.5);
	policy->event_burst = burst < 1 ? 1 : (__u32)burst;
	policy->trust_seconds = doc->trust_seconds;
	policy->proven_seconds = doc->proven_seconds;
	policy->earned_max = doc->earned_max;
	policy->lane_minimum = doc->lane_minimum;
	policy->ipv6_prefix = doc->ipv6_prefix;
	policy->mode = doc->mode;
	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX; i++)
		policy->action[i] = doc->action[i];
	plan_limits(doc, policy);
}

static int plan_listeners(const struct policy_doc *doc, struct plan *plan)
{
	if (!doc->listeners)
		return -ENOMEM;
	plan->listener = calloc(doc->listeners, sizeof(*plan->listener));
	if (!plan->listener)
		return -ENOMEM;
	for (size_t i = 0; i < doc->listeners; i++) {
		const struct policy_listener *from = &doc->listener[i];
		__u64 *bits = plan->policy.listener_port[from->transport];

		if (from->has_address)
			plan->listener[plan->listeners++] = (struct listener_key){
				.address = from->address,
				.port = bpf_htons(from->port),
				.transport = from->transport,
			};
		else
			bits[from->port >> 6] |= 1ULL << (from->port & 63);
	}
	plan->policy.listeners = (__u16)plan->listeners;
	plan->policy.listener_addresses = plan->listeners > 0;
	return 0;
}

/* --- prefixes -----------------------------------------------------------------------------------*/

/* A prefix that asks to be in the plan, and where it was written. */
struct candidate {
	struct plan_prefix entry;
	const struct policy_prefix *origin;
};

/* Which kind stays when several are on the very same prefix: the least. */
static int rank(__u8 kind)
{
	static const int ranks[] = {
		[PREFIX_ALLOW] = 0,
		[PREFIX_CARRIER] = 1,
		[PREFIX_NEVER_BAN] = 2,
		[PREFIX_DENY] = 3,
	};

	return ranks[kind];
}

static int compare(const struct plan_prefix *x, const struct plan_prefix *y)
{
	int order = memcmp(&x->address, &y->address, sizeof(x->address));

	return order ? order : (int)x->length - (int)y->length;
}

static int by_precedence(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int order = compare(&x->entry, &y->entry);

	return order ? order : rank(x->entry.rule.kind) - rank(y->entry.rule.kind);
}

static struct candidate *add_candidates(struct candidate *to, const struct policy_prefix_list *list,
					struct prefix_rule rule)
{
	for (size_t i = 0; list && i < list->count; i++)
		*to++ = (struct candidate){
			.entry = { list->item[i].address, list->item[i].length, rule },
			.origin = &list->item[i],
		};
	return to;
}

/* "FILE:LINE: " of a prefix, "" for one of the host's own. */
static void print_place(const struct policy_doc *doc, const struct policy_prefix *origin,
			const char *end, FILE *out)
{
	if (origin->line && origin->file < doc->files)
		fprintf(out, "%s:%u%s", doc->file[origin->file], origin->line, end);
}

/* A deny entry that can never match, because of the rule around it. */
static void warn_denied(const struct policy_doc *doc, const struct candidate *deny,
			const struct candidate *around, FILE *warn)
{
	static const char *const why[] = {
		[PREFIX_ALLOW] = "allowed",
		[PREFIX_CARRIER] = "a carrier's",
		[PREFIX_NEVER_BAN] = "never banned: this host, its gateway, a resolver or a "
				     "special range",
	};
	char mine[PREFIX_TEXT_LEN], theirs[PREFIX_TEXT_LEN];
	const struct plan_prefix *a = &deny->entry, *b = &around->entry;

	print_place(doc, deny->origin, ": ", warn);
	fprintf(warn, "warning: deny: %s has no effect, it lies in %s, which is %s",
		prefix_format(&a->address, a->length, mine),
		prefix_format(&b->address, b->length, theirs), why[b->rule.kind]);
	if (around->origin->line) {
		fputs(" (", warn);
		print_place(doc, around->origin, ")", warn);
	}
	fputs("; fix: remove one of the two\n", warn);
}

/* A carrier that is allowed, or two on one prefix: says which limit is without effect. */
static void warn_carrier(const struct policy_doc *doc, const struct candidate *carrier, FILE *warn)
{
	const struct plan_prefix *entry = &carrier->entry;
	char text[PREFIX_TEXT_LEN];

	print_place(doc, carrier->origin, ": ", warn);
	fprintf(warn,
		"warning: carriers: %s of %s is allowed too, so that its cps has no effect; fix: "
		"remove it from allow\n",
		prefix_format(&entry->address, entry->length, text),
		doc->carrier[entry->rule.carrier].name);
}

/* The pass over the prefixes: what lies around the present one, the outermost first. */
struct around {
	const struct policy_doc *doc;
	const struct candidate *open[130];
	size_t depth;
	FILE *warn;	       /* NULL: nobody listens */
	unsigned int warnings; /* deny entries without effect */
};

/* The innermost that grants something (allow, carrier or never-ban), or NULL. */
static const struct candidate *granted(const struct around *around, bool by_policy)
{
	for (size_t i = around->depth; i > 0; i--) {
		const struct candidate *open = around->open[i - 1];

		if (open->entry.rule.kind == PREFIX_DENY)
			continue;
		if (!by_policy || open->entry.rule.kind != PREFIX_NEVER_BAN)
			return open;
	}
	return NULL;
}

static void close_passed(struct around *around, const struct plan_prefix *entry)
{
	while (around->depth) {
		const struct plan_prefix *open = &around->open[around->depth - 1]->entry;

		if (prefix_holds(&open->address, open->length, &entry->address))
			return;
		around->depth--;
	}
}

/* Does the candidate have a place in the plan? If not, says why where the operator asked for it. */
static bool is_kept(struct around *around, const struct candidate *candidate)
{
	const struct candidate *innermost = around->depth ? around->open[around->depth - 1] : NULL;
	__u8 kind = candidate->entry.rule.kind;
	const struct candidate *grant;

	if (kind == PREFIX_DENY) {
		grant = granted(around, false);
		if (grant && around->warnings++ < WARNINGS_MAX && around->warn)
			warn_denied(around->doc, candidate, grant, around->warn);
		if (grant)
			return false;
	}
	if (kind == PREFIX_NEVER_BAN && granted(around, true))
		return false;
	if (!innermost || innermost->entry.length != candidate->entry.length)
		return true;
	if (kind == PREFIX_CARRIER && innermost->entry.rule.kind == PREFIX_ALLOW && around->warn)
		warn_carrier(around->doc, candidate, around->warn);
	return false;
}

/*
 * One pass over the sorted candidates. Prefixes lie in each other or apart, and one that lies in
 * another follows it, so that a stack holds what is around the present one.
 */
static void resolve(const struct policy_doc *doc, const struct candidate *candidate, size_t n,
		    struct plan *plan, FILE *warn)
{
	struct around around = { .doc = doc, .warn = warn };

	for (size_t i = 0; i < n; i++) {
		const struct plan_prefix *entry = &candidate[i].entry;

		close_passed(&around, entry);
		if (!is_kept(&around, &candidate[i]))
			continue;
		around.open[around.depth++] = &candidate[i];
		plan->prefix[plan->prefixes++] = *entry;
		plan->policy.prefixes += entry->length < 128;
		if (!addr_is_ipv4(&entry->address) && entry->length < IPV6_WIDE)
			plan->policy.ipv6_wide = 1;
	}
	if (around.warnings > WARNINGS_MAX && warn)
		fprintf(warn, "warning: and %u more deny entries have no effect\n",
			around.warnings - WARNINGS_MAX);
}

static int plan_prefixes(const struct policy_doc *doc, const struct policy_prefix_list *never_ban,
			 struct plan *plan, FILE *warn)
{
	size_t n = doc->allow.count + doc->deny.count + (never_ban ? never_ban->count : 0);
	struct candidate *candidates, *end;

	for (size_t i = 0; i < doc->carriers; i++)
		n += doc->carrier[i].prefixes.count;
	candidates = calloc(n + 1, sizeof(*candidates));
	plan->prefix = calloc(n + 1, sizeof(*plan->prefix));
	if (!candidates || !plan->prefix) {
		free(candidates);
		return -ENOMEM;
	}
	end = add_candidates(candidates, &doc->allow, (struct prefix_rule){ .kind = PREFIX_ALLOW });
	end = add_candidates(end, &doc->deny, (struct prefix_rule){ .kind = PREFIX_DENY });
	end = add_candidates(end, never_ban, (struct prefix_rule){ .kind = PREFIX_NEVER_BAN });
	for (size_t i = 0; i < doc->carriers; i++)
		end = add_candidates(end, &doc->carrier[i].prefixes,
				     (struct prefix_rule){ PREFIX_CARRIER, (__u8)i, 0 });
	qsort(candidates, n, sizeof(*candidates), by_precedence);
	resolve(doc, candidates, n, plan, warn);
	free(candidates);
	return 0;
}

static int plan_signatures(const struct policy_doc *doc, struct plan *plan)
{
	struct signature *rule = calloc(SIGNATURES_MAX, sizeof(*rule));

	plan->signatures = calloc(SIGNATURE_BANKS, sizeof(*plan->signatures));
	if (!rule || !plan->signatures) {
		free(rule);
		return -ENOMEM;
	}
	for (size_t i = 0; i < doc->signatures; i++)
		rule[i] = doc->signature[i].rule;
	signature_compile(rule, doc->signatures, &plan->signatures[SIGNATURE_BANK_POLICY]);
	for (size_t i = 0; i < doc->user_agents; i++)
		rule[i] = signature_of_agent(doc->user_agent[i]);
	signature_compile(rule, doc->user_agents, &plan->signatures[SIGNATURE_BANK_USER_AGENTS]);
	free(rule);
	return 0;
}

/* A proof of good standing must not cost a source its budget. */
static void warn_limits(const struct policy_doc *doc, FILE *warn)
{
	for (unsigned int i = STANDING_PROVEN; i <= STANDING_TRUSTED; i++) {
		for (unsigned int j = 0; j < CLASS_MAX; j++) {
			const struct policy_limit *less = &doc->limit[i - 1][j];
			const struct policy_limit *more = &doc->limit[i][j];

			if (!(more->rate > 0) || (less->rate > 0 && less->rate <= more->rate))
				continue;
			fprintf(warn,
				"warning: limits.%s.%s.rate is lower than that of %s; fix: raise it\n",
				standing_name(i), class_name(j), standing_name(i - 1));
		}
	}
}

int plan_build(const struct policy_doc *doc, const struct policy_prefix_list *never_ban,
	       struct plan *plan, FILE *warn)
{
	struct plan new = { 0 };
	int err;

	plan_policy(doc, &new.policy);
	err = plan_listeners(doc, &new);
	if (!err)
		err = plan_prefixes(doc, never_ban, &new, warn);
	if (!err)
		err = plan_signatures(doc, &new);
	if (err) {
		plan_free(&new);
		return err;
	}
	if (warn) {
		warn_limits(doc, warn);
		policy_warn_signatures(doc, warn);
	}
	*plan = new;
	return 0;
}

void plan_free(struct plan *plan)
{
	free(plan->prefix);
	free(plan->listener);
	free(plan->signatures);
	*plan = (struct plan){ 0 };
}

/* The last entry that is not behind this prefix in the order of the plan, or NULL. */
static const struct plan_prefix *last_before(const struct plan *plan, const struct addr *address,
					     __u8 length)
{
	struct plan_prefix key = { .address = *address, .length = length };
	size_t low = 0, high = plan->prefixes;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&plan->prefix[middle], &key) <= 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low ? &plan->prefix[low - 1] : NULL;
}

/* Leading bits that two addresses share. */
static __u8 common_bits(const struct addr *a, const struct addr *b)
{
	for (unsigned int i = 0; i < sizeof(a->byte); i++) {
		unsigned int differ = a->byte[i] ^ b->byte[i];

		if (differ)
			return (__u8)(i * 8 + (unsigned int)__builtin_clz(differ) - 24);
	}
	return 128;
}

/*
 * The last entry before the address either holds it, and is then the longest that does; or all
 * that hold it are no longer than what the two share, and stand before the prefix of that length.
 */
const struct plan_prefix *plan_match(const struct plan *plan, const struct addr *address)
{
	const struct plan_prefix *entry = last_before(plan, address, 128);

	while (entry) {
		__u8 common = common_bits(&entry->address, address);
		struct addr shared = *address;

		if (common >= entry->length)
			return entry;
		prefix_cut(&shared, common);
		entry = last_before(plan, &shared, common);
	}
	return NULL;
}
