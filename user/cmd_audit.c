// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "user/audit.h"
#include "user/cmd.h"
#include "user/duration.h"
#include "user/json.h"
#include "user/note.h"
#include "user/store.h"

static const char *state_dir;
static bool of_host;

static const struct cmd_option options[] = {
	{ "state-dir", "DIR", "of the trail; default: the agent's", &state_dir, NULL },
	{ "host", NULL, "the trail of what belongs to no interface", NULL, &of_host },
};

/* A trail by its directory and its name. */
struct place {
	char dir[VARFILE_PATH_LEN];
	char dev[IF_NAMESIZE];
	const char *name;
};

/* Whose trail is meant: it is there after the interface's protection has ended, too. */
static int find_place(const struct cmd_common *common, struct place *place)
{
	cleanup_store struct store *store = NULL;
	const char *dev = common->dev;

	if (!dev && !of_host) {
		if (store_open(NULL, false, &store, place->dev))
			return cmd_fail(EXIT_USAGE,
					"of which interface? name it with --dev, or say --host");
		dev = place->dev;
	}
	if (dev && !store_is_dev(dev))
		return cmd_fail(EXIT_USAGE, "--dev %s is no interface", dev);
	audit_place(dev, place->dir, &place->name);
	if (state_dir)
		snprintf(place->dir, sizeof(place->dir), "%s", state_dir);
	if (!*place->dir)
		return cmd_fail(EXIT_USAGE,
				"the agent of %s keeps nothing (--state-dir ''): the "
				"journal alone has the records",
				place->name);
	return EXIT_DONE;
}

static int fail_reading(const struct place *place, int err)
{
	return cmd_fail(EXIT_FAILED, "cannot read the audit trail of %s in %s: %s", place->name,
			place->dir, strerror(-err));
}

/* --- list ---------------------------------------------------------------------------------------*/

static const char *text_of(const json_t *object, const char *key)
{
	const char *text = json_string_value(json_object_get(object, key));

	return text ? text : "";
}

/* What a key has, between two texts, if it has anything. */
static void print_text(const char *before, const json_t *object, const char *key, const char *after)
{
	const char *text = text_of(object, key);

	if (!*text)
		return;
	fputs(before, stdout);
	note_print(text, stdout);
	fputs(after, stdout);
}

/* "root (sudo: alice) from 203.0.113.7" */
static void print_who(const json_t *who)
{
	print_text("", who, "user", "");
	print_text(" (sudo: ", who, "sudo_user", ")");
	print_text(" from ", who, "from", "");
}

static int print_line(const struct audit_line *line, void *arg)
{
	const json_t *entry = line->entry;
	json_int_t ttl = json_integer_value(json_object_get(entry, "ttl"));
	char time[DURATION_TEXT_LEN];

	(void)arg;
	if (!entry) {
		printf("(line %zu of %s %s)\n", line->number, line->path, line->problem);
		return 0;
	}
	print_text("", entry, "time", "  ");
	print_text("", entry, "action", "");
	print_text(" ", entry, "object", "");
	if (ttl > 0)
		printf(" for %s", duration_format((uint64_t)ttl, time));
	if (json_is_true(json_object_get(entry, "refused")))
		fputs(" (refused)", stdout);
	fputs("  by ", stdout);
	print_who(json_object_get(entry, "who"));
	print_text(": ", entry, "why", "");
	puts(line->problem ? "  (was changed)" : "");
	return 0;
}

static int collect_line(const struct audit_line *line, void *arg)
{
	json_t *list = arg;

	if (!line->entry)
		return 0;
	json_object_set_new(line->entry, "whole", json_boolean(!line->problem));
	return json_array_append(list, line->entry) ? -ENOMEM : 0;
}

static int audit_list(int argc, char **argv)
{
	const struct cmd_use use = {
		.name = "audit list",
		.args = "",
		.what = "Lists what was changed, by whom and why, the oldest first: bans and exemptions\n"
			"by hand, policies, lists, imports, bypass and detach, and the agent's own bans.\n"
			"Works while the agent is down, and after the protection has ended.",
		.option = options,
		.options = sizeof(options) / sizeof(options[0]),
	};
	struct audit_summary summary;
	struct cmd_common common;
	struct place place = { 0 };
	json_t *document = NULL, *list = NULL;
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	status = find_place(&common, &place);
	if (status)
		return status;
	if (common.json) {
		document = json_document();
		list = json_array();
		json_object_set_new(document, "of", json_string(place.name));
		json_object_set_new(document, "entries", list);
	}
	err = audit_read(place.dir, place.name, common.json ? collect_line : print_line, list,
			 &summary);
	if (!err)
		return common.json && json_print(document, stdout) ? EXIT_FAILED : EXIT_DONE;
	json_decref(document);
	return fail_reading(&place, err);
}

/* --- verify -------------------------------------------------------------------------------------*/

static int print_problem(const struct audit_line *line, void *arg)
{
	json_t *list = arg;

	if (!line->problem)
		return 0;
	if (!list)
		printf("%s:%zu: %s\n", line->path, line->number, line->problem);
	else
		json_array_append_new(list, json_pack("{s:s, s:I, s:s}", "file", line->path, "line",
						      (json_int_t)line->number, "problem",
						      line->problem));
	return 0;
}

static void print_summary(const struct audit_summary *summary)
{
	printf("%zu entries are whole, %zu are not", summary->entries, summary->problems);
	if (summary->first > 1)
		printf("; those before number %llu were dropped with their files",
		       (unsigned long long)summary->first);
	printf("\nlast: number %llu, %s\n", (unsigned long long)summary->last.seq,
	       summary->last.hash);
}

static json_t *summary_json(const struct place *place, const struct audit_summary *summary,
			    json_t *problems)
{
	json_t *document = json_document();

	if (!document)
		return NULL;
	json_object_update_new(document, json_pack("{s:s, s:b, s:I, s:I, s:I, s:s, s:O}", "of",
						   place->name, "whole", !summary->problems,
						   "entries", (json_int_t)summary->entries, "first",
						   (json_int_t)summary->first, "last",
						   (json_int_t)summary->last.seq, "hash",
						   summary->last.hash, "problems", problems));
	return document;
}

static int audit_verify(int argc, char **argv)
{
	const struct cmd_use use = {
		.name = "audit verify",
		.args = "",
		.what = "Proves that no line of the trail was changed, left out or put in: each has the\n"
			"SHA-256 of itself and of the line before it. Whether lines are missing at the end\n"
			"the journal tells: its records have the hashes, too (SIPSHIELD_AUDIT_HASH).\n\n"
			"Exit status: 0 whole, 5 it is not.",
		.option = options,
		.options = sizeof(options) / sizeof(options[0]),
	};
	struct audit_summary summary;
	struct cmd_common common;
	struct place place = { 0 };
	json_t *problems;
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	status = find_place(&common, &place);
	if (status)
		return status;
	problems = common.json ? json_array() : NULL;
	err = audit_read(place.dir, place.name, print_problem, problems, &summary);
	if (!err && common.json)
		err = json_print(summary_json(&place, &summary, problems), stdout);
	else if (!err)
		print_summary(&summary);
	json_decref(problems);
	if (err)
		return fail_reading(&place, err);
	return summary.problems ? EXIT_DOCTOR : EXIT_DONE;
}

int cmd_audit(int argc, char **argv)
{
	static const struct cmd_verb verbs[] = {
		{ "list", audit_list },
		{ "verify", audit_verify },
	};

	return cmd_dispatch(verbs, sizeof(verbs) / sizeof(verbs[0]), argc, argv);
}
