// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The doctor on the shield itself: is it in force, does it see, does it cover.
 */
#include <netinet/in.h>
#include <string.h>

#include "user/addr.h"
#include "user/doctor_say.h"

/* Nothing can be said of maps that are not there or cannot be read. */
static bool is_closed(struct doctor_case *c)
{
	const struct doctor_shield *shield = &c->facts->shield;

	if (shield->read == FACT_YES)
		return false;
	if (shield->pinned == FACT_NO)
		doctor_say(c, DOCTOR_SKIP, "nothing is protected yet");
	else if (shield->read == FACT_NO)
		doctor_say(c, DOCTOR_SKIP, "the maps cannot be read: %s",
			   strerror(shield->read_error));
	else
		doctor_say(c, DOCTOR_SKIP, "needs root, or the group sipshield");
	return true;
}

/* The link is there, but who runs behind it? */
static void judge_link(struct doctor_case *c)
{
	const struct doctor_shield *shield = &c->facts->shield;
	const char *dev = c->facts->nic.name;

	if (shield->alive == FACT_NO) {
		doctor_say(c, DOCTOR_FAIL, "the program is not attached to %s: nothing is judged",
			   dev);
		doctor_fix(c, "sipshield run %s", dev);
	} else if (shield->agent_program && shield->link_program != shield->agent_program) {
		doctor_say(c, DOCTOR_FAIL,
			   "another program (id %u) runs in the place of the shield's (id %u)",
			   shield->link_program, shield->agent_program);
		doctor_fix(c, "sipshield run %s (puts it back; end the running agent first)", dev);
	} else if (shield->native == FACT_NO) {
		doctor_say(c, DOCTOR_WARN, "degraded: generic mode, in which packets cost more");
		doctor_fix(
			c,
			"see D004 to D009; then sipshield detach %s && sipshield run %s --mode native",
			dev, dev);
	}
}

void doctor_MODE(struct doctor_case *c)
{
	const struct doctor_shield *shield = &c->facts->shield;
	const char *dev = c->facts->nic.name;

	if (is_closed(c))
		return;
	judge_link(c);
	if (shield->bypassed == FACT_YES) {
		doctor_say(c, DOCTOR_FAIL, "everything passes: a bypass holds");
		doctor_fix(c, "sipshield bypass %s --off", dev);
	}
	if (shield->enforcing == FACT_NO) {
		doctor_say(c, DOCTOR_WARN, "the policy has `mode: %s': nothing is dropped",
			   shield->mode);
		doctor_fix(c, "sipshield policy mode enforce --confirm-within 2m");
	}
	if (shield->frozen == FACT_YES)
		doctor_say(
			c, DOCTOR_WARN,
			"no new bans are made: so many are banned or limited that a person should look");
	if (shield->reverts == FACT_YES) {
		doctor_say(c, DOCTOR_WARN,
			   "the policy in force waits to be confirmed, and goes back if it is not");
		doctor_fix(c, "sipshield policy confirm");
	}
	if (!doctor_said(c))
		doctor_say(c, DOCTOR_OK, "attached in native mode, enforcing");
}

/* In generic mode already, only a program in the shield's place can be the reason. */
static void fix_blindness(struct doctor_case *c)
{
	const char *dev = c->facts->nic.name;

	if (c->facts->shield.native == FACT_NO)
		doctor_fix(
			c,
			"bpftool net list dev %s; sipshield run %s (end the running agent first)",
			dev, dev);
	else
		doctor_fix(c, "sipshield detach %s && sipshield run %s --mode generic", dev, dev);
}

void doctor_PROOF(struct doctor_case *c)
{
	const struct doctor_shield *shield = &c->facts->shield;
	__u64 packets, missing;

	if (shield->blind == FACT_YES) {
		doctor_say(c, DOCTOR_FAIL, "the agent's alarm is on: packets get past the program");
		fix_blindness(c);
	}
	if (shield->compared != FACT_YES) {
		if (!is_closed(c))
			doctor_say(c, DOCTOR_SKIP, "the counters could not be compared");
		return;
	}
	packets = shield->to.nic.packets - shield->from.nic.packets;
	missing = blind_missing(&shield->from, &shield->to);
	if (!packets) {
		doctor_say(c, DOCTOR_SKIP, "no packet came in for two seconds: nothing to compare");
	} else if (packets >= BLIND_BLOCK_PACKETS && blind_is_bad(&shield->from, &shield->to)) {
		doctor_say(c, DOCTOR_FAIL,
			   "seen %llu of %llu packets: the others get past the program",
			   (unsigned long long)(packets - missing), (unsigned long long)packets);
		fix_blindness(c);
	} else {
		doctor_say(c, DOCTOR_OK, "seen %llu of %llu packets",
			   (unsigned long long)(packets - missing), (unsigned long long)packets);
	}
}

static const char *socket_text(const struct doctor_socket *socket, char out[96])
{
	char address[ADDR_TEXT_LEN];

	addr_format(&socket->address, address);
	snprintf(out, 96, "%s %s %s:%u", *socket->process ? socket->process : "a process",
		 socket->protocol == IPPROTO_UDP ? "udp" : "tcp",
		 listening_is_any(&socket->address) ? "*" : address, socket->port);
	return out;
}

static void judge_socket(struct doctor_case *c, const struct doctor_socket *socket)
{
	const char *dev = c->facts->nic.name;
	char text[96];

	socket_text(socket, text);
	if (socket->use == LISTENING_TLS) {
		doctor_say(c, DOCTOR_OK,
			   "%s is SIP inside TLS, which cannot be read: not to be protected", text);
	} else if (socket->covered == FACT_NO) {
		doctor_say(c, DOCTOR_WARN, "%s is not protected%s", text,
			   socket->use == LISTENING_UNSURE ? ", if that is SIP" : "");
		doctor_fix(
			c,
			"in the policy: listeners: [{transport: %s, port: %u}]; then sipshield policy apply",
			socket->protocol == IPPROTO_UDP ? "udp" : "tcp", socket->port);
	} else if (*socket->dev && strcmp(socket->dev, dev)) {
		doctor_say(c, DOCTOR_WARN,
			   "%s is an address of %s: what comes in there is not judged here", text,
			   socket->dev);
		doctor_fix(c, "sipshield run %s", socket->dev);
	}
}

/* Before anything is protected: what there is to protect. */
static void list_sockets(struct doctor_case *c)
{
	const struct doctor_shield *shield = &c->facts->shield;
	char list[256] = "", text[96];

	for (size_t i = 0; i < shield->sockets; i++) {
		size_t len = strlen(list);

		snprintf(list + len, sizeof(list) - len, "%s%s", i ? ", " : "",
			 socket_text(&shield->socket[i], text));
	}
	doctor_say(c, DOCTOR_OK, "to be protected: %s", list);
	doctor_fix(c, "sipshield init %s (writes a policy for them)", c->facts->nic.name);
}

void doctor_LISTENERS(struct doctor_case *c)
{
	const struct doctor_shield *shield = &c->facts->shield;

	if (shield->pinned == FACT_NO && shield->sockets) {
		list_sockets(c);
		return;
	}
	if (is_closed(c))
		return;
	for (size_t i = 0; i < shield->sockets; i++)
		judge_socket(c, &shield->socket[i]);
	if (doctor_said(c))
		return;
	if (!shield->sockets)
		doctor_say(
			c, DOCTOR_OK,
			"no SIP server listens here (one in a container or behind this host does not show)");
	else
		doctor_say(c, DOCTOR_OK, "all %zu sockets that await SIP are protected",
			   shield->sockets);
}

void doctor_NEVER_BAN(struct doctor_case *c)
{
	const struct doctor_shield *shield = &c->facts->shield;
	char address[ADDR_TEXT_LEN];

	if (is_closed(c))
		return;
	for (size_t i = 0; i < shield->peers; i++) {
		if (shield->peer[i].safe != FACT_NO)
			continue;
		doctor_say(c, DOCTOR_FAIL,
			   "the %s %s could be banned: it is newer than the policy in force",
			   shield->peer[i].what, addr_format(&shield->peer[i].address, address));
		doctor_fix(c, "sipshield policy apply");
	}
	if (!shield->carriers) {
		doctor_say(
			c, DOCTOR_WARN,
			"the policy names no carrier: a trunk has the limits of a stranger until it has proven itself");
		doctor_fix(
			c,
			"in the policy: carriers: [{name: NAME, prefixes: [PREFIX]}] (sipshield init --dry-run finds them)");
	}
	if (!doctor_said(c))
		doctor_say(c, DOCTOR_OK,
			   "%zu gateways and resolvers are safe, %u carriers are named",
			   shield->peers, shield->carriers);
}

void doctor_FEEDS(struct doctor_case *c)
{
	const struct doctor_shield *shield = &c->facts->shield;

	if (*shield->file_error) {
		doctor_say(c, DOCTOR_FAIL,
			   "the policy's files have errors, so the next start fails: %s",
			   shield->file_error);
		doctor_fix(c, "sipshield policy check");
	}
	if (shield->file_differs == FACT_YES) {
		doctor_say(c, DOCTOR_WARN, "the files say another policy than the one in force");
		doctor_fix(c, "sipshield policy diff; sipshield policy apply --confirm-within 2m");
	}
	if (doctor_said(c))
		return;
	if (shield->file_differs == FACT_UNKNOWN)
		doctor_say(c, DOCTOR_SKIP,
			   "there is no policy file to compare, or it cannot be read");
	else
		doctor_say(c, DOCTOR_OK, "the policy in force is the one in the files");
}

void doctor_PINS(struct doctor_case *c)
{
	const struct doctor_shield *shield = &c->facts->shield;

	if (shield->other_abi == FACT_YES) {
		doctor_say(c, DOCTOR_FAIL, "the maps were made by another version of sipshield");
		doctor_fix(c, "sipshield detach %s && sipshield run %s", c->facts->nic.name,
			   c->facts->nic.name);
	}
	if (shield->root_mode & 022 || shield->dir_mode & 022) {
		doctor_say(c, DOCTOR_FAIL, "others than their owner can change the pins (mode %o)",
			   shield->root_mode & 022 ? shield->root_mode : shield->dir_mode);
		doctor_fix(c, "chmod go-w /sys/fs/bpf/sipshield /sys/fs/bpf/sipshield/%s",
			   c->facts->nic.name);
	}
	if ((shield->root_mode | shield->dir_mode) & 007 && !(shield->dir_mode & 022)) {
		doctor_say(c, DOCTOR_WARN, "everybody can look at the pins (mode %o)",
			   shield->dir_mode);
		doctor_fix(c, "chmod o= /sys/fs/bpf/sipshield /sys/fs/bpf/sipshield/%s",
			   c->facts->nic.name);
	}
	if (shield->owner == FACT_NO) {
		doctor_say(c, DOCTOR_FAIL,
			   "the pins belong neither to root nor to the user sipshield");
		doctor_fix(c, "chown -R root: /sys/fs/bpf/sipshield");
	}
	if (*shield->stray) {
		doctor_say(c, DOCTOR_WARN, "there are pins of %s, an interface that is gone",
			   shield->stray);
		doctor_fix(c, "sipshield detach %s", shield->stray);
	}
	if (doctor_said(c))
		return;
	if (shield->pinned == FACT_UNKNOWN)
		doctor_say(c, DOCTOR_SKIP, "needs root, or the group sipshield");
	else
		doctor_say(c, DOCTOR_OK,
			   shield->pinned == FACT_YES ? "modes and version are right"
						      : "nothing is pinned");
}

void doctor_NONCES(struct doctor_case *c)
{
	const struct doctor_shield *shield = &c->facts->shield;

	if (is_closed(c))
		return;
	if (!shield->nonces) {
		doctor_say(c, DOCTOR_SKIP, "the server has sent none yet");
	} else if (shield->shared >= 3 && shield->shared * 100 > shield->nonces) {
		doctor_say(
			c, DOCTOR_WARN,
			"the server sent %llu of its %llu nonces to several peers: such a nonce proves nobody reachable",
			(unsigned long long)shield->shared, (unsigned long long)shield->nonces);
		doctor_fix(
			c,
			"Kamailio: modparam(\"auth\", \"auth_checks_register\", 8), and the same for auth_checks_no_dlg and auth_checks_in_dlg; or modparam(\"auth\", \"one_time_nonce\", 1)");
	} else {
		doctor_say(c, DOCTOR_OK, "%llu sent, each to one peer",
			   (unsigned long long)shield->nonces);
	}
}
