// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "user/cmd.h"
#include "user/host.h"
#include "user/init.h"
#include "user/json.h"
#include "user/varfile.h"

struct init_options {
	const char *output; /* NULL: POLICY_PATH under root */
	const char *root;
	bool yes, dry_run, force, resolve;
};

/* A policy as text. */
struct proposal {
	char *text;
	size_t len;
};

static void found_free(struct init_found *found)
{
	trunks_free(&found->trunks);
	trunk_sources_free(&found->sources);
	listening_free(&found->sockets);
	nic_around_free(&found->around);
}
static void proposal_free(struct proposal *proposal)
{
	free(proposal->text);
}
static void text_free(char **text)
{
	free(*text);
}
#define cleanup_found __attribute__((cleanup(found_free)))
#define cleanup_proposal __attribute__((cleanup(proposal_free)))
#define cleanup_text __attribute__((cleanup(text_free)))

/* --- which interface ------------------------------------------------------------------------------*/

static void print_devs(const struct nic_around *around)
{
	for (size_t i = 0; i < around->devs; i++)
		fprintf(stderr, "%s%s", i ? ", " : "", around->dev[i]);
}

static const char *ask_dev(const struct nic_around *around)
{
	char answer[64];

	fputs("Default routes lead through ", stderr);
	print_devs(around);
	for (;;) {
		fprintf(stderr, "\nWhich interface is to be protected? [%s] ", around->dev[0]);
		if (!fgets(answer, sizeof(answer), stdin))
			return NULL;
		answer[strcspn(answer, "\n")] = '\0';
		if (!*answer)
			return around->dev[0];
		for (size_t i = 0; i < around->devs; i++) {
			if (!strcmp(answer, around->dev[i]))
				return around->dev[i];
		}
		fprintf(stderr, "`%s' is none of them; --dev takes any interface", answer);
	}
}

static int choose_dev(const struct cmd_common *common, const struct init_options *options,
		      struct init_found *found)
{
	const struct nic_around *around = &found->around;

	found->dev = common->dev;
	if (common->dev && !if_nametoindex(common->dev))
		return cmd_fail(EXIT_USAGE, "there is no interface %s; `ip link' lists them",
				common->dev);
	if (common->dev)
		return EXIT_DONE;
	if (!around->devs)
		return cmd_fail(EXIT_USAGE, "no default route tells which interface to protect; "
					    "name it with --dev");
	found->dev = around->dev[0];
	if (around->devs == 1)
		return EXIT_DONE;
	if (isatty(STDIN_FILENO) && !options->yes && !common->json) {
		found->dev = ask_dev(around);
		return found->dev ? EXIT_DONE : EXIT_USAGE;
	}
	fputs("sipshield: default routes lead through ", stderr);
	print_devs(around);
	fprintf(stderr, "; %s is taken, --dev takes another\n", found->dev);
	return EXIT_DONE;
}

/* --- what is there --------------------------------------------------------------------------------*/

static int look(const struct init_options *options, struct init_found *found)
{
	int err = host_sockets(options->root, &found->sockets);

	if (!err)
		err = host_trunks(options->root, &found->sources, &found->trunks);
	if (!err && options->resolve)
		err = host_resolve(&found->trunks);
	if (!err)
		trunk_judge(&found->trunks, &found->around.own);
	return err;
}

/* The policy must be one: what it is made of is other programs' text. */
static int propose(const struct init_found *found, const char *path, struct proposal *out)
{
	struct policy_doc doc;
	FILE *stream = open_memstream(&out->text, &out->len);
	int err;

	if (!stream)
		return -ENOMEM;
	err = init_print_policy(found, stream);
	if (fclose(stream))
		err = -ENOMEM;
	if (!err)
		err = policy_parse(path, out->text, out->len, &doc, stderr);
	if (!err)
		policy_free(&doc);
	return err;
}

/* --- writing it -----------------------------------------------------------------------------------*/

/* Keeps the old file beside the new one, under a name that conf.d would not take either. */
static int keep_old(const char *path, char **backup)
{
	struct timespec now;
	struct tm when;
	char stamp[32];

	clock_gettime(CLOCK_REALTIME, &now);
	localtime_r(&now.tv_sec, &when);
	strftime(stamp, sizeof(stamp), "%Y%m%d-%H%M%S", &when);
	if (asprintf(backup, "%s.%s", path, stamp) < 0) {
		*backup = NULL;
		return -ENOMEM;
	}
	return link(path, *backup) && errno != EEXIST ? -errno : 0;
}

static int make_dir_of(const char *path)
{
	char dir[VARFILE_PATH_LEN];
	char *slash;

	if (snprintf(dir, sizeof(dir), "%s", path) >= (int)sizeof(dir))
		return -ENAMETOOLONG;
	slash = strrchr(dir, '/');
	if (!slash || slash == dir)
		return 0;
	*slash = '\0';
	return varfile_make_dir(dir);
}

static int write_policy(const char *path, const struct proposal *proposal,
			const struct init_options *options, char **backup)
{
	int err = 0;

	if (!access(path, F_OK)) {
		if (!options->force)
			return cmd_fail(
				EXIT_REFUSED,
				"%s is there already and was left as it is; --dry-run prints "
				"what would be written, --force replaces it and keeps the old "
				"one beside it",
				path);
		err = keep_old(path, backup);
	}
	if (!err)
		err = make_dir_of(path);
	if (!err)
		err = varfile_write(path, proposal->text, proposal->len);
	/* The agent reads it under a user of its own. */
	if (!err && chmod(path, 0644))
		err = -errno;
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot write %s: %s%s", path, strerror(-err),
				err == -EACCES || err == -EPERM ? "; run as root" : "");
	return EXIT_DONE;
}

static int print_json(const struct init_found *found, const char *path, bool written,
		      const char *backup, const struct proposal *proposal)
{
	json_t *document = json_document();
	int err = json_object_update_new(document, init_json(found));

	err |= json_object_update_new(
		document,
		json_pack("{s:s, s:b, s:o, s:s}", "file", path, "written", (int)written, "backup",
			  backup ? json_string(backup) : json_null(), "policy", proposal->text));
	if (!err)
		err = json_print(document, stdout);
	else
		json_decref(document);
	return err ? cmd_fail(EXIT_FAILED, "cannot print what was found") : EXIT_DONE;
}

static void print_done(const struct init_found *found, const char *path, const char *backup)
{
	size_t carriers = init_carriers(&found->trunks);
	const char *command;
	char text[128];

	printf("\nwrote %s: mode shadow, %zu carrier%s\n", path, carriers,
	       carriers == 1 ? "" : "s");
	if (backup)
		printf("the old one is kept as %s\n", backup);
	puts("\nNext:");
	for (unsigned int n = 0; (command = init_next(found, n, text, sizeof(text))); n++)
		printf("  %s\n", command);
}

static int run(const struct init_options *options, const struct cmd_common *common)
{
	cleanup_found struct init_found found = { 0 };
	cleanup_proposal struct proposal proposal = { 0 };
	cleanup_text char *path = NULL, *backup = NULL;
	int status, err;

	if (*options->root && access(options->root, X_OK))
		return cmd_fail(EXIT_USAGE, "--root %s: %s", options->root, strerror(errno));
	err = nic_around(options->root, &found.around);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot read addresses and routes: %s",
				strerror(-err));
	status = choose_dev(common, options, &found);
	if (status)
		return status;
	if (asprintf(&path, "%s%s", options->output ? "" : options->root,
		     options->output ? options->output : POLICY_PATH) < 0)
		return cmd_fail(EXIT_FAILED, "no memory");
	err = look(options, &found);
	if (!err)
		err = propose(&found, path, &proposal);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot make a policy of what was found: %s",
				strerror(-err));
	if (options->dry_run && !common->json) {
		fputs(proposal.text, stdout);
		return EXIT_DONE;
	}
	if (!common->json)
		init_print_found(&found, stdout);
	if (!options->dry_run)
		status = write_policy(path, &proposal, options, &backup);
	if (status)
		return status;
	if (common->json)
		return print_json(&found, path, !options->dry_run, backup, &proposal);
	print_done(&found, path, backup);
	return EXIT_DONE;
}

int cmd_init(int argc, char **argv)
{
	struct init_options options = { .root = "" };
	const struct cmd_option option[] = {
		{ "yes", NULL, "ask nothing, as without a terminal", NULL, &options.yes },
		{ "dry-run", NULL, "print the policy and write nothing", NULL, &options.dry_run },
		{ "force", NULL, "replace the file that is there, and keep the old one", NULL,
		  &options.force },
		{ "resolve", NULL, "look up the names of trunks", NULL, &options.resolve },
		{ "output", "FILE", "default " POLICY_PATH, &options.output, NULL },
		{ "root", "DIR", "read /proc and /etc of this directory, and write into it",
		  &options.root, NULL },
	};
	const struct cmd_use use = {
		.name = "init",
		.args = "[DEV]",
		.what = "Looks for what is to be protected and for whom the SIP server knows, and writes a\n"
			"policy to begin with, in shadow: it drops nothing. The interface is that of the\n"
			"default route. Trunks are read from the files of Kamailio, OpenSIPS, Asterisk and\n"
			"FreeSWITCH; names among them are not looked up without --resolve. Nothing is\n"
			"started, and a policy that is there is not replaced.\n\n"
			"Exit status: 0 written, 2 the interface is not clear, 4 there is a policy already.",
		.option = option,
		.options = sizeof(option) / sizeof(option[0]),
		.args_max = 1,
	};
	struct cmd_common common;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (argc)
		common.dev = argv[0];
	return run(&options, &common);
}
