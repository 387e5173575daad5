/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Captures: pcap and pcapng in any byte order and time resolution, read from memory. Pure.
 */
#ifndef SIPSHIELD_CAPTURE_H
#define SIPSHIELD_CAPTURE_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#define CAPTURE_INTERFACES_MAX 256 /* of one section of a pcapng file */
#define CAPTURE_ERROR_LEN 200

/* Link types, as the files number them (tcpdump.org/linktypes.html). */
enum capture_link {
	CAPTURE_LINK_NULL = 0,
	CAPTURE_LINK_ETHERNET = 1,
	CAPTURE_LINK_RAW_BSD = 12,
	CAPTURE_LINK_RAW_OPENBSD = 14,
	CAPTURE_LINK_RAW = 101,
	CAPTURE_LINK_LOOP = 108,
	CAPTURE_LINK_SLL = 113,
	CAPTURE_LINK_IPV4 = 228,
	CAPTURE_LINK_IPV6 = 229,
	CAPTURE_LINK_SLL2 = 276,
};

/* The name of a link type, or NULL. */
const char *capture_link_name(__u32 link);
/* Can frames of this type be rewritten to Ethernet? */
bool capture_link_supported(__u32 link);

/* One frame as it stands in the file. */
struct capture_frame {
	__u64 time_ns;	  /* since 1970; that of the frame before where the file has none */
	const __u8 *data; /* points into the file */
	__u32 len;	  /* bytes in the file */
	__u32 wire_len;	  /* bytes that were on the wire; greater than len: cut by the capture */
	__u32 link;	  /* enum capture_link, or another */
};

struct capture_interface {
	__u32 link;
	__u32 snaplen;	/* bytes; 0: no limit */
	__u64 ticks;	/* of the clock, a second */
	__s64 offset_s; /* to be added, seconds */
};

enum capture_format { CAPTURE_PCAP, CAPTURE_PCAPNG };

/* A reading position. A copy is another position in the same file. */
struct capture {
	const __u8 *data;
	size_t len;
	size_t at;     /* offset of the next record or block */
	__u64 frames;  /* read so far */
	__u64 time_ns; /* of the last frame */
	enum capture_format format;
	bool swapped;	   /* the file's byte order is not the host's */
	size_t record_len; /* pcap: of the header of a record */
	size_t interfaces;
	struct capture_interface interface[CAPTURE_INTERFACES_MAX];
	char error[CAPTURE_ERROR_LEN]; /* of the last negative answer: what and how to fix it */
};

/*
 * Begins to read a file of len bytes, which must stay where it is. Returns 0; -ENODATA: empty;
 * -EMEDIUMTYPE: compressed, or no capture; -EBADMSG: the header is broken. `error` says it.
 */
int capture_open(struct capture *capture, const void *data, size_t len);

/*
 * Reads the next frame. Returns 1, or 0 at the end of the file; -EBADMSG: the file is broken or
 * ends here, nothing more can be read from it; -EPROTONOSUPPORT: the frame is of a link type that
 * is not supported (*out is written, the next call reads on).
 */
int capture_next(struct capture *capture, struct capture_frame *out);

/*
 * Writes a frame's Ethernet form, or as much of it as out_max (at least 64) bytes hold, and
 * returns its length there. Frames without an IP packet keep the type that their link layer says.
 */
#define CAPTURE_ETHERNET_LEN 14
size_t capture_ethernet(const struct capture_frame *frame, __u8 *out, size_t out_max);

#endif
