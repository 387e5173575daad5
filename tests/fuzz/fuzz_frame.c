// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Any bytes as an Ethernet frame: the layers of the packet path, compiled for the host, say what
 * the slow reference says; the reader of `replay` stays inside and takes nobody for another.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bpf/l2.h"
#include "bpf/l3.h"
#include "bpf/l4.h"
#include "ref_frame.h"
#include "user/frame.h"

/* What drivers leave before a frame, so that the headers behind Ethernet's are aligned. */
#define ALIGNMENT 2

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(int truth)
{
	if (!truth)
		abort();
}

static int layers(__u8 *frame, __u32 len, struct facts *facts)
{
	char *start = (char *)frame;
	struct packet p = { .start = start, .pos = start, .end = start + len, .f = facts };
	int answer;

	facts->length = len;
	answer = l2_parse(&p);
	if (answer == CONTINUE)
		answer = l3_parse(&p);
	return answer == CONTINUE ? l4_parse(&p) : answer;
}

static void compare(const char *name, __u64 got, __u64 want)
{
	if (got == want)
		return;
	fprintf(stderr, "%s: %llu, reference %llu\n", name, (unsigned long long)got,
		(unsigned long long)want);
	abort();
}

static int same_address(const struct addr *a, const struct addr *b)
{
	return !memcmp(a, b, sizeof(*a));
}

/* Ports are out of its sight where the lengths in the headers leave no room for them. */
static void look_as_replay(const __u8 *frame, __u32 len, const struct facts *facts, int framed)
{
	struct frame_info info;

	frame_parse(frame, len, &info);
	must(!info.payload ||
	     (info.payload >= frame && info.payload + info.payload_len <= frame + len));
	must(frame_method(&info) < SIP_METHOD_MAX);
	if (!framed)
		return;
	must(info.ip && same_address(&info.src, &facts->src) &&
	     same_address(&info.dst, &facts->dst));
	if (!info.payload)
		return;
	must(info.protocol == facts->protocol && info.payload == frame + facts->payload);
	must(info.sport == bpf_ntohs(facts->sport) && info.dport == bpf_ntohs(facts->dport));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct facts got = { 0 }, want;
	__u8 *room = malloc(size + ALIGNMENT); /* so that reading too far is seen */
	__u8 *copy = room + ALIGNMENT;
	int answer, framed;

	must(room != NULL);
	memcpy(copy, data, size);
	answer = ref_frame(copy, size, &want);
	framed = answer == REF_GOES_ON && want.fragment != FRAGMENT_LATER;
	compare("answer", layers(copy, size, &got), answer);
	if (answer == REF_GOES_ON) {
		compare("fragment", got.fragment, want.fragment);
		compare("protocol", got.protocol, want.protocol);
		compare("src", same_address(&got.src, &want.src), 1);
		compare("dst", same_address(&got.dst, &want.dst), 1);
	}
	if (framed) {
		compare("sport", got.sport, want.sport);
		compare("dport", got.dport, want.dport);
		compare("payload", got.payload, want.payload);
		compare("payload_len", got.payload_len, want.payload_len);
	}
	look_as_replay(copy, size, &want, framed);
	free(room);
	return 0;
}
