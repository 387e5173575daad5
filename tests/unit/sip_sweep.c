/* SPDX-License-Identifier: GPL-2.0-or-later */
/* The sweep: names, values, folds, ends and limits. */
#include "sip_scratch.h"

#include <ctype.h>
#include <stdlib.h>

static const struct {
	const char *name;
	int header;
} names[] = {
	{ "Via", SIP_HEADER_VIA },
	{ "v", SIP_HEADER_VIA },
	{ "From", SIP_HEADER_FROM },
	{ "f", SIP_HEADER_FROM },
	{ "To", SIP_HEADER_TO },
	{ "t", SIP_HEADER_TO },
	{ "Call-ID", SIP_HEADER_CALL_ID },
	{ "i", SIP_HEADER_CALL_ID },
	{ "CSeq", SIP_HEADER_CSEQ },
	{ "Contact", SIP_HEADER_CONTACT },
	{ "m", SIP_HEADER_CONTACT },
	{ "User-Agent", SIP_HEADER_USER_AGENT },
	{ "Server", SIP_HEADER_SERVER },
	{ "Max-Forwards", SIP_HEADER_MAX_FORWARDS },
	{ "Content-Length", SIP_HEADER_CONTENT_LENGTH },
	{ "l", SIP_HEADER_CONTENT_LENGTH },
	{ "Authorization", SIP_HEADER_AUTHORIZATION },
	{ "Proxy-Authorization", SIP_HEADER_PROXY_AUTHORIZATION },
	{ "Route", SIP_HEADER_ROUTE },
	{ "Expires", SIP_HEADER_EXPIRES },
};

#define NAMES (sizeof(names) / sizeof(names[0]))

/* Parses one header field built from a name and what follows it, and checks that it is known. */
static void expect_value(const char *name, const char *rest, int header, const char *value)
{
	struct sip_scratch *s;
	char text[256];

	snprintf(text, sizeof(text), LINE "%s%s\r\n\r\n", name, rest);
	s = scratch_text(text);
	cr_expect_eq(parse(s), SIP_COMPLETE, "%s%s", name, rest);
	for (int i = 1; i < SIP_HEADER_MAX; i++)
		cr_expect_eq(s->facts.seen[i], i == header, "%s%s: header %d", name, rest, i);
	if (header)
		cr_expect_str_eq(text_of(s, s->facts.header[header]), value, "%s%s", name, rest);
}

Test(sip_sweep, knows_every_name_in_every_form)
{
	char name[32];

	for (size_t i = 0; i < NAMES; i++) {
		expect_value(names[i].name, ": x y", names[i].header, "x y");
		expect_value(names[i].name, ":x y", names[i].header, "x y");
		expect_value(names[i].name, " \t : x y", names[i].header, "x y");
		expect_value(names[i].name, ": \t  x y", names[i].header, "x y");
		expect_value(names[i].name, ":\r\n x y", names[i].header, "x y");
		expect_value(names[i].name, ":", names[i].header, "");
		strcpy(name, names[i].name);
		for (char *c = name; *c; c++)
			*c = toupper(*c);
		expect_value(name, ": x y", names[i].header, "x y");
		for (char *c = name; *c; c++)
			*c = tolower(*c);
		expect_value(name, ": x y", names[i].header, "x y");
	}
}

/* No name with a letter changed, missing or added is taken for one of the known. */
Test(sip_sweep, knows_no_other_name)
{
	char name[32];

	for (size_t i = 0; i < NAMES; i++) {
		size_t length = strlen(names[i].name);

		for (size_t at = 0; at < length; at++) {
			strcpy(name, names[i].name);
			name[at] = '_';
			expect_value(name, ": x", SIP_HEADER_OTHER, "");
		}
		snprintf(name, sizeof(name), "%sx", names[i].name);
		expect_value(name, ": x", SIP_HEADER_OTHER, "");
		expect_value(names[i].name, " x: x", SIP_HEADER_OTHER, "");
		expect_value(names[i].name, "", SIP_HEADER_OTHER, "");
		expect_value(names[i].name, " \r\nX: x", SIP_HEADER_OTHER, "");
		if (length > 2) {
			strcpy(name, names[i].name);
			name[length - 1] = 0;
			expect_value(name, ": x", SIP_HEADER_OTHER, "");
		}
	}
	expect_value("Record-Route", ": x", SIP_HEADER_OTHER, "");
	expect_value("Content-Type", ": x", SIP_HEADER_OTHER, "");
	expect_value("Proxy-Authenticate", ": x", SIP_HEADER_OTHER, "");
	expect_value("", ": x", SIP_HEADER_OTHER, "");
}

Test(sip_sweep, keeps_folds_in_the_value)
{
	struct sip_scratch *s =
		scratch_text(LINE "To: a\r\n\tb\n  c \r\nFrom :\r\n \r\n d\r\n\r\nbody");

	cr_expect_eq(parse(s), SIP_COMPLETE);
	cr_expect_str_eq(text_of(s, s->facts.header[SIP_HEADER_TO]), "a\r\n\tb\n  c ");
	cr_expect_str_eq(text_of(s, s->facts.header[SIP_HEADER_FROM]), "d");
	cr_expect_eq(s->facts.lines, 6);
	cr_expect_arr_eq(s->window + s->facts.body - 4, "\r\n\r\nbody", 8);
}

Test(sip_sweep, notes_the_first_and_counts_all)
{
	struct sip_scratch *s = scratch_text(LINE "Via: 1\r\nv: 2\r\nX: 3\r\nVIA:4\r\n\r\n");

	cr_expect_eq(parse(s), SIP_COMPLETE);
	cr_expect_eq(s->facts.seen[SIP_HEADER_VIA], 3);
	cr_expect_str_eq(text_of(s, s->facts.header[SIP_HEADER_VIA]), "1");
	cr_expect_eq(s->facts.lines, 4);
}

Test(sip_sweep, takes_any_line_end)
{
	static const char *const ends[] = { "To: a\n\n", "To: a\r\n\n", "To: a\n\r\n",
					    "To: a\r\n\r" };
	char text[64];

	for (size_t i = 0; i < 4; i++) {
		struct sip_scratch *s;

		snprintf(text, sizeof(text), LINE "%s", ends[i]);
		s = scratch_text(text);
		cr_expect_eq(parse(s), SIP_COMPLETE);
		cr_expect_str_eq(text_of(s, s->facts.header[SIP_HEADER_TO]), "a");
		cr_expect_eq(s->facts.body, strlen(text));
	}
}

Test(sip_sweep, is_complete_without_any_header)
{
	struct sip_scratch *s = scratch_text(LINE "\r\nVia: in the body\r\n\r\n");

	cr_expect_eq(parse(s), SIP_COMPLETE);
	cr_expect_eq(s->facts.lines, 0);
	cr_expect_eq(s->facts.body, strlen(LINE) + 2);
	cr_expect_eq(s->facts.seen[SIP_HEADER_VIA], 0);
}

/* A line that has no end is not noted: more of it may follow. */
Test(sip_sweep, is_cut_where_the_datagram_ends)
{
	struct sip_scratch *s = scratch_text(LINE "To: a\r\nFrom: b");

	cr_expect_eq(parse(s), SIP_CUT);
	cr_expect_str_eq(text_of(s, s->facts.header[SIP_HEADER_TO]), "a");
	cr_expect_eq(s->facts.seen[SIP_HEADER_FROM], 0);
	s = scratch_text(LINE "To: a\r\n");
	cr_expect_eq(parse(s), SIP_CUT);
	cr_expect_str_eq(text_of(s, s->facts.header[SIP_HEADER_TO]), "a");
	cr_expect_eq(s->facts.body, 0);
}

/* lines header lines "x:" and a To behind them. */
static struct sip_scratch *message_of_lines(int lines)
{
	static char text[SIP_WINDOW];
	int at = sprintf(text, LINE);

	while (lines-- > 1)
		at += sprintf(text + at, "x:\r\n");
	sprintf(text + at, "To: a\r\n\r\n");
	return scratch_text(text);
}

Test(sip_sweep, bounds_the_lines)
{
	struct sip_scratch *s = message_of_lines(SIP_LINES_MAX);

	cr_expect_eq(parse(s), SIP_COMPLETE);
	cr_expect_eq(s->facts.seen[SIP_HEADER_TO], 1);
	s = message_of_lines(SIP_LINES_MAX + 1);
	cr_expect_eq(parse(s), SIP_CUT);
	cr_expect_eq(s->facts.lines, SIP_LINES_MAX);
	cr_expect_eq(s->facts.seen[SIP_HEADER_TO], 0);
}

/* The window is full: no end in sight, and the last byte of it a fold, a name, a line end. */
Test(sip_sweep, stops_at_the_window)
{
	static const char *const tails[] = { "\n", "\n ", "\nv:", "\r\n", "\r\n\r", "x" };
	static char text[SIP_WINDOW + 1];

	for (size_t i = 0; i < 6; i++) {
		struct sip_scratch *s;
		size_t length = strlen(tails[i]);

		memset(text, 'x', SIP_WINDOW);
		memcpy(text, LINE "To: ", strlen(LINE) + 4);
		memcpy(text + SIP_WINDOW - length, tails[i], length);
		s = scratch_of(text, SIP_WINDOW);
		cr_expect_eq(parse(s), i == 4 ? SIP_COMPLETE : SIP_CUT);
		cr_expect_eq(s->facts.seen[SIP_HEADER_TO], i == 0 || i == 3 || i == 4 || i == 2,
			     "%zu", i);
	}
}

Test(sip_sweep, takes_no_more_than_the_window)
{
	struct sip_scratch *s = scratch_text(LINE "To: a\r\n");

	s->facts.len = 1 << 20;
	cr_expect_eq(parse(s), SIP_CUT);
}

static const char whole[] =
	"INVITE sip:bob@example.com SIP/2.0\r\n"
	"v: SIP/2.0/UDP 192.0.2.1;branch=z9hG4bKabc\r\n"
	"From: \"A\" <sip:a@example.com>;tag=1\r\nTo : <sip:bob@example.com>\r\n"
	"Call-ID:\r\n x@y\r\nCSeq: 1 INVITE\r\nAuthorization: Digest nonce=\"n\"\r\n\r\n";

/*
 * Every prefix is cut or not SIP, and tells no header that the whole does not have, nor more of it;
 * where it ends behind a line feed, a fold may have been lost.
 */
Test(sip_sweep, reads_every_prefix)
{
	struct sip_facts all;
	struct sip_scratch *s = scratch_text(whole);

	cr_assert_eq(parse(s), SIP_COMPLETE);
	all = s->facts;
	for (__u32 len = 0; len < sizeof(whole) - 2; len++) {
		s = scratch_of(whole, len);
		cr_expect_neq(parse(s), SIP_COMPLETE, "%u", len);
		for (int i = 1; i < SIP_HEADER_MAX; i++) {
			if (!s->facts.header[i].len)
				continue;
			cr_expect_eq(s->facts.header[i].off, all.header[i].off, "%u", len);
			cr_expect_leq(s->facts.header[i].len, all.header[i].len, "%u", len);
		}
	}
}

/* Kamailio takes "\n\r" for the end of a line: what follows is a header, not the body. */
Test(sip_sweep, skips_a_carriage_return_before_a_header)
{
	struct sip_scratch *s =
		scratch_text(LINE "\rVia: SIP/2.0/UDP a\r\n\rTo: b\r\n\r\nl: 1\r\n");

	cr_assert_eq(parse(s), SIP_COMPLETE);
	cr_expect_str_eq(text_of(s, s->facts.header[SIP_HEADER_VIA]), "SIP/2.0/UDP a");
	cr_expect_str_eq(text_of(s, s->facts.header[SIP_HEADER_TO]), "b");
	cr_expect_eq(s->facts.seen[SIP_HEADER_CONTENT_LENGTH], 0);
	cr_expect_eq(s->facts.body, s->facts.len - strlen("l: 1\r\n"));
}
