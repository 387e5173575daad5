// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The doctor on the interface and its driver.
 */
#include <string.h>

#include "user/doctor_say.h"

static const struct driver *driver_of(const struct doctor_case *c)
{
	if (!c->facts->drivers || !*c->facts->nic.driver)
		return NULL;
	return drivers_find(c->facts->drivers, c->facts->nic.driver);
}

/* What holds for driver and kernel; NULL: not known. */
static const struct driver_span *span_of(const struct doctor_case *c)
{
	const struct driver *driver = driver_of(c);

	return driver && c->facts->kernel ? driver_span_of(driver, c->facts->kernel) : NULL;
}

static bool is_native(const struct doctor_case *c)
{
	return c->facts->shield.alive == FACT_YES && c->facts->shield.native == FACT_YES;
}

/* Nothing can be said of an interface that is not there. */
static bool is_absent(struct doctor_case *c)
{
	if (c->facts->nic.present == FACT_YES)
		return false;
	doctor_say(c, DOCTOR_SKIP, "there is no interface to look at");
	return true;
}

void doctor_INTERFACE(struct doctor_case *c)
{
	const struct doctor_nic *nic = &c->facts->nic;
	const char *below = nic->ports ? nic->port[0].name : "the interface below";

	if (nic->present == FACT_NO) {
		doctor_say(c, DOCTOR_FAIL, "there is no interface %s", nic->name);
		doctor_fix(c, "ip -br link");
		return;
	}
	if (is_absent(c))
		return;
	if (nic->up == FACT_NO) {
		doctor_say(c, DOCTOR_WARN, "%s is down", nic->name);
		doctor_fix(c, "ip link set %s up", nic->name);
	}
	switch (nic->kind) {
	case KIND_VLAN:
	case KIND_MACVLAN:
		doctor_say(c, DOCTOR_WARN, "%s is a %s of %s: it has generic mode alone", nic->name,
			   nic->kind == KIND_VLAN ? "VLAN" : "macvlan", below);
		doctor_fix(c, "sipshield run %s", below);
		break;
	case KIND_BRIDGE:
		doctor_say(c, DOCTOR_WARN, "%s is a bridge: it has generic mode alone", nic->name);
		doctor_fix(c, "protect its port that packets come in by (bridge link)");
		break;
	case KIND_TEAM:
		doctor_say(c, DOCTOR_WARN, "%s is a team: it has generic mode alone", nic->name);
		doctor_fix(c, "use a bond, or protect its ports");
		break;
	case KIND_TUNNEL:
		doctor_say(c, DOCTOR_WARN, "%s is a tunnel: it has generic mode alone", nic->name);
		break;
	case KIND_LOOPBACK:
		doctor_say(c, DOCTOR_WARN, "%s is the loopback: no attack comes in by it",
			   nic->name);
		doctor_fix(c, "sipshield doctor DEV (ip -br link)");
		break;
	default:
		break;
	}
	if (!doctor_said(c))
		doctor_say(c, DOCTOR_OK, "%s is there and up", nic->name);
}

void doctor_DRIVER(struct doctor_case *c)
{
	const struct doctor_nic *nic = &c->facts->nic;
	const struct driver *driver = driver_of(c);
	const struct driver_span *span = span_of(c);

	if (is_absent(c))
		return;
	if (nic->probed != FACT_UNKNOWN) {
		doctor_say(c, nic->probed == FACT_YES ? DOCTOR_OK : DOCTOR_WARN,
			   "it was tried: %s %s%s", *nic->driver ? nic->driver : nic->name,
			   nic->probed == FACT_YES ? "runs a program itself"
						   : "refuses native XDP: ",
			   nic->probe_error);
		return;
	}
	if (is_native(c)) {
		doctor_say(c, DOCTOR_OK, "%s runs the program itself", nic->driver);
		return;
	}
	if (!*nic->driver || !span) {
		doctor_say(c, DOCTOR_SKIP, "nothing is known of the driver %s",
			   *nic->driver ? nic->driver : "(it has no name)");
		doctor_fix(c, "sipshield doctor %s --probe (the link may flap)", nic->name);
		return;
	}
	if (span->native) {
		doctor_say(c, DOCTOR_OK, "%s has native XDP on this kernel%s%s", driver->name,
			   *driver->note ? "; " : "", driver->note);
		return;
	}
	doctor_say(c, DOCTOR_WARN,
		   "%s has no native XDP on this kernel: packets cost more in generic mode",
		   driver->name);
	for (size_t i = 0; i < driver->spans; i++) {
		if (driver->span[i].native && driver->span[i].from > c->facts->kernel) {
			doctor_fix(
				c,
				"apt install -t bookworm-backports linux-image-amd64 && reboot (%s has it from Linux %u.%u on)",
				driver->name, driver->span[i].from >> 20,
				driver->span[i].from >> 10 & 1023);
			return;
		}
	}
	doctor_fix(c, "%s", *driver->fix ? driver->fix : "none: generic mode is what there is");
}

void doctor_CHANNELS(struct doctor_case *c)
{
	const struct doctor_nic *nic = &c->facts->nic;
	const struct driver *driver = driver_of(c);
	unsigned int most = nic->channels_max / 2;

	if (is_absent(c))
		return;
	if (!driver)
		doctor_say(c, DOCTOR_SKIP, "nothing is known of the driver");
	else if (driver->channels == CHANNELS_ANY)
		doctor_say(c, DOCTOR_OK, "%s asks for no number of channels", driver->name);
	else if (!nic->channels || !nic->channels_max)
		doctor_say(c, DOCTOR_SKIP, "how many channels are in use is not known");
	else if (is_native(c) || nic->channels <= most)
		doctor_say(c, DOCTOR_OK, "%u of %u channels are in use", nic->channels,
			   nic->channels_max);
	else {
		doctor_say(c, DOCTOR_FAIL,
			   "%u of %u channels are in use; %s allows XDP with at most %u",
			   nic->channels, nic->channels_max, driver->name, most);
		if (most)
			doctor_fix(c, "ethtool -L %s combined %u (traffic pauses briefly)",
				   nic->name, most);
		else
			doctor_fix(
				c,
				"give the machine more queues (more vCPUs), or sipshield run %s --mode generic",
				nic->name);
	}
}

void doctor_MTU(struct doctor_case *c)
{
	const struct doctor_nic *nic = &c->facts->nic;
	const struct driver_span *span = span_of(c);

	if (is_absent(c))
		return;
	if (!nic->mtu) {
		doctor_say(c, DOCTOR_SKIP, "the MTU is not known");
	} else if (is_native(c)) {
		doctor_say(c, DOCTOR_OK, "%u bytes, which the driver has taken", nic->mtu);
	} else if (!span || !span->native) {
		doctor_say(c, DOCTOR_OK, "%u bytes; generic mode sets no limit", nic->mtu);
	} else if (span->mtu && nic->mtu > span->mtu && span->frags) {
		doctor_say(c, DOCTOR_OK,
			   "%u bytes: frames come in several parts (up to %u they would not)",
			   nic->mtu, span->mtu);
	} else if (span->mtu && nic->mtu > span->mtu) {
		doctor_say(
			c, DOCTOR_FAIL,
			"%u bytes are too many for native XDP: %s takes at most %u. Peers and routes that use the larger frames are affected by a change",
			nic->mtu, nic->driver, span->mtu);
		doctor_fix(c, "ip link set %s mtu %u", nic->name, span->mtu);
	} else if (!span->mtu && nic->mtu > 1500 && !span->frags) {
		doctor_say(
			c, DOCTOR_WARN,
			"%u bytes may be too many for native XDP: a frame must fit into one receive buffer",
			nic->mtu);
		doctor_fix(c,
			   "ip link set %s mtu 1500 (if `sipshield run' says that it is refused)",
			   nic->name);
	} else {
		doctor_say(c, DOCTOR_OK, "%u bytes", nic->mtu);
	}
}

/* One offload that merges packets, by what the driver says of it. */
static void judge_merge(struct doctor_case *c, const char *name, const char *command,
			enum driver_merge rule, const struct doctor_offload *offload)
{
	const struct doctor_nic *nic = &c->facts->nic;
	const struct driver *driver = driver_of(c);

	if (rule == MERGE_ANY || offload->on != FACT_YES || is_native(c))
		return;
	if (offload->fixed == FACT_YES) {
		doctor_say(c, DOCTOR_FAIL,
			   "%s is on and cannot be changed here: %s refuses native XDP", name,
			   nic->driver);
		doctor_fix(c, "%s; or sipshield run %s --mode generic",
			   *driver->fix ? driver->fix : "ask the provider to switch it off",
			   nic->name);
	} else if (rule == MERGE_OFF) {
		doctor_say(c, DOCTOR_FAIL, "%s is on: %s refuses native XDP with it", name,
			   nic->driver);
		doctor_fix(c, "ethtool -K %s %s off", nic->name, command);
	}
}

void doctor_OFFLOADS(struct doctor_case *c)
{
	const struct doctor_nic *nic = &c->facts->nic;
	const struct driver *driver = driver_of(c);

	if (is_absent(c))
		return;
	if (driver) {
		judge_merge(c, "LRO", "lro", driver->lro, &nic->lro);
		judge_merge(c, "GRO_HW", "rx-gro-hw", driver->gro_hw, &nic->gro_hw);
	}
	if (doctor_said(c))
		return;
	if (driver && nic->lro.on == FACT_UNKNOWN && nic->gro_hw.on == FACT_UNKNOWN &&
	    (driver->lro || driver->gro_hw))
		doctor_say(c, DOCTOR_SKIP, "which offloads are on is not known");
	else
		doctor_say(c, DOCTOR_OK, "none stands in the way");
}

/* Modes in which a bond hands its program down (drivers/net/bonding). */
static bool bond_mode_can(const char *mode)
{
	static const char *const can[] = { "balance-rr", "active-backup", "balance-xor",
					   "802.3ad" };

	for (size_t i = 0; i < sizeof(can) / sizeof(can[0]); i++) {
		if (!strcmp(mode, can[i]))
			return true;
	}
	return false;
}

static void judge_port(struct doctor_case *c, const struct doctor_port *port)
{
	const struct driver *driver = c->facts->drivers && *port->driver
					      ? drivers_find(c->facts->drivers, port->driver)
					      : NULL;

	if (port->xdp == FACT_YES && !is_native(c)) {
		doctor_say(c, DOCTOR_FAIL,
			   "%s has an XDP program of its own: the bond cannot give it one",
			   port->name);
		doctor_fix(c, "ip link set dev %s xdp off", port->name);
	}
	if (driver && c->facts->kernel && !driver_span_of(driver, c->facts->kernel)->native)
		doctor_say(c, DOCTOR_WARN,
			   "%s (%s) has no native XDP on this kernel, so the bond has none",
			   port->name, port->driver);
}

void doctor_BOND(struct doctor_case *c)
{
	const struct doctor_nic *nic = &c->facts->nic;

	if (is_absent(c))
		return;
	if (nic->kind != KIND_BOND) {
		doctor_say(c, DOCTOR_OK, "%s is no bond", nic->name);
		return;
	}
	if (*nic->bond_mode && !bond_mode_can(nic->bond_mode)) {
		doctor_say(c, DOCTOR_WARN, "the mode %s has no native XDP", nic->bond_mode);
		doctor_fix(c, "use active-backup, balance-rr, balance-xor or 802.3ad");
	}
	for (size_t i = 0; i < nic->ports; i++)
		judge_port(c, &nic->port[i]);
	if (!nic->ports)
		doctor_say(c, DOCTOR_WARN, "the bond has no interface");
	if (!doctor_said(c))
		doctor_say(c, DOCTOR_OK, "%s, all of %zu interfaces can", nic->bond_mode,
			   nic->ports);
}

void doctor_PAIR(struct doctor_case *c)
{
	const struct doctor_nic *nic = &c->facts->nic;

	if (is_absent(c))
		return;
	if (*nic->master && !strcmp(nic->master_driver, "hv_netvsc")) {
		doctor_say(
			c, DOCTOR_FAIL,
			"%s is the virtual function of %s: what is attached to it may be overwritten",
			nic->name, nic->master);
		doctor_fix(c, "sipshield run %s", nic->master);
	} else if (*nic->master && c->facts->shield.alive == FACT_YES) {
		doctor_say(c, DOCTOR_OK, "%s is a part of %s", nic->name, nic->master);
	} else {
		doctor_say(c, DOCTOR_OK, "no other interface has its packets");
	}
}

void doctor_VLAN(struct doctor_case *c)
{
	const struct doctor_nic *nic = &c->facts->nic;

	if (is_absent(c))
		return;
	if (nic->vlans && nic->vlan.on == FACT_YES)
		doctor_say(
			c, DOCTOR_OK,
			"%u VLANs; the interface takes the tags off before the program, which judges their packets all the same",
			nic->vlans);
	else if (nic->vlans)
		doctor_say(c, DOCTOR_OK, "%u VLANs; up to two tags are read", nic->vlans);
	else
		doctor_say(c, DOCTOR_OK, "no VLANs upon it");
}

void doctor_FOREIGN(struct doctor_case *c)
{
	const struct doctor_nic *nic = &c->facts->nic;
	const struct doctor_shield *shield = &c->facts->shield;

	if (is_absent(c))
		return;
	if (nic->xdp == FACT_UNKNOWN) {
		doctor_say(c, DOCTOR_SKIP, "which XDP program is attached is not known");
	} else if (nic->xdp == FACT_NO ||
		   (shield->alive == FACT_YES && nic->xdp_id == shield->link_program)) {
		doctor_say(c, DOCTOR_OK, "none");
	} else if (shield->pinned == FACT_UNKNOWN) {
		doctor_say(c, DOCTOR_SKIP, "whose program %u is cannot be told: needs root",
			   nic->xdp_id);
	} else {
		doctor_say(c, DOCTOR_FAIL, "another XDP program is attached: id %u%s%s, %s mode",
			   nic->xdp_id, *nic->xdp_name ? ", " : "", nic->xdp_name,
			   nic->xdp_native == FACT_YES ? "native" : "generic");
		doctor_fix(
			c,
			"stop its owner (bpftool net list dev %s), or: ip link set dev %s %s off",
			nic->name, nic->name, nic->xdp_native == FACT_YES ? "xdp" : "xdpgeneric");
	}
}

void doctor_COST(struct doctor_case *c)
{
	static const char *const words[] = {
		[COST_UNKNOWN] = "not known",
		[COST_FREE] = "nothing",
		[COST_PAUSE] = "a pause of its queues",
		[COST_FLAP] = "the link goes down and up",
	};
	const struct driver *driver = driver_of(c);

	if (is_absent(c))
		return;
	if (!driver)
		doctor_say(c, DOCTOR_SKIP, "nothing is known of the driver");
	else if (driver->replace == COST_FLAP && c->facts->shield.pinned == FACT_YES) {
		doctor_say(c, DOCTOR_WARN, "a new version of the program: %s",
			   words[driver->replace]);
		doctor_fix(c, "upgrade while few call: %s is set up anew each time", driver->name);
	} else
		doctor_say(c, DOCTOR_OK, "first attach: %s; a new version: %s",
			   words[driver->attach], words[driver->replace]);
}

void doctor_QUEUES(struct doctor_case *c)
{
	const struct doctor_nic *nic = &c->facts->nic;

	if (is_absent(c))
		return;
	if (!nic->queues) {
		doctor_say(c, DOCTOR_SKIP, "how many queues receive is not known");
	} else if (nic->queues == 1 && c->facts->system.cpus > 1 && nic->kind == KIND_PHYSICAL) {
		doctor_say(
			c, DOCTOR_WARN,
			"one queue receives, and there are %u CPUs: one of them has all the work",
			c->facts->system.cpus);
		if (nic->channels_max > 1)
			doctor_fix(c, "ethtool -L %s combined %u", nic->name,
				   nic->channels_max < c->facts->system.cpus
					   ? nic->channels_max
					   : c->facts->system.cpus);
		else
			doctor_fix(c, "ask the provider for more queues");
	} else {
		doctor_say(c, DOCTOR_OK, "%u receive", nic->queues);
	}
}

/* Where a fix of the table says DEV, the interface is meant. */
static void fix_of_table(struct doctor_case *c, const char *fix)
{
	const char *at = strstr(fix, "DEV");

	if (at)
		doctor_fix(c, "%.*s%s%s", (int)(at - fix), fix, c->facts->nic.name, at + 3);
	else
		doctor_fix(c, "%s", fix);
}

void doctor_KNOWN_BAD(struct doctor_case *c)
{
	const struct doctor_facts *facts = c->facts;
	const struct known_bad *bad = NULL;

	if (is_absent(c))
		return;
	if (!facts->drivers || !facts->kernel) {
		doctor_say(c, DOCTOR_SKIP, "there is no table of drivers");
		return;
	}
	while ((bad = drivers_bad(facts->drivers, bad, facts->nic.driver, facts->kernel,
				  facts->sipshield))) {
		doctor_say(c, DOCTOR_FAIL, "%s on %s: %s", bad->driver, facts->system.release,
			   bad->what);
		fix_of_table(c, bad->fix);
	}
	if (!doctor_said(c))
		doctor_say(c, DOCTOR_OK, "nothing");
}
