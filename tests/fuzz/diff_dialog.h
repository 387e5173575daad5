/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The frames of a scene: what peers ask a server, and what it answers. */
#ifndef SIPSHIELD_DIFF_DIALOG_H
#define SIPSHIELD_DIFF_DIALOG_H

#include <stdio.h>

#include <linux/types.h>

#include "maps/types.h"

#define DIALOG_PEERS 3
#define DIALOG_PORTS 2
#define DIALOG_TOKENS 5 /* nonces and tags of a scene; 0: none */
#define DIALOG_FRAME_MAX 1400

enum dialog_method {
	DIALOG_REGISTER,
	DIALOG_INVITE,
	DIALOG_ACK,
	DIALOG_BYE,
	DIALOG_OPTIONS,
	DIALOG_METHODS
};

/* A request. The same one again has the same bytes. */
struct dialog {
	__u32 id; /* names the transaction */
	__u8 peer;
	__u8 port; /* of the peer, below DIALOG_PORTS */
	__u8 method;
	__u8 nonce; /* of its credentials */
	__u8 tag;   /* of its To */
};

struct dialog_answer {
	__u16 status;
	__u8 nonce;   /* of a 401 or 407 */
	__u8 tag;     /* of its To */
	__u8 expires; /* of its Contact, seconds + 1; 0: it does not say */
};

struct dialog_frame {
	__u32 len;
	__u8 at[DIALOG_FRAME_MAX];
};

/* `scene` makes the tokens those of one scene. Peers speak UDP. */
void dialog_request(const struct dialog *d, __u64 scene, struct dialog_frame *out);
void dialog_answer(const struct dialog *d, const struct dialog_answer *a, __u64 scene,
		   struct dialog_frame *out);
/* A request of the server over TCP. */
void dialog_tcp(__u32 peer, __u64 scene, struct dialog_frame *out);

/* The source that a peer is for the shield. */
void dialog_key(__u32 peer, struct addr *out);

void dialog_tell(const struct dialog *d, FILE *to);
void dialog_tell_answer(const struct dialog_answer *a, const struct dialog *d, FILE *to);

#endif
