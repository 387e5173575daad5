// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/kept_policy.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "user/varfile.h"

#define HELD "policy"
#define BEFORE "policy-before"
#define TRIAL "policy-trial"
#define LOCK "policy-lock"
#define FILE_MARK "# file: " /* begins the first line of TRIAL */

/* A little more than a policy of POLICY_FILES_MAX files of the greatest length. */
#define TEXT_MAX ((size_t)POLICY_FILE_MAX * (POLICY_FILES_MAX + 1))

static void free_text(char **text)
{
	free(*text);
}
#define cleanup_text __attribute__((cleanup(free_text)))
#define cleanup_doc __attribute__((cleanup(policy_free)))

/* The entries of a list of prefixes that no list file has, in an array of their own. */
static int own_prefixes(const struct policy_doc *doc, struct policy_prefix_list *list)
{
	const struct policy_prefix *all = list->item;
	size_t count = list->count;

	list->count = 0;
	list->item = calloc(count ? count : 1, sizeof(*all));
	if (!list->item)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		if (all[i].file < doc->policies)
			list->item[list->count++] = all[i];
	}
	return 0;
}

/* A copy of carriers that no list file has made. */
static int own_carriers(struct policy_doc *doc)
{
	const struct policy_carrier *all = doc->carrier;
	size_t count = doc->carriers;
	int err = 0;

	doc->carriers = 0;
	doc->carrier = calloc(count ? count : 1, sizeof(*all));
	if (!doc->carrier)
		return -ENOMEM;
	for (size_t i = 0; i < count && !err; i++) {
		if (!all[i].at.line)
			continue;
		doc->carrier[doc->carriers] = all[i];
		err = own_prefixes(doc, &doc->carrier[doc->carriers].prefixes);
		doc->carriers++;
	}
	return err;
}

static int print_own(struct policy_doc *own, FILE *out)
{
	int err = own_prefixes(own, &own->allow);

	if (!err)
		err = own_prefixes(own, &own->deny);
	if (!err)
		err = own_carriers(own);
	return err ? err : policy_print(own, out);
}

/* Without the entries of lists: a feed that changes makes no other policy. *text must be freed. */
static int print(const struct policy_doc *doc, char **text, size_t *len)
{
	struct policy_doc own = *doc;
	FILE *out = open_memstream(text, len);
	int err;

	if (!out)
		return -ENOMEM;
	err = doc->lists ? print_own(&own, out) : policy_print(doc, out);
	if (own.allow.item != doc->allow.item)
		free(own.allow.item);
	if (own.deny.item != doc->deny.item)
		free(own.deny.item);
	if (own.carrier != doc->carrier) {
		for (size_t i = 0; i < own.carriers; i++)
			free(own.carrier[i].prefixes.item);
		free(own.carrier);
	}
	return fclose(out) ? -ENOMEM : err;
}

/* head stands before the document, a remark or "". */
static int write_doc(const char *dir, const char *dev, const char *suffix, const char *head,
		     const struct policy_doc *doc)
{
	char path[VARFILE_PATH_LEN];
	cleanup_text char *text = NULL, *whole = NULL;
	size_t len;
	int err = varfile_path(dir, dev, suffix, path), whole_len;

	if (!err)
		err = varfile_make_dir(dir);
	if (!err)
		err = print(doc, &text, &len);
	if (err)
		return err;
	whole_len = asprintf(&whole, "%s%s", head, text);
	if (whole_len < 0) {
		whole = NULL;
		return -ENOMEM;
	}
	return varfile_write(path, whole, (size_t)whole_len);
}

static int read_doc(const char *dir, const char *dev, const char *suffix, const char *beside,
		    struct policy_doc *doc)
{
	char path[VARFILE_PATH_LEN];
	cleanup_text char *text = NULL;
	FILE *errors;
	size_t len;
	int err = varfile_path(dir, dev, suffix, path);

	if (!err)
		err = varfile_read(path, TEXT_MAX, (unsigned char **)&text, &len);
	if (err)
		return err;
	errors = fopen("/dev/null", "we");
	if (!errors)
		return -errno;
	err = policy_parse_printed(path, text, len, beside, doc, errors);
	fclose(errors);
	return err;
}

/* Gives the file another of the names. One that is not there is no error. */
static int move(const char *dir, const char *dev, const char *from, const char *to)
{
	char old[VARFILE_PATH_LEN], new[VARFILE_PATH_LEN];
	int err = varfile_path(dir, dev, from, old);

	if (!err)
		err = varfile_path(dir, dev, to, new);
	if (!err)
		err = varfile_move(old, new);
	return err == -ENOENT ? 0 : err;
}

static int forget_trial(const char *dir, const char *dev)
{
	char path[VARFILE_PATH_LEN];
	int err = varfile_path(dir, dev, TRIAL, path);

	if (!err && unlink(path) && errno != ENOENT)
		err = -errno;
	return err;
}

int kept_policy_lock(const char *dir, const char *dev, bool wait, int *lock)
{
	char path[VARFILE_PATH_LEN];
	int err = *dir ? varfile_path(dir, dev, LOCK, path) : -ENOENT;

	if (!err)
		err = varfile_make_dir(dir);
	return err ? err : varfile_lock(path, wait, lock);
}

int kept_policy_hold(const char *dir, const char *dev, const struct policy_doc *doc)
{
	int err;

	if (!*dir)
		return 0;
	err = move(dir, dev, HELD, BEFORE);
	if (!err)
		err = write_doc(dir, dev, HELD, "", doc);
	return err ? err : forget_trial(dir, dev);
}

int kept_policy_try(const char *dir, const char *dev, const char *file,
		    const struct policy_doc *doc)
{
	char head[sizeof(FILE_MARK) + PATH_MAX] = "";
	char whole[PATH_MAX];

	if (!*dir)
		return 0;
	/* A name of more than one line would end the remark. */
	if (file && realpath(file, whole) && !strchr(whole, '\n'))
		snprintf(head, sizeof(head), FILE_MARK "%s\n", whole);
	return write_doc(dir, dev, TRIAL, head, doc);
}

int kept_policy_tried_file(const char *dir, const char *dev, char out[PATH_MAX])
{
	char path[VARFILE_PATH_LEN];
	cleanup_text char *text = NULL;
	size_t len, end;
	int err = *dir ? varfile_path(dir, dev, TRIAL, path) : -ENOENT;

	if (!err)
		err = varfile_read(path, TEXT_MAX, (unsigned char **)&text, &len);
	if (err)
		return err;
	text[len] = 0; /* varfile_read() has room for it */
	end = strcspn(text, "\n");
	if (strncmp(text, FILE_MARK, strlen(FILE_MARK)) || end - strlen(FILE_MARK) >= PATH_MAX)
		return -ENOENT;
	snprintf(out, PATH_MAX, "%.*s", (int)(end - strlen(FILE_MARK)), text + strlen(FILE_MARK));
	return 0;
}

int kept_policy_confirm(const char *dir, const char *dev)
{
	int err;

	if (!*dir)
		return 0;
	err = move(dir, dev, HELD, BEFORE);
	return err ? err : move(dir, dev, TRIAL, HELD);
}

int kept_policy_roll_back(const char *dir, const char *dev)
{
	int err;

	if (!*dir)
		return 0;
	err = move(dir, dev, HELD, TRIAL);
	return err ? err : move(dir, dev, BEFORE, HELD);
}

int kept_policy_refused(const char *dir, const char *dev, const struct policy_doc *doc,
			bool *refused)
{
	cleanup_doc struct policy_doc tried = { 0 };
	cleanup_text char *one = NULL, *other = NULL;
	size_t len, other_len;
	int err = *dir ? read_doc(dir, dev, TRIAL, NULL, &tried) : -ENOENT;

	/* Printed by this version, both: an older one may have written the file another way. */
	if (!err)
		err = print(doc, &one, &len);
	if (!err)
		err = print(&tried, &other, &other_len);
	if (err && err != -ENOENT && err != -EINVAL)
		return err;
	*refused = !err && len == other_len && !memcmp(one, other, len);
	return 0;
}

int kept_policy_held(const char *dir, const char *dev, const char *beside, struct policy_doc *doc)
{
	return *dir ? read_doc(dir, dev, HELD, beside, doc) : -ENOENT;
}
