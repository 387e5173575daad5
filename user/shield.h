/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The inside of a loaded object, for loader*.c alone.
 */
#ifndef SIPSHIELD_SHIELD_H
#define SIPSHIELD_SHIELD_H

#include <net/if.h>

#include "user/loader.h"

#define SHIELD_PATH_LEN 128

#define PROGRAM_XDP "sipshield_xdp"
#define PROGRAM_FRAGS "sipshield_frags"
#define PROGRAM_EGRESS "sipshield_egress"

struct bpf_object;

struct shield {
	struct bpf_object *object;
	struct store *store;
	char dev[IF_NAMESIZE];	   /* "" for a private one */
	char dir[SHIELD_PATH_LEN]; /* of the pins */
};

int shield_program_fd(const struct shield *shield, const char *name);

/* Writes a sentence to why (SHIELD_WHY_LEN bytes) and returns err. */
int shield_say(int err, char *why, const char *format, ...) __attribute__((format(printf, 3, 4)));
/*
 * Lets the group read the pins of a directory, if the system has it; the maps need no more than that.
 * On an error says why, as shield_say.
 */
int shield_share_pins(const char *dir, char *why);

void shield_explain_load(int err, char *why);

#endif
