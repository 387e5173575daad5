/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * SIP as the packet path reads it: a window of payload in, facts out, never verdicts.
 *
 * The payload is read eight bytes at a time. All state lives in struct sip_scratch (a map value in
 * the kernel), and everything with a loop is a global function of its own, which the verifier
 * checks once; it would follow every path through the same code inlined. Positions are offsets
 * into the window and are masked at the load, so that no position can lead outside.
 */
#ifndef SIPSHIELD_SIP_H
#define SIPSHIELD_SIP_H

#include "env.h"
#include "../maps/types.h"

#define SIP_WINDOW 2048	  /* bytes of payload the parser sees at most, a power of two */
#define SIP_WINDOW_PAD 16 /* readable behind the window, for a load at its last byte */
#define SIP_WINDOW_WORDS (SIP_WINDOW / 8)
#define SIP_NEAR_WORDS 8     /* words that are searched before a function is called for the rest */
#define SIP_LINE_BYTES 512   /* of a start line; a longer one is cut, to bound its cost */
#define SIP_FIELD_BYTES 1024 /* of a header's value are looked into at most */
#define SIP_METHOD_BYTES 64  /* longest method token that is still taken for one */

/* Makes the compiler forget what it knows of memory. */
#ifndef barrier
#define barrier() asm volatile("" ::: "memory")
#endif

/* The bytes [off, off + len) of the window. Both 0: absent; off alone tells present but empty. */
struct sip_span {
	__u16 off;
	__u16 len;
};

enum sip_kind {
	SIP_KIND_REQUEST,
	SIP_KIND_RESPONSE,
	SIP_KIND_CRLF, /* nothing but line ends and blanks */
	SIP_KIND_STUN, /* RFC 5389, with its magic cookie */
	SIP_KIND_EMPTY,
	SIP_KIND_TEXT, /* up to 8 bytes of text, or NULs */
	SIP_KIND_NOT_SIP,
	SIP_KIND_CUT, /* begins like a request or response, and ends inside its start line */
};

enum sip_extent {
	SIP_COMPLETE, /* all that was asked for was there: the start line, the whole header */
	SIP_CUT, /* the window or the datagram ended first, or the limit of lines was reached */
	SIP_NOT, /* not SIP */
};

enum sip_scheme {
	SIP_SCHEME_NONE, /* no URI */
	SIP_SCHEME_SIP,
	SIP_SCHEME_SIPS,
	SIP_SCHEME_TEL,
	SIP_SCHEME_URN,
	SIP_SCHEME_OTHER,
};

enum sip_header {
	SIP_HEADER_OTHER, /* any other name: its span is scratch, it is never counted */
	SIP_HEADER_VIA,
	SIP_HEADER_FROM,
	SIP_HEADER_TO,
	SIP_HEADER_CALL_ID,
	SIP_HEADER_CSEQ,
	SIP_HEADER_CONTACT,
	SIP_HEADER_USER_AGENT,
	SIP_HEADER_SERVER,
	SIP_HEADER_MAX_FORWARDS,
	SIP_HEADER_CONTENT_LENGTH,
	SIP_HEADER_AUTHORIZATION,
	SIP_HEADER_PROXY_AUTHORIZATION,
	SIP_HEADER_ROUTE,
	SIP_HEADER_EXPIRES,
	SIP_HEADER_MAX,
};

/*
 * What is known of one message. The caller sets len before sip_line(), which clears all the rest;
 * a field that was not reached stays 0.
 */
struct sip_facts {
	__u32 len;	 /* payload bytes in the window, at most SIP_WINDOW */
	__u8 kind;	 /* enum sip_kind */
	__u8 method;	 /* enum sip_method */
	__u8 extent;	 /* enum sip_extent of the last function called */
	__u8 scheme;	 /* enum sip_scheme of the Request-URI */
	__u16 status;	 /* of a response, 100 to 699; 0: none that is valid */
	__u16 lines;	 /* header lines swept, continuation lines included */
	__u16 body;	 /* offset of the body, 0: not reached; may equal len */
	__u8 version_ok; /* 1: the version is SIP/2.0 */
	__u8 inside;	 /* sweep: 1 while `at` is inside a line, not at its first byte */
	__u16 at;	 /* sweep: where it goes on */
	__u16 name;	 /* sweep: enum sip_header of the header that began last */
	__u16 value;	 /* sweep: where its value begins */
	__u16 end;	 /* sweep: the last line feed seen */
	__u16 head;	 /* offset of the first line behind the start line */
	__u8 odd_name;	 /* 1: a header line without a name that the grammar allows */
	__u8 unequal;	 /* 1: two values of Content-Length that differ */
	__u8 seen[16];	 /* by enum sip_header: how often it occurred */
	struct sip_span method_name;
	struct sip_span uri; /* without the blanks around it */
	struct sip_span version;
	/* by enum sip_header: the value of the first, from its first byte that is no blank or fold
	 * to the last before the line end, folds inside */
	struct sip_span header[SIP_HEADER_MAX];
};
_Static_assert(SIP_HEADER_MAX <= 16, "seen[] holds a count for each header");

enum sip_transport {
	SIP_TRANSPORT_OTHER,
	SIP_TRANSPORT_UDP,
	SIP_TRANSPORT_TCP,
	SIP_TRANSPORT_TLS,
	SIP_TRANSPORT_SCTP,
	SIP_TRANSPORT_WS,
	SIP_TRANSPORT_WSS,
};

/* The topmost Via. */
struct sip_via {
	struct sip_span host; /* of sent-by, an IPv6 literal with its brackets */
	struct sip_span port; /* of sent-by, absent if there is none */
	struct sip_span branch;
	__u16 transport; /* enum sip_transport */
	/* 1: a server may read another branch than this or none: there are two, or more parameters
	 * than are looked at, or something odd stands behind its value */
	__u16 unsure;
};

struct sip_cseq {
	__u32 number; /* ~0 if it does not fit */
	struct sip_span method_name;
	__u8 method;   /* enum sip_method */
	__u8 overflow; /* 1: the number does not fit into 32 bits */
	__u8 pad[2];
};

/* Parts of a URI. Of schemes other than sip, sips and tel only the scheme is told. */
struct sip_uri {
	struct sip_span user; /* up to the password; of a tel: URI its number */
	struct sip_span host; /* an IPv6 literal with its brackets */
	__u16 scheme;	      /* enum sip_scheme */
	__u16 pad;
};

/* From, To, or the first Contact, with or without angle brackets. */
struct sip_name_addr {
	struct sip_span uri;
	struct sip_uri parts;
	struct sip_span tag;
	__u8 has_display; /* 1: there is a display name */
	__u8 pad[3];
};

/* Digest credentials, without their quotes; what is not there is absent. */
struct sip_digest {
	struct sip_span username;
	struct sip_span realm;
	struct sip_span nonce;
};

/* What the parser holds from step to step. */
struct sip_cursor {
	__u64 key;    /* name of the parameter that is looked for, lower case, zero padded */
	__u32 length; /* of that name */
	__u32 at;     /* [at, end) is what is left to read */
	__u32 end;
	__u32 settled; /* sip_settle() */
	struct sip_span value;
	union {
		struct sip_via via;
		struct sip_cseq cseq;
		struct sip_uri uri;
		struct sip_name_addr addr;
		struct sip_digest digest;
	};
};

struct sip_scratch {
	struct sip_facts facts;
	struct sip_cursor cursor;
	__u8 window[SIP_WINDOW + SIP_WINDOW_PAD];
};

/* --- eight bytes at a time: a word holds the bytes in memory order, the first one lowest --- */

#define SIP_BYTES(byte) (0x0101010101010101ULL * (__u8)(byte))

/* A word of up to eight characters, for comparisons. */
#define SIP_WORD(a, b, c, d, e, f, g, h)                                                           \
	((__u64)(a) | (__u64)(b) << 8 | (__u64)(c) << 16 | (__u64)(d) << 24 | (__u64)(e) << 32 |   \
	 (__u64)(f) << 40 | (__u64)(g) << 48 | (__u64)(h) << 56)

/*
 * These set the top bit of each byte that fits. What lies above the lowest such bit may be set
 * wrongly by a borrow: only sip_first() and sip_before() may be asked about the result.
 */
static __always_inline __u64 sip_equal(__u64 word, __u64 bytes)
{
	__u64 diff = word ^ bytes;

	return (diff - SIP_BYTES(1)) & ~diff & SIP_BYTES(0x80);
}

/* The same for bytes of less than a limit; bytes is SIP_BYTES(limit), or 0 for none at all. */
static __always_inline __u64 sip_below(__u64 word, __u64 bytes)
{
	return (word - bytes) & ~word & SIP_BYTES(0x80);
}

/* The same, exact in every byte, for all but control characters and the blank. */
static __always_inline __u64 sip_visible(__u64 word)
{
	return (((word & SIP_BYTES(0x7f)) + SIP_BYTES(0x5f)) | word) & SIP_BYTES(0x80);
}

/* Index of the first byte that fits, 0 to 7. There must be one. */
static __always_inline __u32 sip_first(__u64 fits)
{
	return (((fits & -fits) >> 7) * 0x0001020304050607ULL) >> 56;
}

/* All bits of the bytes before the first that fits; of all bytes if none does. */
static __always_inline __u64 sip_before(__u64 fits)
{
	return ((fits & -fits) >> 7) - 1;
}

/* All bits of the first n bytes, n from 0 to 7. */
static __always_inline __u64 sip_low_bytes(__u32 n)
{
	return (1ULL << (8 * (n & 7))) - 1;
}

/* A position as an index. The mask must stay even where the compiler thinks it knows better. */
static __always_inline __u32 sip_index(__u32 at)
{
	barrier_var(at);
	return at & (SIP_WINDOW - 1);
}

static __always_inline __u64 sip_load(const struct sip_scratch *s, __u32 at)
{
	return load_u64(&s->window[sip_index(at)]);
}

static __always_inline __u8 sip_byte(const struct sip_scratch *s, __u32 at)
{
	return s->window[sip_index(at)];
}

static __always_inline int sip_is_blank(__u8 byte)
{
	return byte == ' ' || byte == '\t';
}

/* Bytes in the window: what the caller said, and never more than the window holds. */
static __always_inline __u32 sip_len(const struct sip_scratch *s)
{
	return s->facts.len < SIP_WINDOW ? s->facts.len : SIP_WINDOW;
}

static __always_inline struct sip_span sip_span(__u32 from, __u32 to)
{
	return (struct sip_span){ .off = from, .len = to - from };
}

#define SIP_SET(a, b, c, d) ((__u32)(a) | (__u32)(b) << 8 | (__u32)(c) << 16 | (__u32)(d) << 24)
#define SIP_ONE(a) SIP_SET(a, a, a, a)
#define SIP_LWS SIP_BYTES(0x21) /* a limit: control characters and the blank are below it */

/* Bytes that are one of the four characters in set, or below a limit, as sip_below() has it. */
static __always_inline __u64 sip_any(__u64 word, __u32 set, __u64 below)
{
	return sip_equal(word, SIP_BYTES(1) * (set & 0xff)) |
	       sip_equal(word, SIP_BYTES(1) * (set >> 8 & 0xff)) |
	       sip_equal(word, SIP_BYTES(1) * (set >> 16 & 0xff)) |
	       sip_equal(word, SIP_BYTES(1) * (set >> 24)) | sip_below(word, below);
}

/*
 * Takes a position through memory. The verifier then forgets on which of many paths it was found
 * and goes on with one of them; kept in a register, each path would be followed to the end.
 */
static __always_inline __u32 sip_settle(struct sip_scratch *s, __u32 at)
{
	volatile __u32 *settled = &s->cursor.settled;

	*settled = at;
	return *settled;
}

/*
 * First byte in [at, end), of at most SIP_FIELD_BYTES, that is one of the four characters in set,
 * or below a limit (0: no limit). Returns its offset, or end.
 */
__subprog __u32 sip_find_far(struct sip_scratch *s, __u32 at, __u32 end, __u32 set, __u64 below)
{
	__u64 fits;

	if (!s)
		return end;
	for (int i = 0; i < SIP_FIELD_BYTES / 8 && at < end; i++, at += 8) {
		fits = sip_any(sip_load(s, at), set, below);
		if (fits) {
			at += sip_first(fits);
			break;
		}
	}
	return at < end ? at : end;
}

/* The same. A call costs as much as 64 bytes, so that these are looked at in place. */
static __always_inline __u32 sip_find(struct sip_scratch *s, __u32 at, __u32 end, __u32 set,
				      __u64 below)
{
	__u64 fits;

	for (int i = 0; i < SIP_NEAR_WORDS && at < end; i++, at += 8) {
		fits = sip_any(sip_load(s, at), set, below);
		if (fits) {
			at = sip_settle(s, at + sip_first(fits));
			return at < end ? at : end;
		}
	}
	return sip_settle(s, at < end ? sip_find_far(s, at, end, set, below) : end);
}

/* First byte in [at, end) that is neither a control character nor a blank, or end. */
__subprog __u32 sip_skip_far(struct sip_scratch *s, __u32 at, __u32 end)
{
	__u64 fits;

	if (!s)
		return end;
	for (int i = 0; i < SIP_WINDOW_WORDS && at < end; i++, at += 8) {
		fits = sip_visible(sip_load(s, at));
		if (fits) {
			at += sip_first(fits);
			break;
		}
	}
	return at < end ? at : end;
}

/* The same; nearly always there is one blank or none. */
static __always_inline __u32 sip_skip(struct sip_scratch *s, __u32 at, __u32 end)
{
	if (at < end && sip_byte(s, at) <= ' ') {
		at++;
		if (at < end && sip_byte(s, at) <= ' ')
			at = sip_skip_far(s, at, end);
	}
	return sip_settle(s, at);
}

/* --- what eight bytes tell --- */

/* Bytes that fit, exact in every byte: for zero bytes of word. */
static __always_inline __u64 sip_zero_exact(__u64 word)
{
	return ~(((word & SIP_BYTES(0x7f)) + SIP_BYTES(0x7f)) | word) & SIP_BYTES(0x80);
}

/* "SIP/2.0" in any case; the eighth byte is not looked at. */
static __always_inline int sip_is_version(__u64 word)
{
	return !((word ^ SIP_WORD('S', 'I', 'P', '/', '2', '.', '0', 0)) & 0x00ffffffffdfdfdfULL);
}

/* The first eight letters of a method's name as a word. Folded when compiled. */
#define SIP_METHOD_WORD(name) sip_padded_word(name "\0\0\0\0\0\0\0")
static __always_inline __u64 sip_padded_word(const char *name)
{
	__u64 word = 0;

	for (__u32 i = 0; i < 8; i++)
		word |= (__u64)(__u8)name[i] << (8 * i);
	return word;
}

/*
 * The method of which word holds the first eight letters, in any case, zero padded; length is the
 * whole name's. SUBSCRIBE, the only one that is longer, needs its last letter checked besides.
 */
static __always_inline __u8 sip_method_named(__u64 word, __u32 length)
{
	word &= SIP_BYTES(0xdf);
#define METHOD(id, name)                                                                           \
	if (word == SIP_METHOD_WORD(name))                                                         \
		return length == sizeof(name) - 1 ? SIP_METHOD_##id : SIP_METHOD_OTHER;
#include "../maps/methods.def"
#undef METHOD
	return SIP_METHOD_OTHER;
}

/*
 * Method from a payload's first eight bytes (zero padded): exact for a known name and the blank
 * behind it, REGISTER and SUBSCRIBE as far as eight bytes tell. OTHER: it may be a request, only
 * sip_line() can tell; RESPONSE: so it begins; NONE: neither.
 */
static __always_inline __u8 sip_method_of(__u64 first8)
{
	__u64 stop = sip_below(first8, SIP_LWS);
	__u64 name = first8 & sip_before(stop);
	__u32 length = stop ? sip_first(stop) : 8;

	if (sip_is_version(first8) && sip_is_blank(first8 >> 56))
		return SIP_METHOD_RESPONSE;
	if (name & SIP_BYTES(0x80))
		return SIP_METHOD_NONE;
	if (!stop)
		return sip_method_named(
			name, (name & SIP_BYTES(0xdf)) == SIP_METHOD_WORD("SUBSCRIB") ? 9 : 8);
	if (!sip_is_blank(first8 >> (8 * length)))
		return SIP_METHOD_OTHER;
	return sip_method_named(name, length);
}

/* A datagram of at most eight bytes is too short for SIP. */
static __always_inline enum sip_kind sip_kind_of_short(__u64 first8, __u32 len)
{
	__u64 line_ends, text;

	if (!len)
		return SIP_KIND_EMPTY;
	if (len < 8)
		first8 &= sip_low_bytes(len);
	line_ends = sip_zero_exact(first8 ^ SIP_BYTES('\r')) |
		    sip_zero_exact(first8 ^ SIP_BYTES('\n')) |
		    sip_zero_exact(first8 ^ SIP_BYTES(' ')) |
		    sip_zero_exact(first8 ^ SIP_BYTES('\t'));
	text = line_ends | sip_zero_exact(first8) | (sip_visible(first8) & ~first8);
	if (text != SIP_BYTES(0x80))
		return SIP_KIND_NOT_SIP;
	if (len < 8)
		line_ends |= ~sip_low_bytes(len) & SIP_BYTES(0x80);
	return line_ends == SIP_BYTES(0x80) ? SIP_KIND_CRLF : SIP_KIND_TEXT;
}

/*
 * Kind of a datagram from its first eight bytes (zero padded) and its length. REQUEST means that
 * it may be one; leading line ends, blanks and NULs are left to sip_line().
 */
static __always_inline enum sip_kind sip_kind_of(__u64 first8, __u32 len)
{
	__u8 byte = first8;

	if (len <= 8)
		return sip_kind_of_short(first8, len);
	/* the type's two top bits are 0, the length a multiple of 4, then the cookie 0x2112a442 */
	if (first8 >> 32 == 0x42a41221 && !(byte & 0xc0) && !(first8 >> 24 & 3) && len >= 20)
		return SIP_KIND_STUN;
	switch (sip_method_of(first8)) {
	case SIP_METHOD_RESPONSE:
		return SIP_KIND_RESPONSE;
	case SIP_METHOD_NONE:
		return SIP_KIND_NOT_SIP;
	default:
		if (byte > ' ' || !byte || sip_is_blank(byte) || byte == '\r' || byte == '\n')
			return SIP_KIND_REQUEST;
		return SIP_KIND_NOT_SIP;
	}
}

#endif
