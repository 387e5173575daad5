/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The sweep over the header: finds each line's end and notes where the headers that sipshield
 * knows have their values. It reads no value.
 */
#ifndef SIPSHIELD_SIP_SWEEP_H
#define SIPSHIELD_SIP_SWEEP_H

#include "sip.h"
#include "sip_text.h"

/*
 * Lines of a header that are swept, continuation lines included. Real ones have up to 20; hostile
 * ones as many as fit. A header that goes on behind the last is not noted.
 */
#define SIP_LINES_MAX 64
/* A step takes a line or 64 bytes of one, so that this many are enough for any window. */
#define SIP_SWEEP_STEPS 4
#define SIP_SWEEP_CALLS ((SIP_LINES_MAX + SIP_WINDOW_WORDS / SIP_NEAR_WORDS) / SIP_SWEEP_STEPS + 1)

/*
 * A header name by its first eight bytes in lower case, or fewer if it ends before; `more` holds
 * the next eight. The table is a perfect hash: two names in one slot do not compile (-Wextra).
 */
struct sip_name {
	__u64 key;
	__u64 more;
	__u64 more_mask;
	__u8 header; /* enum sip_header */
	__u8 length;
	__u8 pad[6];
};

#define SIP_NAME_SLOTS 32
#define SIP_NAME_MULTIPLIER 0xf5463276656385efULL /* found by trying random ones */
#define SIP_NAME_SLOT(key) ((__u64)((key)*SIP_NAME_MULTIPLIER) >> 59)
#define SIP_NAME(header_, length_, ...)                                                            \
	[SIP_NAME_SLOT(SIP_WORD(__VA_ARGS__))] = { .key = SIP_WORD(__VA_ARGS__),                   \
						   .header = SIP_HEADER_##header_,                 \
						   .length = length_ }
#define SIP_LONG_NAME(header_, length_, more_, ...)                                                \
	[SIP_NAME_SLOT(SIP_WORD(__VA_ARGS__))] = {                                                 \
		.key = SIP_WORD(__VA_ARGS__),                                                      \
		.more = more_,                                                                     \
		.more_mask = (length_) < 16 ? (1ULL << (8 * ((length_) % 8))) - 1 : ~0ULL,         \
		.header = SIP_HEADER_##header_,                                                    \
		.length = length_                                                                  \
	}

/* clang-format off */
static const struct sip_name sip_names[SIP_NAME_SLOTS] = {
	SIP_NAME(VIA, 3, 'v', 'i', 'a', 0, 0, 0, 0, 0),
	SIP_NAME(VIA, 1, 'v', 0, 0, 0, 0, 0, 0, 0),
	SIP_NAME(FROM, 4, 'f', 'r', 'o', 'm', 0, 0, 0, 0),
	SIP_NAME(FROM, 1, 'f', 0, 0, 0, 0, 0, 0, 0),
	SIP_NAME(TO, 2, 't', 'o', 0, 0, 0, 0, 0, 0),
	SIP_NAME(TO, 1, 't', 0, 0, 0, 0, 0, 0, 0),
	SIP_NAME(CALL_ID, 7, 'c', 'a', 'l', 'l', '-', 'i', 'd', 0),
	SIP_NAME(CALL_ID, 1, 'i', 0, 0, 0, 0, 0, 0, 0),
	SIP_NAME(CSEQ, 4, 'c', 's', 'e', 'q', 0, 0, 0, 0),
	SIP_NAME(CONTACT, 7, 'c', 'o', 'n', 't', 'a', 'c', 't', 0),
	SIP_NAME(CONTACT, 1, 'm', 0, 0, 0, 0, 0, 0, 0),
	SIP_LONG_NAME(USER_AGENT, 10, SIP_WORD('n', 't', 0, 0, 0, 0, 0, 0),
		      'u', 's', 'e', 'r', '-', 'a', 'g', 'e'),
	SIP_NAME(SERVER, 6, 's', 'e', 'r', 'v', 'e', 'r', 0, 0),
	SIP_LONG_NAME(MAX_FORWARDS, 12, SIP_WORD('a', 'r', 'd', 's', 0, 0, 0, 0),
		      'm', 'a', 'x', '-', 'f', 'o', 'r', 'w'),
	SIP_LONG_NAME(CONTENT_LENGTH, 14, SIP_WORD('l', 'e', 'n', 'g', 't', 'h', 0, 0),
		      'c', 'o', 'n', 't', 'e', 'n', 't', '-'),
	SIP_NAME(CONTENT_LENGTH, 1, 'l', 0, 0, 0, 0, 0, 0, 0),
	SIP_LONG_NAME(AUTHORIZATION, 13, SIP_WORD('a', 't', 'i', 'o', 'n', 0, 0, 0),
		      'a', 'u', 't', 'h', 'o', 'r', 'i', 'z'),
	SIP_LONG_NAME(PROXY_AUTHORIZATION, 19, SIP_WORD('t', 'h', 'o', 'r', 'i', 'z', 'a', 't'),
		      'p', 'r', 'o', 'x', 'y', '-', 'a', 'u'),
	SIP_NAME(ROUTE, 5, 'r', 'o', 'u', 't', 'e', 0, 0, 0),
	SIP_NAME(EXPIRES, 7, 'e', 'x', 'p', 'i', 'r', 'e', 's', 0),
};
/* clang-format on */

/* The rest of the one name of more than 16 bytes. */
static __always_inline int sip_name_tail_differs(const struct sip_scratch *s, __u32 at)
{
	return ((__u32)sip_load(s, at) & 0x00dfdfdf) != SIP_SET('I', 'O', 'N', 0);
}

/* The colon behind the blanks at `at`, if it is on the same line; else any other byte. */
__subprog __u32 sip_name_colon(struct sip_scratch *s, __u32 at)
{
	__u32 end;

	if (!s)
		return at;
	end = sip_find_far(s, at, sip_len(s), SIP_SET(':', '\n', ':', '\n'), 0);
	return sip_skip_far(s, at, end);
}

/*
 * Has the line at `at` a name and a colon (RFC 3261 25.1)? What the window's end cuts may have.
 * Blanks and folds before the colon are allowed.
 */
__subprog int sip_name_check(struct sip_scratch *s, __u32 at)
{
	__u32 colon, end;

	if (!s)
		return 0;
	colon = sip_find_far(s, at, sip_len(s), SIP_SET(':', '\n', ':', '\n'), 0);
	if (colon >= sip_len(s))
		return 0;
	end = sip_find_far(s, at, colon, SIP_ONE(':'), SIP_LWS);
	s->facts.odd_name |= sip_byte(s, colon) != ':' || sip_skip_far(s, end, colon) != colon ||
			     !sip_range_is(s, at, end, &sip_token);
	return 0;
}

/*
 * May the name be none? It is made of letters and hyphens, up to the colon, if it is one of those
 * in use: all other bytes of its first eight, blanks before the colon, and a colon alone, ask for
 * a second look.
 * key: the name as in sip_names, stop: where it ends.
 */
static __always_inline __u64 sip_name_odd(__u64 word, __u64 key, __u64 stop)
{
	__u64 mark = key ^ SIP_BYTES('-'); /* letters are from 0x4c on then, hyphens 0 */
	__u64 odd = (mark + SIP_BYTES(0x1f)) & ~(mark >> 1);

	odd |= (key | (key + SIP_BYTES(5))) >> 2; /* eight bits, and what stands behind the z */
	return (odd & SIP_BYTES(0x20) & sip_before(stop)) |
	       (stop & -stop & (sip_below(word, SIP_LWS) | 0x80));
}

/* Notes the name of the header that begins at `at`, and where its value does. */
static __always_inline void sip_sweep_name(struct sip_scratch *s, __u32 at)
{
	__u64 word = sip_load(s, at), more = sip_load(s, at + 8) | SIP_BYTES(0x20);
	__u64 stop = sip_equal(word, SIP_BYTES(':')) | sip_below(word, SIP_LWS);
	__u64 key = (word | SIP_BYTES(0x20)) & sip_before(stop);
	const struct sip_name *n = &sip_names[SIP_NAME_SLOT(key)];
	__u64 differs = (key ^ n->key) | ((more ^ n->more) & n->more_mask);
	__u32 colon = at + n->length;

	if (sip_name_odd(word, key, stop))
		sip_name_check(s, at);
	if (n->length > 16 && sip_name_tail_differs(s, at + 16))
		differs = 1;
	if (sip_is_blank(sip_byte(s, colon)) && !differs)
		colon = sip_name_colon(s, colon);
	differs |= sip_byte(s, colon) ^ ':';
	/* all ones if the name is known: whether it is follows no pattern, so there is no branch */
	differs = ((differs | -differs) >> 63) - 1;
	barrier_var(differs);
	s->facts.name = n->header & differs;
	s->facts.value = colon + 1 + (sip_byte(s, colon + 1) == ' ');
}

/* The number that begins a value, or what ten digits of it make. */
__subprog __u64 sip_sweep_number(struct sip_scratch *s, __u32 at, __u32 end)
{
	__u64 number = 0;

	if (!s)
		return 0;
	at = sip_skip_far(s, at, end);
	for (int i = 0; i < 10; i++, at++) {
		__u32 digit = sip_byte(s, at) - '0';

		if (digit > 9)
			break;
		number = number * 10 + digit;
	}
	return number;
}

/* A header that was there before, from its value's first byte to the line feed at `to`. */
static __always_inline void sip_sweep_again(struct sip_scratch *s, __u32 name, __u32 from, __u32 to)
{
	__u32 first = s->facts.header[SIP_HEADER_CONTENT_LENGTH].off;

	if (name == SIP_HEADER_CONTENT_LENGTH)
		s->facts.unequal |= sip_sweep_number(s, from, to) != sip_sweep_number(s, first, to);
}

/* Notes the header whose last line ends at facts.end, if it is the first of its name. */
static __always_inline void sip_sweep_note(struct sip_scratch *s)
{
	struct sip_facts *f = &s->facts;
	__u32 name = f->name & 15, from = f->value, to = f->end;
	__u8 seen = f->seen[name];

	f->seen[name] = seen + ((name + 15) >> 4);
	if (seen || name >= SIP_HEADER_MAX) {
		sip_sweep_again(s, name, from, to);
		return;
	}
	to -= sip_byte(s, to - 1) == '\r';
	if (sip_byte(s, from) <= ' ' && name)
		from = from < to ? sip_skip(s, from, to) : to;
	f->header[name] = sip_span(from, to);
}

/* At a line's first byte: notes the header before it, and begins the next. Returns 1 at the end. */
static __always_inline int sip_sweep_begin(struct sip_scratch *s, __u32 at, __u32 len)
{
	struct sip_facts *f = &s->facts;
	__u8 byte = sip_byte(s, at);

	if (at < len && sip_is_blank(byte))
		return f->lines >= SIP_LINES_MAX;
	sip_sweep_note(s);
	if (at >= len)
		return 1;
	/* servers skip a carriage return here that nothing but the next header follows */
	at += byte == '\r';
	if (at >= len || sip_byte(s, at) == '\n') {
		f->body = at + (at < len);
		f->extent = SIP_COMPLETE;
		return 1;
	}
	if (f->lines >= SIP_LINES_MAX)
		return 1;
	sip_sweep_name(s, at);
	return 0;
}

/* Goes on to the line's end, or over some words of it. Returns 1 at the end of the header. */
static __always_inline int sip_sweep_step(struct sip_scratch *s)
{
	struct sip_facts *f = &s->facts;
	__u64 feed = 0;
	__u32 at;

	if (!f->inside && sip_sweep_begin(s, f->at, sip_len(s)))
		return 1;
	barrier();
	at = f->at;
	for (int i = 0; i < SIP_NEAR_WORDS; i++) {
		feed = sip_equal(sip_load(s, at), SIP_BYTES('\n'));
		if (feed)
			break;
		at += 8;
	}
	f->inside = !feed;
	f->at = at;
	barrier();
	if (feed) {
		at = f->at + sip_first(feed);
		f->end = at;
		f->at = at + 1;
	}
	barrier();
	if (f->at > sip_len(s))
		return 1;
	f->lines += !f->inside;
	return 0;
}

/* Some steps at a time, for the sake of the calls. Returns 1 at the end of the header. */
__subprog int sip_sweep_steps(struct sip_scratch *s)
{
	if (!s)
		return 1;
	for (int i = 0; i < SIP_SWEEP_STEPS; i++)
		if (sip_sweep_step(s))
			return 1;
	return 0;
}

/*
 * Sweeps the header, after sip_line() has returned SIP_COMPLETE. Returns an enum sip_extent:
 * COMPLETE if the empty line was reached, CUT if not; the headers that end before are noted in
 * both cases.
 */
__subprog int sip_sweep(struct sip_scratch *s)
{
	if (!s)
		return SIP_NOT;
	s->facts.extent = SIP_CUT;
	for (int i = 0; i < SIP_SWEEP_CALLS; i++)
		if (sip_sweep_steps(s))
			break;
	return s->facts.extent;
}

#endif
