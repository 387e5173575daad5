// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/scrape.h"

#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <stdio.h>
#include <string.h>

#include "bpf/earned.h"
#include "user/cmd.h"
#include "user/lanes.h"
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
	struct expo *expo = arg;

	(void)key;
	expo->entries[TABLE_BANS]++;
	expo->bans += ban->expires_ns > expo->now_ns;
	return 0;
}

static int count_suspect(const struct addr *key, const struct suspect *suspect, void *arg)
{
	struct expo *expo = arg;

	(void)key, (void)suspect;
	expo->entries[TABLE_SUSPECTS]++;
	expo->suspects++;
	return 0;
}

static int count_standing(const struct addr *key, const struct standing *standing, void *arg)
{
	struct expo *expo = arg;

	(void)key;
	expo->entries[TABLE_STANDING]++;
	expo->standing[standing_state_of(standing, expo->now_ns)]++;
	return 0;
}

static int count_entries(const struct store *store, struct expo *expo)
{
	int err = store_each_ban(store, count_ban, expo);

	if (!err)
		err = store_each_suspect(store, count_suspect, expo);
	return err ? err : store_each_standing(store, count_standing, expo);
}

/*
 * shield_attached() opens pins, which only root and a group can. To ask the interface which program
 * it has takes no privilege; one that is gone has none.
 */
static void read_attachment(const struct scrape *scrape, struct expo *expo)
{
	LIBBPF_OPTS(bpf_xdp_query_opts, xdp);
	unsigned int ifindex = if_nametoindex(scrape->dev);

	if (!scrape->program || !ifindex || bpf_xdp_query((int)ifindex, 0, &xdp))
		return;
	expo->attached = xdp.prog_id == scrape->program;
	expo->native = xdp.attach_mode != XDP_ATTACHED_SKB;
}

static int read_server(const struct store *store, struct expo *expo)
{
	struct lane_cell cell[LANE_MAX];
	int err = store_health(store, &expo->health);

	if (!err)
		err = store_lanes(store, cell);
	for (enum lane lane = 0; lane < LANE_MAX && !err; lane++)
		expo->lane[lane] = lane_in_force(&cell[lane], &expo->policy, lane, expo->now_ns);
	return err;
}

int scrape_read(const struct scrape *scrape, struct expo *out)
{
	struct control control;
	int err;

	memset(out, 0, sizeof(*out));
	out->version = SIPSHIELD_VERSION;
	out->interface = scrape->dev;
	out->now_ns = cmd_now();
	read_attachment(scrape, out);
	err = store_control(scrape->store, &control);
	if (err)
		return err;
	out->abi = control.abi;
	out->started_ns = control.started_ns;
	out->frozen = control.frozen_until_ns > out->now_ns;
	err = store_policy(scrape->store, &out->policy);
	out->entries[TABLE_LISTENERS] = out->policy.listeners;
	out->entries[TABLE_PREFIXES] = out->policy.prefixes;
	out->entries[TABLE_CARRIERS] = out->policy.carriers;
	if (!err)
		err = store_totals(scrape->store, &out->totals);
	if (!err)
		err = read_server(scrape->store, out);
	return err ? err : count_entries(scrape->store, out);
}
