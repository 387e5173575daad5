// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * The policy document: its defaults, its reading from one text or several files.
 */
#include "user/addr.h"
#include "user/names.h"
#include "user/policy_tree.h"

#include <dirent.h>
#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#define DIRECTORY_FILE "sipshield.yaml" /* the file that conf.d belongs to */
#define PROVEN_FACTOR 4

/*
 * Words that only scanners and attack tools bear. A word that a product of some kind bears too is
 * not here.
 */
static const char user_agents[][SIGNATURE_NAME_LEN] = {
	"friendly-scanner",
	"friendly-request",
	"sipvicious",
	"sundayddr",
	"sundayaddr",
	"siparmyknife",
	"pplsip",
	"sipcli",
	"sipscan",
	"sip-scan",
	"smap",
	"iwar",
	"sivus",
	"nsauditor",
	"nmap nse",
	"sipv",
	"aaaaaaaa",
	"a_b_c",
};
_Static_assert(sizeof(user_agents) <= sizeof(((struct policy_doc *)0)->user_agent), "fits");

static const struct policy_limit unknown_limits[CLASS_MAX] = {
	[CLASS_INVITE] = { 2, 20 },	      [CLASS_REGISTER] = { 4, 40 },
	[CLASS_OPTIONS] = { 1, 10 },	      [CLASS_SUBSCRIBE] = { 4, 60 },
	[CLASS_DIALOG] = { 20, 100 },	      [CLASS_OTHER] = { 2, 20 },
	[CLASS_RETRANSMISSION] = { 20, 100 }, [CLASS_RESPONSE] = { 20, 100 },
	[CLASS_KEEPALIVE] = { 30, 200 },      [CLASS_NOT_SIP] = { 5, 20 },
	[CLASS_SEGMENT] = { 200, 2000 },      [CLASS_FRAGMENT] = { 100, 200 },
	[CLASS_FAILURE] = { 0.1, 16 },
};

/* of each registered flow behind a source */
static const struct policy_limit trusted_limits[CLASS_MAX] = {
	[CLASS_INVITE] = { 20, 100 },	      [CLASS_REGISTER] = { 20, 160 },
	[CLASS_OPTIONS] = { 20, 100 },	      [CLASS_SUBSCRIBE] = { 20, 240 },
	[CLASS_DIALOG] = { 80, 400 },	      [CLASS_OTHER] = { 20, 100 },
	[CLASS_RETRANSMISSION] = { 80, 400 }, [CLASS_RESPONSE] = { 80, 400 },
	[CLASS_KEEPALIVE] = { 120, 800 },     [CLASS_NOT_SIP] = { 20, 100 },
	[CLASS_SEGMENT] = { 800, 8000 },      [CLASS_FRAGMENT] = { 400, 1000 },
	[CLASS_FAILURE] = { 0.1, 16 },
};

static const struct policy_limit lane_limits[LANE_MAX] = {
	[LANE_REQUEST] = { 200, 400 },	[LANE_RETURN] = { 200, 400 }, [LANE_REPEAT] = { 400, 800 },
	[LANE_RESPONSE] = { 400, 800 }, [LANE_OTHER] = { 200, 400 },
};

static const struct policy_listener listener_defaults[] = {
	{ .transport = LISTENER_UDP, .port = 5060 },
	{ .transport = LISTENER_TCP, .port = 5060 },
};

void policy_defaults(struct policy_doc *doc)
{
	*doc = (struct policy_doc){
		.mode = ACTION_ENFORCE,
		.ipv6_prefix = 64,
		.trust_seconds = 3600,
		.proven_seconds = 86400,
		.earned_max = 64,
		.lane_minimum = 10,
		.work_per_tick = 512,
		.events_per_second = 10,
		.listener = malloc(sizeof(listener_defaults)),
	};
	if (doc->listener) {
		memcpy(doc->listener, listener_defaults, sizeof(listener_defaults));
		doc->listeners = sizeof(listener_defaults) / sizeof(listener_defaults[0]);
	}
	memcpy(doc->user_agent, user_agents, sizeof(user_agents));
	doc->user_agents = sizeof(user_agents) / sizeof(user_agents[0]);
	memcpy(doc->lane, lane_limits, sizeof(lane_limits));
	for (int i = 0; i < CLASS_MAX; i++) {
		const struct policy_limit *unknown = &unknown_limits[i];
		int factor = i == CLASS_FAILURE ? 1 : PROVEN_FACTOR;

		doc->limit[STANDING_UNKNOWN][i] = *unknown;
		doc->limit[STANDING_PROVEN][i].rate = unknown->rate * factor;
		doc->limit[STANDING_PROVEN][i].burst = unknown->burst * factor;
		doc->limit[STANDING_TRUSTED][i] = trusted_limits[i];
	}
	for (unsigned int i = REASON_DROP_FIRST; i < REASON_MAX; i++)
		doc->action[i] = reason_default_action(i);
	policy_list_defaults(doc->list_limits);
}

void policy_free(struct policy_doc *doc)
{
	for (size_t i = 0; i < doc->carriers; i++)
		free(doc->carrier[i].prefixes.item);
	for (size_t i = 0; i < doc->files; i++)
		free(doc->file[i]);
	free(doc->carrier);
	free(doc->signature);
	free(doc->listener);
	free(doc->allow.item);
	free(doc->deny.item);
	free(doc->file);
	free(doc->origin);
	free(doc->list);
	free(doc->ban);
	*doc = (struct policy_doc){ 0 };
}

static struct policy_reader *reader_new(void)
{
	struct policy_reader *reader = calloc(1, sizeof(*reader));

	if (reader)
		policy_defaults(&reader->doc);
	return reader;
}

static void reader_free(struct policy_reader *reader)
{
	for (size_t i = 0; i < reader->sources; i++)
		free(reader->source[i].text);
	free(reader->source);
	policy_free(&reader->doc);
	free(reader);
}

/* Notes a file; takes text over. -E2BIG, -ENOMEM. */
static int add_source(struct policy_reader *reader, const char *file, char *text, size_t length)
{
	struct policy_doc *doc = &reader->doc;
	struct policy_source *sources;
	char **files;

	files = policy_grown(reader, doc->file, doc->files, sizeof(*files));
	if (files)
		doc->file = files;
	sources = policy_grown(reader, reader->source, reader->sources, sizeof(*sources));
	if (sources)
		reader->source = sources;
	if (!files || !sources)
		goto no_memory;
	files[doc->files] = strdup(file);
	if (!files[doc->files])
		goto no_memory;
	sources[reader->sources++] = (struct policy_source){ files[doc->files++], text, length };
	return 0;
no_memory:
	free(text);
	reader->no_memory = true;
	return -ENOMEM;
}

/* A file to be read: how its name ends, how long it may be, and as what. */
struct input {
	const char *suffix;
	size_t max;
	void (*read)(struct policy_reader *reader, const struct input *input);
	struct policy_list_input list;
};

static void read_policy(struct policy_reader *reader, const struct input *input)
{
	struct node *root = policy_tree(reader);

	(void)input;
	if (root)
		policy_schema(reader, root);
	policy_tree_free(root);
	reader->doc.policies = reader->doc.files;
}

static void read_list(struct policy_reader *reader, const struct input *input)
{
	policy_read_list_text(reader, &input->list);
}

static const struct input policy_input = { ".yaml", POLICY_FILE_MAX, read_policy, { 0 } };
static const struct input printed_input = { ".yaml", SIZE_MAX, read_policy, { 0 } };

/* Reads one more text into the document; file names it. */
static void read_text(struct policy_reader *reader, const struct input *input, const char *file,
		      const char *text, size_t len)
{
	static const char byte_order_mark[] = "\xef\xbb\xbf";
	char *copy;

	if (len >= 3 && !memcmp(text, byte_order_mark, 3)) {
		text += 3;
		len -= 3;
	}
	copy = malloc(len + 1);
	if (!copy) {
		reader->no_memory = true;
		return;
	}
	memcpy(copy, text, len);
	copy[len] = 0;
	if (add_source(reader, file, copy, len))
		return;
	if (len > input->max)
		policy_error(reader, 1, 1,
			     "more than %zu bytes; fix: split the file, its directory takes any "
			     "number of them",
			     input->max);
	else
		input->read(reader, input);
}

/*
 * The end of all reading: checks the whole, prints, hands the document out. Frees the reader.
 * failure is what went wrong before, printed already, or 0.
 */
static int finish(struct policy_reader *reader, int failure, struct policy_doc *doc, FILE *err)
{
	int result = failure;

	policy_check_whole(reader);
	policy_errors_print(reader, err);
	if (!result && reader->errors)
		result = -EINVAL;
	if (reader->no_memory || (!result && !reader->doc.listeners)) {
		fprintf(err, "error: no memory to read the policy; fix: free some\n");
		result = -ENOMEM;
	}
	if (!result) {
		*doc = reader->doc;
		reader->doc = (struct policy_doc){ 0 };
	}
	reader_free(reader);
	return result;
}

static int parse(const struct input *input, const char *file, const char *text, size_t len,
		 struct policy_doc *doc, FILE *err)
{
	struct policy_reader *reader = reader_new();

	if (!reader)
		return -ENOMEM;
	read_text(reader, input, file, text, len);
	return finish(reader, 0, doc, err);
}

int policy_parse(const char *file, const char *text, size_t len, struct policy_doc *doc, FILE *err)
{
	return parse(&policy_input, file, text, len, doc, err);
}

int policy_parse_list(enum policy_list_kind kind, const char *file, const char *text, size_t len,
		      __s64 mtime, __s64 now, struct policy_doc *doc, FILE *err)
{
	const struct input input = { ".list", LIST_FILE_MAX, read_list, { kind, mtime, now } };

	return parse(&input, file, text, len, doc, err);
}

static int report(const char *path, int error, const char *fix, FILE *err)
{
	fprintf(err, "%s: error: cannot be read: %s; fix: %s\n", path, strerror(error), fix);
	return -error;
}

/* All of a file, or one byte more than it may have; to be freed. */
static char *read_all(FILE *file, size_t max, size_t *len)
{
	size_t room = 0;
	char *text = NULL;

	for (*len = 0; *len == room && room <= max;) {
		size_t more = room ? 2 * room : 1 << 16;
		char *bigger;

		if (more > max)
			more = max + 1;
		bigger = realloc(text, more);
		if (!bigger) {
			free(text);
			return NULL;
		}
		text = bigger;
		room = more;
		*len += fread(text + *len, 1, room - *len, file);
	}
	return text;
}

static int read_file(struct policy_reader *reader, const struct input *input, const char *path,
		     FILE *err)
{
	struct input dated = *input;
	FILE *file = fopen(path, "re");
	struct stat st;
	char *text;
	size_t len;
	int error;

	if (!file || fstat(fileno(file), &st)) {
		error = errno;
		if (file)
			fclose(file);
		return report(path, error, "check the name and who may read it", err);
	}
	text = read_all(file, input->max, &len);
	error = ferror(file) ? errno : 0;
	fclose(file);
	dated.list.mtime = st.st_mtime;
	if (!text)
		reader->no_memory = true;
	else if (!error)
		read_text(reader, &dated, path, text, len);
	free(text);
	if (error)
		return report(path, error, "name a file", err);
	return text ? 0 : -ENOMEM;
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static bool is_input(const struct input *input, const char *name)
{
	const char *dot = strrchr(name, '.');

	return *name != '.' && dot && !strcmp(dot, input->suffix);
}

/* Reads the files of a directory in lexical order; none is no error. */
static int read_directory(struct policy_reader *reader, const struct input *input, const char *path,
			  FILE *err)
{
	struct dirent **entry;
	int result = 0;
	int n = scandir(path, &entry, NULL, by_name);

	if (n < 0)
		return errno == ENOENT ? 0 : report(path, errno, "make it a directory", err);
	for (int i = 0; i < n; i++) {
		char *name = NULL;
		int error = 0;

		if (!is_input(input, entry[i]->d_name))
			error = 0;
		else if (reader->sources == POLICY_FILES_MAX)
			error = report(path, EMFILE, "join some of its files", err);
		else if (asprintf(&name, "%s/%s", path, entry[i]->d_name) < 0)
			reader->no_memory = true;
		else
			error = read_file(reader, input, name, err);
		if (!result)
			result = error;
		free(name);
		free(entry[i]);
	}
	free(entry);
	return result;
}

/* What belongs to a policy of the name that the main one has: the lists, before them, policies. */
static int read_beside(struct policy_reader *reader, const char *path, bool policies, FILE *err)
{
	const char *slash = strrchr(path, '/');
	int dir_len = slash ? (int)(slash + 1 - path) : 0;
	struct input input = policy_input;
	int result = 0;

	if (strcmp(path + dir_len, DIRECTORY_FILE))
		return 0;
	for (int kind = policies ? -1 : 0; kind < LIST_KINDS; kind++) {
		char *directory;
		int error;

		if (kind >= 0)
			input = (struct input){
				".list", LIST_FILE_MAX, read_list, { kind, 0, time(NULL) }
			};
		if (asprintf(&directory, "%.*s%s%s.d", dir_len, path, kind < 0 ? "" : "lists/",
			     kind < 0 ? "conf" : policy_list_kind_name((unsigned int)kind)) < 0) {
			reader->no_memory = true;
			return -ENOMEM;
		}
		error = read_directory(reader, &input, directory, err);
		free(directory);
		if (!result)
			result = error;
	}
	return result;
}

int policy_load(const char *path, struct policy_doc *doc, FILE *err)
{
	struct policy_reader *reader = reader_new();
	int result = 0, error = 0;

	if (!reader)
		return -ENOMEM;
	if (path) {
		result = read_file(reader, &policy_input, path, err);
		error = read_beside(reader, path, true, err);
	}
	return finish(reader, result ? result : error, doc, err);
}

int policy_parse_printed(const char *file, const char *text, size_t len, const char *beside,
			 struct policy_doc *doc, FILE *err)
{
	struct policy_reader *reader = reader_new();
	int result = 0;

	if (!reader)
		return -ENOMEM;
	reader->printed = true;
	read_text(reader, &printed_input, file, text, len);
	if (beside)
		result = read_beside(reader, beside, false, err);
	return finish(reader, result, doc, err);
}
