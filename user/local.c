/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user/local.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "user/addr.h"

#define ADDRESS_BITS 128
#define PEERS_MAX 16 /* that are remembered by address */
#define PEER_WORDS 8 /* of a bit map that counts the others, about */

/* An address that received something on a protected port. */
struct local_candidate {
	struct addr address;
	bool registers;	     /* sent a REGISTER */
	bool local;	     /* the verdict */
	__u64 asked;	     /* requests that begin something */
	__u64 registrations; /* REGISTERs among them */
	__u64 others;	     /* other requests, datagrams, TCP connections */
	/* Who sent them; only who asked, as soon as anybody did. */
	__u64 peer_bits[PEER_WORDS];
	size_t peers;
	struct addr peer[PEERS_MAX];
};

void local_free(struct local *local)
{
	free(local->list.item);
	memset(local, 0, sizeof(*local));
}

static int prefix_compare(const void *a, const void *b)
{
	const struct policy_prefix *x = a, *y = b;
	int single = (y->length == ADDRESS_BITS) - (x->length == ADDRESS_BITS);

	return single ? single : memcmp(&x->address, &y->address, sizeof(x->address));
}

static int address_compare(const void *key, const void *item)
{
	const struct policy_prefix *prefix = item;

	return memcmp(key, &prefix->address, sizeof(prefix->address));
}

bool local_has(const struct local *local, const struct addr *address)
{
	const struct policy_prefix *item = local->list.item;

	if (local->singles &&
	    bsearch(address, item, local->singles, sizeof(*item), address_compare))
		return true;
	for (size_t i = local->singles; i < local->list.count; i++) {
		if (prefix_holds(&item[i].address, item[i].length, address))
			return true;
	}
	return false;
}

void local_of_list(struct local *local, struct policy_prefix_list *list)
{
	local->list = *list;
	local->singles = 0;
	memset(list, 0, sizeof(*list));
	if (local->list.count)
		qsort(local->list.item, local->list.count, sizeof(*local->list.item),
		      prefix_compare);
	while (local->singles < local->list.count &&
	       local->list.item[local->singles].length == ADDRESS_BITS)
		local->singles++;
}

static int list_append(struct policy_prefix_list *list, const struct addr *address, __u8 length)
{
	struct policy_prefix *item;

	item = reallocarray(list->item, list->count + 1, sizeof(*item));
	if (!item)
		return -ENOMEM;
	list->item = item;
	item[list->count++] = (struct policy_prefix){ .address = *address, .length = length };
	return 0;
}

static int parse_part(const char *part, size_t len, struct policy_prefix_list *list)
{
	char text[PREFIX_TEXT_LEN];
	struct addr address;
	__u8 length;
	int err;

	if (!len || len >= sizeof(text))
		return -EINVAL;
	memcpy(text, part, len);
	text[len] = '\0';
	err = prefix_parse(text, &address, &length);
	if (err)
		return err == -ERANGE ? -EINVAL : err;
	return list_append(list, &address, length);
}

int local_parse(const char *text, struct local *out, size_t *at)
{
	struct policy_prefix_list list = { 0 };
	const char *part = text;
	int err;

	for (;;) {
		size_t len = strcspn(part, ",");

		err = parse_part(part, len, &list);
		if (err) {
			*at = (size_t)(part - text);
			free(list.item);
			return err;
		}
		if (!part[len])
			break;
		part += len + 1;
	}
	local_of_list(out, &list);
	return 0;
}

void local_guess_init(struct local_guess *guess, const struct policy_doc *doc)
{
	memset(guess, 0, sizeof(*guess));
	guess->doc = doc;
	guess->seen.entry_size = sizeof(struct local_candidate);
}

void local_guess_free(struct local_guess *guess)
{
	addr_table_free(&guess->seen);
}

static bool is_protected(const struct policy_doc *doc, const struct frame_info *frame)
{
	for (size_t i = 0; i < doc->listeners; i++) {
		const struct policy_listener *l = &doc->listener[i];

		if (frame->protocol == (l->transport == LISTENER_UDP ? IPPROTO_UDP : IPPROTO_TCP) &&
		    frame->dport == l->port &&
		    (!l->has_address || !memcmp(&frame->dst, &l->address, sizeof(l->address))))
			return true;
	}
	return false;
}

static void candidate_forget(struct local_candidate *c)
{
	c->peers = 0;
	memset(c->peer_bits, 0, sizeof(c->peer_bits));
}

static void candidate_meets(struct local_candidate *c, const struct addr *peer)
{
	__u64 half[2];

	memcpy(half, peer, sizeof(half));
	half[0] = (half[0] ^ half[1]) * 0x9e3779b97f4a7c15ULL >> 55; /* 512 bits */
	c->peer_bits[half[0] / 64] |= 1ULL << half[0] % 64;
	for (size_t i = 0; i < c->peers && i < PEERS_MAX; i++) {
		if (!memcmp(&c->peer[i], peer, sizeof(*peer)))
			return;
	}
	if (c->peers < PEERS_MAX)
		c->peer[c->peers] = *peer;
	if (c->peers <= PEERS_MAX)
		c->peers++; /* PEERS_MAX + 1: there are more */
}

/*
 * Requests that begin something go to servers. Those within a dialog go both ways, also from one
 * phone to another.
 */
static bool begins(enum sip_method method)
{
	switch (method) {
	case SIP_METHOD_INVITE:
	case SIP_METHOD_REGISTER:
	case SIP_METHOD_OPTIONS:
	case SIP_METHOD_SUBSCRIBE:
	case SIP_METHOD_PUBLISH:
	case SIP_METHOD_MESSAGE:
		return true;
	default:
		return false;
	}
}

int local_guess_receivers(struct local_guess *guess, const struct frame_info *frame)
{
	enum sip_method method = frame_method(frame);
	struct local_candidate *c;

	if (!frame->ip || !frame->dport || !is_protected(guess->doc, frame) ||
	    method == SIP_METHOD_RESPONSE)
		return 0;
	if (method == SIP_METHOD_NONE && frame->protocol == IPPROTO_TCP && !frame->syn)
		return 0;
	c = addr_table_add(&guess->seen, &frame->dst);
	if (!c)
		return -ENOMEM;
	if (!begins(method)) {
		c->others++;
		if (!c->asked)
			candidate_meets(c, &frame->src);
		return 0;
	}
	if (!c->asked)
		candidate_forget(c);
	c->asked++;
	c->registrations += method == SIP_METHOD_REGISTER;
	candidate_meets(c, &frame->src);
	return 0;
}

void local_guess_clients(struct local_guess *guess, const struct frame_info *frame)
{
	struct local_candidate *c;

	if (!frame->ip || !frame->dport)
		return;
	c = addr_table_get(&guess->seen, &frame->src);
	if (c && frame_method(frame) == SIP_METHOD_REGISTER)
		c->registers = true;
}

/* A PBX registers too, with its carrier; but phones register with it. */
static bool candidate_is_client(const struct local_candidate *c)
{
	return c->registers && !c->registrations;
}

static unsigned int candidate_peers(const struct local_candidate *c)
{
	unsigned int bits = 0;

	if (c->peers <= PEERS_MAX)
		return (unsigned int)c->peers;
	for (size_t i = 0; i < PEER_WORDS; i++)
		bits += (unsigned int)__builtin_popcountll(c->peer_bits[i]);
	return bits > PEERS_MAX ? bits : PEERS_MAX + 1;
}

static int descending(__u64 a, __u64 b)
{
	return (b > a) - (b < a);
}

static int candidate_compare(const void *a, const void *b)
{
	const struct local_candidate *x = *(struct local_candidate *const *)a;
	const struct local_candidate *y = *(struct local_candidate *const *)b;
	int order = descending(x->asked > 0, y->asked > 0);

	if (!order)
		order = descending(candidate_is_client(y), candidate_is_client(x));
	if (!order)
		order = descending(candidate_peers(x), candidate_peers(y));
	if (!order)
		order = descending(x->registrations, y->registrations);
	if (!order)
		order = descending(x->asked, y->asked);
	if (!order)
		order = descending(x->others, y->others);
	return order ? order : memcmp(&x->address, &y->address, sizeof(x->address));
}

/* Does anybody but the addresses that are local already send to it? */
static bool candidate_is_called(const struct local_guess *guess, const struct local_candidate *c)
{
	if (c->peers > PEERS_MAX)
		return true; /* nobody has so many servers */
	for (size_t i = 0; i < c->peers; i++) {
		const struct local_candidate *peer = addr_table_get(&guess->seen, &c->peer[i]);

		if (!peer || !peer->local)
			return true;
	}
	return false;
}

static bool candidate_is_local(const struct local_guess *guess, const struct local_candidate *c,
			       const struct local_candidate *best)
{
	if (c == best)
		return true;
	if (best->asked && !c->asked)
		return false;
	return !candidate_is_client(c) && candidate_is_called(guess, c);
}

static int candidates_choose(const struct local_guess *guess, struct local_candidate **ranked,
			     struct policy_prefix_list *list)
{
	for (size_t i = 0; i < guess->seen.count; i++) {
		int err;

		if (!candidate_is_local(guess, ranked[i], ranked[0]))
			continue;
		ranked[i]->local = true;
		err = list_append(list, &ranked[i]->address, ADDRESS_BITS);
		if (err)
			return err;
	}
	return 0;
}

int local_guess_end(const struct local_guess *guess, struct local *out)
{
	struct policy_prefix_list list = { 0 };
	struct local_candidate **ranked;
	int err;

	if (!guess->seen.count) {
		local_of_list(out, &list);
		return 0;
	}
	ranked = calloc(guess->seen.count, sizeof(struct local_candidate *));
	if (!ranked)
		return -ENOMEM;
	for (size_t i = 0; i < guess->seen.count; i++)
		ranked[i] = addr_table_at(&guess->seen, i);
	qsort(ranked, guess->seen.count, sizeof(struct local_candidate *), candidate_compare);
	err = candidates_choose(guess, ranked, &list);
	free(ranked);
	if (err)
		free(list.item);
	else
		local_of_list(out, &list);
	return err;
}
