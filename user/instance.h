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

/* Where the agent of an interface has what it shares while it runs: DEV.what in this directory. */
#define INSTANCE_DIR "/run/sipshield"
#define INSTANCE_PATH_LEN 64
void instance_path(const char *dev, const char *what, char path[INSTANCE_PATH_LEN]);

/* The process id of the agent of an interface; 0: none runs. */
pid_t instance_of(const char *dev);

#endif
