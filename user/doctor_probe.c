// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/doctor_probe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/timex.h>

#include "user/host.h"

#define TEXT_MAX (8U << 20)
#define BIT(n) (1ULL << (n))
/* linux/capability.h */
#define CAPABILITIES_NEEDED                                                                        \
	{                                                                                          \
		{ 12, "CAP_NET_ADMIN" }, { 38, "CAP_PERFMON" },                                    \
		{                                                                                  \
			39, "CAP_BPF"                                                              \
		}                                                                                  \
	}

extern const char drivers_text[], drivers_text_end[];

static void free_text(char **text)
{
	free(*text);
}
#define cleanup_text __attribute__((cleanup(free_text)))

/* The first line of a file, without its end; "" if it cannot be read. */
static void read_line(const char *root, const char *path, char *out, size_t size)
{
	cleanup_text char *text = NULL;

	*out = 0;
	if (host_read(root, path, TEXT_MAX, &text))
		return;
	text[strcspn(text, "\n")] = 0;
	snprintf(out, size, "%s", text);
}

static enum fact exists(const char *root, const char *path)
{
	cleanup_text char *text = NULL;
	int err = host_read(root, path, 1, &text);

	return !err || err == -EFBIG || err == -EACCES ? FACT_YES : FACT_NO;
}

static __u64 meminfo(const char *text, const char *key)
{
	const char *at = strstr(text, key);

	return at ? strtoull(at + strlen(key), NULL, 10) : 0;
}

static void read_memory(const char *root, struct doctor_system *s)
{
	cleanup_text char *text = NULL;

	if (host_read(root, "/proc/meminfo", TEXT_MAX, &text))
		return;
	s->memory_kb = meminfo(text, "MemTotal:");
	s->memory_free_kb = meminfo(text, "MemAvailable:");
}

/* "0-3,8": how many. */
static unsigned int count_cpus(const char *text)
{
	unsigned int count = 0;

	while (*text) {
		char *end;
		unsigned long first = strtoul(text, &end, 10), last = first;

		if (end == text)
			break;
		if (*end == '-')
			last = strtoul(end + 1, &end, 10);
		count += (unsigned int)(last - first + 1);
		text = *end == ',' ? end + 1 : end;
	}
	return count;
}

static void read_rights(const char *root, struct doctor_system *s)
{
	static const struct {
		unsigned int bit;
		const char *name;
	} needed[] = CAPABILITIES_NEEDED;
	cleanup_text char *text = NULL;
	const char *uid, *caps;
	__u64 effective;

	if (host_read(root, "/proc/self/status", TEXT_MAX, &text))
		return;
	uid = strstr(text, "\nUid:");
	caps = strstr(text, "\nCapEff:");
	if (!uid || !caps)
		return;
	s->root = strtoul(uid + 5, NULL, 10) ? FACT_NO : FACT_YES;
	effective = strtoull(caps + 8, NULL, 16);
	for (size_t i = 0; i < sizeof(needed) / sizeof(needed[0]); i++) {
		size_t len = strlen(s->missing);

		if (!(effective & BIT(needed[i].bit)))
			snprintf(s->missing + len, sizeof(s->missing) - len, "%s%s", len ? " " : "",
				 needed[i].name);
	}
}

/* "[none] integrity confidentiality": the word in brackets. */
static void read_lockdown(const char *root, struct doctor_system *s)
{
	char line[96];
	const char *open;

	read_line(root, "/sys/kernel/security/lockdown", line, sizeof(line));
	open = strchr(line, '[');
	if (open)
		snprintf(s->lockdown, sizeof(s->lockdown), "%.*s", (int)strcspn(open + 1, "]"),
			 open + 1);
}

static void read_kernel(const char *root, struct doctor_facts *facts)
{
	struct doctor_system *s = &facts->system;
	cleanup_text char *mounts = NULL;
	char line[96];

	read_line(root, "/proc/sys/kernel/osrelease", s->release, sizeof(s->release));
	facts->kernel = version_parse(s->release);
	s->btf = exists(root, "/sys/kernel/btf/vmlinux");
	read_line(root, "/proc/sys/net/core/bpf_jit_enable", line, sizeof(line));
	if (*line)
		s->jit = *line == '0' ? FACT_NO : FACT_YES;
	read_line(root, "/proc/sys/kernel/unprivileged_bpf_disabled", line, sizeof(line));
	if (*line)
		s->unprivileged_bpf = *line == '0' ? FACT_YES : FACT_NO;
	if (!host_read(root, "/proc/mounts", TEXT_MAX, &mounts))
		s->bpffs = strstr(mounts, " /sys/fs/bpf bpf ") ? FACT_YES : FACT_NO;
	read_lockdown(root, s);
}

static void read_time(const char *root, struct doctor_system *s)
{
	struct timex now = { .modes = 0 };

	read_line(root, "/sys/devices/system/clocksource/clocksource0/current_clocksource",
		  s->clocksource, sizeof(s->clocksource));
	if (!*root && adjtimex(&now) >= 0)
		s->clock_synced = now.status & STA_UNSYNC ? FACT_NO : FACT_YES;
}

void doctor_probe_system(const char *root, struct doctor_facts *facts)
{
	char cpus[256];

	read_kernel(root, facts);
	read_rights(root, &facts->system);
	read_memory(root, &facts->system);
	read_time(root, &facts->system);
	read_line(root, "/sys/devices/system/cpu/online", cpus, sizeof(cpus));
	facts->system.cpus = count_cpus(cpus);
}

void doctor_probe(const struct doctor_options *options, struct doctor_facts *facts)
{
	facts->sipshield = version_parse(SIPSHIELD_VERSION);
	doctor_probe_system(options->root, facts);
	if (*options->root) {
		doctor_probe_nic_files(options->root, &facts->nic);
		return;
	}
	doctor_probe_nic(&facts->nic);
	doctor_probe_shield(facts->nic.name, &facts->shield);
	doctor_probe_policy(facts->nic.name, &facts->shield);
	doctor_probe_host(facts->nic.name, facts);
	if (options->probe && facts->nic.present == FACT_YES)
		doctor_probe_attach(&facts->nic);
}

int doctor_drivers(const char *root, struct drivers *out)
{
	static const char *const paths[] = { "/etc/sipshield/drivers.yaml",
					     "/usr/share/sipshield/drivers.yaml" };
	int err;

	for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		cleanup_text char *text = NULL;

		err = host_read(root, paths[i], TEXT_MAX, &text);
		if (!err)
			return drivers_parse(paths[i], text, strlen(text), out, stderr);
	}
	return drivers_parse("drivers.yaml", drivers_text,
			     (size_t)(drivers_text_end - drivers_text), out, stderr);
}
