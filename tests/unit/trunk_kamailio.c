// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Peers in the files of Kamailio and OpenSIPS.
 */
#include "tests/unit/trunk_reading.h"

Test(trunk_kamailio, dispatcher)
{
	trunk_expect(TRUNK_DISPATCHER,
		     "# setid destination flags priority attributes\n"
		     "1 sip:203.0.113.10:5060 0 0 weight=50;duid=a\n"
		     "1 sip:203.0.113.11;transport=tcp 0 10\n"
		     "  2\tsips:[2001:db8:5::1]:5061\n"
		     "3 sip:gw.carrier.example:5080 8 0\n"
		     "# 4 sip:203.0.113.99 0 0\n"
		     "\r\n"
		     "5 sip:127.0.0.1:5090\n"
		     "6 http:203.0.113.77\n"
		     "7\n"
		     "8 sip:proxy@203.0.113.12:5060;lr\r\n",
		     "dispatcher-1 203.0.113.10 f:2\n"
		     "dispatcher-1 203.0.113.11 f:3\n"
		     "dispatcher-2 2001:db8:5::1 f:4\n"
		     "dispatcher-3 gw.carrier.example f:5\n"
		     "dispatcher-8 203.0.113.12 f:11\n");
}

Test(trunk_kamailio, address_file)
{
	trunk_expect(TRUNK_ADDRESS,
		     "# group address mask port tag\n"
		     "1 203.0.113.0 28 5060 trunk-a\n"
		     "1 198.51.100.7\n"
		     "2 198.51.100.64/26 0 0\n"
		     "2 192.0.2.77 24 0 with host bits\n"
		     "3 pbx.example 32 0\n"
		     "4 2001:db8:9:: 48\n"
		     "5 203.0.113.300 32\n"
		     "6 203.0.113.1 40\n",
		     "address-1 203.0.113.0/28 f:2\n"
		     "address-1 198.51.100.7 f:3\n"
		     "address-2 198.51.100.64/26 f:4\n"
		     "address-2 192.0.2.0/24 f:5\n"
		     "address-3 pbx.example f:6\n"
		     "address-4 2001:db8:9::/48 f:7\n");
}

Test(trunk_kamailio, dbtext)
{
	trunk_expect(TRUNK_DBTEXT,
		     "id(int,auto) setid(int) destination(string) flags(int) priority(int) "
		     "attrs(string) description(string)\n"
		     "1:1:sip\\:203.0.113.10\\:5060:0:0:weight=50:the first\n"
		     "2:1:sip\\:[2001\\:db8\\:\\:5]:0:0::\n",
		     "dispatcher-1 203.0.113.10 f:2\n"
		     "dispatcher-1 2001:db8::5 f:3\n");
	trunk_expect(TRUNK_DBTEXT,
		     "id(int,auto) grp(int) ip_addr(string) mask(int) port(int) tag(string,null)\n"
		     "1:7:203.0.113.0:28:5060:x\n"
		     "2:7:pbx.example:32:0:\n"
		     "3:7\n",
		     "address-7 203.0.113.0/28 f:2\n"
		     "address-7 pbx.example f:3\n");
	trunk_expect(TRUNK_DBTEXT, "", "");
}

static void expect_source(const struct trunk_sources *sources, size_t i, enum trunk_kind kind,
			  const char *path)
{
	cr_assert_lt(i, sources->count);
	cr_assert_eq(sources->item[i].kind, kind);
	cr_assert_str_eq(sources->item[i].path, path);
}

Test(trunk_kamailio, cfg_names_files)
{
	struct trunk_reading reading = { 0 };

	trunk_reading_of(
		&reading, TRUNK_KAMAILIO_CFG, "/etc/kamailio/kamailio.cfg",
		"#!KAMAILIO\n"
		"#!define DBURL \"text:///etc/kamailio/dbtext\"\n"
		"include_file \"local.cfg\"\n"
		"# modparam(\"dispatcher\", \"list_file\", \"/etc/old.list\")\n"
		"modparam(\"dispatcher\", \"list_file\", \"/etc/kamailio/trunks.list\")\n"
		"\tmodparam ( \"permissions\" , \"address_file\" , \"/srv/address.list\" )\n"
		"modparam(\"dispatcher\", \"ds_ping_interval\", 10)\n"
		"modparam(\"dispatcher\", \"list_file\", \"/etc/kamailio/trunks.list\")\n"
		"modparam(\"dispatcher\", \"list_file\", \"unfinished\n");
	expect_source(&reading.more, 0, TRUNK_DBTEXT, "/etc/kamailio/dbtext/dispatcher");
	expect_source(&reading.more, 1, TRUNK_DBTEXT, "/etc/kamailio/dbtext/address");
	expect_source(&reading.more, 2, TRUNK_KAMAILIO_CFG, "/etc/kamailio/local.cfg");
	expect_source(&reading.more, 3, TRUNK_DISPATCHER, "/etc/kamailio/trunks.list");
	expect_source(&reading.more, 4, TRUNK_ADDRESS, "/srv/address.list");
	cr_assert_eq(reading.more.count, 5);
	cr_assert_eq(reading.trunks.count, 0);
	trunk_reading_end(&reading);
}

/* What is commented out names nothing, however; what stands in quotes is no comment. */
Test(trunk_kamailio, cfg_comments)
{
	struct trunk_reading reading = { 0 };

	trunk_reading_of(&reading, TRUNK_KAMAILIO_CFG, "/etc/kamailio/kamailio.cfg",
			 "/* modparam(\"dispatcher\", \"list_file\", \"/etc/one.list\") */\n"
			 "/*\n"
			 "modparam(\"dispatcher\", \"list_file\", \"/etc/two.list\")\n"
			 "include_file \"three.cfg\" /* none within another */\n"
			 "loadmodule \"tm.so\" /* a comment\n"
			 "modparam(\"dispatcher\", \"list_file\", \"/etc/four.list\")\n"
			 "*/ modparam(\"dispatcher\", \"list_file\", \"/etc/five.list\")\n"
			 "# no comment begins here: /*\n"
			 "log_prefix=\"/*\" // nor here: /*\n"
			 "/**//* */modparam(\"dispatcher\", \"list_file\", \"/etc/six.list\")\n"
			 "x=1 /* begins */ /* and goes on\n"
			 "modparam(\"dispatcher\", \"list_file\", \"/etc/seven.list\")\n"
			 "**/\n"
			 "modparam(\"permissions\", \"address_file\", \"/etc/eight.list\")\n"
			 "/*/ modparam(\"permissions\", \"address_file\", \"/etc/nine.list\")\n");
	expect_source(&reading.more, 0, TRUNK_DISPATCHER, "/etc/five.list");
	expect_source(&reading.more, 1, TRUNK_DISPATCHER, "/etc/six.list");
	expect_source(&reading.more, 2, TRUNK_ADDRESS, "/etc/eight.list");
	cr_assert_eq(reading.more.count, 3);
	trunk_reading_end(&reading);
}
