/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIP messages for the differential fuzz: those of the seeds and others that a grammar makes, then
 * changed in the ways in which messages differ on the wire, and in some in which they do not.
 */
#ifndef SIPSHIELD_DIFF_MESSAGE_H
#define SIPSHIELD_DIFF_MESSAGE_H

#include "tests/fuzz/diff_random.h"

#define MESSAGE_MAX 4096

struct diff_message {
	__u32 len;
	__u8 at[MESSAGE_MAX];
};

/* Reads every file below a folder as a seed. Returns how many there were, or a negative errno. */
int diff_seeds_read(const char *folder);

/* The next message. Says nothing of what it is. */
void diff_message_make(struct random *r, struct diff_message *out);

#endif
