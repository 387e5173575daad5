// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/fuzz/diff_dialog.h"

#include <string.h>

#define ETH_BYTES 14
#define MAPPED 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff

/*
 * Strangers under DIFF_POLICY. The last one has another address for what is sent to it, in the same
 * /64: one source.
 */
static const struct {
	__u8 from[16];
	__u8 to[16];
	int ipv6;
} peers[DIALOG_PEERS] = {
	{ { MAPPED, 198, 51, 100, 7 }, { MAPPED, 198, 51, 100, 7 }, 0 },
	{ { MAPPED, 198, 51, 100, 9 }, { MAPPED, 198, 51, 100, 9 }, 0 },
	{ { 0x20, 1, 0x0d, 0xb8, 0, 7, [15] = 7 }, { 0x20, 1, 0x0d, 0xb8, 0, 7, [15] = 8 }, 1 },
};
static const __u8 server[16] = { MAPPED, 192, 0, 2, 1 };
static const __u8 server6[16] = { 0x20, 1, 0x0d, 0xb8, 0, 1, [15] = 1 };
static const __u16 ports[DIALOG_PORTS] = { 5060, 41234 };
static const char *const methods[] = { "REGISTER", "INVITE", "ACK", "BYE", "OPTIONS" };

void dialog_key(__u32 peer, struct addr *out)
{
	memcpy(out, peers[peer].from, sizeof(*out));
	if (peers[peer].ipv6)
		memset(out->byte + 8, 0, 8);
}

static void put16(__u8 *at, __u32 value)
{
	at[0] = value >> 8;
	at[1] = value & 0xff;
}

/* Ethernet, IP and the ports in front of a payload; transport: bytes of the transport's header. */
static __u8 *headers(struct dialog_frame *f, __u32 peer, int out, __u32 transport, __u32 payload)
{
	int ipv6 = peers[peer].ipv6;
	const __u8 *own = ipv6 ? server6 : server, *other = out ? peers[peer].to : peers[peer].from;
	const __u8 *from = out ? own : other, *to = out ? other : own;
	__u8 *ip = f->at + ETH_BYTES;

	memset(f->at, 0, ETH_BYTES + 40 + transport);
	f->at[0] = f->at[6] = 2;
	put16(f->at + 12, ipv6 ? 0x86dd : 0x0800);
	f->len = ETH_BYTES + (ipv6 ? 40 : 20) + transport + payload;
	if (ipv6) {
		ip[0] = 0x60;
		put16(ip + 4, transport + payload);
		ip[6] = transport == 8 ? 17 : 6;
		ip[7] = 57;
		memcpy(ip + 8, from, 16);
		memcpy(ip + 24, to, 16);
		return ip + 40;
	}
	ip[0] = 0x45;
	put16(ip + 2, 20 + transport + payload);
	put16(ip + 4, 0x1a2b);
	ip[8] = 57;
	ip[9] = transport == 8 ? 17 : 6;
	memcpy(ip + 12, from + 12, 4);
	memcpy(ip + 16, to + 12, 4);
	return ip + 20;
}

static void udp(struct dialog_frame *f, const struct dialog *d, int out, const char *text)
{
	__u32 len = strlen(text);
	__u8 *at = headers(f, d->peer, out, 8, len);

	put16(at, out ? 5060 : ports[d->port]);
	put16(at + 2, out ? ports[d->port] : 5060);
	put16(at + 4, 8 + len);
	put16(at + 6, 0x5aa5);
	memcpy(at + 8, text, len);
}

/* The lines that a request and its answers share. */
static int print_names(char *text, size_t size, const struct dialog *d, __u64 scene, __u32 tag)
{
	char to[64] = "";

	if (tag)
		snprintf(to, sizeof(to), ";tag=srv%llx-%u-x", (unsigned long long)scene, tag);
	return snprintf(text, size,
			"Via: SIP/2.0/UDP client%u.example.org:%u;branch=z9hG4bKq%xr%llx;rport\r\n"
			"From: <sip:alice%u@example.org>;tag=tq%xz\r\n"
			"To: <sip:bob%u@example.org>%s\r\n"
			"Call-ID: call-%x-%llx@client%u.example.org\r\n"
			"CSeq: %u %s\r\n",
			d->peer, ports[d->port], d->id, (unsigned long long)scene, d->peer, d->id,
			d->peer, to, d->id, (unsigned long long)scene, d->peer, 1 + d->id % 90,
			methods[d->method]);
}

static int print_nonce(char *text, size_t size, const char *name, __u32 nonce, __u64 scene)
{
	return snprintf(text, size,
			"%s: Digest username=\"alice\", realm=\"example.org\", nonce=\"n%llx.%u\", "
			"uri=\"sip:example.org\", response=\"%016llx%016llx\"\r\n",
			name, (unsigned long long)scene, nonce, (unsigned long long)scene,
			(unsigned long long)scene * 3);
}

void dialog_request(const struct dialog *d, __u64 scene, struct dialog_frame *out)
{
	char text[DIALOG_FRAME_MAX - 128];
	int n = snprintf(text, sizeof(text), "%s sip:%sexample.org SIP/2.0\r\n", methods[d->method],
			 d->method == DIALOG_REGISTER ? "" : "bob@");

	n += print_names(text + n, sizeof(text) - n, d, scene, d->tag);
	if (d->nonce)
		n += print_nonce(text + n, sizeof(text) - n, "Authorization", d->nonce, scene);
	snprintf(text + n, sizeof(text) - n,
		 "Max-Forwards: 70\r\nContact: <sip:line@client%u.example.org:%u>\r\n"
		 "User-Agent: Desk 4.2\r\nContent-Length: 0\r\n\r\n",
		 d->peer, ports[d->port]);
	udp(out, d, 0, text);
}

void dialog_answer(const struct dialog *d, const struct dialog_answer *a, __u64 scene,
		   struct dialog_frame *out)
{
	char text[DIALOG_FRAME_MAX - 128];
	int n = snprintf(text, sizeof(text), "SIP/2.0 %u Answer\r\n", a->status);

	n += print_names(text + n, sizeof(text) - n, d, scene, a->tag);
	if (a->status == 401 || a->status == 407)
		n += snprintf(text + n, sizeof(text) - n,
			      "%s: Digest realm=\"example.org\", nonce=\"n%llx.%u\"\r\n",
			      a->status == 401 ? "WWW-Authenticate" : "Proxy-Authenticate",
			      (unsigned long long)scene, a->nonce);
	n += snprintf(text + n, sizeof(text) - n, "Contact: <sip:line@client.example.org>");
	if (a->expires)
		n += snprintf(text + n, sizeof(text) - n, ";expires=%u", a->expires - 1);
	snprintf(text + n, sizeof(text) - n, "\r\nContent-Length: 0\r\n\r\n");
	udp(out, d, 1, text);
}

void dialog_tcp(__u32 peer, __u64 scene, struct dialog_frame *out)
{
	const struct dialog d = { .id = 0xffff, .peer = peer, .method = DIALOG_OPTIONS };
	char text[DIALOG_FRAME_MAX - 128];
	int n = snprintf(text, sizeof(text), "OPTIONS sip:line@example.org SIP/2.0\r\n");
	__u8 *at;

	n += print_names(text + n, sizeof(text) - n, &d, scene, 0);
	n += snprintf(text + n, sizeof(text) - n, "Max-Forwards: 70\r\n\r\n");
	at = headers(out, peer, 1, 20, n);
	put16(at, 5060);
	put16(at + 2, 40000);
	at[12] = 0x50;
	at[13] = 0x18;
	memcpy(at + 20, text, n);
}

void dialog_tell(const struct dialog *d, FILE *to)
{
	fprintf(to, "  peer %u.%u: %s, transaction %u, nonce %u, tag %u\n", d->peer, d->port,
		methods[d->method], d->id, d->nonce, d->tag);
}

void dialog_tell_answer(const struct dialog_answer *a, const struct dialog *d, FILE *to)
{
	fprintf(to, "  to %u.%u: %u to transaction %u, nonce %u, tag %u, expires %d\n", d->peer,
		d->port, a->status, d->id, a->nonce, a->tag, (int)a->expires - 1);
}
