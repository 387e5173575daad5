// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the pins and the maps of an interface say.
 */
#include <bpf/bpf.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ifaddrs.h>
#include <netinet/in.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "bpf/control.h"
#include "user/agent_sight.h"
#include "user/cmd.h"
#include "user/doctor_probe.h"
#include "user/host.h"
#include "user/instance.h"
#include "user/loader.h"
#include "user/names.h"
#include "user/nic.h"
#include "user/store_listener.h"

#define NS_PER_SECOND 1000000000.0
#define PATH_LEN 256
#define AGENT_USER "sipshield" /* that the unit runs it as */

static enum fact fact(bool yes)
{
	return yes ? FACT_YES : FACT_NO;
}

static __u32 program_of(const char *path)
{
	struct bpf_prog_info info = { 0 };
	__u32 len = sizeof(info);
	int fd = bpf_obj_get(path);

	if (fd < 0)
		return 0;
	if (bpf_obj_get_info_by_fd(fd, &info, &len))
		info.id = 0;
	close(fd);
	return info.id;
}

static void read_attachment(const char *dev, struct doctor_shield *shield)
{
	struct attachment now;
	char path[PATH_LEN];

	if (shield_attached(dev, &now))
		return;
	shield->alive = fact(now.alive);
	if (now.alive)
		shield->native = fact(now.native);
	shield->link_program = now.program;
	snprintf(path, sizeof(path), STORE_ROOT "/%s/ingress", dev);
	shield->agent_program = program_of(path);
}

/* --- pins -----------------------------------------------------------------------------------------*/

/* The link of an interface that was deleted has no interface any more. */
static bool is_stray(const char *name)
{
	struct bpf_link_info info = { 0 };
	__u32 len = sizeof(info);
	char path[PATH_LEN];
	bool stray;
	int fd;

	snprintf(path, sizeof(path), STORE_ROOT "/%.16s/link", name);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return false;
	stray = !bpf_obj_get_info_by_fd(fd, &info, &len) && !info.xdp.ifindex;
	close(fd);
	return stray;
}

static void read_strays(const char *dev, struct doctor_shield *shield)
{
	DIR *root = opendir(STORE_ROOT);
	struct dirent *entry;

	while (root && (entry = readdir(root))) {
		if (entry->d_name[0] != '.' && strcmp(entry->d_name, dev) &&
		    strlen(entry->d_name) < IF_NAMESIZE && is_stray(entry->d_name))
			snprintf(shield->stray, sizeof(shield->stray), "%.15s", entry->d_name);
	}
	if (root)
		closedir(root);
}

/* Bytes that the kernel has set aside for a map. */
static __u64 map_bytes(const char *path)
{
	char name[64], line[128];
	__u64 bytes = 0;
	FILE *file;
	int fd;

	LIBBPF_OPTS(bpf_obj_get_opts, opts, .file_flags = BPF_F_RDONLY);
	fd = bpf_obj_get_opts(path, &opts);
	if (fd < 0)
		return 0;
	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	file = fopen(name, "re");
	while (file && fgets(line, sizeof(line), file)) {
		if (!strncmp(line, "memlock:", 8))
			bytes = strtoull(line + 8, NULL, 10);
	}
	if (file)
		fclose(file);
	close(fd);
	return bytes;
}

static void read_pins(const char *dev, struct doctor_shield *shield)
{
	const struct passwd *agent = getpwnam(AGENT_USER);
	char path[PATH_LEN + 300];
	struct dirent *entry;
	struct stat status;
	DIR *pins;

	if (!stat(STORE_ROOT, &status)) {
		shield->root_mode = status.st_mode & 0777;
		shield->owner = fact(!status.st_uid || (agent && status.st_uid == agent->pw_uid));
	}
	snprintf(path, sizeof(path), STORE_ROOT "/%s", dev);
	if (!stat(path, &status))
		shield->dir_mode = status.st_mode & 0777;
	pins = opendir(path);
	while (pins && (entry = readdir(pins))) {
		if (entry->d_name[0] == '.')
			continue;
		snprintf(path, sizeof(path), STORE_ROOT "/%s/%s", dev, entry->d_name);
		shield->map_bytes += map_bytes(path);
	}
	if (pins)
		closedir(pins);
	read_strays(dev, shield);
}

/* --- what the maps say ----------------------------------------------------------------------------*/

static void read_control(const struct store *store, struct doctor_shield *shield)
{
	struct policy_trial trial;
	struct control control;
	__u64 now_ns = cmd_now();

	if (store_control(store, &control))
		return;
	shield->bypassed = fact(control_bypassed(&control, now_ns));
	shield->blind = fact(control.blind_until_ns > now_ns);
	shield->frozen = fact(control.frozen_until_ns > now_ns);
	shield->silent = -1;
	if (control.agent_ns)
		shield->silent = (double)(now_ns - control.agent_ns) / NS_PER_SECOND;
	if (!store_trial(store, &trial))
		shield->reverts = fact(trial.waits);
}

static void read_figures(const struct store *store, struct doctor_shield *shield)
{
	struct census *census = malloc(sizeof(*census));
	struct health health;

	shield->suspects_max = SUSPECTS_MAX;
	shield->bans_max = BANS_MAX;
	if (census && !store_census(store, census) && census->counted_ns) {
		shield->suspects = census->suspects;
		shield->bans = census->ban_entries;
	}
	free(census);
	if (store_health(store, &health))
		return;
	shield->nonces = health.nonces;
	shield->shared = health.shared;
}

struct cover {
	const struct doctor_socket *socket;
	bool covered;
};

static int match_listener(const struct listener_key *key, void *arg)
{
	struct cover *cover = arg;
	const struct doctor_socket *socket = cover->socket;
	__u8 transport = socket->protocol == IPPROTO_UDP ? LISTENER_UDP : LISTENER_TCP;

	if (key->transport == transport && ntohs(key->port) == socket->port &&
	    !memcmp(&key->address, &socket->address, sizeof(key->address)))
		cover->covered = true;
	return 0;
}

static bool is_covered(const struct store *store, const struct policy *policy,
		       const struct doctor_socket *socket)
{
	unsigned int transport = socket->protocol == IPPROTO_UDP ? LISTENER_UDP : LISTENER_TCP;
	struct cover cover = { .socket = socket };

	if (policy->listener_port[transport][socket->port / 64] >> socket->port % 64 & 1)
		return true;
	store_each_listener(store, match_listener, &cover);
	return cover.covered;
}

/* The interface that has an address, in this network namespace. */
static void find_dev(const struct addr *address, char out[IF_NAMESIZE])
{
	struct ifaddrs *all, *one;
	struct addr own;

	if (listening_is_any(address) || getifaddrs(&all))
		return;
	for (one = all; one; one = one->ifa_next) {
		if (!one->ifa_addr)
			continue;
		memset(&own, 0, sizeof(own));
		if (one->ifa_addr->sa_family == AF_INET) {
			own.byte[10] = own.byte[11] = 0xff;
			memcpy(&own.byte[12],
			       &((const struct sockaddr_in *)(const void *)one->ifa_addr)->sin_addr,
			       4);
		} else if (one->ifa_addr->sa_family == AF_INET6) {
			memcpy(own.byte,
			       &((const struct sockaddr_in6 *)(const void *)one->ifa_addr)
					->sin6_addr,
			       16);
		}
		if (!memcmp(&own, address, sizeof(own)))
			snprintf(out, IF_NAMESIZE, "%s", one->ifa_name);
	}
	freeifaddrs(all);
}

/* store may be NULL: then nothing is known of what the policy covers. */
static void read_sockets(const struct store *store, const struct policy *policy,
			 struct doctor_shield *shield)
{
	struct net_sockets all = { 0 };

	if (host_sockets("", &all))
		return;
	for (size_t i = 0; i < all.count && shield->sockets < DOCTOR_SOCKETS_MAX; i++) {
		const struct net_socket *from = &all.item[i];
		struct doctor_socket *to = &shield->socket[shield->sockets];

		if (from->use == LISTENING_OTHER || !from->server)
			continue;
		*to = (struct doctor_socket){ .address = from->local,
					      .port = from->local_port,
					      .protocol = from->protocol,
					      .use = from->use };
		memcpy(to->process, from->process, sizeof(to->process));
		if (store)
			to->covered = fact(is_covered(store, policy, to));
		find_dev(&to->address, to->dev);
		/* What listens on its own loopback alone is asked by nobody outside. */
		if (strcmp(to->dev, "lo"))
			shield->sockets++;
	}
	listening_free(&all);
}

static void add_peers(const struct store *store, const char *what,
		      const struct policy_prefix_list *list, struct doctor_shield *shield)
{
	struct prefix_rule rule;

	for (size_t i = 0; i < list->count && shield->peers < DOCTOR_PEERS_MAX; i++) {
		struct doctor_peer *peer = &shield->peer[shield->peers++];
		int err = store_prefix(store, &list->item[i].address, &rule);

		peer->what = what;
		peer->address = list->item[i].address;
		peer->safe = fact(!err && rule.kind != PREFIX_DENY);
	}
}

static void read_policy(const struct store *store, struct doctor_shield *shield)
{
	struct policy *policy = malloc(sizeof(*policy));
	struct nic_around around;

	if (!policy || store_policy(store, policy)) {
		free(policy);
		return;
	}
	shield->enforcing = fact(policy->mode == ACTION_ENFORCE);
	snprintf(shield->mode, sizeof(shield->mode), "%s", action_name(policy->mode));
	shield->carriers = policy->carriers;
	read_sockets(store, policy, shield);
	free(policy);
	if (nic_around("", &around))
		return;
	add_peers(store, "gateway", &around.gateways, shield);
	add_peers(store, "resolver", &around.resolvers, shield);
	nic_around_free(&around);
}

/* Two readings, two seconds apart: packets that come in by then are the proof. */
static void compare_counters(const struct store *store, const char *dev,
			     struct doctor_shield *shield)
{
	const struct timespec two = { .tv_sec = 2 };
	bool native = shield->native == FACT_YES;

	if (shield->alive != FACT_YES || sight_read(store, dev, native, &shield->from))
		return;
	nanosleep(&two, NULL);
	shield->compared = fact(!sight_read(store, dev, native, &shield->to));
}

void doctor_probe_shield(const char *dev, struct doctor_shield *shield)
{
	cleanup_store struct store *store = NULL;
	int err = store_open(dev, false, &store, NULL);

	if (err == -ENOENT) {
		shield->pinned = FACT_NO;
		read_sockets(NULL, NULL, shield);
		return;
	}
	shield->read_error = -err;
	shield->other_abi = fact(err == -EPROTO);
	if (err != -EACCES && err != -EPERM) {
		shield->pinned = FACT_YES;
		shield->read = fact(!err);
		read_pins(dev, shield);
		read_attachment(dev, shield);
		shield->agent = fact(instance_of(dev) != 0);
	}
	if (err)
		return;
	read_control(store, shield);
	read_figures(store, shield);
	read_policy(store, shield);
	compare_counters(store, dev, shield);
}
