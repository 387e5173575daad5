/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files of this host say of it. root stands before each path: "" for the host
 * itself, a directory for a test.
 */
#ifndef SIPSHIELD_HOST_H
#define SIPSHIELD_HOST_H

#include "user/listening.h"
#include "user/trunk.h"

/*
 * All UDP and TCP sockets of this network namespace, judged. Without root's rights those of other
 * users have no process. Nothing that is missing is an error: a host without IPv6 has no udp6.
 * Returns 0 or -ENOMEM; *out must be freed with listening_free.
 */
int host_sockets(const char *root, struct net_sockets *out);

/*
 * The peers in the configuration of the SIP servers, read where Debian's packages have it, and the
 * files that were looked for. Returns 0 or -ENOMEM; both must be freed, sources after trunks.
 */
int host_trunks(const char *root, struct trunk_sources *sources, struct trunks *out);

/*
 * Looks host names up: each becomes a peer for each of its addresses. What cannot be looked up
 * stays a name. Waits for resolvers. Returns 0 or -ENOMEM.
 */
int host_resolve(struct trunks *trunks);

/*
 * Reads a text file as a whole, at most max bytes, with a NUL behind it. -EFBIG: it is longer;
 * -errno. *out must be freed.
 */
int host_read(const char *root, const char *path, size_t max, char **out);

/*
 * Runs a program, found by PATH, and takes what it prints, at most max bytes. argv ends with NULL.
 * -ENOENT: there is no such program; -EIO: it did not end with 0; -EFBIG. *out must be freed.
 */
int host_run(const char *const argv[], size_t max, char **out);

#endif
