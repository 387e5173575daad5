// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/events.h"

#include <arpa/inet.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>

#include "bpf/sketch.h"
#include "user/addr.h"
#include "user/log.h"
#include "user/names.h"

#define EVENT_TEXT_LEN 320
#define EVENT_WHAT_LEN 64
#define LINES_BURST 50
#define LINES_PER_ROUND 2
#define REPORT_ROUNDS 10 /* how often the lines that were left out are summed up */

struct events {
	const struct store *store;
	struct ring_buffer *ring;
	events_told *told;
	void *arg;
	struct signature_names signatures; /* of the policy of this generation */
	__u32 generation;
	unsigned int lines;  /* that may be written now */
	unsigned int rounds; /* since the last sum */
	unsigned long left_out;
};

/* What befell the source, but for the name of a signature: "dropped source-rate" */
static const char *what_happened(const struct event *event, char out[EVENT_WHAT_LEN])
{
	const char *credentials = event->credentials ? " to its credentials" : "";

	switch (event->kind) {
	case EVENT_DROP:
		snprintf(out, EVENT_WHAT_LEN, "dropped %s", reason_name(event->reason));
		break;
	case EVENT_SHADOW:
		snprintf(out, EVENT_WHAT_LEN, "would drop %s", reason_name(event->reason));
		break;
	case EVENT_LEARNED:
		snprintf(out, EVENT_WHAT_LEN, "learned: trusted by %s", why_name(event->why));
		break;
	case EVENT_PROVEN:
		snprintf(out, EVENT_WHAT_LEN, "learned: reachable by %s", why_name(event->why));
		break;
	case EVENT_ANSWER:
		snprintf(out, EVENT_WHAT_LEN, "answered %u%s", event->status, credentials);
		break;
	default:
		snprintf(out, EVENT_WHAT_LEN, "held after %u%s", event->status, credentials);
	}
	return out;
}

/* The signature that an event tells of, unless its policy is gone already; else NULL. */
static const char *signature_of(struct events *events, const struct event *event)
{
	struct policy policy;

	if (!event->signature)
		return NULL;
	if (event->generation != events->generation) {
		if (store_policy(events->store, &policy) ||
		    policy.generation != event->generation ||
		    store_signature_names(events->store, &events->signatures))
			return NULL;
		events->generation = event->generation;
	}
	return signature_name(&events->signatures, event->reason, event->signature);
}

static const char *event_format(const struct event *event, const char *name,
				char out[EVENT_TEXT_LEN])
{
	char src[ENDPOINT_TEXT_LEN], dst[ENDPOINT_TEXT_LEN], what[EVENT_WHAT_LEN];

	endpoint_format(&event->src, ntohs(event->sport), src);
	endpoint_format(&event->dst, ntohs(event->dport), dst);
	snprintf(out, EVENT_TEXT_LEN, "%s%s%s: %s %s %s to %s over %s, %u bytes (%s)",
		 what_happened(event, what), name ? " " : "", name ? name : "",
		 standing_name(event->standing), method_name(event->method), src, dst,
		 event->transport == IPPROTO_TCP ? "TCP" : "UDP", event->length,
		 reason_sentence(event->reason));
	return out;
}

static int take_event(void *arg, void *data, size_t len)
{
	struct events *events = arg;
	const struct event *event = data;
	char text[EVENT_TEXT_LEN];
	const char *name;

	if (len < sizeof(*event))
		return 0;
	name = signature_of(events, event);
	if (events->told)
		events->told(event, name, events->arg);
	if (event->kind == EVENT_PASS)
		return 0;
	if (!events->lines) {
		events->left_out++;
		return 0;
	}
	events->lines--;
	log_source(MESSAGE_PACKET, &event->src, reason_name(event->reason), "%s",
		   event_format(event, name, text));
	return 0;
}

int events_open(const struct store *store, events_told *told, void *arg, struct events **out)
{
	struct events *events = calloc(1, sizeof(*events));
	int err;

	if (!events)
		return -ENOMEM;
	events->store = store;
	events->told = told;
	events->arg = arg;
	events->lines = LINES_BURST;
	events->ring = ring_buffer__new(store_events_fd(store), take_event, events, NULL);
	err = libbpf_get_error(events->ring);
	if (err) {
		free(events);
		return err;
	}
	*out = events;
	return 0;
}

void events_close(struct events *events)
{
	if (!events)
		return;
	ring_buffer__free(events->ring);
	free(events);
}

int events_fd(const struct events *events)
{
	return ring_buffer__epoll_fd(events->ring);
}

int events_read(struct events *events)
{
	return ring_buffer__consume(events->ring);
}

void events_round(struct events *events)
{
	events->lines += LINES_PER_ROUND;
	if (events->lines > LINES_BURST)
		events->lines = LINES_BURST;
	if (++events->rounds < REPORT_ROUNDS)
		return;
	if (events->left_out)
		log_say(MESSAGE_PACKETS,
			"%lu more sampled events in %u s; `sipshield status' has the "
			"counts of all packets",
			events->left_out, events->rounds);
	events->left_out = 0;
	events->rounds = 0;
}
