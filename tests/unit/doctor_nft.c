// SPDX-License-Identifier: GPL-2.0-or-later
/* Rules of nftables that undo what the shield lets pass. */
#include <criterion/criterion.h>
#include <netinet/in.h>
#include <string.h>

#include "user/doctor_nft.h"

#define CHAIN(policy)                                                                              \
	"{\"chain\":{\"family\":\"inet\",\"table\":\"filter\",\"name\":\"in\",\"handle\":1,"       \
	"\"type\":\"filter\",\"hook\":\"input\",\"prio\":0,\"policy\":\"" policy "\"}}"
#define RULE(expr)                                                                                 \
	"{\"rule\":{\"family\":\"inet\",\"table\":\"filter\",\"chain\":\"in\",\"handle\":2,"       \
	"\"expr\":[" expr "]}}"
#define DPORT(op, right)                                                                           \
	"{\"match\":{\"op\":\"" op "\",\"left\":{\"payload\":{\"protocol\":\"udp\","               \
	"\"field\":\"dport\"}},\"right\":" right "}}"
#define RULESET(...) "{\"nftables\":[{\"metainfo\":{\"json_schema_version\":1}}," __VA_ARGS__ "]}"

static struct nft_view view_of(const char *json)
{
	const struct nft_port port = { IPPROTO_UDP, 5060 };
	struct nft_view view;

	cr_assert_eq(nft_read(json, &port, 1, &view), 0, "%s", json);
	return view;
}

Test(doctor_nft, rules_that_drop)
{
	static const struct {
		const char *json;
		unsigned int drops;
	} cases[] = {
		{ RULESET(RULE(DPORT("==", "5060") ",{\"drop\":null}")), 1 },
		{ RULESET(RULE(DPORT("==", "5061") ",{\"drop\":null}")), 0 },
		{ RULESET(RULE(DPORT("==", "5060") ",{\"accept\":null}")), 0 },
		{ RULESET(RULE(DPORT("!=", "5060") ",{\"drop\":null}")), 0 },
		{ RULESET(RULE(DPORT("==",
				     "{\"set\":[53,{\"range\":[5000,5100]}]}") ",{\"reject\":{}}")),
		  1 },
		{ RULESET(RULE("{\"drop\":null}")), 0 },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
		cr_expect_eq(view_of(cases[i].json).drops, cases[i].drops, "%s", cases[i].json);
	cr_assert_str_eq(view_of(cases[0].json).rule, "inet filter in");
}

Test(doctor_nft, chains_that_are_closed)
{
	struct nft_view view = view_of(RULESET(CHAIN("drop")));

	cr_assert(view.closed);
	cr_assert_str_eq(view.chain, "inet filter in");
	cr_assert_not(view_of(RULESET(CHAIN("accept"))).closed);
	cr_assert_not(
		view_of(RULESET(CHAIN("drop") "," RULE(DPORT("==", "5060") ",{\"accept\":null}")))
			.closed);
	cr_assert_not(view_of(RULESET(CHAIN("drop") "," RULE("{\"accept\":null}"))).closed);
	cr_assert(view_of(RULESET(CHAIN("drop") "," RULE(DPORT("==", "53") ",{\"accept\":null}")))
			  .closed);
	/* most rule sets end with a rule, not with a policy */
	cr_assert(view_of(RULESET(CHAIN("accept") "," RULE("{\"drop\":null}"))).closed);
	cr_assert(view_of(RULESET(CHAIN("accept") "," RULE("{\"counter\":{\"packets\":1}},"
							   "{\"log\":null},{\"reject\":{}}")))
			  .closed);
	cr_assert_not(
		view_of(RULESET(CHAIN("accept") "," RULE(DPORT("==", "53") ",{\"drop\":null}")))
			.closed);
	cr_assert_not(
		view_of(RULESET(CHAIN("accept") "," RULE(DPORT(
				"==", "5060") ",{\"accept\":null}") "," RULE("{\"drop\":null}")))
			.closed);
	cr_assert_not(
		view_of(RULESET(CHAIN("drop") "," RULE("{\"counter\":null},{\"accept\":null}")))
			.closed);
}

Test(doctor_nft, what_is_none)
{
	struct nft_view view = { .drops = 77 };

	cr_assert_eq(nft_read("", NULL, 0, &view), -22);
	cr_assert_eq(nft_read("{\"nftables\": 5}", NULL, 0, &view), -22);
	cr_assert_eq(nft_read("[", NULL, 0, &view), -22);
	cr_assert_eq(view.drops, 77);
}
