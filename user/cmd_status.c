// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/cmd.h"
#include "user/duration.h"
#include "user/json.h"
#include "user/names.h"
#include "user/scrape.h"

#define NS_PER_SECOND 1000000000ULL

static void close_scrape(struct scrape *scrape)
{
	scrape_close(scrape);
}

static void free_memory(void *memory)
{
	free(*(void **)memory);
}

/* The lanes that follow the server have the same share of their rates. */
static double lane_share(const struct snapshot *snapshot)
{
	double full = snapshot_lane_full(snapshot, LANE_REQUEST);

	return full > 0 ? snapshot_lane_rate(snapshot, LANE_REQUEST) / full : 1;
}

static const char *state_sentence(const struct snapshot *snapshot)
{
	if (!snapshot->attached)
		return "NOT protected: no program is attached to the interface; run `sipshield run'";
	if (snapshot->bypass_until_ns)
		return "NOT protected: the shield is bypassed for a time";
	if (snapshot->blind)
		return "NOT protected: packets get past the program; run `sipshield doctor'";
	if (snapshot->policy.mode == ACTION_OFF)
		return "NOT protected: the policy has `mode: off'";
	if (snapshot->policy.mode == ACTION_SHADOW)
		return "NOT protected, only watched: the policy has `mode: shadow', nothing is "
		       "dropped";
	return "protected";
}

static int compare_counts(const void *a, const void *b)
{
	const struct counter *x = *(const struct counter *const *)a;
	const struct counter *y = *(const struct counter *const *)b;

	return x->packets < y->packets ? 1 : x->packets > y->packets ? -1 : 0;
}

static void print_server(const struct snapshot *snapshot)
{
	const struct health *health = &snapshot->health;

	printf("  the server: %llu requests of strangers and suspects, %llu answered after %.0f ms on "
	       "average\n",
	       snapshot_asked(health), snapshot_answered(health),
	       snapshot_mean_wait(health) * 1000);
	if (lane_share(snapshot) < 1)
		printf("  the server does badly: the lanes of strangers have %.0f %% of their "
		       "rates\n",
		       lane_share(snapshot) * 100);
}

static void print_left(const char *what, const struct snapshot *snapshot, __u64 until_ns)
{
	char left[DURATION_TEXT_LEN];
	__u64 ns = until_ns > snapshot->now_ns ? until_ns - snapshot->now_ns : 0;

	if (until_ns)
		printf("  %s %s\n", what, duration_format(ns / NS_PER_SECOND, left));
}

/* What of the policy asks for somebody's attention. */
static void print_policy(const struct snapshot *snapshot)
{
	printf("  policy generation %u, mode: %s\n", snapshot->policy.generation,
	       action_name(snapshot->policy.mode));
	print_left("ON TRIAL: it is taken back, unless `sipshield policy confirm' comes within",
		   snapshot, snapshot->confirm_by_ns);
	print_left("BYPASSED: `sipshield bypass --off' ends it, or it ends by itself in", snapshot,
		   snapshot->bypass_until_ns);
	if (snapshot->taken_back)
		printf("  policy %u was taken back: it was not confirmed, or somebody rolled back\n",
		       snapshot->taken_back);
	if (!snapshot_reload_ok(snapshot))
		puts("  the policy file was not applied when it was read last; see `sipshield "
		     "policy check'");
}

/* Reasons with packets, the greatest first. */
static void print_reasons(const struct snapshot_sums *sums)
{
	const struct counter *order[REASON_MAX];

	for (unsigned int r = 0; r < REASON_MAX; r++)
		order[r] = &sums->reason[r];
	qsort(order, REASON_MAX, sizeof(order[0]), compare_counts);
	for (unsigned int i = 0; i < REASON_MAX && order[i]->packets; i++) {
		unsigned int r = order[i] - sums->reason;

		printf("  %12llu  %-4s  %-20s %s\n", order[i]->packets,
		       reason_drops(r) ? "drop" : "pass", reason_name(r), reason_sentence(r));
	}
}

static void print_text(const struct snapshot *snapshot, const struct snapshot_sums *sums,
		       bool color)
{
	char time[DURATION_TEXT_LEN];
	const char *paint = !color ? "" : snapshot_enforcing(snapshot) ? "\033[32m" : "\033[31m";

	printf("%s: %s%s%s\n", snapshot->interface, paint, state_sentence(snapshot),
	       color ? "\033[0m" : "");
	if (snapshot->attached)
		printf("  %s mode, counting for %s\n", snapshot->native ? "native" : "generic",
		       duration_format(snapshot_uptime(snapshot), time));
	print_policy(snapshot);
	if (snapshot->agent)
		printf("  agent running, process %u\n", snapshot->census.pid);
	else
		puts("  no agent: what is in force stays, but nobody is banned and nothing is "
		     "logged");
	printf("  %llu bans, %llu sources of good standing, %llu suspects\n", snapshot->census.bans,
	       snapshot_standing(snapshot), snapshot->census.suspects);
	if (snapshot->frozen)
		puts("  FROZEN: so many are banned or limited that no new bans are made for now");
	printf("  %llu packets passed, %llu dropped, %llu would be dropped by rules in shadow\n",
	       sums->in[false].packets, sums->in[true].packets, sums->shadowed);
	print_server(snapshot);
	print_reasons(sums);
}

/* Nothing is pinned: the rest of the document has nothing to say. */
static void print_nothing(const char *dev)
{
	json_t *document = json_document();

	json_object_set_new(document, "dev", dev ? json_string(dev) : json_null());
	json_object_set_new(document, "enforcing", json_false());
	json_print(document, stdout);
}

int cmd_status(int argc, char **argv)
{
	const struct cmd_use use = {
		.name = "status",
		.args = "[DEV]",
		.what = "What is in force on an interface and what it did so far, from the maps in the\n"
			"kernel; it needs no agent. Exit status 3 when nothing is dropped: no program is\n"
			"attached, or the policy has `mode: shadow' or `mode: off'.",
		.args_max = 1,
	};
	__attribute__((cleanup(close_scrape))) struct scrape scrape = { 0 };
	__attribute__((cleanup(free_memory))) struct snapshot *snapshot = malloc(sizeof(*snapshot));
	struct cmd_common common;
	struct snapshot_sums sums;
	struct store *store;
	char name[IF_NAMESIZE];
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	status = cmd_open_store(argc ? argv[0] : common.dev, false, &store, name);
	if (status == EXIT_NOT_ENFORCING && common.json)
		print_nothing(argc ? argv[0] : common.dev);
	if (status)
		return status;
	scrape_of(store, name, &scrape);
	err = snapshot ? scrape_read(&scrape, snapshot) : -ENOMEM;
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot read the maps of %s: %s", name,
				strerror(-err));
	snapshot_add_up(&snapshot->totals, &sums);
	if (common.json)
		err = json_print(snapshot_json(snapshot), stdout);
	else
		print_text(snapshot, &sums, common.color);
	if (err)
		return EXIT_FAILED;
	return snapshot_enforcing(snapshot) ? EXIT_DONE : EXIT_NOT_ENFORCING;
}
