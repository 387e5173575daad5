/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the files that ask rtnetlink share.
 */
#ifndef SIPSHIELD_NIC_NETLINK_H
#define SIPSHIELD_NIC_NETLINK_H

#include <netlink/cache.h>
#include <netlink/socket.h>

/* A connected socket of NETLINK_ROUTE. -ENOMEM, -EIO. */
int nic_socket_open(struct nl_sock **out);

static inline void nic_socket_free(struct nl_sock **sock)
{
	nl_socket_free(*sock);
}
static inline void nic_cache_free(struct nl_cache **cache)
{
	nl_cache_free(*cache);
}
#define cleanup_socket __attribute__((cleanup(nic_socket_free)))
#define cleanup_cache __attribute__((cleanup(nic_cache_free)))

#endif
