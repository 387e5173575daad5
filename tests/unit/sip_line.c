/* SPDX-License-Identifier: GPL-2.0-or-later */
/* Start lines: those of the RFC, those that servers take besides, and those of other protocols. */
#include "sip_scratch.h"

#define BODY "\r\n\r\n"
#define LONG_16 "aaaaaaaaaaaaaaaa"
#define LONG_64 LONG_16 LONG_16 LONG_16 LONG_16
#define LONG_256 LONG_64 LONG_64 LONG_64 LONG_64

static const struct line_case {
	const char *text;
	enum sip_kind kind;
	__u8 method;
	const char *name;
	const char *uri;
	__u8 scheme;
	const char *version;
} requests[] = {
#define CASE(text_, method_, name_, uri_, scheme_, version_)                                       \
	{                                                                                          \
		text_, SIP_KIND_REQUEST, SIP_METHOD_##method_, name_, uri_, SIP_SCHEME_##scheme_,  \
			version_                                                                   \
	}
	CASE("INVITE sip:bob@example.com SIP/2.0" BODY, INVITE, "INVITE", "sip:bob@example.com",
	     SIP, "SIP/2.0"),
	CASE("invite SIP:bob@example.com sip/2.0\n\n", INVITE, "invite", "SIP:bob@example.com", SIP,
	     "sip/2.0"),
	CASE("ACK sips:a SIP/2.0" BODY, ACK, "ACK", "sips:a", SIPS, "SIP/2.0"),
	CASE("SUBSCRIBE tel:+4930123 SIP/2.0" BODY, SUBSCRIBE, "SUBSCRIBE", "tel:+4930123", TEL,
	     "SIP/2.0"),
	CASE("SUBSCRIBL sip:a SIP/2.0" BODY, OTHER, "SUBSCRIBL", "sip:a", SIP, "SIP/2.0"),
	CASE("REGISTERS sip:a SIP/2.0" BODY, OTHER, "REGISTERS", "sip:a", SIP, "SIP/2.0"),
	CASE("INVITE urn:service:sos SIP/2.0" BODY, INVITE, "INVITE", "urn:service:sos", URN,
	     "SIP/2.0"),
	CASE("OPTIONS soap.beep://192.0.2.1 SIP/2.0" BODY, OPTIONS, "OPTIONS",
	     "soap.beep://192.0.2.1", OTHER, "SIP/2.0"),
	CASE("\r\n\r\n\r\n\r\n\r\nBYE sip:a SIP/2.0" BODY, BYE, "BYE", "sip:a", SIP, "SIP/2.0"),
	CASE(" \t \n BYE sip:a SIP/2.0" BODY, BYE, "BYE", "sip:a", SIP, "SIP/2.0"),
	CASE("BYE   sip:a \t SIP/2.0" BODY, BYE, "BYE", "sip:a", SIP, "SIP/2.0"),
	CASE("BYE\tsip:a\tSIP/2.0  \r\n\r\n", BYE, "BYE", "sip:a", SIP, "SIP/2.0"),
	CASE("BYE sip:a; lr SIP/2.0" BODY, BYE, "BYE", "sip:a; lr", SIP, "SIP/2.0"),
	CASE("BYE sip:a SIP/2.0 and more" BODY, BYE, "BYE", "sip:a", SIP, "SIP/2.0"),
	CASE("BYE sip:a SIP/7.0" BODY, BYE, "BYE", "sip:a", SIP, "SIP/7.0"),
	CASE("BYE sip:a SIP/2.0-draft" BODY, BYE, "BYE", "sip:a", SIP, "SIP/2.0-draft"),
	CASE("BYE SIP/2.0" BODY, BYE, "BYE", "", NONE, "SIP/2.0"),
	CASE("-.!%*_+`'~aZ09 sip:a SIP/2.0" BODY, OTHER, "-.!%*_+`'~aZ09", "sip:a", SIP, "SIP/2.0"),
	CASE("RE%47IST%45R sip:a SIP/2.0" BODY, OTHER, "RE%47IST%45R", "sip:a", SIP, "SIP/2.0"),
	CASE(LONG_64 " sip:a SIP/2.0" BODY, OTHER, LONG_64, "sip:a", SIP, "SIP/2.0"),
	CASE("INVITE sip:" LONG_256 LONG_64 " SIP/2.0" BODY, INVITE, "INVITE",
	     "sip:" LONG_256 LONG_64, SIP, "SIP/2.0"),
#undef CASE
};

Test(sip_line, reads_requests)
{
	for (size_t i = 0; i < sizeof(requests) / sizeof(requests[0]); i++) {
		const struct line_case *c = &requests[i];
		struct sip_scratch *s = scratch_text(c->text);

		cr_expect_eq(sip_line(s), SIP_COMPLETE, "%s", c->text);
		cr_expect_eq(s->facts.kind, c->kind, "%s", c->text);
		cr_expect_eq(s->facts.method, c->method, "%s", c->text);
		cr_expect_eq(s->facts.scheme, c->scheme, "%s", c->text);
		cr_expect_str_eq(text_of(s, s->facts.method_name), c->name, "%s", c->text);
		cr_expect_str_eq(text_of(s, s->facts.uri), c->uri, "%s", c->text);
		cr_expect_str_eq(text_of(s, s->facts.version), c->version, "%s", c->text);
		cr_expect_eq(s->facts.version_ok, !strcasecmp(c->version, "SIP/2.0"), "%s",
			     c->text);
	}
}

Test(sip_line, skips_leading_nuls)
{
	struct sip_scratch *s = scratch_of("\0\0\0ACK sip:a SIP/2.0\r\n\r\n", 24);

	cr_expect_eq(sip_line(s), SIP_COMPLETE);
	cr_expect_eq(s->facts.method, SIP_METHOD_ACK);
	s = scratch_of("\0\0\0\0\0\0\0\0\0\0", 10);
	cr_expect_eq(sip_line(s), SIP_NOT);
	cr_expect_eq(s->facts.kind, SIP_KIND_TEXT);
	s = scratch_text("\r\n\r\n\r\n\r\n\r\n");
	cr_expect_eq(sip_line(s), SIP_NOT);
	cr_expect_eq(s->facts.kind, SIP_KIND_CRLF);
}

Test(sip_line, reads_responses)
{
	static const struct {
		const char *text;
		__u16 status;
	} responses[] = {
		{ "SIP/2.0 200 OK" BODY, 200 },	    { "sip/2.0  100 \r\n\r\n", 100 },
		{ "SIP/2.0 699\n\n", 699 },	    { "SIP/2.0\t180\tRinging" BODY, 180 },
		{ "SIP/2.0 700 x" BODY, 0 },	    { "SIP/2.0 099 x" BODY, 0 },
		{ "SIP/2.0 2000 x" BODY, 0 },	    { "SIP/2.0 20 x" BODY, 0 },
		{ "SIP/2.0 4294967301 x" BODY, 0 }, { "SIP/2.0 2a0 x" BODY, 0 },
		{ "\r\nSIP/2.0 404 x" BODY, 404 },  { "SIP/2.0 \r\n200 OK" BODY, 0 },
	};

	for (size_t i = 0; i < sizeof(responses) / sizeof(responses[0]); i++) {
		struct sip_scratch *s = scratch_text(responses[i].text);

		cr_expect_eq(sip_line(s), SIP_COMPLETE, "%s", responses[i].text);
		cr_expect_eq(s->facts.kind, SIP_KIND_RESPONSE);
		cr_expect_eq(s->facts.method, SIP_METHOD_RESPONSE);
		cr_expect_eq(s->facts.status, responses[i].status, "%s", responses[i].text);
	}
}

Test(sip_line, refuses_other_protocols)
{
	static const char *const others[] = {
		"NOTIFY * HTTP/1.1" BODY,
		"GET / HTTP/1.1" BODY,
		"GET /SIP/2.0" BODY,
		"REGISTER" BODY,
		"INVITE sip:a" BODY,
		"INVITE sip:a fooSIP/2.0aaaaaaaaaa" BODY,
		"INVITE sip:a SIP/" BODY,
		"INVITE\r\nsip:a SIP/2.0" BODY,
		"IN(VI)TE sip:a SIP/2.0" BODY,
		LONG_64 "a sip:a SIP/2.0" BODY,
		"just some text that has no line end",
		"justsometextwithoutanyblank",
		"<xml version='1.0'>" BODY,
	};

	for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
		struct sip_scratch *s = scratch_text(others[i]);

		cr_expect_eq(sip_line(s), SIP_NOT, "%s", others[i]);
		cr_expect_eq(s->facts.kind, SIP_KIND_NOT_SIP, "%s", others[i]);
		cr_expect_eq(s->facts.method, SIP_METHOD_NONE, "%s", others[i]);
	}
}

Test(sip_line, tells_what_is_cut)
{
	static const struct {
		const char *text;
		__u8 method;
	} cut[] = {
		{ "INVITE sip:bob@exam", SIP_METHOD_INVITE },
		{ "INVITE \xff\xfe\xfd\xfc", SIP_METHOD_INVITE },
		{ "FOO sip:bob@exam", SIP_METHOD_OTHER },
		{ "SIP/2.0 200 O", SIP_METHOD_RESPONSE },
		{ "INVITE sip:" LONG_256 LONG_256 " SIP/2.0" BODY, SIP_METHOD_INVITE },
	};

	for (size_t i = 0; i < sizeof(cut) / sizeof(cut[0]); i++) {
		struct sip_scratch *s = scratch_text(cut[i].text);

		cr_expect_eq(sip_line(s), SIP_CUT, "%s", cut[i].text);
		cr_expect_eq(s->facts.kind, SIP_KIND_CUT, "%s", cut[i].text);
		cr_expect_eq(s->facts.method, cut[i].method, "%s", cut[i].text);
	}
}

Test(sip_line, takes_request_uris_apart)
{
	static const struct {
		const char *uri;
		const char *user;
		const char *host;
		int scheme;
	} uris[] = {
		{ "sip:bob@example.com", "bob", "example.com", SIP_SCHEME_SIP },
		{ "sip:bob:secret@example.com:5060;lr", "bob", "example.com", SIP_SCHEME_SIP },
		{ "sips:example.com;transport=tcp", "", "example.com", SIP_SCHEME_SIPS },
		{ "sip:[2001:db8::1]:5060", "", "[2001:db8::1]", SIP_SCHEME_SIP },
		{ "sip:a;par=u%40b@[2001:db8::1]?x=y", "a;par=u%40b", "[2001:db8::1]",
		  SIP_SCHEME_SIP },
		{ "sip:@example.com", "", "example.com", SIP_SCHEME_SIP },
		{ "tel:+49-30-123;phone-context=x", "+49-30-123", "", SIP_SCHEME_TEL },
		{ "urn:service:sos", "", "", SIP_SCHEME_URN },
		{ "<sip:bob@example.com>", "", "", SIP_SCHEME_OTHER },
	};
	struct sip_uri uri = { 0 };
	char text[128];

	for (size_t i = 0; i < sizeof(uris) / sizeof(uris[0]); i++) {
		struct sip_scratch *s;

		snprintf(text, sizeof(text), "INVITE %s SIP/2.0\r\n\r\n", uris[i].uri);
		s = scratch_text(text);
		cr_assert_eq(sip_line(s), SIP_COMPLETE);
		cr_assert_eq(sip_request_uri(s, &uri), 0);
		cr_expect_str_eq(text_of(s, uri.user), uris[i].user, "%s", uris[i].uri);
		cr_expect_str_eq(text_of(s, uri.host), uris[i].host, "%s", uris[i].uri);
		cr_expect_eq(uri.scheme, uris[i].scheme, "%s", uris[i].uri);
	}
}
