/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Reads everything that is shown from the pinned maps of an interface.
 */
#ifndef SIPSHIELD_SCRAPE_H
#define SIPSHIELD_SCRAPE_H

#include <net/if.h>

#include "user/snapshot.h"
#include "user/store.h"

/* What stays open between two readings: a reading needs no privilege any more. */
struct scrape {
	struct store *store;
	char dev[IF_NAMESIZE];
	__u32 program; /* id of the ingress program behind the pinned link; 0: none */
};

/*
 * Takes over an open store of dev, which scrape_close closes, and remembers which program is the
 * agent's: one that replaces it later is not recognised.
 */
void scrape_of(struct store *store, const char *dev, struct scrape *out);
void scrape_close(struct scrape *scrape);

/* Returns 0 or a negative errno, and then *out is of no use. */
int scrape_read(const struct scrape *scrape, struct snapshot *out);

#endif
