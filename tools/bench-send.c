// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Floods an interface with INVITEs from forged sources out of BPF_PROG_TEST_RUN's live frames:
 * faster than any socket. For the benchmark's own namespaces alone; bounded by SECONDS.
 * Usage: bench-send OBJECT DEV DST-MAC SOURCES SECONDS
 */
#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <net/ethernet.h>
#include <net/if.h>
#include <netinet/ether.h>
#include <netinet/ip.h>
#include <netinet/udp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "tests/bench/bench.h"

#define BATCH 64
#define REPEAT 1000000 /* a call costs milliseconds before its first frame */
#define SECONDS_MAX 30
#define FIRST_SOURCE 0x0a000000U /* 10.0.0.0 */
#define DESTINATION 0xc000020aU	 /* 192.0.2.10 */

static const char message[] = "INVITE sip:1000@192.0.2.10 SIP/2.0\r\n"
			      "Via: SIP/2.0/UDP 10.0.0.1:5060;rport;branch=z9hG4bK5c0ffee5\r\n"
			      "Max-Forwards: 70\r\n"
			      "From: <sip:2000@192.0.2.10>;tag=a73kszlfl\r\n"
			      "To: <sip:1000@192.0.2.10>\r\n"
			      "Call-ID: f81d4fae7dec11d0@10.0.0.1\r\n"
			      "CSeq: 1 INVITE\r\n"
			      "Contact: <sip:2000@10.0.0.1>\r\n"
			      "Content-Length: 0\r\n\r\n";

static size_t build_frame(unsigned char *frame, const struct ether_addr *mac)
{
	struct ether_header *eth = (void *)frame;
	struct iphdr *ip = (void *)(eth + 1);
	struct udphdr *udp = (void *)(ip + 1);
	size_t len = sizeof(message) - 1;

	memcpy(eth->ether_dhost, mac, ETH_ALEN);
	eth->ether_type = htons(ETHERTYPE_IP);
	ip->version = 4;
	ip->ihl = 5;
	ip->tot_len = htons(sizeof(*ip) + sizeof(*udp) + len);
	ip->ttl = 64;
	ip->protocol = IPPROTO_UDP;
	ip->daddr = htonl(DESTINATION);
	udp->source = htons(5060);
	udp->dest = htons(5060);
	udp->len = htons(sizeof(*udp) + len);
	memcpy(udp + 1, message, len);
	return sizeof(*eth) + sizeof(*ip) + sizeof(*udp) + len;
}

/* Loads bench_send alone and sets its sources on every CPU. Returns its descriptor or an errno. */
static int load(const char *path, unsigned int sources, struct bpf_object **out)
{
	struct bench_state state[64] = { 0 };
	struct bpf_object *object = bpf_object__open_file(path, NULL);
	struct bpf_program *prog, *send = NULL;
	__u32 zero = 0;

	if (!object)
		return -errno;
	*out = object;
	bpf_object__for_each_program(prog, object) {
		bpf_program__set_autoload(prog, !strcmp(bpf_program__name(prog), "bench_send"));
		if (bpf_program__autoload(prog))
			send = prog;
	}
	if (!send || libbpf_num_possible_cpus() > 64)
		return -EINVAL;
	if (bpf_object__load(object))
		return -errno;
	for (int i = 0; i < 64; i++) {
		state[i].random = 88172645463325252ULL + i;
		state[i].base = FIRST_SOURCE;
		state[i].sources = sources;
	}
	if (bpf_map_update_elem(bpf_object__find_map_fd_by_name(object, "bench_state"), &zero,
				state, BPF_ANY))
		return -errno;
	return bpf_program__fd(send);
}

static int flood(int fd, const char *dev, const struct ether_addr *mac, int seconds)
{
	unsigned char frame[2048] = { 0 };
	size_t len = build_frame(frame, mac);
	struct xdp_md ctx = { .data_end = len, .ingress_ifindex = if_nametoindex(dev) };
	LIBBPF_OPTS(bpf_test_run_opts, opts, .data_in = frame, .data_size_in = len, .ctx_in = &ctx,
		    .ctx_size_in = sizeof(ctx), .repeat = REPEAT, .batch_size = BATCH,
		    .flags = BPF_F_TEST_XDP_LIVE_FRAMES);
	time_t end = time(NULL) + seconds;

	if (!ctx.ingress_ifindex)
		return -ENODEV;
	while (time(NULL) < end) {
		if (bpf_prog_test_run_opts(fd, &opts))
			return -errno;
	}
	return 0;
}

int main(int argc, char **argv)
{
	struct bpf_object *object = NULL;
	struct ether_addr *mac = argc == 6 ? ether_aton(argv[3]) : NULL;
	long sources = argc == 6 ? atol(argv[4]) : 0, seconds = argc == 6 ? atol(argv[5]) : 0;
	int err;

	if (!mac || sources < 1 || sources > 1L << 24 || seconds < 1 || seconds > SECONDS_MAX) {
		fprintf(stderr, "usage: bench-send OBJECT DEV DST-MAC SOURCES SECONDS\n");
		return 2;
	}
	err = load(argv[1], sources, &object);
	if (err >= 0)
		err = flood(err, argv[2], mac, seconds);
	if (err < 0)
		fprintf(stderr, "bench-send: %s: %s\n", argv[2], strerror(-err));
	bpf_object__close(object);
	return err < 0;
}
