/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a replay prints: a line for each frame (JSON) or for each frame that was dropped (text), and
 * a summary.
 */
#ifndef SIPSHIELD_REPLAY_REPORT_H
#define SIPSHIELD_REPLAY_REPORT_H

#include <stdio.h>

#include "user/replay.h"

void replay_report_json(const struct replay_verdict *verdict, FILE *out);
void replay_report_text(const struct replay_verdict *verdict, FILE *out);

/* The host's addresses, the first of many. */
void replay_print_local(const struct local *local, FILE *out);

/*
 * local: the host's addresses. complete: all files were read to their end. Return 0, -ENOMEM or
 * -EIO.
 */
int replay_summary_json(const struct replay *replay, const struct local *local, bool complete,
			FILE *out);
int replay_summary_text(const struct replay *replay, const struct local *local, FILE *out);

#endif
