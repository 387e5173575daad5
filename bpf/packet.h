/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * One packet on its way: the cursor and the facts so far. Stages fill it in and answer with a
 * reason to leave, or CONTINUE.
 */
#ifndef SIPSHIELD_PACKET_H
#define SIPSHIELD_PACKET_H

#include "bpf/env.h"
#include "maps/types.h"

/* What a stage answers if the next one is to go on. */
#define CONTINUE (-1)

enum fragment { FRAGMENT_NONE, FRAGMENT_FIRST, FRAGMENT_LATER };

/* The hook that a program runs at, a constant in each: decides which helper loads bytes. */
enum hook { HOOK_XDP, HOOK_TC };

/*
 * What is known of the packet. It lies in a map value, not on the stack: the verifier would follow
 * every combination of values there, and here follows none. Nothing of it is cleared for each
 * packet but `early`; a stage reads only what an earlier one has written.
 */
struct facts {
	union {
		struct {
			__u64 now_ns; /* 0: not read yet */
			__u16 shadow; /* the rule that hit and did not drop, enum reason; 0: none */
			__u8 fragment;	/* enum fragment */
			__u8 method;	/* enum sip_method */
			__u8 standing;	/* enum standing_state */
			__u8 carrier;	/* index, if standing is STANDING_CARRIER */
			__u8 protected; /* in the never-ban set: neither denied nor banned */
			__u8 over;	/* enum reason of the limit that is over already; 0: none */
			__u16 share;	/* times its limits that the source has earned; 0: once */
			__u8 row;	/* enum standing_state: whose limits it has */
			__u8 proved; /* enum standing_why, if the packet proved it anew; 0: nothing */
			__u8 told;   /* enum event_kind that the agent is to be told; 0: none */
			__u8 authenticated; /* of an answer: its request had a nonce of ours */
			__u16 status;	    /* of an answer */
			__u8 tight;	    /* its limits are those of strangers */
			__u8 demoted; /* 1: in the name of a known source, and treated as a stranger's */
			__u8 noted; /* rule_strength() of shadow */
			__u8 pad[5];
		};
		__u64 early[4];
	};
	struct addr src;
	struct addr dst;
	struct addr key;   /* src, IPv6 cut to the policy's prefix: who pays */
	__u64 first8;	   /* first 8 bytes of the payload, zero padded, as loaded */
	__u64 hash;	   /* addr_hash of key */
	__u64 fragment_id; /* hash of the datagram, for fragments */
	__u64 began_ns;	   /* when the program began, of a packet that is timed */
	__u32 turn;	   /* counts the packets that came in on this CPU */
	__u32 length;	   /* of the frame, bytes */
	__u32 payload; /* offset of the UDP or TCP payload in the frame (of the cursor, till then) */
	__u32 payload_len;
	__u32 text;   /* offset of the payload as it came; `payload` moves on in a segment */
	__u32 l3_end; /* offset behind the IP packet, without padding of the frame */
	__u32 slot;   /* of the policy */
	__be16 sport;
	__be16 dport;
	__be16 checksum;  /* UDP's as it came; 0: none */
	__u16 ether_type; /* host byte order */
	__u8 protocol;	  /* IPPROTO_ */
	__u8 kind;	  /* enum sip_kind */
	__u8 class;	  /* enum rate_class */
	__u8 lane;	  /* enum lane, of a stranger's request */
	__u8 hop;	  /* TTL or hop limit */
	__u16 suspicion;  /* of the message: what the checks that hit weigh together */
	__u16 check;	  /* the first of them, enum reason; 0: none */
	__u8 signature;	  /* index + 1, if reason or shadow is that of a signature */
	/* Written at the exit, for programs that run behind this one. */
	__u16 reason;		   /* enum reason of the verdict */
	__u8 line[EVENT_LINE_LEN]; /* event.line, if an event is sent */
};
_Static_assert(sizeof(((struct facts *)0)->early) == 32, "early covers what must be cleared");

/* One packet: the facts, and the pointers that the verifier must see. */
struct packet {
	void *ctx; /* struct xdp_md or struct __sk_buff */
	char *start;
	char *pos; /* the cursor: next byte to parse */
	char *end; /* of what can be read directly */
	const struct policy *policy;
	struct control *control;
	struct facts *f;
};

/* The header of `size` bytes at the cursor, which moves behind it; NULL if the frame is shorter. */
static __always_inline void *packet_pull(struct packet *p, __u32 size)
{
	char *header = p->pos;

	if (header + size > p->end)
		return NULL;
	p->pos = header + size;
	return header;
}

/* Bytes between the start of the frame and the cursor. */
static __always_inline __u32 packet_offset(const struct packet *p)
{
	return (__u32)(p->pos - p->start);
}

/*
 * Moves the cursor by up to HEADERS_MAX bytes. Returns 0 if it would leave the frame or the first
 * HEADERS_MAX bytes of it. The new offset goes through a map value, so that the verifier does not
 * tell apart the ways that lead here.
 */
#define HEADERS_MAX 4095

static __always_inline int packet_skip(struct packet *p, __u32 size)
{
	__u32 at;

	*(volatile __u32 *)&p->f->payload = packet_offset(p) + size;
	at = *(volatile __u32 *)&p->f->payload;
	if (at > HEADERS_MAX)
		return 0;
	p->pos = p->start + at;
	return p->pos <= p->end;
}

#endif
