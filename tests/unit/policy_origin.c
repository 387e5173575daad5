// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Where each value of a policy comes from.
 */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/policy_reading.h"
#include "user/policy_values.h"

/* Prints as "FILE:LINE:COL PATH: TEXT", of defaults nothing. */
struct printing {
	const struct policy_doc *doc;
	FILE *out;
	unsigned int defaults;
};

static int print(const struct policy_value *value, void *arg)
{
	struct printing *printing = arg;
	const char *file;

	if (!value->at.line) {
		printing->defaults++;
		return 0;
	}
	file = strrchr(printing->doc->file[value->at.file], '/');
	file = file ? file + 1 : printing->doc->file[value->at.file];
	fprintf(printing->out, "%s:%u:%u %s: %s\n", file, value->at.line, value->at.column,
		value->path, value->text);
	return 0;
}

static char *origins(const struct policy_doc *doc, unsigned int *defaults)
{
	struct printing printing = { .doc = doc };
	char *text = NULL;
	size_t len;

	printing.out = open_memstream(&text, &len);
	cr_assert_eq(policy_values(doc, print, &printing), 0);
	fclose(printing.out);
	*defaults = printing.defaults;
	return text;
}

Test(policy_origin, defaults_come_from_nowhere)
{
	struct policy_doc doc;
	unsigned int defaults;
	char *text;

	policy_defaults(&doc);
	text = origins(&doc, &defaults);
	cr_expect_str_eq(text, "");
	cr_expect_gt(defaults, 3 * 2 * CLASS_MAX);
	free(text);
	policy_free(&doc);
}

Test(policy_origin, each_value_has_its_line)
{
	cleanup_reading struct reading reading =
		read_policy("mode: shadow\n"
			    "listeners:\n  - {transport: udp, port: 5080}\n"
			    "allow: [192.0.2.1, 192.0.2.2]\n"
			    "deny:\n  - 198.51.100.0/24\n"
			    "carriers:\n  - name: a\n    prefixes: [203.0.113.1]\n"
			    "  - name: b\n    cps: 7\n    prefixes:\n      - 203.0.113.2\n"
			    "signatures:\n  - {name: s, match: {method: {equals: BYE}}}\n"
			    "user-agents:\n  - smap\n"
			    "rules: {banned: off}\n"
			    "limits: {unknown: {invite: {rate: 1/s}}}\n"
			    "lanes:\n  minimum: 20%\n"
			    "standing:\n  earned: 3\n");
	unsigned int defaults;
	char *text;

	cr_assert_eq(reading.result, 0, "%s", reading.said);
	text = origins(&reading.doc, &defaults);
	cr_expect_str_eq(text, "p.yaml:1:7 mode: shadow\n"
			       "p.yaml:3:5 listeners: {transport: udp, port: 5080}\n"
			       "p.yaml:4:9 allow: 192.0.2.1\n"
			       "p.yaml:4:20 allow: 192.0.2.2\n"
			       "p.yaml:6:5 deny: 198.51.100.0/24\n"
			       "p.yaml:9:16 carriers.a.prefixes: 203.0.113.1\n"
			       "p.yaml:11:10 carriers.b.cps: 7\n"
			       "p.yaml:13:9 carriers.b.prefixes: 203.0.113.2\n"
			       "p.yaml:15:5 signatures.s.action: shadow\n"
			       "p.yaml:15:5 signatures.s.match: {method: {equals: BYE}}\n"
			       "p.yaml:17:5 user-agents: \"smap\"\n"
			       "p.yaml:18:17 rules.banned: off\n"
			       "p.yaml:19:35 limits.unknown.invite.rate: 1/s\n"
			       "p.yaml:21:12 lanes.minimum: 20%\n"
			       "p.yaml:23:11 standing.earned: 3\n");
	free(text);
}

static void write_file(const char *dir, const char *name, const char *text)
{
	char path[256];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", dir, name);
	file = fopen(path, "w");
	cr_assert(file && fputs(text, file) >= 0 && !fclose(file));
}

/* The last file that has a value is its origin; the entries of lists keep theirs. */
Test(policy_origin, several_files)
{
	char dir[] = "/tmp/sipshield-unit-XXXXXX", path[64], command[64];
	unsigned int defaults;
	struct policy_doc doc;
	char *text;

	cr_assert(mkdtemp(dir));
	snprintf(path, sizeof(path), "%s/conf.d", dir);
	cr_assert_eq(mkdir(path, 0700), 0);
	write_file(dir, "sipshield.yaml", "mode: shadow\ndeny: [192.0.2.1]\nwork-per-tick: 7\n");
	write_file(dir, "conf.d/10.yaml", "# second\nmode: off\ndeny: [192.0.2.2]\n");
	write_file(dir, "conf.d/20.yaml", "deny: []\nmode: enforce\n");
	snprintf(path, sizeof(path), "%s/sipshield.yaml", dir);
	cr_assert_eq(policy_load(path, &doc, stderr), 0);
	text = origins(&doc, &defaults);
	cr_expect_str_eq(text, "20.yaml:2:7 mode: enforce\n"
			       "sipshield.yaml:2:8 deny: 192.0.2.1\n"
			       "10.yaml:3:8 deny: 192.0.2.2\n"
			       "sipshield.yaml:3:16 work-per-tick: 7\n");
	free(text);
	policy_free(&doc);
	snprintf(command, sizeof(command), "rm -r %s", dir);
	cr_assert_eq(system(command), 0);
}
