// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/scrape.h"

#include <bpf/bpf.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/cmd.h"
#include "user/nic.h"

/*
 * The id of the program that the agent pinned. The link itself is never opened here: whoever holds
 * it open keeps the program attached, also when its pin was removed in an emergency.
 */
static int program_id(const char *dev, __u32 *id)
{
	char path[sizeof(STORE_ROOT) + IF_NAMESIZE + sizeof("//ingress")];
	struct bpf_prog_info info = {};
	__u32 len = sizeof(info);
	int fd, err;

	snprintf(path, sizeof(path), STORE_ROOT "/%s/ingress", dev);
	fd = bpf_obj_get(path);
	if (fd < 0)
		return fd;
	err = bpf_obj_get_info_by_fd(fd, &info, &len);
	close(fd);
	if (!err)
		*id = info.id;
	return err;
}

void scrape_of(struct store *store, const char *dev, struct scrape *out)
{
	memset(out, 0, sizeof(*out));
	out->store = store;
	snprintf(out->dev, sizeof(out->dev), "%s", dev);
	/* Without a pinned program the maps can still be read: it is not attached, then. */
	if (program_id(dev, &out->program))
		out->program = 0;
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
	expo->bans += ban->expires_ns > expo->now_ns;
	return 0;
}

static int count_suspect(const struct addr *key, const struct suspect *suspect, void *arg)
{
	struct expo *expo = arg;

	(void)key, (void)suspect;
	expo->suspects++;
	return 0;
}

static int count_standing(const struct addr *key, const struct standing *standing, void *arg)
{
	struct expo *expo = arg;

	(void)key;
	if (standing->state < STANDING_MAX && standing->expires_ns > expo->now_ns)
		expo->standing[standing->state]++;
	return 0;
}

static int count_entries(const struct store *store, struct expo *expo)
{
	int err = store_each_ban(store, count_ban, expo);

	if (!err)
		err = store_each_suspect(store, count_suspect, expo);
	return err ? err : store_each_standing(store, count_standing, expo);
}

/* No privilege is needed to ask, and an interface that is gone is one without a program. */
static void attachment(const struct scrape *scrape, struct expo *expo)
{
	struct nic nic;

	if (!scrape->program || nic_get(scrape->dev, &nic))
		return;
	expo->attached = nic.xdp_program == scrape->program;
	expo->native = nic.xdp_native;
}

int scrape_read(const struct scrape *scrape, struct expo *out)
{
	struct control control;
	int err;

	memset(out, 0, sizeof(*out));
	out->version = SIPSHIELD_VERSION;
	out->interface = scrape->dev;
	out->now_ns = cmd_now();
	attachment(scrape, out);
	err = store_control(scrape->store, &control);
	if (err)
		return err;
	out->abi = control.abi;
	out->started_ns = control.started_ns;
	err = store_policy(scrape->store, &out->policy);
	if (!err)
		err = store_totals(scrape->store, &out->totals);
	return err ? err : count_entries(scrape->store, out);
}
