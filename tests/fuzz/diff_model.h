/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * What the shield must say of a frame under DIFF_POLICY (diff_frame.h): the stages one after the
 * other, in plain words, over the slow readers of frames and messages.
 */
#ifndef SIPSHIELD_DIFF_MODEL_H
#define SIPSHIELD_DIFF_MODEL_H

#include "tests/fuzz/diff_told.h"

struct expected {
	struct facts packet;
	struct verdict_record verdict; /* `dropped` is not set */
	int held_back; /* the rule of verdict.shadow is held back by the policy's mode alone */
	int framed;    /* addresses, ports and payload are known */
	int inspected; /* the message was read: `host` and `reference` are set */
	int unsaid;    /* the model does not know the verdict */
	int named; /* passed, and its repetition is recognised: it has what names a transaction */
	struct told host;
	struct told reference;
};

/* The signatures in force, SIGNATURE_BANKS of them; they are not copied. */
void model_signatures(const struct signature_set *banks);

/* What comes in. `policy` is the one in force, for its mode and actions alone. */
void model_ingress(const __u8 *frame, __u32 len, const struct policy *policy, struct expected *out);
/* What goes out to a peer of whom nothing is known: of requests that came before nothing is. */
void model_egress(const __u8 *frame, __u32 len, struct expected *out);

/*
 * A request of which out->reference says what it is, of len bytes in the window: passes the checks
 * or has their reason, and out->host is set.
 */
int model_request(const __u8 *p, __u32 len, const struct policy *policy, struct expected *out);
/* A TCP segment for a protected port. out->verdict.method is that of its first bytes. */
int model_segment(const __u8 *frame, const struct policy *policy, struct expected *out);

#endif
