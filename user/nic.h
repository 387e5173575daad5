/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the host says of its interfaces, addresses and routes.
 */
#ifndef SIPSHIELD_NIC_H
#define SIPSHIELD_NIC_H

#include <net/if.h>

#include "user/policy.h"

struct nic {
	unsigned int ifindex;
	unsigned int mtu;	  /* bytes */
	char driver[32];	  /* "" where the kernel names none */
	unsigned int xdp_program; /* id of the XDP program that is attached; 0: none */
	bool xdp_native;	  /* where xdp_program is set */
};

/* -ENODEV: no such interface. */
int nic_get(const char *dev, struct nic *out);

/* What an interface says that it received, since its driver began to count. */
struct nic_counters {
	__u64 rx_packets;
	__u64 rx_bytes;	  /* of whole frames */
	__u64 rx_dropped; /* by the driver or for lack of room; never seen by anybody */
};
/* -ENODEV: no such interface. */
int nic_counters(const char *dev, struct nic_counters *out);

/* A descriptor that becomes readable when an interface comes, goes or changes; -errno. */
int nic_watch(void);
void nic_watch_drain(int fd);

/*
 * Removes the clsact qdisc of an interface if no filter is left on it. The egress program was
 * attached to it; whoever else uses it keeps it.
 */
int nic_clsact_remove(unsigned int ifindex);

#define NIC_DEVS_MAX 8

/* What is around this host, and what it is itself. */
struct nic_around {
	struct policy_prefix_list own;	     /* addresses of its interfaces */
	struct policy_prefix_list gateways;  /* of its default routes */
	struct policy_prefix_list resolvers; /* in resolv.conf */
	char dev[NIC_DEVS_MAX][IF_NAMESIZE]; /* interfaces of default routes, the preferred first */
	size_t devs;
};

/*
 * root stands before /etc/resolv.conf; "" but for a test. Returns 0, -ENOMEM or -EIO; *out must be
 * freed.
 */
int nic_around(const char *root, struct nic_around *out);
void nic_around_free(struct nic_around *around);

/*
 * What must never be banned whatever it sends: the addresses of all interfaces, the default
 * gateways, the resolvers, loopback, link-local (multicast and unspecified ones store_ban refuses
 * by itself). dev is the protected interface; NULL: the constant part alone, for a replay. The
 * list must be freed with free(out->item).
 */
int nic_never_ban(const char *dev, struct policy_prefix_list *out);

#endif
