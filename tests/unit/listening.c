// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Sockets as /proc/net prints them, and which of them are SIP.
 */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>

#include "user/addr.h"
#include "user/listening.h"

#define UDP_HEAD                                                                                   \
	"  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  "      \
	"timeout inode ref pointer drops\n"

static void expect_address(const struct addr *address, const char *text)
{
	char got[ADDR_TEXT_LEN];

	cr_assert_str_eq(addr_format(address, got), text);
}

Test(listening, reads_udp)
{
	struct net_sockets sockets = { 0 };
	const char *text = UDP_HEAD
		"   12: 0A0200C0:13C4 00000000:0000 07 00000000:00000000 00:00000000 00000000   "
		"106        0 21405 2 0000000000000000 0\n"
		"   13: 0A0200C0:8235 0101A8C0:0035 01 00000000:00000000 00:00000000 00000000   "
		"106        0 21406 2 0000000000000000 0\n";

	cr_assert_eq(listening_parse(text, IPPROTO_UDP, &sockets), 0);
	cr_assert_eq(sockets.count, 2);
	expect_address(&sockets.item[0].local, "192.0.2.10");
	cr_assert_eq(sockets.item[0].local_port, 5060);
	cr_assert_eq(sockets.item[0].inode, 21405);
	cr_assert(sockets.item[0].server);
	expect_address(&sockets.item[1].remote, "192.168.1.1");
	cr_assert_eq(sockets.item[1].remote_port, 53);
	cr_assert_not(sockets.item[1].server);
	listening_free(&sockets);
}

Test(listening, reads_tcp_of_ipv6)
{
	struct net_sockets sockets = { 0 };
	const char *text =
		"   0: B80D0120000000000000000001000000:13C4 00000000000000000000000000000000:0000 "
		"0A 00000000:00000000 00:00000000 00000000     0        0 77 1 0 100 0 0 10 0\n"
		"   1: B80D0120000000000000000001000000:0016 B80D0120000000000000000002000000:D431 "
		"01 00000000:00000000 02:000A6E1B 00000000     0        0 78 2 0 20 4 30 10 -1";

	cr_assert_eq(listening_parse(text, IPPROTO_TCP, &sockets), 0);
	cr_assert_eq(sockets.count, 2);
	expect_address(&sockets.item[0].local, "2001:db8::1");
	cr_assert(sockets.item[0].server);
	cr_assert(listening_is_any(&sockets.item[0].remote));
	cr_assert_not(sockets.item[1].server);
	cr_assert(sockets.item[1].established);
	cr_assert_eq(sockets.item[1].local_port, 22);
	listening_free(&sockets);
}

Test(listening, passes_over_what_is_no_socket)
{
	struct net_sockets sockets = { 0 };

	cr_assert_eq(listening_parse(UDP_HEAD "\n\nnonsense\n 1: 0A02:13C4 00:0 07\n"
					      " 2: 0A0200C0:13C4 00000000:0000 07 0:0\n"
					      " 00:00000000 00000000 0 0 21405\n"
					      " 3: 0A0200C0:13C4 00000000:0000 07 0:0 00:0",
				     IPPROTO_UDP, &sockets),
		     0);
	cr_assert_eq(sockets.count, 0);
	listening_free(&sockets);
}

Test(listening, reads_the_inode_of_a_link)
{
	cr_assert_eq(listening_inode("socket:[21405]"), 21405);
	cr_assert_eq(listening_inode("pipe:[21405]"), 0);
	cr_assert_eq(listening_inode("socket:[21405"), 0);
	cr_assert_eq(listening_inode("/dev/null"), 0);
}

/* A socket that awaits anybody, and what it must be taken for. */
struct judged {
	const char *process;
	const char *address;
	__u8 protocol;
	__u16 port;
	enum listening_use use;
};

Test(listening, judges)
{
	static const struct judged want[] = {
		{ "kamailio", "0.0.0.0", IPPROTO_UDP, 5060, LISTENING_SIP },
		{ "kamailio", "0.0.0.0", IPPROTO_TCP, 5060, LISTENING_SIP },
		{ "kamailio", "0.0.0.0", IPPROTO_TCP, 5061, LISTENING_TLS },
		{ "kamailio", "192.0.2.1", IPPROTO_UDP, 7000, LISTENING_SIP },
		{ "kamailio", "192.0.2.1", IPPROTO_TCP, 7000, LISTENING_SIP },
		{ "kamailio", "192.0.2.1", IPPROTO_TCP, 9090, LISTENING_UNSURE },
		{ "kamailio", "127.0.0.1", IPPROTO_UDP, 5062, LISTENING_OTHER },
		{ "asterisk", "::", IPPROTO_UDP, 5160, LISTENING_SIP },
		{ "asterisk", "0.0.0.0", IPPROTO_UDP, 4569, LISTENING_OTHER },
		{ "asterisk", "0.0.0.0", IPPROTO_UDP, 12036, LISTENING_OTHER },
		{ "asterisk", "0.0.0.0", IPPROTO_TCP, 8088, LISTENING_UNSURE },
		{ "asterisk", "127.0.0.1", IPPROTO_TCP, 5038, LISTENING_OTHER },
		{ "freeswitch", "192.0.2.1", IPPROTO_UDP, 5080, LISTENING_SIP },
		{ "freeswitch", "192.0.2.1", IPPROTO_TCP, 5080, LISTENING_SIP },
		{ "docker-proxy", "0.0.0.0", IPPROTO_UDP, 5060, LISTENING_SIP },
		{ "docker-proxy", "0.0.0.0", IPPROTO_TCP, 8080, LISTENING_OTHER },
		{ "", "0.0.0.0", IPPROTO_UDP, 5060, LISTENING_SIP },
		{ "", "0.0.0.0", IPPROTO_UDP, 5070, LISTENING_OTHER },
		{ "sshd", "0.0.0.0", IPPROTO_TCP, 22, LISTENING_OTHER },
	};
	struct net_socket item[sizeof(want) / sizeof(want[0])] = { 0 };
	struct net_sockets sockets = { item, sizeof(want) / sizeof(want[0]) };

	for (size_t i = 0; i < sockets.count; i++) {
		item[i].server = true;
		item[i].protocol = want[i].protocol;
		item[i].local_port = want[i].port;
		strcpy(item[i].process, want[i].process);
		cr_assert_eq(addr_parse(want[i].address, &item[i].local), 0);
	}
	listening_judge(&sockets);
	for (size_t i = 0; i < sockets.count; i++)
		cr_expect_eq(item[i].use, want[i].use, "%s %s %u: %s, must be %s", want[i].process,
			     want[i].protocol == IPPROTO_UDP ? "udp" : "tcp", want[i].port,
			     listening_use_name(item[i].use), listening_use_name(want[i].use));
}

Test(listening, takes_no_connection_for_a_server)
{
	struct net_socket item = { .protocol = IPPROTO_TCP,
				   .local_port = 5060,
				   .established = true };
	struct net_sockets sockets = { &item, 1 };

	listening_judge(&sockets);
	cr_assert_eq(item.use, LISTENING_OTHER);
}

Test(listening, lets_no_process_choose_more_than_a_name)
{
	static const struct {
		const char *comm, *name;
	} want[] = {
		{ "kamailio\n", "kamailio" },
		{ "two\nlines\n", "two" },
		{ "\rallow: [\"a\"]\n", "?allow: [\"a\"]" },
		{ "\033[2J\xc2\x85x\xff\n", "?[2J??x?" },
		{ "0123456789abcdefg\n", "0123456789abcde" },
		{ "", "" },
	};

	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
		struct net_socket socket = { .process = "before" };

		listening_name(&socket, want[i].comm);
		cr_expect_str_eq(socket.process, want[i].name);
	}
}
