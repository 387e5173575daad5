/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * HEP version 3, as HOMER, sngrep and Kamailio's sipcapture read it: a packet for each SIP message,
 * made of chunks (github.com/sipcapture/HEP). Pure.
 */
#ifndef SIPSHIELD_HEP_H
#define SIPSHIELD_HEP_H

#include <stddef.h>

#include "user/frame.h"

#define HEP_LEN_MAX 4096

/* Our own chunk: what the shield says of the message, as text. The vendor id is not registered. */
#define HEP_VENDOR 0x5353
#define HEP_CHUNK_VERDICT 1

struct hep_message {
	struct frame_info frame; /* with addresses, ports and the payload */
	__u64 time_ns;		 /* since 1970 */
	__u32 agent;		 /* capture id: tells the collector who sends */
	const char *verdict;
};

/*
 * Writes a HEP packet of at most HEP_LEN_MAX bytes to out and returns its length. A payload that
 * does not fit is cut.
 */
size_t hep_encode(const struct hep_message *message, __u8 out[HEP_LEN_MAX]);

#endif
