/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The message in hand: what lies in the map value that the parser works on. */
#ifndef SIPSHIELD_MESSAGE_H
#define SIPSHIELD_MESSAGE_H

#include "bpf/conduct.h"
#include "bpf/fields.h"
#include "bpf/signature.h"

/* Its window, and what was read of it. */
struct message {
	struct sip_scratch sip;
	struct sip_fields fields;
	struct signature_values signature;
	struct conduct_facts outcome; /* of an answer; here for want of stack */
};

#endif
