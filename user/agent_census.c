// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/agent_census.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/sketch.h"
#include "user/called.h"
#include "user/hot.h"

struct agent_census {
	struct store *store;
	__u64 started_ns;
	struct hot *sources; /* of what was dropped or would be */
	struct hot *numbers; /* that were called */
};

struct agent_census *agent_census_new(struct store *store, __u64 now_ns)
{
	struct agent_census *census = calloc(1, sizeof(*census));

	if (!census)
		return NULL;
	census->store = store;
	census->started_ns = now_ns;
	census->sources = hot_new();
	census->numbers = hot_new();
	if (census->sources && census->numbers)
		return census;
	agent_census_free(census);
	return NULL;
}

void agent_census_free(struct agent_census *census)
{
	static const struct census none;

	if (!census)
		return;
	store_set_census(census->store, &none);
	hot_free(census->sources);
	hot_free(census->numbers);
	free(census);
}

/* All of an IPv6 prefix that makes one source count as one. */
static void count_source(struct agent_census *census, const struct event *event)
{
	__u8 key[HOT_KEY_LEN] = { 0 };
	struct addr source = event->src;

	if (!addr_is_ipv4(&source) && store_key(census->store, &event->src, &source))
		return;
	memcpy(key, &source, sizeof(source));
	hot_count(census->sources, key, event->kind == EVENT_DROP, event->reason, event->time_ns);
}

void agent_census_event(struct agent_census *census, const struct event *event)
{
	__u8 key[HOT_KEY_LEN] = { 0 };
	_Static_assert(HOT_KEY_LEN == CENSUS_NUMBER_LEN, "a number is a key");

	if (event->kind == EVENT_DROP || event->kind == EVENT_SHADOW)
		count_source(census, event);
	else if (event->kind != EVENT_PASS)
		return;
	if (event->method == SIP_METHOD_INVITE && called_number(event->line, (char *)key))
		hot_count(census->numbers, key, event->kind == EVENT_DROP, event->reason,
			  event->time_ns);
}

static void list_sources(struct agent_census *census, struct census *out)
{
	struct hot_entry top[CENSUS_LIST];
	size_t n = hot_top(census->sources, out->counted_ns, top, CENSUS_LIST);

	for (size_t i = 0; i < n; i++) {
		struct census_source *entry = &out->source[i];

		memcpy(&entry->src, top[i].key, sizeof(entry->src));
		entry->events = hot_events(&top[i]);
		entry->dropped = top[i].dropped;
		entry->last_ns = top[i].last_ns;
		entry->reason = top[i].reason;
	}
	out->listed_sources = n;
}

static void list_numbers(struct agent_census *census, struct census *out)
{
	struct hot_entry top[CENSUS_LIST];
	size_t n = hot_top(census->numbers, out->counted_ns, top, CENSUS_LIST);

	for (size_t i = 0; i < n; i++) {
		struct census_number *entry = &out->number[i];

		memcpy(entry->text, top[i].key, sizeof(entry->text));
		entry->events = hot_events(&top[i]);
		entry->last_ns = top[i].last_ns;
	}
	out->listed_numbers = n;
}

int agent_census_round(struct agent_census *census, const struct round *round)
{
	struct census now = *round_census(round);

	now.pid = (__u32)getpid();
	now.agent_started_ns = census->started_ns;
	list_sources(census, &now);
	list_numbers(census, &now);
	return store_set_census(census->store, &now);
}
