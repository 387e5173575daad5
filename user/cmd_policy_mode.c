// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "user/cmd.h"
#include "user/names.h"
#include "user/policy.h"
#include "user/varfile.h"

/* Read after all that an operator would name before it, so that its value holds. */
#define MODE_FILE "conf.d/90-mode.yaml"
#define MODE_FILE_MAX 4096

/* The file that has the mode, and what was in it before. */
struct mode_file {
	char path[VARFILE_PATH_LEN];
	unsigned char *before; /* NULL: there was none */
	size_t before_len;
};

static void mode_file_free(struct mode_file *file)
{
	free(file->before);
}
static void doc_free(struct policy_doc *doc)
{
	policy_free(doc);
}
#define cleanup_mode_file __attribute__((cleanup(mode_file_free)))
#define cleanup_doc __attribute__((cleanup(doc_free)))

static bool is_mode(const char *word)
{
	return !strcmp(word, action_name(ACTION_ENFORCE)) ||
	       !strcmp(word, action_name(ACTION_SHADOW)) || !strcmp(word, action_name(ACTION_OFF));
}

/* conf.d is read beside a file of this name alone. */
static int find(const char *policy, struct mode_file *out)
{
	const char *slash = strrchr(policy, '/');
	const char *name = slash ? slash + 1 : policy;
	int err;

	if (strcmp(name, "sipshield.yaml"))
		return cmd_fail(
			EXIT_USAGE,
			"conf.d is read beside a file named sipshield.yaml alone; write the mode "
			"into %s itself, and `sipshield policy apply' it",
			policy);
	if (access(policy, R_OK))
		return cmd_fail(EXIT_USAGE, "%s: %s; `sipshield init' writes one", policy,
				strerror(errno));
	if (snprintf(out->path, sizeof(out->path), "%.*s" MODE_FILE, (int)(name - policy),
		     policy) >= (int)sizeof(out->path))
		return cmd_fail(EXIT_USAGE, "%s: the path is too long", policy);
	err = varfile_read(out->path, MODE_FILE_MAX, &out->before, &out->before_len);
	if (err && err != -ENOENT)
		return cmd_fail(EXIT_FAILED, "cannot read %s: %s", out->path, strerror(-err));
	return EXIT_DONE;
}

static int write_text(const char *path, const void *text, size_t len)
{
	char dir[VARFILE_PATH_LEN];
	int err;

	snprintf(dir, sizeof(dir), "%.*s", (int)(strrchr(path, '/') - path), path);
	err = varfile_make_dir(dir);
	if (!err)
		err = varfile_write(path, text, len);
	/* The agent reads it under a user of its own. */
	if (!err && chmod(path, 0644))
		err = -errno;
	return err;
}

static int write_mode(const struct mode_file *file, const char *mode)
{
	char text[256];
	int len = snprintf(
		text, sizeof(text),
		"# Written by `sipshield policy mode'. It is read after sipshield.yaml and holds\n"
		"# instead of the mode there.\n"
		"mode: %s\n",
		mode);
	int err = write_text(file->path, text, (size_t)len);

	if (err)
		return cmd_fail(EXIT_FAILED, "cannot write %s: %s%s", file->path, strerror(-err),
				err == -EACCES || err == -EPERM ? "; run as root" : "");
	return EXIT_DONE;
}

/* What was not applied must not come with the next reload. */
static void put_back(const struct mode_file *file)
{
	int err;

	if (file->before)
		err = write_text(file->path, file->before, file->before_len);
	else
		err = unlink(file->path) ? -errno : 0;
	if (err)
		cmd_fail(EXIT_FAILED, "nothing was applied, but %s could not be put back: %s",
			 file->path, strerror(-err));
}

/* A file with a later name can say otherwise; its errors are those of the apply. */
static int check_mode(const char *policy, const char *mode)
{
	cleanup_doc struct policy_doc doc = { 0 };
	FILE *nowhere = fopen("/dev/null", "we");
	int err = nowhere ? policy_load(policy, &doc, nowhere) : -errno;

	if (nowhere)
		fclose(nowhere);
	if (!err && strcmp(action_name(doc.mode), mode))
		return cmd_fail(EXIT_USAGE,
				"a file that is read after " MODE_FILE " has another mode; "
				"`sipshield policy show --origin %s' names it",
				policy);
	return EXIT_DONE;
}

static int set_mode(const char *policy, const char *mode, const struct cmd_common *common,
		    __u64 confirm_seconds)
{
	cleanup_mode_file struct mode_file file = { 0 };
	int status = find(policy, &file);

	if (!status)
		status = write_mode(&file, mode);
	if (status)
		return status;
	status = check_mode(policy, mode);
	if (!status)
		status = cmd_policy_apply_file(policy, common, confirm_seconds);
	if (status)
		put_back(&file);
	return status;
}

int cmd_policy_mode(int argc, char **argv)
{
	const char *within = NULL;
	const struct cmd_option option[] = {
		{ "confirm-within", "TIME",
		  "10s to 1h: go back then unless `policy confirm' was run", &within, NULL },
	};
	const struct cmd_use use = {
		.name = "policy mode",
		.args = "enforce|shadow|off [FILE]",
		.what = "Changes the mode of the policy, " POLICY_PATH "\n"
			"without a FILE: writes " MODE_FILE
			" beside it and puts all of it in force,\n"
			"as `policy apply' does. No file is to be edited for the step from shadow to\n"
			"enforce. If the policy has errors, or cannot be applied, the file is as before.\n"
			"After --confirm-within has run out it stays, as a policy stays that was edited\n"
			"and taken back: write the mode that you want.\n\n"
			"Exit status: as of policy apply.",
		.option = option,
		.options = sizeof(option) / sizeof(option[0]),
		.args_min = 1,
		.args_max = 2,
	};
	struct cmd_common common;
	__u64 seconds = 0;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (!is_mode(argv[0]))
		return cmd_fail(EXIT_USAGE,
				"policy mode: `%s' is none; expected enforce, shadow or off",
				argv[0]);
	if (within && !cmd_confirm_within(within, &seconds))
		return EXIT_USAGE;
	return set_mode(argc > 1 ? argv[1] : POLICY_PATH, argv[0], &common, seconds);
}
