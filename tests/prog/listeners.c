// SPDX-License-Identifier: GPL-2.0-or-later
/* Which addresses and ports are protected; everything else passes untouched. */
#include "tests/prog/harness.h"

#define OPTIONS .payload = MESSAGE(.method = "OPTIONS")

TestSuite(listeners, .init = prog_start);

Test(listeners, defaults)
{
	expect(REASON_REQUEST, OPTIONS);
	expect(REASON_REQUEST, .ipv6 = true, OPTIONS);
	expect(REASON_REQUEST, .tcp = true, OPTIONS);
	expect(REASON_REQUEST, .sport = 40000, OPTIONS);
	expect(REASON_NO_LISTENER, .dport = 5061, OPTIONS);
	expect(REASON_NO_LISTENER, .dport = 5059, OPTIONS);
	expect(REASON_NO_LISTENER, .dport = 22, .tcp = true, .payload = "SSH-2.0-OpenSSH_9.2\r\n");
	expect(REASON_NO_LISTENER, .dport = 65535, .ipv6 = true, OPTIONS);
}

Test(listeners, other_ports)
{
	prog_policy("listeners:\n"
		    "  - {transport: udp, port: 5080}\n"
		    "  - {transport: tcp, port: 65535}\n"
		    "  - {transport: udp, port: 1}\n");
	expect(REASON_REQUEST, .dport = 5080, OPTIONS);
	expect(REASON_REQUEST, .dport = 1, OPTIONS);
	expect(REASON_REQUEST, .dport = 65535, .tcp = true, OPTIONS);
	expect(REASON_NO_LISTENER, .dport = 5080, .tcp = true, OPTIONS);
	expect(REASON_NO_LISTENER, .dport = 65535, OPTIONS);
	expect(REASON_NO_LISTENER, OPTIONS);
}

Test(listeners, by_address)
{
	prog_policy("listeners:\n"
		    "  - {transport: udp, port: 5060, address: 192.0.2.1}\n"
		    "  - {transport: udp, port: 5062, address: \"2001:db8:1::1\"}\n"
		    "  - {transport: tcp, port: 5064}\n");
	expect(REASON_REQUEST, OPTIONS);
	expect(REASON_NO_LISTENER, .dst = "192.0.2.2", OPTIONS);
	expect(REASON_NO_LISTENER, .tcp = true, OPTIONS);
	expect(REASON_NO_LISTENER, .ipv6 = true, OPTIONS);
	expect(REASON_REQUEST, .ipv6 = true, .dport = 5062, OPTIONS);
	expect(REASON_NO_LISTENER, .dst = "2001:db8:1::2", .dport = 5062, OPTIONS);
	expect(REASON_NO_LISTENER, .dport = 5062, OPTIONS);
	expect(REASON_REQUEST, .dst = "192.0.2.2", .dport = 5064, .tcp = true, OPTIONS);
}

/* The listeners of the last policy are gone with it. */
Test(listeners, are_replaced)
{
	prog_policy("listeners: [{transport: udp, port: 5060, address: 192.0.2.1}]");
	expect(REASON_REQUEST, OPTIONS);
	prog_policy("listeners: [{transport: udp, port: 5060, address: 192.0.2.3}]");
	expect(REASON_NO_LISTENER, OPTIONS);
	prog_policy("listeners: [{transport: udp, port: 5060, address: 192.0.2.1}]");
	prog_policy("listeners: [{transport: udp, port: 5070}]");
	expect(REASON_NO_LISTENER, OPTIONS);
	expect(REASON_REQUEST, .dport = 5070, OPTIONS);
}

/* A banned or denied source reaches what is not protected: nobody is locked out of SSH. */
Test(listeners, bans_end_at_the_port)
{
	prog_policy("deny: [198.51.100.0/24]");
	expect(REASON_DENY, OPTIONS);
	expect(REASON_NO_LISTENER, .tcp = true, .dport = 22);
	prog_ban("203.0.113.9", 0);
	expect(REASON_BANNED, .src = "203.0.113.9", OPTIONS);
	expect(REASON_NO_LISTENER, .src = "203.0.113.9", .tcp = true, .dport = 22);
	expect(REASON_NO_LISTENER, .src = "203.0.113.9", .dport = 53, .payload = "x");
}
