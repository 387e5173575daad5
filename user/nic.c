// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/nic.h"

#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/netlink.h>
#include <linux/rtnetlink.h>
#include <linux/sockios.h>
#include <net/if.h>
#include <netlink/netlink.h>
#include <netlink/route/classifier.h>
#include <netlink/route/link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/nic_netlink.h"

/* linux/pkt_sched.h */
#define CLSACT_INGRESS 0xfffffff2U
#define CLSACT_EGRESS 0xfffffff3U

int nic_socket_open(struct nl_sock **out)
{
	struct nl_sock *sock = nl_socket_alloc();

	if (!sock)
		return -ENOMEM;
	if (nl_connect(sock, NETLINK_ROUTE)) {
		nl_socket_free(sock);
		return -EIO;
	}
	*out = sock;
	return 0;
}

static void read_driver(const char *dev, struct nic *nic)
{
	struct ethtool_drvinfo info = { .cmd = ETHTOOL_GDRVINFO };
	struct ifreq request = { .ifr_data = (void *)&info };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);

	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", dev);
	if (fd >= 0 && !ioctl(fd, SIOCETHTOOL, &request))
		snprintf(nic->driver, sizeof(nic->driver), "%s", info.driver);
	if (fd >= 0)
		close(fd);
}

static int read_mtu(const char *dev, struct nic *nic)
{
	struct ifreq request = { 0 };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", dev);
	err = ioctl(fd, SIOCGIFMTU, &request) ? -errno : 0;
	close(fd);
	nic->mtu = request.ifr_mtu;
	return err;
}

int nic_get(const char *dev, struct nic *out)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, xdp);
	struct nic nic = { .ifindex = if_nametoindex(dev) };
	int err;

	if (!nic.ifindex)
		return -ENODEV;
	err = read_mtu(dev, &nic);
	if (!err)
		err = bpf_xdp_query(nic.ifindex, 0, &xdp);
	if (err)
		return err;
	read_driver(dev, &nic);
	nic.xdp_program = xdp.prog_id;
	nic.xdp_native = xdp.prog_id && xdp.attach_mode != XDP_ATTACHED_SKB;
	*out = nic;
	return 0;
}

static void link_put(struct rtnl_link **link)
{
	if (*link)
		rtnl_link_put(*link);
}

int nic_counters(const char *dev, struct nic_counters *out)
{
	__attribute__((cleanup(link_put))) struct rtnl_link *link = NULL;
	cleanup_socket struct nl_sock *sock = NULL;
	int err = nic_socket_open(&sock);

	if (err)
		return err;
	if (rtnl_link_get_kernel(sock, 0, dev, &link))
		return -ENODEV;
	out->rx_packets = rtnl_link_get_stat(link, RTNL_LINK_RX_PACKETS);
	out->rx_bytes = rtnl_link_get_stat(link, RTNL_LINK_RX_BYTES);
	out->rx_dropped = rtnl_link_get_stat(link, RTNL_LINK_RX_DROPPED);
	return 0;
}

int nic_watch(void)
{
	struct sockaddr_nl address = { .nl_family = AF_NETLINK, .nl_groups = RTMGRP_LINK };
	int fd = socket(AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC | SOCK_NONBLOCK, NETLINK_ROUTE);

	if (fd < 0)
		return -errno;
	if (bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		int err = -errno;

		close(fd);
		return err;
	}
	return fd;
}

void nic_watch_drain(int fd)
{
	char message[8192];

	/* What changed is read from the kernel itself; ENOBUFS only says that much did. */
	while (recv(fd, message, sizeof(message), 0) >= 0 || errno == ENOBUFS || errno == EINTR)
		;
}

static int count_filters(struct nl_sock *sock, unsigned int ifindex, __u32 parent)
{
	cleanup_cache struct nl_cache *cache = NULL;

	if (rtnl_cls_alloc_cache(sock, ifindex, parent, &cache))
		return -EIO;
	return nl_cache_nitems(cache);
}

int nic_clsact_remove(unsigned int ifindex)
{
	LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = (int)ifindex,
		    .attach_point = BPF_TC_INGRESS | BPF_TC_EGRESS);
	cleanup_socket struct nl_sock *sock = NULL;
	libbpf_print_fn_t previous;
	int err = nic_socket_open(&sock);

	if (err)
		return err;
	if (count_filters(sock, ifindex, CLSACT_INGRESS) ||
	    count_filters(sock, ifindex, CLSACT_EGRESS))
		return 0;
	previous = libbpf_set_print(NULL);
	err = bpf_tc_hook_destroy(&hook);
	libbpf_set_print(previous);
	return err == -ENOENT || err == -EINVAL ? 0 : err;
}
