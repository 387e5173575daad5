// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/pcapng.h"

#include <errno.h>
#include <string.h>

#define BLOCK_SECTION 0x0a0d0d0aU
#define BLOCK_INTERFACE 1
#define BLOCK_STATISTICS 5
#define BLOCK_PACKET 6
#define BLOCK_OVERHEAD 12 /* type, length, length again */
#define BYTE_ORDER_MAGIC 0x1a2b3c4dU
#define LINK_ETHERNET 1

#define OPTION_COMMENT 1
#define SHB_APPLICATION 4
#define IF_NAME 2
#define IF_TSRESOL 9
#define EPB_FLAGS 2
#define EPB_VERDICT 7
#define ISB_FILTERACCEPT 6
#define ISB_OSDROP 7

#define RESOLUTION_NS 9	   /* times are in 10^-9 s */
#define FLAG_INBOUND 1	   /* of epb_flags */
#define VERDICT_XDP 2	   /* of epb_verdict: an enum xdp_action follows */
#define COMMENT_MAX 1024   /* bytes */
#define BODY_MAX (1 << 13) /* bytes of a block but for a packet's data */

/* A block that grows: what stands before a packet's data, or behind it. */
struct body {
	__u8 data[BODY_MAX];
	size_t len;
};

static void put(struct body *body, const void *data, size_t len)
{
	memcpy(body->data + body->len, data, len);
	body->len += len;
}

static void put_u16(struct body *body, __u16 value)
{
	put(body, &value, sizeof(value));
}

static void put_u32(struct body *body, __u32 value)
{
	put(body, &value, sizeof(value));
}

static size_t padding(size_t len)
{
	return -len & 3;
}

static void put_option(struct body *body, __u16 code, const void *value, size_t len)
{
	put_u16(body, code);
	put_u16(body, (__u16)len);
	put(body, value, len);
	put(body, "\0\0\0", padding(len));
}

static void put_text(struct body *body, __u16 code, const char *text)
{
	put_option(body, code, text, strnlen(text, COMMENT_MAX));
}

static void put_time(struct body *body, __u64 time_ns)
{
	put_u32(body, (__u32)(time_ns >> 32));
	put_u32(body, (__u32)time_ns);
}

/* A block of two bodies with len bytes of data between them, padded to four. */
static int write_block(__u32 type, const struct body *head, const void *data, size_t len,
		       const struct body *tail, FILE *out)
{
	__u32 total = (__u32)(BLOCK_OVERHEAD + head->len + len + padding(len) + tail->len);

	fwrite(&type, sizeof(type), 1, out);
	fwrite(&total, sizeof(total), 1, out);
	fwrite(head->data, 1, head->len, out);
	if (len)
		fwrite(data, 1, len, out);
	fwrite("\0\0\0", 1, padding(len), out);
	fwrite(tail->data, 1, tail->len, out);
	fwrite(&total, sizeof(total), 1, out);
	return ferror(out) ? -EIO : 0;
}

int pcapng_begin(const char *application, const char *interface, __u32 snaplen, FILE *out)
{
	const __u8 resolution = RESOLUTION_NS;
	const __u64 unknown_len = ~0ULL;
	struct body head = { .len = 0 }, none = { .len = 0 };
	int err;

	put_u32(&head, BYTE_ORDER_MAGIC);
	put_u16(&head, 1); /* version 1.0 */
	put_u16(&head, 0);
	put(&head, &unknown_len, sizeof(unknown_len));
	put_text(&head, SHB_APPLICATION, application);
	put_option(&head, 0, "", 0);
	err = write_block(BLOCK_SECTION, &head, NULL, 0, &none, out);
	if (err)
		return err;
	head.len = 0;
	put_u16(&head, LINK_ETHERNET);
	put_u16(&head, 0);
	put_u32(&head, snaplen);
	put_text(&head, IF_NAME, interface);
	put_option(&head, IF_TSRESOL, &resolution, sizeof(resolution));
	put_option(&head, 0, "", 0);
	return write_block(BLOCK_INTERFACE, &head, NULL, 0, &none, out);
}

int pcapng_packet(const struct pcapng_packet *packet, FILE *out)
{
	struct body head = { .len = 0 }, tail = { .len = 0 };
	const __u32 flags = FLAG_INBOUND;
	__u8 verdict[1 + sizeof(packet->xdp_action)] = { VERDICT_XDP };

	memcpy(verdict + 1, &packet->xdp_action, sizeof(packet->xdp_action));
	put_u32(&head, 0); /* interface */
	put_time(&head, packet->time_ns);
	put_u32(&head, packet->len);
	put_u32(&head, packet->wire_len);
	put_text(&tail, OPTION_COMMENT, packet->comment);
	put_option(&tail, EPB_FLAGS, &flags, sizeof(flags));
	put_option(&tail, EPB_VERDICT, verdict, sizeof(verdict));
	put_option(&tail, 0, "", 0);
	return write_block(BLOCK_PACKET, &head, packet->data, packet->len, &tail, out);
}

int pcapng_end(const struct pcapng_statistics *statistics, FILE *out)
{
	struct body head = { .len = 0 }, none = { .len = 0 };

	put_u32(&head, 0); /* interface */
	put_time(&head, statistics->time_ns);
	put_option(&head, ISB_FILTERACCEPT, &statistics->matched, sizeof(statistics->matched));
	put_option(&head, ISB_OSDROP, &statistics->dropped, sizeof(statistics->dropped));
	put_option(&head, 0, "", 0);
	return write_block(BLOCK_STATISTICS, &head, NULL, 0, &none, out);
}
