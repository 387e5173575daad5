// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What rtnetlink, ethtool and /proc say of an interface.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <linux/ethtool.h>
#include <linux/if_link.h>
#include <linux/sockios.h>
#include <netlink/netlink.h>
#include <netlink/route/link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/doctor_probe.h"
#include "user/host.h"
#include "user/nic.h"
#include "user/nic_netlink.h"

#define TEXT_MAX (1U << 20)

static void free_text(char **text)
{
	free(*text);
}
#define cleanup_text __attribute__((cleanup(free_text)))

static enum fact fact(bool yes)
{
	return yes ? FACT_YES : FACT_NO;
}

static int ethtool(const char *dev, void *command)
{
	struct ifreq request = { .ifr_data = command };
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	int err;

	if (fd < 0)
		return -errno;
	snprintf(request.ifr_name, sizeof(request.ifr_name), "%s", dev);
	err = ioctl(fd, SIOCETHTOOL, &request) ? -errno : 0;
	close(fd);
	return err;
}

static void read_channels(struct doctor_nic *nic)
{
	struct ethtool_channels channels = { .cmd = ETHTOOL_GCHANNELS };

	if (ethtool(nic->name, &channels))
		return;
	nic->channels = channels.combined_count ? channels.combined_count : channels.rx_count;
	nic->channels_max = channels.max_combined ? channels.max_combined : channels.max_rx;
	/* Some have channels that receive beside combined ones. */
	nic->queues = channels.combined_count + channels.rx_count;
}

/* --- offloads -----------------------------------------------------------------------------------*/

static struct ethtool_gstrings *feature_names(const char *dev)
{
	struct {
		struct ethtool_sset_info info;
		__u32 count;
	} set = { .info = { .cmd = ETHTOOL_GSSET_INFO, .sset_mask = 1ULL << ETH_SS_FEATURES } };
	struct ethtool_gstrings *names;

	if (ethtool(dev, &set) || !set.info.sset_mask)
		return NULL;
	names = calloc(1, sizeof(*names) + (size_t)set.count * ETH_GSTRING_LEN);
	if (!names)
		return NULL;
	names->cmd = ETHTOOL_GSTRINGS;
	names->string_set = ETH_SS_FEATURES;
	names->len = set.count;
	if (!ethtool(dev, names))
		return names;
	free(names);
	return NULL;
}

static void take_feature(struct doctor_nic *nic, const char *name, bool on, bool fixed)
{
	const struct {
		const char *name;
		struct doctor_offload *offload;
	} features[] = {
		{ "rx-lro", &nic->lro },
		{ "rx-gro-hw", &nic->gro_hw },
		{ "rx-vlan-hw-parse", &nic->vlan },
	};

	for (size_t i = 0; i < sizeof(features) / sizeof(features[0]); i++) {
		if (strncmp(name, features[i].name, ETH_GSTRING_LEN))
			continue;
		features[i].offload->on = fact(on);
		features[i].offload->fixed = fact(fixed);
	}
}

static void read_features(struct doctor_nic *nic)
{
	struct ethtool_gstrings *names = feature_names(nic->name);
	size_t blocks = names ? (names->len + 31) / 32 : 0;
	struct ethtool_gfeatures *features;

	features = calloc(1, sizeof(*features) + blocks * sizeof(features->features[0]));
	if (features && names) {
		features->cmd = ETHTOOL_GFEATURES;
		features->size = (__u32)blocks;
		for (__u32 i = 0; !ethtool(nic->name, features) && i < names->len; i++) {
			const struct ethtool_get_features_block *b = &features->features[i / 32];
			__u32 bit = 1U << i % 32;

			take_feature(nic, (const char *)names->data + (size_t)i * ETH_GSTRING_LEN,
				     b->active & bit,
				     !(b->available & bit) || b->never_changed & bit);
		}
	}
	free(features);
	free(names);
}

/* --- what kind of interface it is, and what is above and below -------------------------------*/

static enum nic_kind kind_of(const char *type, const char *driver)
{
	static const struct {
		const char *type;
		enum nic_kind kind;
	} kinds[] = {
		{ "veth", KIND_VETH },	    { "bond", KIND_BOND },     { "team", KIND_TEAM },
		{ "bridge", KIND_BRIDGE },  { "vlan", KIND_VLAN },     { "macvlan", KIND_MACVLAN },
		{ "ipvlan", KIND_MACVLAN }, { "gre", KIND_TUNNEL },    { "gretap", KIND_TUNNEL },
		{ "vxlan", KIND_TUNNEL },   { "geneve", KIND_TUNNEL }, { "wireguard", KIND_TUNNEL },
		{ "ipip", KIND_TUNNEL },    { "sit", KIND_TUNNEL },    { "ip6tnl", KIND_TUNNEL },
		{ "xfrm", KIND_TUNNEL },    { "tun", KIND_TUNNEL },
	};

	for (size_t i = 0; type && i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		if (!strcmp(type, kinds[i].type))
			return kinds[i].kind;
	}
	return type || !*driver ? KIND_OTHER : KIND_PHYSICAL;
}

static void read_driver(const char *dev, char driver[DRIVER_NAME_LEN])
{
	struct nic nic;

	if (!nic_get(dev, &nic))
		snprintf(driver, DRIVER_NAME_LEN, "%s", nic.driver);
}

static void add_port(struct doctor_nic *nic, const char *name)
{
	struct doctor_port *port;
	struct nic below;

	if (nic->ports == DOCTOR_PORTS_MAX || !*name)
		return;
	port = &nic->port[nic->ports++];
	snprintf(port->name, sizeof(port->name), "%s", name);
	if (nic_get(name, &below))
		return;
	snprintf(port->driver, sizeof(port->driver), "%s", below.driver);
	port->xdp = fact(below.xdp_program);
}

struct links {
	struct doctor_nic *nic;
	int ifindex;
	int below; /* ifindex */
};

static void take_link(struct nl_object *object, void *arg)
{
	struct rtnl_link *link = (struct rtnl_link *)object;
	const struct links *links = arg;
	struct doctor_nic *nic = links->nic;
	const char *type = rtnl_link_get_type(link);

	if (rtnl_link_get_link(link) == links->ifindex && type && !strcmp(type, "vlan"))
		nic->vlans++;
	if (rtnl_link_get_master(link) == links->ifindex ||
	    (links->below && rtnl_link_get_ifindex(link) == links->below))
		add_port(nic, rtnl_link_get_name(link));
}

static void read_links(struct doctor_nic *nic)
{
	cleanup_socket struct nl_sock *sock = NULL;
	cleanup_cache struct nl_cache *cache = NULL;
	struct links links = { .nic = nic };
	struct rtnl_link *own;

	if (nic_socket_open(&sock) || rtnl_link_alloc_cache(sock, AF_UNSPEC, &cache))
		return;
	own = rtnl_link_get_by_name(cache, nic->name);
	if (!own)
		return;
	links.ifindex = rtnl_link_get_ifindex(own);
	nic->up = fact(rtnl_link_get_flags(own) & IFF_UP);
	nic->kind = rtnl_link_get_flags(own) & IFF_LOOPBACK
			    ? KIND_LOOPBACK
			    : kind_of(rtnl_link_get_type(own), nic->driver);
	/* The other end of a veth pair is no interface below it. */
	if (nic->kind == KIND_VLAN || nic->kind == KIND_MACVLAN)
		links.below = rtnl_link_get_link(own);
	if (!nic->queues)
		nic->queues = rtnl_link_get_num_rx_queues(own);
	if (rtnl_link_get_master(own)) {
		rtnl_link_i2name(cache, rtnl_link_get_master(own), nic->master,
				 sizeof(nic->master));
		read_driver(nic->master, nic->master_driver);
	}
	rtnl_link_put(own);
	nl_cache_foreach(cache, take_link, &links);
}

/* "Bonding Mode: fault-tolerance (active-backup)"; the words of the kernel for the others. */
static void read_bond(const char *root, struct doctor_nic *nic)
{
	static const struct {
		const char *words, *mode;
	} modes[] = {
		{ "(round-robin)", "balance-rr" },
		{ "(active-backup)", "active-backup" },
		{ "balancing (xor)", "balance-xor" },
		{ "(broadcast)", "broadcast" },
		{ "802.3ad", "802.3ad" },
		{ "transmit load", "balance-tlb" },
		{ "adaptive load", "balance-alb" },
	};
	cleanup_text char *text = NULL;
	char path[64];
	char *line;

	snprintf(path, sizeof(path), "/proc/net/bonding/%s", nic->name);
	if (host_read(root, path, TEXT_MAX, &text))
		return;
	line = strstr(text, "Bonding Mode:");
	if (!line)
		return;
	line[strcspn(line, "\n")] = 0;
	for (size_t i = 0; i < sizeof(modes) / sizeof(modes[0]); i++) {
		if (strstr(line, modes[i].words))
			snprintf(nic->bond_mode, sizeof(nic->bond_mode), "%s", modes[i].mode);
	}
}

static void read_xdp(struct doctor_nic *nic, const struct nic *now)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);
	int program;

	nic->xdp = fact(now->xdp_program);
	nic->xdp_id = now->xdp_program;
	nic->xdp_native = fact(now->xdp_native);
	program = now->xdp_program ? bpf_prog_get_fd_by_id(now->xdp_program) : -1;
	if (program < 0)
		return;
	if (!bpf_obj_get_info_by_fd(program, &info, &len))
		snprintf(nic->xdp_name, sizeof(nic->xdp_name), "%s", info.name);
	close(program);
}

void doctor_probe_nic(struct doctor_nic *nic)
{
	struct nic now;
	int err = nic_get(nic->name, &now);

	if (err) {
		nic->present = err == -ENODEV ? FACT_NO : FACT_UNKNOWN;
		return;
	}
	nic->present = FACT_YES;
	nic->mtu = now.mtu;
	snprintf(nic->driver, sizeof(nic->driver), "%s", now.driver);
	read_xdp(nic, &now);
	read_channels(nic);
	read_features(nic);
	read_links(nic);
	read_bond("", nic);
}

/* --- from files alone ---------------------------------------------------------------------------*/

static bool read_number(const char *root, const char *dev, const char *name, unsigned int *out)
{
	cleanup_text char *text = NULL;
	char path[96];

	snprintf(path, sizeof(path), "/sys/class/net/%s/%s", dev, name);
	if (host_read(root, path, TEXT_MAX, &text))
		return false;
	*out = (unsigned int)strtoul(text, NULL, 0);
	return true;
}

/* A link of sysfs: what it points to, without the directories. */
static void read_link(const char *root, const char *dev, const char *name, char *out, size_t size)
{
	char path[4096], target[4096];
	const char *last;
	ssize_t len;

	snprintf(path, sizeof(path), "%s/sys/class/net/%s/%s", root, dev, name);
	len = readlink(path, target, sizeof(target) - 1);
	if (len <= 0)
		return;
	target[len] = 0;
	last = strrchr(target, '/');
	snprintf(out, size, "%.31s", last ? last + 1 : target);
}

void doctor_probe_nic_files(const char *root, struct doctor_nic *nic)
{
	cleanup_text char *vlan = NULL;
	unsigned int flags = 0;
	char path[96];

	if (!read_number(root, nic->name, "mtu", &nic->mtu)) {
		nic->present = FACT_NO;
		return;
	}
	nic->present = FACT_YES;
	if (read_number(root, nic->name, "flags", &flags))
		nic->up = fact(flags & IFF_UP);
	read_link(root, nic->name, "device/driver", nic->driver, sizeof(nic->driver));
	read_link(root, nic->name, "master", nic->master, sizeof(nic->master));
	if (*nic->master)
		read_link(root, nic->master, "device/driver", nic->master_driver,
			  sizeof(nic->master_driver));
	nic->kind = *nic->driver ? KIND_PHYSICAL : KIND_OTHER;
	read_bond(root, nic);
	if (*nic->bond_mode)
		nic->kind = KIND_BOND;
	snprintf(path, sizeof(path), "/proc/net/vlan/%s", nic->name);
	if (!host_read(root, path, TEXT_MAX, &vlan)) {
		const char *device = strstr(vlan, "Device: ");

		nic->kind = KIND_VLAN;
		if (device && sscanf(device, "Device: %15s", nic->port[0].name) == 1)
			nic->ports = 1;
	}
}
