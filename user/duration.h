/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Durations as text. Pure.
 */
#ifndef SIPSHIELD_DURATION_H
#define SIPSHIELD_DURATION_H

#include <stdint.h>

/*
 * "90s", "10m", "1h30m", "7d", or plain seconds; the larger units come first. -EINVAL: none of
 * these; -ERANGE: more than ten years.
 */
int duration_parse(const char *text, uint64_t *seconds);

#define DURATION_TEXT_LEN 48
/* For people: the largest unit and the one below it, as "2h 5m". */
const char *duration_format(uint64_t seconds, char out[DURATION_TEXT_LEN]);
/* For programs: what reads back to the same, as "2h5m10s". */
const char *duration_exact(uint64_t seconds, char out[DURATION_TEXT_LEN]);

#endif
