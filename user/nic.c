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
#include <netlink/route/addr.h>
#include <netlink/route/classifier.h>
#include <netlink/route/link.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/addr.h"

/* linux/pkt_sched.h */
#define CLSACT_INGRESS 0xfffffff2U
#define CLSACT_EGRESS 0xfffffff3U

static void socket_free(struct nl_sock **sock)
{
	nl_socket_free(*sock);
}
static void cache_free(struct nl_cache **cache)
{
	nl_cache_free(*cache);
}
#define cleanup_socket __attribute__((cleanup(socket_free)))
#define cleanup_cache __attribute__((cleanup(cache_free)))

static int socket_open(struct nl_sock **out)
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
	int err = socket_open(&sock);

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
	int err = socket_open(&sock);

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

struct never_ban {
	struct policy_prefix_list list;
	int err;
};

static void add(struct never_ban *set, const struct addr *address, __u8 length)
{
	struct policy_prefix *item;

	if (set->err)
		return;
	for (size_t i = 0; i < set->list.count; i++) {
		if (set->list.item[i].length == length &&
		    !memcmp(&set->list.item[i].address, address, sizeof(*address)))
			return;
	}
	item = reallocarray(set->list.item, set->list.count + 1, sizeof(*item));
	if (!item) {
		set->err = -ENOMEM;
		return;
	}
	set->list.item = item;
	item[set->list.count++] = (struct policy_prefix){ .address = *address, .length = length };
}

static void add_netlink(struct never_ban *set, struct nl_addr *from)
{
	struct addr address = { .byte = { [10] = 0xff, [11] = 0xff } };

	if (!from)
		return;
	if (nl_addr_get_family(from) == AF_INET && nl_addr_get_len(from) == 4)
		memcpy(&address.byte[12], nl_addr_get_binary_addr(from), 4);
	else if (nl_addr_get_family(from) == AF_INET6 && nl_addr_get_len(from) == 16)
		memcpy(address.byte, nl_addr_get_binary_addr(from), 16);
	else
		return;
	add(set, &address, 128);
}

static void add_own(struct nl_object *object, void *arg)
{
	add_netlink(arg, rtnl_addr_get_local((struct rtnl_addr *)object));
}

static void add_gateway(struct rtnl_nexthop *hop, void *arg)
{
	add_netlink(arg, rtnl_route_nh_get_gateway(hop));
	add_netlink(arg, rtnl_route_nh_get_via(hop));
}

static void add_default_route(struct nl_object *object, void *arg)
{
	struct rtnl_route *route = (struct rtnl_route *)object;

	if (nl_addr_get_prefixlen(rtnl_route_get_dst(route)) == 0)
		rtnl_route_foreach_nexthop(route, add_gateway, arg);
}

static int add_host(struct never_ban *set)
{
	cleanup_socket struct nl_sock *sock = NULL;
	cleanup_cache struct nl_cache *addresses = NULL, *routes = NULL;
	int err = socket_open(&sock);

	if (err)
		return err;
	if (rtnl_addr_alloc_cache(sock, &addresses) ||
	    rtnl_route_alloc_cache(sock, AF_UNSPEC, 0, &routes))
		return -EIO;
	nl_cache_foreach(addresses, add_own, set);
	nl_cache_foreach(routes, add_default_route, set);
	return 0;
}

static void add_resolvers(struct never_ban *set)
{
	FILE *file = fopen("/etc/resolv.conf", "re");
	char line[256], name[ADDR_TEXT_LEN];
	struct addr address;

	while (file && fgets(line, sizeof(line), file)) {
		/* %47: an IPv6 address with a scope behind it, which is not part of it. */
		if (sscanf(line, " nameserver %47[0-9a-fA-F.:]", name) == 1 &&
		    !addr_parse(name, &address))
			add(set, &address, 128);
	}
	if (file)
		fclose(file);
}

/*
 * Link-local IPv6 addresses are formed in fe80::/64 (RFC 4291 2.5.6). The whole fe80::/10 would be
 * shorter than the /32 at which the packet path must ask the trie for every IPv6 source.
 */
static void add_constant(struct never_ban *set)
{
	static const char *const prefixes[] = { "127.0.0.0/8", "169.254.0.0/16", "::1",
						"fe80::/64" };
	struct addr address;
	__u8 length;

	for (size_t i = 0; i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (!prefix_parse(prefixes[i], &address, &length))
			add(set, &address, length);
	}
}

int nic_never_ban(const char *dev, struct policy_prefix_list *out)
{
	struct never_ban set = { 0 };
	int err = 0;

	add_constant(&set);
	if (dev) {
		err = add_host(&set);
		add_resolvers(&set);
	}
	if (!err)
		err = set.err;
	if (err)
		free(set.list.item);
	else
		*out = set.list;
	return err;
}
