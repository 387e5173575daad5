/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The number that a request calls, from the first bytes of it. Pure.
 */
#ifndef SIPSHIELD_CALLED_H
#define SIPSHIELD_CALLED_H

#include <stdbool.h>

#include "maps/types.h"

/*
 * The user part of the request's URI, as it stands there: printable ASCII, `?' for anything else, cut
 * to what fits. line ends at its first 0. False: there is none, or the line ends before it does.
 */
bool called_number(const __u8 line[EVENT_LINE_LEN], char out[CENSUS_NUMBER_LEN]);

#endif
