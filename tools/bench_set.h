/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The set of varied frames that benchmarks send, and the sources that are known beforehand. */
#ifndef SIPSHIELD_BENCH_SET_H
#define SIPSHIELD_BENCH_SET_H

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdint.h>
#include <stdio.h>
#include <time.h>

#include "bpf/sketch.h"
#include "bpf/token.h"
#include "tests/bench/bench.h"
#include "user/store.h"

#define NS 1000000000ULL
#define BASE 0x0a000000U /* 10.0.0.0: the first source */
#define SIP_PORT 5060

enum message { MESSAGE_NONE, MESSAGE_DNS, MESSAGE_INVITE, MESSAGE_WORST };

/* One INVITE of about 500 bytes; no two of the set have the same names, numbers or lengths. */
static inline int print_invite(char *text, size_t size, unsigned int i)
{
	return snprintf(text, size,
			"INVITE sip:%u@192.0.2.10 SIP/2.0\r\n"
			"Via: SIP/2.0/UDP 10.1.%u.%u:%u;rport;branch=z9hG4bK%08x%s\r\n"
			"Max-Forwards: 70\r\n"
			"From: \"user %u\" <sip:%u@example.com>;tag=%x\r\n"
			"To: <sip:%u@example.com>\r\n"
			"Call-ID: %08x-%x@10.1.%u.%u\r\n"
			"CSeq: %u INVITE\r\n"
			"User-Agent: %.*s\r\n"
			"Contact: <sip:%u@10.1.%u.%u:%u>\r\n"
			"%sContent-Length: 0\r\n\r\n",
			4400000 + i * 7919, i & 255, i * 7 & 255, 1024 + i * 31, i * 2654435761U,
			i & 1 ? "-524287-1---" : "", i, 1000 + i, i * 40503U, 4400000 + i * 7919,
			i * 97U + 0x1000000, i, i & 255, i * 7 & 255, 1 + i % 90, 6 + (int)(i % 24),
			"Acme Desk Phone 5.9.3.1.22 rev c", 1000 + i, i & 255, i * 7 & 255,
			1024 + i * 31,
			i & 2 ? "Allow: INVITE, ACK, CANCEL, BYE, OPTIONS, REFER, NOTIFY\r\n" : "");
}

/* As many short header lines as a full datagram holds, half of them folded, none of them known. */
static inline int print_worst(char *text, size_t size, unsigned int i)
{
	int len = snprintf(text, size, "INVITE sip:%u@192.0.2.10 SIP/2.0\r\n", i);

	while (len < 1440)
		len += snprintf(text + len, size - len, len & 1 ? "A:\r\n b\r\n" : "Vi:\r\n");
	return len + snprintf(text + len, size - len, "\r\n");
}

static inline int print_message(char *text, size_t size, enum message message, unsigned int i)
{
	switch (message) {
	case MESSAGE_DNS:
		return snprintf(
			text, size, "%.*s", 30 + (int)(i % 32),
			"a question that has nothing to do with SIP, of some length or other");
	case MESSAGE_WORST:
		return print_worst(text, size, i);
	case MESSAGE_NONE:
		return snprintf(text, size, "-");
	default:
		return print_invite(text, size, i);
	}
}

/* The i-th frame of the set, for a program of tests/bench/bench.bpf.c. */
static inline void bench_build(struct bench_frame *frame, enum message message, unsigned int i)
{
	struct ether_header *eth = (void *)frame->bytes;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	char *text = (char *)(udp + 1);
	int len = print_message(
		text, sizeof(frame->bytes) - sizeof(*eth) - sizeof(*ip) - sizeof(*udp), message, i);

	eth->ether_type = htons(ETHERTYPE_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(sizeof(*ip) + sizeof(*udp) + len);
	ip->id = htons(i);
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->saddr = htonl(BASE);
	ip->daddr = htonl(0xc000020a);
	udp->source = htons(SIP_PORT);
	udp->dest = htons(message == MESSAGE_DNS ? 53 : SIP_PORT);
	udp->len = htons(sizeof(*udp) + len);
	frame->len = sizeof(*eth) + sizeof(*ip) + sizeof(*udp) + len;
	frame->source_at = sizeof(*eth) + offsetof(struct iphdr, saddr);
}

static inline uint64_t clock_ns(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * NS + ts.tv_nsec;
}

/* The key of an IPv4 source, which is in host byte order. */
static inline struct addr bench_address(uint32_t source)
{
	struct addr address = { .half = { 0, 0 } };

	address.word[2] = htonl(0xffff);
	address.word[3] = htonl(source);
	return address;
}

/* A standing as the programs write it: entry, hint and the flow of its port. 0 or a negative errno. */
static inline int bench_know(struct bpf_object *object, struct store *store,
			     const struct addr *address, const struct standing *entry)
{
	int hints = bpf_object__find_map_fd_by_name(object, "hints");
	int fd = bpf_object__find_map_fd_by_name(object, "standing");
	static struct {
		__u64 word[HINT_WORDS];
	} bits;
	int flows = bpf_object__find_map_fd_by_name(object, "flows");
	struct control control;
	__u32 zero = 0, i;
	__u64 hash, flow, cell;
	int err = store_control(store, &control);

	if (err || bpf_map_lookup_elem(hints, &zero, &bits))
		return -EIO;
	hash = addr_hash(control.hash_key, address);
	flow = flow_hash(hash, htons(SIP_PORT), IPPROTO_UDP);
	cell = flow_cell(flow, clock_ns(CLOCK_MONOTONIC));
	i = flow_index(flow);
	if (entry->trusted_ns && bpf_map_update_elem(flows, &i, &cell, BPF_ANY))
		return -errno;
	bits.word[hint_word(hash)] |= (__u64)HINT_STANDING << hint_shift(hash);
	if (bpf_map_update_elem(hints, &zero, &bits, BPF_ANY) ||
	    bpf_map_update_elem(fd, address, entry, BPF_ANY))
		return -errno;
	return 0;
}

#endif
