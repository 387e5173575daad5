// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Signatures and User-Agents of a policy: what they mean, what is said of those that make no sense,
 * and the way to the kernel and back.
 */
#include <criterion/criterion.h>
#include <errno.h>

#include "tests/unit/policy_reading.h"
#include "user/plan.h"
#include "user/policy_json.h"
#include "user/signature.h"

#define WHOLE                                                                                      \
	"signatures:\n"                                                                            \
	"  - name: fraud-prefix\n"                                                                 \
	"    action: enforce\n"                                                                    \
	"    match:\n"                                                                             \
	"      user-agent: {word: VaxSIPUserAgent}\n"                                              \
	"      ruri-user: {prefix: 00442}\n"                                                       \
	"      method: {equals: invite}\n"                                                         \
	"      call-id: {length: 32, chars: hex}\n"                                                \
	"      from-user: {same-as: to-user}\n"                                                    \
	"      from-tag: {own-address: hex}\n"                                                     \
	"      source-port: {equals: 5060}\n"                                                      \
	"      payload-length: {range: 600-620}\n"                                                 \
	"  - {name: b, action: off, match: {branch: {suffix: 'a\"\\b', length: 10-20}}}\n"         \
	"  - {name: c, match: {from-host: {same-as: to-host, equals: EXAMPLE.com}}}\n"             \
	"user-agents: [Foo, 'Bar \"x\\']\n"

/* A policy's messages that are none of errors: what planning it says. */
static char *warnings_of(const struct policy_doc *doc)
{
	char *said = NULL;
	size_t len;
	FILE *warn = open_memstream(&said, &len);
	struct plan plan;

	cr_assert_eq(plan_build(doc, NULL, &plan, warn), 0);
	fclose(warn);
	plan_free(&plan);
	return said;
}

static void expect_atom(const struct signature *rule, unsigned int i, __u8 field, __u8 op,
			const char *operand)
{
	const struct signature_atom *atom = &rule->atom[i];
	char text[SIGNATURE_OPERAND_LEN];

	cr_expect_eq(atom->field, field, "%s: field %u", rule->name, i);
	cr_expect_eq(atom->op, op, "%s: operator %u", rule->name, i);
	cr_expect_str_eq(signature_operand_text(atom, text), operand);
}

Test(policy_signature, meaning)
{
	cleanup_reading struct reading reading = read_policy(WHOLE);
	const struct policy_doc *doc = &reading.doc;
	const struct signature *rule;

	cr_assert_eq(reading.result, 0, "%s", reading.said);
	cr_assert_eq(doc->signatures, 3);
	cr_assert_not_null(doc->signature);
	rule = &doc->signature[0].rule;
	cr_expect_str_eq(rule->name, "fraud-prefix");
	cr_expect_eq(rule->action, ACTION_ENFORCE);
	cr_assert_eq(rule->atoms, 8);
	expect_atom(rule, 0, SIGNATURE_FIELD_METHOD, SIGNATURE_OP_NUMBER, "INVITE");
	expect_atom(rule, 1, SIGNATURE_FIELD_SOURCE_PORT, SIGNATURE_OP_NUMBER, "5060");
	expect_atom(rule, 2, SIGNATURE_FIELD_PAYLOAD_LENGTH, SIGNATURE_OP_NUMBER, "600-620");
	expect_atom(rule, 3, SIGNATURE_FIELD_USER_AGENT, SIGNATURE_OP_WORD, "\"vaxsipuseragent\"");
	cr_expect_eq(rule->atom[3].flags, SIGNATURE_ANY_CASE);
	expect_atom(rule, 4, SIGNATURE_FIELD_CALL_ID, SIGNATURE_OP_CHARS, "hex");
	cr_expect_eq(rule->atom[4].min, 32);
	cr_expect_eq(rule->atom[4].max, 32);
	expect_atom(rule, 5, SIGNATURE_FIELD_RURI_USER, SIGNATURE_OP_PREFIX, "\"00442\"");
	cr_expect_eq(rule->atom[5].flags, 0);
	expect_atom(rule, 6, SIGNATURE_FIELD_FROM_USER, SIGNATURE_OP_SAME, "to-user");
	cr_expect_eq(rule->atom[6].flags, 0);
	expect_atom(rule, 7, SIGNATURE_FIELD_FROM_TAG, SIGNATURE_OP_OWN_ADDRESS, "hex");
	rule = &doc->signature[1].rule;
	cr_expect_eq(rule->action, ACTION_OFF);
	expect_atom(rule, 0, SIGNATURE_FIELD_BRANCH, SIGNATURE_OP_SUFFIX, "\"a\\\"\\\\b\"");
	expect_atom(rule, 1, SIGNATURE_FIELD_BRANCH, SIGNATURE_OP_LENGTH, "10-20");
	rule = &doc->signature[2].rule;
	cr_expect_eq(rule->action, ACTION_SHADOW, "what is new begins in shadow");
	expect_atom(rule, 0, SIGNATURE_FIELD_FROM_HOST, SIGNATURE_OP_EQUALS, "\"example.com\"");
	cr_expect_eq(rule->atom[1].flags, SIGNATURE_ANY_CASE);
	cr_assert_eq(doc->user_agents, 2);
	cr_expect_str_eq(doc->user_agent[1], "Bar \"x\\");
}

Test(policy_signature, default_user_agents)
{
	cleanup_reading struct reading none = read_policy("user-agents: []\n");
	cleanup_reading struct reading blank = read_policy("user-agents:\n");
	cleanup_reading struct reading one = read_policy("user-agents: [x]\n");

	cr_expect_eq(none.doc.user_agents, 0);
	cr_expect_gt(blank.doc.user_agents, 10);
	cr_expect_str_eq(blank.doc.user_agent[0], "friendly-scanner");
	cr_expect_eq(one.doc.user_agents, 1);
}

/* A text that is looked for in any case is in lower case, the name is as it was written. */
Test(policy_signature, agent_as_a_rule)
{
	struct signature rule = signature_of_agent("VaxSIP-9");

	cr_expect_str_eq(rule.name, "VaxSIP-9");
	cr_assert_eq(rule.atoms, 1);
	expect_atom(&rule, 0, SIGNATURE_FIELD_USER_AGENT, SIGNATURE_OP_WORD, "\"vaxsip-9\"");
	cr_expect_eq(rule.atom[0].flags, SIGNATURE_ANY_CASE);
}

static char *printed(const struct policy_doc *doc)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	cr_assert_eq(policy_print(doc, out), 0);
	fclose(out);
	return text;
}

/* Through a plan, which is what the kernel holds, and through its own text. */
Test(policy_signature, round_trip)
{
	cleanup_reading struct reading reading = read_policy(WHOLE);
	struct policy_doc restored;
	struct plan plan;
	char *first, *second;

	cr_assert_eq(reading.result, 0);
	cr_assert_eq(plan_build(&reading.doc, NULL, &plan, NULL), 0);
	cr_assert_eq(plan_restore(&plan, &restored), 0);
	first = printed(&reading.doc);
	second = printed(&restored);
	cr_expect_str_eq(first, second);
	for (size_t i = 0; i < 3; i++)
		cr_expect_eq(memcmp(&reading.doc.signature[i].rule, &restored.signature[i].rule,
				    sizeof(struct signature)),
			     0);
	policy_free(&restored);
	plan_free(&plan);
	{
		cleanup_reading struct reading again = read_policy(first);

		cr_assert_eq(again.result, 0, "%s\n%s", first, again.said);
		free(second);
		second = printed(&again.doc);
		cr_expect_str_eq(first, second);
	}
	free(first);
	free(second);
}

Test(policy_signature, json)
{
	cleanup_reading struct reading reading = read_policy(WHOLE);
	json_t *match;
	char *text;

	cr_assert_eq(reading.result, 0);
	match = policy_match_json(&reading.doc.signature[0].rule);
	text = json_dumps(match, JSON_COMPACT);
	cr_expect_str_eq(text, "{\"method\":{\"equals\":\"INVITE\"},"
			       "\"source-port\":{\"equals\":5060},"
			       "\"payload-length\":{\"range\":\"600-620\"},"
			       "\"user-agent\":{\"word\":\"vaxsipuseragent\"},"
			       "\"call-id\":{\"chars\":\"hex\",\"length\":32},"
			       "\"ruri-user\":{\"prefix\":\"00442\"},"
			       "\"from-user\":{\"same-as\":\"to-user\"},"
			       "\"from-tag\":{\"own-address\":\"hex\"}}");
	free(text);
	json_decref(match);
}

/* --- what is wrong ------------------------------------------------------------------------------*/

/* What stands behind "match: " of a rule, and what is said of it. */
struct bad {
	const char *match;
	const char *said;
};

static char *policy_of(const char *match)
{
	char *text = NULL;

	cr_assert_gt(asprintf(&text, "signatures:\n  - {name: a, match: {%s}}\n", match), 0);
	return text;
}

static void check_bad(const struct bad *bad, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		char *text = policy_of(bad[i].match);
		cleanup_reading struct reading reading = read_policy(text);

		cr_expect_eq(reading.result, -EINVAL, "accepted: %s", bad[i].match);
		cr_expect(strstr(reading.said, bad[i].said), "%s\nsaid %s\nnot  %s", bad[i].match,
			  reading.said, bad[i].said);
		cr_expect(strstr(reading.said, "p.yaml:2:"), "no place: %s", reading.said);
		cr_expect(strstr(reading.said, "; fix: "), "no fix: %s", reading.said);
		free(text);
	}
}

#define CHECK_BAD(bad) check_bad(bad, sizeof(bad) / sizeof((bad)[0]))

Test(policy_signature, words)
{
	static const struct bad bad[] = {
		{ "user-agents: {word: x}",
		  "unknown key 'user-agents' in signatures[1].match; fix: "
		  "did you mean 'user-agent'?" },
		{ "user-agent: {wrod: x}", "unknown key 'wrod' in signatures[1].match.user-agent" },
		{ "user-agent: x", "a value where a block of keys belongs" },
		{ "user-agent: {}", "match.user-agent: asks nothing" },
		{ "", "signatures[1]: asks nothing" },
		{ "user-agent: {prefix: ''}",
		  "an empty text; fix: write 1 to 32 characters, or length: 0\n" },
		{ "user-agent: {word: ''}", "an empty text; fix: write 1 to 32 characters\n" },
		{ "user-agent: {word: -x}",
		  "'-x' begins with no letter or digit; fix: begin with one, or use prefix\n" },
		{ "user-agent: {word: \"a\\u00e4\"}", "is no ASCII text" },
		{ "call-id: {equals: \"a\\tb\"}", "is no ASCII text" },
		{ "call-id: {equals: 123456789012345678901234567890123}",
		  "has 33 characters; fix: write at most 32" },
		{ "call-id: {chars: hexx}",
		  "unknown class of characters 'hexx'; fix: did you mean" },
		{ "call-id: {chars: vowels}", "fix: write one of digit, lower-hex" },
		{ "call-id: {length: 9-3}", "'9-3' is not a number or a range" },
		{ "call-id: {length: 70000}", "'70000' is not a number or a range" },
		{ "call-id: {length: 1-}", "'1-' is not a number or a range" },
		{ "call-id: {chars: hex, length: 0-9}", "chars looks at values of 1 to 128 bytes" },
		{ "call-id: {chars: hex, length: 129}", "chars looks at values of 1 to 128 bytes" },
		{ "from-user: {same-as: from-user}", "from-user is always the same as itself" },
		{ "from-user: {same-as: too-user}", "unknown field 'too-user'; fix: did you mean" },
		{ "from-user: {same-as: method}", "unknown field 'method'" },
		{ "from-tag: {own-address: dec}", "unknown form 'dec'" },
		{ "method: {equals: INVIT}",
		  "unknown method 'INVIT'; fix: did you mean 'INVITE'?" },
		{ "method: {equals: response}", "unknown method 'response'" },
		{ "method: {range: 1-2}", "unknown key 'range'" },
		{ "source-port: {equals: 1-2}", "a range; fix: write \"range: 1-2\"" },
		{ "source-port: {equals: 1, range: 1-2}", "equals and range ask the same" },
		{ "source-port: {prefix: 1}", "unknown key 'prefix'" },
		{ "user-agent: {equals: a, prefix: a, suffix: a, word: a, length: 1}, call-id: "
		  "{equals: a, prefix: a, suffix: a, word: a}",
		  "more than 8 questions" },
	};

	CHECK_BAD(bad);
}

Test(policy_signature, never_hits)
{
	static const struct bad bad[] = {
		{ "call-id: {equals: abc, prefix: b}",
		  "can never hit: no value meets call-id equals \"abc\" and call-id prefix \"b\"" },
		{ "call-id: {equals: abc, prefix: A}", "can never hit" },
		{ "call-id: {equals: abc, suffix: b}", "can never hit" },
		{ "call-id: {equals: abc, word: b}", "can never hit" },
		{ "call-id: {equals: abcde, length: 10}", "and call-id length 10" },
		{ "call-id: {equals: abc, chars: digit}", "and call-id chars digit" },
		{ "call-id: {prefix: abc, chars: digit}", "can never hit" },
		{ "call-id: {prefix: abc, length: 2}", "can never hit" },
		{ "call-id: {prefix: abc, suffix: def, length: 4}",
		  "no value meets all that is asked of call-id" },
		{ "call-id: {word: abc, chars: hex, length: 32}", "can never hit" },
		{ "call-id: {word: abc, prefix: abcd, chars: alnum}", "can never hit" },
		{ "from-tag: {own-address: hex, length: 7}", "can never hit" },
		{ "from-user: {same-as: to-user, equals: a}, to-user: {equals: b}",
		  "which must be the same as another field" },
		{ "from-user: {same-as: to-user, chars: digit}, to-user: {same-as: ruri-user}, "
		  "ruri-user: {prefix: a}",
		  "can never hit" },
		{ "from-user: {same-as: to-user, length: 129}",
		  "from-user length 129, but the field must be the same as another, which allows "
		  "no such value (same-as: 1 to 128 bytes); fix: remove one" },
		{ "from-user: {same-as: to-user, length: 200}", "(same-as: 1 to 128 bytes)" },
		{ "from-user: {same-as: to-user}, to-user: {length: 0}", "to-user length 0, but" },
		{ "from-user: {same-as: to-user, length: 1025}",
		  "at most 1024 bytes of it are read" },
		{ "user-agent: {same-as: from-host, prefix: 'a b'}",
		  "user-agent prefix \"a b\", but the field must be the same as another" },
		{ "from-host: {same-as: to-host, equals: 'a:1'}",
		  "an address or a name without a port" },
		{ "ruri-host: {equals: '192.0.2.1:5060'}", "an address or a name without a port" },
		{ "ruri-host: {equals: '[2001:db8::1]:5060'}",
		  "an address or a name without a port" },
		{ "ruri-host: {prefix: '[2001:db8::1]:'}", "an address or a name without a port" },
		{ "ruri-host: {equals: '[a]b'}", "an address or a name without a port" },
		{ "ruri-host: {prefix: '[', word: 'a]b'}",
		  "no value meets ruri-host prefix \"[\" and ruri-host word \"a]b\"" },
		{ "ruri-user: {equals: 'a@b;c'}",
		  "a user ends before ':' or '@', that of a tel: URI before ';'; fix: write what "
		  "stands before them" },
		{ "ruri-user: {prefix: 'a;', suffix: ':b'}",
		  "no value meets ruri-user prefix \"a;\" and ruri-user suffix \":b\"" },
		{ "branch: {length: 1025}", "at most 1024 bytes of it are read" },
		{ "ruri-user: {length: 600-700}", "at most 512 bytes of it are read" },
		{ "payload-length: {range: 1-8}", "less than 9 bytes is no SIP request" },
	};

	CHECK_BAD(bad);
}

Test(policy_signature, may_hit)
{
	static const char *const good[] = {
		"call-id: {equals: abc, prefix: ab, suffix: bc, word: ABC, chars: hex, length: 3}",
		"user-agent: {equals: ABC, prefix: aB}",
		"call-id: {prefix: abc, suffix: bcd, length: 4}",
		"call-id: {prefix: abab, suffix: abab, length: 6}",
		"call-id: {word: abc, chars: token, length: 32}",
		"call-id: {word: abc, chars: hex}",
		"call-id: {prefix: abc, length: 2000}",
		"from-host: {same-as: to-host, equals: A.b}, to-host: {equals: a.B}",
		"from-user: {same-as: user-agent, equals: A}, user-agent: {equals: a}",
		"ruri-host: {equals: '[2001:db8::1]'}",
		"ruri-host: {suffix: '::1]'}",
		"ruri-host: {prefix: '[2001:db8::1]'}",
		"ruri-host: {equals: '[2001:db8::1'}", /* to the end of the URI */
		"ruri-host: {equals: 'a[]b'}",
		"ruri-host: {length: 0}",
		"ruri-user: {suffix: '@example.com'}", /* of tel: */
		"ruri-user: {equals: 'a:b'}",
		"ruri-user: {equals: 'a;b'}", /* of sip: */
		"from-user: {same-as: from-host, equals: '[::1]'}",
		"from-user: {same-as: to-user, length: 1-200}",
		"from-tag: {own-address: hex, prefix: zz, length: 10}",
		"from-tag: {own-address: hex, chars: lower, length: 40}",
		"payload-length: {range: 1-9}",
		"call-id: {length: 0}",
	};

	for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
		char *text = policy_of(good[i]);
		cleanup_reading struct reading reading = read_policy(text);

		cr_expect_eq(reading.result, 0, "%s\n%s", good[i], reading.said);
		free(text);
	}
}

Test(policy_signature, whole)
{
	static const struct bad bad[] = {
		{ "signatures:\n  - {match: {call-id: {prefix: a}}}\n",
		  "2:5: error: signatures[1]: no "
		  "name" },
		{ "signatures:\n  - {name: 'a b', match: {}}\n", "'a b' is not a name" },
		{ "signatures:\n  - {name: a23456789b123456789c123456789d12, match: {}}\n",
		  "fix: write 1 to 31 letters" },
		{ "signatures:\n  - {name: a, match: {call-id: {prefix: a}}}\n"
		  "  - {name: a, match: {call-id: {prefix: b}}}\n",
		  "3:12: error: signatures[2].name: there is a signature 'a' already" },
		{ "signatures:\n  - {name: a, action: drop, match: {call-id: {prefix: a}}}\n",
		  "unknown word 'drop'" },
		{ "signatures: {name: a}\n", "a block of keys where a list belongs" },
		{ "user-agents: x\n",
		  "a value where a list belongs; fix: write [friendly-scanner]" },
		{ "user-agents: [abc, ABC]\n", "'ABC' is in the list already" },
		{ "user-agents: ['(x)']\n", "begins with no letter or digit; fix: begin with one, "
					    "or write a signature with prefix\n" },
		{ "user-agents: ['']\n", "an empty text; fix: write 1 to 31 characters\n" },
		{ "user-agents: [a2345678901234567890123456789012]\n", "fix: write at most 31" },
	};

	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		cleanup_reading struct reading reading = read_policy(bad[i].match);

		cr_expect_eq(reading.result, -EINVAL, "accepted: %s", bad[i].match);
		cr_expect(strstr(reading.said, bad[i].said), "%s\nsaid %s\nnot  %s", bad[i].match,
			  reading.said, bad[i].said);
	}
}

/* Lists of n entries, made by a format with one number. */
static int read_many(const char *key, const char *entry, int n)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	fprintf(out, "%s:\n", key);
	for (int i = 0; i < n; i++) {
		fputs("  - ", out);
		fprintf(out, *entry == '{' ? "{name: a%d, match: {call-id: {prefix: a}}}" : "a%d",
			i);
		fputc('\n', out);
	}
	fclose(out);
	{
		cleanup_reading struct reading reading = read_policy(text);

		free(text);
		return reading.result;
	}
}

Test(policy_signature, no_more_than_fit)
{
	cr_expect_eq(read_many("signatures", "{", SIGNATURES_MAX), 0);
	cr_expect_eq(read_many("signatures", "{", SIGNATURES_MAX + 1), -EINVAL);
	cr_expect_eq(read_many("user-agents", "", SIGNATURES_MAX), 0);
	cr_expect_eq(read_many("user-agents", "", SIGNATURES_MAX + 1), -EINVAL);
}

/* --- what is probably not meant -----------------------------------------------------------------*/

static void expect_warning(const char *rules, const char *warning)
{
	cleanup_reading struct reading reading = read_policy(rules);
	char *said;

	cr_assert_eq(reading.result, 0, "%s", reading.said);
	said = warnings_of(&reading.doc);
	if (warning)
		cr_expect(strstr(said, warning), "%s\nsaid %s\nnot  %s", rules, said, warning);
	else
		cr_expect_str_empty(said, "%s\nsaid %s", rules, said);
	free(said);
}

#define TWO(first, second)                                                                         \
	"signatures:\n  - {name: a, action: enforce, match: {" first "}}\n"                        \
	"  - {name: b, match: {" second "}}\n"

Test(policy_signature, hidden)
{
	static const char hidden[] = "p.yaml:3: warning: signature b: drops nothing, because a";

	expect_warning(TWO("call-id: {prefix: a}", "call-id: {prefix: ab}"), hidden);
	expect_warning(TWO("call-id: {prefix: a}", "call-id: {equals: ab}, method: {equals: BYE}"),
		       hidden);
	expect_warning(TWO("call-id: {suffix: b}", "call-id: {suffix: ab}"), hidden);
	expect_warning(TWO("call-id: {word: AB}", "call-id: {equals: x-ab}"), hidden);
	expect_warning(TWO("call-id: {chars: hex}", "call-id: {chars: digit, length: 9}"), hidden);
	expect_warning(TWO("call-id: {length: 8-9}", "call-id: {chars: digit, length: 9}"), hidden);
	expect_warning(TWO("source-port: {range: 1-9}", "source-port: {equals: 9}"), hidden);
	expect_warning(TWO("call-id: {prefix: ab}", "call-id: {prefix: a}"), NULL);
	expect_warning(TWO("call-id: {chars: digit}", "call-id: {chars: hex}"), NULL);
	expect_warning(TWO("call-id: {prefix: a}", "branch: {prefix: a}"), NULL);
	/* "ABC" is the second's, not the first's */
	expect_warning(TWO("user-agent: {chars: lower}", "user-agent: {equals: abc}"), NULL);
	expect_warning(TWO("call-id: {prefix: a}, method: {equals: BYE}", "call-id: {prefix: a}"),
		       NULL);
	expect_warning(TWO("call-id: {equals: ab}", "call-id: {word: ab}"), NULL);
	expect_warning("signatures:\n  - {name: a, match: {call-id: {prefix: a}}}\n"
		       "  - {name: b, match: {call-id: {prefix: a}}}\n",
		       NULL);
}

Test(policy_signature, hits_all)
{
	static const char all[] = "p.yaml:2: warning: signature a: hits every request";

	expect_warning("signatures:\n  - {name: a, match: {payload-length: {range: 0-65535}}}\n",
		       all);
	expect_warning("signatures:\n  - {name: a, match: {source-port: {range: 0-65535}, call-id: "
		       "{length: 0-2000}}}\n",
		       all);
	expect_warning("signatures:\n  - {name: a, match: {source-port: {range: 1024-65535}}}\n",
		       NULL);
	expect_warning("signatures:\n  - {name: a, action: off, match: {source-port: {range: "
		       "0-65535}}}\n",
		       NULL);
}
