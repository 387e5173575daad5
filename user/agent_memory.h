/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the agent remembers beyond the maps: the standing of sources, saved now and then and put back
 * into new maps, and the journal of its decisions. Trouble with the files is said once and stops
 * nothing.
 */
#ifndef SIPSHIELD_AGENT_MEMORY_H
#define SIPSHIELD_AGENT_MEMORY_H

#include "user/store.h"
#include "user/transition.h"

struct memory;

/* dir "": no files. The store must outlive it. NULL: no memory. */
struct memory *memory_open(const char *dir, const char *dev, struct store *store);
/*
 * Saves for the last time, if it is told to: not after a start that failed, when nothing was learned
 * and what was put back would be halved again.
 */
void memory_close(struct memory *memory, bool last_save);

/* The maps are new: puts back what was saved of older ones. */
void memory_recall(struct memory *memory);

/* An event tells of a source. signature: the name of the one that it tells of, or NULL. */
void memory_event(struct memory *memory, const struct event *event, const char *signature);

/* The id of the last decision that the journal has; 0: of none. */
__u64 memory_last_id(const struct memory *memory);
/* Writes a decision down, with the packets that told of its source. */
void memory_transition(struct memory *memory, const struct transition *transition);

/* Once a second. */
void memory_round(struct memory *memory);

#endif
