/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Scenes for the differential fuzz: a server and a few peers exchange requests, challenges and
 * answers, and after each of them a model in plain words must agree with the kernel on what was
 * said of the packet, and at the end on what each peer has earned.
 */
#ifndef SIPSHIELD_DIFF_SCENE_H
#define SIPSHIELD_DIFF_SCENE_H

#include "tests/fuzz/diff_kernel.h"
#include "tests/fuzz/diff_random.h"

/* Gives a frame to a program and counts its verdict. 0 or a negative errno. */
typedef int scene_run(enum entry entry, const __u8 *frame, __u32 len, struct verdict_record *out);

/*
 * Plays the scene of a seed, of which nothing was known before, under the policy in force; its tokens
 * bear a name. Tells `to` each step and what differs. Returns how much, or a negative errno.
 */
int scene_play(__u64 seed, __u64 name, struct kernel *k, scene_run *run, FILE *to);

#endif
