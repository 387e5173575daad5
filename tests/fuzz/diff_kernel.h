/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The real program under BPF_PROG_TEST_RUN, and what it has left in its maps. */
#ifndef SIPSHIELD_DIFF_KERNEL_H
#define SIPSHIELD_DIFF_KERNEL_H

#include "tests/fuzz/diff_told.h"
#include "user/loader.h"

enum entry { ENTRY_XDP, ENTRY_FRAGS, ENTRY_EGRESS, ENTRIES };

struct kernel {
	struct shield *shield;
	struct policy policy; /* in force, with its signatures */
	struct signature_set banks[SIGNATURE_BANKS];
	struct control control;
	int program[ENTRIES];
	int control_map;
	int facts_map;
	int scratch_map;
	int last_map;
	int cpu;
	int cpus;   /* for which per-CPU maps have values */
	char *room; /* for one value of each */
};

/* Loads the programs and binds the process to its CPU. Needs root. 0 or a negative errno. */
int kernel_open(struct kernel *k);
void kernel_close(struct kernel *k);

#define KERNEL_PROVEN_SECONDS 20
#define KERNEL_TRUST_SECONDS 10
#define KERNEL_FAILURE_SECONDS 5ULL /* between rejected credentials of one user */
#define KERNEL_FAILURES 3	    /* at once */

/*
 * Puts a policy in force of which nothing is limited but rejected credentials, with this mode;
 * standing soon runs out.
 */
int kernel_policy(struct kernel *k, const char *yaml, enum rule_action mode, int all_enforced);

/* Goes on by so much time that nothing is remembered of earlier packets. */
int kernel_forget(struct kernel *k);

/* Goes on by so much time. */
int kernel_wait(struct kernel *k, __u64 ns);

/* Runs a frame once. -EINVAL: the kernel takes no such frame. */
int kernel_run(struct kernel *k, enum entry entry, const __u8 *frame, __u32 len,
	       struct verdict_record *out);
/* What the last run knew of its packet and, if it read one, of the message. */
int kernel_facts(struct kernel *k, struct facts *out);
int kernel_message(struct kernel *k, struct message *out);

#endif
