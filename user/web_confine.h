/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIPSHIELD_WEB_CONFINE_H
#define SIPSHIELD_WEB_CONFINE_H

/*
 * Root becomes the user sipshield, or nobody where there is none, and every capability goes for
 * ever. Returns 0, or a negative errno if any privilege is left.
 */
int web_drop_privileges(void);

/*
 * Lets the process call only what it needs to serve what it has open; all else fails with EPERM.
 * Returns a negative errno if there is no such filter.
 */
int web_filter_calls(void);

#endif
