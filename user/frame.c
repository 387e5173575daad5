/* SPDX-License-Identifier: GPL-2.0-or-later */
#include "user/frame.h"

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>

#define VLAN_TAG_LEN 4
#define VLAN_TAGS_MAX 4
#define ETH_P_QINQ_OLD 0x9100 /* two tags, before IEEE 802.1ad */
#define IPV4_OFFSET_MASK 0x1fff
#define IPV6_OFFSET_MASK 0xfff8
#define IPV6_HEADERS_MAX 16
#define EXTENSION_LEN_MIN 8
#define SIP_VERSION "SIP/2.0"
#define START_LINE_MAX 4096 /* bytes of a payload that are searched for the end of its first line */

/* What is left of the frame, moving forward. */
struct cursor {
	const __u8 *at;
	size_t left;
};

/* The next len bytes, or NULL if there are fewer. */
static const void *cursor_take(struct cursor *c, size_t len)
{
	const __u8 *taken = c->at;

	if (len > c->left)
		return NULL;
	c->at += len;
	c->left -= len;
	return taken;
}

static __u16 u16_at(const void *p)
{
	__be16 v;

	memcpy(&v, p, sizeof(v));
	return ntohs(v);
}

static __u16 parse_ethernet(struct cursor *c)
{
	const __u8 *eth = cursor_take(c, ETH_HLEN);
	__u16 type = eth ? u16_at(eth + 2 * ETH_ALEN) : 0;

	for (int i = 0; i < VLAN_TAGS_MAX; i++) {
		const __u8 *tag;

		if (type != ETH_P_8021Q && type != ETH_P_8021AD && type != ETH_P_QINQ_OLD)
			break;
		tag = cursor_take(c, VLAN_TAG_LEN);
		type = tag ? u16_at(tag + 2) : 0;
	}
	return type;
}

static void map_ipv4(struct addr *out, const void *address)
{
	memset(out, 0, sizeof(*out));
	out->byte[10] = 0xff;
	out->byte[11] = 0xff;
	memcpy(&out->byte[12], address, 4);
}

/* Takes padding behind the packet away; a length of 0 (offloads) or too great is not believed. */
static void cursor_trim(struct cursor *c, size_t len)
{
	if (len && len < c->left)
		c->left = len;
}

/* Both leave the cursor at the transport header, or empty where that is out of sight. */
static void parse_ipv4(struct cursor *c, struct frame_info *out)
{
	const __u8 *ip = c->at;
	size_t header, total;

	if (c->left < sizeof(struct iphdr) || *ip >> 4 != 4 || (*ip & 15) < 5)
		return;
	out->ip = true;
	out->protocol = ip[offsetof(struct iphdr, protocol)];
	map_ipv4(&out->src, ip + offsetof(struct iphdr, saddr));
	map_ipv4(&out->dst, ip + offsetof(struct iphdr, daddr));
	header = (size_t)(*ip & 15) * 4;
	total = u16_at(ip + offsetof(struct iphdr, tot_len));
	cursor_trim(c, total >= header ? total : 0);
	if (!cursor_take(c, header) ||
	    u16_at(ip + offsetof(struct iphdr, frag_off)) & IPV4_OFFSET_MASK)
		c->left = 0;
}

static bool is_extension(__u8 next)
{
	return next == IPPROTO_HOPOPTS || next == IPPROTO_ROUTING || next == IPPROTO_FRAGMENT ||
	       next == IPPROTO_AH || next == IPPROTO_DSTOPTS || next == IPPROTO_MH ||
	       next == 139 /* HIP */ || next == 140 /* SHIM6 */;
}

/* Length of an extension header from its second byte. */
static size_t extension_len(__u8 next, __u8 length)
{
	if (next == IPPROTO_FRAGMENT)
		return EXTENSION_LEN_MIN;
	if (next == IPPROTO_AH)
		return ((size_t)length + 2) * 4;
	return ((size_t)length + 1) * 8;
}

static void follow_extensions(struct cursor *c, struct frame_info *out)
{
	for (int i = 0; i < IPV6_HEADERS_MAX && is_extension(out->protocol); i++) {
		const __u8 *ext = c->at;
		__u8 kind = out->protocol;

		if (c->left < EXTENSION_LEN_MIN) {
			c->left = 0;
			return;
		}
		out->protocol = ext[0];
		if ((kind == IPPROTO_FRAGMENT && u16_at(ext + 2) & IPV6_OFFSET_MASK) ||
		    !cursor_take(c, extension_len(kind, ext[1]))) {
			c->left = 0;
			return;
		}
	}
}

static void parse_ipv6(struct cursor *c, struct frame_info *out)
{
	const __u8 *ip = cursor_take(c, sizeof(struct ipv6hdr));

	if (!ip || *ip >> 4 != 6)
		return;
	out->ip = true;
	out->protocol = ip[offsetof(struct ipv6hdr, nexthdr)];
	memcpy(&out->src, ip + offsetof(struct ipv6hdr, saddr), sizeof(out->src));
	memcpy(&out->dst, ip + offsetof(struct ipv6hdr, daddr), sizeof(out->dst));
	cursor_trim(c, u16_at(ip + offsetof(struct ipv6hdr, payload_len)));
	follow_extensions(c, out);
}

static void parse_transport(struct cursor *c, struct frame_info *out)
{
	const __u8 *header = c->at;
	size_t len = sizeof(struct udphdr);

	if (out->protocol != IPPROTO_UDP && out->protocol != IPPROTO_TCP)
		return;
	if (c->left < 4)
		return;
	out->sport = u16_at(header);
	out->dport = u16_at(header + 2);
	if (out->protocol == IPPROTO_TCP) {
		if (c->left < sizeof(struct tcphdr))
			return;
		len = (size_t)(header[12] >> 4) * 4;
		out->syn = (header[13] & 0x12) == 0x02;
		if (len < sizeof(struct tcphdr))
			return;
	}
	if (!cursor_take(c, len))
		return;
	out->payload = c->at;
	out->payload_len = c->left;
}

void frame_parse(const __u8 *data, size_t len, struct frame_info *out)
{
	struct cursor c = { .at = data, .left = len };
	__u16 type = parse_ethernet(&c);

	memset(out, 0, sizeof(*out));
	if (type == ETH_P_IP)
		parse_ipv4(&c, out);
	else if (type == ETH_P_IPV6)
		parse_ipv6(&c, out);
	if (out->ip)
		parse_transport(&c, out);
}

/* Behind what servers skip before a start line. */
static struct cursor start_line(const struct frame_info *frame)
{
	struct cursor c = { .at = frame->payload, .left = frame->payload ? frame->payload_len : 0 };
	const __u8 *end;

	while (c.left && (!*c.at || strchr(" \t\r\n", *c.at)))
		cursor_take(&c, 1);
	if (c.left > START_LINE_MAX)
		c.left = START_LINE_MAX;
	end = c.left ? memchr(c.at, '\n', c.left) : NULL;
	if (end)
		c.left = (size_t)(end - c.at);
	return c;
}

static const struct {
	const char *name;
	enum sip_method method;
} methods[] = {
#define METHOD(id, name) { name, SIP_METHOD_##id },
#include "maps/methods.def"
#undef METHOD
};

#define METHODS (sizeof(methods) / sizeof(methods[0]))

static bool equal_any_case(const __u8 *at, size_t len, const char *word)
{
	return len == strlen(word) && !strncasecmp((const char *)at, word, len);
}

/* Does the version stand anywhere behind the method? */
static bool has_version(const struct cursor *line, size_t method_len)
{
	size_t len = strlen(SIP_VERSION);

	for (size_t at = method_len; at + len <= line->left; at++) {
		if (equal_any_case(line->at + at, len, SIP_VERSION))
			return true;
	}
	return false;
}

enum sip_method frame_method(const struct frame_info *frame)
{
	struct cursor line = start_line(frame);
	const __u8 *blank = line.left ? memchr(line.at, ' ', line.left) : NULL;
	size_t len = blank ? (size_t)(blank - line.at) : 0;

	if (!len)
		return SIP_METHOD_NONE;
	if (equal_any_case(line.at, len, SIP_VERSION))
		return SIP_METHOD_RESPONSE;
	if (!has_version(&line, len))
		return SIP_METHOD_NONE;
	for (size_t i = 0; i < METHODS; i++) {
		if (equal_any_case(line.at, len, methods[i].name))
			return methods[i].method;
	}
	return SIP_METHOD_OTHER;
}
