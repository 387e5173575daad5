// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/impact.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/sketch.h"
#include "user/addr.h"

int impact_begin(const struct policy_doc *old, const struct policy_doc *new, struct impact *out)
{
	struct impact impact = { .doc = new, .sources.entry_size = sizeof(struct impact_source) };
	int err = plan_build(new, NULL, &impact.new, NULL);

	if (!err && old)
		err = plan_build(old, NULL, &impact.old, NULL);
	if (err)
		impact_free(&impact);
	else
		*out = impact;
	return err;
}

void impact_free(struct impact *impact)
{
	addr_table_free(&impact->sources);
	plan_free(&impact->old);
	plan_free(&impact->new);
}

static void note_reason(struct impact_source *source, __u16 reason)
{
	size_t i = 0;

	while (i < source->reasons && source->by[i].reason != reason)
		i++;
	if (i == IMPACT_REASONS)
		return;
	if (i == source->reasons)
		source->by[source->reasons++].reason = reason;
	source->by[i].lost++;
}

static void note_lost(struct impact *impact, struct impact_source *source,
		      const struct impact_packet *packet)
{
	if (!source->lost++)
		source->first = packet->t;
	source->last = packet->t;
	note_reason(source, packet->reason);
	impact->lost[packet->reason]++;
	if (packet->line && !*source->line)
		snprintf(source->line, sizeof(source->line), "%s", packet->line);
}

int impact_add(struct impact *impact, const struct impact_packet *packet)
{
	struct addr key = packet->src;
	struct impact_source *source;

	if (!addr_is_ipv4(&key))
		prefix_cut(&key, impact->doc->ipv6_prefix);
	source = addr_table_add(&impact->sources, &key);
	if (!source)
		return -ENOMEM;
	source->seen++;
	source->latest = packet->src;
	if (packet->standing > source->standing)
		source->standing = packet->standing;
	if (packet->after && !packet->before)
		note_lost(impact, source, packet);
	if (packet->before && !packet->after)
		source->regained++;
	return 0;
}

/* --- events -------------------------------------------------------------------------------------*/

static bool signature_drops(const struct policy_doc *doc, const char *name)
{
	for (size_t i = 0; i < doc->signatures; i++) {
		if (!strcmp(doc->signature[i].rule.name, name))
			return doc->signature[i].rule.action == ACTION_ENFORCE;
	}
	return false;
}

static bool agent_drops(const struct policy_doc *doc, const char *word)
{
	for (size_t i = 0; i < doc->user_agents; i++) {
		if (!strcmp(doc->user_agent[i], word))
			return true;
	}
	return false;
}

/* Does the rule that the event tells of drop under the new policy, whoever the source is? */
static bool rule_drops(const struct policy_doc *doc, const struct history_event *event)
{
	if (doc->action[event->reason] != ACTION_ENFORCE)
		return false;
	if (event->reason == REASON_SIGNATURE)
		return signature_drops(doc, event->signature);
	if (event->reason == REASON_USER_AGENT)
		return agent_drops(doc, event->signature);
	return true;
}

/* The reason that would drop such a packet, or 0. */
static __u16 event_reason(const struct impact *impact, const struct history_event *event)
{
	const struct plan_prefix *match = plan_match(&impact->new, &event->src);
	__u8 kind = match ? match->rule.kind : 0;

	if (kind == PREFIX_ALLOW)
		return 0;
	if (kind == PREFIX_DENY)
		return impact->doc->action[REASON_DENY] == ACTION_ENFORCE ? REASON_DENY : 0;
	/* It was denied then and is no more, or it has a carrier's budget now. */
	if (event->reason == REASON_DENY ||
	    (kind == PREFIX_CARRIER && event->standing != STANDING_CARRIER))
		return 0;
	return rule_drops(impact->doc, event) ? event->reason : 0;
}

int impact_add_event(struct impact *impact, const struct history_event *event)
{
	__u16 reason = event_reason(impact, event);
	const struct impact_packet packet = {
		.t = event->t,
		.src = event->src,
		.standing = event->standing,
		.reason = reason,
		.before = event->kind == EVENT_DROP,
		.after = reason != 0,
		.line = event->line,
	};

	if (impact->from == 0)
		impact->from = event->t;
	impact->until = event->t;
	impact->left_out += event->left_out;
	return impact_add(impact, &packet);
}

/* --- who ----------------------------------------------------------------------------------------*/

static void named_by(const struct plan *plan, const struct addr *address, struct impact_who *out)
{
	const struct plan_prefix *match = plan->prefixes ? plan_match(plan, address) : NULL;

	if (!match)
		return;
	if (match->rule.kind == PREFIX_CARRIER)
		out->carrier = plan->policy.carrier_name[match->rule.carrier];
	out->allowed |= match->rule.kind == PREFIX_ALLOW;
}

void impact_who(const struct impact *impact, const struct impact_source *source,
		struct impact_who *out)
{
	struct impact_who who = { 0 };

	named_by(&impact->old, &source->latest, &who);
	named_by(&impact->new, &source->latest, &who);
	who.important = source->lost &&
			(who.carrier || who.allowed || source->standing != STANDING_UNKNOWN);
	*out = who;
}

struct ranked {
	const struct impact_source *source;
	unsigned int rank;
};

static unsigned int rank_of(const struct impact *impact, const struct impact_source *source)
{
	struct impact_who who;

	impact_who(impact, source, &who);
	if (!source->lost)
		return 0;
	if (who.carrier || source->standing == STANDING_CARRIER)
		return STANDING_MAX + 2;
	return who.allowed ? STANDING_MAX + 1 : source->standing + 1U;
}

static int worst_first(const void *a, const void *b)
{
	const struct ranked *x = a, *y = b;

	if (x->rank != y->rank)
		return x->rank > y->rank ? -1 : 1;
	if (x->source->lost != y->source->lost)
		return x->source->lost > y->source->lost ? -1 : 1;
	if (x->source->regained != y->source->regained)
		return x->source->regained > y->source->regained ? -1 : 1;
	return memcmp(&x->source->address, &y->source->address, sizeof(struct addr));
}

int impact_sorted(const struct impact *impact, const struct impact_source ***out, size_t *count)
{
	struct ranked *ranked = calloc(impact->sources.count + 1, sizeof(*ranked));
	const struct impact_source **sorted = calloc(impact->sources.count + 1, sizeof(*sorted));
	size_t n = 0;

	if (!ranked || !sorted) {
		free(ranked);
		free(sorted);
		return -ENOMEM;
	}
	for (size_t i = 0; i < impact->sources.count; i++) {
		const struct impact_source *source = addr_table_at(&impact->sources, i);

		if (source->lost || source->regained)
			ranked[n++] = (struct ranked){ source, rank_of(impact, source) };
	}
	qsort(ranked, n, sizeof(*ranked), worst_first);
	for (size_t i = 0; i < n; i++)
		sorted[i] = ranked[i].source;
	free(ranked);
	*out = sorted;
	*count = n;
	return 0;
}
