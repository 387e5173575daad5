/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Ethernet frames for the differential fuzz: most of them plain, the others odd or broken. */
#ifndef SIPSHIELD_DIFF_FRAME_H
#define SIPSHIELD_DIFF_FRAME_H

#include "tests/fuzz/diff_message.h"

#define DIFF_FRAME_MAX 4800

/*
 * The policy that these frames are made for: listeners, and prefixes of each kind. Nothing is
 * limited, so that what a message is decides alone.
 */
#define DIFF_POLICY                                                                                \
	"listeners:\n"                                                                             \
	"  - {transport: udp, port: 5060}\n"                                                       \
	"  - {transport: tcp, port: 5060}\n"                                                       \
	"  - {transport: udp, port: 5062, address: 192.0.2.2}\n"                                   \
	"  - {transport: tcp, port: 5061, address: \"2001:db8:1::1\"}\n"                           \
	"allow: [198.51.100.64/28, \"2001:db8:a::/48\"]\n"                                         \
	"deny: [203.0.113.0/24, 198.51.100.130, \"2001:db8:d::/48\"]\n"                            \
	"carriers:\n"                                                                              \
	"  - {name: one, prefixes: [198.51.100.32/28, \"2001:db8:c::/48\"]}\n"                     \
	"signatures:\n"                                                                            \
	"  - {name: agent, match: {user-agent: {word: phone}}}\n"                                  \
	"  - {name: id, action: enforce, match: {call-id: {chars: hex, length: 8-40}}}\n"          \
	"  - {name: same, action: enforce, match: {from-user: {same-as: to-user},"                 \
	" method: {equals: OPTIONS}}}\n"                                                           \
	"  - {name: own, action: enforce, match: {from-tag: {own-address: hex}}}\n"                \
	"  - {name: host, match: {ruri-host: {suffix: .com}, contact-host: {prefix: a}}}\n"        \
	"  - {name: size, action: enforce, match: {payload-length: {range: 600-620}}}\n"           \
	"  - {name: port, action: \"off\", match: {source-port: {equals: 5060}}}\n"

struct diff_frame {
	__u32 len;
	__u8 at[DIFF_FRAME_MAX];
};

/* Builds a frame around a message, or around what fits of it. */
void diff_frame_make(struct random *r, const struct diff_message *message, struct diff_frame *out);

#endif
