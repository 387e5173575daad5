// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/hep.h"

#include <arpa/inet.h>
#include <string.h>
#include <sys/socket.h>

#define NS_PER_SECOND 1000000000ULL

/* Chunks of the vendor 0: numbers of the protocol's specification. */
enum hep_chunk {
	HEP_FAMILY = 1,
	HEP_PROTOCOL,
	HEP_SOURCE_IPV4,
	HEP_DESTINATION_IPV4,
	HEP_SOURCE_IPV6,
	HEP_DESTINATION_IPV6,
	HEP_SOURCE_PORT,
	HEP_DESTINATION_PORT,
	HEP_SECONDS,
	HEP_MICROSECONDS,
	HEP_TYPE,
	HEP_AGENT,
	HEP_PAYLOAD = 15,
};

#define HEP_TYPE_SIP 1
#define HEP_CHUNK_HEADER 6 /* vendor, type, length: 16 bits each, the length with the header */
#define HEP_VERDICT_MAX 255
#define MAPPED_OFFSET 12 /* of an IPv4 address in a mapped one */

struct writer {
	__u8 *out;
	size_t len;
};

static void put_u16(struct writer *w, __u16 value)
{
	__be16 wire = htons(value);

	memcpy(w->out + w->len, &wire, sizeof(wire));
	w->len += sizeof(wire);
}

static void put_chunk(struct writer *w, __u16 vendor, __u16 type, const void *data, size_t len)
{
	if (len > HEP_LEN_MAX - HEP_CHUNK_HEADER - w->len)
		len = HEP_LEN_MAX - HEP_CHUNK_HEADER - w->len;
	put_u16(w, vendor);
	put_u16(w, type);
	put_u16(w, (__u16)(HEP_CHUNK_HEADER + len));
	if (len)
		memcpy(w->out + w->len, data, len);
	w->len += len;
}

static void put_chunk_u8(struct writer *w, __u16 type, __u8 value)
{
	put_chunk(w, 0, type, &value, sizeof(value));
}

static void put_chunk_u16(struct writer *w, __u16 type, __u16 value)
{
	__be16 wire = htons(value);

	put_chunk(w, 0, type, &wire, sizeof(wire));
}

static void put_chunk_u32(struct writer *w, __u16 type, __u32 value)
{
	__be32 wire = htonl(value);

	put_chunk(w, 0, type, &wire, sizeof(wire));
}

static bool is_mapped(const struct addr *address)
{
	return !address->word[0] && !address->word[1] && address->word[2] == htonl(0xffff);
}

static void put_addresses(struct writer *w, const struct frame_info *frame)
{
	if (is_mapped(&frame->src)) {
		put_chunk_u8(w, HEP_FAMILY, AF_INET);
		put_chunk(w, 0, HEP_SOURCE_IPV4, frame->src.byte + MAPPED_OFFSET, 4);
		put_chunk(w, 0, HEP_DESTINATION_IPV4, frame->dst.byte + MAPPED_OFFSET, 4);
		return;
	}
	put_chunk_u8(w, HEP_FAMILY, AF_INET6);
	put_chunk(w, 0, HEP_SOURCE_IPV6, frame->src.byte, sizeof(frame->src.byte));
	put_chunk(w, 0, HEP_DESTINATION_IPV6, frame->dst.byte, sizeof(frame->dst.byte));
}

size_t hep_encode(const struct hep_message *message, __u8 out[HEP_LEN_MAX])
{
	const struct frame_info *frame = &message->frame;
	struct writer w = { .out = out };
	__be16 total;

	memcpy(out, "HEP3", 4);
	w.len = 6; /* the length, at the end */
	put_addresses(&w, frame);
	put_chunk_u8(&w, HEP_PROTOCOL, frame->protocol);
	put_chunk_u16(&w, HEP_SOURCE_PORT, frame->sport);
	put_chunk_u16(&w, HEP_DESTINATION_PORT, frame->dport);
	put_chunk_u32(&w, HEP_SECONDS, (__u32)(message->time_ns / NS_PER_SECOND));
	put_chunk_u32(&w, HEP_MICROSECONDS, (__u32)(message->time_ns % NS_PER_SECOND / 1000));
	put_chunk_u8(&w, HEP_TYPE, HEP_TYPE_SIP);
	put_chunk_u32(&w, HEP_AGENT, message->agent);
	put_chunk(&w, HEP_VENDOR, HEP_CHUNK_VERDICT, message->verdict,
		  strnlen(message->verdict, HEP_VERDICT_MAX));
	put_chunk(&w, 0, HEP_PAYLOAD, frame->payload, frame->payload_len);
	total = htons((__u16)w.len);
	memcpy(out + 4, &total, sizeof(total));
	return w.len;
}
