/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Durations as text. Pure.
 */
#ifndef SIPSHIELD_DURATION_H
#define SIPSHIELD_DURATION_H

#include <stdint.h>

/*
 * "90s", "10m", "1h30m", "7d", or plain seconds. -EINVAL: none of these; -ERANGE: more than ten
 * years.
 */
int duration_parse(const char *text, uint64_t *seconds);

/* The largest unit and the one below it, as "2h 5m". */
#define DURATION_TEXT_LEN 48
const char *duration_format(uint64_t seconds, char out[DURATION_TEXT_LEN]);

#endif
