/* SPDX-License-Identifier: GPL-2.0-or-later */
/*
 * Policies that are each spoilt in one way that makes them invalid: what a slip of the hand, an
 * editor, a full disk or a bad copy leaves. The same ones in every run.
 */
#ifndef SIPSHIELD_TEST_POLICY_MUTANT_H
#define SIPSHIELD_TEST_POLICY_MUTANT_H

#include "tests/unit/policy_mutation.h"

static inline void mutant_typo(struct mutation *m)
{
	struct mutant_span key = mutant_key(m, NULL);
	char letter[2] = { (char)('a' + mutant_below(m, 26)), 0 };
	size_t at = key.offset + mutant_below(m, key.length);

	if (letter[0] == m->base[at])
		letter[0] = '_';
	mutant_put(m, at, 1, letter);
	/* the typo of a name in a signature's field may leave another field's operator behind */
	m->out->line = 0;
}

static inline void mutant_unknown_key(struct mutation *m)
{
	char text[96];
	unsigned int line = 1 + mutant_below(m, mutant_last_line(m));
	size_t at = mutant_offset(m->base, line);

	while (at && (m->base[at] == ' ' || !m->base[at] || m->base[at] == '#'))
		at = mutant_offset(m->base, --line);
	snprintf(text, sizeof(text), "%s-%u: %s\n",
		 mutant_one_of(m, "blocklist", "whitelist", "listen", "Mode", "DENY", "trunks"),
		 mutant_below(m, 1000), mutant_one_of(m, "1", "[]", "{}", "shadow"));
	mutant_lines(m, line, text);
}

static inline void mutant_twice(struct mutation *m)
{
	struct mutant_span key =
		mutant_key(m, MUTANT_KEYS("mode", "rate", "burst", "minimum", "cps", "trust",
					  "earned", "banned", "greylist", "ipv6-prefix",
					  "work-per-tick", "events-per-second"));
	unsigned int line = mutant_line_of(m->base, key.offset);
	size_t start = mutant_offset(m->base, line), end = mutant_offset(m->base, line + 1);
	char copy[256];

	if (strcspn(m->base + start, "{-") < end - start)
		return;
	snprintf(copy, sizeof(copy), "%.*s", (int)(end - start), m->base + start);
	mutant_lines(m, line + 1, copy);
}

static inline void mutant_not_a_value(struct mutation *m)
{
	mutant_set_value(m,
			 MUTANT_KEYS("mode", "rate", "burst", "cps", "trust", "proven-", "earned",
				     "name", "greylist", "banned", "cseq-method", "ipv6-prefix",
				     "work-per-tick", "minimum", "action"),
			 mutant_one_of(m, "[1]", "[]", "{a: 1}", "[shadow, enforce]", "~", "\"\""));
}

static inline void mutant_not_a_block(struct mutation *m)
{
	struct mutant_span key =
		mutant_key(m, MUTANT_KEYS("listeners", "allow", "deny", "carriers", "signatures",
					  "user-agents", "rules", "limits", "lanes", "standing"));
	size_t end = key.offset + key.length + 1;
	unsigned int next = mutant_line_of(m->base, key.offset) + 1;

	while (mutant_offset(m->base, next) < strlen(m->base) &&
	       m->base[mutant_offset(m->base, next)] == ' ')
		next++;
	mutant_put(m, end, mutant_offset(m->base, next) - end,
		   mutant_one_of(m, " off\n", " 5060\n", " all\n", " yes\n", " \"\"\n"));
}

static inline void mutant_number(struct mutation *m)
{
	static const struct {
		const char *key;
		const char *bad[12];
	} ranges[] = {
		{ "port", { "0", "65536", "-5060", "5060.5", "sip", "5060/udp", "0x13c4" } },
		{ "cps", { "0", "100001", "-1", "1e3", "many", "0.5", "99999999999999999999999" } },
		{ "rate",
		  { "-1/s", "10000001/s", "5/d", "5 per s", "1/2h", "/s", "5/s/s", "inf" } },
		{ "burst", { "0", "1.5", "1000001", "10/s", "-3", "4294967297", "0x10", "1_000" } },
		{ "minimum",
		  { "0%", "101%", "10", "0.2", "-1%", "ten%", "18446744073709551636%" } },
		{ "trust", { "0s", "366d", "3600", "1h1d", "soon", "-1h", "99999999999999d" } },
		{ "proven", { "0s", "13mo", "1.5d", "7 days", "1w" } },
		{ "earned", { "0", "1025", "3.5", "all", "-64", "18446744073709551617" } },
		{ "ipv6-prefix", { "31", "129", "/64", "64.0.1", "-64", "2001:db8::/64" } },
		{ "work-per-tick", { "0", "1000001", "1e6", "-1", "512ms" } },
		{ "events-per-second", { "0", "1001", "10/s", "-10", "nan" } },
		{ "length", { "65536", "32-16", "-", "a few" } },
	};
	size_t i = mutant_below(m, sizeof(ranges) / sizeof(ranges[0]));
	unsigned int n = 0;

	while (n < 12 && ranges[i].bad[n])
		n++;
	mutant_set_value(m, MUTANT_KEYS(ranges[i].key), ranges[i].bad[mutant_below(m, n)]);
}

static inline void mutant_word(struct mutation *m)
{
	static const struct {
		const char *key;
		const char *bad[8];
	} words[] = {
		{ "mode",
		  { "enforced", "on", "yes", "true", "block", "Shadow", "shadow enforce" } },
		{ "transport", { "tls", "udp4", "UDP", "any", "ws" } },
		{ "greylist", { "no", "drop", "score", "false" } },
		{ "cseq-method", { "warn", "true", "scores", "1" } },
		{ "banned", { "none", "log", "score" } },
		{ "action", { "drop", "deny", "score", "ban" } },
		{ "equals", { "invites", "INVITE BYE", "SIP/2.0" } },
		{ "chars", { "HEX", "hexadecimal", "[0-9a-f]" } },
		{ "same-as", { "to", "contact-user", "method" } },
		{ "name",
		  { "two words", "trunk/a", "caf\xc3\xa9", "\"a:b\"",
		    "a-name-that-is-longer-than-any-of-them-may-be" } },
	};
	size_t i = mutant_below(m, sizeof(words) / sizeof(words[0]));
	unsigned int n = 0;

	while (n < 8 && words[i].bad[n])
		n++;
	mutant_set_value(m, MUTANT_KEYS(words[i].key), words[i].bad[mutant_below(m, n)]);
}

static inline void mutant_bad_prefix(struct mutation *m)
{
	struct mutant_span prefix = mutant_prefix(m);
	unsigned int byte = mutant_below(m, 256);
	char text[64];

	switch (mutant_below(m, 7)) {
	case 0:
		snprintf(text, sizeof(text), "10.%u.0.0/%u", byte, 33 + byte);
		break;
	case 1:
		snprintf(text, sizeof(text), "10.%u.0.%u/8", byte, byte);
		break;
	case 2:
		snprintf(text, sizeof(text), "%u.%u.2.1", 256 + byte, byte);
		break;
	case 3:
		snprintf(text, sizeof(text), "sip%u.example.net", byte);
		break;
	case 4:
		snprintf(text, sizeof(text), "192.0.%u", byte);
		break;
	case 5:
		snprintf(text, sizeof(text), "192.0.2.%u-192.0.2.255", byte);
		break;
	default:
		snprintf(text, sizeof(text), "192.0.2.%u/255.255.255.0", byte);
	}
	mutant_put(m, prefix.offset, prefix.length, text);
}

/* A line that begins with blanks. */
static inline unsigned int mutant_indented(struct mutation *m)
{
	unsigned int lines = mutant_last_line(m) - 1, line;

	do
		line = 1 + mutant_below(m, lines);
	while (m->base[mutant_offset(m->base, line)] != ' ');
	return line;
}

static inline void mutant_tab(struct mutation *m)
{
	unsigned int line = mutant_indented(m);
	size_t at = mutant_offset(m->base, line);

	mutant_put(m, at, strspn(m->base + at, " "), mutant_one_of(m, "\t", "\t\t", "\t  "));
	m->out->line = 0;
}

static inline void mutant_cut(struct mutation *m)
{
	/* inside of brackets or quotes: anywhere else the rest may be a policy */
	size_t length = strlen(m->base), at, depth;

	do {
		at = 1 + mutant_below(m, length - 1);
		depth = 0;
		for (size_t i = 0; i < at; i++)
			depth += (m->base[i] == '{') + (m->base[i] == '[') - (m->base[i] == '}') -
				 (m->base[i] == ']');
	} while (!depth);
	mutant_put(m, at, length - at, "");
	m->out->line = 0;
}

static inline void mutant_yaml(struct mutation *m)
{
	struct mutant_span value = mutant_value(m, MUTANT_KEYS("mode", "rate", "cps", "banned",
							       "trust", "name", "prefixes"));
	char text[64];

	snprintf(text, sizeof(text), "%s%s%u ",
		 mutant_one_of(m, "&", "*", "!", "!!", "&a *", "@", "`", "%"),
		 mutant_one_of(m, "a", "str", "ref"), mutant_below(m, 100));
	mutant_put(m, value.offset, 0, text);
	m->out->line = 0;
}

static inline void mutant_byte(struct mutation *m)
{
	static const struct {
		const char *bytes;
		size_t length;
	} bad[] = { { "\0", 1 },	   { "\x01", 1 },     { "\x1b", 1 },
		    { "\x7f", 1 },	   { "\xff", 1 },     { "\xc0\x80", 2 },
		    { "\xe2\x28", 2 },	   { "\xc2\x85", 2 }, { "\xed\xa0\x80", 3 },
		    { "\xe2\x80\xa8", 3 }, { "\xf5\x80", 2 }, { "\0\0\0\0", 4 } };
	size_t i = mutant_below(m, sizeof(bad) / sizeof(bad[0]));

	mutant_splice(m, 1 + mutant_below(m, strlen(m->base) - 1), 0, bad[i].bytes, bad[i].length);
}

/* A key of a block out of it, at the beginning of its line. */
static inline void mutant_outdent(struct mutation *m)
{
	struct mutant_span key = mutant_key(
		m, MUTANT_KEYS("rate", "burst", "cps", "prefixes", "greylist", "request", "unknown",
			       "proven", "trust", "banned", "match", "action"));
	size_t start = mutant_offset(m->base, mutant_line_of(m->base, key.offset));

	if (strspn(m->base + start, " ") == key.offset - start)
		mutant_put(m, start, key.offset - start, "");
	m->out->line = 0;
}

/* A key of the top into the block before it. */
static inline void mutant_indent(struct mutation *m)
{
	struct mutant_span key = mutant_key(m, MUTANT_KEYS("listeners", "allow", "deny", "carriers",
							   "rules", "limits", "lanes", "standing",
							   "user-agents", "work-per-tick"));

	if (key.offset)
		mutant_put(m, key.offset, 0, mutant_one_of(m, " ", "  ", "   ", "      "));
	m->out->line = 0;
}

static inline void mutant_reason(struct mutation *m)
{
	const char *rules = strstr(m->base, "rules:\n");
	char text[64];

	if (!rules)
		return;
	snprintf(text, sizeof(text), "  %s%u: %s\n",
		 mutant_one_of(m, "rate-limit-", "scanner", "mode-off", "request", "deny_", "ban "),
		 mutant_below(m, 100), mutant_one_of(m, "off", "shadow", "enforce"));
	mutant_lines(m, mutant_line_of(m->base, (size_t)(rules - m->base)) + 1, text);
}

static inline void mutant_colon(struct mutation *m)
{
	struct mutant_span key = mutant_key(m, MUTANT_KEYS("mode", "cps", "rate", "greylist",
							   "trust", "work-per-tick", "action"));
	size_t at = key.offset + key.length;

	if (key.length)
		mutant_put(m, at, 2, mutant_one_of(m, " ", ":", " =", "=", ";", "::"));
	m->out->line = 0;
}

static inline void mutant_bracket(struct mutation *m)
{
	size_t length = strlen(m->base), at;

	do
		at = mutant_below(m, length);
	while (!strchr("[]{}", m->base[at]));
	mutant_put(m, at, 1, mutant_one_of(m, "", "(", "<", "\""));
	m->out->line = 0;
}

static inline void mutant_end(struct mutation *m)
{
	char text[128];

	snprintf(text, sizeof(text), "%s%u\n",
		 mutant_one_of(m, "---\nmode: off #", "...\n---\nmode: off #", "- ", "extra: \"",
			       "%TAG ! ", "<<: *base", "}", "'", "mode: enforce: "),
		 mutant_below(m, 1000));
	mutant_put(m, strlen(m->base), 0, text);
	m->out->line = 0;
}

/* What is wrong only with all of it in view. */
static inline void mutant_whole(struct mutation *m)
{
	char text[256];
	unsigned int byte = 1 + mutant_below(m, 250);
	const char *end = mutant_one_of(m, "allow2", "carriers", "listeners", "user-agents",
					"signatures", "carriers-overlap");

	if (!strcmp(end, "allow2"))
		snprintf(text, sizeof(text), "allow: [10.0.0.%u]\ndeny: [10.0.0.%u]\n", byte, byte);
	else if (!strcmp(end, "carriers"))
		snprintf(text, sizeof(text),
			 "carriers:\n  - {name: n%u, prefixes: [10.0.0.1]}\n"
			 "  - {name: n%u, prefixes: [10.0.0.2]}\n",
			 byte, byte);
	else if (!strcmp(end, "carriers-overlap"))
		snprintf(text, sizeof(text),
			 "carriers:\n  - {name: a, prefixes: [10.0.%u.0/24]}\n"
			 "  - {name: b, prefixes: [10.0.%u.7]}\n",
			 byte, byte);
	else if (!strcmp(end, "listeners"))
		snprintf(text, sizeof(text), "listeners: [{port: %u}, {port: %u}]\n", byte, byte);
	else if (!strcmp(end, "user-agents"))
		snprintf(text, sizeof(text), "user-agents: [agent%u, Agent%u]\n", byte, byte);
	else
		snprintf(text, sizeof(text),
			 "signatures: [{name: s, match: {call-id: {equals: abc, length: %u}}}]\n",
			 byte + 3);
	m->base = text;
	mutant_put(m, 0, 0, "mode: shadow\n");
	m->out->line = 0;
}

/* More of something than there may be. */
static inline void mutant_many(struct mutation *m)
{
	bool agents = mutant_below(m, 2);
	unsigned int first = mutant_below(m, 1000);
	size_t length;

	length = (size_t)snprintf(m->out->text, MUTANT_ROOM, "%s:\n",
				  agents ? "user-agents" : "listeners");
	for (unsigned int i = 0; i < (agents ? 65U : 257U); i++)
		length += (size_t)snprintf(m->out->text + length, MUTANT_ROOM - length,
					   agents ? "  - word%u\n"
						  : "  - {transport: udp, port: %u}\n",
					   1000 + first + i);
	m->out->length = length;
	m->out->line = agents ? 66 : 258;
}

static const struct {
	const char *name;
	void (*spoil)(struct mutation *m);
} mutant_ways[] = {
	{ "typo", mutant_typo },       { "unknown-key", mutant_unknown_key },
	{ "twice", mutant_twice },     { "not-a-value", mutant_not_a_value },
	{ "number", mutant_number },   { "not-a-block", mutant_not_a_block },
	{ "word", mutant_word },       { "prefix", mutant_bad_prefix },
	{ "tab", mutant_tab },	       { "cut", mutant_cut },
	{ "yaml", mutant_yaml },       { "byte", mutant_byte },
	{ "outdent", mutant_outdent }, { "indent", mutant_indent },
	{ "reason", mutant_reason },   { "colon", mutant_colon },
	{ "bracket", mutant_bracket }, { "end", mutant_end },
	{ "whole", mutant_whole },     { "many", mutant_many },
};

#define MUTANT_WAYS (sizeof(mutant_ways) / sizeof(mutant_ways[0]))

/* Spoils one of the bases that has what is to be spoilt. */
static inline void mutant_spoil(struct mutation *m, size_t way)
{
	m->out->kind = mutant_ways[way].name;
	m->out->length = 0;
	while (!m->out->length) {
		m->base = mutant_bases[mutant_below(m, MUTANT_BASES)];
		mutant_ways[way].spoil(m);
	}
}

static inline bool mutant_is_new(const struct mutant *all, unsigned int n)
{
	for (unsigned int i = 0; i < n; i++) {
		if (all[i].length == all[n].length &&
		    !memcmp(all[i].text, all[n].text, all[n].length))
			return false;
	}
	return true;
}

#define MUTANT_TRIES 30 /* until a way has no more texts to give */

/* Writes n spoilt policies, no two the same, each way taking its turn as long as it has any. */
static inline void policy_mutants(struct mutant *out, unsigned int n)
{
	struct mutation m = { .random = 0x9e3779b97f4a7c15ULL };

	for (unsigned int i = 0; i < n; i++) {
		unsigned int tries = 0;

		m.out = &out[i];
		do
			mutant_spoil(&m, (i + tries / MUTANT_TRIES) % MUTANT_WAYS);
		while (++tries < MUTANT_TRIES * MUTANT_WAYS && !mutant_is_new(out, i));
	}
}

#endif
