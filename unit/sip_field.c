/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What is inside the values. */
#include "sip_scratch.h"

#define MESSAGE(field) LINE field "\r\n\r\n"

static const struct {
	const char *text;
	int transport;
	const char *host;
	const char *port;
	const char *branch;
} vias[] = {
	{ MESSAGE("Via: SIP/2.0/UDP 192.0.2.1:5060;branch=z9hG4bK1"), SIP_TRANSPORT_UDP,
	  "192.0.2.1", "5060", "z9hG4bK1" },
	{ MESSAGE("v:SIP/2.0/tcp a.example;rport;alias;branch=z"), SIP_TRANSPORT_TCP, "a.example",
	  "", "z" },
	{ MESSAGE("Via: SIP/2.0/TLS [2001:db8::1]:5061 ; Branch = z9 ;x"), SIP_TRANSPORT_TLS,
	  "[2001:db8::1]", "5061", "z9" },
	{ MESSAGE("Via: sip / 2.0\r\n /\tWS  a : 1 ;x=\";branch=no\\\";\";branch=yes"),
	  SIP_TRANSPORT_WS, "a", "1", "yes" },
	{ MESSAGE("Via: SIP/2.0/WSS a"), SIP_TRANSPORT_WSS, "a", "", "" },
	{ MESSAGE("Via: SIP/2.0/SCTP a,SIP/2.0/UDP b;branch=second"), SIP_TRANSPORT_SCTP, "a", "",
	  "" },
	{ MESSAGE("Via: SIP/2.0/UDP a;branch=1, SIP/2.0/UDP b;branch=2"), SIP_TRANSPORT_UDP, "a",
	  "", "1" },
	{ MESSAGE("Via: SIP/2.0/TLS-SCTP a;branches=0;branch;branch=\"quoted\""),
	  SIP_TRANSPORT_OTHER, "a", "", "quoted" },
	{ MESSAGE("Via: SIP/3.0/UDP a;branch="), SIP_TRANSPORT_UDP, "a", "", "" },
};

Test(sip_field, reads_via)
{
	for (size_t i = 0; i < sizeof(vias) / sizeof(vias[0]); i++) {
		struct sip_scratch *s = scratch_text(vias[i].text);
		struct sip_via via = { 0 };

		cr_assert_eq(sip_via(s, value_of(s, SIP_HEADER_VIA), &via), 0, "%zu", i);
		cr_expect_eq(via.transport, vias[i].transport, "%zu", i);
		cr_expect_str_eq(text_of(s, via.host), vias[i].host);
		cr_expect_str_eq(text_of(s, via.port), vias[i].port);
		cr_expect_str_eq(text_of(s, via.branch), vias[i].branch);
	}
}

Test(sip_field, tells_a_branch_that_servers_may_read_otherwise)
{
	static const struct {
		const char *text;
		const char *branch;
		int unsure;
	} branches[] = {
		{ MESSAGE("Via: SIP/2.0/UDP a;branch=1;branchy;rport"), "1", 0 },
		{ MESSAGE("Via: SIP/2.0/UDP a;branch=1 ;rport;alias=\";branch=2\""), "1", 0 },
		{ MESSAGE("Via: SIP/2.0/UDP a;branch=1,SIP/2.0/UDP b;branch=2"), "1", 0 },
		{ MESSAGE("Via: SIP/2.0/UDP a;branch=<1>"), "<1>", 0 },
		{ MESSAGE("Via: SIP/2.0/UDP a;x=y"), "", 0 },
		{ MESSAGE("Via: SIP/2.0/UDP a;branch=1;branch=2"), "1", 1 },
		{ MESSAGE("Via: SIP/2.0/UDP a;branch=1;branch="), "1", 1 },
		{ MESSAGE("Via: SIP/2.0/UDP a;branch=1;alias=2;ali;x=ali"), "1", 0 },
		{ MESSAGE("Via: SIP/2.0/UDP a;ali=2;branch=1;RPort"), "1", 0 },
		{ MESSAGE("Via: SIP/2.0/UDP a;branch=1;ali="), "1", 1 },
		{ MESSAGE("Via: SIP/2.0/UDP a;branch=1;ALI=2"), "1", 1 },
		{ MESSAGE("Via: SIP/2.0/UDP a;branch=1 2"), "1", 1 },
		{ MESSAGE("Via: SIP/2.0/UDP a;branch=\"1\"2;x"), "1", 1 },
		{ MESSAGE("Via: SIP/2.0/UDP a;b;c;d;e;f;g;h;i;j;k;l;m;n;o;p;q;branch=1"), "", 1 },
	};
	static char text[SIP_WINDOW];
	struct sip_via via = { 0 };
	struct sip_scratch *s;

	for (size_t i = 0; i < sizeof(branches) / sizeof(branches[0]); i++) {
		s = scratch_text(branches[i].text);
		cr_assert_eq(sip_via(s, value_of(s, SIP_HEADER_VIA), &via), 0);
		cr_expect_str_eq(text_of(s, via.branch), branches[i].branch);
		cr_expect_eq(via.unsure, branches[i].unsure, "%s", branches[i].text);
	}
	/* what stands behind the part of a value that is looked into is unknown */
	snprintf(text, sizeof(text), MESSAGE("Via: SIP/2.0/UDP a;branch=1;x=%01024d"), 1);
	s = scratch_text(text);
	cr_assert_eq(sip_via(s, value_of(s, SIP_HEADER_VIA), &via), 0);
	cr_expect_eq(via.unsure, 1);
}

Test(sip_field, refuses_via_without_its_parts)
{
	static const char *const bad[] = { MESSAGE("Via:"),
					   MESSAGE("Via: SIP/2.0"),
					   MESSAGE("Via: SIP/2.0/UDP"),
					   MESSAGE("Via: SIP/2.0/ a"),
					   MESSAGE("Via: SIP/2.0/UDP ;branch=z"),
					   MESSAGE("Via: a;branch=z") };
	struct sip_via via = { .transport = 99 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sip_scratch *s = scratch_text(bad[i]);

		cr_expect_eq(sip_via(s, value_of(s, SIP_HEADER_VIA), &via), -EINVAL, "%s", bad[i]);
		cr_expect_eq(via.transport, 99);
	}
}

Test(sip_field, reads_cseq)
{
	static const struct {
		const char *text;
		__u32 number;
		int overflow;
		int method;
		const char *name;
	} cseqs[] = {
		{ MESSAGE("CSeq: 1 INVITE"), 1, 0, SIP_METHOD_INVITE, "INVITE" },
		{ MESSAGE("CSeq:0000000018\r\n subscribe"), 18, 0, SIP_METHOD_SUBSCRIBE,
		  "subscribe" },
		{ MESSAGE("CSeq: 4294967295 x"), 4294967295, 0, SIP_METHOD_OTHER, "x" },
		{ MESSAGE("CSeq: 4294967296 BYE "), 4294967295, 1, SIP_METHOD_BYE, "BYE" },
		{ MESSAGE("CSeq: 36893488147419103232 ACK"), 4294967295, 1, SIP_METHOD_ACK, "ACK" },
	};

	for (size_t i = 0; i < sizeof(cseqs) / sizeof(cseqs[0]); i++) {
		struct sip_scratch *s = scratch_text(cseqs[i].text);
		struct sip_cseq cseq = { 0 };

		cr_assert_eq(sip_cseq(s, value_of(s, SIP_HEADER_CSEQ), &cseq), 0, "%zu", i);
		cr_expect_eq(cseq.number, cseqs[i].number, "%zu", i);
		cr_expect_eq(cseq.overflow, cseqs[i].overflow, "%zu", i);
		cr_expect_eq(cseq.method, cseqs[i].method, "%zu", i);
		cr_expect_str_eq(text_of(s, cseq.method_name), cseqs[i].name);
	}
}

Test(sip_field, refuses_cseq_without_its_parts)
{
	static const char *const bad[] = { MESSAGE("CSeq:"), MESSAGE("CSeq: 1"),
					   MESSAGE("CSeq: INVITE"), MESSAGE("CSeq: 1INVITE"),
					   MESSAGE("CSeq: -1 INVITE") };
	struct sip_cseq cseq = { 0 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sip_scratch *s = scratch_text(bad[i]);

		cr_expect_eq(sip_cseq(s, value_of(s, SIP_HEADER_CSEQ), &cseq), -EINVAL, "%s",
			     bad[i]);
	}
}

Test(sip_field, reads_addresses)
{
	static const struct {
		const char *text;
		const char *uri;
		const char *user;
		const char *host;
		const char *tag;
		int display;
	} addrs[] = {
		{ MESSAGE("From: <sip:a@b.example;x=y>;tag=1"), "sip:a@b.example;x=y", "a",
		  "b.example", "1", 0 },
		{ MESSAGE("From: \"A; <x> \\\"B\" <sip:a@b> ; x=\"tag=0\" ;TAG= 1"), "sip:a@b", "a",
		  "b", "1", 1 },
		{ MESSAGE("From: Bob Smith<sips:[::1]>;tag=_token~1'+`*%!-."), "sips:[::1]", "",
		  "[::1]", "_token~1'+`*%!-.", 1 },
		{ MESSAGE("From: sip:a:pw@b:5060;tag=1"), "sip:a:pw@b:5060", "a", "b", "1", 0 },
		{ MESSAGE("From:tel:+123;tag=1"), "tel:+123", "+123", "", "1", 0 },
		{ MESSAGE("From: <http://x>"), "http://x", "", "", "", 0 },
		{ MESSAGE("From: < sip:a@b >;tags=1;tag"), "sip:a@b ", "a", "b", "", 0 },
	};

	for (size_t i = 0; i < sizeof(addrs) / sizeof(addrs[0]); i++) {
		struct sip_scratch *s = scratch_text(addrs[i].text);
		struct sip_name_addr addr = { 0 };

		cr_assert_eq(sip_name_addr(s, value_of(s, SIP_HEADER_FROM), &addr), 0, "%zu", i);
		cr_expect_str_eq(text_of(s, addr.uri), addrs[i].uri);
		cr_expect_str_eq(text_of(s, addr.parts.user), addrs[i].user);
		cr_expect_str_eq(text_of(s, addr.parts.host), addrs[i].host);
		cr_expect_str_eq(text_of(s, addr.tag), addrs[i].tag);
		cr_expect_eq(addr.has_display, addrs[i].display, "%zu", i);
	}
}

Test(sip_field, reads_digest_credentials)
{
	static const struct {
		const char *text;
		const char *username;
		const char *realm;
		const char *nonce;
	} digests[] = {
		{ MESSAGE("Authorization: Digest username=\"bob\", realm=\"example.com\","
			  "nonce=\"n,=\\\"1\", uri=\"sip:x\", response=\"00\""),
		  "bob", "example.com", "n,=\\\"1" },
		{ MESSAGE("Authorization: digest\r\n NONCE = abc,\r\n Realm=\"\",x=\"nonce=no\""),
		  "", "", "abc" },
		{ MESSAGE("Authorization: Digest cnonce=\"no\", ,junk,username=bob,nonce=1,nonce=2"),
		  "bob", "", "1" },
		{ MESSAGE("Authorization: Digest usernames=\"no\",unonce=\"no\",nonce=\"open"), "",
		  "", "open" },
	};

	for (size_t i = 0; i < sizeof(digests) / sizeof(digests[0]); i++) {
		struct sip_scratch *s = scratch_text(digests[i].text);
		struct sip_digest digest = { 0 };

		cr_assert_eq(sip_digest(s, value_of(s, SIP_HEADER_AUTHORIZATION), &digest), 0);
		cr_expect_str_eq(text_of(s, digest.username), digests[i].username);
		cr_expect_str_eq(text_of(s, digest.realm), digests[i].realm);
		cr_expect_str_eq(text_of(s, digest.nonce), digests[i].nonce);
	}
}

Test(sip_field, refuses_other_credentials)
{
	static const char *const bad[] = { MESSAGE("Authorization: Basic abcdefgh"),
					   MESSAGE("Authorization: DigestX nonce=1"),
					   MESSAGE("Authorization: Digest"),
					   MESSAGE("Authorization:") };
	struct sip_digest digest = { 0 };

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct sip_scratch *s = scratch_text(bad[i]);

		cr_expect_eq(sip_digest(s, value_of(s, SIP_HEADER_AUTHORIZATION), &digest), -EINVAL,
			     "%s", bad[i]);
	}
}

Test(sip_field, reads_numbers)
{
	static const struct {
		const char *text;
		int result;
		__u32 number;
	} numbers[] = {
		{ MESSAGE("Max-Forwards: 70"), 0, 70 },
		{ MESSAGE("Max-Forwards: 0068 "), 0, 68 },
		{ MESSAGE("Max-Forwards: 7;x"), 0, 7 },
		{ MESSAGE("Max-Forwards: 4294967295"), 0, 4294967295 },
		{ MESSAGE("Max-Forwards: 4294967296"), -ERANGE, 0 },
		{ MESSAGE("Max-Forwards: -1"), -EINVAL, 0 },
		{ MESSAGE("Max-Forwards: 7x"), -EINVAL, 0 },
		{ MESSAGE("Max-Forwards:"), -EINVAL, 0 },
	};

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		struct sip_scratch *s = scratch_text(numbers[i].text);
		__u32 number = 0;

		cr_expect_eq(sip_number(s, value_of(s, SIP_HEADER_MAX_FORWARDS), &number),
			     numbers[i].result, "%s", numbers[i].text);
		cr_expect_eq(number, numbers[i].number, "%s", numbers[i].text);
	}
}

/* Equal tokens meet wherever they are; a changed byte, length or seed makes another hash. */
Test(sip_field, hashes_tokens)
{
	static const char token[] = "z9hG4bK0123456789abcdef0123456789";
	struct sip_span here = { .off = 3, .len = sizeof(token) - 1 };
	struct sip_span there = { .off = 1500, .len = sizeof(token) - 1 };
	struct sip_scratch *s = scratch_of("", 0);
	__u64 hash;

	memcpy(s->window + here.off, token, here.len);
	memcpy(s->window + there.off, token, there.len);
	hash = sip_token_hash(s, &here, 1);
	cr_expect_eq(sip_token_hash(s, &there, 1), hash);
	cr_expect_neq(sip_token_hash(s, &here, 2), hash);
	for (__u32 i = 0; i < there.len; i++) {
		s->window[there.off + i] ^= 0x80;
		cr_expect_neq(sip_token_hash(s, &there, 1), hash, "byte %u", i);
		s->window[there.off + i] ^= 0x80;
	}
	there.len--;
	cr_expect_neq(sip_token_hash(s, &there, 1), hash);
}

/* Hostile values end the search, not the program. */
Test(sip_field, bounds_its_searches)
{
	static char text[SIP_WINDOW];
	struct sip_via via = { 0 };
	struct sip_scratch *s;
	int at = sprintf(text, LINE "Via: SIP/2.0/UDP a");

	for (int i = 0; i < SIP_PARAMS_MAX; i++)
		at += sprintf(text + at, ";x");
	sprintf(text + at, ";branch=z\r\n\r\n");
	s = scratch_text(text);
	cr_assert_eq(sip_via(s, value_of(s, SIP_HEADER_VIA), &via), 0);
	cr_expect_eq(via.branch.len, 0);
	sprintf(text + at - 2, ";branch=z\r\n\r\n");
	s = scratch_text(text);
	cr_assert_eq(sip_via(s, value_of(s, SIP_HEADER_VIA), &via), 0);
	cr_expect_str_eq(text_of(s, via.branch), "z");
}
