/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has no place in a Request-URI or before a Via, as bpf/fields.h has it, byte by byte. */
#ifndef SIPSHIELD_REF_URI_H
#define SIPSHIELD_REF_URI_H

#include "bpf/fields.h"

/* URI_CONTROL and URI_INJECTION of the URI of a message of len bytes. */
__u8 ref_uri_marks(const __u8 *p, __u32 len, struct sip_span uri);

/*
 * Whether one of the control characters from offset `at`, where the header begins, to the end of the
 * topmost Via is neither a tab nor of a line's end, or whether there are as many as are looked
 * at, or SIP_FIELD_BYTES without one; or whether the Via has a quote or a comment.
 */
int ref_odd_lines(const __u8 *p, __u32 at, struct sip_span via);

#endif
