/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Writes captures as pcapng (draft-ietf-opsawg-pcapng), for the verdicts and comments that a pcap
 * has no room for. Ethernet, times in ns since 1970, in the host's byte order. Pure.
 */
#ifndef SIPSHIELD_PCAPNG_H
#define SIPSHIELD_PCAPNG_H

#include <stdio.h>

#include <linux/types.h>

struct pcapng_packet {
	__u64 time_ns; /* since 1970 */
	const __u8 *data;
	__u32 len;	     /* bytes of data */
	__u32 wire_len;	     /* of the frame */
	__u64 xdp_action;    /* enum xdp_action: the option epb_verdict, as xdpdump writes it */
	const char *comment; /* UTF-8, cut to 1,024 bytes */
};

/* For the block at the end; capinfos and Wireshark show them. */
struct pcapng_statistics {
	__u64 time_ns; /* since 1970 */
	__u64 matched; /* packets that the filter wanted */
	__u64 dropped; /* of these, not in the file */
};

/* Each writes one or two blocks. 0, or -EIO if out could not be written. */
int pcapng_begin(const char *application, const char *interface, __u32 snaplen, FILE *out);
int pcapng_packet(const struct pcapng_packet *packet, FILE *out);
int pcapng_end(const struct pcapng_statistics *statistics, FILE *out);

#endif
