// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/prog/frame_build.h"

#include <arpa/inet.h>
#include <criterion/criterion.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define AUTHENTICATION 51
#define DEFAULT_PORT 5060
#define DEFAULT_HOP 64

/* size zeroed bytes at the end of the frame. */
static void *append(struct frame *f, size_t size)
{
	void *at = f->data + f->len;

	cr_assert_leq(f->len + size, FRAME_MAX, "the frame is too long");
	memset(at, 0, size);
	f->len += size;
	return at;
}

static bool spec_is_ipv6(const struct frame_spec *spec)
{
	const char *address = spec->src ? spec->src : spec->dst;

	return address ? strchr(address, ':') != NULL : spec->ipv6;
}

static __u8 spec_protocol(const struct frame_spec *spec)
{
	if (spec->protocol)
		return spec->protocol;
	return spec->tcp ? IPPROTO_TCP : IPPROTO_UDP;
}

static void build_ethernet(const struct frame_spec *spec, struct frame *f)
{
	static const __u8 mac[2][ETH_ALEN] = { { 2, 0, 0, 0, 0, 1 }, { 2, 0, 0, 0, 0, 2 } };
	__u16 type = spec->ether_type;
	__be16 *next;

	if (!type)
		type = spec_is_ipv6(spec) ? ETH_P_IPV6 : ETH_P_IP;
	memcpy(append(f, ETH_ALEN), mac[0], ETH_ALEN);
	memcpy(append(f, ETH_ALEN), mac[1], ETH_ALEN);
	for (int i = 0; i < FRAME_TAGS_MAX && spec->tag[i]; i++) {
		next = append(f, 4);
		next[0] = htons(spec->tag[i]);
		next[1] = htons(100 + i);
	}
	next = append(f, sizeof(*next));
	*next = htons(type);
}

static void put_address(int family, const char *text, const char *usual, void *to)
{
	int ok = inet_pton(family, text ? text : usual, to);

	cr_assert_eq(ok, 1, "%s is no address of its family", text);
}

static void build_ipv4(const struct frame_spec *spec, struct frame *f)
{
	struct iphdr *ip = append(f, sizeof(*ip) + spec->ip_options);

	ip->version = spec->version ? spec->version : 4;
	ip->ihl = spec->ihl ? spec->ihl : 5 + spec->ip_options / 4;
	ip->ttl = spec->hop ? spec->hop : DEFAULT_HOP;
	ip->protocol = spec_protocol(spec);
	ip->id = htons(spec->fragment.id);
	ip->frag_off = htons(spec->fragment.offset / 8 | (spec->fragment.more ? 0x2000 : 0));
	put_address(AF_INET, spec->src, "198.51.100.7", &ip->saddr);
	put_address(AF_INET, spec->dst, "192.0.2.1", &ip->daddr);
	memset(ip + 1, 1, spec->ip_options); /* no operation */
}

static void build_extension(const struct frame_spec *spec, const struct frame_extension *ext,
			    struct frame *f, __u8 next)
{
	__u8 *at = append(f, ext->size);

	at[0] = next;
	if (ext->type == FRAME_FRAGMENT) {
		__be16 field = htons(spec->fragment.offset | spec->fragment.more);
		__be32 id = htonl(spec->fragment.id);

		memcpy(at + 2, &field, sizeof(field));
		memcpy(at + 4, &id, sizeof(id));
	} else if (ext->type == AUTHENTICATION) {
		at[1] = ext->size / 4 - 2;
	} else {
		at[1] = ext->size / 8 - 1;
	}
}

static void build_ipv6(const struct frame_spec *spec, struct frame *f)
{
	struct ipv6hdr *ip = append(f, sizeof(*ip));
	const struct frame_extension *ext = spec->extension;

	ip->version = spec->version ? spec->version : 6;
	ip->hop_limit = spec->hop ? spec->hop : DEFAULT_HOP;
	ip->nexthdr = ext->size ? ext->type : spec_protocol(spec);
	put_address(AF_INET6, spec->src, "2001:db8:7::7", &ip->saddr);
	put_address(AF_INET6, spec->dst, "2001:db8:1::1", &ip->daddr);
	for (int i = 0; i < FRAME_EXTENSIONS_MAX && ext[i].size; i++) {
		bool last = i + 1 == FRAME_EXTENSIONS_MAX || !ext[i + 1].size;

		build_extension(spec, &ext[i], f, last ? spec_protocol(spec) : ext[i + 1].type);
	}
}

static void build_l4(const struct frame_spec *spec, struct frame *f, size_t payload_len)
{
	__be16 sport = htons(spec->sport ? spec->sport : DEFAULT_PORT);
	__be16 dport = htons(spec->dport ? spec->dport : DEFAULT_PORT);
	struct tcphdr *tcp;
	struct udphdr *udp;

	if (!spec->tcp) {
		udp = append(f, sizeof(*udp));
		udp->source = sport;
		udp->dest = dport;
		udp->check = spec->unchecked ? 0 : 0xffff;
		udp->len = htons(spec->udp_length ? spec->udp_length : sizeof(*udp) + payload_len);
		return;
	}
	tcp = append(f, sizeof(*tcp) + spec->tcp_options);
	tcp->source = sport;
	tcp->dest = dport;
	tcp->doff = spec->data_offset ? spec->data_offset : 5 + spec->tcp_options / 4;
	tcp->ack = 1;
	tcp->psh = 1;
	memset(tcp + 1, 1, spec->tcp_options); /* no operation */
}

/* The network header's length, when all behind it is there. */
static void fix_length(const struct frame_spec *spec, struct frame *f, size_t l3)
{
	__u16 length = f->len - l3;
	__be16 field;

	if (spec_is_ipv6(spec))
		length -= sizeof(struct ipv6hdr);
	field = htons(spec->ip_length ? spec->ip_length : length);
	memcpy(f->data + l3 + (spec_is_ipv6(spec) ? 4 : 2), &field, sizeof(field));
}

void frame_build(const struct frame_spec *spec, struct frame *out)
{
	size_t payload_len = spec->payload_len;
	size_t l3;

	if (spec->payload && !payload_len)
		payload_len = strlen(spec->payload);
	out->len = 0;
	build_ethernet(spec, out);
	l3 = out->len;
	if (spec_is_ipv6(spec))
		build_ipv6(spec, out);
	else
		build_ipv4(spec, out);
	if (!spec->no_l4)
		build_l4(spec, out, payload_len);
	if (payload_len)
		memcpy(append(out, payload_len), spec->payload, payload_len);
	fix_length(spec, out, l3);
	append(out, spec->padding);
}

/* --- SIP messages ----------------------------------------------------------------------------*/

#define MESSAGE_MAX 8192
#define MESSAGES_AT_ONCE 8

struct text {
	char *to;
	size_t len;
};

static __attribute__((format(printf, 2, 3))) void add(struct text *t, const char *format, ...)
{
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(t->to + t->len, MESSAGE_MAX - t->len, format, args);
	va_end(args);
	cr_assert(n >= 0 && t->len + n < MESSAGE_MAX, "the message is too long");
	t->len += n;
}

/* The headers that a response copies from its request. */
static void add_transaction(const struct message_spec *spec, const char *method,
			    unsigned int number, struct text *t)
{
	const char *tag = spec->to_tag ? spec->to_tag : spec->status ? "8321234356" : "";

	add(t, "Via: SIP/2.0/UDP 198.51.100.7:5060;rport");
	if (!spec->branch)
		add(t, ";branch=z9hG4bK%08x", number * 0x9e3779b1U);
	else if (*spec->branch)
		add(t, ";branch=%s", spec->branch);
	add(t, "\r\nFrom: \"Alice\" <sip:%s@example.com>;tag=%s\r\n",
	    spec->from ? spec->from : "alice", spec->tag ? spec->tag : "1928301774");
	add(t, "To: <sip:%s@example.com>%s%s\r\n", spec->to ? spec->to : "bob", *tag ? ";tag=" : "",
	    tag);
	if (spec->call_id)
		add(t, "Call-ID: %s\r\n", spec->call_id);
	else
		add(t, "Call-ID: a84b4c76e667%08x\r\n", number);
	add(t, "CSeq: %u %s\r\n", spec->cseq ? spec->cseq : 1,
	    spec->cseq_method ? spec->cseq_method : method);
}

static unsigned int serial; /* of the message before */

void message_start(unsigned int number)
{
	serial = number;
}

const char *message_text(const struct message_spec *spec)
{
	static char texts[MESSAGES_AT_ONCE][MESSAGE_MAX];
	const char *method = spec->method ? spec->method : "INVITE";
	const char *body = spec->body ? spec->body : "";
	struct text t = { .to = texts[++serial % MESSAGES_AT_ONCE] };

	if (spec->status)
		add(&t, "SIP/2.0 %u %s\r\n", spec->status, spec->status < 300 ? "OK" : "No");
	else
		add(&t, "%s sip:bob@example.com SIP/2.0\r\n", method);
	add_transaction(spec, method, serial, &t);
	if (!spec->status)
		add(&t, "Max-Forwards: 70\r\n");
	if (!spec->contact)
		add(&t, "Contact: <sip:alice@198.51.100.7>\r\n");
	else if (*spec->contact)
		add(&t, "Contact: %s\r\n", spec->contact);
	add(&t, "User-Agent: Phone 1.0\r\n");
	add(&t, "%s", spec->headers ? spec->headers : "");
	add(&t, "Content-Length: %zu\r\n\r\n%s", strlen(body), body);
	return t.to;
}
