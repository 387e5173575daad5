// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What the doctor says of faked hosts: of a healthy one nothing bad, and of each illness that it
 * knows the right line with the right fix.
 */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "user/addr.h"
#include "user/doctor.h"

static struct drivers drivers;

static void read_table(void)
{
	static char text[32768];
	FILE *file = fopen("packaging/drivers.yaml", "r");
	size_t len;

	cr_assert_not_null(file, "tests run from the root of the tree");
	len = fread(text, 1, sizeof(text), file);
	fclose(file);
	cr_assert_eq(drivers_parse("drivers.yaml", text, len, &drivers, stderr), 0);
}

static void free_table(void)
{
	drivers_free(&drivers);
}

TestSuite(doctor_checks, .init = read_table, .fini = free_table);

static void set(char *out, const char *text)
{
	strcpy(out, text);
}

static void set_kernel(struct doctor_facts *f, const char *release)
{
	set(f->system.release, release);
	f->kernel = version_parse(release);
}

/* A protected Kamailio host in good health. */
static struct doctor_facts healthy(void)
{
	struct doctor_facts f = { .sipshield = VERSION_OF(0, 1, 0), .drivers = &drivers };

	set_kernel(&f, "6.12.9-cloud-amd64");
	f.system.btf = f.system.jit = f.system.bpffs = f.system.root = FACT_YES;
	f.system.unprivileged_bpf = FACT_NO;
	set(f.system.lockdown, "none");
	f.system.memory_kb = 4 << 20;
	f.system.memory_free_kb = 3 << 20;
	f.system.cpus = 4;
	f.system.clock_synced = FACT_YES;
	set(f.system.clocksource, "kvm-clock");
	set(f.nic.name, "eth0");
	f.nic.present = f.nic.up = f.nic.xdp = f.nic.xdp_native = FACT_YES;
	f.nic.kind = KIND_PHYSICAL;
	set(f.nic.driver, "virtio_net");
	f.nic.mtu = 1500;
	f.nic.channels = f.nic.channels_max = f.nic.queues = 4;
	f.nic.lro.on = f.nic.gro_hw.on = FACT_NO;
	f.nic.xdp_id = 77;
	f.shield.pinned = f.shield.read = f.shield.alive = f.shield.native = FACT_YES;
	f.shield.link_program = f.shield.agent_program = 77;
	f.shield.enforcing = f.shield.compared = f.shield.agent = FACT_YES;
	f.shield.file_differs = f.shield.reverts = f.shield.bypassed = FACT_NO;
	set(f.shield.mode, "enforce");
	f.shield.from.native = f.shield.to.native = true;
	f.shield.to.nic.packets = 1207;
	f.shield.to.after.packets = 1204;
	f.shield.carriers = 1;
	f.shield.map_bytes = 100 << 20;
	f.shield.suspects_max = f.shield.bans_max = 1000;
	f.shield.nonces = 500;
	f.shield.root_mode = f.shield.dir_mode = 0750;
	f.shield.sockets = f.shield.peers = 1;
	f.shield.socket[0] = (struct doctor_socket){
		.port = 5060, .protocol = IPPROTO_UDP, .use = LISTENING_SIP, .covered = FACT_YES
	};
	set(f.shield.socket[0].process, "kamailio");
	f.shield.peer[0].what = "gateway";
	f.shield.peer[0].safe = FACT_YES;
	addr_parse("192.0.2.1", &f.shield.peer[0].address);
	f.host.systemd = f.host.unit_enabled = f.host.watchdog = f.host.ordered = FACT_YES;
	set(f.host.unit, "sipshield@eth0.service");
	set(f.host.sip_unit, "kamailio.service");
	f.host.conntrack = f.host.nft = FACT_YES;
	f.host.conntracked = 10;
	f.host.conntrack_max = 1000;
	f.host.nft_closed = FACT_NO;
	return f;
}

static const struct doctor_finding *find(const struct doctor_report *report,
					 enum doctor_check check, enum doctor_level level)
{
	for (size_t i = 0; i < report->count; i++) {
		if (report->finding[i].check == check && report->finding[i].level == level)
			return &report->finding[i];
	}
	return NULL;
}

Test(doctor_checks, health_is_all_right)
{
	struct doctor_facts f = healthy();
	struct doctor_report report;

	doctor_judge(&f, &report);
	for (unsigned int check = 0; check < DOCTOR_CHECKS; check++)
		cr_expect_not_null(find(&report, check, DOCTOR_OK), "%s is not OK",
				   doctor_name(check));
	cr_assert_eq(doctor_count(&report, DOCTOR_OK), report.count);
	cr_assert(strstr(find(&report, DOCTOR_PROOF, DOCTOR_OK)->text, "seen 1204 of 1207"));
}

Test(doctor_checks, nothing_known_is_nothing_wrong)
{
	struct doctor_facts f = { .drivers = &drivers };
	struct doctor_report report;

	doctor_judge(&f, &report);
	cr_assert_eq(doctor_count(&report, DOCTOR_FAIL), 0);
	cr_assert_eq(doctor_count(&report, DOCTOR_WARN), 0);
	for (unsigned int check = 0; check < DOCTOR_CHECKS; check++)
		cr_expect_not_null(find(&report, check, DOCTOR_SKIP), "%s says something",
				   doctor_name(check));
}

/* The shield is not there yet: what its attachment would prove is not known. */
static void unprotect(struct doctor_facts *f)
{
	memset(&f->shield, 0, sizeof(f->shield));
	f->shield.pinned = f->shield.agent = FACT_NO;
	f->nic.xdp = FACT_NO;
}

/* An interface that nothing is attached to. */
static void fresh(struct doctor_facts *f, const char *driver, const char *kernel)
{
	unprotect(f);
	set(f->nic.driver, driver);
	set_kernel(f, kernel);
}

static void no_kernel(struct doctor_facts *f)
{
	set_kernel(f, "5.10.0-1");
}
static void no_btf(struct doctor_facts *f)
{
	f->system.btf = FACT_NO;
}
static void no_jit(struct doctor_facts *f)
{
	f->system.jit = FACT_NO;
}
static void no_bpffs(struct doctor_facts *f)
{
	f->system.bpffs = FACT_NO;
}
static void open_bpf(struct doctor_facts *f)
{
	f->system.unprivileged_bpf = FACT_YES;
}
static void locked(struct doctor_facts *f)
{
	set(f->system.lockdown, "confidentiality");
}
static void no_rights(struct doctor_facts *f)
{
	f->system.root = FACT_NO;
	set(f->system.missing, "CAP_BPF");
}
static void absent(struct doctor_facts *f)
{
	f->nic.present = FACT_NO;
}
static void down(struct doctor_facts *f)
{
	f->nic.up = FACT_NO;
}
static void vlan(struct doctor_facts *f)
{
	set(f->nic.name, "eth0.10");
	f->nic.kind = KIND_VLAN;
	f->nic.ports = 1;
	set(f->nic.port[0].name, "eth0");
}
static void bridge(struct doctor_facts *f)
{
	f->nic.kind = KIND_BRIDGE;
}
static void gve_old(struct doctor_facts *f)
{
	fresh(f, "gve", "6.1.0-50");
}
static void iavf(struct doctor_facts *f)
{
	fresh(f, "iavf", "6.12.1");
}
static void probe_refused(struct doctor_facts *f)
{
	f->nic.probed = FACT_NO;
	set(f->nic.probe_error, "Underlying driver does not support XDP in native mode");
}
static void strange_driver(struct doctor_facts *f)
{
	fresh(f, "rtl8139", "6.12.1");
}
static void ena_channels(struct doctor_facts *f)
{
	fresh(f, "ena", "6.12.1");
	f->nic.channels = f->nic.channels_max = 8;
}
static void gve_one_channel(struct doctor_facts *f)
{
	fresh(f, "gve", "6.12.1");
	f->nic.channels = f->nic.channels_max = 1;
}
static void ena_mtu(struct doctor_facts *f)
{
	fresh(f, "ena", "6.12.1");
	f->nic.mtu = 9001;
}
static void virtio_mtu_old(struct doctor_facts *f)
{
	fresh(f, "virtio_net", "6.1.0");
	f->nic.mtu = 4100;
}
static void igb_mtu(struct doctor_facts *f)
{
	fresh(f, "igb", "6.12.1");
	f->nic.mtu = 3000;
}
static void gro_hw_fixed(struct doctor_facts *f)
{
	fresh(f, "virtio_net", "6.12.1");
	f->nic.gro_hw.on = f->nic.gro_hw.fixed = FACT_YES;
}
static void lro_on(struct doctor_facts *f)
{
	fresh(f, "ixgbe", "6.12.1");
	f->nic.lro.on = FACT_YES;
	f->nic.lro.fixed = FACT_NO;
}
static void bond_alb(struct doctor_facts *f)
{
	fresh(f, "bonding", "6.12.1");
	f->nic.kind = KIND_BOND;
	f->nic.ports = 1;
	set(f->nic.bond_mode, "balance-alb");
	set(f->nic.port[0].name, "eth1");
	set(f->nic.port[0].driver, "virtio_net");
}
static void bond_port_taken(struct doctor_facts *f)
{
	bond_alb(f);
	set(f->nic.bond_mode, "802.3ad");
	f->nic.port[0].xdp = FACT_YES;
}
static void bond_port_cannot(struct doctor_facts *f)
{
	bond_alb(f);
	set(f->nic.bond_mode, "802.3ad");
	set(f->nic.port[0].driver, "iavf");
}
static void netvsc_vf(struct doctor_facts *f)
{
	set(f->nic.name, "enP1s1");
	set(f->nic.master, "eth0");
	set(f->nic.master_driver, "hv_netvsc");
}
static void foreign(struct doctor_facts *f)
{
	unprotect(f);
	f->nic.xdp = FACT_YES;
	f->nic.xdp_id = 12;
	set(f->nic.xdp_name, "cilium_xdp");
}
static void detached(struct doctor_facts *f)
{
	f->shield.alive = FACT_NO;
}
static void replaced(struct doctor_facts *f)
{
	f->shield.link_program = f->nic.xdp_id = 99;
}
static void generic(struct doctor_facts *f)
{
	f->shield.native = FACT_NO;
}
static void bypassed(struct doctor_facts *f)
{
	f->shield.bypassed = FACT_YES;
}
static void shadow(struct doctor_facts *f)
{
	f->shield.enforcing = FACT_NO;
	set(f->shield.mode, "shadow");
}
static void unconfirmed(struct doctor_facts *f)
{
	f->shield.reverts = FACT_YES;
}
static void frozen(struct doctor_facts *f)
{
	f->shield.frozen = FACT_YES;
}
static void unseen(struct doctor_facts *f)
{
	f->shield.to.after.packets = 7;
}
static void alarmed(struct doctor_facts *f)
{
	f->shield.blind = FACT_YES;
}
static void flapping(struct doctor_facts *f)
{
	set(f->nic.driver, "bnxt_en");
}
static void unlistened(struct doctor_facts *f)
{
	f->shield.socket[0].port = 5080;
	f->shield.socket[0].covered = FACT_NO;
}
static void on_tunnel(struct doctor_facts *f)
{
	addr_parse("10.8.0.1", &f->shield.socket[0].address);
	set(f->shield.socket[0].dev, "wg0");
}
static void new_gateway(struct doctor_facts *f)
{
	f->shield.peer[0].safe = FACT_NO;
}
static void no_carrier(struct doctor_facts *f)
{
	f->shield.carriers = 0;
}
static void little_memory(struct doctor_facts *f)
{
	unprotect(f);
	f->system.memory_free_kb = 100 << 10;
}
static void great_maps(struct doctor_facts *f)
{
	f->system.memory_kb = 256 << 10;
}
static void full_suspects(struct doctor_facts *f)
{
	f->shield.suspects = 1000;
}
static void full_bans(struct doctor_facts *f)
{
	f->shield.bans = 950;
}
static void no_ntp(struct doctor_facts *f)
{
	f->system.clock_synced = FACT_NO;
}
static void slow_clock(struct doctor_facts *f)
{
	set(f->system.clocksource, "acpi_pm");
}
static void bad_file(struct doctor_facts *f)
{
	set(f->shield.file_error, "/etc/sipshield/sipshield.yaml:3:1: error: unknown key");
}
static void other_file(struct doctor_facts *f)
{
	f->shield.file_differs = FACT_YES;
}
static void open_pins(struct doctor_facts *f)
{
	f->shield.dir_mode = 0777;
}
static void seen_pins(struct doctor_facts *f)
{
	f->shield.dir_mode = 0755;
}
static void strange_owner(struct doctor_facts *f)
{
	f->shield.owner = FACT_NO;
}
static void stray_pins(struct doctor_facts *f)
{
	set(f->shield.stray, "eth9");
}
static void old_pins(struct doctor_facts *f)
{
	f->shield.other_abi = FACT_YES;
	f->shield.read = FACT_NO;
}
static void no_agent(struct doctor_facts *f)
{
	f->shield.agent = FACT_NO;
}
static void hung_agent(struct doctor_facts *f)
{
	f->shield.silent = 60;
}
static void by_hand(struct doctor_facts *f)
{
	*f->host.unit = 0;
	strcpy(f->nic.name, "br-lan");
}
static void disabled(struct doctor_facts *f)
{
	f->host.unit_enabled = FACT_NO;
}
static void unwatched(struct doctor_facts *f)
{
	f->host.watchdog = FACT_NO;
}
static void unordered(struct doctor_facts *f)
{
	f->host.ordered = FACT_NO;
}
static void one_queue(struct doctor_facts *f)
{
	f->nic.queues = f->nic.channels = 1;
}
static void one_queue_only(struct doctor_facts *f)
{
	f->nic.queues = f->nic.channels = f->nic.channels_max = 1;
}
static void conntrack(struct doctor_facts *f)
{
	f->host.conntracked = 900;
}
static void nft_rule(struct doctor_facts *f)
{
	f->host.nft_drops = 2;
	set(f->host.nft_rule, "inet filter input");
}
static void nft_closed(struct doctor_facts *f)
{
	f->host.nft_closed = FACT_YES;
	set(f->host.nft_chain, "inet filter input");
}
static void xen(struct doctor_facts *f)
{
	set(f->nic.driver, "vif");
}
static void nonces(struct doctor_facts *f)
{
	f->shield.shared = 400;
}

static const struct {
	const char *name;
	void (*make)(struct doctor_facts *f);
	enum doctor_check check;
	enum doctor_level level;
	const char *text, *fix;
} ills[] = {
	{ "old kernel", no_kernel, DOCTOR_KERNEL, DOCTOR_FAIL, "older than 6.1", "linux-image" },
	{ "btf", no_btf, DOCTOR_KERNEL, DOCTOR_FAIL, "no BTF", "CONFIG_DEBUG_INFO_BTF" },
	{ "jit", no_jit, DOCTOR_KERNEL, DOCTOR_WARN, "JIT is off", "sysctl net.core" },
	{ "bpffs", no_bpffs, DOCTOR_KERNEL, DOCTOR_FAIL, "no bpffs", "mount -t bpf" },
	{ "open bpf", open_bpf, DOCTOR_KERNEL, DOCTOR_WARN, "every user", "disabled=2" },
	{ "lockdown", locked, DOCTOR_KERNEL, DOCTOR_WARN, "confidentiality", "integrity" },
	{ "rights", no_rights, DOCTOR_RIGHTS, DOCTOR_WARN, "CAP_BPF", "sudo" },
	{ "absent", absent, DOCTOR_INTERFACE, DOCTOR_FAIL, "no interface eth0", "ip -br link" },
	{ "down", down, DOCTOR_INTERFACE, DOCTOR_WARN, "down", "ip link set eth0 up" },
	{ "vlan", vlan, DOCTOR_INTERFACE, DOCTOR_WARN, "VLAN of eth0", "sipshield run eth0" },
	{ "bridge", bridge, DOCTOR_INTERFACE, DOCTOR_WARN, "bridge", "port" },
	{ "gve on 6.1", gve_old, DOCTOR_DRIVER, DOCTOR_WARN, "no native XDP", "from Linux 6.4 on" },
	{ "iavf", iavf, DOCTOR_DRIVER, DOCTOR_WARN, "no native XDP", "generic mode" },
	{ "probe", probe_refused, DOCTOR_DRIVER, DOCTOR_WARN, "Underlying driver", "" },
	{ "strange", strange_driver, DOCTOR_DRIVER, DOCTOR_SKIP, "rtl8139", "--probe" },
	{ "ena channels", ena_channels, DOCTOR_CHANNELS, DOCTOR_FAIL, "8 of 8 channels",
	  "ethtool -L eth0 combined 4" },
	{ "gve channel", gve_one_channel, DOCTOR_CHANNELS, DOCTOR_FAIL, "at most 0",
	  "more queues" },
	{ "ena mtu", ena_mtu, DOCTOR_MTU, DOCTOR_FAIL, "3498", "ip link set eth0 mtu 3498" },
	{ "virtio mtu", virtio_mtu_old, DOCTOR_MTU, DOCTOR_FAIL, "4064", "mtu 4064" },
	{ "igb mtu", igb_mtu, DOCTOR_MTU, DOCTOR_WARN, "receive buffer", "mtu 1500" },
	{ "gro-hw", gro_hw_fixed, DOCTOR_OFFLOADS, DOCTOR_FAIL, "GRO_HW is on and cannot",
	  "CTRL_GUEST_OFFLOADS; or sipshield run eth0 --mode generic" },
	{ "lro", lro_on, DOCTOR_OFFLOADS, DOCTOR_FAIL, "LRO is on", "ethtool -K eth0 lro off" },
	{ "bond mode", bond_alb, DOCTOR_BOND, DOCTOR_WARN, "balance-alb", "active-backup" },
	{ "bond port", bond_port_taken, DOCTOR_BOND, DOCTOR_FAIL, "of its own", "eth1 xdp off" },
	{ "bond driver", bond_port_cannot, DOCTOR_BOND, DOCTOR_WARN, "eth1 (iavf)", "" },
	{ "netvsc", netvsc_vf, DOCTOR_PAIR, DOCTOR_FAIL, "virtual function of eth0", "run eth0" },
	{ "foreign", foreign, DOCTOR_FOREIGN, DOCTOR_FAIL, "id 12, cilium_xdp", "net list dev" },
	{ "detached", detached, DOCTOR_MODE, DOCTOR_FAIL, "not attached", "sipshield run eth0" },
	{ "replaced", replaced, DOCTOR_MODE, DOCTOR_FAIL, "another program (id 99)", "run eth0" },
	{ "generic", generic, DOCTOR_MODE, DOCTOR_WARN, "degraded", "--mode native" },
	{ "bypass", bypassed, DOCTOR_MODE, DOCTOR_FAIL, "everything passes", "bypass eth0 --off" },
	{ "shadow", shadow, DOCTOR_MODE, DOCTOR_WARN, "mode: shadow", "policy mode enforce" },
	{ "unconfirmed", unconfirmed, DOCTOR_MODE, DOCTOR_WARN, "confirmed", "policy confirm" },
	{ "frozen", frozen, DOCTOR_MODE, DOCTOR_WARN, "no new bans", "" },
	{ "unseen", unseen, DOCTOR_PROOF, DOCTOR_FAIL, "seen 7 of 1207", "--mode generic" },
	{ "alarm", alarmed, DOCTOR_PROOF, DOCTOR_FAIL, "alarm is on", "--mode generic" },
	{ "flap", flapping, DOCTOR_COST, DOCTOR_WARN, "down and up", "while few call" },
	{ "listener", unlistened, DOCTOR_LISTENERS, DOCTOR_WARN, "kamailio udp *:5080",
	  "listeners: [{transport: udp, port: 5080}]" },
	{ "tunnel", on_tunnel, DOCTOR_LISTENERS, DOCTOR_WARN, "10.8.0.1:5060", "run wg0" },
	{ "gateway", new_gateway, DOCTOR_NEVER_BAN, DOCTOR_FAIL, "gateway 192.0.2.1", "apply" },
	{ "carrier", no_carrier, DOCTOR_NEVER_BAN, DOCTOR_WARN, "no carrier", "carriers:" },
	{ "memory", little_memory, DOCTOR_MEMORY, DOCTOR_FAIL, "100 MiB", "more memory" },
	{ "maps", great_maps, DOCTOR_MEMORY, DOCTOR_WARN, "100 of 256 MiB", "" },
	{ "suspects", full_suspects, DOCTOR_MEMORY, DOCTOR_WARN, "suspects is full", "" },
	{ "bans", full_bans, DOCTOR_MEMORY, DOCTOR_WARN, "bans is nearly full", "deny:" },
	{ "ntp", no_ntp, DOCTOR_TIME, DOCTOR_WARN, "not kept by NTP", "timesyncd" },
	{ "clock", slow_clock, DOCTOR_TIME, DOCTOR_WARN, "acpi_pm", "TSC" },
	{ "bad file", bad_file, DOCTOR_FEEDS, DOCTOR_FAIL, "yaml:3:1", "policy check" },
	{ "other file", other_file, DOCTOR_FEEDS, DOCTOR_WARN, "another policy", "policy diff" },
	{ "open pins", open_pins, DOCTOR_PINS, DOCTOR_FAIL, "777", "chmod go-w" },
	{ "seen pins", seen_pins, DOCTOR_PINS, DOCTOR_WARN, "755", "chmod o=" },
	{ "owner", strange_owner, DOCTOR_PINS, DOCTOR_FAIL, "neither to root", "chown" },
	{ "stray pins", stray_pins, DOCTOR_PINS, DOCTOR_WARN, "eth9", "detach eth9" },
	{ "old pins", old_pins, DOCTOR_PINS, DOCTOR_FAIL, "another version", "detach eth0" },
	{ "no agent", no_agent, DOCTOR_UNIT, DOCTOR_WARN, "no agent", "systemctl start" },
	{ "hung", hung_agent, DOCTOR_UNIT, DOCTOR_FAIL, "no round for 60 s", "end its process" },
	{ "by hand", by_hand, DOCTOR_UNIT, DOCTOR_WARN, "outside of systemd", "@br\\x2dlan'" },
	{ "disabled", disabled, DOCTOR_UNIT, DOCTOR_WARN, "at a boot", "systemctl enable" },
	{ "unwatched", unwatched, DOCTOR_UNIT, DOCTOR_WARN, "no watchdog", "WatchdogSec" },
	{ "unordered", unordered, DOCTOR_UNIT, DOCTOR_WARN, "kamailio.service may", "Before=" },
	{ "queue", one_queue, DOCTOR_QUEUES, DOCTOR_WARN, "one queue", "combined 4" },
	{ "only queue", one_queue_only, DOCTOR_QUEUES, DOCTOR_WARN, "one queue", "provider" },
	{ "conntrack", conntrack, DOCTOR_FIREWALL, DOCTOR_WARN, "900 of 1000", "notrack" },
	{ "nft", nft_rule, DOCTOR_FIREWALL, DOCTOR_WARN, "2 nftables rules", "nft -a list" },
	{ "nft policy", nft_closed, DOCTOR_FIREWALL, DOCTOR_WARN, "no rule accepts", "nft insert" },
	{ "xen", xen, DOCTOR_KNOWN_BAD, DOCTOR_FAIL, "installs nothing",
	  "sipshield run eth0 --mode generic" },
	{ "nonces", nonces, DOCTOR_NONCES, DOCTOR_WARN, "400 of its 500", "auth_checks_register" },
};

Test(doctor_checks, each_illness_is_named_with_its_fix)
{
	for (size_t i = 0; i < sizeof(ills) / sizeof(ills[0]); i++) {
		const struct doctor_finding *finding;
		struct doctor_facts f = healthy();
		struct doctor_report report;

		ills[i].make(&f);
		doctor_judge(&f, &report);
		finding = find(&report, ills[i].check, ills[i].level);
		cr_expect_not_null(finding, "%s: no such line", ills[i].name);
		if (!finding)
			continue;
		cr_expect(strstr(finding->text, ills[i].text), "%s: %s", ills[i].name,
			  finding->text);
		cr_expect(strstr(finding->fix, ills[i].fix), "%s: %s", ills[i].name, finding->fix);
		cr_expect(*ills[i].fix || !*finding->fix, "%s: %s", ills[i].name, finding->fix);
	}
}

Test(doctor_checks, no_check_without_an_illness)
{
	for (unsigned int check = 0; check < DOCTOR_CHECKS; check++) {
		bool any = check == DOCTOR_VLAN; /* tells what is so */

		for (size_t i = 0; i < sizeof(ills) / sizeof(ills[0]); i++)
			any = any || ills[i].check == check;
		cr_expect(any, "%s is never found wrong", doctor_name(check));
	}
}

/* What is bad for native mode is no matter where the program is attached natively already. */
Test(doctor_checks, what_works_is_not_complained_of)
{
	struct doctor_facts f = healthy();
	struct doctor_report report;

	f.nic.gro_hw.on = f.nic.gro_hw.fixed = FACT_YES;
	f.nic.mtu = 9000;
	doctor_judge(&f, &report);
	cr_assert_not_null(find(&report, DOCTOR_OFFLOADS, DOCTOR_OK));
	cr_assert_not_null(find(&report, DOCTOR_MTU, DOCTOR_OK));
	f = healthy();
	fresh(&f, "virtio_net", "6.12.1");
	f.nic.mtu = 9000;
	doctor_judge(&f, &report);
	cr_assert(strstr(find(&report, DOCTOR_MTU, DOCTOR_OK)->text, "several parts"));
}

Test(doctor_checks, what_there_is_to_protect)
{
	struct doctor_facts f = healthy();
	struct doctor_report report;

	f.shield.pinned = FACT_NO;
	f.shield.read = FACT_UNKNOWN;
	doctor_judge(&f, &report);
	cr_assert_str_eq(find(&report, DOCTOR_LISTENERS, DOCTOR_OK)->text,
			 "to be protected: kamailio udp *:5060");
	cr_assert(strstr(find(&report, DOCTOR_LISTENERS, DOCTOR_OK)->fix, "sipshield init"));
}
