// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/cmd.h"
#include "user/duration.h"
#include "user/instance.h"
#include "user/json.h"
#include "user/names.h"
#include "user/scrape.h"

#define NS_PER_SECOND 1000000000ULL

/* Packets on their way in, and what shadow rules would have dropped of those that passed. */
struct sums {
	__u64 verdict[2]; /* index: dropped? */
	__u64 shadowed;
	__u64 reason[REASON_MAX];
	__u64 method[SIP_METHOD_MAX];
	__u64 standing[STANDING_MAX];
};

static void close_scrape(struct scrape *scrape)
{
	scrape_close(scrape);
}

static void free_memory(void *memory)
{
	free(*(void **)memory);
}

static void add_up(const struct totals *totals, struct sums *sums)
{
	for (unsigned int r = 0; r < REASON_MAX; r++) {
		sums->shadowed += totals->shadow[r].packets;
		for (unsigned int m = 0; m < SIP_METHOD_MAX; m++) {
			for (unsigned int s = 0; s < STANDING_MAX; s++) {
				__u64 packets = totals->by[r][m][s].packets;

				sums->reason[r] += packets;
				if (reason_leaves_host(r))
					continue;
				sums->verdict[reason_drops(r)] += packets;
				sums->method[m] += packets;
				sums->standing[s] += packets;
			}
		}
	}
}

static json_t *numbers(const __u64 *value, unsigned int n, const char *(*name)(unsigned int))
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < n; i++)
		json_object_set_new(object, name(i), json_integer((json_int_t)value[i]));
	return object;
}

static json_t *tables_json(const struct expo *expo)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < TABLE_MAX; i++)
		json_object_set_new(object, expo_table_name(i),
				    json_pack("{s:I, s:I}", "entries", (json_int_t)expo->entries[i],
					      "capacity", (json_int_t)expo_table_capacity(i)));
	return object;
}

static __u64 uptime(const struct expo *expo)
{
	return expo->now_ns > expo->started_ns ? (expo->now_ns - expo->started_ns) / NS_PER_SECOND
					       : 0;
}

static __u64 standings(const struct expo *expo)
{
	return expo->standing[STANDING_PROVEN] + expo->standing[STANDING_TRUSTED];
}

static double rate_of(const struct rate_limit *limit)
{
	return limit->interval_ns ? 1e9 / (double)limit->interval_ns : 0;
}

/* The lanes that follow the server have the same share of their rates. */
static double lane_share(const struct expo *expo)
{
	const struct rate_limit *full = &expo->policy.lane[LANE_REQUEST];

	if (!full->interval_ns)
		return 1;
	return (double)full->interval_ns / (double)expo->lane[LANE_REQUEST].interval_ns;
}

static __u64 spans(const __u64 count[HEALTH_SPANS])
{
	__u64 sum = 0;

	for (unsigned int i = 0; i < HEALTH_SPANS; i++)
		sum += count[i];
	return sum;
}

static double mean_wait(const struct health *health)
{
	__u64 answered = spans(health->answered);

	return answered ? (double)health->wait_ns / NS_PER_SECOND / (double)answered : 0;
}

static json_t *server_json(const struct expo *expo)
{
	const struct health *health = &expo->health;

	return json_pack("{s:I, s:I, s:f, s:I, s:{s:I, s:I, s:I, s:I, s:I}}", "asked",
			 (json_int_t)spans(health->asked), "answered",
			 (json_int_t)spans(health->answered), "mean_wait", mean_wait(health),
			 "overload", (json_int_t)health->overload, "answers", "2xx",
			 (json_int_t)health->status[2], "3xx", (json_int_t)health->status[3], "4xx",
			 (json_int_t)health->status[4], "5xx", (json_int_t)health->status[5], "6xx",
			 (json_int_t)health->status[6]);
}

/* By lane: events a second in force, and as the policy has it. 0: no limit. */
static json_t *lanes_json(const struct expo *expo)
{
	json_t *object = json_object();

	for (unsigned int i = 0; i < LANE_MAX; i++)
		json_object_set_new(object, lane_name(i),
				    json_pack("{s:f, s:f}", "rate", rate_of(&expo->lane[i]), "full",
					      rate_of(&expo->policy.lane[i])));
	return object;
}

static int print_json(const struct expo *expo, const struct sums *sums)
{
	json_t *document = json_document();
	pid_t pid = instance_of(expo->interface);
	int err;

	err = json_object_update_new(
		document,
		json_pack(
			"{s:s, s:b, s:o, s:{s:I, s:s}, s:{s:b, s:o}, s:I, s:I, s:I, s:o, s:o, s:o}",
			"dev", expo->interface, "enforcing", expo_enforcing(expo), "mode",
			expo->attached ? json_string(expo->native ? "native" : "generic")
				       : json_null(),
			"policy", "generation", (json_int_t)expo->policy.generation, "mode",
			action_name(expo->policy.mode), "agent", "running", pid != 0, "pid",
			pid ? json_integer(pid) : json_null(), "passed",
			(json_int_t)sums->verdict[false], "dropped",
			(json_int_t)sums->verdict[true], "shadowed", (json_int_t)sums->shadowed,
			"by_reason", numbers(sums->reason, REASON_MAX, reason_name), "by_method",
			numbers(sums->method, SIP_METHOD_MAX, method_name), "by_standing",
			numbers(sums->standing, STANDING_MAX, standing_name)));
	err |= json_object_update_new(document,
				      json_pack("{s:I, s:b, s:I, s:I, s:I, s:I}", "bans",
						(json_int_t)expo->bans, "frozen", (int)expo->frozen,
						"standing", (json_int_t)standings(expo), "suspects",
						(json_int_t)expo->suspects, "events_lost",
						(json_int_t)expo->totals.events_lost, "uptime",
						(json_int_t)uptime(expo)));
	err |= json_object_set_new(document, "tables", tables_json(expo));
	err |= json_object_set_new(document, "server", server_json(expo));
	err |= json_object_set_new(document, "lanes", lanes_json(expo));
	if (!err)
		return json_print(document, stdout);
	json_decref(document);
	return -ENOMEM;
}

static const char *state_sentence(const struct expo *expo)
{
	if (!expo->attached)
		return "NOT protected: no program is attached to the interface; run `sipshield run'";
	if (expo->policy.mode == ACTION_OFF)
		return "NOT protected: the policy has `mode: off'";
	if (expo->policy.mode == ACTION_SHADOW)
		return "NOT protected, only watched: the policy has `mode: shadow', nothing is "
		       "dropped";
	return "protected";
}

static int compare_counts(const void *a, const void *b)
{
	const __u64 *x = *(const __u64 *const *)a, *y = *(const __u64 *const *)b;

	return *x < *y ? 1 : *x > *y ? -1 : 0;
}

static void print_server(const struct expo *expo)
{
	const struct health *health = &expo->health;

	printf("  the server: %llu requests of strangers and suspects, %llu answered after %.0f ms on "
	       "average\n",
	       spans(health->asked), spans(health->answered), mean_wait(health) * 1000);
	if (lane_share(expo) < 1)
		printf("  the server does badly: the lanes of strangers have %.0f %% of their "
		       "rates\n",
		       lane_share(expo) * 100);
}

/* Reasons with packets, the greatest first. */
static void print_reasons(const struct sums *sums)
{
	const __u64 *order[REASON_MAX];

	for (unsigned int r = 0; r < REASON_MAX; r++)
		order[r] = &sums->reason[r];
	qsort(order, REASON_MAX, sizeof(order[0]), compare_counts);
	for (unsigned int i = 0; i < REASON_MAX && *order[i]; i++) {
		unsigned int r = order[i] - sums->reason;

		printf("  %12llu  %-4s  %-20s %s\n", *order[i], reason_drops(r) ? "drop" : "pass",
		       reason_name(r), reason_sentence(r));
	}
}

static void print_text(const struct expo *expo, const struct sums *sums, bool color)
{
	char time[DURATION_TEXT_LEN];
	pid_t pid = instance_of(expo->interface);
	const char *paint = !color ? "" : expo_enforcing(expo) ? "\033[32m" : "\033[31m";

	printf("%s: %s%s%s\n", expo->interface, paint, state_sentence(expo),
	       color ? "\033[0m" : "");
	if (expo->attached)
		printf("  %s mode, counting for %s\n", expo->native ? "native" : "generic",
		       duration_format(uptime(expo), time));
	printf("  policy generation %u, mode: %s\n", expo->policy.generation,
	       action_name(expo->policy.mode));
	if (pid)
		printf("  agent running, process %d\n", pid);
	else
		puts("  no agent: what is in force stays, but nobody is banned and nothing is "
		     "logged");
	printf("  %llu bans, %llu sources of good standing, %llu suspects\n", expo->bans,
	       standings(expo), expo->suspects);
	if (expo->frozen)
		puts("  FROZEN: so many are banned or limited that no new bans are made for now");
	printf("  %llu packets passed, %llu dropped, %llu would be dropped by rules in shadow\n",
	       sums->verdict[false], sums->verdict[true], sums->shadowed);
	print_server(expo);
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
	__attribute__((cleanup(free_memory))) struct expo *expo = malloc(sizeof(*expo));
	struct cmd_common common;
	struct sums sums = { 0 };
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
	err = expo ? scrape_read(&scrape, expo) : -ENOMEM;
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot read the maps of %s: %s", name,
				strerror(-err));
	add_up(&expo->totals, &sums);
	if (common.json)
		err = print_json(expo, &sums);
	else
		print_text(expo, &sums, common.color);
	if (err)
		return EXIT_FAILED;
	return expo_enforcing(expo) ? EXIT_DONE : EXIT_NOT_ENFORCING;
}
