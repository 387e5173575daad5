// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The policy that is made of what was found on a host: it must be one, and hold what was found.
 */
#include "tests/unit/trunk_reading.h"

#include <netinet/in.h>
#include <string.h>

#include "user/init.h"

static struct net_socket socket_of(__u8 protocol, const char *address, __u16 port,
				   const char *process)
{
	struct net_socket socket = { .protocol = protocol, .local_port = port, .server = true };

	cr_assert_eq(addr_parse(address, &socket.local), 0);
	snprintf(socket.process, sizeof(socket.process), "%s", process);
	return socket;
}

/* The policy of what was found, read back. */
static struct policy_doc policy_of(struct init_found *found, char **text)
{
	struct policy_doc doc;
	size_t len;
	FILE *out = open_memstream(text, &len);

	found->dev = "eth0";
	listening_judge(&found->sockets);
	trunk_judge(&found->trunks, &found->around.own);
	cr_assert_eq(init_print_policy(found, out), 0);
	fclose(out);
	cr_assert_eq(policy_parse("init", *text, len, &doc, stderr), 0, "%s", *text);
	return doc;
}

Test(init_policy, of_an_empty_host_has_the_defaults_in_shadow)
{
	struct init_found found = { 0 };
	struct policy_doc doc, defaults;
	char *text;

	doc = policy_of(&found, &text);
	policy_defaults(&defaults);
	cr_assert_eq(doc.mode, ACTION_SHADOW);
	cr_assert_eq(doc.listeners, defaults.listeners);
	cr_assert_eq(doc.carriers, 0);
	cr_assert_eq(doc.allow.count, 0);
	policy_free(&doc);
	policy_free(&defaults);
	free(text);
}

Test(init_policy, names_listeners_only_beside_the_default_port)
{
	struct net_socket usual[] = {
		socket_of(IPPROTO_UDP, "192.0.2.10", 5060, "kamailio"),
		socket_of(IPPROTO_TCP, "192.0.2.10", 5061, "kamailio"),
	};
	struct net_socket more[] = {
		socket_of(IPPROTO_UDP, "0.0.0.0", 5060, "asterisk"),
		socket_of(IPPROTO_UDP, "::", 5160, "asterisk"),
		socket_of(IPPROTO_UDP, "0.0.0.0", 5160, "asterisk"),
		socket_of(IPPROTO_UDP, "2001:db8::1", 5080, "asterisk"),
		socket_of(IPPROTO_TCP, "2001:db8::1", 5080, "asterisk"),
	};
	struct init_listener list[POLICY_LISTENERS_MAX];
	struct init_found found = { .sockets = { usual, 2 } };
	struct policy_doc doc;
	char *text;

	listening_judge(&found.sockets);
	cr_assert_eq(init_listeners(&found.sockets, list), 0);
	found.sockets = (struct net_sockets){ more, 5 };
	doc = policy_of(&found, &text);
	cr_assert_eq(doc.listeners, 5, "%s", text);
	cr_assert_eq(doc.listener[2].port, 5160);
	cr_assert_not(doc.listener[2].has_address);
	cr_assert_eq(doc.listener[4].transport, LISTENER_TCP);
	cr_assert(doc.listener[4].has_address);
	policy_free(&doc);
	free(text);
}

Test(init_policy, has_the_carriers_and_where_they_stood)
{
	struct trunk_reading reading = { 0 };
	struct init_found found = { 0 };
	struct policy_doc doc;
	char *text;

	trunk_reading_of(&reading, TRUNK_PJSIP, "/etc/asterisk/pj\nsip.conf",
			 "[0x10]\ntype=identify\nmatch=203.0.113.1,fd00::,sip.example\n"
			 "[true]\ntype=identify\nmatch=198.51.100.0/24\n"
			 "[covered]\ntype=identify\nmatch=198.51.100.9\n");
	found.trunks = reading.trunks;
	doc = policy_of(&found, &text);
	cr_assert_eq(doc.carriers, 2);
	cr_assert_str_eq(doc.carrier[0].name, "0x10");
	cr_assert_eq(doc.carrier[0].prefixes.count, 2);
	cr_assert_str_eq(doc.carrier[1].name, "true");
	cr_assert_not_null(strstr(text, "\"198.51.100.0/24\" # /etc/asterisk/pj?sip.conf:6\n"));
	cr_assert_not_null(
		strstr(text, "#   0x10 sip.example, /etc/asterisk/pj?sip.conf:3: a name"));
	cr_assert_not_null(strstr(text, "#   covered 198.51.100.9, "));
	policy_free(&doc);
	free(text);
	trunk_reading_end(&reading);
}

Test(init_policy, joins_what_is_too_many)
{
	struct trunk_reading reading = { 0 };
	struct init_found found = { 0 };
	struct policy_doc doc;
	char lines[100 * 32], *text;
	size_t len = 0;

	for (int i = 0; i < 100; i++)
		len += (size_t)snprintf(lines + len, sizeof(lines) - len, "%d sip:203.0.113.%d\n",
					i, i + 1);
	trunk_reading_of(&reading, TRUNK_DISPATCHER, "f", lines);
	found.trunks = reading.trunks;
	doc = policy_of(&found, &text);
	cr_assert_eq(doc.carriers, CARRIERS_MAX);
	cr_assert_eq(init_carriers(&found.trunks), CARRIERS_MAX);
	cr_assert_eq(doc.carrier[CARRIERS_MAX - 1].prefixes.count, 100 - CARRIERS_MAX + 1);
	policy_free(&doc);
	free(text);
	trunk_reading_end(&reading);
}

Test(init_policy, json_has_all_that_was_found)
{
	struct trunk_reading reading = { 0 };
	struct init_found found = { .dev = "eth0" };
	json_t *json;

	trunk_reading_of(&reading, TRUNK_DISPATCHER, "f", "1 sip:203.0.113.1\n2 sip:gw.example\n");
	found.trunks = reading.trunks;
	trunk_judge(&found.trunks, &found.around.own);
	json = init_json(&found);
	cr_assert_not_null(json);
	cr_assert_eq(json_array_size(json_object_get(json, "trunks")), 2);
	cr_assert_eq(json_array_size(json_object_get(json, "next")), 4);
	json_decref(json);
	trunk_reading_end(&reading);
}

Test(init_policy, ssh_peers_stand_once)
{
	struct net_socket items[4] = { 0 };
	struct net_sockets sockets = { items, 4 };
	struct addr peer[4];

	for (size_t i = 0; i < 4; i++) {
		items[i] = socket_of(IPPROTO_TCP, "192.0.2.10", 22, i < 3 ? "sshd" : "");
		items[i].established = i != 2;
		items[i].remote.byte[15] = i < 2 ? 1 : 2;
	}
	cr_assert_eq(init_ssh_peers(&sockets, peer, 4), 2);
	cr_assert_eq(init_ssh_peers(&sockets, peer, 1), 1);
}

Test(init_policy, names_the_unit)
{
	char unit[INIT_UNIT_LEN];

	cr_assert_str_eq(init_unit("eth0", unit), "sipshield@eth0");
	cr_assert_str_eq(init_unit("eth0.10", unit), "sipshield@eth0.10");
	cr_assert_str_eq(init_unit("br-lan", unit), "'sipshield@br\\x2dlan'");
	cr_assert_str_eq(init_unit("a-b-c-d-e-f-g-h", unit),
			 "'sipshield@a\\x2db\\x2dc\\x2dd\\x2de\\x2df\\x2dg\\x2dh'");
}
