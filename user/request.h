/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What a request to the web process says, beside its path. Pure.
 */
#ifndef SIPSHIELD_REQUEST_H
#define SIPSHIELD_REQUEST_H

#include <stdbool.h>
#include <stdint.h>

#define REQUEST_RANGE_MAX (7 * 86400U) /* seconds */

/*
 * The Host header names this machine's loopback, with or without a port. A page of somebody else's
 * whose name was made to point to 127.0.0.1 has its own name there. NULL is no browser: true.
 */
bool request_is_local(const char *host);

/* Sec-Fetch-Site says that a page of another site asks. NULL: no such header. */
bool request_is_foreign(const char *sec_fetch_site);

/* A time range as "15m" or "6h". -EINVAL: none, or not of 1 s to REQUEST_RANGE_MAX. */
int request_range(const char *text, uint32_t *seconds);

#endif
