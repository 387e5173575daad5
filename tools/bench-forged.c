// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * bench-forged OBJECT SOURCES: so many forged sources with two packets each, the second one a
 * repetition of the first, through the real program; before it, 10,000 sources proved something. At
 * the end every one of them must have its standing as it was, nothing else may have one, and the
 * maps must take the memory that they took. What a packet cost is printed beside what one costs in
 * a flood of one source. Exit status: 0 all so, 1 not, 2 wrong usage.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bench_set.h"
#include "user/names.h"
#include "user/plan.h"

#define KNOWN 10000U
#define KNOWN_BASE 0xc6120000U /* 198.18.0.0 */
#define SOURCES_MAX 500000000U /* from 10.0.0.0, below KNOWN_BASE; twice as many turns fit */
#define BLOCK_MAX 2097152U     /* sources until they come again: about half a second */
#define RUN_MAX 10000000U      /* packets in one call of the kernel */
#define RATIO_GOAL 1.5

static struct bpf_object *object;
static struct store *store;
static struct standing known[KNOWN];

/* Every second one is trusted, the others are reachable. */
static int prepare_known(void)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	int err = 0;

	for (uint32_t i = 0; i < KNOWN && !err; i++) {
		struct addr address = bench_address(KNOWN_BASE + i);

		known[i].since_ns = known[i].proven_ns = now + i;
		known[i].expires_ns = now + 7 * 86400 * NS;
		known[i].proofs = 1 + i % 7;
		known[i].why = WHY_NONCE;
		known[i].hop[0] = 64 - i % 30;
		if (i % 2) {
			known[i].trusted_ns = now;
			known[i].trusted_until_ns = now + 86400 * NS;
			known[i].trusted_why = WHY_2XX_REGISTER;
			known[i].flows = 1 + i % 300;
		}
		err = bench_know(object, store, &address, &known[i]);
	}
	return err;
}

static int apply_defaults(void)
{
	struct policy_doc doc;
	struct plan plan;
	int err = policy_parse("bench", "", 0, &doc, stderr);

	if (err)
		return err;
	err = plan_build(&doc, &(struct policy_prefix_list){ 0 }, &plan, NULL);
	policy_free(&doc);
	if (err)
		return err;
	err = store_apply(store, &plan, NULL);
	plan_free(&plan);
	return err;
}

static int set_frames(void)
{
	int frames = bpf_object__find_map_fd_by_name(object, "bench_frames");

	for (__u32 i = 0; i < BENCH_FRAMES; i++) {
		struct bench_frame frame = { 0 };

		bench_build(&frame, MESSAGE_INVITE, i);
		if (bpf_map_update_elem(frames, &i, &frame, BPF_ANY))
			return -errno;
	}
	return 0;
}

/* The next packets come from the first source on; block 0: from that source alone. */
static int rewind_sources(uint32_t block)
{
	int fd = bpf_object__find_map_fd_by_name(object, "bench_state");
	int cpus = libbpf_num_possible_cpus(), err = 0;
	struct bench_state *state = cpus > 0 ? calloc(cpus, sizeof(*state)) : NULL;
	__u32 zero = 0;

	if (!state)
		return -ENOMEM;
	for (int i = 0; i < cpus; i++)
		state[i] = (struct bench_state){
			.random = 1, .base = BASE, .sources = 1, .block = block
		};
	if (bpf_map_update_elem(fd, &zero, state, BPF_ANY))
		err = -errno;
	free(state);
	return err;
}

static double share; /* of a core, that the last run had */

/* Nanoseconds of thread CPU time a packet, or a negative errno. */
static double run(const char *program, uint32_t block, uint64_t packets)
{
	static unsigned char in[BENCH_FRAME_LEN], out[BENCH_FRAME_LEN];
	int fd = bpf_program__fd(bpf_object__find_program_by_name(object, program));
	int err = rewind_sources(block);
	uint64_t start = clock_ns(CLOCK_THREAD_CPUTIME_ID), began = clock_ns(CLOCK_MONOTONIC);
	double spent;

	for (uint64_t left = packets; left && !err;) {
		uint32_t n = left < RUN_MAX ? left : RUN_MAX;
		LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in, .data_out = out,
			    .data_size_in = sizeof(in), .data_size_out = sizeof(out), .repeat = n);

		err = bpf_prog_test_run_opts(fd, &opts) ? -errno : 0;
		if (!err && opts.retval != 1 && opts.retval != 2) /* XDP_DROP, XDP_PASS */
			err = -EPROTO;
		left -= n;
	}
	spent = clock_ns(CLOCK_THREAD_CPUTIME_ID) - start;
	share = spent / (clock_ns(CLOCK_MONOTONIC) - began);
	return err ? err : spent / packets;
}

/* Bytes that all maps take, as the kernel accounts them; 0: it does not say. */
static uint64_t memory(void)
{
	uint64_t sum = 0;
	struct bpf_map *map;

	bpf_object__for_each_map(map, object) {
		char path[64], line[128];
		unsigned long long bytes;
		FILE *info;

		snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", bpf_map__fd(map));
		info = fopen(path, "re");
		while (info && fgets(line, sizeof(line), info))
			if (sscanf(line, "memlock: %llu", &bytes) == 1)
				sum += bytes;
		if (info)
			fclose(info);
	}
	return sum;
}

static int entries_of(const char *name)
{
	int fd = bpf_object__find_map_fd_by_name(object, name), n = 0;
	struct addr key, *from = NULL;

	while (!bpf_map_get_next_key(fd, from, &key)) {
		from = &key;
		n++;
	}
	return n;
}

/* How many of the known sources have their standing no more, or another one. */
static int harmed(void)
{
	int n = 0;

	for (uint32_t i = 0; i < KNOWN; i++) {
		struct addr address = bench_address(KNOWN_BASE + i);
		struct standing now;

		n += store_standing_get(store, &address, &now) ||
		     memcmp(&now, &known[i], sizeof(now)) != 0;
	}
	return n;
}

static int check(const char *name, uint64_t got, uint64_t want)
{
	if (got == want)
		printf("ok %s (%llu)\n", name, (unsigned long long)got);
	else
		printf("not ok %s: is %llu, must be %llu\n", name, (unsigned long long)got,
		       (unsigned long long)want);
	return got != want;
}

/* Packets that the program has counted, by enum reason; returns their sum. */
static uint64_t counted(uint64_t by[REASON_MAX])
{
	static struct totals totals;
	uint64_t sum = 0;

	memset(by, 0, REASON_MAX * sizeof(by[0]));
	if (store_totals(store, &totals))
		return 0;
	for (int reason = 0; reason < REASON_MAX; reason++) {
		for (int i = 0; i < SIP_METHOD_MAX * STANDING_MAX; i++)
			by[reason] += (&totals.by[reason][0][0])[i].packets;
		sum += by[reason];
	}
	return sum;
}

static void print_reasons(const uint64_t before[REASON_MAX], const uint64_t after[REASON_MAX])
{
	for (int reason = 0; reason < REASON_MAX; reason++)
		if (after[reason] != before[reason])
			printf("# %-24s %llu\n", reason_name(reason),
			       (unsigned long long)(after[reason] - before[reason]));
}

static int prepare(const char *path)
{
	cpu_set_t set;
	int err;

	/* the state of the program that makes the packets is one CPU's */
	CPU_ZERO(&set);
	CPU_SET(sched_getcpu(), &set);
	if (sched_setaffinity(0, sizeof(set), &set))
		return -errno;
	object = bpf_object__open_file(path, NULL);
	if (!object)
		return -errno;
	err = bpf_object__load(object);
	if (!err)
		err = store_of_object(object, &store);
	if (!err)
		err = store_init(store);
	if (!err)
		err = apply_defaults();
	if (!err)
		err = set_frames();
	return err ? err : prepare_known();
}

/* Returns the exit status. */
static int flood(uint32_t sources)
{
	uint32_t block = sources < BLOCK_MAX ? sources : BLOCK_MAX;
	static uint64_t before[REASON_MAX], after[REASON_MAX];
	uint64_t packets, sum, taken;
	double copy, one, many;
	int failed;

	block = (block + BENCH_FRAMES - 1) / BENCH_FRAMES * BENCH_FRAMES;
	if (!block)
		block = BENCH_FRAMES;
	sources = (sources + block - 1) / block * block; /* at least as many as were asked for */
	packets = 2ULL * sources;
	copy = run("bench_copy", block, packets / 10);
	one = run("bench_shield", 0, packets / 10);
	taken = memory();
	sum = counted(before);
	many = run("bench_shield", block, packets);
	if (copy < 0 || one < 0 || many < 0) {
		fprintf(stderr, "bench-forged: a packet was refused\n");
		return 1;
	}
	failed = check("packets", counted(after) - sum, packets);
	failed |= check("known-sources-harmed", harmed(), 0);
	failed |= check("standings", entries_of("standing"), KNOWN);
	failed |= check("bans", entries_of("bans"), 0);
	failed |= check("memory", memory(), taken);
	printf("# %u sources, two packets each: %.1f ns a packet; one source: %.1f ns; %.2fx, %s %.1f\n",
	       sources, many - copy, one - copy, (many - copy) / (one - copy),
	       (many - copy) / (one - copy) <= RATIO_GOAL ? "<=" : "OVER", RATIO_GOAL);
	printf("# it had %.0f %% of a core; with less than all, work that is budgeted by time is a\n"
	       "# greater part of what each packet costs\n",
	       share * 100);
	print_reasons(before, after);
	return failed;
}

int main(int argc, char **argv)
{
	unsigned long sources = argc == 3 ? strtoul(argv[2], NULL, 0) : 0;
	int err;

	if (sources < BENCH_FRAMES || sources > SOURCES_MAX) {
		fprintf(stderr, "usage: bench-forged OBJECT SOURCES (%d to %u)\n", BENCH_FRAMES,
			SOURCES_MAX);
		return 2;
	}
	err = prepare(argv[1]);
	if (err)
		fprintf(stderr, "bench-forged: %s\n", strerror(-err));
	else
		err = flood(sources);
	store_close(store);
	bpf_object__close(object);
	return err != 0;
}
