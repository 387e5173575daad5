/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the first eight bytes and the length tell. */
#include "sip_scratch.h"

static __u64 first8(const char *bytes, __u32 len)
{
	__u8 eight[8] = { 0 };

	memcpy(eight, bytes, len < 8 ? len : 8);
	return load_u64(eight);
}

#define STUN_HEAD "\0\1\0\10\x21\x12\xa4\x42"

static const struct kind_case {
	const char *name;
	const char *bytes;
	__u32 len;
	enum sip_kind kind;
} kind_cases[] = {
#define CASE(bytes_, kind_)                                                                        \
	{                                                                                          \
#bytes_, bytes_, sizeof(bytes_) - 1, SIP_KIND_##kind_                              \
	}
	CASE("", EMPTY),
	CASE("\r\n", CRLF),
	CASE("\r\n\r\n", CRLF),
	CASE("\n", CRLF),
	CASE("\r\n\r\n\r\n\r\n", CRLF),
	CASE("  \t\r\n", CRLF),
	CASE("\0\0\0\0", TEXT),
	CASE("\0", TEXT),
	CASE("hello", TEXT),
	CASE("ping", TEXT),
	CASE("jaK\0", TEXT),
	CASE("REGISTER", TEXT),
	CASE("\1\2\3\4", NOT_SIP),
	CASE("\x80\x60\0\1", NOT_SIP),
	CASE("caf\xc3\xa9", NOT_SIP),
	CASE(STUN_HEAD "123456789012abcdefgh", STUN),
	CASE(STUN_HEAD "short", REQUEST),
	CASE("\x80\1\0\10\x21\x12\xa4\x42"
	     "123456789012",
	     NOT_SIP),
	CASE("\0\1\0\11\x21\x12\xa4\x42"
	     "123456789012",
	     REQUEST),
	CASE("\0\1\0\10\x21\x12\xa4\x43"
	     "123456789012",
	     REQUEST),
	CASE("SIP/2.0 200 OK\r\n", RESPONSE),
	CASE("sip/2.0\t200 OK\r\n", RESPONSE),
	CASE("SIP/2.0200 OK\r\n", REQUEST),
	CASE("OPTIONS sip:a SIP/2.0\r\n", REQUEST),
	CASE("\r\n\r\n\r\nOPTIONS sip:a SIP/2.0\r\n", REQUEST),
	CASE("\0\0OPTIONS sip:a SIP/2.0\r\n", REQUEST),
	CASE("\1OPTIONS sip:a SIP/2.0\r\n", NOT_SIP),
	CASE("\x80\x08 RTP and more", NOT_SIP),
	CASE("OPT\xffIONS sip:a SIP/2.0\r\n", NOT_SIP),
#undef CASE
};

Test(sip_kind, tells_kinds)
{
	for (size_t i = 0; i < sizeof(kind_cases) / sizeof(kind_cases[0]); i++) {
		const struct kind_case *c = &kind_cases[i];

		cr_expect_eq(sip_kind_of(first8(c->bytes, c->len), c->len), c->kind, "%s: %d",
			     c->name, sip_kind_of(first8(c->bytes, c->len), c->len));
	}
}

Test(sip_kind, ignores_what_is_behind_a_short_datagram)
{
	cr_expect_eq(sip_kind_of(first8("\r\n\xff\xff", 4), 2), SIP_KIND_CRLF);
	cr_expect_eq(sip_kind_of(first8("hello\1", 6), 5), SIP_KIND_TEXT);
}

/* Every method of the table, with each blank and in each case. */
Test(sip_kind, tells_methods)
{
	static const struct {
		const char *name;
		__u8 method;
	} methods[] = {
#define METHOD(id, name) { name, SIP_METHOD_##id },
#include "maps/methods.def"
#undef METHOD
	};
	char text[32];

	for (size_t i = 1; i < sizeof(methods) / sizeof(methods[0]); i++) {
		for (int blank = 0; blank < 2; blank++) {
			snprintf(text, sizeof(text), "%s%csip:a", methods[i].name,
				 blank ? '\t' : ' ');
			cr_expect_eq(sip_method_of(first8(text, 8)), methods[i].method, "%s", text);
			for (char *c = text; *c; c++)
				*c |= 0x20 * (*c >= 'A' && *c <= 'Z');
			cr_expect_eq(sip_method_of(first8(text, 8)), methods[i].method, "%s", text);
		}
	}
}

Test(sip_kind, tells_methods_as_far_as_eight_bytes_go)
{
	cr_expect_eq(sip_method_of(first8("REGISTERX", 8)), SIP_METHOD_REGISTER);
	cr_expect_eq(sip_method_of(first8("SUBSCRIBLE", 8)), SIP_METHOD_SUBSCRIBE);
	cr_expect_eq(sip_method_of(first8("INVITER sip:", 8)), SIP_METHOD_OTHER);
	cr_expect_eq(sip_method_of(first8("INVIT sip:", 8)), SIP_METHOD_OTHER);
	cr_expect_eq(sip_method_of(first8("CRIBE sip:", 8)), SIP_METHOD_OTHER);
	cr_expect_eq(sip_method_of(first8("INVITE\r\n", 8)), SIP_METHOD_OTHER);
	cr_expect_eq(sip_method_of(first8("\r\nINVITE", 8)), SIP_METHOD_OTHER);
	cr_expect_eq(sip_method_of(first8("other sip:", 8)), SIP_METHOD_OTHER);
	cr_expect_eq(sip_method_of(first8("SIP/2.0 ", 8)), SIP_METHOD_RESPONSE);
	cr_expect_eq(sip_method_of(first8("\x80\x08\0\0", 4)), SIP_METHOD_NONE);
}
