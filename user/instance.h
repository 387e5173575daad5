/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One agent for each interface.
 */
#ifndef SIPSHIELD_INSTANCE_H
#define SIPSHIELD_INSTANCE_H

#include <sys/types.h>

/*
 * Makes this process the agent of an interface, until it ends. -EAGAIN: another one is, *other is
 * its process id. The lock is of the process: no child inherits it.
 */
int instance_take(const char *dev, pid_t *other);

/* For the agent, at its end: leaves nothing behind. */
void instance_leave(const char *dev);

/* The process id of the agent of an interface; 0: none runs. */
pid_t instance_of(const char *dev);

#endif
