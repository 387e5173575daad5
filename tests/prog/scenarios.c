// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Scenes that were recorded in the lab (tests/scenarios/record), replayed through the programs and
 * the agent's rounds: who loses what, in what standing all end, and which steps the agent takes, in
 * order. Twice, with the same bytes as the outcome.
 *
 * A scene is tests/scenarios/NAME.pcap.gz with NAME.expect and, if the defaults are not meant,
 * NAME.yaml, a policy. Lines of NAME.expect; numbers are N or N-M:
 *   source ADDR STANDING banned|free lost N [first N]   of a source: frames that it lost, and which
 *                                                       of its own was the first
 *   ports ADDR N lost N                                 of some ports of a source: frames lost
 *   reason NAME N                                       frames that left for this reason
 *   step SUBJECT FROM TO RULE                           all that the agent did, in order
 */
#include <criterion/criterion.h>
#include <criterion/parameterized.h>
#include <glob.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/prog/replay_run.h"
#include "user/cmd.h"

#define FOLDER "tests/scenarios/"
#define SERVER "192.0.2.10,2001:db8:1::10"
#define STEPS_LEN 4096

struct scene {
	char name[64];
};

/* What a run said, and what it is to be compared with. */
struct outcome {
	const char *name;
	const char *said; /* all lines */
	json_t *summary;
	char expected[STEPS_LEN]; /* the lines of steps */
	int lines;
};

struct range {
	long long from, to;
};

TestSuite(scenarios, .init = replay_dir_make, .fini = replay_dir_remove);

ParameterizedTestParameters(scenarios, each)
{
	struct scene *scene;
	glob_t found;
	size_t count = 0;

	if (!glob(FOLDER "*.expect", 0, NULL, &found))
		count = found.gl_pathc;
	scene = cr_calloc(count + 1, sizeof(*scene));
	for (size_t i = 0; i < count; i++) {
		const char *name = found.gl_pathv[i] + strlen(FOLDER);

		snprintf(scene[i].name, sizeof(scene[i].name), "%.*s", (int)strcspn(name, "."),
			 name);
	}
	if (count)
		globfree(&found);
	return cr_make_param_array(struct scene, scene, count);
}

static const char *scene_path(const char *name, const char *end)
{
	static char path[2][160];
	static unsigned int next;

	next ^= 1;
	snprintf(path[next], sizeof(path[0]), FOLDER "%s%s", name, end);
	return path[next];
}

static void unpack(const char *name)
{
	char command[512];

	snprintf(command, sizeof(command), "gzip -dc %s >%s", scene_path(name, ".pcap.gz"),
		 replay_path("scene.pcap"));
	cr_assert_eq(system(command), 0, "%s", command);
}

/* All that replay says of a scene, to be freed. */
static char *play(const char *name)
{
	const char *policy = scene_path(name, ".yaml");
	FILE *file = fopen(policy, "re");

	if (file)
		fclose(file);
	cr_assert_eq(replay("--json", "--local", SERVER, "--policy", file ? policy : "/dev/null",
			    replay_path("scene.pcap")),
		     EXIT_DONE, "%s: %s", name, replay_read("err"));
	return replay_read("out");
}

static bool parse_range(const char *text, struct range *out)
{
	int n = sscanf(text, "%lld-%lld", &out->from, &out->to);

	if (n == 1)
		out->to = out->from;
	return n > 0;
}

static void within(const struct outcome *o, const char *line, const char *what, long long got,
		   const char *wanted)
{
	struct range range;

	cr_assert(parse_range(wanted, &range), "%s: not understood: %s", o->name, line);
	cr_expect(got >= range.from && got <= range.to, "%s: %s: %s is %lld", o->name, line, what,
		  got);
}

static const char *string_of(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value ? value : "?";
}

static void expect_source(const struct outcome *o, const char *line)
{
	char address[64], standing[16], banned[16], lost[32], first[32];
	const json_t *source;
	int n = sscanf(line, "source %63s %15s %15s lost %31s first %31s", address, standing,
		       banned, lost, first);

	cr_assert(n >= 4, "%s: not understood: %s", o->name, line);
	source = replay_source_of(o->summary, address);
	cr_expect_str_eq(string_of(source, "standing"), standing, "%s: %s: is %s", o->name, line,
			 string_of(source, "standing"));
	cr_expect_eq(json_is_true(json_object_get(source, "banned")), !strcmp(banned, "banned"),
		     "%s: %s", o->name, line);
	within(o, line, "lost", replay_number(source, "dropped"), lost);
	if (n == 5)
		within(o, line, "first", replay_number(source, "first_drop"), first);
}

/* Is this a line of a frame that came from a port of this address, and was lost? */
static bool lost_line(const char *line, const char *address, const struct range *ports)
{
	const char *src = strstr(line, "\"src\":\""), *end = strchr(line, '\n');
	size_t len = strlen(address);
	long long port;

	if (!end || !src || src > end || strncmp(src + 7, address, len) || src[7 + len] != ':')
		return false;
	port = strtoll(src + 8 + len, NULL, 10);
	src = strstr(src, "\"verdict\":\"drop\"");
	return port >= ports->from && port <= ports->to && src && src < end;
}

static void expect_ports(const struct outcome *o, const char *line)
{
	char address[64], ports[32], lost[32];
	struct range range;
	int count = 0;

	cr_assert(sscanf(line, "ports %63s %31s lost %31s", address, ports, lost) == 3 &&
			  parse_range(ports, &range),
		  "%s: not understood: %s", o->name, line);
	for (const char *at = o->said; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		count += lost_line(at, address, &range);
	}
	within(o, line, "lost", count, lost);
}

static void expect_reason(const struct outcome *o, const char *line)
{
	const json_t *reasons = json_object_get(o->summary, "by_reason");
	char name[64], count[32];

	cr_assert_eq(sscanf(line, "reason %63s %31s", name, count), 2, "%s: not understood: %s",
		     o->name, line);
	within(o, line, name, replay_number(reasons, name), count);
}

static void add_step(char *steps, const char *line)
{
	size_t len = strlen(steps);

	snprintf(steps + len, STEPS_LEN - len, "%s\n", line);
}

static void expect_line(struct outcome *o, char *line)
{
	line[strcspn(line, "\n")] = '\0';
	if (!*line || *line == '#')
		return;
	o->lines++;
	if (!strncmp(line, "source ", 7))
		expect_source(o, line);
	else if (!strncmp(line, "ports ", 6))
		expect_ports(o, line);
	else if (!strncmp(line, "reason ", 7))
		expect_reason(o, line);
	else if (!strncmp(line, "step ", 5))
		add_step(o->expected, line);
	else
		cr_assert_fail("%s: not understood: %s", o->name, line);
}

static void expect_steps(const struct outcome *o)
{
	const json_t *list = json_object_get(o->summary, "transitions");
	char steps[STEPS_LEN] = "", line[256];

	cr_assert(json_is_array(list), "%s: the summary tells no transitions", o->name);
	for (size_t i = 0; i < json_array_size(list); i++) {
		const json_t *step = json_array_get(list, i);

		snprintf(line, sizeof(line), "step %s %s %s %s", string_of(step, "src"),
			 string_of(step, "from"), string_of(step, "to"), string_of(step, "rule"));
		add_step(steps, line);
	}
	cr_expect_str_eq(steps, o->expected, "%s: the steps were\n%sand not\n%s", o->name, steps,
			 o->expected);
}

ParameterizedTest(const struct scene *scene, scenarios, each)
{
	struct outcome o = { .name = scene->name };
	FILE *file = fopen(scene_path(scene->name, ".expect"), "re");
	char *first, *second, line[256];

	cr_assert(file);
	unpack(scene->name);
	first = play(scene->name);
	second = play(scene->name);
	cr_expect_str_eq(first, second, "%s: two runs differ", scene->name);
	o.said = first;
	o.summary = replay_summary(first);
	while (fgets(line, sizeof(line), file))
		expect_line(&o, line);
	fclose(file);
	cr_expect_gt(o.lines, 0, "%s expects nothing", scene->name);
	expect_steps(&o);
	json_decref(o.summary);
	free(first);
	free(second);
}
