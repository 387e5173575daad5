// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fuzz/diff_kernel.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bpf/sketch.h"

#define MAPS_MAX 64
#define VALUE_MAX 4096 /* of one CPU, of the maps that are read here */
_Static_assert(sizeof(struct message) <= VALUE_MAX, "the largest value has room");

/* Two epochs of the sketch of transactions, and more than a budget or a fragment lives. */
#define FORGET_NS (2ULL << SKETCH_EPOCH_SHIFT)

#define XDP_RETURNS_DROP 1
#define XDP_RETURNS_PASS 2
#define EGRESS_RETURNS (~0U) /* TC_ACT_UNSPEC */

/* The map of a program by its name, whose values have this size, or a negative errno. */
static int find_map(int program, const char *name, size_t size)
{
	__u32 ids[MAPS_MAX], len = sizeof(struct bpf_prog_info);
	struct bpf_prog_info info = { .nr_map_ids = MAPS_MAX, .map_ids = (__u64)(uintptr_t)ids };
	int err = bpf_obj_get_info_by_fd(program, &info, &len);

	for (__u32 i = 0; !err && i < info.nr_map_ids && i < MAPS_MAX; i++) {
		struct bpf_map_info map = { 0 };
		int fd = bpf_map_get_fd_by_id(ids[i]);

		len = sizeof(map);
		if (fd < 0)
			return fd;
		err = bpf_obj_get_info_by_fd(fd, &map, &len);
		if (!err && !strcmp(map.name, name))
			return map.value_size == size ? fd : -EPROTO;
		close(fd);
	}
	return err ? err : -ENOENT;
}

static int find_maps(struct kernel *k)
{
	static const struct {
		const char *name;
		size_t size;
		size_t at;
	} maps[] = {
		{ "control", sizeof(struct control), offsetof(struct kernel, control_map) },
		{ "facts", sizeof(struct facts), offsetof(struct kernel, facts_map) },
		{ "scratch", sizeof(struct message), offsetof(struct kernel, scratch_map) },
		{ "last", sizeof(struct verdict_record), offsetof(struct kernel, last_map) },
	};

	for (size_t i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		int fd = find_map(k->program[ENTRY_XDP], maps[i].name, maps[i].size);

		if (fd < 0)
			return fd;
		memcpy((char *)k + maps[i].at, &fd, sizeof(fd));
	}
	return 0;
}

/* Values of per-CPU maps are read from the CPU that ran the program. */
static int stay_on_cpu(struct kernel *k)
{
	cpu_set_t set;

	k->cpu = sched_getcpu();
	CPU_ZERO(&set);
	CPU_SET(k->cpu, &set);
	return sched_setaffinity(0, sizeof(set), &set) ? -errno : 0;
}

int kernel_open(struct kernel *k)
{
	int err;

	memset(k, 0, sizeof(*k));
	err = stay_on_cpu(k);
	if (!err)
		err = shield_load_private(&k->shield);
	if (err)
		return err;
	k->program[ENTRY_XDP] = shield_ingress_fd(k->shield);
	k->program[ENTRY_FRAGS] = shield_frags_fd(k->shield);
	k->program[ENTRY_EGRESS] = shield_egress_fd(k->shield);
	k->cpus = libbpf_num_possible_cpus();
	k->room = k->cpus > 0 ? calloc(k->cpus, VALUE_MAX) : NULL;
	return k->room ? find_maps(k) : -ENOMEM;
}

void kernel_close(struct kernel *k)
{
	shield_free(k->shield);
	free(k->room);
}

/* --- the policy -------------------------------------------------------------------------------*/

static void without_limits(struct policy *policy)
{
	memset(policy->lane, 0, sizeof(policy->lane));
	memset(policy->limit, 0, sizeof(policy->limit));
	memset(policy->carrier, 0, sizeof(policy->carrier));
	for (int i = 0; i < STANDING_MAX; i++)
		policy->limit[i][CLASS_FAILURE] = (struct rate_limit){
			.interval_ns = KERNEL_FAILURE_SECONDS * 1000000000,
			.tolerance_ns = KERNEL_FAILURE_SECONDS * 1000000000 * (KERNEL_FAILURES - 1),
		};
	policy->proven_seconds = KERNEL_PROVEN_SECONDS;
	policy->trust_seconds = KERNEL_TRUST_SECONDS;
}

int kernel_policy(struct kernel *k, const char *yaml, enum rule_action mode, int all_enforced)
{
	struct store *store = shield_store(k->shield);
	struct policy_doc doc;
	struct plan plan;
	int err = policy_parse("policy", yaml, strlen(yaml), &doc, stderr);

	if (err)
		return err;
	doc.mode = mode;
	err = plan_build(&doc, NULL, &plan, stderr);
	policy_free(&doc);
	if (err)
		return err;
	without_limits(&plan.policy);
	for (int i = 0; all_enforced && i < REASON_MAX; i++)
		plan.policy.action[i] = ACTION_ENFORCE;
	err = store_apply(store, &plan, NULL);
	plan_free(&plan);
	if (!err)
		err = store_policy(store, &k->policy);
	if (!err)
		err = store_signatures(store, k->banks);
	return err ? err : store_control(store, &k->control);
}

int kernel_wait(struct kernel *k, __u64 ns)
{
	__u32 zero = 0;

	k->control.replay_now_ns += ns;
	return bpf_map_update_elem(k->control_map, &zero, &k->control, BPF_ANY) ? -errno : 0;
}

int kernel_forget(struct kernel *k)
{
	k->control.hash_key[2] += 0x9e3779b97f4a7c15ULL; /* every source has other places */
	return kernel_wait(k, FORGET_NS);
}

/* --- runs -------------------------------------------------------------------------------------*/

/* This CPU's value of the one entry of a map. */
static int read_value(struct kernel *k, int map, void *out, size_t size)
{
	size_t stride = (size + 7) / 8 * 8;
	__u32 zero = 0;
	int err = bpf_map_lookup_elem(map, &zero, k->room);

	if (!err)
		memcpy(out, k->room + stride * k->cpu, size);
	return err;
}

static __u32 returns(enum entry entry, const struct verdict_record *verdict)
{
	if (entry == ENTRY_EGRESS)
		return EGRESS_RETURNS;
	return verdict->dropped ? XDP_RETURNS_DROP : XDP_RETURNS_PASS;
}

int kernel_run(struct kernel *k, enum entry entry, const __u8 *frame, __u32 len,
	       struct verdict_record *out)
{
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = len);
	int err = bpf_prog_test_run_opts(k->program[entry], &opts);

	if (!err)
		err = read_value(k, k->last_map, out, sizeof(*out));
	if (!err && opts.retval != returns(entry, out))
		err = -EPROTO;
	return err;
}

int kernel_facts(struct kernel *k, struct facts *out)
{
	return read_value(k, k->facts_map, out, sizeof(*out));
}

int kernel_message(struct kernel *k, struct message *out)
{
	return read_value(k, k->scratch_map, out, sizeof(*out));
}
