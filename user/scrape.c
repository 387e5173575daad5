// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/scrape.h"

#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bpf/control.h"
#include "user/census.h"
#include "user/cmd.h"
#include "user/loader.h"

void scrape_of(struct store *store, const char *dev, struct scrape *out)
{
	struct attachment attachment;

	memset(out, 0, sizeof(*out));
	out->store = store;
	snprintf(out->dev, sizeof(out->dev), "%s", dev);
	/* Nothing attached is a number too, and not an error. */
	if (!shield_attached(dev, &attachment))
		out->program = attachment.program;
}

void scrape_close(struct scrape *scrape)
{
	store_close(scrape->store);
	scrape->store = NULL;
}

static int count_ban(const struct addr *key, const struct ban *ban, void *arg)
{
	struct snapshot *snapshot = arg;

	census_count_ban(&snapshot->census, key, ban, snapshot->now_ns);
	return 0;
}

static int count_suspect(const struct addr *key, const struct suspect *suspect, void *arg)
{
	struct snapshot *snapshot = arg;

	census_count_suspect(&snapshot->census, key, suspect, snapshot->now_ns);
	return 0;
}

static int count_standing(const struct addr *key, const struct standing *standing, void *arg)
{
	struct snapshot *snapshot = arg;

	(void)key;
	census_count_standing(&snapshot->census, standing, snapshot->now_ns);
	return 0;
}

/* What the agent does on its rounds, where none does. */
static int count_sources(const struct store *store, struct snapshot *out)
{
	int err;

	census_clear_bans(&out->census);
	census_clear_suspects(&out->census);
	census_clear_standing(&out->census);
	err = store_each_ban(store, count_ban, out);
	if (!err)
		err = store_each_suspect(store, count_suspect, out);
	if (!err)
		err = store_each_standing(store, count_standing, out);
	out->counted = true;
	out->census.counted_ns = out->now_ns;
	return err;
}

static int read_sources(const struct store *store, struct snapshot *out)
{
	int err = store_census(store, &out->census);

	if (err)
		return err;
	out->agent = out->census.pid && out->now_ns < out->agent_ns + CENSUS_HOLDS_NS;
	if (!out->agent || !census_holds(&out->census, out->now_ns))
		err = count_sources(store, out);
	out->entries[TABLE_BANS] = out->census.ban_entries;
	out->entries[TABLE_SUSPECTS] = out->census.suspects;
	for (unsigned int i = 0; i < STANDING_MAX; i++)
		out->entries[TABLE_STANDING] += out->census.standing[i];
	return err;
}

/*
 * shield_attached() opens pins, which only root and a group can. To ask the interface which program
 * it has takes no privilege; one that is gone has none.
 */
static void read_attachment(const struct scrape *scrape, struct snapshot *out)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, xdp);
	unsigned int ifindex = if_nametoindex(scrape->dev);

	if (!scrape->program || !ifindex || bpf_xdp_query((int)ifindex, 0, &xdp))
		return;
	out->attached = xdp.prog_id == scrape->program;
	out->native = xdp.attach_mode != XDP_ATTACHED_SKB;
}

static int read_control(const struct store *store, struct snapshot *out)
{
	struct control control;
	int err = store_control(store, &control);

	if (err)
		return err;
	out->abi = control.abi;
	out->started_ns = control.started_ns;
	out->frozen = control.frozen_until_ns > out->now_ns;
	out->blind = control.blind_until_ns > out->now_ns;
	out->agent_ns = control.agent_ns;
	out->reloads = control.reloads;
	out->reload_errors = control.reload_errors;
	out->reload_ns = control.reload_ns;
	out->reloaded_ns = control.reloaded_ns;
	if (control_bypassed(&control, out->now_ns))
		out->bypass_until_ns = control.bypass_until_ns;
	return 0;
}

static int read_policy(const struct store *store, struct snapshot *out)
{
	struct policy_trial trial = { 0 };
	int err = store_policy(store, &out->policy);

	if (!err)
		err = store_trial(store, &trial);
	out->confirm_by_ns = trial.waits ? trial.confirm_by_ns : 0;
	out->taken_back = trial.taken_back;

	out->entries[TABLE_LISTENERS] = out->policy.listeners;
	out->entries[TABLE_PREFIXES] = out->policy.prefixes;
	out->entries[TABLE_CARRIERS] = out->policy.carriers;
	return err;
}

static __u64 wall_clock(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (__u64)now.tv_sec * 1000000000ULL + (__u64)now.tv_nsec;
}

int scrape_read(const struct scrape *scrape, struct snapshot *out)
{
	const struct store *store = scrape->store;
	int err;

	memset(out, 0, sizeof(*out));
	out->version = SIPSHIELD_VERSION;
	out->interface = scrape->dev;
	out->now_ns = cmd_now();
	out->wall_ns = wall_clock();
	read_attachment(scrape, out);
	/* An interface that is gone has received nothing. */
	if (nic_counters(scrape->dev, &out->nic))
		out->nic = (struct nic_counters){ 0 };
	err = read_control(store, out);
	if (!err)
		err = read_policy(store, out);
	if (!err)
		err = store_totals(store, &out->totals);
	if (!err)
		err = store_seen(store, &out->seen);
	if (!err)
		err = store_health(store, &out->health);
	if (!err)
		err = store_cost(store, &out->cost);
	if (!err)
		err = store_lanes(store, out->lane);
	return err ? err : read_sources(store, out);
}
