/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Ethernet frames and SIP messages for tests, right or wrong in any field. UDP's checksum is some
 * number, the others are left 0: the shield asks whether there is one, and compares none.
 */
#ifndef SIPSHIELD_TESTS_FRAME_BUILD_H
#define SIPSHIELD_TESTS_FRAME_BUILD_H

#include <stdbool.h>
#include <stddef.h>

#include <linux/types.h>

#define FRAME_MAX 9216
#define FRAME_TAGS_MAX 3
#define FRAME_EXTENSIONS_MAX 12
#define FRAME_FRAGMENT 44 /* the IPv6 extension header that `fragment` describes */

struct frame {
	__u8 data[FRAME_MAX];
	size_t len;
};

/* An IPv6 extension header. size: all its bytes; for the authentication header a multiple of 4,
 * else of 8, and 8 for a fragment header. */
struct frame_extension {
	__u8 type;
	__u16 size;
};

/*
 * A frame by its differences from the plainest one: untagged, UDP, from 198.51.100.7:5060 to
 * 192.0.2.1:5060 (IPv6: 2001:db8:7::7 to 2001:db8:1::1), without payload. Numbers in host byte
 * order; a field that is 0 or NULL has its default.
 */
struct frame_spec {
	const char *src; /* as text; the family is that of the one that is given */
	const char *dst;
	__u16 sport;
	__u16 dport;
	bool ipv6; /* needed if neither address is given */
	bool tcp;
	__u8 protocol;		   /* instead of UDP or TCP, whose header stays */
	__u16 tag[FRAME_TAGS_MAX]; /* EtherTypes of the tags, outermost first */
	__u16 ether_type;
	__u8 version;	  /* of the IP header */
	__u8 hop;	  /* TTL or hop limit, 64 if 0 */
	__u8 ip_options;  /* bytes, a multiple of 4 up to 40 */
	__u8 ihl;	  /* in words, if it is to lie */
	__u16 ip_length;  /* total (IPv6: payload) length, if it is to lie */
	__u16 udp_length; /* if it is to lie */
	bool unchecked;	  /* UDP's checksum is 0: none */
	__u8 tcp_options; /* bytes, a multiple of 4 up to 40 */
	__u8 data_offset; /* TCP's, in words, if it is to lie */
	__u16 padding;	  /* bytes behind the IP packet */
	struct frame_extension extension[FRAME_EXTENSIONS_MAX];
	struct {
		__u32 id;
		__u16 offset; /* bytes, a multiple of 8 */
		bool more;
	} fragment; /* IPv6: needs an extension FRAME_FRAGMENT */
	bool no_l4; /* the payload follows the network header: a fragment that is not the first */
	const void *payload;
	size_t payload_len; /* 0: a string */
};

/* Builds a frame. Ends the test if it has no room or an address is none. */
void frame_build(const struct frame_spec *spec, struct frame *out);

#define FRAME(...) (&(struct frame_spec){ __VA_ARGS__ })

/*
 * A SIP message by its differences from a plain request of a phone: a transaction of its own,
 * CSeq and method agree.
 */
struct message_spec {
	const char *method;	 /* INVITE if NULL; of a response: that of its CSeq */
	unsigned int status;	 /* not 0: a response */
	const char *branch;	 /* "": none, as in RFC 2543; NULL: a new one */
	const char *call_id;	 /* NULL: a new one */
	const char *from;	 /* user of the From, alice if NULL */
	const char *to;		 /* user of the To, bob if NULL */
	const char *tag;	 /* of the From, always the same if NULL */
	unsigned int cseq;	 /* its number, 1 if 0 */
	const char *cseq_method; /* if it is another one */
	const char *to_tag;	 /* "": none; NULL: one in responses alone */
	const char *contact;	 /* value of the header, "": none */
	const char *headers;	 /* more of them, each with CRLF */
	const char *body;
};

/* Messages from here on have the transactions behind this number, which no others had. */
void message_start(unsigned int number);

/* The message as a string. It stays as it is until 8 more were built. */
const char *message_text(const struct message_spec *spec);

#define MESSAGE(...) message_text(&(struct message_spec){ __VA_ARGS__ })

/* A challenge, and credentials as a phone sends them, for message_spec.headers. */
#define MESSAGE_CHALLENGE_WITH(nonce)                                                              \
	"WWW-Authenticate: Digest realm=\"example.com\", nonce=\"" nonce "\", qop=\"auth\"\r\n"
#define MESSAGE_CREDENTIALS_WITH(nonce)                                                            \
	"Authorization: Digest username=\"alice\", realm=\"example.com\", nonce=\"" nonce "\","    \
	" uri=\"sip:example.com\", response=\"dfe56131d1958046689d83306477ecc7\"\r\n"
#define MESSAGE_CHALLENGE MESSAGE_CHALLENGE_WITH("84f1c1ae6cbe")
#define MESSAGE_CREDENTIALS MESSAGE_CREDENTIALS_WITH("84f1c1ae6cbe")

#endif
