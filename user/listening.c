// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/listening.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define HEX_WORD 8 /* digits of the 32 bits that the kernel prints at a time */
#define HEX_ADDRESS_MAX 32
#define LINE_LEN 512 /* more than all that is read of one */

/* include/net/tcp_states.h; not in the uapi headers. */
#define STATE_ESTABLISHED 1
#define STATE_LISTEN 10

/* 5060 is registered for SIP, those after it are what people take for a second instance. */
#define PORT_SIP 5060
#define PORT_SIP_LAST 5099
#define PORT_TLS 5061
/* FreePBX's second channel driver, and TLS above it. */
#define PORT_SECOND 5160
#define PORT_SECOND_TLS 5161
/* From here on all SIP servers put their media by default. */
#define PORT_MEDIA 10000

/* UDP ports below that on which SIP servers speak something else. */
static const __u16 udp_other[] = {
	53,   /* DNS */
	161,  /* SNMP */
	2427, /* MGCP gateway */
	2727, /* MGCP call agent */
	3478, /* STUN */
	4520, /* DUNDi */
	4569, /* IAX2 */
	5000, /* UNIStim */
	9060, /* HEP */
};

static const char *const sip_servers[] = {
	"kamailio", "opensips", "asterisk", "freeswitch", "openser", "ser",
	"flexisip", "yate",	"repro",    "drachtio",	  "sems",
};

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))

void listening_free(struct net_sockets *sockets)
{
	free(sockets->item);
	memset(sockets, 0, sizeof(*sockets));
}

bool listening_is_any(const struct addr *address)
{
	static const struct addr any = { 0 };
	static const struct addr mapped = { .byte = { [10] = 0xff, [11] = 0xff } };

	return !memcmp(address, &any, sizeof(any)) || !memcmp(address, &mapped, sizeof(mapped));
}

bool listening_is_sip_server(const char *process)
{
	for (size_t i = 0; i < ARRAY_LEN(sip_servers); i++) {
		if (!strcmp(process, sip_servers[i]))
			return true;
	}
	return false;
}

const char *listening_use_name(enum listening_use use)
{
	static const char *const names[] = {
		[LISTENING_OTHER] = "other",
		[LISTENING_SIP] = "sip",
		[LISTENING_TLS] = "tls",
		[LISTENING_UNSURE] = "unsure",
	};

	return names[use];
}

/* Each 32 bits of the address as the number that a word of this host's byte order is. */
static bool parse_address(const char *hex, struct addr *out)
{
	static const struct addr mapped = { .byte = { [10] = 0xff, [11] = 0xff } };
	size_t words = strlen(hex) / HEX_WORD;
	struct addr address = mapped;
	size_t at = words == 1 ? 12 : 0;

	if (strlen(hex) % HEX_WORD || (words != 1 && words != 4))
		return false;
	for (size_t i = 0; i < words; i++, at += 4) {
		char digits[HEX_WORD + 1] = { 0 };
		uint32_t word;

		memcpy(digits, hex + i * HEX_WORD, HEX_WORD);
		word = (uint32_t)strtoul(digits, NULL, 16);
		memcpy(&address.byte[at], &word, sizeof(word));
	}
	*out = address;
	return true;
}

static bool parse_line(const char *line, __u8 protocol, struct net_socket *out)
{
	struct net_socket socket = { .protocol = protocol };
	char local[HEX_ADDRESS_MAX + 1], remote[HEX_ADDRESS_MAX + 1];
	unsigned int local_port, remote_port, state;
	unsigned long long inode;

	if (sscanf(line,
		   " %*u: %32[0-9A-Fa-f]:%4x %32[0-9A-Fa-f]:%4x %2x %*x:%*x %*x:%*x %*x %*u %*u "
		   "%llu",
		   local, &local_port, remote, &remote_port, &state, &inode) != 6)
		return false;
	if (!parse_address(local, &socket.local) || !parse_address(remote, &socket.remote))
		return false;
	socket.local_port = (__u16)local_port;
	socket.remote_port = (__u16)remote_port;
	socket.inode = inode;
	socket.established = protocol == IPPROTO_TCP && state == STATE_ESTABLISHED;
	socket.server = protocol == IPPROTO_TCP ? state == STATE_LISTEN : !remote_port;
	*out = socket;
	return true;
}

int listening_parse(const char *text, __u8 protocol, struct net_sockets *out)
{
	while (*text) {
		size_t len = strcspn(text, "\n");
		char line[LINE_LEN];
		struct net_socket socket;
		struct net_socket *item;

		/* A copy: sscanf takes a line's end for a blank, and measures all of its text. */
		snprintf(line, sizeof(line), "%.*s", (int)(len < LINE_LEN ? len : LINE_LEN), text);
		if (parse_line(line, protocol, &socket)) {
			item = reallocarray(out->item, out->count + 1, sizeof(*item));
			if (!item)
				return -ENOMEM;
			out->item = item;
			item[out->count++] = socket;
		}
		text += len + (text[len] == '\n');
	}
	return 0;
}

__u64 listening_inode(const char *link)
{
	unsigned long long inode;
	int end = 0;

	if (sscanf(link, "socket:[%llu]%n", &inode, &end) != 1 || !end || link[end])
		return 0;
	return inode;
}

void listening_name(struct net_socket *socket, const char *comm)
{
	size_t i = 0;

	for (; comm[i] && comm[i] != '\n' && i + 1 < sizeof(socket->process); i++)
		socket->process[i] = comm[i] >= ' ' && comm[i] <= '~' ? comm[i] : '?';
	socket->process[i] = '\0';
}

static bool is_loopback(const struct addr *address)
{
	static const struct addr v6 = { .byte = { [15] = 1 } };
	static const struct addr mapped = { .byte = { [10] = 0xff, [11] = 0xff } };

	if (!memcmp(address, &mapped, 12))
		return address->byte[12] == 127;
	return !memcmp(address, &v6, sizeof(v6));
}

static bool is_tls(__u16 port)
{
	return port == PORT_TLS || port == PORT_SECOND_TLS;
}

static bool is_sip_number(__u16 port)
{
	return (port >= PORT_SIP && port <= PORT_SIP_LAST) || port == PORT_SECOND;
}

static enum listening_use judge_udp(const struct net_socket *socket)
{
	if (is_sip_number(socket->local_port))
		return LISTENING_SIP;
	for (size_t i = 0; i < ARRAY_LEN(udp_other); i++) {
		if (socket->local_port == udp_other[i])
			return LISTENING_OTHER;
	}
	return socket->local_port < PORT_MEDIA ? LISTENING_SIP : LISTENING_OTHER;
}

/*
 * A SIP server has manager, web and RPC ports too. Its SIP over TCP has as a rule the number of its
 * SIP over UDP. What is taken for SIP by mistake loses bytes to the budget of what is not SIP, so
 * the rest is left to the operator.
 */
static enum listening_use judge_tcp(const struct net_sockets *sockets,
				    const struct net_socket *socket)
{
	if (is_tls(socket->local_port))
		return LISTENING_TLS;
	if (socket->local_port == PORT_SIP)
		return LISTENING_SIP;
	for (size_t i = 0; i < sockets->count; i++) {
		const struct net_socket *twin = &sockets->item[i];

		if (twin->protocol == IPPROTO_UDP && twin->server &&
		    twin->local_port == socket->local_port &&
		    !strcmp(twin->process, socket->process) && judge_udp(twin) == LISTENING_SIP)
			return LISTENING_SIP;
	}
	return LISTENING_UNSURE;
}

static enum listening_use judge(const struct net_sockets *sockets, const struct net_socket *socket)
{
	if (!socket->server || !socket->local_port || is_loopback(&socket->local))
		return LISTENING_OTHER;
	if (!listening_is_sip_server(socket->process)) {
		if (socket->local_port == PORT_SIP)
			return LISTENING_SIP;
		return socket->local_port == PORT_TLS && socket->protocol == IPPROTO_TCP
			       ? LISTENING_TLS
			       : LISTENING_OTHER;
	}
	return socket->protocol == IPPROTO_UDP ? judge_udp(socket) : judge_tcp(sockets, socket);
}

void listening_judge(struct net_sockets *sockets)
{
	for (size_t i = 0; i < sockets->count; i++)
		sockets->item[i].use = judge(sockets, &sockets->item[i]);
}
