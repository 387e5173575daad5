/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Sets of nftables and ipset as lists of addresses: what `nft -j list set` and `ipset save` print.
 * Pure.
 */
#ifndef SIPSHIELD_IMPORT_H
#define SIPSHIELD_IMPORT_H

#include <stdbool.h>
#include <stdint.h>

#include "user/policy.h"

struct import_entry {
	struct addr address;
	__u8 length;  /* from the mapped address */
	bool except;  /* a hole in the others: ipset's nomatch */
	uint64_t ttl; /* seconds that are left; 0: it does not end */
	char reason[BAN_NOTE_LEN];
};

/* What a list cannot say, and what it cannot be. */
struct import_skip {
	char text[80]; /* the element, cut, without control characters */
	const char *why;
};

/* All 0 at first; import_free at the end. */
struct import {
	struct import_entry *entry;
	size_t entries;
	struct import_skip *skip;
	size_t skips;
	char set[96]; /* "inet filter scanners", "scanners" */
};

#define IMPORT_WHY_LEN 160

/*
 * The elements of the one set in the output of nft, or of that of a name (may be NULL).
 * Returns 0, -ENOMEM, or -EINVAL with a sentence in why.
 */
int import_nft(const char *text, size_t len, const char *name, struct import *import,
	       char why[IMPORT_WHY_LEN]);
/* The same for `ipset save`. */
int import_ipset(const char *text, size_t len, const char *name, struct import *import,
		 char why[IMPORT_WHY_LEN]);
void import_free(struct import *import);

/*
 * Leaves out what a list of this kind may not have: what is too wide for the limits or lies around
 * an exception, and prefixes that end but are wider than a /24 (others become single addresses).
 * Of a list that grants, entries that end. Returns 0 or -ENOMEM.
 */
int import_fit(struct import *import, enum policy_list_kind kind,
	       const struct policy_list_limits *limits);

/* An entry a line, as policy_parse_list reads it. */
void import_print(const struct import *import, FILE *out);

#endif
