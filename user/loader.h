/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The embedded BPF object: open, load, attach, pin, take over, detach.
 */
#ifndef SIPSHIELD_LOADER_H
#define SIPSHIELD_LOADER_H

#include <stdbool.h>

#include "user/store.h"
#include "user/varfile.h"

struct shield; /* a loaded object, its store and what it is attached by */

enum attach_mode { ATTACH_AUTO, ATTACH_NATIVE, ATTACH_GENERIC };

#define SHIELD_WHY_LEN 512

/*
 * Loads the object without pins and without an interface, with a clock of its own
 * (store_set_replay_clock): for a replay, a test or a benchmark. The file that the environment
 * names in SIPSHIELD_OBJECT stands in for the embedded object. Prints errors on stderr.
 */
int shield_load_private(struct shield **out);
void shield_free(struct shield *shield); /* leaves what is pinned */

struct store *shield_store(struct shield *shield);
int shield_ingress_fd(const struct shield *shield); /* SEC("xdp") */
int shield_frags_fd(const struct shield *shield);   /* SEC("xdp.frags") */
int shield_egress_fd(const struct shield *shield);  /* SEC("tc") */

/*
 * Loads the object onto the pins of an interface, which are made if they are not there; what
 * judges packets by then goes on. A policy can be applied before shield_attach. -EPROTO: the pins
 * are of another version; -ENODEV. On an error why (SHIELD_WHY_LEN bytes) is a sentence.
 */
int shield_load(const char *dev, struct shield **out, char *why);

/*
 * Attaches the ingress program by a pinned link and the egress program by clsact, or replaces
 * what an earlier agent left there without a gap. mode is what was asked for; used and why (a
 * sentence, also on an error) say what it became. Can be called again when shield_attached() says
 * that it is needed. -EBUSY: another program's XDP is there; -EALREADY: what is in force has
 * another mode than the one asked for; -ENODEV.
 */
int shield_attach(struct shield *shield, enum attach_mode mode, enum attach_mode *used, char *why);

/* Whether packets of an interface are judged, as the kernel says; needs no agent. */
struct attachment {
	bool pinned; /* there is a link, maybe of an interface that is gone */
	bool alive;  /* the link is on the interface of that name */
	bool native;
	__u32 program; /* id of the ingress program */
};
int shield_attached(const char *dev, struct attachment *out);

/*
 * The agent's state directory is written beside the pins, as a symbolic link, so that verbs find it
 * while the agent is down, and as long as what it belongs to. dir "": nothing is kept.
 */
int shield_set_state_dir(const char *dev, const char *dir);
/* The one to use for an interface: "" if nothing is kept, the default one if no agent said. */
void shield_state_dir(const char *dev, char out[VARFILE_PATH_LEN]);

/* Removes links, filters and pins of an interface. -ENOENT: nothing was there. */
int shield_detach(const char *dev);

#endif
