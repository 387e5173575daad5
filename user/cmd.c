// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/cmd.h"

#include <errno.h>
#include <getopt.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "user/nearest.h"
#include "user/store.h"

#define ARRAY_LEN(a) (sizeof(a) / sizeof((a)[0]))
#define OPTIONS_MAX 16

enum common_option { OPTION_DEV = 256, OPTION_COLOR, OPTION_OWN };

static const struct option common_options[] = {
	{ "dev", required_argument, NULL, OPTION_DEV },
	{ "json", no_argument, NULL, 'j' },
	{ "color", required_argument, NULL, OPTION_COLOR },
	{ "help", no_argument, NULL, 'h' },
};

const struct cmd_option cmd_common_options[CMD_COMMON_OPTIONS] = {
	{ "dev", "DEV", "the interface; needed where several are protected", NULL, NULL },
	{ "json", NULL, "one JSON document instead of text; -j", NULL, NULL },
	{ "color", "auto|always|never", "whether text is coloured", NULL, NULL },
	{ "help", NULL, "this text; -h", NULL, NULL },
};

/* Set while a verb is asked for its use alone. */
static struct {
	void (*fn)(const struct cmd_use *use, void *arg);
	void *arg;
} description;

int cmd_fail(enum exit_status status, const char *format, ...)
{
	va_list args;

	fputs("sipshield: ", stderr);
	va_start(args, format);
	vfprintf(stderr, format, args);
	va_end(args);
	putc('\n', stderr);
	return status;
}

const char *cmd_nearest(const char *word, const char *const *first, size_t n, size_t stride)
{
	struct nearest nearest = nearest_to(word);

	for (size_t i = 0; i < n; i++) {
		const char *name = *(const char *const *)((const char *)first + i * stride);

		if (name)
			nearest_offer(&nearest, name);
	}
	return nearest.name;
}

static void print_option(const char *name, const char *arg, const char *what)
{
	char left[48];

	snprintf(left, sizeof(left), "%s%s%s%s", name[1] ? "--" : "-", name, arg ? " " : "",
		 arg ? arg : "");
	printf("  %-28s %s\n", left, what);
}

static void print_help(const struct cmd_use *use)
{
	printf("Usage: sipshield %s%s%s [OPTION...]\n\n%s\n\n", use->name, *use->args ? " " : "",
	       use->args, use->what);
	for (size_t i = 0; i < use->options; i++)
		print_option(use->option[i].name, use->option[i].arg, use->option[i].what);
	for (size_t i = 0; i < CMD_COMMON_OPTIONS; i++)
		print_option(cmd_common_options[i].name, cmd_common_options[i].arg,
			     cmd_common_options[i].what);
}

static bool wrong_usage(const struct cmd_use *use, int *status)
{
	fprintf(stderr, "Usage: sipshield %s%s%s [OPTION...]; see `sipshield %s --help`\n",
		use->name, *use->args ? " " : "", use->args, use->name);
	*status = EXIT_USAGE;
	return false;
}

static bool color_parse(const char *when, bool *color)
{
	const char *term = getenv("TERM");
	const char *no_color = getenv("NO_COLOR");

	if (!strcmp(when, "auto"))
		*color = isatty(STDOUT_FILENO) && !(no_color && *no_color) &&
			 !(term && !strcmp(term, "dumb"));
	else if (!strcmp(when, "always") || !strcmp(when, "never"))
		*color = !strcmp(when, "always");
	else
		return false;
	return true;
}

/* The word that getopt_long did not like, with a guess at what was meant. */
static void report_option(const struct option *option, size_t n, int code, char **argv)
{
	const char *word = argv[optind - 1];
	const char *near = NULL;

	if (code == ':') {
		cmd_fail(EXIT_USAGE, "option `%s' needs an argument", word);
		return;
	}
	if (optopt && optopt < 256) {
		cmd_fail(EXIT_USAGE, "there is no option `-%c'", optopt);
		return;
	}
	if (!strncmp(word, "--", 2))
		near = cmd_nearest(word + 2, &option->name, n, sizeof(*option));
	cmd_fail(EXIT_USAGE,
		 optopt ? "option `%s' takes no argument%s%s%s" : "there is no option `%s'%s%s%s",
		 word, near && !optopt ? "; did you mean `--" : "", near && !optopt ? near : "",
		 near && !optopt ? "'?" : "");
}

static const struct cmd_option *option_of_letter(const struct cmd_use *use, int letter)
{
	const struct cmd_option *option = use->option;

	while (option->name[0] != letter || option->name[1])
		option++;
	return option;
}

/* The options of one letter, as getopt wants them. */
static const char *option_letters(const struct cmd_use *use, char out[2 * OPTIONS_MAX + 4])
{
	char *end = stpcpy(out, ":jh");

	for (size_t i = 0; i < use->options && i < OPTIONS_MAX; i++) {
		if (use->option[i].name[1])
			continue;
		*end++ = use->option[i].name[0];
		if (use->option[i].arg)
			*end++ = ':';
	}
	*end = '\0';
	return out;
}

/* Applies one option; false: its argument is wrong, and that was said. */
static bool take_option(const struct cmd_use *use, int code, struct cmd_common *common)
{
	const struct cmd_option *own;

	switch (code) {
	case 'j':
		common->json = true;
		return true;
	case OPTION_DEV:
		common->dev = optarg;
		return true;
	case OPTION_COLOR:
		if (color_parse(optarg, &common->color))
			return true;
		cmd_fail(EXIT_USAGE, "--color %s: expected auto, always or never", optarg);
		return false;
	}
	own = code < OPTION_DEV ? option_of_letter(use, code) : &use->option[code - OPTION_OWN];
	if (own->value)
		*own->value = optarg;
	else
		*own->flag = true;
	return true;
}

static size_t option_table(const struct cmd_use *use, struct option *option)
{
	size_t n = 0;

	for (; n < ARRAY_LEN(common_options); n++)
		option[n] = common_options[n];
	for (size_t i = 0; i < use->options && n + 1 < OPTIONS_MAX; i++) {
		if (!use->option[i].name[1])
			continue;
		option[n++] = (struct option){
			.name = use->option[i].name,
			.has_arg = use->option[i].arg ? required_argument : no_argument,
			.val = OPTION_OWN + (int)i,
		};
	}
	option[n] = (struct option){ 0 };
	return n;
}

bool cmd_parse(const struct cmd_use *use, int *argc, char ***argv, struct cmd_common *common,
	       int *status)
{
	struct option option[OPTIONS_MAX];
	size_t n = option_table(use, option);
	char letters[2 * OPTIONS_MAX + 4];
	int code;

	if (description.fn) {
		description.fn(use, description.arg);
		*status = EXIT_DONE;
		return false;
	}
	*common = (struct cmd_common){ 0 };
	color_parse("auto", &common->color);
	optind = 0;
	option_letters(use, letters);
	while ((code = getopt_long(*argc, *argv, letters, option, NULL)) != -1) {
		if (code == 'h') {
			print_help(use);
			*status = EXIT_DONE;
			return false;
		}
		if (code == '?' || code == ':') {
			report_option(option, n, code, *argv);
			return wrong_usage(use, status);
		}
		if (!take_option(use, code, common))
			return wrong_usage(use, status);
	}
	*argc -= optind;
	*argv += optind;
	if (*argc < use->args_min) {
		cmd_fail(EXIT_USAGE, "%s: an argument is missing", use->name);
		return wrong_usage(use, status);
	}
	if (use->args_max >= 0 && *argc > use->args_max) {
		cmd_fail(EXIT_USAGE, "%s: `%s' is one argument too many", use->name,
			 (*argv)[use->args_max]);
		return wrong_usage(use, status);
	}
	return true;
}

void cmd_describe(const struct cmd_entry *entry, void (*fn)(const struct cmd_use *, void *),
		  void *arg)
{
	char object[32], verb[32];
	char *argv[] = { object, entry->verb ? verb : NULL, NULL };

	snprintf(object, sizeof(object), "%s", entry->object);
	snprintf(verb, sizeof(verb), "%s", entry->verb ? entry->verb : "");
	description.fn = fn;
	description.arg = arg;
	entry->run(entry->verb ? 2 : 1, argv);
	description.fn = NULL;
}

int cmd_dispatch(const struct cmd_verb *verb, size_t verbs, int argc, char **argv)
{
	const char *near;

	for (size_t i = 0; argc > 1 && i < verbs; i++) {
		if (!strcmp(argv[1], verb[i].name))
			return verb[i].run(argc - 1, argv + 1);
	}
	if (argc > 1) {
		near = cmd_nearest(argv[1], &verb->name, verbs, sizeof(*verb));
		cmd_fail(EXIT_USAGE, "%s has no verb `%s'%s%s%s", argv[0], argv[1],
			 near ? "; did you mean `" : "", near ? near : "", near ? "'?" : "");
	}
	fprintf(stderr, "Usage: sipshield %s ", argv[0]);
	for (size_t i = 0; i < verbs; i++)
		fprintf(stderr, "%s%s", i ? "|" : "", verb[i].name);
	fputs(" ...; each has --help\n", stderr);
	return EXIT_USAGE;
}

int cmd_open_store(const char *dev, bool write, struct store **out, char *name)
{
	int err = store_open(dev, write, out, name);

	switch (err) {
	case 0:
		return EXIT_DONE;
	case -ENOENT:
		return cmd_fail(EXIT_NOT_ENFORCING,
				"nothing protects %s; start it with "
				"`sipshield run %s'",
				dev ? dev : "this host", dev ? dev : "DEV");
	case -EEXIST:
		return cmd_fail(EXIT_USAGE, "several interfaces are protected; name one with "
					    "--dev (ls " STORE_ROOT ")");
	case -EPROTO:
		return cmd_fail(
			EXIT_FAILED,
			"the maps under " STORE_ROOT " were made by another "
			"version of sipshield; use that one, or restart the agent of this one");
	case -EPERM:
	case -EACCES:
		return cmd_fail(EXIT_FAILED,
				"no permission to %s the maps under " STORE_ROOT "; run as root",
				write ? "change" : "read");
	default:
		return cmd_fail(EXIT_FAILED, "cannot open the maps under " STORE_ROOT ": %s",
				strerror(-err));
	}
}

void cmd_close_store(struct store **store)
{
	store_close(*store);
}

__u64 cmd_now(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC_COARSE, &now);
	return (__u64)now.tv_sec * 1000000000ULL + (__u64)now.tv_nsec;
}

bool cmd_port(const char *text, unsigned short *port)
{
	char *end;
	unsigned long number = strtoul(text, &end, 10);

	if (*text < '0' || *text > '9' || *end || number > 65535)
		return false;
	*port = (unsigned short)number;
	return true;
}
