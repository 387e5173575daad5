// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What is around the shield on its host: systemd, nftables, conntrack.
 */
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/doctor_nft.h"
#include "user/doctor_probe.h"
#include "user/host.h"
#include "user/instance.h"

#define TEXT_MAX (16U << 20)
#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

static void free_text(char **text)
{
	free(*text);
}
#define cleanup_text __attribute__((cleanup(free_text)))

/* The last part of the agent's control group, if that is a unit. */
static void find_unit(pid_t pid, char *out, size_t size)
{
	cleanup_text char *text = NULL;
	char path[64];
	const char *last;
	size_t len;

	snprintf(path, sizeof(path), "/proc/%d/cgroup", pid);
	if (host_read("", path, TEXT_MAX, &text))
		return;
	text[strcspn(text, "\n")] = 0;
	last = strrchr(text, '/');
	len = last ? strlen(last) : 0;
	if (len > 8 && !strcmp(last + len - 8, ".service"))
		snprintf(out, size, "%s", last + 1);
}

/* The value of one line "KEY=value" of `systemctl show`, without its end; NULL: there is none. */
static const char *value_of(const char *text, const char *key, char *out, size_t size)
{
	size_t len = strlen(key);

	for (const char *line = text; line; line = strchr(line, '\n')) {
		line += *line == '\n';
		if (!strncmp(line, key, len) && line[len] == '=') {
			snprintf(out, size, "%.*s", (int)strcspn(line + len + 1, "\n"),
				 line + len + 1);
			return out;
		}
	}
	return NULL;
}

/* The SIP server's unit that this host has, and what it waits for. */
static void find_sip_unit(struct doctor_host *host)
{
	static const char *const units[] = { "kamailio.service", "opensips.service",
					     "asterisk.service", "freeswitch.service" };
	char value[4096];

	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		const char *const argv[] = { "systemctl",	"show",	  "-p",
					     "LoadState,After", units[i], NULL };
		cleanup_text char *text = NULL;

		if (host_run(argv, TEXT_MAX, &text) ||
		    !value_of(text, "LoadState", value, sizeof(value)) || strcmp(value, "loaded"))
			continue;
		snprintf(host->sip_unit, sizeof(host->sip_unit), "%s", units[i]);
		if (value_of(text, "After", value, sizeof(value)))
			host->ordered = strstr(value, host->unit) ? FACT_YES : FACT_NO;
		return;
	}
}

static void read_units(const char *dev, struct doctor_host *host)
{
	const char *const argv[] = { "systemctl", "show", "-p", "UnitFileState,WatchdogUSec",
				     host->unit,  NULL };
	pid_t pid = instance_of(dev);
	cleanup_text char *text = NULL;
	char value[64];

	host->systemd = access("/run/systemd/system", F_OK) ? FACT_NO : FACT_YES;
	if (host->systemd != FACT_YES || !pid)
		return;
	find_unit(pid, host->unit, sizeof(host->unit));
	if (!*host->unit || host_run(argv, TEXT_MAX, &text))
		return;
	if (value_of(text, "UnitFileState", value, sizeof(value)))
		host->unit_enabled = strncmp(value, "enabled", 7) ? FACT_NO : FACT_YES;
	if (value_of(text, "WatchdogUSec", value, sizeof(value)))
		host->watchdog = !strcmp(value, "0") || !strcmp(value, "infinity") ? FACT_NO
										   : FACT_YES;
	find_sip_unit(host);
}

static __u64 read_count(const char *path)
{
	cleanup_text char *text = NULL;

	return host_read("", path, TEXT_MAX, &text) ? 0 : strtoull(text, NULL, 10);
}

static void read_conntrack(struct doctor_host *host)
{
	host->conntracked = read_count("/proc/sys/net/netfilter/nf_conntrack_count");
	host->conntrack_max = read_count("/proc/sys/net/netfilter/nf_conntrack_max");
	host->conntrack = host->conntrack_max ? FACT_YES : FACT_NO;
}

/* The ports that SIP servers listen on; none is known: 5060. */
static size_t ports_of(const struct doctor_shield *shield, struct nft_port *port, size_t max)
{
	size_t n = 0;

	for (size_t i = 0; i < shield->sockets && n < max; i++)
		port[n++] = (struct nft_port){ shield->socket[i].protocol, shield->socket[i].port };
	if (!n) {
		port[n++] = (struct nft_port){ IPPROTO_UDP, 5060 };
		port[n++] = (struct nft_port){ IPPROTO_TCP, 5060 };
	}
	return n;
}

static void read_firewall(const struct doctor_shield *shield, struct doctor_host *host)
{
	const char *const argv[] = { "nft", "-j", "list", "ruleset", NULL };
	struct nft_port port[DOCTOR_SOCKETS_MAX];
	cleanup_text char *text = NULL;
	struct nft_view view;
	size_t ports = ports_of(shield, port, ARRAY_LEN(port));

	if (host_run(argv, TEXT_MAX, &text) || nft_read(text, port, ports, &view))
		return;
	host->nft = FACT_YES;
	host->nft_drops = view.drops;
	host->nft_closed = view.closed ? FACT_YES : FACT_NO;
	memcpy(host->nft_rule, view.rule, sizeof(host->nft_rule));
	memcpy(host->nft_chain, view.chain, sizeof(host->nft_chain));
}

void doctor_probe_host(const char *dev, struct doctor_facts *facts)
{
	read_units(dev, &facts->host);
	read_conntrack(&facts->host);
	read_firewall(&facts->shield, &facts->host);
}
