// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Peers in the configuration of Asterisk and FreeSWITCH.
 */
#include "tests/unit/trunk_reading.h"

Test(trunk_asterisk, pjsip)
{
	trunk_expect(TRUNK_PJSIP,
		     "; a trunk\n"
		     "[transport-udp]\n"
		     "type=transport\n"
		     "bind=0.0.0.0:5060\n"
		     "[trunk-a]\n"
		     "type = endpoint\n"
		     "aors = trunk-a-aor\n"
		     "[trunk-a-aor]\n"
		     "type=aor\n"
		     "contact=sip:203.0.113.10:5060\n"
		     "[trunk-a-identify]\n"
		     "type=identify\n"
		     "match=203.0.113.10,203.0.113.11 ; both gateways\n"
		     "match => 198.51.100.0/255.255.255.240\n"
		     "match=sip.carrier.example\n"
		     "endpoint=trunk-a\n"
		     "[1001]\n"
		     "type=aor\n"
		     "max_contacts=1\n",
		     "trunk-a-aor 203.0.113.10 f:10\n"
		     "trunk-a 203.0.113.10 f:13\n"
		     "trunk-a 203.0.113.11 f:13\n"
		     "trunk-a 198.51.100.0/28 f:14\n"
		     "trunk-a sip.carrier.example f:15\n");
}

Test(trunk_asterisk, templates_and_comments)
{
	trunk_expect(TRUNK_PJSIP,
		     "[gateways](!)\n"
		     "type=identify\n"
		     "match=192.0.2.1\n"
		     "[a](gateways)\n"
		     "match=203.0.113.1\n"
		     ";-- all of this\n"
		     "[b](gateways)\n"
		     "match=203.0.113.2\n"
		     "--;\n"
		     ";--- a line of its own\n"
		     "match=203.0.113.3\n"
		     "[wizard]\n"
		     "type=wizard\n"
		     "remote_hosts=203.0.113.4:5060, 203.0.113.5\n",
		     "a 203.0.113.1 f:5\n"
		     "a 203.0.113.3 f:11\n"
		     "wizard 203.0.113.4 f:14\n"
		     "wizard 203.0.113.5 f:14\n");
}

Test(trunk_asterisk, chan_sip)
{
	trunk_expect(TRUNK_CHAN_SIP,
		     "[general]\n"
		     "udpbindaddr=0.0.0.0\n"
		     "[carrier b/1]\n"
		     "type=peer\n"
		     "host=203.0.113.20\n"
		     "permit=0.0.0.0/0.0.0.0\n"
		     "[2001]\n"
		     "type=friend\n"
		     "host=dynamic\n"
		     "[in]\n"
		     "type=user\n"
		     "host=203.0.113.30\n",
		     "carrier_b_1 203.0.113.20 f:5\n");
}

Test(trunk_asterisk, includes)
{
	struct trunk_reading reading = { 0 };

	trunk_reading_of(&reading, TRUNK_PJSIP, "/etc/asterisk/pjsip.conf",
			 "#include \"pjsip.d/*.conf\"\n"
			 "#tryinclude pjsip_custom.conf ; FreePBX\n"
			 "#exec /bin/true\n"
			 "#include </opt/more.conf>\n");
	cr_assert_eq(reading.more.count, 3);
	cr_assert_str_eq(reading.more.item[0].path, "/etc/asterisk/pjsip.d/*.conf");
	cr_assert_str_eq(reading.more.item[1].path, "/etc/asterisk/pjsip_custom.conf");
	cr_assert_str_eq(reading.more.item[2].path, "/opt/more.conf");
	cr_assert_eq(reading.more.item[2].kind, TRUNK_PJSIP);
	trunk_reading_end(&reading);
}

Test(trunk_freeswitch, gateways)
{
	trunk_expect(TRUNK_FREESWITCH,
		     "<include>\n"
		     "  <gateway name=\"carrier-c\">\n"
		     "    <!-- <param name=\"proxy\" value=\"203.0.113.99\"/> -->\n"
		     "    <param name=\"username\" value=\"me\"/>\n"
		     "    <param name=\"proxy\" value=\"203.0.113.40:5080\"/>\n"
		     "    <param name='realm'\n"
		     "           value='sip.c.example'/>\n"
		     "    <param name=\"outbound-proxy\" value=\"$${outbound}\"/>\n"
		     "  </gateway>\n"
		     "  <param name=\"proxy\" value=\"203.0.113.98\"/>\n"
		     "</include>\n",
		     "carrier-c 203.0.113.40 f:5\n"
		     "carrier-c sip.c.example f:6\n");
}

Test(trunk_freeswitch, access_lists)
{
	trunk_expect(TRUNK_FREESWITCH,
		     "<configuration name=\"acl.conf\"><network-lists>\n"
		     "<list name=\"lan\" default=\"allow\">\n"
		     "<node type=\"allow\" cidr=\"192.168.42.42/32\"/></list>\n"
		     "<list name=\"trunks\" default=\"deny\">\n"
		     "<node type=\"allow\" cidr=\"203.0.113.64/27\"/>\n"
		     "<node type=\"deny\" cidr=\"203.0.113.65/32\"/>\n"
		     "<node type=\"allow\" domain=\"$${domain}\"/></list>\n"
		     "</network-lists></configuration>\n",
		     "trunks 203.0.113.64/27 f:5\n");
}

Test(trunk_freeswitch, unfinished)
{
	trunk_expect(TRUNK_FREESWITCH, "<gateway name=\"a\"><param name=\"proxy\" value=\"203.0",
		     "");
	trunk_expect(TRUNK_FREESWITCH, "<gateway name=\"a\"><!-- <param name=\"proxy\"", "");
	trunk_expect(TRUNK_FREESWITCH, "<", "");
}
