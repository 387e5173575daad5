/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The same facts as bpf/sip*.h reads, by a parser that is slow, byte by byte, and written to be
 * evidently right. Only the types and limits are shared. Offsets are into the message.
 */
#ifndef SIPSHIELD_REF_PARSER_H
#define SIPSHIELD_REF_PARSER_H

#include "bpf/sip.h"

enum sip_kind ref_kind_of(const __u8 *p, __u32 len);
__u8 ref_method_of(const __u8 *p, __u32 len);

/* As sip_line(): clears and fills *f; the message has len bytes. */
int ref_line(const __u8 *p, __u32 len, struct sip_facts *f);
/* As sip_sweep(), after ref_line(). */
int ref_sweep(const __u8 *p, __u32 len, struct sip_facts *f);

/* As the functions of bpf/sip_field.h: 0 or a negative errno. */
int ref_uri(const __u8 *p, struct sip_span value, struct sip_uri *out);
int ref_via(const __u8 *p, struct sip_span value, struct sip_via *out);
int ref_cseq(const __u8 *p, struct sip_span value, struct sip_cseq *out);
int ref_name_addr(const __u8 *p, struct sip_span value, struct sip_name_addr *out);
int ref_digest(const __u8 *p, struct sip_span value, struct sip_digest *out);
int ref_number(const __u8 *p, struct sip_span value, __u32 *out);

/* As sip_challenge(), in a header that ends at `end`. */
__u32 ref_challenge(const __u8 *p, __u32 from, __u32 end, struct sip_span *value);

#endif
