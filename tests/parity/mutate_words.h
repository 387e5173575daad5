/* SPDX-License-Identifier: GPL-2.0-or-later */
/* What the changes of mutate.c put into a message. */
#ifndef SIPSHIELD_TESTS_MUTATE_WORDS_H
#define SIPSHIELD_TESTS_MUTATE_WORDS_H

struct header_name {
	const char *full;
	const char *compact; /* the same where there is none */
};

enum { NAME_VIA, NAME_FROM, NAME_TO, NAME_CALL_ID, NAME_CSEQ };

static const struct header_name header_names[] = {
	[NAME_VIA] = { "Via", "v" },	    [NAME_FROM] = { "From", "f" },
	[NAME_TO] = { "To", "t" },	    [NAME_CALL_ID] = { "Call-ID", "i" },
	[NAME_CSEQ] = { "CSeq", "CSeq" },   { "Contact", "m" },
	{ "Max-Forwards", "Max-Forwards" }, { "Content-Length", "l" },
};

static const char *const odd_methods[] = {
	"INVITEX", "INVIT",   "SUBSCRIB",  "SUBSCRIBED", "REGISTERS",	"ACK.",	    "I",
	"PING",	   "KDMQ",    "INV%ITE",   "!-.%*_+`'~", "inv\xc3\xa9", "a(b)",	    "INVITE:",
	"SIP/2.0", "OPTIONS", "subscribe", "Ack",	 "cancel",	"INVITE\t", "PRACK",
};

static const char *const odd_uris[] = {
	"sip:a:b@h.example",
	"sip:a;x=y@h.example",
	"sip:%61b@h.example",
	"sip:a%40b@h.example",
	"tel:+1-201-555-0123",
	"tel:5550123;phone-context=+1201",
	"sip:h.example",
	"sip:@h.example",
	"sip:a@b@h.example",
	"sips:a@h.example",
	"SIP:A@H.example",
	"SiPs:a@h.example:5061",
	"sip:a@[2001:db8::1]:5060;transport=udp?x=y@z",
	"sip:[2001:db8::1]",
	"sip:a@[2001:db8::1",
	"<sip:a@h.example>",
	"urn:service:sos",
	"http://h.example/x@y",
	"sip:a?b@h.example",
	"sip:a/b@h.example",
	"sip:h.example;user=a@b",
	"sip:h.example?to=a@b",
	"sip:h.example;x=a:b@c",
	"sip:a:@h.example",
	"sip::b@h.example",
	"sip:a:b:c@h.example",
	"sip:555;phone-context=+1:x@h.example;user=phone",
	"sip:\"a@b\"@h.example",
	"sip:a&b=+$,c@h.example",
	"sip:a#b@h.example",
	"sip:a@h.example:",
	"sip:a@h.example:99999",
	"sip:a@h.example:port",
	"sip:1.2.3.4:5060",
	"sip:a",
	"sip:",
	"sip",
	"a@h.example",
	"*",
	"sip:a@h.example;lr;x=\"y\"",
	"sip:a@h.example;user=phone@x",
	"sip:a'b@h.example",
	"sip:a\\b@h.example",
	"sip:a,b@h.example",
	"sip:a{b}@h.example",
};

static const char *const odd_versions[] = {
	"SIP/2.0 ",  "sip/2.0",	 "SIP/2.00", "SIP/02.0", "SIP/3.0",   "SIP/2.0 x", "SIP/2",
	"SIP/2.0\t", "HTTP/1.1", "",	     "SIP/7.0",	 "SIP / 2.0", "SIP/2.0.1", "2.0",
};

static const char *const odd_blanks[] = {
	" ", "  ", "\t", " \t ", "        ", "                                ", "\v", "",
};

static const char *const odd_params[] = {
	";x",
	";x=1",
	";x=\"a;branch=q;tag=q\"",
	";x=\"a\\\";branch=q;tag=q\"",
	";x=\"a,b\"",
	";branchx=1;tagx=1",
	";branch;tag",
	";branch=;tag=",
	";branch=z9hG4bKsecond",
	";BRANCH=z9hG4bKupper",
	";tag=second",
	";TAG=upper",
	";Tag = blanks",
	";ali=a",
	";alias=a",
	";;",
	"; ",
	";=a",
	";x=",
	";x==y",
	";received=192.0.2.1",
	";rport",
	";rport=5060",
	";i=1",
	";maddr=192.0.2.1;ttl=1",
	";comp=sigcomp",
	";x=<a>",
	";x=[a]",
	";x=(a)",
	";x=a b",
	";\xc3\xa9=1",
	";x=1;x=2;x=3;x=4;x=5;x=6;x=7;x=8;x=9;x=10;x=11;x=12;x=13;x=14;x=15;x=16;x=17",
	" (comment;branch=q)",
	">",
	"\"",
};

static const char *const odd_values[] = {
	"",	  "\"quoted\"", "\"a;b\"", "\"a\\\"b\"", "\"open",
	" blank", "a b",	"a=b",	   "a@b",	 "<a>",
	"a/b",	  "a:b",	"[::1]",   "z9hG4bK",	 "z9hg4bklower",
	"a\\b",	  "a(b)",	"a'b",	   "\xc3\xa9",	 "?",
	"a\"b",	  "a?b",	"a&b#c",   "a\tb",	 "z9hG4bKa+b",
};

static const char *const odd_displays[] = {
	"\"A;tag=q\" ", "A B ", "\"\\\"\" ", "\"<\" ",	"\"a<sip:b@c>\"", "(c) ",
	"\"\"",		"A.B ", "A;tag=q ",  "\"open ", "<x> ",		  "A,B ",
	"\"a\\\\\" ",	"'a' ", "\xc3\xa9 ", "*",	"\"a\"\"b\" ",	  "a\"b\" ",
};

static const char *const next_vias[] = {
	", SIP/2.0/TCP second.example;branch=z9hG4bKother",
	",SIP/2.0/UDP second.example",
	" , SIP/2.0/UDP second.example;branch=z9hG4bKother;x=\"",
	",",
	", ",
	",junk",
	",\r\n SIP/2.0/UDP second.example;branch=z9hG4bKfolded",
	"SIP/2.0/UDP second.example;branch=z9hG4bKnocomma",
};

static const char *const first_vias[] = {
	" SIP/2.0/UDP first.example;branch=z9hG4bKfirst,",
	" SIP/2.0/UDP first.example,",
	" ,",
	" SIP/2.0/UDP first.example;x=\"a,b\";branch=z9hG4bKfirst , ",
	" SIP/2.0/UDP first.example;x=\"a, ",
};

static const char *const odd_vias[] = {
	" SIP / 2.0 / UDP h.example;branch=z9hG4bKa",
	" SIP/2.0/UDP [2001:db8::1]:5060;branch=z9hG4bKa",
	" SIP/2.0/UDP 2001:db8::1;branch=z9hG4bKa",
	" SIP/2.0/UDP [2001:db8::1;branch=z9hG4bKa",
	" SIP/2.0/UDP h.example : 5060 ; branch = z9hG4bKa",
	" sip/2.0/udp h.example;branch=z9hG4bKa",
	" SIP/2.0/TLS-SCTP h.example;branch=z9hG4bKa",
	" SIP/2.0/WS h.example;branch=z9hG4bKa",
	" SIP/2.0/UDP h.example:port;branch=z9hG4bKa",
	" SIP/2.0/UDP h.example:;branch=z9hG4bKa",
	" SIP/2.0/UDP h.example (comment);branch=z9hG4bKa",
	" SIP/2.0/UDP h.example;branch=z9hG4bKa (comment, two)",
	" SIP/2.0/UDP h.example (a;branch=z9hG4bKc);branch=z9hG4bKa",
	" SIP/2.0/UDP ;branch=z9hG4bKa",
	" SIP/2.0/UDP;branch=z9hG4bKa",
	" SIP/3.0/UDP h.example;branch=z9hG4bKa",
	" SIP/2.0 UDP h.example;branch=z9hG4bKa",
	" SIP/2.0/UDP  h.example ;branch=z9hG4bKa ",
	" SIP/2.0/UDP h.example;branch=z9hG4bKa;branch=z9hG4bKb",
	" SIP/2.0/UDP h.example;branch=z9hG4bKa/b",
	" SIP/2.0/UDP h.example;branch=z9hG4bKa=b",
	" SIP/2.0/UDP h.example;rport;branch=z9hG4bKa;alias",
	" SIP/2.0/UDP h.example;x=y;z;branch=\"z9hG4bKa\"",
	" SIP/2.0/UDP h.example x;branch=z9hG4bKa",
	" SIP/2.0/UDP a_b.example;branch=z9hG4bKa",
	" SIP//2.0/UDP h.example;branch=z9hG4bKa",
	" SIP/2.0/UDP/x h.example;branch=z9hG4bKa",
	" SIP/2.0/UDP \"h\";branch=z9hG4bKa",
	" SIP/2.0/UDP h.example;branch z9hG4bKa",
	" SIP/2.0/UDP h.example;branch\t=\tz9hG4bKa\t;x",
	" h.example",
};

static const char *const odd_addresses[] = {
	" sip:a@h.example;tag=a",
	" sip:a@h.example ; tag = a ",
	" sip:a@h.example?x=y;tag=a",
	" <sip:a@h.example;tag=u>",
	" <sip:a@h.example;tag=u>;tag=a",
	" <sip:a@h.example>;tag=a;x=\";tag=b\"",
	" <sip:a@h.example>;x=\";tag=b\";tag=a",
	" <sip:a@h.example>;x=\"\\\";tag=b\";tag=a",
	" <sip:a@h.example> ;tag=a,<sip:b@h.example>;tag=b",
	" \"A\"<sip:a@h.example>;tag=a",
	" \"A;tag=q\"<sip:a@h.example>",
	" A B <sip:a@h.example>;tag=a",
	" A;tag=q <sip:a@h.example>;tag=a",
	" <tel:+12015550123>;tag=a",
	" tel:+12015550123;tag=a",
	" <urn:x:y>;tag=a",
	" <sip:a@h.example>tag=a",
	" <sip:a@h.example> x;tag=a",
	" <sip:a@h.example;tag=a",
	" sip:a@h.example>;tag=a",
	" <<sip:a@h.example>>;tag=a",
	" <>;tag=a",
	" <sip:a@[2001:db8::1]:5060>;tag=a",
	" \"open <sip:a@h.example>;tag=a",
	" <sip:a@h.example>;tag=a;tag=b",
	" <sip:a@h.example>;tag=\"a\"",
	" <sip:a@h.example>;tag=",
	" <sip:a@h.example>;tag",
	" <sip:a@h.example>;\ttag\t=\ta\t",
	" <sip:a@h.example>;tags=b;tag=a",
	" <sip:a@h.example>;xtag=b",
	" <sip:a@h.example>;x=tag=b",
	" <sip:a@h.example> (c;tag=q);tag=a",
	" <sip:a@h.example>;tag=a(b)",
	" <sip:\">\"@h.example>;tag=a",
	" sip:h.example",
	" a@h.example;tag=a",
	" *",
};

static const char *const odd_call_ids[] = {
	" a b",	    " a@b@c", " <a>",	   " \"a b\"", " a;b=c", " a,b",      " a (c)",
	" a@[::1]", " \\a",   "a",	   "  a  ",    " a\t",	 " @",	      " (){}[]<>?/\\:\"",
	" a\r\n b", " a@",    " \xc3\xa9", " a=b",     " a@b;x", " a@b, c@d",
};

static const char *const odd_cseqs[] = {
	" 1INVITE",
	" 1\tINVITE",
	" 0001 INVITE",
	" 4294967296 INVITE",
	" 4294967295 INVITE",
	" 2147483648 INVITE",
	" 1  INVITE x",
	" -1 INVITE",
	" 1 invite",
	" +1 INVITE",
	" 1",
	" INVITE",
	" 1 INVITE;x",
	" 1.0 INVITE",
	" 1,2 INVITE",
	" 0 INVITE",
	"1 INVITE ",
	" 1 INVITE\r\n ",
	" 0x1 INVITE",
	" \"1\" INVITE",
	" 1 INVITE (c)",
	" 00000000000000000000000000000000000000000000001 INVITE",
	" 99999999999999999999 INVITE",
	" 1 INV(ITE",
	" 1 \xc3\xa9",
	" 1 INVITE,",
};

static const char *const odd_lines[] = {
	"junk\r\n",
	"no colon here\r\n",
	":empty name\r\n",
	" folded\r\n",
	"\tfolded\r\n",
	"Via\r\n",
	"Via SIP/2.0/UDP junk.example;branch=z9hG4bKjunk\r\n",
	"Via: SIP/2.0/UDP more.example;branch=z9hG4bKmore\r\n",
	"v:SIP/2.0/UDP more.example;branch=z9hG4bKmore\r\n",
	"Viax: SIP/2.0/UDP more.example;branch=z9hG4bKmore\r\n",
	"Call-ID: more\r\n",
	"CSeq: 99 BYE\r\n",
	"From: <sip:more@h.example>;tag=more\r\n",
	"X-Quoted: \"open\r\n",
	"Call-ID:\r\n",
	"Call-ID : spaced\r\n",
	"Call-IDs: other\r\n",
	"Call ID: other\r\n",
	"From-X: other\r\n",
	"\r",
	"\v: x\r\n",
	"\xc3\xa9: x\r\n",
	"Via\t: SIP/2.0/UDP more.example;branch=z9hG4bKtab\r\n",
	"Via\r\n : SIP/2.0/UDP more.example;branch=z9hG4bKfold\r\n",
	"X: y\r\n Via: SIP/2.0/UDP more.example;branch=z9hG4bKfold\r\n",
	"Content-Length: 5\r\n",
	"Route: <sip:h.example;lr>\r\n",
};

#endif
