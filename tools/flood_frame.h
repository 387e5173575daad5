/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * The frames that flood sends: a model for each method, and what changes from frame to frame.
 * Number N of a flood with one seed is always the same frame, so that a run can be repeated.
 */
#ifndef FLOOD_FRAME_H
#define FLOOD_FRAME_H

#include <arpa/inet.h>
#include <errno.h>
#include <net/ethernet.h>
#include <netinet/ip.h>
#include <netinet/ip6.h>
#include <netinet/udp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#define FRAME_MAX 1280
#define METHODS_MAX 8
#define PLACES_MAX 24

/* What the command line asks for. Addresses are in network byte order, IPv4 in the first 4 bytes. */
struct options {
	const char *dev;
	struct ether_addr dst_mac;
	int family;
	uint8_t dst[16];
	uint8_t src[16];
	unsigned int src_bits; /* low bits of the source address that change from frame to frame */
	bool src_random;       /* any unicast source */
	uint64_t sources;      /* of the range; 0: all */
	uint8_t (*listed)[16]; /* the sources in turn; NULL: by the range */
	uint64_t listed_count; /* at least 1 if there is a list */
	uint16_t dport;
	uint16_t sport; /* 0: another one for each frame */
	uint8_t ttl;
	const char *method[METHODS_MAX]; /* in turn */
	unsigned int methods;
	bool credentials; /* of nobody, with a nonce that no server sent */
	uint64_t seed;	  /* floods of different seeds share no frame but in their sources */
	uint64_t rate;	  /* frames per second, 0: no limit */
	uint64_t seconds; /* 1 to SECONDS_MAX */
	uint64_t count;	  /* 0: no limit */
};

/* Digits that are others in each frame; a random value where the text has X, a user where it has #. */
struct place {
	size_t offset;
	unsigned int digits;
	bool decimal;
};

/* One frame, built once; addresses, port and places are then written over for each send. */
struct frame {
	uint8_t data[FRAME_MAX];
	size_t len, ip, udp, sip;
	struct place place[PLACES_MAX];
	unsigned int places;
};

/* splitmix64 */
static inline uint64_t mix(uint64_t x)
{
	x += 0x9e3779b97f4a7c15ull;
	x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9ull;
	x = (x ^ (x >> 27)) * 0x94d049bb133111ebull;
	return x ^ (x >> 31);
}

static inline uint64_t sum_words(const uint8_t *data, size_t len)
{
	uint64_t sum = 0;
	uint32_t word;
	uint16_t half;
	size_t i = 0;

	for (; i + 4 <= len; i += 4) {
		memcpy(&word, data + i, 4);
		sum += word;
	}
	for (; i + 2 <= len; i += 2) {
		memcpy(&half, data + i, 2);
		sum += half;
	}
	return i < len ? sum + data[i] : sum;
}

static inline uint16_t fold(uint64_t sum)
{
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return (uint16_t)~sum;
}

static inline size_t address_len(const struct options *opt)
{
	return opt->family == AF_INET ? 4 : 16;
}

static inline void put_ip(struct frame *frame, const struct options *opt, size_t payload)
{
	if (opt->family == AF_INET) {
		struct iphdr *ip = (struct iphdr *)(frame->data + frame->ip);

		*ip = (struct iphdr){ .version = 4,
				      .ihl = 5,
				      .ttl = opt->ttl,
				      .protocol = IPPROTO_UDP,
				      .tot_len = htons((uint16_t)(sizeof(*ip) + payload)) };
		memcpy(&ip->daddr, opt->dst, 4);
	} else {
		struct ip6_hdr *ip = (struct ip6_hdr *)(frame->data + frame->ip);

		memset(ip, 0, sizeof(*ip));
		ip->ip6_vfc = 6 << 4;
		ip->ip6_plen = htons((uint16_t)payload);
		ip->ip6_nxt = IPPROTO_UDP;
		ip->ip6_hlim = opt->ttl;
		memcpy(&ip->ip6_dst, opt->dst, 16);
	}
}

/* Note where @text has two X or # or more: each such run is a place. */
static inline int find_places(struct frame *frame)
{
	const char *begin = (const char *)frame->data, *at = begin + frame->sip;

	while ((at = strpbrk(at, "X#"))) {
		size_t digits = strspn(at, *at == '#' ? "#" : "X");

		if (digits > 1 && frame->places == PLACES_MAX)
			return -EMSGSIZE;
		if (digits > 1)
			frame->place[frame->places++] = (struct place){
				.offset = (size_t)(at - begin),
				.digits = (unsigned int)digits,
				.decimal = *at == '#',
			};
		at += digits;
	}
	return 0;
}

/* The body of an INVITE; nothing for other methods. */
static inline const char *body_of(const char *method)
{
	return strcmp(method, "INVITE") ? ""
					: "v=0\r\n"
					  "o=- 1########## 1 IN IP4 192.0.2.77\r\n"
					  "s=-\r\n"
					  "c=IN IP4 192.0.2.77\r\n"
					  "t=0 0\r\n"
					  "m=audio 2#### RTP/AVP 8 0\r\n"
					  "a=rtpmap:8 PCMA/8000\r\n"
					  "a=rtpmap:0 PCMU/8000\r\n";
}

/* As a phone writes it. X and # are digits that change, see struct place. */
static inline int put_sip(struct frame *frame, const struct options *opt, const char *method)
{
	char *text = (char *)frame->data + frame->sip, credentials[256] = "";
	const char *body = body_of(method);
	size_t room = FRAME_MAX - frame->sip;
	int len;

	if (opt->credentials)
		snprintf(credentials, sizeof(credentials),
			 "%s: Digest username=\"1###\", realm=\"lab.example\", "
			 "nonce=\"XXXXXXXXXXXXXXXXXXXXXXXX\", uri=\"sip:lab.example\", "
			 "response=\"XXXXXXXXXXXXXXXXXXXXXXXXXXXXXXXX\", algorithm=MD5\r\n",
			 strcmp(method, "REGISTER") ? "Proxy-Authorization" : "Authorization");
	len = snprintf(text, room,
		       "%s sip:%slab.example SIP/2.0\r\n"
		       "Via: SIP/2.0/UDP phone.invalid:5060;branch=z9hG4bKXXXXXXXX;rport\r\n"
		       "Max-Forwards: 70\r\n"
		       "From: <sip:1###@lab.example>;tag=XXXXXXXX\r\n"
		       "To: <sip:1###@lab.example>\r\n"
		       "Call-ID: XXXXXXXXXXXX@phone.invalid\r\n"
		       "CSeq: 1## %s\r\n"
		       "Contact: <sip:1###@phone.invalid:5060>\r\n"
		       "%s"
		       "User-Agent: Deskphone ####\r\n"
		       "%s"
		       "Content-Length: %zu\r\n\r\n%s",
		       method, strcmp(method, "REGISTER") ? "1###@" : "", method, credentials,
		       *body ? "Content-Type: application/sdp\r\n" : "", strlen(body), body);
	if (len < 0 || (size_t)len >= room)
		return -EMSGSIZE;
	frame->len = frame->sip + (size_t)len;
	return find_places(frame);
}

/* Build the model of @method in @frame, which is all zeroes; negative errno on error. */
static inline int build_frame(struct frame *frame, const struct options *opt, const char *method,
			      const uint8_t *src_mac)
{
	struct ether_header *eth = (struct ether_header *)frame->data;
	struct udphdr *udp;
	int err;

	frame->ip = sizeof(*eth);
	frame->udp = frame->ip +
		     (opt->family == AF_INET ? sizeof(struct iphdr) : sizeof(struct ip6_hdr));
	frame->sip = frame->udp + sizeof(*udp);
	err = put_sip(frame, opt, method);
	if (err)
		return err;
	memcpy(eth->ether_dhost, &opt->dst_mac, ETH_ALEN);
	memcpy(eth->ether_shost, src_mac, ETH_ALEN);
	eth->ether_type = htons(opt->family == AF_INET ? ETHERTYPE_IP : ETHERTYPE_IPV6);
	put_ip(frame, opt, frame->len - frame->udp);
	udp = (struct udphdr *)(frame->data + frame->udp);
	udp->dest = htons(opt->dport);
	udp->len = htons((uint16_t)(frame->len - frame->udp));
	return 0;
}

/* The source address of frame number @serial. */
static inline void choose_source(uint8_t *src, const struct options *opt, uint64_t serial)
{
	size_t len = address_len(opt);
	uint64_t bits = mix(opt->sources ? serial % opt->sources : serial);

	if (opt->listed) {
		memcpy(src, opt->listed[serial % opt->listed_count], len);
		return;
	}
	memcpy(src, opt->src, len);
	if (opt->src_random && opt->family == AF_INET) {
		/* 1.0.0.0 to 223.255.255.255 without loopback */
		uint8_t first = (uint8_t)(1 + (bits >> 32) % 223);

		src[0] = first == 127 ? 126 : first;
	}
	for (unsigned int i = 0; i < opt->src_bits; i += 8) {
		uint8_t mask = opt->src_bits - i >= 8 ? 0xff
						      : (uint8_t)((1u << (opt->src_bits - i)) - 1);
		uint8_t *byte = &src[len - 1 - i / 8];

		*byte = (uint8_t)((*byte & ~mask) | ((uint8_t)(bits >> (i % 64)) & mask));
	}
}

static inline void put_checksums(struct frame *frame, const struct options *opt)
{
	struct udphdr *udp = (struct udphdr *)(frame->data + frame->udp);
	size_t len = frame->len - frame->udp, addrs = 2 * address_len(opt);
	uint64_t pseudo = htons(IPPROTO_UDP) + (uint64_t)htons((uint16_t)len);
	uint16_t sum;

	if (opt->family == AF_INET) {
		struct iphdr *ip = (struct iphdr *)(frame->data + frame->ip);

		ip->check = 0;
		ip->check = fold(sum_words((uint8_t *)ip, sizeof(*ip)));
	}
	udp->check = 0;
	/* both addresses stand right before the UDP header, in IPv4 and in IPv6 */
	sum = fold(pseudo + sum_words(frame->data + frame->udp - addrs, addrs) +
		   sum_words(frame->data + frame->udp, len));
	udp->check = sum ? sum : 0xffff;
}

static inline void put_digits(uint8_t *out, const struct place *place, uint64_t bits)
{
	static const char hex[] = "0123456789abcdef";

	for (unsigned int i = 0; i < place->digits; i++) {
		out[i] = (uint8_t)hex[(bits & 15) % (place->decimal ? 10 : 16)];
		bits = bits >> 4 | bits << 60;
	}
}

/* Make @frame the one with number @serial. A user is the same in all places of a frame. */
static inline void stamp_frame(struct frame *frame, const struct options *opt, uint64_t serial)
{
	struct udphdr *udp = (struct udphdr *)(frame->data + frame->udp);
	uint64_t first = mix(mix(serial) ^ opt->seed), user = mix(first);

	for (unsigned int i = 0; i < frame->places; i++) {
		const struct place *place = &frame->place[i];

		put_digits(frame->data + place->offset, place,
			   place->decimal ? user : mix(first + i));
	}
	choose_source(frame->data + frame->udp - 2 * address_len(opt), opt, serial);
	udp->source = htons(opt->sport ? opt->sport : (uint16_t)(1024 + mix(~first) % 64000));
	put_checksums(frame, opt);
}

#endif
