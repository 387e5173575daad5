/* SPDX-License-Identifier: GPL-2.0-or-later */
/* A message in the parser's scratch value, and what a span of it says. */
#ifndef SIPSHIELD_TEST_SIP_SCRATCH_H
#define SIPSHIELD_TEST_SIP_SCRATCH_H

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "bpf/sip_field.h"
#include "bpf/sip_sweep.h"

#define LINE "INVITE sip:bob@example.com SIP/2.0\r\n"

/* Puts a message into the one scratch value there is. What was there before stays behind it. */
static inline struct sip_scratch *scratch_of(const void *message, __u32 len)
{
	static struct sip_scratch scratch;

	memset(scratch.window, ':', sizeof(scratch.window));
	memcpy(scratch.window, message, len);
	scratch.facts.len = len;
	return &scratch;
}

static inline struct sip_scratch *scratch_text(const char *text)
{
	return scratch_of(text, strlen(text));
}

/* Reads the start line and sweeps the header, as the packet path does. Returns the extent. */
static inline int parse(struct sip_scratch *s)
{
	int extent = sip_line(s);

	return extent == SIP_COMPLETE ? sip_sweep(s) : extent;
}

/* The text of a span, in one of a few buffers that are used in turn. */
static inline const char *text_of(const struct sip_scratch *s, struct sip_span span)
{
	static char buffers[8][SIP_WINDOW + 1];
	static unsigned int next;
	char *text = buffers[next++ % 8];

	memcpy(text, s->window + span.off, span.len);
	text[span.len] = 0;
	return text;
}

/* The value of a header in a request with only this header field. */
static inline struct sip_span *value_of(struct sip_scratch *s, int header)
{
	cr_assert_eq(parse(s), SIP_COMPLETE);
	cr_assert_eq(s->facts.seen[header], 1);
	return &s->facts.header[header];
}

#endif
