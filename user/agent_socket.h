/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIPSHIELD_AGENT_SOCKET_H
#define SIPSHIELD_AGENT_SOCKET_H

/*
 * A listening socket of the agent that keeps the bounds of messages. Root and the group sipshield may
 * connect; where the system has no such group, root alone. Returns the descriptor or a negative
 * errno.
 */
int agent_socket(const char *path, int backlog);

/*
 * Connects to one; flags as of socket(), beside SOCK_CLOEXEC. Returns the descriptor or a negative
 * errno: -ENOENT and -ECONNREFUSED where no agent runs.
 */
int agent_connect(const char *path, int flags);

#endif
