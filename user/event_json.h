/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A sampled event as an object, for those who follow the decisions live. Pure.
 */
#ifndef SIPSHIELD_EVENT_JSON_H
#define SIPSHIELD_EVENT_JSON_H

#include <jansson.h>

#include "maps/types.h"

/* What became of the packet that an event tells of: "drop", "shadow" or "pass". */
const char *event_verdict(const struct event *event);

/* The first line that is not empty, printable ASCII, `?' for all else: the sender chose it. */
#define EVENT_LINE_TEXT_LEN (EVENT_LINE_LEN + 1)
const char *event_line_text(const __u8 line[EVENT_LINE_LEN], char out[EVENT_LINE_TEXT_LEN]);

/*
 * A new object; signature may be NULL; t is when it was, in seconds since 1970. NULL: no memory.
 */
json_t *event_json(const struct event *event, const char *signature, double t);

#endif
