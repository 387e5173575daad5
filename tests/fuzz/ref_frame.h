/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet, IP, UDP and TCP as bpf/l2.h, l3.h and l4.h read them, by a reader that is slow and
 * shares nothing with them but the types: each field is taken from its place in the RFC.
 */
#ifndef SIPSHIELD_REF_FRAME_H
#define SIPSHIELD_REF_FRAME_H

#include "bpf/packet.h"

#define REF_GOES_ON (-1)

/*
 * Reads a frame of len bytes. Returns REF_GOES_ON with all that is known in *out: ports and
 * payload unless out->fragment is FRAGMENT_LATER; or the enum reason for which it passes unread.
 */
int ref_frame(const __u8 *frame, __u32 len, struct facts *out);

#endif
