// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "user/audit.h"
#include "user/cmd.h"
#include "user/import.h"
#include "user/json.h"
#include "user/store.h"
#include "user/varfile.h"

#define TEXT_MAX (256U << 20) /* bytes that a tool may print */
#define SKIPS_SHOWN 20
#define MARK "# imported by sipshield" /* what the first line of an import begins with */

/* Where a set comes from, and what becomes of it. */
struct import_job {
	const char *verb; /* "nft-set" */
	int (*read)(const char *text, size_t len, const char *name, struct import *import,
		    char why[IMPORT_WHY_LEN]);
	const char *file; /* what the tool has printed; "-": stdin; NULL: it is run */
	const char *to;
	const char *as; /* name of the list; NULL: the set's */
	const char *policy;
	bool force;
	const char *set; /* its name */
};

static void text_free(char **text)
{
	free(*text);
}
#define cleanup_text __attribute__((cleanup(text_free)))
#define cleanup_import __attribute__((cleanup(import_free)))

/* --- reading the set ----------------------------------------------------------------------------*/

static int read_stream(FILE *stream, char **text, size_t *len)
{
	FILE *out = open_memstream(text, len);
	char part[1 << 14];
	size_t n, all = 0;

	if (!out)
		return -ENOMEM;
	while ((n = fread(part, 1, sizeof(part), stream)) > 0 && all <= TEXT_MAX) {
		fwrite(part, 1, n, out);
		all += n;
	}
	if (fclose(out))
		return -ENOMEM;
	return ferror(stream) ? -EIO : all > TEXT_MAX ? -EFBIG : 0;
}

/* The tool gets no shell; what it has to say goes to stderr. Returns its exit status or -errno. */
static int run_tool(const char *const *argv, char **text, size_t *len)
{
	int ends[2], status, err;
	FILE *stream;
	pid_t pid;

	if (pipe(ends))
		return -errno;
	pid = fork();
	if (!pid) {
		dup2(ends[1], STDOUT_FILENO);
		close(ends[0]);
		close(ends[1]);
		execvp(argv[0], (char *const *)argv);
		fprintf(stderr,
			"sipshield: cannot run %s: %s; fix: install it, or give its output "
			"with --file\n",
			argv[0], strerror(errno));
		_exit(127);
	}
	close(ends[1]);
	stream = pid > 0 ? fdopen(ends[0], "r") : NULL;
	err = stream ? read_stream(stream, text, len) : -errno;
	if (stream)
		fclose(stream);
	else
		close(ends[0]);
	if (pid > 0 && waitpid(pid, &status, 0) == pid && !err)
		err = WIFEXITED(status) ? WEXITSTATUS(status) : -EINTR;
	return err;
}

/* The command that prints the set, by the arguments of the verb. */
static void tool_of(const struct import_job *job, int argc, char **argv, const char *tool[8])
{
	static const char *const all[] = { "nft", "-j", "list", "sets", NULL };
	static const char *const one[] = { "nft", "-j", "list", "set", NULL, NULL, NULL, NULL };
	static const char *const ipset[] = { "ipset", "save", NULL, NULL };

	if (!strcmp(job->verb, "ipset")) {
		memcpy(tool, ipset, sizeof(ipset));
		tool[2] = job->set;
	} else if (argc == 3) {
		memcpy(tool, one, sizeof(one));
		for (int i = 0; i < argc; i++)
			tool[4 + i] = argv[i];
	} else {
		memcpy(tool, all, sizeof(all));
	}
}

static int read_text(const struct import_job *job, int argc, char **argv, char **text, size_t *len)
{
	const char *tool[8];
	FILE *stream;
	int err;

	if (!job->file) {
		tool_of(job, argc, argv, tool);
		err = run_tool(tool, text, len);
		if (err > 0)
			return cmd_fail(EXIT_FAILED,
					"%s ended with status %d; nothing was imported", tool[0],
					err);
		return err ? cmd_fail(EXIT_FAILED, "cannot read what %s prints: %s", tool[0],
				      strerror(-err))
			   : EXIT_DONE;
	}
	stream = strcmp(job->file, "-") ? fopen(job->file, "re") : stdin;
	err = stream ? read_stream(stream, text, len) : -errno;
	if (stream && stream != stdin)
		fclose(stream);
	return err ? cmd_fail(EXIT_USAGE, "cannot read %s: %s", job->file, strerror(-err))
		   : EXIT_DONE;
}

/* --- writing the list ---------------------------------------------------------------------------*/

static bool is_import(const char *path)
{
	char line[sizeof(MARK)] = "";
	FILE *file = fopen(path, "re");
	bool is = file && fgets(line, sizeof(line), file) && !strcmp(line, MARK);

	if (file)
		fclose(file);
	return is;
}

/* Makes the directories below that of the policy, as far as they are not there. */
static int make_dirs(const char *top, int top_len, const char *kind)
{
	char dir[VARFILE_PATH_LEN];
	int err;

	snprintf(dir, sizeof(dir), "%.*slists", top_len, top);
	err = varfile_make_dir(dir);
	if (err)
		return err;
	snprintf(dir, sizeof(dir), "%.*slists/%s.d", top_len, top, kind);
	return varfile_make_dir(dir);
}

/* The file of the list, and its directory made. Returns the exit status. */
static int find_file(const struct import_job *job, char path[VARFILE_PATH_LEN])
{
	const char *slash = strrchr(job->policy, '/');
	int top_len = slash ? (int)(slash + 1 - job->policy) : 0;
	const char *name = job->as ? job->as : job->set;
	int err;

	if (!*name || *name == '.' || strchr(name, '/'))
		return cmd_fail(EXIT_USAGE, "`%s' is no name of a list; choose one with --as",
				name);
	err = make_dirs(job->policy, top_len, job->to);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot make the directory of lists beside %s: %s",
				job->policy, strerror(-err));
	if (snprintf(path, VARFILE_PATH_LEN, "%.*slists/%s.d/%s.list", top_len, job->policy,
		     job->to, name) >= VARFILE_PATH_LEN)
		return cmd_fail(EXIT_USAGE,
				"the name of the list is too long; choose one with --as");
	if (!access(path, F_OK) && !is_import(path) && !job->force)
		return cmd_fail(EXIT_REFUSED,
				"%s is there and was not imported; choose another name with --as, "
				"or replace it with --force",
				path);
	return EXIT_DONE;
}

/* The text of the list, which must read back: nothing is written that a reload would refuse. */
static int make_text(const struct import_job *job, const struct import *import,
		     enum policy_list_kind kind, char **text, size_t *len)
{
	FILE *out = open_memstream(text, len);
	time_t now = time(NULL);
	struct policy_doc doc;
	char when[32];
	struct tm utc;
	int err;

	if (!out)
		return -ENOMEM;
	gmtime_r(&now, &utc);
	strftime(when, sizeof(when), "%Y-%m-%dT%H:%M:%SZ", &utc);
	fprintf(out, MARK " from %s %s, %s\n", job->verb, import->set, when);
	import_print(import, out);
	if (fclose(out))
		return -ENOMEM;
	err = policy_parse_list(kind, "import.list", *text, *len, now, now, &doc, stderr);
	if (!err)
		policy_free(&doc);
	return err;
}

static void record(const struct import_job *job, const struct cmd_common *common,
		   const struct import *import, const char *path)
{
	char action[32], why[160], dev[IF_NAMESIZE];
	cleanup_store struct store *store = NULL;
	bool of_dev = !store_open(common->dev, false, &store, dev);

	snprintf(action, sizeof(action), "import %s", job->verb);
	snprintf(why, sizeof(why), "%zu entries from %s, %zu left out", import->entries,
		 import->set, import->skips);
	audit(&(struct audit_entry){
		.action = action, .dev = of_dev ? dev : NULL, .object = path, .why = why });
}

static int print_done(const struct import *import, const char *path, bool json)
{
	json_t *document, *skips;

	for (size_t i = 0; i < import->skips && i < SKIPS_SHOWN && !json; i++)
		fprintf(stderr, "left out: %s %s\n", import->skip[i].text, import->skip[i].why);
	if (import->skips > SKIPS_SHOWN && !json)
		fprintf(stderr, "and %zu more\n", import->skips - SKIPS_SHOWN);
	if (!json) {
		printf("wrote %zu entries of %s to %s; to put them in force: sipshield policy "
		       "apply, or a reload\n",
		       import->entries, import->set, path);
		return EXIT_DONE;
	}
	skips = json_array();
	for (size_t i = 0; i < import->skips; i++)
		json_array_append_new(skips,
				      json_pack("{s:s, s:s}", "element", import->skip[i].text,
						"why", import->skip[i].why));
	document = json_document();
	json_object_update_new(document, json_pack("{s:s, s:s, s:I, s:o}", "file", path, "set",
						   import->set, "entries",
						   (json_int_t)import->entries, "left_out", skips));
	return json_print(document, stdout) ? EXIT_FAILED : EXIT_DONE;
}

static int write_list(const struct import_job *job, const struct cmd_common *common,
		      struct import *import, enum policy_list_kind kind)
{
	cleanup_text char *text = NULL;
	char path[VARFILE_PATH_LEN];
	struct policy_doc doc;
	size_t len;
	int err, status;

	/* The bounds that the list will be held against; a policy that is not there has the defaults. */
	err = policy_load(access(job->policy, F_OK) ? NULL : job->policy, &doc, stderr);
	if (err)
		return cmd_fail(EXIT_USAGE, "the policy or its lists have errors; mend them first");
	err = import_fit(import, kind, &doc.list_limits[kind]);
	policy_free(&doc);
	if (!err)
		err = make_text(job, import, kind, &text, &len);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot make a list of %s: %s", import->set,
				strerror(-err));
	status = find_file(job, path);
	if (status)
		return status;
	err = varfile_write(path, text, len);
	if (!err && chmod(path, 0644))
		err = -errno;
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot write %s: %s", path, strerror(-err));
	record(job, common, import, path);
	return print_done(import, path, common->json);
}

static int run_import(struct import_job *job, const struct cmd_common *common, int argc,
		      char **argv)
{
	cleanup_import struct import import = { 0 };
	cleanup_text char *text = NULL;
	char why[IMPORT_WHY_LEN];
	unsigned int kind = 0;
	size_t len = 0;
	int status, err;

	while (kind < LIST_KINDS && strcmp(job->to, policy_list_kind_name(kind)))
		kind++;
	if (kind == LIST_KINDS)
		return cmd_fail(EXIT_USAGE, "--to %s: expected deny, allow or carriers", job->to);
	job->set = argv[argc - 1];
	status = read_text(job, argc, argv, &text, &len);
	if (status)
		return status;
	err = job->read(text, len, job->set, &import, why);
	if (err)
		return cmd_fail(err == -EINVAL ? EXIT_USAGE : EXIT_FAILED, "%s: %s", job->set,
				err == -EINVAL ? why : strerror(-err));
	return write_list(job, common, &import, (enum policy_list_kind)kind);
}

#define IMPORT_WHAT                                                                                 \
	"Writes its addresses to lists/deny.d/NAME.list beside the policy, with the time that is\n" \
	"left to each. What a list cannot say is named and left out. An earlier import of that\n"   \
	"name is replaced. Nothing is in force before the next `policy apply' or reload."

static int run_verb(const char *verb, const struct cmd_use *use, struct import_job *job, int argc,
		    char **argv)
{
	const struct cmd_option option[] = {
		{ "to", "KIND", "deny (default), allow or carriers", &job->to, NULL },
		{ "as", "NAME", "of the list; default: the set's", &job->as, NULL },
		{ "file", "FILE", "what the tool has printed; - for stdin", &job->file, NULL },
		{ "policy", "FILE", "beside which; default " POLICY_PATH, &job->policy, NULL },
		{ "force", NULL, "replace a list that was not imported", NULL, &job->force },
	};
	struct cmd_use whole = *use;
	struct cmd_common common;
	int status;

	whole.option = option;
	whole.options = sizeof(option) / sizeof(option[0]);
	job->verb = verb;
	job->to = "deny";
	job->policy = POLICY_PATH;
	if (!cmd_parse(&whole, &argc, &argv, &common, &status))
		return status;
	if (argc == 2)
		return cmd_fail(EXIT_USAGE, "%s: expected NAME, or FAMILY TABLE NAME", use->name);
	return run_import(job, &common, argc, argv);
}

static int import_nft_set(int argc, char **argv)
{
	static const struct cmd_use use = {
		.name = "import nft-set",
		.args = "[FAMILY TABLE] NAME",
		.what = "Makes a list of a set of nftables, as `nft -j list set' prints it.\n" IMPORT_WHAT,
		.args_min = 1,
		.args_max = 3,
	};
	struct import_job job = { .read = import_nft };

	return run_verb("nft-set", &use, &job, argc, argv);
}

static int import_ipset_set(int argc, char **argv)
{
	static const struct cmd_use use = {
		.name = "import ipset",
		.args = "NAME",
		.what = "Makes a list of an ipset, as `ipset save' prints it.\n" IMPORT_WHAT,
		.args_min = 1,
		.args_max = 1,
	};
	struct import_job job = { .read = import_ipset };

	return run_verb("ipset", &use, &job, argc, argv);
}

int cmd_import(int argc, char **argv)
{
	static const struct cmd_verb verbs[] = {
		{ "nft-set", import_nft_set },
		{ "ipset", import_ipset_set },
	};

	return cmd_dispatch(verbs, sizeof(verbs) / sizeof(verbs[0]), argc, argv);
}
