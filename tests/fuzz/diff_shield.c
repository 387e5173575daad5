// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * diff-shield [--seed N] [--seconds N] [--packets N] [--from N] [--frame HEX]: gives frames to the
 * real programs and compares what they say, and all that they have read, with the same lines
 * compiled for the host and with a slow reference. One of sixteen is not a frame but a scene between
 * a server and its peers (diff_scene.h). Each is made of the seed and its number alone, so that one
 * can be looked at again. Exit status: 0 no difference, 1 one (which is printed), 2 wrong usage, 77
 * the machine cannot run it.
 */
#include <errno.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "tests/fuzz/diff_frame.h"
#include "tests/fuzz/diff_kernel.h"
#include "tests/fuzz/diff_model.h"
#include "tests/fuzz/diff_scene.h"
#include "user/names.h"

#define STATUS_SKIP 77
#define POLICY_PACKETS 65536 /* under one policy before the next one's turn */
#define CLOCK_PACKETS 4096   /* between two looks at the clock */
#define SCENE_PACKETS 16     /* one of so many frames is a scene of several instead */
#define SCENE_TRIES 3	    /* with other hashes: what a sketch confused then is not confused now */
#define LINEAR_MAX 3072	    /* a longer frame lies in several pieces: for xdp.frags alone */
#define HEADERS_LINEAR 1024 /* so long frames have plain headers, all in the first piece */

struct options {
	__u64 seed;
	__u64 from;
	__u64 packets; /* 0: no limit */
	__u64 seconds; /* 0: no limit */
	const char *frame;
};

static struct kernel kernel;
static const char *const entry_names[ENTRIES] = { "xdp", "xdp.frags", "egress" };
static __u64 counted[REASON_MAX]; /* verdicts, for the counters in the kernel */
static __u64 collisions;	  /* transactions that the sketch took for an earlier one */

static const struct {
	const char *name;
	enum rule_action mode;
	int all_enforced;
} policies[] = {
	{ "defaults", ACTION_ENFORCE, 0 },
	{ "every rule enforced", ACTION_ENFORCE, 1 },
	{ "mode: shadow", ACTION_SHADOW, 1 },
	{ "every rule scored", ACTION_SCORE, 1 },
};

static int use_policy(size_t i)
{
	int err = kernel_policy(&kernel, DIFF_POLICY, policies[i].mode, policies[i].all_enforced);

	model_signatures(kernel.banks);
	if (err)
		fprintf(stderr, "diff-shield: policy: %s\n", strerror(-err));
	return err;
}

/* --- comparisons: each prints what differs and returns how much --------------------------------*/

static int compare_number(FILE *to, const char *name, __u64 got, __u64 want)
{
	if (got == want)
		return 0;
	fprintf(to, "  %s: kernel %llu, model %llu\n", name, (unsigned long long)got,
		(unsigned long long)want);
	return 1;
}

static int compare_verdict(FILE *to, const struct verdict_record *got,
			   const struct verdict_record *want)
{
	int differences = 0;

	if (got->reason != want->reason || got->shadow != want->shadow) {
		fprintf(to, "  verdict: kernel %s (shadow %s), model %s (shadow %s)\n",
			reason_name(got->reason), got->shadow ? reason_name(got->shadow) : "none",
			reason_name(want->reason),
			want->shadow ? reason_name(want->shadow) : "none");
		differences++;
	}
	differences += compare_number(to, "signature", got->signature, want->signature);
	differences += compare_number(to, "method", got->method, want->method);
	return differences + compare_number(to, "standing", got->standing, want->standing);
}

static int compare_packet(FILE *to, const struct expected *want)
{
	const struct facts *w = &want->packet;
	int differences = 0;
	struct facts got;

	if (kernel_facts(&kernel, &got))
		return 0;
	differences += compare_number(to, "protocol", got.protocol, w->protocol);
	differences += compare_number(to, "fragment", got.fragment, w->fragment);
	differences += compare_number(to, "sport", got.sport, w->sport);
	differences += compare_number(to, "dport", got.dport, w->dport);
	differences += compare_number(to, "payload", got.payload, w->payload);
	differences += compare_number(to, "payload_len", got.payload_len, w->payload_len);
	differences += compare_number(to, "length", got.length, w->length);
	if (want->inspected && want->verdict.reason != REASON_EGRESS_OTHER &&
	    want->verdict.reason != REASON_EGRESS_LEARNED) {
		differences += compare_number(to, "suspicion", got.suspicion, w->suspicion);
		differences += compare_number(to, "check", got.check, w->check);
	}
	differences += compare_number(to, "src", memcmp(&got.src, &w->src, 16), 0);
	return differences + compare_number(to, "dst", memcmp(&got.dst, &w->dst, 16), 0);
}

static int compare_message(FILE *to, const struct expected *want)
{
	static struct message message;
	struct told got;
	int differences;

	if (kernel_message(&kernel, &message))
		return 0;
	told_keep(&message, &got);
	differences = told_compare(to, "kernel", &got, "host", &want->host);
	got.hits = 0;
	got.facts.odd_name = 0;
	got.facts.unequal = 0;
	return differences + told_compare(to, "kernel", &got, "reference", &want->reference);
}

/* --- one frame --------------------------------------------------------------------------------*/

/* Of what goes out few frames are read, and hardly more are given. */
static int is_given(enum entry entry, const struct expected *want, __u32 len)
{
	if (entry == ENTRY_EGRESS)
		return len <= LINEAR_MAX && (want->inspected || len % 16 == 0);
	if (len <= LINEAR_MAX)
		return 1;
	return entry == ENTRY_FRAGS && want->framed && want->packet.payload < HEADERS_LINEAR;
}

/*
 * Runs a frame. A new transaction that collides with an earlier one in the sketch is taken for a
 * repetition once in a while: it must not be, an hour later.
 */
static int run(enum entry entry, const __u8 *frame, __u32 len, const struct verdict_record *want,
	       struct verdict_record *got)
{
	int err = kernel_run(&kernel, entry, frame, len, got);

	if (err)
		return err;
	counted[got->reason]++;
	if (got->reason != REASON_RETRANSMISSION || want->reason == REASON_RETRANSMISSION)
		return 0;
	collisions++;
	err = kernel_forget(&kernel);
	if (!err)
		err = kernel_run(&kernel, entry, frame, len, got);
	if (!err)
		counted[got->reason]++;
	return err;
}

/* One entry. Prints what differs; returns how much, or a negative errno. */
static int run_and_compare(enum entry entry, const __u8 *frame, __u32 len,
			   const struct expected *want, FILE *to)
{
	struct verdict_record got;
	int n, err;

	if (!is_given(entry, want, len))
		return 0;
	err = run(entry, frame, len, &want->verdict, &got);
	if (err == -EINVAL)
		return 0; /* shorter than any frame that the kernel takes */
	if (err || want->unsaid)
		return err;
	n = compare_verdict(to, &got, &want->verdict);
	if (want->framed)
		n += compare_packet(to, want);
	if (want->inspected)
		n += compare_message(to, want);
	if (n)
		fprintf(to, "  in %s\n", entry_names[entry]);
	return n;
}

/* All entries; what the first lets through as new is a repetition for the second. */
static int differences(const __u8 *frame, __u32 len, FILE *to)
{
	static struct expected want;
	int n;

	model_ingress(frame, len, &kernel.policy, &want);
	n = kernel_forget(&kernel);
	if (!n)
		n = run_and_compare(ENTRY_XDP, frame, len, &want, to);
	if (want.named && len <= LINEAR_MAX)
		want.verdict.reason = REASON_RETRANSMISSION;
	if (!n)
		n = run_and_compare(ENTRY_FRAGS, frame, len, &want, to);
	if (n)
		return n;
	model_egress(frame, len, &want);
	return run_and_compare(ENTRY_EGRESS, frame, len, &want, to);
}

/* Takes out of a frame that differs what it can do without; lengths in headers may be too great. */
static void minimise(struct diff_frame *frame, FILE *nowhere)
{
	struct diff_frame less;

	for (__u32 size = frame->len / 2; size; size /= 2) {
		for (__u32 at = 0; at + size <= frame->len;) {
			less.len = frame->len - size;
			memcpy(less.at, frame->at, at);
			memcpy(less.at + at, frame->at + at + size, less.len - at);
			if (differences(less.at, less.len, nowhere) > 0)
				*frame = less;
			else
				at += size;
		}
	}
}

static void print_frame(const struct diff_frame *frame)
{
	for (__u32 i = 0; i < frame->len; i++)
		printf("%02x", frame->at[i]);
	printf("\n");
}

/* Tells a difference in full, then that of the least frame that still has one. */
static void report(struct diff_frame *frame, const struct options *o, __u64 number)
{
	FILE *nowhere = fopen("/dev/null", "we");

	printf("difference: --seed %llu --from %llu --packets 1 (policy: %s)\n",
	       (unsigned long long)o->seed, (unsigned long long)number,
	       policies[number / POLICY_PACKETS % COUNT_OF(policies)].name);
	if (differences(frame->at, frame->len, stdout) <= 0)
		printf("  gone when the frame comes again: it depends on those before it\n");
	print_frame(frame);
	if (nowhere) {
		minimise(frame, nowhere);
		fclose(nowhere);
	}
	printf("least: --frame, and so:\n");
	differences(frame->at, frame->len, stdout);
	print_frame(frame);
}

/* --- many -------------------------------------------------------------------------------------*/

static void make(const struct options *o, __u64 number, struct diff_frame *frame)
{
	static struct diff_message message;
	struct random r = { .state = o->seed ^ number * 0xd6e8feb86659fd93ULL };

	diff_message_make(&r, &message);
	diff_frame_make(&r, &message, frame);
}

static __u64 now_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return now.tv_sec;
}

/* The kernel's counters must say the same as the verdicts. */
static int compare_counters(const struct totals *before)
{
	static struct totals after;
	int n = 0;

	if (store_totals(shield_store(kernel.shield), &after))
		return 1;
	for (int reason = 0; reason < REASON_MAX; reason++) {
		__u64 packets = 0;

		for (int i = 0; i < SIP_METHOD_MAX * STANDING_MAX; i++)
			packets += (&after.by[reason][0][0])[i].packets -
				   (&before->by[reason][0][0])[i].packets;
		n += compare_number(stdout, reason_name(reason), packets, counted[reason]);
	}
	return n;
}

static int run_step(enum entry entry, const __u8 *frame, __u32 len, struct verdict_record *out)
{
	int err = kernel_run(&kernel, entry, frame, len, out);

	if (!err)
		counted[out->reason]++;
	return err;
}

/* A scene by its number. What differs each time it is played is told. */
static int scene_differences(const struct options *o, __u64 number)
{
	__u64 seed = o->seed ^ number * 0xd6e8feb86659fd93ULL;
	char *text = NULL;
	size_t size = 0;
	int n = 1;

	for (__u64 i = 0; i < SCENE_TRIES && n > 0; i++) {
		FILE *to = open_memstream(&text, &size);

		if (!to)
			return -ENOMEM;
		n = scene_play(seed, seed * SCENE_TRIES + i, &kernel, run_step, to);
		fclose(to);
		if (n > 0 && i + 1 == SCENE_TRIES)
			printf("difference: --seed %llu --from %llu --packets 1, a scene\n%s",
			       (unsigned long long)o->seed, (unsigned long long)number, text);
		free(text);
		collisions += !n && i;
	}
	return n;
}

static void print_reasons(void)
{
	for (int reason = 0; reason < REASON_MAX; reason++)
		if (counted[reason])
			printf("  %-24s %llu\n", reason_name(reason),
			       (unsigned long long)counted[reason]);
}

/* Returns the exit status. */
static int run_many(const struct options *o)
{
	__u64 number = o->from, end = now_seconds() + o->seconds;
	static struct totals before;
	struct diff_frame frame;
	int n = 0, scene = 0;

	if (store_totals(shield_store(kernel.shield), &before))
		return 1;
	for (; !o->packets || number - o->from < o->packets; number++) {
		if (number % CLOCK_PACKETS == 0 && o->seconds && now_seconds() >= end)
			break;
		if ((number % POLICY_PACKETS == 0 || number == o->from) &&
		    use_policy(number / POLICY_PACKETS % COUNT_OF(policies)))
			return 1;
		scene = number % SCENE_PACKETS == 0;
		if (!scene)
			make(o, number, &frame);
		n = scene ? scene_differences(o, number) : differences(frame.at, frame.len, stdout);
		if (n)
			break;
	}
	if (n < 0)
		printf("frame %llu: %s\n", (unsigned long long)number, strerror(-n));
	if (n > 0 && !scene)
		report(&frame, o, number);
	else if (!n)
		n |= compare_counters(&before);
	print_reasons();
	printf("%llu frames of seed %llu, %llu collisions, %s\n",
	       (unsigned long long)(number - o->from), (unsigned long long)o->seed,
	       (unsigned long long)collisions, n ? "a difference" : "no difference");
	return n != 0;
}

/* A frame in hexadecimal, under each policy. Returns the exit status. */
static int run_frame(const char *hex)
{
	struct diff_frame frame = { 0 };
	int n = 0;

	for (; hex[0] && hex[1] && frame.len < DIFF_FRAME_MAX; hex += 2) {
		char pair[] = { hex[0], hex[1], 0 };

		frame.at[frame.len++] = strtoul(pair, NULL, 16);
	}
	for (size_t i = 0; i < COUNT_OF(policies); i++) {
		printf("policy: %s\n", policies[i].name);
		if (use_policy(i))
			return 1;
		n |= differences(frame.at, frame.len, stdout);
	}
	print_reasons();
	return n != 0;
}

static int usage(void)
{
	fprintf(stderr, "usage: diff-shield [--seed N] [--seconds N] [--packets N] [--from N] "
			"[--frame HEX]\n");
	return 2;
}

static int read_options(int argc, char **argv, struct options *o)
{
	static const struct option names[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' },
		{ "packets", required_argument, NULL, 'n' },
		{ "from", required_argument, NULL, 'f' },
		{ "frame", required_argument, NULL, 'x' },
		{ 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", names, NULL)) != -1) {
		__u64 number = c == '?' || c == 'x' ? 0 : strtoull(optarg, NULL, 0);

		switch (c) {
		case 's':
			o->seed = number;
			break;
		case 't':
			o->seconds = number;
			break;
		case 'n':
			o->packets = number;
			break;
		case 'f':
			o->from = number;
			break;
		case 'x':
			o->frame = optarg;
			break;
		default:
			return -EINVAL;
		}
	}
	return optind == argc ? 0 : -EINVAL;
}

static int read_seeds(void)
{
	return diff_seeds_read("tests/vectors") > 0 && diff_seeds_read("tests/fuzz/corpus/sip") > 0;
}

int main(int argc, char **argv)
{
	struct options o = { .seed = 1 };
	int err, status;

	if (read_options(argc, argv, &o))
		return usage();
	if (!o.frame && !read_seeds()) {
		fprintf(stderr, "diff-shield: no vectors below the working directory\n");
		return 1;
	}
	if (geteuid()) {
		fprintf(stderr, "diff-shield: needs root\n");
		return STATUS_SKIP;
	}
	err = kernel_open(&kernel);
	if (err) {
		fprintf(stderr, "diff-shield: %s\n", strerror(-err));
		return 1;
	}
	status = o.frame ? run_frame(o.frame) : run_many(&o);
	kernel_close(&kernel);
	return status;
}
