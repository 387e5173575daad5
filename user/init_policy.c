// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/init.h"

#include <errno.h>
#include <netinet/in.h>
#include <string.h>

#include "user/addr.h"

#define PORT_SIP 5060
#define SSH_PEERS 8 /* that are named */
#define PORT_SSH 22

static const char *transport_name(__u8 transport)
{
	return transport == LISTENER_UDP ? "udp" : "tcp";
}

/* --- what is drawn from the findings --------------------------------------------------------------*/

static bool same_listener(const struct policy_listener *a, const struct policy_listener *b)
{
	return a->transport == b->transport && a->port == b->port &&
	       a->has_address == b->has_address &&
	       !memcmp(&a->address, &b->address, sizeof(a->address));
}

static size_t add_listener(struct init_listener *list, size_t count,
			   const struct init_listener *listener)
{
	for (size_t i = 0; i < count; i++) {
		if (same_listener(&list[i].listener, &listener->listener))
			return count;
	}
	if (count < POLICY_LISTENERS_MAX)
		list[count++] = *listener;
	return count;
}

/*
 * Port 5060 is protected on all addresses and over both transports, as without a list: there is
 * nothing else that anybody would send to it.
 */
static size_t add_default(struct init_listener *list, size_t count, const char *process)
{
	static const __u8 transports[] = { LISTENER_UDP, LISTENER_TCP };

	for (size_t i = 0; i < sizeof(transports); i++) {
		const struct init_listener listener = {
			.listener = { .transport = transports[i], .port = PORT_SIP },
			.process = process,
		};

		count = add_listener(list, count, &listener);
	}
	return count;
}

size_t init_listeners(const struct net_sockets *sockets, struct init_listener *out)
{
	bool others = false;
	size_t count = 0;

	for (size_t i = 0; i < sockets->count; i++) {
		const struct net_socket *socket = &sockets->item[i];
		struct init_listener listener = { .process = socket->process };

		if (socket->use != LISTENING_SIP)
			continue;
		if (socket->local_port == PORT_SIP) {
			count = add_default(out, count, socket->process);
			continue;
		}
		others = true;
		listener.listener.transport = socket->protocol == IPPROTO_UDP ? LISTENER_UDP
									      : LISTENER_TCP;
		listener.listener.port = socket->local_port;
		listener.listener.has_address = !listening_is_any(&socket->local);
		if (listener.listener.has_address)
			listener.listener.address = socket->local;
		count = add_listener(out, count, &listener);
	}
	return others ? count : 0;
}

static bool is_ssh(const struct net_socket *socket)
{
	if (!socket->established)
		return false;
	return *socket->process ? !strcmp(socket->process, "sshd") : socket->local_port == PORT_SSH;
}

size_t init_ssh_peers(const struct net_sockets *sockets, struct addr *out, size_t max)
{
	size_t count = 0;

	for (size_t i = 0; i < sockets->count && count < max; i++) {
		const struct addr *peer = &sockets->item[i].remote;
		bool known = !is_ssh(&sockets->item[i]);

		for (size_t k = 0; k < count && !known; k++)
			known = !memcmp(&out[k], peer, sizeof(*peer));
		if (!known)
			out[count++] = *peer;
	}
	return count;
}

/* The next that is taken, from i on; count: none. */
static size_t next_taken(const struct trunks *trunks, size_t i)
{
	while (i < trunks->count && trunks->item[i].fate != TRUNK_TAKEN)
		i++;
	return i;
}

/* trunk_judge has brought those of one name together. */
static size_t count_names(const struct trunks *trunks)
{
	const char *name = "";
	size_t count = 0;

	for (size_t i = next_taken(trunks, 0); i < trunks->count; i = next_taken(trunks, i + 1)) {
		count += strcmp(name, trunks->item[i].name) != 0;
		name = trunks->item[i].name;
	}
	return count;
}

size_t init_carriers(const struct trunks *trunks)
{
	size_t names = count_names(trunks);

	return names < CARRIERS_MAX ? names : CARRIERS_MAX;
}

/* --- the policy -----------------------------------------------------------------------------------*/

/* A path is other people's text: nothing in it may end the comment, and YAML ends lines at U+0085 too. */
static void print_place(const char *file, unsigned int line, FILE *out)
{
	for (const char *c = file; *c; c++)
		putc(*c < ' ' || *c > '~' ? '?' : *c, out);
	fprintf(out, ":%u", line);
}

static void print_head(const struct init_found *found, FILE *out)
{
	char unit[INIT_UNIT_LEN];

	fprintf(out,
		"# The policy of sipshield, proposed by `sipshield init` for %s. Every key is optional;\n"
		"# what is not written has the default that sipshield.yaml(5) names. After a change:\n"
		"#   sipshield policy check " POLICY_PATH "\n"
		"#   systemctl reload %s\n\n"
		"# shadow: all packets pass, and what would have been dropped is counted. When `sipshield\n"
		"# policy impact` names nobody that you know, this begins to drop, and holds when it is\n"
		"# confirmed:\n"
		"#   sipshield policy mode enforce --confirm-within 2m\n"
		"#   sipshield policy confirm\n"
		"# It writes conf.d/90-mode.yaml beside this file, which then holds instead of this line.\n"
		"mode: shadow\n\n",
		found->dev, init_unit(found->dev, unit));
}

static void print_seen(const struct net_sockets *sockets, FILE *out)
{
	bool any = false;

	for (size_t i = 0; i < sockets->count; i++) {
		const struct net_socket *socket = &sockets->item[i];
		char address[ADDR_TEXT_LEN];
		const char *what = "";

		if (socket->use == LISTENING_OTHER)
			continue;
		if (socket->use == LISTENING_TLS)
			what = ": TLS, in which no SIP can be seen; left out";
		else if (socket->use == LISTENING_UNSURE)
			what = ": left out; if it is SIP without TLS, add it";
		fprintf(out, "#   %s %s port %u%s%s%s\n",
			socket->protocol == IPPROTO_UDP ? "udp" : "tcp",
			listening_is_any(&socket->local) ? "all addresses"
							 : addr_format(&socket->local, address),
			socket->local_port, *socket->process ? ", " : "", socket->process, what);
		any = true;
	}
	if (!any)
		fputs("#   nothing; is the SIP server running?\n", out);
}

static void print_listeners(const struct init_found *found, FILE *out)
{
	struct init_listener list[POLICY_LISTENERS_MAX];
	size_t count = init_listeners(&found->sockets, list);

	fputs("# What is protected; all other traffic is never touched. Found to wait for SIP:\n",
	      out);
	print_seen(&found->sockets, out);
	fputs(count ? "listeners:\n" : "# The default, UDP and TCP port 5060, is all of it.\n",
	      out);
	for (size_t i = 0; i < count; i++) {
		const struct policy_listener *listener = &list[i].listener;
		char address[ADDR_TEXT_LEN];

		fprintf(out, "  - {transport: %s, port: %u", transport_name(listener->transport),
			listener->port);
		if (listener->has_address)
			fprintf(out, ", address: \"%s\"", addr_format(&listener->address, address));
		fputs("}\n", out);
	}
	putc('\n', out);
}

/*
 * Quotes: a name may look like a number, an address end with a colon. More names than a policy may
 * have carriers share the last one.
 */
static void print_carriers(const struct trunks *trunks, FILE *out)
{
	size_t names = count_names(trunks), printed = 0;
	const char *name = "";

	fputs(names ? "carriers:\n"
		    : "#carriers:\n#  - name: trunk-a\n#    cps: 100\n"
		      "#    prefixes: [203.0.113.0/28]\n",
	      out);
	for (size_t i = next_taken(trunks, 0); i < trunks->count; i = next_taken(trunks, i + 1)) {
		const struct trunk *trunk = &trunks->item[i];
		char prefix[PREFIX_TEXT_LEN];

		if (strcmp(name, trunk->name) && printed < CARRIERS_MAX) {
			bool last = ++printed == CARRIERS_MAX && names > CARRIERS_MAX;

			fprintf(out, "  - name: \"%s\"\n    prefixes:\n",
				last ? "all-further-ones" : trunk->name);
		}
		name = trunk->name;
		fprintf(out, "      - \"%s\" # ",
			prefix_format(&trunk->address, trunk->length, prefix));
		if (*trunk->host)
			fprintf(out, "%s today, ", trunk->host);
		print_place(trunk->file, trunk->line, out);
		putc('\n', out);
	}
}

static const char *fate_sentence(enum trunk_fate fate)
{
	static const char *const sentences[] = {
		[TRUNK_TAKEN] = "taken",
		[TRUNK_NAMED] = ("a name, and names are not looked up; write its addresses, or try "
				 "`init --resolve`"),
		[TRUNK_WIDE] = "too wide a prefix for a carrier; write it yourself if you mean it",
		[TRUNK_OWN] = "this host itself",
		[TRUNK_COVERED] = "in the prefix of one above",
	};

	return sentences[fate];
}

static void print_left_out(const struct trunks *trunks, FILE *out)
{
	bool any = false;

	for (size_t i = 0; i < trunks->count; i++) {
		const struct trunk *trunk = &trunks->item[i];
		char prefix[PREFIX_TEXT_LEN];

		if (trunk->fate == TRUNK_TAKEN)
			continue;
		if (!any)
			fputs("# Found and left out:\n", out);
		any = true;
		fprintf(out, "#   %s %s, ", trunk->name,
			trunk->fate == TRUNK_NAMED
				? trunk->host
				: prefix_format(&trunk->address, trunk->length, prefix));
		print_place(trunk->file, trunk->line, out);
		fprintf(out, ": %s\n", fate_sentence(trunk->fate));
	}
}

static void print_prefixes(const char *what, const struct policy_prefix_list *list, FILE *out)
{
	char text[PREFIX_TEXT_LEN];

	if (!list->count)
		return;
	fprintf(out, "#   %s:", what);
	for (size_t i = 0; i < list->count; i++)
		fprintf(out, " %s",
			prefix_format(&list->item[i].address, list->item[i].length, text));
	putc('\n', out);
}

static void print_never_ban(const struct init_found *found, FILE *out)
{
	struct addr peer[SSH_PEERS];
	size_t peers = init_ssh_peers(&found->sockets, peer, SSH_PEERS);
	char text[ADDR_TEXT_LEN];

	fputs("\n# Never banned, without being written here:\n", out);
	print_prefixes("this host", &found->around.own, out);
	print_prefixes("gateways", &found->around.gateways, out);
	print_prefixes("resolvers", &found->around.resolvers, out);
	fputs("# SSH and all else that is not SIP on these ports is never touched, so that nobody can be\n"
	      "# locked out.",
	      out);
	if (peers)
		fputs(" Logged in by SSH now:", out);
	for (size_t i = 0; i < peers; i++)
		fprintf(out, " %s", addr_format(&peer[i], text));
	fputs("\n# Your own networks, monitoring, a partner whom you trust blindly: never limited either.\n"
	      "#allow:\n#  - 192.0.2.0/24\n",
	      out);
}

int init_print_policy(const struct init_found *found, FILE *out)
{
	print_head(found, out);
	print_listeners(found, out);
	fputs("# Those who send calls without a registration. cps is new calls a second for all addresses\n"
	      "# of one together; without it 100. An address that is no carrier's begins as a stranger's.\n",
	      out);
	print_carriers(&found->trunks, out);
	print_left_out(&found->trunks, out);
	print_never_ban(found, out);
	return ferror(out) ? -EIO : 0;
}
