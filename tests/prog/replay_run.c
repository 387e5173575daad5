// SPDX-License-Identifier: GPL-2.0-or-later
#include "tests/prog/replay_run.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "user/cmd.h"

static char dir[64];

void replay_dir_make(void)
{
	snprintf(dir, sizeof(dir), "/tmp/sipshield-replay-XXXXXX");
	cr_assert(mkdtemp(dir));
}

void replay_dir_remove(void)
{
	char command[128];

	snprintf(command, sizeof(command), "rm -rf %s", dir);
	cr_assert_eq(system(command), 0);
}

const char *replay_path(const char *name)
{
	static char path[4][160];
	static unsigned int next;

	snprintf(path[next % 4], sizeof(path[0]), "%s/%s", dir, name);
	return path[next++ % 4];
}

char *replay_read(const char *name)
{
	FILE *file = fopen(replay_path(name), "r");
	char *text = NULL;
	size_t room = 0;

	cr_assert(file);
	if (getdelim(&text, &room, '\0', file) < 0) {
		text = realloc(text, 1);
		*text = '\0';
	}
	fclose(file);
	return text;
}

int replay_run(const char *const *args)
{
	char *argv[16] = { (char *)"replay" };
	int argc = 1, status;
	pid_t child;

	for (; args[argc - 1]; argc++)
		argv[argc] = (char *)args[argc - 1];
	fflush(NULL);
	child = fork();
	cr_assert_geq(child, 0);
	if (!child) {
		if (!freopen(replay_path("out"), "w", stdout) ||
		    !freopen(replay_path("err"), "w", stderr))
			_exit(99);
		status = cmd_replay(argc, argv);
		fflush(NULL);
		_exit(status);
	}
	cr_assert_eq(waitpid(child, &status, 0), child);
	cr_assert(WIFEXITED(status), "it crashed: %d", status);
	return WEXITSTATUS(status);
}

json_t *replay_summary(const char *output)
{
	const char *last = output + strlen(output) - 1;
	json_t *document, *summary;

	cr_assert(last > output && *last == '\n');
	while (last > output && last[-1] != '\n')
		last--;
	document = json_loads(last, 0, NULL);
	cr_assert(document, "%s", last);
	summary = json_incref(json_object_get(document, "summary"));
	json_decref(document);
	cr_assert(summary, "%s", last);
	return summary;
}

json_int_t replay_number(const json_t *object, const char *key)
{
	return json_integer_value(json_object_get(object, key));
}

const json_t *replay_source_of(const json_t *summary, const char *src)
{
	const json_t *sources = json_object_get(summary, "sources");

	for (size_t i = 0; i < json_array_size(sources); i++) {
		const json_t *source = json_array_get(sources, i);

		if (!strcmp(json_string_value(json_object_get(source, "src")), src))
			return source;
	}
	cr_assert(false, "no source %s", src);
	return NULL;
}
