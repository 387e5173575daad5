/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What `sipshield init` found on a host, and the policy and the words that it makes of it. Pure.
 */
#ifndef SIPSHIELD_INIT_H
#define SIPSHIELD_INIT_H

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

#include "user/listening.h"
#include "user/nic.h"
#include "user/policy.h"
#include "user/trunk.h"

struct init_found {
	const char *dev; /* the interface that was chosen */
	struct net_sockets sockets;
	struct nic_around around;
	struct trunk_sources sources;
	struct trunks trunks; /* judged */
};

/* A listener of the policy, and whose socket it was. */
struct init_listener {
	struct policy_listener listener;
	const char *process; /* "": not known */
};

/*
 * The listeners that a policy must name, at most POLICY_LISTENERS_MAX; 0: the default ones, UDP and
 * TCP 5060, are all that is needed. Returns how many were written.
 */
size_t init_listeners(const struct net_sockets *sockets, struct init_listener *out);

/* Hosts that are logged in here by SSH, each once, at most max. Returns how many were written. */
size_t init_ssh_peers(const struct net_sockets *sockets, struct addr *out, size_t max);

/* How many carriers the policy will have. */
size_t init_carriers(const struct trunks *trunks);

/* Writes the policy; policy_parse reads it without an error. Returns 0 or -EIO. */
int init_print_policy(const struct init_found *found, FILE *out);

/* Writes what was found, for people. */
void init_print_found(const struct init_found *found, FILE *out);

/* The same as JSON: an object, NULL without memory. */
json_t *init_json(const struct init_found *found);

#define INIT_UNIT_LEN 96

/* The unit of an interface's agent as a word of a shell: sipshield@eth0, 'sipshield@br\x2dlan'. */
const char *init_unit(const char *dev, char out[INIT_UNIT_LEN]);

/* The commands to type next, one a line; n-th from 0, NULL behind the last. */
const char *init_next(const struct init_found *found, unsigned int n, char *out, size_t len);

#endif
