/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Which addresses of a capture are the protected host's: named, or guessed from who receives
 * requests. Pure.
 */
#ifndef SIPSHIELD_LOCAL_H
#define SIPSHIELD_LOCAL_H

#include "user/addr_table.h"
#include "user/frame.h"
#include "user/policy.h"

/* A set of addresses and prefixes. Zeroed: empty. */
struct local {
	struct policy_prefix_list list; /* single addresses first, in ascending order */
	size_t singles;
};

void local_free(struct local *local);
bool local_has(const struct local *local, const struct addr *address);

/* Takes over a list (its items now belong to the set) and sorts it. */
void local_of_list(struct local *local, struct policy_prefix_list *list);
/*
 * Reads "ADDR[/LEN][,...]". -EINVAL: a part is no address or prefix, -EADDRNOTAVAIL: it has host
 * bits; both write the part's offset to *at. -ENOMEM.
 */
int local_parse(const char *text, struct local *out, size_t *at);

/* What is needed to guess. Zeroed but for doc: nothing was seen. */
struct local_guess {
	const struct policy_doc *doc; /* whose listeners are the protected ports */
	struct addr_table seen;	      /* struct local_candidate, which local.c knows */
};

void local_guess_init(struct local_guess *guess, const struct policy_doc *doc);
void local_guess_free(struct local_guess *guess);
/*
 * All frames go to the first, then all frames again to the second, which looks at the candidates
 * that the first has found. Returns 0 or -ENOMEM.
 */
int local_guess_receivers(struct local_guess *guess, const struct frame_info *frame);
void local_guess_clients(struct local_guess *guess, const struct frame_info *frame);
/*
 * The address that is asked for something (registrations, calls, options ...) on protected ports by
 * most peers, and every other one that is asked by somebody else than these and registers nowhere.
 * Where nobody is asked for anything, all datagrams and connections count but responses. A PBX that
 * is seen with nobody but its carrier may be taken for the client that it is.
 * Returns 0 (the set may be empty) or -ENOMEM.
 */
int local_guess_end(const struct local_guess *guess, struct local *out);

#endif
