/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIPSHIELD_CMD_TOP_H
#define SIPSHIELD_CMD_TOP_H

#include "user/scrape.h"

/*
 * Shows readings on the whole terminal, one in so many milliseconds, until its user ends that.
 * Returns an exit status. The scrape stays the caller's and may be of other maps afterwards.
 */
int top_screen(struct scrape *scrape, int delay_ms, bool color);

/*
 * A reading of the maps that are pinned now: those that the scrape has open may be of a protection
 * that has ended. Returns 0 or a negative errno.
 */
int top_read(struct scrape *scrape, struct snapshot *out);

#endif
