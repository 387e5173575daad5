// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What an operator reads about a policy that is not one.
 */
#include <criterion/criterion.h>
#include <errno.h>

#include "tests/unit/policy_reading.h"

/* The text of a policy and how its first message begins, behind "p.yaml:". */
struct bad {
	const char *text;
	const char *said;
};

static void check_all(const struct bad *bad, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		cleanup_reading struct reading reading = read_policy(bad[i].text);
		char *expected = NULL;

		cr_assert_gt(asprintf(&expected, "p.yaml:%s", bad[i].said), 0);
		cr_expect_eq(reading.result, -EINVAL, "accepted: %s", bad[i].text);
		cr_expect(!strncmp(reading.said, expected, strlen(expected)),
			  "%s\nsaid %s\nnot  %s", bad[i].text, reading.said, expected);
		cr_expect(strstr(reading.said, "; fix: "), "no fix: %s", reading.said);
		free(expected);
	}
}

#define CHECK_ALL(bad) check_all(bad, sizeof(bad) / sizeof((bad)[0]))

Test(policy_error, keys)
{
	static const struct bad bad[] = {
		{ "mode: enforce\nlistners: []\n",
		  "2:1: error: unknown key 'listners' in the policy; fix: did you mean 'listeners'?" },
		{ "zzz: 1\n", "1:1: error: unknown key 'zzz' in the policy; fix: remove it" },
		{ "limits:\n  unknown:\n    invte: {}\n",
		  "3:5: error: unknown key 'invte' in limits.unknown; fix: did you mean 'invite'?" },
		{ "limits: {carrier: {}}\n", "1:10: error: unknown key 'carrier' in limits" },
		{ "rules: {source-rat: off}\n",
		  "1:9: error: unknown key 'source-rat' in rules; fix: did you mean 'source-rate'?" },
		{ "rules: {request: off}\n", "1:9: error: unknown key 'request' in rules" },
		{ "mode: off\nmode: off\n",
		  "2:1: error: key 'mode' of the policy stands in line 1 already" },
		{ "lanes:\n  other: {rate: 1, rate: 2}\n",
		  "2:20: error: key 'rate' of lanes.other stands in line 2 already" },
		{ "? [a]\n: b\n", "1:3: error: a list as a key of the policy" },
		{ "- mode\n", "1:1: error: a list where a block of keys belongs" },
		{ "enforce\n", "1:1: error: a value where a block of keys belongs" },
		{ "rules: off\n", "1:8: error: rules: a value where a block of keys belongs" },
	};

	CHECK_ALL(bad);
}

Test(policy_error, words)
{
	static const struct bad bad[] = {
		{ "mode: enfroce\n",
		  "1:7: error: mode: unknown word 'enfroce'; fix: did you mean 'enforce'?" },
		{ "mode: yes\n",
		  "1:7: error: mode: unknown word 'yes'; fix: write enforce, shadow" },
		{ "mode: on\n", "1:7: error: mode: unknown word 'on'; fix: write enforce, shadow" },
		{ "mode: [off]\n", "1:7: error: mode: a list where one value belongs" },
		{ "mode:\n", "1:6: error: mode: no value; fix: write enforce" },
		{ "mode: score\n",
		  "1:7: error: mode: unknown word 'score'; fix: write enforce, shadow or off" },
		{ "mode: \"\"\n", "1:7: error: mode: unknown word ''" },
		{ "rules: {banned: score}\n",
		  "1:17: error: rules.banned: unknown word 'score'; fix: write enforce, shadow or" },
		{ "rules: {cseq-method: yes}\n",
		  "1:22: error: rules.cseq-method: unknown word 'yes'; fix: write enforce, score" },
		{ "rules: {cseq-method: scor}\n",
		  "1:22: error: rules.cseq-method: unknown word 'scor'; fix: did you mean 'score'?" },
		{ "rules: {banned: no}\n", "1:17: error: rules.banned: unknown word 'no'" },
		{ "mode: \"off\\0\"\n", "1:7: error: mode: 'off?' holds a NUL" },
	};

	CHECK_ALL(bad);
}

Test(policy_error, numbers)
{
	static const struct bad bad[] = {
		{ "limits: {unknown: {invite: {rate: twenty}}}\n",
		  "1:35: error: limits.unknown.invite.rate: 'twenty' is not a rate" },
		{ "lanes: {other: {rate: 1/d}}\n",
		  "1:23: error: lanes.other.rate: '1/d' is not a" },
		{ "lanes: {other: {rate: -1}}\n", "1:23: error: lanes.other.rate: '-1' is not a" },
		{ "lanes: {other: {rate: 1e3}}\n",
		  "1:23: error: lanes.other.rate: '1e3' is not a" },
		{ "lanes: {other: {rate: 0x10}}\n",
		  "1:23: error: lanes.other.rate: '0x10' is not" },
		{ "lanes: {other: {rate: 0.0000001}}\n",
		  "1:23: error: lanes.other.rate: '0.0000001'" },
		{ "lanes: {other: {rate: 10000001}}\n",
		  "1:23: error: lanes.other.rate: 10000001 is out of range; fix: write 1/h to "
		  "10000000/s" },
		{ "lanes: {other: {rate: 0.5/h}}\n",
		  "1:23: error: lanes.other.rate: 0.5/h is out" },
		{ "lanes: {other: {burst: 0}}\n",
		  "1:24: error: lanes.other.burst: 0 is out of range" },
		{ "lanes: {other: {burst: 1.5}}\n",
		  "1:24: error: lanes.other.burst: '1.5' is not a" },
		{ "lanes: {other: {burst: 2/s}}\n",
		  "1:24: error: lanes.other.burst: '2/s' is not a" },
		{ "ipv6-prefix: 31\n", "1:14: error: ipv6-prefix: 31 is out of range" },
		{ "ipv6-prefix: 129\n", "1:14: error: ipv6-prefix: 129 is out of range" },
		{ "ipv6-prefix: /64\n", "1:14: error: ipv6-prefix: '/64' is not a prefix length" },
		{ "work-per-tick: 0\n", "1:16: error: work-per-tick: 0 is out of range" },
		{ "events-per-second: 9999999999999\n", "1:20: error: events-per-second: '99999" },
		{ "standing: {trust: 1}\n", "1:19: error: standing.trust: '1' is not a time" },
		{ "standing: {trust: 1m1h}\n",
		  "1:19: error: standing.trust: '1m1h' is not a time" },
		{ "standing: {trust: 0s}\n", "1:19: error: standing.trust: 0s is out of range" },
		{ "standing: {trust: 366d}\n",
		  "1:19: error: standing.trust: 366d is out of range" },
		{ "standing: {proven: 10}\n", "1:20: error: standing.proven: '10' is not a time" },
		{ "standing: {proven: 0s}\n", "1:20: error: standing.proven: 0s is out of range" },
		{ "standing: {earned: 0}\n", "1:20: error: standing.earned: 0 is out of range" },
		{ "standing: {earned: 1025}\n",
		  "1:20: error: standing.earned: 1025 is out of range; fix: write a number from 1 "
		  "to 1024" },
		{ "standing: {earned: 1.5}\n", "1:20: error: standing.earned: '1.5' is not a" },
		{ "lanes: {minimum: 10}\n", "1:18: error: lanes.minimum: '10' is not a share" },
		{ "lanes: {minimum: 0.1}\n", "1:18: error: lanes.minimum: '0.1' is not a share" },
		{ "lanes: {minimum: -1%}\n", "1:18: error: lanes.minimum: '-1%' is not a share" },
		{ "lanes: {minimum: 0%}\n", "1:18: error: lanes.minimum: 0% is out of range" },
		{ "lanes: {minimum: 101%}\n", "1:18: error: lanes.minimum: 101% is out of range" },
		{ "lanes: {minimum: 18446744073709551617%}\n",
		  "1:18: error: lanes.minimum: 18446744073709551617% is out of range" },
	};

	CHECK_ALL(bad);
}

Test(policy_error, prefixes)
{
	static const struct bad bad[] = {
		{ "allow:\n  - 10.0.0.1/8\n",
		  "2:5: error: allow[1]: '10.0.0.1/8' has bits set behind its length; fix: write "
		  "10.0.0.0/8" },
		{ "allow: [2001:db8::1/32]\n",
		  "1:9: error: allow[1]: '2001:db8::1/32' has bits set behind its length; fix: write "
		  "2001:db8::/32" },
		{ "deny: [10.0.0.0/33]\n", "1:8: error: deny[1]: '10.0.0.0/33' has a length" },
		{ "deny: [10.0.0.0/8x]\n", "1:8: error: deny[1]: '10.0.0.0/8x' is not an address" },
		{ "deny: [sip.example.com]\n", "1:8: error: deny[1]: 'sip.example.com' is not an" },
		{ "deny: [192.0.2.1, 10.1]\n", "1:19: error: deny[2]: '10.1' is not an address" },
		{ "deny: [\"::/0\"]\n", "1:8: error: deny[1]: '::/0' takes in all of IPv4" },
		{ "deny: [\"::/80\"]\n", "1:8: error: deny[1]: '::/80' takes in all of IPv4" },
		{ "deny: 10.0.0.0/8\n",
		  "1:7: error: deny: a value where a list belongs; fix: write [" },
		{ "deny: [[10.0.0.0/8]]\n", "1:8: error: deny[1]: a list where one value belongs" },
		{ "deny:\n  -\n", "2:4: error: deny[1]: no value" },
		{ "deny: [::1]\n",
		  "1:8: error: YAML: did not find expected node content while parsing "
		  "a flow node; fix: put quotes around an IPv6 address" },
		{ "allow: [192.0.2.1]\ndeny:\n  - 198.51.100.1\n  - 192.0.2.1\n",
		  "4:5: error: deny: 192.0.2.1 is allowed in p.yaml:1; fix: remove one" },
		{ "deny: [192.0.2.0/24]\nallow: [192.0.2.0/24]\n",
		  "2:9: error: allow: 192.0.2.0/24 is denied in p.yaml:1; fix: remove one" },
	};

	CHECK_ALL(bad);
}

Test(policy_error, listeners)
{
	static const struct bad bad[] = {
		{ "listeners: []\n", "1:12: error: listeners: an empty list protects nothing" },
		{ "listeners: [{transport: tls}]\n",
		  "1:25: error: listeners[1].transport: unknown transport 'tls'" },
		{ "listeners: [{port: 0}]\n", "1:20: error: listeners[1].port: 0 is out of range" },
		{ "listeners: [{port: 65536}]\n", "1:20: error: listeners[1].port: 65536 is out" },
		{ "listeners: [{port: sip}]\n",
		  "1:20: error: listeners[1].port: 'sip' is not a port" },
		{ "listeners: [{address: 10.0.0.0/8}]\n",
		  "1:23: error: listeners[1].address: '10.0.0.0/8' is not an address" },
		{ "listeners:\n  - {port: 5060}\n  - {transport: tcp}\n",
		  "3:5: error: listeners[2]: the same as an entry before" },
		{ "listeners: [5060]\n",
		  "1:13: error: listeners[1]: a value where a block of keys" },
	};

	CHECK_ALL(bad);
}

Test(policy_error, carriers)
{
	static const struct bad bad[] = {
		{ "carriers: [{prefixes: [192.0.2.1]}]\n", "1:12: error: carriers[1]: no name" },
		{ "carriers: [{name: a}]\n", "1:12: error: carrier a: no prefixes" },
		{ "carriers: [{name: a b, prefixes: [192.0.2.1]}]\n",
		  "1:19: error: carriers[1].name: 'a b' is not a name" },
		{ "carriers: [{name: \"\", prefixes: [192.0.2.1]}]\n",
		  "1:19: error: carriers[1].name: '' is not a name" },
		{ "carriers: [{name: a, cps: 0, prefixes: [192.0.2.1]}]\n",
		  "1:27: error: carriers[1].cps: 0 is out of range" },
		{ "carriers:\n  - {name: a, prefixes: [192.0.2.1]}\n"
		  "  - {name: a, prefixes: [192.0.2.2]}\n",
		  "3:12: error: carriers[2].name: there is a carrier 'a' already" },
		{ "carriers:\n  - {name: a, prefixes: [192.0.2.0/24]}\n"
		  "  - {name: b, prefixes: [192.0.2.2]}\n",
		  "3:26: error: carrier b: 192.0.2.2 overlaps 192.0.2.0/24 of carrier a in p.yaml:2" },
		{ "carriers:\n  - {name: a, prefixes: [192.0.2.2]}\n"
		  "  - {name: b, prefixes: [192.0.2.2]}\n",
		  "3:26: error: carrier b: 192.0.2.2 overlaps 192.0.2.2 of carrier a in p.yaml:2" },
	};

	CHECK_ALL(bad);
}

Test(policy_error, yaml)
{
	static const struct bad bad[] = {
		{ "allow: &a [192.0.2.1]\n", "1:8: error: anchor &a; fix: remove it" },
		{ "allow: [192.0.2.1]\ndeny: *a\n", "2:7: error: alias *a; fix: write the value" },
		{ "mode: !!str off\n", "1:7: error: tag tag:yaml.org,2002:str; fix: remove it" },
		{ "mode: ! off\n", "1:7: error: tag !; fix: remove it" },
		{ "---\nmode: off\n---\nmode: off\n",
		  "3:1: error: a second document; fix: remove" },
		{ "mode: off\n\tallow: []\n", "2:1: error: YAML: found a tab character" },
		{ "mode: off: on\n", "1:10: error: YAML: mapping values are not allowed" },
		{ "allow: [192.0.2.1\nmode: off\n",
		  "2:5: error: YAML: did not find expected ',' or" },
		{ "mode: \"off\n",
		  "1:11: error: YAML: the file ends while scanning a quoted scalar; fix: close what "
		  "begins in line 1, or copy the whole file again" },
		{ "mode: off\nallow: [192.0.2.1\n\n",
		  "2:18: error: YAML: the file ends while parsing a flow sequence; fix: close what "
		  "begins in line 2" },
		{ "allow: [{a: ",
		  "1:12: error: YAML: the file ends while parsing a flow node; fix: "
		  "close what begins in line 1" },
		{ "mode: off\nallow\n", "2:1: error: YAML: could not find expected ':'" },
		{ "a: [[[[[[[[[[1]]]]]]]]]]\n", "1:11: error: more than 8 levels" },
		{ "mode: \x01off\n", "1:7: error: control character U+0001; fix: remove it" },
		{ "mode: off # \x7f\n", "1:13: error: control character U+007F" },
		{ "mode: off # \xc2\x85\n", "1:13: error: control character U+0085" },
		{ "mode: off # \xe2\x80\xa8\n", "1:13: error: control character U+2028" },
		{ "# \xc3\xa4\n# \xc3\xa4\xff\n", "2:4: error: byte 0xff is not UTF-8 text" },
		{ "# \xc0\x80\n", "1:3: error: byte 0xc0 is not UTF-8 text" },
		{ "# \xed\xa0\x80\n", "1:3: error: byte 0xed is not UTF-8 text" },
		{ "# \xe2\x82", "1:3: error: byte 0xe2 is not UTF-8 text" },
	};

	CHECK_ALL(bad);
}

Test(policy_error, binary_and_size)
{
	static char large[POLICY_FILE_MAX + 1];
	cleanup_reading struct reading nul = read_bytes("mode: off\n\0\n", 12);
	cleanup_reading struct reading size = { .result = -1 };

	cr_assert_eq(nul.result, -EINVAL);
	cr_assert(!strncmp(nul.said, "p.yaml:2:1: error: control character U+0000", 43));
	memset(large, '\n', sizeof(large));
	size = read_bytes(large, sizeof(large));
	cr_assert_eq(size.result, -EINVAL);
	cr_assert(!strncmp(size.said, "p.yaml:1:1: error: more than 1048576 bytes", 42));
}

/* The whole of a message, and all messages in the order of the lines. */
Test(policy_error, excerpt_and_caret)
{
	cleanup_reading struct reading reading =
		read_policy("deny: [10.0.0.1]\nallow: [10.0.0.1, x]\nmode: \xc3\xa4\n");

	cr_assert_str_eq(
		reading.said,
		"p.yaml:2:9: error: allow: 10.0.0.1 is denied in p.yaml:1; fix: remove one "
		"of the two\n"
		"  allow: [10.0.0.1, x]\n"
		"          ^\n"
		"p.yaml:2:19: error: allow[2]: 'x' is not an address or prefix; fix: write one "
		"as 192.0.2.0/24 or 2001:db8::/32, names are not looked up\n"
		"  allow: [10.0.0.1, x]\n"
		"                    ^\n"
		"p.yaml:3:7: error: mode: unknown word '\xc3\xa4'; fix: write enforce, shadow "
		"or off\n"
		"  mode: \xc3\xa4\n"
		"        ^\n");
}

Test(policy_error, long_line_is_cut_around_the_caret)
{
	char text[4096] = "allow: [";
	cleanup_reading struct reading reading = { .result = -1 };
	const char *line, *caret;

	for (int i = 0; i < 200; i++)
		strcat(text, "192.0.2.1, ");
	strcat(text, "bad, 192.0.2.1]\n");
	reading = read_policy(text);
	cr_assert_eq(reading.result, -EINVAL);
	line = strchr(reading.said, '\n') + 1;
	caret = strchr(line, '\n') + 1;
	cr_assert(!strncmp(line, "  ...", 5));
	cr_assert_lt(caret - line, 120);
	cr_assert(!strncmp(line + (strchr(caret, '^') - caret), "bad", 3));
}

Test(policy_error, at_most_twenty)
{
	char text[4096] = "deny:\n";
	cleanup_reading struct reading reading = { .result = -1 };
	unsigned int errors = 0;

	for (int i = 0; i < 25; i++)
		strcat(text, "  - nowhere\n");
	reading = read_policy(text);
	for (const char *p = reading.said; (p = strstr(p, ": error: ")); p++)
		errors++;
	cr_assert_eq(errors, 20);
	cr_assert(strstr(reading.said, "and 5 more errors\n"));
}

/* What stands before a syntax error is judged too, and a bad file leaves the document alone. */
Test(policy_error, before_a_syntax_error)
{
	char *said = NULL;
	size_t len;
	FILE *err = open_memstream(&said, &len);
	struct policy_doc doc = { .work_per_tick = 7 };
	static const char text[] = "mode: enfroce\nrules: {\n";

	cr_assert_eq(policy_parse("p.yaml", text, strlen(text), &doc, err), -EINVAL);
	fclose(err);
	cr_assert_eq(doc.work_per_tick, 7);
	cr_assert(strstr(said, "p.yaml:1:7: error: mode: unknown word"));
	cr_assert(strstr(said, "error: YAML: "));
	free(said);
}

/* A byte that only seems to begin a character brings nothing behind it to the terminal. */
Test(policy_error, no_escape_sequences_in_broken_text)
{
	static const char *const texts[] = { "mode: \xe2\x1b[2J\n", "mode: \xf0\x1b[J\n",
					     "mode: \xc3\x1b\n", "a: \xc0\x9b\n" };

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
		cleanup_reading struct reading reading = read_policy(texts[i]);

		cr_assert_eq(reading.result, -EINVAL);
		for (const char *p = reading.said; *p; p++)
			cr_expect(*p == '\n' || (*p >= 0x20 && *p < 0x7f), "byte 0x%02x of %zu",
				  (unsigned char)*p, i);
	}
}

/* Nothing of a file reaches the terminal but its printable characters. */
Test(policy_error, no_escape_sequences)
{
	cleanup_reading struct reading reading =
		read_policy("mode: \"\\x1b[2J\\x9b2J\"\nallow: [\"\\0\"]\n");

	cr_assert_eq(reading.result, -EINVAL);
	for (const char *p = reading.said; *p; p++) {
		cr_assert(*p == '\n' || (unsigned char)*p >= 0x20);
		cr_assert((unsigned char)*p < 0x80);
	}
}
