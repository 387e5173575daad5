/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * A recorded packet's verdict in words, and the words of an operator as a filter of packets. Pure.
 */
#ifndef SIPSHIELD_TRACE_TEXT_H
#define SIPSHIELD_TRACE_TEXT_H

#include "maps/trace.h"

#define TRACE_TEXT_LEN 512
#define TRACE_WHY_LEN 256

/*
 * "drop: source-rate: more new transactions than the source's budget; INVITE; unknown". signature is
 * the name of the one that hit, or NULL.
 */
const char *trace_text(const struct trace_record *record, const char *signature,
		       char out[TRACE_TEXT_LEN]);
/* The rule that the record's signature belongs to. */
unsigned int trace_rule(const struct trace_record *record);

/* The options of those who look at packets; NULL: not given. */
struct trace_wish {
	const char *verdict; /* drop, shadow, pass, all, several with commas; drop,shadow */
	const char *reason;  /* names, with commas; all of the verdict */
	const char *source;  /* an address or prefix */
	const char *sample;  /* 1/N */
	const char *rate;    /* records a second, 1 to 1,000,000 */
	const char *snaplen; /* bytes of a frame, 64 to TRACE_DATA_LEN */
};

#define TRACE_RATE 10000 /* records a second, without a wish */

/*
 * -EINVAL: why (TRACE_WHY_LEN bytes) says which wish and how to put it right. A pass is one of a
 * packet to a protected port, unless its reason is wished for by name or the verdict is "all".
 */
int trace_filter_parse(const struct trace_wish *wish, struct trace_filter *out, char *why);

#endif
