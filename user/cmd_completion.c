// SPDX-License-Identifier: GPL-2.0-or-later
#include <dirent.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "user/addr.h"
#include "user/cmd.h"
#include "user/complete.h"
#include "user/names.h"
#include "user/plan.h"
#include "user/store.h"

#define SHOWN_MAX 200 /* sources that are offered */

/*
 * The line is split at blanks here: bash splits its own words at colons, too, which are in every
 * IPv6 address, and wants back what is behind the last one.
 */
static const char script[] =
	"# SPDX-License-Identifier: GPL-2.0-or-later\n"
	"# Completion of sipshield(8) for bash, printed by `sipshield completion bash': the binary itself\n"
	"# says what fits.\n"
	"_sipshield()\n"
	"{\n"
	"	local -a words\n"
	"	local line cur kept\n"
	"\n"
	"	read -r -a words <<<\"${COMP_LINE:0:COMP_POINT}\"\n"
	"	[[ ${COMP_LINE:0:COMP_POINT} == *[[:blank:]] ]] && words+=('')\n"
	"	cur=${words[-1]}\n"
	"	kept=${cur%\"${cur##*[:=]}\"}\n"
	"	COMPREPLY=()\n"
	"	while IFS= read -r line; do\n"
	"		case $line in\n"
	"		@file | @dir)\n"
	"			[[ $line == @dir ]] && line=-d || line=-f\n"
	"			mapfile -t COMPREPLY < <(compgen \"$line\" -- \"${cur#\"$kept\"}\")\n"
	"			compopt -o filenames 2>/dev/null\n"
	"			;;\n"
	"		*) COMPREPLY+=(\"${line#\"$kept\"}\") ;;\n"
	"		esac\n"
	"	done < <(\"${words[0]}\" complete -- \"${words[@]:1}\" 2>/dev/null)\n"
	"}\n"
	"complete -F _sipshield sipshield\n";

int cmd_completion(int argc, char **argv)
{
	const struct cmd_use use = {
		.name = "completion",
		.args = "[bash]",
		.what = "Prints a script that makes bash complete the words of a command line: verbs,\n"
			"options, interfaces, bans, reasons. To try it: source <(sipshield completion bash)",
		.args_max = 1,
	};
	struct cmd_common common;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (argc && strcmp(argv[0], "bash"))
		return cmd_fail(EXIT_USAGE, "completion: there is one for bash alone, not for `%s'",
				argv[0]);
	fputs(script, stdout);
	return EXIT_DONE;
}

/* --- what fits at the cursor ----------------------------------------------------------------------*/

/* The word at the cursor, and how many were offered for it. */
struct offer {
	const char *word;
	size_t kept; /* of the word: what each candidate has before it */
	size_t count;
};

static void offer(struct offer *offer, const char *candidate)
{
	const char *typed = offer->word + offer->kept;

	if (strncmp(candidate, typed, strlen(typed)))
		return;
	printf("%.*s%s\n", (int)offer->kept, offer->word, candidate);
	offer->count++;
}

static int offer_address(struct offer *to, const struct addr *address)
{
	char text[ADDR_TEXT_LEN];

	offer(to, addr_format(address, text));
	return to->count >= SHOWN_MAX;
}

static int offer_ban(const struct addr *address, const struct ban *ban, void *arg)
{
	(void)ban;
	return offer_address(arg, address);
}

static int offer_standing(const struct addr *address, const struct standing *standing, void *arg)
{
	(void)standing;
	return offer_address(arg, address);
}

static int offer_suspect(const struct addr *address, const struct suspect *suspect, void *arg)
{
	(void)suspect;
	return offer_address(arg, address);
}

static int offer_allowed(const struct plan_prefix *prefix, void *arg)
{
	char text[PREFIX_TEXT_LEN];

	if (store_rule_added(&prefix->rule))
		offer(arg, prefix_format(&prefix->address, prefix->length, text));
	return 0;
}

/* The sources that a verb can be about; dev NULL: of the only interface that is protected. */
static void offer_sources(const struct cmd_use *use, const char *dev, struct offer *to)
{
	cleanup_store struct store *store = NULL;
	char name[IF_NAMESIZE];
	bool known = !strcmp(use->name, "explain") || !strcmp(use->name, "source show");

	if (store_open(dev, false, &store, name))
		return;
	if (!strcmp(use->name, "allow del"))
		store_each_prefix(store, offer_allowed, to);
	if (!strcmp(use->name, "ban del") || known)
		store_each_ban(store, offer_ban, to);
	if (known && !store_each_suspect(store, offer_suspect, to))
		store_each_standing(store, offer_standing, to);
}

static void offer_interfaces(struct offer *to)
{
	struct if_nameindex *list = if_nameindex();

	for (struct if_nameindex *i = list; i && i->if_name; i++)
		offer(to, i->if_name);
	if_freenameindex(list);
}

/* Those that are protected; any other is wrong for most verbs. */
static void offer_protected(struct offer *to)
{
	DIR *root = opendir(STORE_ROOT);
	struct dirent *entry;

	while (root && (entry = readdir(root))) {
		if (*entry->d_name != '.')
			offer(to, entry->d_name);
	}
	if (root)
		closedir(root);
}

static void offer_names(const char *(*name)(unsigned int), unsigned int count, struct offer *to)
{
	for (unsigned int i = 0; i < count; i++)
		offer(to, name(i));
}

/* "auto|native|generic" */
static void offer_choices(const char *choices, struct offer *to)
{
	char one[COMPLETE_ARG_LEN];

	while (*choices) {
		size_t len = strcspn(choices, "|");

		snprintf(one, sizeof(one), "%.*s", (int)len, choices);
		offer(to, one);
		choices += len + (choices[len] == '|');
	}
}

static bool makes_protection(const struct cmd_use *use)
{
	return !strcmp(use->name, "run") || !strcmp(use->name, "init") ||
	       !strcmp(use->name, "doctor");
}

static void offer_argument(const struct cmd_use *use, const char *arg, const char *dev,
			   struct offer *to)
{
	if (!strcmp(arg, "FILE") || !strcmp(arg, "CAPTURE"))
		puts("@file");
	else if (!strcmp(arg, "DIR"))
		puts("@dir");
	else if (!strcmp(arg, "DEV") && makes_protection(use))
		offer_interfaces(to);
	else if (!strcmp(arg, "DEV"))
		offer_protected(to);
	else if (!strcmp(arg, "REASON"))
		offer_names(reason_name, REASON_MAX, to);
	else if (!strcmp(arg, "METHOD"))
		offer_names(method_name, SIP_METHOD_MAX, to);
	else if (!strcmp(arg, "ADDR") || !strcmp(arg, "PREFIX"))
		offer_sources(use, dev, to);
	else if (strchr(arg, '|') || !strcmp(arg, "bash"))
		offer_choices(arg, to);
}

static void offer_options(const struct cmd_option *option, size_t count, struct offer *to)
{
	char text[48];

	for (size_t i = 0; i < count; i++) {
		snprintf(text, sizeof(text), "%s%s", option[i].name[1] ? "--" : "-",
			 option[i].name);
		offer(to, text);
	}
}

/* The words behind the verb. */
struct rest {
	char **word;
	size_t count;
};

/* The interface that was named before the word at the cursor, or NULL. */
static const char *dev_of(const struct rest *rest)
{
	for (size_t i = 0; i + 2 < rest->count; i++) {
		if (!strcmp(rest->word[i], "--dev"))
			return rest->word[i + 1];
	}
	return NULL;
}

static void offer_of_verb(const struct cmd_use *use, void *arg)
{
	const struct rest *rest = arg;
	struct complete_ask ask;
	struct offer to = { .word = rest->word[rest->count - 1] };

	complete_ask(use, cmd_common_options, CMD_COMMON_OPTIONS, rest->word, rest->count, &ask);
	to.kept = ask.kept;
	if (ask.options) {
		offer_options(use->option, use->options, &to);
		offer_options(cmd_common_options, CMD_COMMON_OPTIONS, &to);
	} else {
		offer_argument(use, ask.arg, dev_of(rest), &to);
	}
}

/* Objects stand together in the table, so that each is offered once. */
static void offer_objects(const struct cmd_entry *entry, size_t entries, const char *word)
{
	struct offer to = { .word = word };

	for (size_t i = 0; i < entries; i++) {
		if (!i || strcmp(entry[i].object, entry[i - 1].object))
			offer(&to, entry[i].object);
	}
}

static void offer_verbs(const struct cmd_entry *entry, size_t entries, const char *object,
			const char *word)
{
	struct offer to = { .word = word };

	for (size_t i = 0; i < entries; i++) {
		if (entry[i].verb && !strcmp(entry[i].object, object))
			offer(&to, entry[i].verb);
	}
}

int cmd_complete(int argc, char **argv, const struct cmd_entry *entry, size_t entries)
{
	char **word = argv + 2;
	int words = argc - 2;

	if (words < 1 || strcmp(argv[1], "--"))
		return EXIT_USAGE;
	if (words == 1) {
		offer_objects(entry, entries, word[0]);
		return EXIT_DONE;
	}
	for (size_t i = 0; i < entries; i++) {
		struct rest rest = { word + 1, (size_t)words - 1 };

		if (strcmp(entry[i].object, word[0]))
			continue;
		if (entry[i].verb && words == 2) {
			offer_verbs(entry, entries, word[0], word[1]);
			return EXIT_DONE;
		}
		if (entry[i].verb && strcmp(entry[i].verb, word[1]))
			continue;
		if (entry[i].verb)
			rest = (struct rest){ word + 2, (size_t)words - 2 };
		cmd_describe(&entry[i], offer_of_verb, &rest);
		return EXIT_DONE;
	}
	return EXIT_USAGE;
}
