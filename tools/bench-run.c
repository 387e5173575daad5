// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Cost per packet of the packet path, through BPF_PROG_TEST_RUN over a rotating set of varied
 * messages, each beside its reference in the same run. Usage: bench-run OBJECT [WORD]: only the
 * scenarios with WORD in their name, and the empty programs.
 */
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools/bench_set.h"
#include "user/plan.h"

#define LOADS 3	       /* of the object: the JIT's placement varies */
#define ROUNDS 5       /* of each scenario in a load */
#define REPEAT 200000U /* packets a round */
#define KNOWN 1000U    /* sources with a standing, or a ban */

enum sources { SOURCES_STRANGERS, SOURCES_TRUSTED, SOURCES_BANNED };

struct scenario {
	const char *name;
	const char *program;
	enum message message;
	enum sources kind;
	uint32_t sources;
	bool open;		 /* limits that never hit */
	bool bare;		 /* no list of User-Agents */
	unsigned int signatures; /* of varied kinds, which hit no message */
	const char *reference;
	double goal; /* times the reference, at most; 0: no goal */
	double ns;   /* the result: median over the loads of the least over the rounds */
	double load_ns[LOADS];
	bool wanted;
};

static struct scenario scenarios[] = {
	{ .name = "empty program, pass", .program = "bench_pass", .sources = 1 },
	{ .name = "empty program, drop", .program = "bench_drop", .sources = 1 },
	{ .name = "not SIP, passes",
	  .program = "bench_shield",
	  .message = MESSAGE_DNS,
	  .sources = 65536,
	  .reference = "empty program, pass",
	  .goal = 1.5 },
	{ .name = "banned source",
	  .program = "bench_shield",
	  .message = MESSAGE_INVITE,
	  .kind = SOURCES_BANNED,
	  .sources = KNOWN,
	  .reference = "empty program, drop",
	  .goal = 2.5 },
	{ .name = "INVITE of a trusted source",
	  .program = "bench_shield",
	  .message = MESSAGE_INVITE,
	  .kind = SOURCES_TRUSTED,
	  .sources = KNOWN,
	  .open = true,
	  .reference = "empty program, pass",
	  .goal = 8 },
	{ .name = "INVITE of a stranger, inspected",
	  .program = "bench_shield",
	  .message = MESSAGE_INVITE,
	  .sources = 4096,
	  .open = true,
	  .reference = "empty program, pass",
	  .goal = 30 },
	{ .name = "the same, no signature at all",
	  .program = "bench_shield",
	  .message = MESSAGE_INVITE,
	  .sources = 4096,
	  .open = true,
	  .bare = true,
	  .reference = "INVITE of a stranger, inspected",
	  .goal = 1 },
	{ .name = "the same, 16 signatures",
	  .program = "bench_shield",
	  .message = MESSAGE_INVITE,
	  .sources = 4096,
	  .open = true,
	  .signatures = 16,
	  .reference = "INVITE of a stranger, inspected",
	  .goal = 2 },
	{ .name = "the same, 64 signatures",
	  .program = "bench_shield",
	  .message = MESSAGE_INVITE,
	  .sources = 4096,
	  .open = true,
	  .signatures = 64,
	  .reference = "the same, 16 signatures",
	  .goal = 1.1 },
	{ .name = "worst packet, inspected",
	  .program = "bench_shield",
	  .message = MESSAGE_WORST,
	  .sources = 4096,
	  .open = true,
	  .reference = "INVITE of a stranger, inspected",
	  .goal = 3 },
	{ .name = "flood of one source",
	  .program = "bench_shield",
	  .message = MESSAGE_INVITE,
	  .sources = 1 },
	{ .name = "flood of 16 M forged sources",
	  .program = "bench_shield",
	  .message = MESSAGE_INVITE,
	  .sources = 1U << 24,
	  .reference = "flood of one source",
	  .goal = 1.5 },
};

#define SCENARIOS (sizeof(scenarios) / sizeof(scenarios[0]))

static void set_open(struct policy *policy)
{
	const struct rate_limit open = { .interval_ns = 1, .tolerance_ns = 3600 * NS };

	for (int i = 0; i < STANDING_MAX; i++) {
		for (int j = 0; j < CLASS_MAX; j++)
			policy->limit[i][j] = open;
	}
	for (int i = 0; i < LANE_MAX; i++)
		policy->lane[i] = open;
}

/* What an operator might write: all fields, all operators, each with a text of its own. */
static const char *const signature_matches[] = {
	"user-agent: {word: tool%u}",
	"user-agent: {prefix: scan%u}, method: {equals: INVITE}",
	"call-id: {prefix: %02u-}, from-user: {same-as: to-user}",
	"branch: {prefix: z9hG4bK-%u-}, call-id: {chars: digit}",
	"ruri-user: {prefix: '009%02u'}",
	"call-id: {chars: hex, length: %u}",
	"branch: {length: 1%02u}, user-agent: {equals: x%u}",
	"ruri-user: {equals: '%u'}, payload-length: {range: 300-800}",
};

#define SIGNATURE_MATCHES (sizeof(signature_matches) / sizeof(signature_matches[0]))

static int read_policy(const struct scenario *s, struct policy_doc *doc)
{
	char match[256], *text = NULL;
	size_t len = 0;
	FILE *yaml = open_memstream(&text, &len);
	int err;

	if (!yaml)
		return -ENOMEM;
	if (s->bare)
		fputs("user-agents: []\n", yaml);
	if (s->signatures)
		fputs("signatures:\n", yaml);
	for (unsigned int i = 0; i < s->signatures; i++) {
		snprintf(match, sizeof(match), signature_matches[i % SIGNATURE_MATCHES], i, i);
		fprintf(yaml, "  - {name: s%u, action: enforce, match: {%s}}\n", i, match);
	}
	fclose(yaml);
	err = policy_parse("bench", text, len, doc, stderr);
	free(text);
	return err;
}

static int apply_policy(struct store *store, const struct scenario *s)
{
	struct policy_doc doc;
	struct plan plan;
	int err = read_policy(s, &doc);

	if (err)
		return err;
	err = plan_build(&doc, &(struct policy_prefix_list){ 0 }, &plan, NULL);
	policy_free(&doc);
	if (err)
		return err;
	if (s->open)
		set_open(&plan.policy);
	err = store_apply(store, &plan, NULL);
	plan_free(&plan);
	return err;
}

static int trust(struct bpf_object *object, struct store *store, const struct addr *address)
{
	uint64_t now = clock_ns(CLOCK_MONOTONIC);
	struct standing entry = { .since_ns = now,
				  .expires_ns = now + 3600 * NS,
				  .trusted_ns = now,
				  .trusted_until_ns = now + 3600 * NS };

	return bench_know(object, store, address, &entry);
}

static int prepare_sources(struct bpf_object *object, struct store *store, enum sources kind)
{
	int err = 0;

	for (uint32_t i = 0; i < KNOWN && !err && kind != SOURCES_STRANGERS; i++) {
		struct addr address = bench_address(BASE + i);

		if (kind == SOURCES_TRUSTED)
			err = trust(object, store, &address);
		else
			err = store_ban(store, &address, clock_ns(CLOCK_MONOTONIC), 3600, 0,
					"benchmark");
	}
	return err;
}

static int set_frames(struct bpf_object *object, const struct scenario *s)
{
	int frames = bpf_object__find_map_fd_by_name(object, "bench_frames");
	int state_fd = bpf_object__find_map_fd_by_name(object, "bench_state");
	struct bench_state state[64] = { 0 };
	int cpus = libbpf_num_possible_cpus();
	__u32 zero = 0;

	for (__u32 i = 0; i < BENCH_FRAMES; i++) {
		struct bench_frame frame = { 0 };

		bench_build(&frame, s->message, i);
		if (bpf_map_update_elem(frames, &i, &frame, BPF_ANY))
			return -errno;
	}
	if (cpus > 64)
		return -E2BIG;
	for (int i = 0; i < cpus; i++) {
		state[i].random = 88172645463325252ULL + i;
		state[i].base = BASE;
		state[i].sources = s->sources;
	}
	return bpf_map_update_elem(state_fd, &zero, state, BPF_ANY) ? -errno : 0;
}

/* Nanoseconds of thread CPU time a packet, or a negative errno. */
static double run(int prog_fd)
{
	static unsigned char in[BENCH_FRAME_LEN], out[BENCH_FRAME_LEN];
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = in, .data_out = out,
		    .data_size_in = sizeof(in), .data_size_out = sizeof(out), .repeat = REPEAT);
	uint64_t start = clock_ns(CLOCK_THREAD_CPUTIME_ID);

	if (bpf_prog_test_run_opts(prog_fd, &opts))
		return -errno;
	if (opts.retval != 1 && opts.retval != 2) /* XDP_DROP, XDP_PASS */
		return -EPROTO;
	return (double)(clock_ns(CLOCK_THREAD_CPUTIME_ID) - start) / REPEAT;
}

static double least(int fd)
{
	double best = 0;

	for (int i = 0; i < ROUNDS; i++) {
		double ns = run(fd);

		if (ns < 0)
			return ns;
		if (!i || ns < best)
			best = ns;
	}
	return best;
}

/* One load of the object for each scenario: no state of one is left for the next. */
static int measure(const char *path, struct scenario *s, int load)
{
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct store *store = NULL;
	double ns = 0, copy = 0;
	int err = -EINVAL;

	if (!object || bpf_object__load(object))
		goto out;
	err = store_of_object(object, &store);
	if (!err)
		err = store_init(store);
	if (!err)
		err = apply_policy(store, s);
	if (!err)
		err = prepare_sources(object, store, s->kind);
	if (!err)
		err = set_frames(object, s);
	if (err)
		goto out;
	if (s->message != MESSAGE_NONE)
		copy = least(
			bpf_program__fd(bpf_object__find_program_by_name(object, "bench_copy")));
	ns = least(bpf_program__fd(bpf_object__find_program_by_name(object, s->program)));
	if (ns < 0 || copy < 0)
		err = (int)(ns < 0 ? ns : copy);
	s->load_ns[load] = ns - copy;
out:
	if (err)
		fprintf(stderr, "bench: %s: %s\n", s->name, strerror(-err));
	store_close(store);
	bpf_object__close(object);
	return err;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;

	return x < y ? -1 : x > y;
}

static const struct scenario *find(const char *name)
{
	for (size_t i = 0; i < SCENARIOS; i++) {
		if (!strcmp(scenarios[i].name, name))
			return &scenarios[i];
	}
	return NULL;
}

static double empty_ns(void)
{
	return find("empty program, pass")->ns;
}

/* What a scenario costs includes the frame of an empty program; the prologue's does not. */
static double whole(const struct scenario *s)
{
	return s->message == MESSAGE_NONE ? s->ns : s->ns + empty_ns();
}

static void report(void)
{
	printf("%-34s %8s  %-34s %7s %7s\n", "scenario", "ns", "beside", "ratio", "goal");
	for (size_t i = 0; i < SCENARIOS; i++) {
		const struct scenario *s = &scenarios[i];
		const struct scenario *ref = s->reference ? find(s->reference) : NULL;

		if (!s->wanted)
			continue;
		printf("%-34s %8.1f", s->name, whole(s));
		if (ref && ref->wanted)
			printf("  %-34s %6.2fx  %s %.3g", ref->name, whole(s) / whole(ref),
			       whole(s) / whole(ref) <= s->goal ? "<=" : "OVER", s->goal);
		printf("\n");
	}
}

int main(int argc, char **argv)
{
	const char *word = argc > 2 ? argv[2] : "";

	if (argc < 2 || argc > 3) {
		fprintf(stderr, "usage: bench-run OBJECT [WORD]\n");
		return 2;
	}
	for (int load = 0; load < LOADS; load++) {
		for (size_t i = 0; i < SCENARIOS; i++) {
			scenarios[i].wanted = scenarios[i].message == MESSAGE_NONE ||
					      strstr(scenarios[i].name, word);
			if (scenarios[i].wanted && measure(argv[1], &scenarios[i], load))
				return 1;
		}
	}
	for (size_t i = 0; i < SCENARIOS; i++) {
		qsort(scenarios[i].load_ns, LOADS, sizeof(double), compare);
		scenarios[i].ns = scenarios[i].load_ns[LOADS / 2];
	}
	report();
	return 0;
}
