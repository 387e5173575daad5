/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the agent says: to the journal with fields where it is the journal that listens, else to
 * stderr. Priorities are those of syslog.h.
 */
#ifndef SIPSHIELD_LOG_H
#define SIPSHIELD_LOG_H

#include <syslog.h>

#include "maps/types.h"
#include "user/transition.h"

void log_line(int priority, const char *format, ...) __attribute__((format(printf, 2, 3)));

/*
 * The same for a decision on a source: `journalctl SIPSHIELD_SRC=192.0.2.7` finds it. reason is a
 * name of the closed set of reasons, or of what the agent does itself ("ban").
 */
void log_source(int priority, const struct addr *source, const char *reason, const char *format,
		...) __attribute__((format(printf, 4, 5)));

/*
 * A decision of the agent. In the journal it has SIPSHIELD_ID, _FROM, _TO and _RULE besides; _SRC
 * is an address, a prefix or "shield".
 */
void log_transition(const struct transition *t);

#endif
