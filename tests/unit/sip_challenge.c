// SPDX-License-Identifier: GPL-2.0-or-later
/* Which challenges of a response are believed. */
#include "bpf/sip_challenge.h"
#include "sip_scratch.h"

#define STATUS "SIP/2.0 401 Unauthorized\r\nVia: SIP/2.0/UDP a;branch=z9hG4bK1\r\n"
#define CSEQ "CSeq: 1 REGISTER\r\n"
#define RESPONSE(lines) STATUS lines CSEQ "\r\n"
#define PIECE "0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
#define PIECES_4 PIECE PIECE PIECE PIECE
#define PIECES_16 PIECES_4 PIECES_4 PIECES_4 PIECES_4

/* The nonce of a value as it is hashed. "": there is none. */
static const char *nonce_of(struct sip_scratch *s, const struct sip_span *value)
{
	struct sip_digest digest = { 0 };

	if (!value->len || sip_digest(s, value, &digest))
		return "";
	return text_of(s, digest.nonce);
}

/* The nonces of a response, each with a blank behind it; "-" for a challenge without. */
static const char *nonces_of(const void *message, __u32 len)
{
	struct sip_scratch *s = scratch_of(message, len);
	struct sip_span value = { 0 };
	static char text[SIP_WINDOW];
	__u32 at;

	text[0] = 0;
	parse(s);
	for (at = s->facts.head; (at = sip_challenge(s, at, &value));) {
		const char *nonce = nonce_of(s, &value);

		strcat(text, *nonce ? nonce : "-");
		strcat(text, " ");
	}
	return text;
}

struct challenge_case {
	const char *name;
	const char *text;
	const char *nonces;
};

static void check(const struct challenge_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		const char *got = nonces_of(cases[i].text, strlen(cases[i].text));

		cr_expect_str_eq(got, cases[i].nonces, "%s: got \"%s\"", cases[i].name, got);
	}
}

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(sip_challenge, is_read_as_servers_write_it)
{
	static const struct challenge_case cases[] = {
		{ "none", RESPONSE(""), "" },
		{ "Kamailio",
		  RESPONSE("WWW-Authenticate: Digest realm=\"example.com\", "
			   "nonce=\"ZTEuRWUxLRvr6Yh+Qb9y2P0dEq5nNPMQ==\", qop=\"auth\"\r\n"),
		  "ZTEuRWUxLRvr6Yh+Qb9y2P0dEq5nNPMQ== " },
		{ "Asterisk",
		  RESPONSE("WWW-Authenticate: Digest realm=\"asterisk\",nonce=\"1700478561/59e1\","
			   "opaque=\"4f2c\",algorithm=MD5,qop=\"auth\"\r\n"),
		  "1700478561/59e1 " },
		{ "a proxy", RESPONSE("Proxy-Authenticate: Digest nonce=\"abc\", realm=\"x\"\r\n"),
		  "abc " },
		{ "both, three algorithms",
		  RESPONSE("WWW-Authenticate: Digest algorithm=SHA-256, nonce=\"n1\"\r\n"
			   "WWW-Authenticate: Digest algorithm=SHA-512-256, nonce=\"n2\"\r\n"
			   "Server: x\r\n"
			   "Proxy-Authenticate: Digest algorithm=MD5, nonce=\"n3\"\r\n"),
		  "n1 n2 n3 " },
		{ "case and blanks",
		  RESPONSE("www-AUTHENTICATE \t:   dIGEST\tNONCE  =  \"a b\" ,realm=\"\"\r\n"),
		  "a b " },
		{ "no blank", RESPONSE("PROXY-authenticate:Digest nonce=\"x\"\r\n"), "x " },
		{ "no quotes", RESPONSE("WWW-Authenticate: Digest nonce=abc, qop=auth\r\n"),
		  "abc " },
		{ "no quotes, at the end", RESPONSE("WWW-Authenticate: Digest nonce=abc\r\n"),
		  "abc " },
		{ "line feeds alone",
		  "SIP/2.0 407 X\nProxy-Authenticate: Digest nonce=\"n\"\nCSeq: 1 INVITE\n\n",
		  "n " },
		{ "an empty nonce", RESPONSE("WWW-Authenticate: Digest nonce=\"\"\r\n"), "- " },
		{ "no nonce", RESPONSE("WWW-Authenticate: Digest realm=\"x\"\r\n"), "- " },
		{ "another scheme", RESPONSE("WWW-Authenticate: Basic nonce=\"x\"\r\n"), "- " },
		{ "no value", RESPONSE("WWW-Authenticate:\r\n"), "- " },
		{ "a fold ends it",
		  RESPONSE("WWW-Authenticate: Digest realm=\"x\",\r\n nonce=\"n\"\r\n"), "- " },
		{ "a fold behind the nonce",
		  RESPONSE("WWW-Authenticate: Digest nonce=\"n\",\r\n realm=\"x\"\r\n"), "n " },
	};

	check(cases, COUNT(cases));
}

/* Via, From, To and Call-ID of an answer are what the peer has written. */
Test(sip_challenge, is_none_in_a_value)
{
#define TEXT "WWW-Authenticate: Digest nonce=\"1\""
	static const struct challenge_case cases[] = {
		{ "From", RESPONSE("From: <sip:" TEXT ">;tag=1\r\n"), "" },
		{ "a display name", RESPONSE("To: \"" TEXT "\" <sip:a@b>;tag=1\r\n"), "" },
		{ "Via", RESPONSE("Via: SIP/2.0/UDP a;x=" TEXT "\r\n"), "" },
		{ "behind a carriage return", RESPONSE("Call-ID: x\r" TEXT "\r\n"), "" },
		{ "a folded From", RESPONSE("From: <sip:a@b>;tag=1;\r\n " TEXT "\r\n"), "" },
		{ "folded with a tab", RESPONSE("To: <sip:a@b>;tag=1;\r\n\t" TEXT "\r\n"), "" },
		{ "another name before it", RESPONSE("X-" TEXT "\r\n"), "" },
		{ "a longer name", RESPONSE("WWW-Authenticated: Digest nonce=\"1\"\r\n"), "" },
		{ "another name of that length",
		  RESPONSE("WWW-Authenticatf: Digest nonce=\"1\"\r\n"), "" },
		{ "a control character in the name",
		  RESPONSE("WWW\rAuthenticate: Digest nonce=\"1\"\r\n"), "" },
		{ "the same of a proxy", RESPONSE("Proxy\rAuthenticate: Digest nonce=\"1\"\r\n"),
		  "" },
		{ "no colon", RESPONSE("WWW-Authenticate Digest nonce=\"1\"\r\n"), "" },
		{ "the body", RESPONSE("") TEXT "\r\n", "" },
		{ "the start line", TEXT " 401 x\r\n" CSEQ "\r\n", "" },
	};

	check(cases, COUNT(cases));
}

/* However long a value is, what stands in it begins no line. */
Test(sip_challenge, is_none_in_a_long_value)
{
	static char text[SIP_WINDOW];

	for (int pad = 1000; pad < 1060; pad++) {
		snprintf(text, sizeof(text), STATUS "From: %0*d" TEXT "\r\n" CSEQ "\r\n", pad, 0);
		cr_expect_str_eq(nonces_of(text, strlen(text)), "", "%d", pad);
	}
	cr_expect_str_eq(nonces_of(text, strlen(text)), "");
	snprintf(text, sizeof(text), STATUS "From: %01500d\r\n" TEXT "\r\n" CSEQ "\r\n", 0);
	cr_expect_str_eq(nonces_of(text, strlen(text)), "1 ", "a challenge behind it");
}

/* Who asks in another's name writes the realm, and could write a nonce there that he knows. */
Test(sip_challenge, has_one_nonce)
{
	static const struct challenge_case cases[] = {
		{ "before",
		  RESPONSE("WWW-Authenticate: Digest realm=\"x\", nonce=\"1\", nonce=\"n\"\r\n"),
		  "- " },
		{ "behind",
		  RESPONSE("WWW-Authenticate: Digest nonce=\"n\", realm=\"x\", nonce=\"1\"\r\n"),
		  "- " },
		{ "the server's is hidden by a backslash",
		  RESPONSE(
			  "WWW-Authenticate: Digest realm=\"x\", nonce=\"1\", y=\"\\\", nonce=\"n\""
			  "\r\n"),
		  "- " },
		{ "the server's is hidden by a quote",
		  RESPONSE("WWW-Authenticate: Digest realm=\"x\", nonce=\"1\", y=\"\", nonce=\"n\""
			   "\r\n"),
		  "- " },
		{ "another case, and blanks",
		  RESPONSE("WWW-Authenticate: Digest realm=\"x\", NoNCE\t = 1, nonce=\"n\"\r\n"),
		  "- " },
		{ "more parameters than are read",
		  RESPONSE("WWW-Authenticate: Digest realm=\"x\",nonce=1,a=,a=,a=,a=,a=,a=,a=,a=,"
			   "a=,a=,a=,a=,a=,a=,a=,a=,a=\", nonce=\"n\"\r\n"),
		  "- " },
		{ "more equals signs than are looked at",
		  RESPONSE("WWW-Authenticate: Digest realm=\"x\",nonce=1,=" PIECE
			   "================================================================\", "
			   "nonce=\"n\"\r\n"),
		  "- " },
		{ "a word in the realm",
		  RESPONSE("WWW-Authenticate: Digest realm=\"nonce.example\", nonce=\"n\"\r\n"),
		  "n " },
		{ "the next one is believed",
		  RESPONSE("WWW-Authenticate: Digest realm=\"x\", nonce=\"1\", nonce=\"n\"\r\n"
			   "WWW-Authenticate: Digest realm=\"x\", nonce=\"m\"\r\n"),
		  "- m " },
	};

	check(cases, COUNT(cases));
}

/* Of a nonce that is not seen to its end nothing is taken: some bytes of it can be guessed. */
Test(sip_challenge, is_whole)
{
	static const char text[] = STATUS
		"WWW-Authenticate: Digest realm=\"x\", nonce=\"0123456789abcdef\"\r\n" CSEQ "\r\n";
	static char wide[SIP_WINDOW];
	const __u32 line_end = strstr(text, "f\"\r\n") + 4 - text;

	for (__u32 len = sizeof(STATUS); len < sizeof(text); len++)
		cr_expect_str_eq(nonces_of(text, len), len < line_end ? "" : "0123456789abcdef ",
				 "cut at %u", len);
	snprintf(wide, sizeof(wide),
		 STATUS "WWW-Authenticate: Digest realm=\"" PIECES_16
			"\", nonce=\"0123456789abcdef\"\r\n" CSEQ "\r\n");
	cr_expect_str_eq(nonces_of(wide, strlen(wide)), "", "a realm that fills what is read");
	for (int pad = 900; pad < 1024; pad++) {
		const char *got;

		snprintf(wide, sizeof(wide),
			 STATUS
			 "WWW-Authenticate: Digest realm=\"%0*d\", nonce=\"0123456789\"\r\n" CSEQ
			 "\r\n",
			 pad, 0);
		got = nonces_of(wide, strlen(wide));
		cr_expect(!*got || !strcmp(got, "0123456789 "), "%d: %s", pad, got);
	}
}
