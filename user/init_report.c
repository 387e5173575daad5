// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/init.h"

#include <ctype.h>
#include <netinet/in.h>
#include <stdlib.h>
#include <string.h>

#include "user/addr.h"

#define SSH_PEERS 64

static const char *fate_name(enum trunk_fate fate)
{
	static const char *const names[] = {
		[TRUNK_TAKEN] = "taken",   [TRUNK_NAMED] = "name",	[TRUNK_WIDE] = "wide",
		[TRUNK_OWN] = "this-host", [TRUNK_COVERED] = "covered",
	};

	return names[fate];
}

static const char *protocol_name(__u8 protocol)
{
	return protocol == IPPROTO_UDP ? "udp" : "tcp";
}

static const char *peer_text(const struct trunk *trunk, char out[PREFIX_TEXT_LEN])
{
	return trunk->length ? prefix_format(&trunk->address, trunk->length, out) : trunk->host;
}

/* --- for people -----------------------------------------------------------------------------------*/

static void print_sockets(const struct net_sockets *sockets, FILE *out)
{
	static const char *const what[] = {
		[LISTENING_SIP] = "",
		[LISTENING_TLS] = "  (TLS: cannot be seen)",
		[LISTENING_UNSURE] = "  (SIP? not taken)",
	};
	const char *label = "SIP";

	for (size_t i = 0; i < sockets->count; i++) {
		const struct net_socket *socket = &sockets->item[i];
		char address[ADDR_TEXT_LEN];

		if (socket->use == LISTENING_OTHER)
			continue;
		fprintf(out, "%-10s %s %-5u %s  %s%s\n", label, protocol_name(socket->protocol),
			socket->local_port,
			listening_is_any(&socket->local) ? "*"
							 : addr_format(&socket->local, address),
			*socket->process ? socket->process : "?", what[socket->use]);
		label = "";
	}
	if (*label)
		fprintf(out,
			"%-10s nobody listens for it now; the default ports will be protected\n",
			label);
}

static void print_trunks(const struct trunks *trunks, FILE *out)
{
	const char *label = "trunks";
	char text[PREFIX_TEXT_LEN];

	for (size_t i = 0; i < trunks->count; i++) {
		const struct trunk *trunk = &trunks->item[i];

		fprintf(out, "%-10s %s  %s  %s:%u%s%s%s\n", label, trunk->name,
			peer_text(trunk, text), trunk->file, trunk->line,
			trunk->fate == TRUNK_TAKEN ? "" : "  (not taken: ",
			trunk->fate == TRUNK_TAKEN ? "" : fate_name(trunk->fate),
			trunk->fate == TRUNK_TAKEN ? "" : ")");
		label = "";
	}
	if (*label)
		fprintf(out,
			"%-10s none found; write whoever sends you calls without a registration into "
			"the file\n",
			label);
}

static void print_list(const char *label, const struct policy_prefix_list *list, FILE *out)
{
	char text[PREFIX_TEXT_LEN];

	if (!list->count)
		return;
	fprintf(out, "%-10s", label);
	for (size_t i = 0; i < list->count; i++)
		fprintf(out, " %s",
			prefix_format(&list->item[i].address, list->item[i].length, text));
	fputs("  (never banned)\n", out);
}

void init_print_found(const struct init_found *found, FILE *out)
{
	struct addr peer[SSH_PEERS];
	size_t peers = init_ssh_peers(&found->sockets, peer, SSH_PEERS);
	char text[ADDR_TEXT_LEN];

	fprintf(out, "%-10s %s\n", "interface", found->dev);
	print_sockets(&found->sockets, out);
	print_trunks(&found->trunks, out);
	print_list("gateways", &found->around.gateways, out);
	print_list("resolvers", &found->around.resolvers, out);
	if (peers)
		fprintf(out, "%-10s", "SSH");
	for (size_t i = 0; i < peers; i++)
		fprintf(out, " %s", addr_format(&peer[i], text));
	if (peers)
		fputs("  (never touched)\n", out);
}

/* As systemd-escape(1) has it; a name of an interface has at most 15 bytes. */
const char *init_unit(const char *dev, char out[INIT_UNIT_LEN])
{
	char escaped[4 * IF_NAMESIZE + 1] = "";
	bool quote = false;

	for (const char *c = dev; *c && strlen(escaped) + 4 < sizeof(escaped); c++) {
		bool plain = isalnum((unsigned char)*c) || strchr("_:", *c) ||
			     (*c == '.' && c > dev);

		quote |= !plain;
		sprintf(escaped + strlen(escaped), plain ? "%c" : "\\x%02x", (unsigned char)*c);
	}
	snprintf(out, INIT_UNIT_LEN, "%ssipshield@%s%s", quote ? "'" : "", escaped,
		 quote ? "'" : "");
	return out;
}

const char *init_next(const struct init_found *found, unsigned int n, char *out, size_t len)
{
	char unit[INIT_UNIT_LEN];

	switch (n) {
	case 0:
		snprintf(out, len, "systemctl enable --now %s", init_unit(found->dev, unit));
		return out;
	case 1:
		return "sipshield status";
	case 2:
		return "sipshield policy mode enforce --confirm-within 2m";
	case 3:
		return "sipshield policy confirm";
	}
	return NULL;
}

/* --- JSON -----------------------------------------------------------------------------------------*/

static json_t *sockets_json(const struct net_sockets *sockets)
{
	json_t *array = json_array();

	for (size_t i = 0; i < sockets->count; i++) {
		const struct net_socket *socket = &sockets->item[i];
		char text[ADDR_TEXT_LEN];

		if (socket->use == LISTENING_OTHER)
			continue;
		json_array_append_new(
			array, json_pack("{s:s, s:i, s:o, s:s, s:s}", "transport",
					 protocol_name(socket->protocol), "port",
					 socket->local_port, "address",
					 listening_is_any(&socket->local)
						 ? json_null()
						 : json_string(addr_format(&socket->local, text)),
					 "process", socket->process, "use",
					 listening_use_name(socket->use)));
	}
	return array;
}

static json_t *trunks_json(const struct trunks *trunks)
{
	json_t *array = json_array();

	for (size_t i = 0; i < trunks->count; i++) {
		const struct trunk *trunk = &trunks->item[i];
		char text[PREFIX_TEXT_LEN];

		json_array_append_new(
			array,
			json_pack("{s:s, s:o, s:o, s:s, s:i, s:s}", "name", trunk->name, "prefix",
				  trunk->length ? json_string(prefix_format(&trunk->address,
									    trunk->length, text))
						: json_null(),
				  "host", *trunk->host ? json_string(trunk->host) : json_null(),
				  "file", trunk->file, "line", (int)trunk->line, "fate",
				  fate_name(trunk->fate)));
	}
	return array;
}

static json_t *list_json(const struct policy_prefix_list *list)
{
	json_t *array = json_array();
	char text[PREFIX_TEXT_LEN];

	for (size_t i = 0; i < list->count; i++)
		json_array_append_new(array,
				      json_string(prefix_format(&list->item[i].address,
								list->item[i].length, text)));
	return array;
}

static json_t *ssh_json(const struct net_sockets *sockets)
{
	json_t *array = json_array();
	struct addr peer[SSH_PEERS];
	size_t peers = init_ssh_peers(sockets, peer, SSH_PEERS);
	char text[ADDR_TEXT_LEN];

	for (size_t i = 0; i < peers; i++)
		json_array_append_new(array, json_string(addr_format(&peer[i], text)));
	return array;
}

static json_t *strings_json(const struct init_found *found)
{
	json_t *array = json_array();
	const char *command;
	char text[128];

	for (unsigned int n = 0; (command = init_next(found, n, text, sizeof(text))); n++)
		json_array_append_new(array, json_string(command));
	return array;
}

json_t *init_json(const struct init_found *found)
{
	return json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o}", "dev", found->dev, "listening",
			 sockets_json(&found->sockets), "trunks", trunks_json(&found->trunks),
			 "gateways", list_json(&found->around.gateways), "resolvers",
			 list_json(&found->around.resolvers), "ssh_peers",
			 ssh_json(&found->sockets), "next", strings_json(found));
}
