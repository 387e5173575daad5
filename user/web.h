/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The web process: the dashboard, the metrics and /healthz on 127.0.0.1, read only.
 */
#ifndef SIPSHIELD_WEB_H
#define SIPSHIELD_WEB_H

#include <sys/types.h>

#define WEB_PORT 9478 /* where it is asked for by default */

/*
 * Starts the exporter for an interface and waits until it serves or has failed. It opens the pinned
 * maps read-only, then gives up its user and every capability, and ends with the caller's thread.
 * Returns 0 or a negative errno: -EADDRINUSE and -EADDRNOTAVAIL for the port, those of store_open
 * for the maps. *child is written only on success; the caller waits for it.
 */
int web_start(const char *dev, unsigned short port, pid_t *child);

/*
 * The exporter in the calling process, which gives up its user and every capability for it and tells
 * its service manager when it serves. Returns only when it cannot serve, with the errors of
 * web_start.
 */
int web_run(const char *dev, unsigned short port);

#endif
