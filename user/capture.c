/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user/capture.h"

#include <byteswap.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define SECOND_NS 1000000000ULL

#define PCAP_MICROSECONDS 0xa1b2c3d4U
#define PCAP_NANOSECONDS 0xa1b23c4dU
#define PCAP_MODIFIED 0xa1b2cd34U /* longer record headers; old Red Hat kernels */
#define PCAP_HEADER_LEN 24
#define PCAP_RECORD_LEN 16
#define PCAP_MODIFIED_RECORD_LEN 24
#define FRAME_MAX 262144	   /* bytes; what is longer is a broken length, as for libpcap */
#define PCAP_LINK_MASK 0x03ffffffU /* above it: length of the frame check sequence */

/* pcapng: types of blocks (draft-ietf-opsawg-pcapng 4). */
#define BLOCK_SECTION 0x0a0d0d0aU
#define BLOCK_INTERFACE 1
#define BLOCK_PACKET 2
#define BLOCK_SIMPLE 3
#define BLOCK_ENHANCED 6
#define BLOCK_OVERHEAD 12 /* type, length, length again */
#define BYTE_ORDER_MAGIC 0x1a2b3c4dU
#define OPTION_END 0
#define OPTION_TSRESOL 9
#define OPTION_TSOFFSET 14

__attribute__((format(printf, 3, 4))) static int capture_fail(struct capture *c, int err,
							      const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(c->error, sizeof(c->error), format, args);
	va_end(args);
	return err;
}

static __u16 get_u16(const struct capture *c, const __u8 *p)
{
	__u16 v;

	memcpy(&v, p, sizeof(v));
	return c->swapped ? bswap_16(v) : v;
}

static __u32 get_u32(const struct capture *c, const __u8 *p)
{
	__u32 v;

	memcpy(&v, p, sizeof(v));
	return c->swapped ? bswap_32(v) : v;
}

static __u64 get_u64(const struct capture *c, const __u8 *p)
{
	__u64 v;

	memcpy(&v, p, sizeof(v));
	return c->swapped ? bswap_64(v) : v;
}

static size_t capture_left(const struct capture *c)
{
	return c->len - c->at;
}

/* --- pcap --- */

static bool pcap_magic(struct capture *c, __u32 magic)
{
	c->swapped = false;
	for (int i = 0; i < 2; i++) {
		c->interface[0].ticks = magic == PCAP_NANOSECONDS ? SECOND_NS : 1000000;
		c->record_len = magic == PCAP_MODIFIED ? PCAP_MODIFIED_RECORD_LEN : PCAP_RECORD_LEN;
		if (magic == PCAP_MICROSECONDS || magic == PCAP_NANOSECONDS ||
		    magic == PCAP_MODIFIED)
			return true;
		magic = bswap_32(magic);
		c->swapped = true;
	}
	return false;
}

static int pcap_open(struct capture *c)
{
	if (c->len < PCAP_HEADER_LEN)
		return capture_fail(c, -EBADMSG,
				    "the file ends after %zu of the %d bytes of a pcap "
				    "header; fix: capture it again",
				    c->len, PCAP_HEADER_LEN);
	if (get_u16(c, c->data + 4) != 2)
		return capture_fail(c, -EBADMSG,
				    "pcap version %u.%u is not known; fix: convert it "
				    "with: editcap -F pcap",
				    get_u16(c, c->data + 4), get_u16(c, c->data + 6));
	c->format = CAPTURE_PCAP;
	c->interface[0].snaplen = get_u32(c, c->data + 16);
	c->interface[0].link = get_u32(c, c->data + 20) & PCAP_LINK_MASK;
	c->interfaces = 1;
	c->at = PCAP_HEADER_LEN;
	return 0;
}

static int pcap_next(struct capture *c, struct capture_frame *frame)
{
	const __u8 *p = c->data + c->at;
	size_t left = capture_left(c);
	__u64 ticks = c->interface[0].ticks;

	if (!left)
		return 0;
	if (left < c->record_len)
		return capture_fail(c, -EBADMSG, "the file ends inside the header of a frame");
	frame->len = get_u32(c, p + 8);
	frame->wire_len = get_u32(c, p + 12);
	if (frame->len > FRAME_MAX)
		return capture_fail(c, -EBADMSG, "a frame's length of %u bytes cannot be",
				    frame->len);
	if (frame->len > left - c->record_len)
		return capture_fail(c, -EBADMSG,
				    "a frame of %u bytes begins %zu bytes before the "
				    "end of the file",
				    frame->len, left - c->record_len);
	frame->time_ns = get_u32(c, p) * SECOND_NS + get_u32(c, p + 4) * (SECOND_NS / ticks);
	frame->data = p + c->record_len;
	frame->link = c->interface[0].link;
	c->at += c->record_len + frame->len;
	return 1;
}

/* --- pcapng --- */

/* One block: the bytes between its first and its second length. */
struct block {
	__u32 type;
	const __u8 *body;
	size_t len;
};

/* if_tsresol: a power of ten, or of two with the top bit; what is finer than 2^63 is nonsense. */
static __u64 tsresol_ticks(__u8 value)
{
	__u64 ticks = 1;
	__u8 exponent = value & 0x7f;

	if (value & 0x80)
		return exponent < 64 ? 1ULL << exponent : 0;
	if (exponent > 19)
		return 0;
	while (exponent--)
		ticks *= 10;
	return ticks;
}

static int interface_options(struct capture *c, struct capture_interface *interface,
			     const struct block *b, size_t at)
{
	while (at + 4 <= b->len) {
		__u16 code = get_u16(c, b->body + at);
		size_t len = get_u16(c, b->body + at + 2);
		const __u8 *value = b->body + at + 4;

		if (code == OPTION_END)
			break;
		if (len > b->len - at - 4)
			return capture_fail(c, -EBADMSG,
					    "an option of %zu bytes does not fit the "
					    "description of interface %zu",
					    len, c->interfaces);
		if (code == OPTION_TSRESOL && len == 1)
			interface->ticks = tsresol_ticks(*value);
		if (code == OPTION_TSOFFSET && len == 8)
			interface->offset_s = (__s64)get_u64(c, value);
		at += 4 + ((len + 3) & ~(size_t)3);
	}
	if (!interface->ticks)
		return capture_fail(c, -EBADMSG,
				    "the clock of interface %zu is too fine to be true",
				    c->interfaces);
	return 0;
}

static int block_interface(struct capture *c, const struct block *b)
{
	struct capture_interface interface = { .ticks = 1000000 };
	int err;

	if (b->len < 8)
		return capture_fail(c, -EBADMSG, "the description of interface %zu is cut short",
				    c->interfaces);
	if (c->interfaces == CAPTURE_INTERFACES_MAX)
		return capture_fail(c, -EBADMSG,
				    "a section has more than %d interfaces; fix: split "
				    "the file",
				    CAPTURE_INTERFACES_MAX);
	interface.link = get_u16(c, b->body);
	interface.snaplen = get_u32(c, b->body + 4);
	err = interface_options(c, &interface, b, 8);
	if (err)
		return err;
	c->interface[c->interfaces++] = interface;
	return 0;
}

static int block_section(struct capture *c, const struct block *b)
{
	if (b->len < 16)
		return capture_fail(c, -EBADMSG, "the header of a section is cut short");
	if (get_u16(c, b->body + 4) != 1)
		return capture_fail(c, -EBADMSG,
				    "pcapng version %u.%u is not known; fix: convert it "
				    "with: editcap -F pcap",
				    get_u16(c, b->body + 4), get_u16(c, b->body + 6));
	c->interfaces = 0;
	return 0;
}

/* Ticks of an interface's clock to nanoseconds, clamped to what fits. */
static __u64 interface_time(const struct capture_interface *interface, __u64 ticks)
{
	__int128 ns = (__int128)(ticks / interface->ticks) + interface->offset_s;

	ns = ns * (__int128)SECOND_NS +
	     (__int128)(ticks % interface->ticks) * SECOND_NS / interface->ticks;
	if (ns < 0)
		return 0;
	return ns < LLONG_MAX ? (__u64)ns : LLONG_MAX;
}

/* Where the three kinds of blocks with a frame keep what is needed. */
static const struct packet_block {
	__u32 type;
	size_t header; /* bytes before the frame */
	size_t time;   /* offset of the time; 0: it has none */
	size_t len;    /* offset of the length in the file; 0: all that the snap length lets in */
	size_t wire_len;
} packet_blocks[] = {
	{ .type = BLOCK_ENHANCED, .header = 20, .time = 4, .len = 12, .wire_len = 16 },
	{ .type = BLOCK_SIMPLE, .header = 4, .wire_len = 0 },
	{ .type = BLOCK_PACKET, .header = 20, .time = 4, .len = 12, .wire_len = 16 },
};

#define PACKET_BLOCKS (sizeof(packet_blocks) / sizeof(packet_blocks[0]))

static __u32 block_interface_index(const struct capture *c, const struct block *b)
{
	if (b->type == BLOCK_SIMPLE)
		return 0;
	return b->type == BLOCK_PACKET ? get_u16(c, b->body) : get_u32(c, b->body);
}

static int block_packet(struct capture *c, const struct block *b, const struct packet_block *form,
			struct capture_frame *frame)
{
	const struct capture_interface *interface;
	__u32 index;

	if (b->len < form->header)
		return capture_fail(c, -EBADMSG,
				    "the file has a block of a frame that is cut short");
	index = block_interface_index(c, b);
	if (index >= c->interfaces)
		return capture_fail(c, -EBADMSG,
				    "the frame is of interface %u, the section has %zu", index,
				    c->interfaces);
	interface = &c->interface[index];
	frame->link = interface->link;
	frame->data = b->body + form->header;
	frame->wire_len = get_u32(c, b->body + form->wire_len);
	frame->time_ns = c->time_ns;
	if (form->time) {
		const __u8 *time = b->body + form->time;
		__u64 ticks = (__u64)get_u32(c, time) << 32 | get_u32(c, time + 4);

		frame->time_ns = interface_time(interface, ticks);
		frame->len = get_u32(c, b->body + form->len);
	} else {
		frame->len = frame->wire_len;
		if (interface->snaplen && interface->snaplen < frame->len)
			frame->len = interface->snaplen;
	}
	if (frame->len > FRAME_MAX || frame->len > b->len - form->header)
		return capture_fail(c, -EBADMSG,
				    "a frame of %u bytes does not fit its block of %zu", frame->len,
				    b->len);
	return 1;
}

/* The block at the position: 1, or 0 at the end. A section's header tells the section's byte order. */
static int block_next(struct capture *c, struct block *b)
{
	const __u8 *p = c->data + c->at;
	size_t left = capture_left(c);
	__u32 len;

	if (!left)
		return 0;
	if (left < BLOCK_OVERHEAD)
		return capture_fail(c, -EBADMSG, "the file ends inside the header of a block");
	b->type = get_u32(c, p);
	if (b->type == BLOCK_SECTION) {
		__u32 order = get_u32(c, p + 8);

		if (order == bswap_32(BYTE_ORDER_MAGIC))
			c->swapped = !c->swapped;
		else if (order != BYTE_ORDER_MAGIC)
			return capture_fail(c, -EBADMSG, "a section has no byte order mark");
	}
	len = get_u32(c, p + 4);
	if (len < BLOCK_OVERHEAD || len % 4)
		return capture_fail(c, -EBADMSG, "a block's length of %u bytes cannot be", len);
	if (len > left)
		return capture_fail(c, -EBADMSG,
				    "a block of %u bytes begins %zu bytes before the end "
				    "of the file",
				    len, left);
	if (get_u32(c, p + len - 4) != len)
		return capture_fail(c, -EBADMSG, "a block's two lengths, %u and %u, differ", len,
				    get_u32(c, p + len - 4));
	b->body = p + 8;
	b->len = len - BLOCK_OVERHEAD;
	return 1;
}

/* Returns 1 with a frame, 0 for a block without one. Blocks of unknown types are passed over. */
static int block_read(struct capture *c, const struct block *b, struct capture_frame *frame)
{
	if (b->type == BLOCK_SECTION)
		return block_section(c, b);
	if (b->type == BLOCK_INTERFACE)
		return block_interface(c, b);
	for (size_t i = 0; i < PACKET_BLOCKS; i++) {
		if (packet_blocks[i].type == b->type)
			return block_packet(c, b, &packet_blocks[i], frame);
	}
	return 0;
}

static int pcapng_next(struct capture *c, struct capture_frame *frame)
{
	struct block b = { 0 };
	int got;

	do {
		got = block_next(c, &b);
		if (got <= 0)
			return got;
		got = block_read(c, &b, frame);
		if (got >= 0)
			c->at += b.len + BLOCK_OVERHEAD;
	} while (!got);
	return got;
}

/* --- both --- */

/* What people mistake for a capture, by its first bytes. */
static const struct {
	const char *magic;
	size_t len;
	const char *what;
} foreign[] = {
	{ "\x1f\x8b", 2, "compressed with gzip; fix: gunzip it first" },
	{ "\xfd"
	  "7zXZ",
	  5, "compressed with xz; fix: unxz it first" },
	{ "BZh", 3, "compressed with bzip2; fix: bunzip2 it first" },
	{ "\x28\xb5\x2f\xfd", 4, "compressed with zstd; fix: unzstd it first" },
	{ "\x04\x22\x4d\x18", 4, "compressed with lz4; fix: unlz4 it first" },
	{ "snoop\0\0\0", 8, "a snoop capture; fix: convert it with: editcap -F pcap" },
	{ "PK\003\004", 4, "a zip archive; fix: unzip it first" },
};

#define FOREIGN (sizeof(foreign) / sizeof(foreign[0]))

static int capture_refuse(struct capture *c)
{
	for (size_t i = 0; i < FOREIGN; i++) {
		if (c->len >= foreign[i].len && !memcmp(c->data, foreign[i].magic, foreign[i].len))
			return capture_fail(c, -EMEDIUMTYPE, "the file is %s", foreign[i].what);
	}
	return capture_fail(c, -EMEDIUMTYPE,
			    "the file is neither pcap nor pcapng; fix: write "
			    "captures with: tcpdump -w FILE");
}

int capture_open(struct capture *c, const void *data, size_t len)
{
	__u32 magic = 0;

	memset(c, 0, sizeof(*c));
	c->data = data;
	c->len = len;
	if (!len)
		return capture_fail(c, -ENODATA, "the file is empty; fix: capture it again");
	if (len >= sizeof(magic))
		memcpy(&magic, data, sizeof(magic));
	if (magic == BLOCK_SECTION) {
		c->format = CAPTURE_PCAPNG;
		return 0;
	}
	return pcap_magic(c, magic) ? pcap_open(c) : capture_refuse(c);
}

int capture_next(struct capture *c, struct capture_frame *out)
{
	struct capture_frame frame = { 0 };
	int got = c->format == CAPTURE_PCAP ? pcap_next(c, &frame) : pcapng_next(c, &frame);

	if (got <= 0)
		return got;
	c->frames++;
	c->time_ns = frame.time_ns;
	*out = frame;
	if (!capture_link_supported(frame.link)) {
		const char *name = capture_link_name(frame.link);

		return capture_fail(c, -EPROTONOSUPPORT,
				    "the link type is %u (%s); fix: capture on "
				    "Ethernet, \"any\" or a raw IP interface",
				    frame.link, name ? name : "unknown");
	}
	return 1;
}
