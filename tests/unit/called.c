// SPDX-License-Identifier: GPL-2.0-or-later
/* The called number, as far as it stands in the first bytes of a request. */
#include <criterion/criterion.h>
#include <string.h>

#include "user/called.h"

static const char *called(const char *text)
{
	static char out[CENSUS_NUMBER_LEN];
	__u8 line[EVENT_LINE_LEN] = { 0 };

	memcpy(line, text, strnlen(text, EVENT_LINE_LEN));
	return called_number(line, out) ? out : "none";
}

Test(called, users_and_numbers)
{
	cr_expect_str_eq(called("INVITE sip:+442079460123@example.com SIP/2.0\r\n"),
			 "+442079460123");
	cr_expect_str_eq(called("\r\n\r\nINVITE  SIPS:100@[2001:db8::1] SIP/2.0"), "100");
	cr_expect_str_eq(called("INVITE tel:+1-201-555-0123;phone-context=x SIP/2.0"),
			 "+1-201-555-0123");
	cr_expect_str_eq(called("INVITE sip:900;postd=1@host SIP/2.0"), "900");
	cr_expect_str_eq(called("INVITE sip:user:secret@host SIP/2.0"), "user");
	cr_expect_str_eq(called("invite\tsip:a%20b@host"), "a%20b");
}

Test(called, what_has_no_user)
{
	cr_expect_str_eq(called("OPTIONS sip:example.com SIP/2.0\r\n"), "none");
	cr_expect_str_eq(called("OPTIONS sip:example.com:5060 SIP/2.0\r\nTo: <sip:a@b>"), "none");
	cr_expect_str_eq(called("INVITE sip:@host SIP/2.0"), "none");
	cr_expect_str_eq(called("INVITE http://x@y SIP/2.0"), "none");
	cr_expect_str_eq(called(""), "none");
	cr_expect_str_eq(called("INVITE"), "none");
	cr_expect_str_eq(called("INVITE sip:"), "none");
}

/* A user that is longer than what is kept may be any other's beginning. */
Test(called, cut_lines)
{
	cr_expect_str_eq(called("INVITE sip:12345678901234567890123456789012345678901234567890123"
				"45678901234567890@h"),
			 "none");
	cr_expect_str_eq(called("INVITE sip:1234567890123456789012345678901234567890@h SIP/2.0"),
			 "1234567890123456789012345678901");
}

Test(called, bytes_that_are_no_text)
{
	cr_expect_str_eq(called("INVITE sip:1\x01\xff\x1b[2m@host SIP/2.0"), "1???[2m");
}
