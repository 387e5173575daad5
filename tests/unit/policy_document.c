// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * What a policy means: its defaults, its values, its files, and back to text.
 */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/policy_reading.h"
#include "user/addr.h"
#include "user/names.h"

static char *printed(const struct policy_doc *doc)
{
	char *text = NULL;
	size_t len;
	FILE *out = open_memstream(&text, &len);

	cr_assert_eq(policy_print(doc, out), 0);
	fclose(out);
	return text;
}

/* Printed, read and printed again it must be the same. */
static void check_round_trip(const struct policy_doc *doc)
{
	char *first = printed(doc);
	cleanup_reading struct reading again = read_policy(first);
	char *second;

	cr_assert_eq(again.result, 0, "%s\n%s", first, again.said);
	second = printed(&again.doc);
	cr_expect_str_eq(first, second);
	cr_expect_eq(memcmp(again.doc.action, doc->action, sizeof(doc->action)), 0);
	free(first);
	free(second);
}

static void check_limit(struct policy_limit limit, double rate, double burst)
{
	cr_expect_eq(limit.rate, rate);
	cr_expect_eq(limit.burst, burst);
}

static void check_defaults(const struct policy_doc *doc)
{
	cr_expect_eq(doc->mode, ACTION_ENFORCE);
	cr_assert_eq(doc->listeners, 2);
	cr_expect_eq(doc->listener[0].transport, LISTENER_UDP);
	cr_expect_eq(doc->listener[1].transport, LISTENER_TCP);
	for (int i = 0; i < 2; i++) {
		cr_expect_eq(doc->listener[i].port, 5060);
		cr_expect_not(doc->listener[i].has_address);
	}
	cr_expect_eq(doc->allow.count + doc->deny.count + doc->carriers, 0);
	check_limit(doc->limit[STANDING_UNKNOWN][CLASS_INVITE], 2, 20);
	check_limit(doc->limit[STANDING_UNKNOWN][CLASS_REGISTER], 4, 40);
	check_limit(doc->limit[STANDING_UNKNOWN][CLASS_FRAGMENT], 100, 200);
	check_limit(doc->limit[STANDING_PROVEN][CLASS_INVITE], 8, 80);
	check_limit(doc->limit[STANDING_TRUSTED][CLASS_NOT_SIP], 20, 100);
	check_limit(doc->lane[LANE_RESPONSE], 400, 800);
	cr_expect_eq(doc->trust_seconds, 3600);
	cr_expect_eq(doc->proven_seconds, 86400);
	cr_expect_eq(doc->earned_max, 64);
	cr_expect_eq(doc->lane_minimum, 10);
	cr_expect_eq(doc->ipv6_prefix, 64);
	cr_expect_eq(doc->work_per_tick, 512);
	cr_expect_eq(doc->events_per_second, 10);
	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX; i++)
		cr_expect_eq(doc->action[i], reason_default_action(i));
}

Test(policy_document, nothing_means_the_defaults)
{
	static const char *const nothing[] = { "",
					       "\n",
					       "# only a comment\n",
					       "---\n",
					       "{}\n",
					       "\xef\xbb\xbf",
					       "allow:\ndeny:\n",
					       "null\n",
					       "limits: {unknown: }\nlisteners:\n" };
	struct policy_doc doc;

	policy_defaults(&doc);
	check_defaults(&doc);
	check_round_trip(&doc);
	policy_free(&doc);
	for (size_t i = 0; i < sizeof(nothing) / sizeof(nothing[0]); i++) {
		cleanup_reading struct reading reading = read_policy(nothing[i]);

		cr_assert_eq(reading.result, 0, "%s", reading.said);
		check_defaults(&reading.doc);
	}
}

Test(policy_document, every_limit_has_a_default)
{
	struct policy_doc doc;

	policy_defaults(&doc);
	for (int i = STANDING_UNKNOWN; i <= STANDING_TRUSTED; i++) {
		for (int j = 0; j < CLASS_MAX; j++) {
			cr_expect_gt(doc.limit[i][j].rate, 0, "%s", class_name(j));
			cr_expect_geq(doc.limit[i][j].burst, 1, "%s", class_name(j));
		}
	}
	policy_free(&doc);
}

Test(policy_document, values)
{
	cleanup_reading struct reading reading = read_policy(
		"mode: shadow\n"
		"listeners:\n"
		"  - {transport: udp, port: 5080, address: \"2001:db8::1\"}\n"
		"  - address: 192.0.2.1\n"
		"rules: {source-rate: off, cseq-method: shadow}\n"
		"limits: {unknown: {invite: {rate: 0.5}, other: {burst: 7}, register: {rate: 30/m}}}\n"
		"lanes: {request: {rate: 0, burst: 1}, minimum: 25%}\n"
		"standing: {trust: 1h30m, proven: 7d, earned: 1024}\n"
		"ipv6-prefix: 48\nwork-per-tick: 1\nevents-per-second: 2.5\n");
	struct policy_doc *doc = &reading.doc;
	char text[ADDR_TEXT_LEN];

	cr_assert_eq(reading.result, 0, "%s", reading.said);
	cr_expect_eq(doc->mode, ACTION_SHADOW);
	cr_assert_eq(doc->listeners, 3);
	cr_expect(doc->listener[0].has_address && doc->listener[0].port == 5080);
	cr_expect(doc->listener[1].transport == LISTENER_UDP && doc->listener[1].port == 5060);
	cr_expect_eq(doc->listener[2].transport, LISTENER_TCP);
	cr_expect_str_eq(addr_format(&doc->listener[2].address, text), "192.0.2.1");
	cr_expect_eq(doc->action[REASON_SOURCE_RATE], ACTION_OFF);
	cr_expect_eq(doc->action[REASON_BANNED], ACTION_ENFORCE);
	check_limit(doc->limit[STANDING_UNKNOWN][CLASS_INVITE], 0.5, 20);
	check_limit(doc->limit[STANDING_UNKNOWN][CLASS_OTHER], 2, 7);
	check_limit(doc->limit[STANDING_UNKNOWN][CLASS_REGISTER], 0.5, 40);
	check_limit(doc->lane[LANE_REQUEST], 0, 1);
	cr_expect_eq(doc->trust_seconds, 5400);
	cr_expect_eq(doc->proven_seconds, 7 * 86400);
	cr_expect_eq(doc->earned_max, 1024);
	cr_expect_eq(doc->lane_minimum, 25);
	cr_expect_eq(doc->ipv6_prefix, 48);
	cr_expect_eq(doc->events_per_second, 2.5);
	check_round_trip(doc);
}

Test(policy_document, prefixes_and_carriers)
{
	cleanup_reading struct reading good =
		read_policy("allow: [10.0.0.0/8, \"::1\", 2001:db8::/32]\n"
			    "deny:\n  - 0.0.0.0/0\n  - \"2000::/3\"\n"
			    "carriers:\n"
			    "  - {name: \"null\", prefixes: [192.0.2.1, 192.0.2.1], cps: 1.25}\n"
			    "  - {name: b, prefixes: [192.0.2.2]}\n");
	char *text;

	cr_assert_eq(good.result, 0, "%s", good.said);
	cr_assert_eq(good.doc.allow.count, 3);
	cr_expect_eq(good.doc.allow.item[0].length, 104);
	cr_expect_eq(good.doc.allow.item[0].line, 1);
	cr_expect_eq(good.doc.allow.item[0].column, 9);
	cr_expect_eq(good.doc.allow.item[1].length, 128);
	cr_expect_eq(good.doc.deny.item[0].length, 96);
	cr_expect_eq(good.doc.deny.item[1].length, 3);
	text = printed(&good.doc);
	cr_expect(strstr(text, "- name: \"null\"\n    cps: 1.25\n"));
	cr_expect(strstr(text, "- name: \"b\"\n    cps: 100\n"));
	free(text);
	check_round_trip(&good.doc);
}

Test(policy_document, the_example)
{
	char *text = calloc(1, POLICY_FILE_MAX);
	FILE *file = fopen("packaging/sipshield.yaml", "r");
	char *active;

	cr_assert_not_null(file, "tests run from the root of the tree");
	cr_assert_gt(fread(text, 1, POLICY_FILE_MAX - 1, file), 0);
	fclose(file);
	{
		cleanup_reading struct reading reading = read_policy(text);

		cr_assert_eq(reading.result, 0, "%s", reading.said);
		check_defaults(&reading.doc);
	}
	/* What it shows behind "#" must be true as well. */
	for (active = text; (active = strstr(active, "\n#"));) {
		if (active[2] != ' ' && active[2] != '\n')
			memmove(active + 1, active + 2, strlen(active + 1));
		else if (active[2] == ' ' && active[3] == ' ')
			memmove(active + 1, active + 2, strlen(active + 1));
		else
			active += 2;
	}
	{
		cleanup_reading struct reading reading = read_policy(strstr(text, "\nmode:"));

		cr_assert_eq(reading.result, 0, "%s", reading.said);
		cr_expect_eq(reading.doc.carriers, 1);
		cr_expect_eq(reading.doc.listeners, 3);
		cr_expect_eq(reading.doc.signatures, 2);
		cr_expect_eq(reading.doc.action[REASON_NOT_SIP_RATE], ACTION_SHADOW);
	}
	free(text);
}

/* --- files --------------------------------------------------------------------------------------*/

static char directory[] = "/tmp/sipshield-policy-XXXXXX";

static void write_file(const char *name, const char *text)
{
	char path[128];
	FILE *file;

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	file = fopen(path, "w");
	cr_assert_not_null(file);
	fputs(text, file);
	fclose(file);
}

static void make_directory(void)
{
	char path[128];

	cr_assert_not_null(mkdtemp(directory));
	snprintf(path, sizeof(path), "%s/conf.d", directory);
	cr_assert_eq(mkdir(path, 0700), 0);
}

static void remove_directory(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -r %s", directory);
	cr_assert_eq(system(command), 0);
}

static struct reading load(const char *name)
{
	struct reading reading = { .result = -1 };
	FILE *err = open_memstream(&reading.said, &reading.said_len);
	char path[128];

	snprintf(path, sizeof(path), "%s/%s", directory, name);
	reading.result = policy_load(path, &reading.doc, err);
	fclose(err);
	return reading;
}

TestSuite(policy_files, .init = make_directory, .fini = remove_directory);

Test(policy_files, lists_grow_and_the_last_value_holds)
{
	cleanup_reading struct reading whole = { .result = -1 };
	cleanup_reading struct reading one = { .result = -1 };

	write_file("sipshield.yaml", "mode: shadow\nallow: [192.0.2.1]\nipv6-prefix: 56\n"
				     "listeners: [{transport: udp, port: 5080}]\n");
	write_file("conf.d/20-b.yaml", "mode: enforce\nallow: [192.0.2.2]\n");
	write_file("conf.d/10-a.yaml", "mode: off\nlisteners: [{transport: tcp}]\n");
	write_file("conf.d/30.yml", "not read");
	write_file("conf.d/.hidden.yaml", "not read");
	whole = load("sipshield.yaml");
	cr_assert_eq(whole.result, 0, "%s", whole.said);
	cr_expect_eq(whole.doc.mode, ACTION_ENFORCE);
	cr_expect_eq(whole.doc.ipv6_prefix, 56);
	cr_expect_eq(whole.doc.listeners, 2);
	cr_assert_eq(whole.doc.allow.count, 2);
	cr_expect_eq(whole.doc.allow.item[1].file, 2);
	cr_expect(strstr(whole.doc.file[2], "/conf.d/20-b.yaml"));
	one = load("conf.d/10-a.yaml");
	cr_assert_eq(one.result, 0, "%s", one.said);
	cr_expect_eq(one.doc.mode, ACTION_OFF);
	cr_expect_eq(one.doc.allow.count, 0);
}

Test(policy_files, errors_of_all_files)
{
	cleanup_reading struct reading reading = { .result = -1 };

	write_file("sipshield.yaml", "mode: on\nallow: [192.0.2.1]\n");
	write_file("conf.d/a.yaml", "deny: [192.0.2.1]\n");
	reading = load("sipshield.yaml");
	cr_assert_eq(reading.result, -EINVAL);
	cr_expect(strstr(reading.said, "sipshield.yaml:1:7: error: mode: unknown word 'on'"));
	cr_expect(strstr(reading.said, "a.yaml:1:8: error: deny: 192.0.2.1 is allowed in "));
	cr_expect(strstr(reading.said, "sipshield.yaml:2; fix: "));
}

Test(policy_files, what_cannot_be_read)
{
	cleanup_reading struct reading missing = load("none.yaml");
	cleanup_reading struct reading dir = load("conf.d");
	struct policy_doc doc;

	cr_expect_eq(missing.result, -ENOENT);
	cr_expect(strstr(missing.said, "none.yaml: error: cannot be read: No such file"));
	cr_expect_eq(dir.result, -EISDIR);
	cr_expect(strstr(dir.said, "conf.d: error: cannot be read: Is a directory"));
	cr_assert_eq(policy_load(NULL, &doc, stderr), 0);
	check_defaults(&doc);
	policy_free(&doc);
}
