/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The listeners with an address, of the policy in force.
 */
#ifndef SIPSHIELD_STORE_LISTENER_H
#define SIPSHIELD_STORE_LISTENER_H

#include "user/store.h"

/* Calls fn for each until it returns non-zero, and returns that; or a negative errno. */
int store_each_listener(const struct store *store, int (*fn)(const struct listener_key *, void *),
			void *arg);

#endif
