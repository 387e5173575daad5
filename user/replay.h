/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures through the real programs (BPF_PROG_TEST_RUN), in the captures' own time, with the
 * agent's rounds between the frames. No interface is touched.
 */
#ifndef SIPSHIELD_REPLAY_H
#define SIPSHIELD_REPLAY_H

#include "user/addr_table.h"
#include "user/capture.h"
#include "user/frame.h"
#include "user/local.h"
#include "user/policy.h"
#include "user/transition.h"

enum replay_dir {
	REPLAY_IN,    /* to a local address: given to the ingress program */
	REPLAY_OUT,   /* from a local address: given to the egress program */
	REPLAY_OTHER, /* given to none: of others, no IP packet, or cut by the capture */
};

/* What became of one frame. */
struct replay_verdict {
	__u64 number;  /* over all files, from 1 */
	__u64 time_ns; /* since the first frame */
	enum replay_dir dir;
	bool truncated; /* the capture cut it */
	bool dropped;
	struct frame_info frame;      /* who to whom */
	struct verdict_record record; /* for REPLAY_IN and REPLAY_OUT */
	/* name of the signature that dropped or would have; NULL: none; the replay's */
	const char *signature;
};

/* A source of inbound frames. */
struct replay_source {
	struct addr address;
	__u64 frames;
	__u64 dropped;
	__u64 first_drop; /* number among its own frames, from 1; 0: none */
};

struct replay_totals {
	__u64 frames;
	__u64 by_dir[REPLAY_OTHER + 1];
	__u64 passed; /* of those given to a program */
	__u64 dropped;
	__u64 truncated;
	__u64 late;  /* older than the frame before: taken for as old */
	__u64 steps; /* of the clock, backwards by more than a second: time went on from there */
	__u64 by_reason[REASON_MAX];
	__u64 shadowed[REASON_MAX];
	__u64 time_ns; /* of the last frame, since the first */
};

struct replay;

/*
 * Loads the programs with a policy for a host of these addresses, both of which must outlive the
 * replay, and binds the process to one CPU. Prints what is wrong to stderr.
 */
int replay_new(const struct policy_doc *doc, const struct local *local, struct replay **out);
void replay_free(struct replay *replay);

/* The next capture: if its frames are older, its time goes on from where the last one ended. */
void replay_next_capture(struct replay *replay);
/* Gives one frame to a program. 0 or a negative errno: the kernel refused. */
int replay_frame(struct replay *replay, const struct capture_frame *frame,
		 struct replay_verdict *out);
/* The round that follows the last frame. */
int replay_end(struct replay *replay);

const struct replay_totals *replay_totals(const struct replay *replay);
/* By order of appearance. */
size_t replay_sources(const struct replay *replay);
const struct replay_source *replay_source(const struct replay *replay, size_t index);
/* What the agent's rounds decided, in that order; time_ns is since the first frame. */
size_t replay_transitions(const struct replay *replay);
const struct transition *replay_transition(const struct replay *replay, size_t index);
/* At the end: what the shield knows of a source, and whether it was banned at any time. */
enum standing_state replay_standing(const struct replay *replay, const struct addr *source);
/* What the checks that its requests hit weigh together; of an IPv6 source, of its network. */
__u32 replay_suspicion(const struct replay *replay, const struct addr *source);
bool replay_banned(const struct replay *replay, const struct addr *source);

#endif
