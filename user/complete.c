// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/complete.h"

#include <stdio.h>
#include <string.h>

/* The options of one verb. */
struct options {
	const struct cmd_use *use;
	const struct cmd_option *common;
	size_t commons;
};

static const struct cmd_option *find_in(const struct cmd_option *option, size_t count,
					const char *name, size_t len)
{
	for (size_t i = 0; i < count; i++) {
		if (strlen(option[i].name) == len && !strncmp(option[i].name, name, len))
			return &option[i];
	}
	return NULL;
}

/* The option of "-n", "--name" or "--name=value", or NULL. */
static const struct cmd_option *find(const struct options *options, const char *word)
{
	const struct cmd_option *option;
	size_t len;

	if (*word != '-' || !word[1] || (word[1] != '-' && word[2]))
		return NULL;
	word += word[1] == '-' ? 2 : 1;
	len = strcspn(word, "=");
	option = find_in(options->use->option, options->use->options, word, len);
	return option ? option : find_in(options->common, options->commons, word, len);
}

/* Takes an argument of its own, which is not behind a `='. */
static const char *wants(const struct options *options, const char *word)
{
	const struct cmd_option *option = strchr(word, '=') ? NULL : find(options, word);

	return option ? option->arg : NULL;
}

/* "[FILE]..." without what is not its name. */
static void copy_arg(char out[COMPLETE_ARG_LEN], const char *from, size_t len)
{
	size_t n = 0;

	for (size_t i = 0; i < len && n + 1 < COMPLETE_ARG_LEN; i++) {
		if (!strchr("[].", from[i]))
			out[n++] = from[i];
	}
	out[n] = '\0';
}

/*
 * The at-th argument, from 0, in "ADDR [FILE...]": the last one stands for all further ones if the
 * verb takes any number. What begins with a dash is an option that --help shows there.
 */
static void find_argument(const struct cmd_use *use, size_t at, char out[COMPLETE_ARG_LEN])
{
	const char *args = use->args;

	*out = '\0';
	if (use->args_max >= 0 && at >= (size_t)use->args_max)
		return;
	for (size_t i = 0; *args;) {
		char arg[COMPLETE_ARG_LEN];
		size_t len;

		args += strspn(args, " ");
		len = strcspn(args, " ");
		copy_arg(arg, args, len);
		args += len;
		if (!*arg || *arg == '-')
			continue;
		memcpy(out, arg, sizeof(arg));
		if (i++ == at)
			return;
	}
}

void complete_ask(const struct cmd_use *use, const struct cmd_option *common, size_t commons,
		  char *const *words, size_t count, struct complete_ask *out)
{
	const struct options options = { use, common, commons };
	const char *last = words[count - 1], *arg = NULL;
	const struct cmd_option *option;
	size_t arguments = 0;

	*out = (struct complete_ask){ .typed = last };
	for (size_t i = 0; i + 1 < count; i++) {
		bool taken = arg != NULL;

		arg = taken ? NULL : wants(&options, words[i]);
		arguments += !taken && *words[i] != '-';
	}
	if (arg) {
		copy_arg(out->arg, arg, strlen(arg));
		return;
	}
	option = find(&options, last);
	if (option && option->arg && strchr(last, '=')) {
		out->typed = strchr(last, '=') + 1;
		out->kept = (size_t)(out->typed - last);
		copy_arg(out->arg, option->arg, strlen(option->arg));
	} else if (*last == '-') {
		out->options = true;
	} else {
		find_argument(use, arguments, out->arg);
	}
}
