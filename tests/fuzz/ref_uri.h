/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What has no place in a Request-URI, as bpf/fields.h marks it, found byte by byte. */
#ifndef SIPSHIELD_REF_URI_H
#define SIPSHIELD_REF_URI_H

#include "bpf/fields.h"

/* URI_CONTROL and URI_INJECTION of the URI of a message of len bytes. */
__u8 ref_uri_marks(const __u8 *p, __u32 len, struct sip_span uri);

#endif
