// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/nic.h"

#include <errno.h>
#include <netlink/netlink.h>
#include <netlink/route/addr.h>
#include <netlink/route/nexthop.h>
#include <netlink/route/route.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#include "user/addr.h"
#include "user/nic_netlink.h"

#define PATH_LEN 4096

/* An interface of a default route. */
struct way {
	unsigned int ifindex;
	unsigned int metric;
};

/* What is collected; the first error ends it. */
struct around {
	struct nic_around *out;
	struct way way[NIC_DEVS_MAX];
	unsigned int metric; /* of the route that is walked */
	int err;
};

static int add(struct policy_prefix_list *list, const struct addr *address, __u8 length)
{
	struct policy_prefix *item;

	for (size_t i = 0; i < list->count; i++) {
		if (list->item[i].length == length &&
		    !memcmp(&list->item[i].address, address, sizeof(*address)))
			return 0;
	}
	item = reallocarray(list->item, list->count + 1, sizeof(*item));
	if (!item)
		return -ENOMEM;
	list->item = item;
	item[list->count++] = (struct policy_prefix){ .address = *address, .length = length };
	return 0;
}

static void add_netlink(struct around *around, struct policy_prefix_list *list,
			struct nl_addr *from)
{
	struct addr address = { .byte = { [10] = 0xff, [11] = 0xff } };

	if (!from || around->err)
		return;
	if (nl_addr_get_family(from) == AF_INET && nl_addr_get_len(from) == 4)
		memcpy(&address.byte[12], nl_addr_get_binary_addr(from), 4);
	else if (nl_addr_get_family(from) == AF_INET6 && nl_addr_get_len(from) == 16)
		memcpy(address.byte, nl_addr_get_binary_addr(from), 16);
	else
		return;
	around->err = add(list, &address, 128);
}

static void add_own(struct nl_object *object, void *arg)
{
	struct around *around = arg;

	add_netlink(around, &around->out->own, rtnl_addr_get_local((struct rtnl_addr *)object));
}

/* In the order of their metrics. */
static void add_way(struct around *around, unsigned int ifindex)
{
	struct way way = { ifindex, around->metric };
	size_t at = 0;

	for (size_t i = 0; i < around->out->devs; i++) {
		if (around->way[i].ifindex == ifindex)
			return;
		at += around->way[i].metric <= way.metric;
	}
	if (!ifindex || around->out->devs == NIC_DEVS_MAX)
		return;
	memmove(&around->way[at + 1], &around->way[at], (around->out->devs - at) * sizeof(way));
	around->way[at] = way;
	around->out->devs++;
}

static void add_hop(struct rtnl_nexthop *hop, void *arg)
{
	struct around *around = arg;

	add_netlink(around, &around->out->gateways, rtnl_route_nh_get_gateway(hop));
	add_netlink(around, &around->out->gateways, rtnl_route_nh_get_via(hop));
	add_way(around, (unsigned int)rtnl_route_nh_get_ifindex(hop));
}

static void add_default_route(struct nl_object *object, void *arg)
{
	struct rtnl_route *route = (struct rtnl_route *)object;
	struct around *around = arg;

	if (nl_addr_get_prefixlen(rtnl_route_get_dst(route)))
		return;
	around->metric = rtnl_route_get_priority(route);
	rtnl_route_foreach_nexthop(route, add_hop, around);
}

static int add_host(struct around *around)
{
	cleanup_socket struct nl_sock *sock = NULL;
	cleanup_cache struct nl_cache *addresses = NULL, *routes = NULL;
	int err = nic_socket_open(&sock);

	if (err)
		return err;
	if (rtnl_addr_alloc_cache(sock, &addresses) ||
	    rtnl_route_alloc_cache(sock, AF_UNSPEC, 0, &routes))
		return -EIO;
	nl_cache_foreach(addresses, add_own, around);
	nl_cache_foreach(routes, add_default_route, around);
	for (size_t i = 0; i < around->out->devs; i++) {
		/* Gone since the route was read: its name stays "". */
		if (!if_indextoname(around->way[i].ifindex, around->out->dev[i]))
			around->out->dev[i][0] = '\0';
	}
	return around->err;
}

static int add_resolvers(const char *root, struct policy_prefix_list *list)
{
	char path[PATH_LEN], line[256], name[ADDR_TEXT_LEN];
	struct addr address;
	FILE *file;
	int err = 0;

	snprintf(path, sizeof(path), "%.4000s/etc/resolv.conf", root);
	file = fopen(path, "re");
	while (file && !err && fgets(line, sizeof(line), file)) {
		/* %47: an IPv6 address with a scope behind it, which is not part of it. */
		if (sscanf(line, " nameserver %47[0-9a-fA-F.:]", name) == 1 &&
		    !addr_parse(name, &address))
			err = add(list, &address, 128);
	}
	if (file)
		fclose(file);
	return err;
}

void nic_around_free(struct nic_around *around)
{
	free(around->own.item);
	free(around->gateways.item);
	free(around->resolvers.item);
	memset(around, 0, sizeof(*around));
}

int nic_around(const char *root, struct nic_around *out)
{
	struct nic_around found = { 0 };
	struct around around = { .out = &found };
	int err = add_host(&around);

	if (!err)
		err = add_resolvers(root, &found.resolvers);
	if (err)
		nic_around_free(&found);
	else
		*out = found;
	return err;
}

/*
 * Link-local IPv6 addresses are formed in fe80::/64 (RFC 4291 2.5.6). The whole fe80::/10 would be
 * shorter than the /32 at which the packet path must ask the trie for every IPv6 source.
 */
static int add_constant(struct policy_prefix_list *list)
{
	static const char *const prefixes[] = { "127.0.0.0/8", "169.254.0.0/16", "::1",
						"fe80::/64" };
	struct addr address;
	__u8 length;
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(prefixes) / sizeof(prefixes[0]); i++) {
		if (!prefix_parse(prefixes[i], &address, &length))
			err = add(list, &address, length);
	}
	return err;
}

static int add_list(struct policy_prefix_list *list, const struct policy_prefix_list *more)
{
	int err = 0;

	for (size_t i = 0; !err && i < more->count; i++)
		err = add(list, &more->item[i].address, more->item[i].length);
	return err;
}

static int add_around(struct policy_prefix_list *list)
{
	struct nic_around around;
	int err = nic_around("", &around);

	if (err)
		return err;
	err = add_list(list, &around.own);
	if (!err)
		err = add_list(list, &around.gateways);
	if (!err)
		err = add_list(list, &around.resolvers);
	nic_around_free(&around);
	return err;
}

int nic_never_ban(const char *dev, struct policy_prefix_list *out)
{
	struct policy_prefix_list list = { 0 };
	int err = add_constant(&list);

	if (!err && dev)
		err = add_around(&list);
	if (err)
		free(list.item);
	else
		*out = list;
	return err;
}
