/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The embedded BPF object: open, load, attach, pin, take over, detach.
 */
#ifndef SIPSHIELD_LOADER_H
#define SIPSHIELD_LOADER_H

#include <stdbool.h>

#include "user/store.h"

struct shield; /* a loaded object, its store and what it is attached by */

enum attach_mode { ATTACH_AUTO, ATTACH_NATIVE, ATTACH_GENERIC };

/*
 * Loads the object without pins and without an interface, with a clock of its own
 * (store_set_replay_clock): for a replay, a test or a benchmark. Prints errors on stderr.
 */
int shield_load_private(struct shield **out);
void shield_free(struct shield *shield); /* leaves what is pinned */

struct store *shield_store(struct shield *shield);
int shield_ingress_fd(const struct shield *shield); /* SEC("xdp") */
int shield_egress_fd(const struct shield *shield);  /* SEC("tc") */

/*
 * Loads the object onto the pins of an interface (made if they are not there), attaches the
 * ingress program by a pinned link and the egress program by clsact, or replaces what an earlier
 * agent left there without a gap. mode is what was asked for; used and why (a sentence,
 * why_len bytes) say what it became. -EBUSY: another program's XDP is there.
 */
int shield_attach(const char *dev, enum attach_mode mode, struct shield **out,
		  enum attach_mode *used, char *why, size_t why_len);
/* Removes links, filters and pins of an interface. -ENOENT: nothing was there. */
int shield_detach(const char *dev);

#endif
