// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Which host of a capture is the protected one.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/addr.h"
#include "user/local.h"

#define SERVER "192.0.2.1"
#define PHONE "198.51.100.7"
#define PHONE2 "198.51.100.8"

/* A message of a capture. The method is that of a request; "" for what is none. */
struct message {
	const char *src;
	const char *dst;
	const char *method;
	__u16 dport; /* 0: 5060 */
	int times;   /* 0: once */
	bool tcp;
	bool syn;
};

static struct addr address(const char *text)
{
	struct addr a;

	cr_assert_eq(addr_parse(text, &a), 0, "%s", text);
	return a;
}

static struct frame_info frame_of(const struct message *m, char *text, size_t len)
{
	struct frame_info frame = {
		.ip = true,
		.syn = m->syn,
		.protocol = m->tcp ? IPPROTO_TCP : IPPROTO_UDP,
		.sport = 5060,
		.dport = m->dport ? m->dport : 5060,
		.src = address(m->src),
		.dst = address(m->dst),
	};

	if (*m->method)
		snprintf(text, len, "%s sip:a@example.com SIP/2.0\r\n\r\n", m->method);
	else
		snprintf(text, len, "SIP/2.0 200 OK\r\n\r\n");
	frame.payload = (const __u8 *)text;
	frame.payload_len = m->syn ? 0 : strlen(text);
	return frame;
}

/* The guess, as "a,b" in ascending order. */
static void expect_guess(const struct message *messages, size_t n, const char *expected)
{
	struct policy_doc doc;
	struct local_guess guess;
	struct local local = { 0 };
	char line[128], got[1024] = "", text[PREFIX_TEXT_LEN];

	policy_defaults(&doc);
	local_guess_init(&guess, &doc);
	for (int pass = 0; pass < 2; pass++) {
		for (size_t i = 0; i < n; i++) {
			struct frame_info frame = frame_of(&messages[i], line, sizeof(line));

			for (int k = 0; k <= messages[i].times; k++) {
				if (pass)
					local_guess_clients(&guess, &frame);
				else
					cr_assert_eq(local_guess_receivers(&guess, &frame), 0);
			}
		}
	}
	cr_assert_eq(local_guess_end(&guess, &local), 0);
	for (size_t i = 0; i < local.list.count; i++) {
		strcat(got, i ? "," : "");
		strcat(got,
		       prefix_format(&local.list.item[i].address, local.list.item[i].length, text));
	}
	cr_expect_str_eq(got, expected);
	local_free(&local);
	local_guess_free(&guess);
	policy_free(&doc);
}

#define M(src_, dst_, method_, ...)                                                                \
	{                                                                                          \
		.src = src_, .dst = dst_, .method = method_, __VA_ARGS__                           \
	}

#define EXPECT_GUESS(expected, ...)                                                                \
	do {                                                                                       \
		static const struct message messages_[] = { __VA_ARGS__ };                         \
		expect_guess(messages_, sizeof(messages_) / sizeof(messages_[0]), expected);       \
	} while (0)

Test(local, the_registrar_and_not_its_phones)
{
	EXPECT_GUESS(SERVER, M(PHONE, SERVER, "REGISTER"), M(SERVER, PHONE, ""),
		     M(PHONE2, SERVER, "REGISTER"), M(PHONE, SERVER, "INVITE"),
		     M(SERVER, PHONE2, "INVITE"), M(PHONE2, SERVER, ""));
}

Test(local, a_phone_that_is_pinged_all_day_is_none)
{
	EXPECT_GUESS(SERVER, M(SERVER, PHONE, "OPTIONS", .times = 1000),
		     M(PHONE, SERVER, "REGISTER"));
}

Test(local, phones_that_call_each_other_directly_are_none)
{
	EXPECT_GUESS(SERVER, M(PHONE, SERVER, "REGISTER"), M(PHONE2, SERVER, "REGISTER"),
		     M(PHONE, PHONE2, "ACK"), M(PHONE2, PHONE, "BYE"));
}

Test(local, all_addresses_that_are_scanned)
{
	EXPECT_GUESS("192.0.2.1,192.0.2.2,192.0.2.3", M(PHONE, "192.0.2.1", "OPTIONS"),
		     M(PHONE, "192.0.2.3", "OPTIONS"), M(PHONE, "192.0.2.2", "OPTIONS"));
}

Test(local, a_second_address_of_the_server)
{
	EXPECT_GUESS("192.0.2.1,192.0.2.9", M(PHONE, SERVER, "REGISTER"),
		     M(PHONE2, SERVER, "REGISTER"), M("203.0.113.5", "192.0.2.9", "INVITE"),
		     M(SERVER, "192.0.2.9", "INVITE"), M("192.0.2.9", PHONE, "INVITE"));
}

Test(local, requests_to_other_ports_do_not_count)
{
	EXPECT_GUESS(SERVER, M(PHONE, SERVER, "INVITE"),
		     M(SERVER, "203.0.113.5", "INVITE", .dport = 5080, .times = 50));
}

Test(local, an_attacker_whom_its_victims_call_back_is_none)
{
	EXPECT_GUESS("192.0.2.1,192.0.2.2,192.0.2.3", M(PHONE, "192.0.2.1", "INVITE"),
		     M(PHONE, "192.0.2.2", "INVITE"), M(PHONE, "192.0.2.3", "INVITE"),
		     M("192.0.2.1", PHONE, "BYE"), M("192.0.2.2", PHONE, "BYE"),
		     M("192.0.2.3", PHONE, "BYE"));
	EXPECT_GUESS("192.0.2.1,192.0.2.2", M(PHONE, "192.0.2.1", "REGISTER"),
		     M(PHONE, "192.0.2.2", "REGISTER"), M("192.0.2.1", PHONE, "OPTIONS"),
		     M("192.0.2.2", PHONE, "OPTIONS"));
}

Test(local, a_pbx_that_registers_with_its_carrier)
{
	EXPECT_GUESS(SERVER, M(SERVER, "203.0.113.5", "REGISTER", .times = 99),
		     M(PHONE, SERVER, "REGISTER"), M("203.0.113.5", SERVER, "INVITE"));
}

Test(local, a_flood_within_no_dialog)
{
	EXPECT_GUESS(SERVER, M(PHONE, SERVER, "BYE", .times = 10), M(SERVER, PHONE, ""),
		     M(PHONE, SERVER, "ACK"));
}

Test(local, connections_count_where_no_request_is_in_sight)
{
	EXPECT_GUESS(SERVER, M(PHONE, SERVER, "", .tcp = true, .syn = true),
		     M(PHONE2, SERVER, "", .tcp = true, .syn = true),
		     M(SERVER, PHONE, "", .tcp = true));
	EXPECT_GUESS("", M(PHONE, SERVER, "", .dport = 80));
}

Test(local, ipv6)
{
	EXPECT_GUESS("2001:db8::1", M("2001:db8:7::7", "2001:db8::1", "INVITE"),
		     M("2001:db8::1", "2001:db8:7::7", ""));
}

Test(local, a_hundred_forged_sources_outweigh_everything)
{
	static struct message messages[101] = { M(SERVER, PHONE, "INVITE", .times = 9999) };
	static char src[100][32];

	for (int i = 0; i < 100; i++) {
		snprintf(src[i], sizeof(src[i]), "203.0.113.%d", i);
		messages[i + 1] = (struct message)M(src[i], SERVER, "INVITE");
	}
	expect_guess(messages, 101, SERVER);
}

static void expect_parsed(const char *text, int err, size_t at)
{
	struct local local = { 0 };
	size_t where = 0;

	cr_expect_eq(local_parse(text, &local, &where), err, "%s", text);
	cr_expect_eq(where, at, "%s", text);
	local_free(&local);
}

Test(local, named_addresses)
{
	expect_parsed("192.0.2.1", 0, 0);
	expect_parsed("192.0.2.1,2001:db8::/32", 0, 0);
	expect_parsed("", -EINVAL, 0);
	expect_parsed("192.0.2.1,", -EINVAL, 10);
	expect_parsed("192.0.2.1,host", -EINVAL, 10);
	expect_parsed("192.0.2.0/33", -EINVAL, 0);
	expect_parsed("192.0.2.1/24", -EADDRNOTAVAIL, 0);
	expect_parsed("2001:db8::1,0123456789012345678901234567890123456789012345678901234567",
		      -EINVAL, 12);
}

Test(local, holds_addresses_and_prefixes)
{
	static const struct {
		const char *address;
		bool held;
	} cases[] = {
		{ "192.0.2.1", true },	   { "192.0.2.2", false },    { "198.51.100.255", true },
		{ "198.51.101.0", false }, { "2001:db8:1::9", true }, { "2001:db9::", false },
		{ "203.0.113.9", true },   { "::192.0.2.1", false },
	};
	struct local local;
	size_t at;

	cr_assert_eq(
		local_parse("198.51.100.0/24,203.0.113.9,2001:db8::/32,192.0.2.1", &local, &at), 0);
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		struct addr a = address(cases[i].address);

		cr_expect_eq(local_has(&local, &a), cases[i].held, "%s", cases[i].address);
	}
	local_free(&local);
}
