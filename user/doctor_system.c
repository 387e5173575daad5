// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The doctor on the host: kernel, rights, memory, time, units, firewall.
 */
#include <string.h>

#include "user/doctor_say.h"
#include "user/init.h"

#define KERNEL_MIN VERSION_OF(6, 1, 0)
#define MIB (1024 * 1024.0)

void doctor_KERNEL(struct doctor_case *c)
{
	const struct doctor_system *s = &c->facts->system;

	if (!c->facts->kernel) {
		doctor_say(c, DOCTOR_SKIP, "which kernel runs is not known");
		return;
	}
	if (c->facts->kernel < KERNEL_MIN) {
		doctor_say(c, DOCTOR_FAIL, "Linux %s is older than 6.1", s->release);
		doctor_fix(c, "apt install linux-image-amd64 && reboot");
	}
	if (s->btf == FACT_NO) {
		doctor_say(c, DOCTOR_FAIL, "the kernel has no BTF (/sys/kernel/btf/vmlinux)");
		doctor_fix(c, "run a kernel with CONFIG_DEBUG_INFO_BTF=y, as Debian's");
	}
	if (s->jit == FACT_NO) {
		doctor_say(c, DOCTOR_WARN,
			   "the BPF JIT is off: each packet costs several times as much");
		doctor_fix(c, "sysctl net.core.bpf_jit_enable=1");
	}
	if (s->bpffs == FACT_NO) {
		doctor_say(c, DOCTOR_FAIL, "no bpffs is mounted: nothing could outlive the agent");
		doctor_fix(c, "mount -t bpf bpf /sys/fs/bpf");
	}
	if (s->unprivileged_bpf == FACT_YES) {
		doctor_say(c, DOCTOR_WARN, "every user may load BPF programs");
		doctor_fix(c, "sysctl kernel.unprivileged_bpf_disabled=2");
	}
	if (!strcmp(s->lockdown, "confidentiality")) {
		doctor_say(
			c, DOCTOR_WARN,
			"lockdown is `confidentiality': kernels may refuse programs that read time or memory");
		doctor_fix(c, "boot with lockdown=integrity if `sipshield run' is refused");
	}
	if (!doctor_said(c))
		doctor_say(c, DOCTOR_OK, "Linux %s, with all that is needed", s->release);
}

void doctor_RIGHTS(struct doctor_case *c)
{
	const struct doctor_system *s = &c->facts->system;

	if (s->root == FACT_UNKNOWN)
		doctor_say(c, DOCTOR_SKIP, "who calls is not known");
	else if (*s->missing) {
		doctor_say(c, DOCTOR_WARN,
			   "these capabilities are missing: %s; what needs them is not looked at",
			   s->missing);
		doctor_fix(c, "sudo sipshield doctor %s", c->facts->nic.name);
	} else
		doctor_say(c, DOCTOR_OK, "%s",
			   s->root == FACT_YES
				   ? "root"
				   : "not root, and has all capabilities that are needed");
}

void doctor_MEMORY(struct doctor_case *c)
{
	const struct doctor_system *s = &c->facts->system;
	const struct doctor_shield *shield = &c->facts->shield;

	if (shield->suspects_max && shield->suspects * 100 > shield->suspects_max * 95)
		doctor_say(
			c, DOCTOR_WARN,
			"the table of suspects is full (%llu of %llu): each new one drives out the one not seen for longest",
			(unsigned long long)shield->suspects,
			(unsigned long long)shield->suspects_max);
	if (shield->bans_max && shield->bans * 100 > shield->bans_max * 90) {
		doctor_say(c, DOCTOR_WARN, "the table of bans is nearly full (%llu of %llu)",
			   (unsigned long long)shield->bans, (unsigned long long)shield->bans_max);
		doctor_fix(c, "deny whole prefixes in the policy instead: deny: [PREFIX]");
	}
	/* What is pinned is there already. */
	if (s->memory_free_kb && !shield->map_bytes && s->memory_free_kb < 256 * 1024) {
		doctor_say(c, DOCTOR_FAIL,
			   "%.0f MiB of memory are free, and the maps take about 90",
			   (double)s->memory_free_kb / 1024);
		doctor_fix(c, "give the machine more memory");
	}
	if (shield->map_bytes && s->memory_kb &&
	    (double)shield->map_bytes > (double)s->memory_kb * 1024 / 4)
		doctor_say(c, DOCTOR_WARN, "the maps take %.0f of %.0f MiB of memory",
			   (double)shield->map_bytes / MIB, (double)s->memory_kb / 1024);
	if (doctor_said(c))
		return;
	if (!s->memory_kb)
		doctor_say(c, DOCTOR_SKIP, "how much memory there is is not known");
	else if (shield->map_bytes)
		doctor_say(c, DOCTOR_OK, "the maps take %.0f of %.0f MiB, and have room",
			   (double)shield->map_bytes / MIB, (double)s->memory_kb / 1024);
	else
		doctor_say(c, DOCTOR_OK, "%.0f MiB free, the maps take about 90",
			   (double)s->memory_free_kb / 1024);
}

void doctor_TIME(struct doctor_case *c)
{
	const struct doctor_system *s = &c->facts->system;

	if (s->clock_synced == FACT_NO) {
		doctor_say(
			c, DOCTOR_WARN,
			"the clock is not kept by NTP: the log's times may be wrong (limits and bans are not: they count from the boot)");
		doctor_fix(c, "apt install systemd-timesyncd");
	}
	if (!strcmp(s->clocksource, "hpet") || !strcmp(s->clocksource, "acpi_pm")) {
		doctor_say(c, DOCTOR_WARN,
			   "the clock source is %s: each look at the time costs a microsecond",
			   s->clocksource);
		doctor_fix(c, "ask the provider for a stable TSC, or kvm-clock");
	}
	if (doctor_said(c))
		return;
	if (s->clock_synced == FACT_UNKNOWN)
		doctor_say(c, DOCTOR_SKIP, "whether the clock is kept is not known");
	else
		doctor_say(c, DOCTOR_OK, "kept by NTP, clock source %s",
			   *s->clocksource ? s->clocksource : "unknown");
}

void doctor_UNIT(struct doctor_case *c)
{
	const struct doctor_host *host = &c->facts->host;
	const struct doctor_shield *shield = &c->facts->shield;
	const char *dev = c->facts->nic.name;
	bool systemd = host->systemd == FACT_YES;
	const char *start = systemd ? "systemctl start" : "sipshield run";
	char unit[INIT_UNIT_LEN];
	const char *what = systemd ? init_unit(dev, unit) : dev;

	if (shield->agent == FACT_NO && shield->pinned == FACT_YES) {
		doctor_say(
			c, DOCTOR_WARN,
			"no agent runs: what is in force stays, but nobody is banned and nothing is logged");
		doctor_fix(c, "%s %s", start, what);
	}
	if (shield->agent == FACT_YES && shield->silent > 10) {
		doctor_say(c, DOCTOR_FAIL, "the agent runs, and has finished no round for %.0f s",
			   shield->silent);
		doctor_fix(c, "end its process, then: %s %s", start, what);
	}
	if (systemd && shield->agent == FACT_YES && !*host->unit) {
		doctor_say(c, DOCTOR_WARN,
			   "the agent runs outside of systemd: it is not there after a boot");
		doctor_fix(c, "systemctl enable --now %s (after it was ended)", what);
	}
	if (*host->unit && host->unit_enabled == FACT_NO) {
		doctor_say(c, DOCTOR_WARN, "%s does not begin at a boot", host->unit);
		doctor_fix(c, "systemctl enable %s", host->unit);
	}
	if (*host->unit && host->watchdog == FACT_NO) {
		doctor_say(c, DOCTOR_WARN,
			   "%s has no watchdog: an agent that hangs is not started again",
			   host->unit);
		doctor_fix(c, "systemctl edit %s: [Service] WatchdogSec=10", host->unit);
	}
	if (*host->unit && *host->sip_unit && host->ordered == FACT_NO) {
		doctor_say(c, DOCTOR_WARN,
			   "%s may begin before %s: for that time it is not protected",
			   host->sip_unit, host->unit);
		doctor_fix(c, "systemctl edit %s: [Unit] Before=%s", host->unit, host->sip_unit);
	}
	if (doctor_said(c))
		return;
	if (shield->agent != FACT_YES)
		doctor_say(c, DOCTOR_SKIP, "nothing is protected yet");
	else if (*host->unit)
		doctor_say(c, DOCTOR_OK, "%s runs%s%s", host->unit,
			   *host->sip_unit ? ", begins before " : "", host->sip_unit);
	else
		doctor_say(c, DOCTOR_OK, "an agent runs; there is no systemd here");
}

void doctor_FIREWALL(struct doctor_case *c)
{
	const struct doctor_host *host = &c->facts->host;

	if (host->conntrack_max && host->conntracked * 100 > host->conntrack_max * 80) {
		doctor_say(
			c, DOCTOR_WARN,
			"conntrack has %llu of %llu entries: when it is full, packets are dropped behind the shield",
			(unsigned long long)host->conntracked,
			(unsigned long long)host->conntrack_max);
		doctor_fix(
			c,
			"nft add table inet sip '{ chain in { type filter hook prerouting priority raw; udp dport 5060 notrack; }; }'");
	}
	if (host->nft_drops) {
		doctor_say(c, DOCTOR_WARN,
			   "%u nftables rules can drop what the shield lets pass, the first in %s",
			   host->nft_drops, host->nft_rule);
		doctor_fix(c, "nft -a list ruleset");
	}
	if (host->nft_closed == FACT_YES) {
		doctor_say(
			c, DOCTOR_WARN,
			"the nftables chain %s drops what no rule accepts, and none names a protected port",
			host->nft_chain);
		doctor_fix(c, "nft insert rule %s udp dport 5060 accept", host->nft_chain);
	}
	if (doctor_said(c))
		return;
	if (host->nft != FACT_YES && host->conntrack == FACT_UNKNOWN)
		doctor_say(c, DOCTOR_SKIP, "needs root and the program nft");
	else
		doctor_say(c, DOCTOR_OK, "no nftables rule drops a protected port%s",
			   host->conntrack == FACT_YES ? ", conntrack has room" : "");
}
