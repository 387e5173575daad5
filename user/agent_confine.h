/* SPDX-License-Identifier: GPL-2.0-or-later */
#ifndef SIPSHIELD_AGENT_CONFINE_H
#define SIPSHIELD_AGENT_CONFINE_H

/*
 * Takes from the process, and from all that it starts, what an agent never needs once it protects:
 * writing outside of its state, its sockets and its pins, reading outside of the system's directories
 * and the policy's, running programs, and the system calls of an intruder. policy may be NULL,
 * state_dir "". What the kernel cannot do is logged and left out.
 */
void agent_confine(const char *policy, const char *state_dir);

#endif
