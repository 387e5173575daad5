// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/audit.h"

#include <errno.h>
#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "user/json.h"
#include "user/loader.h"
#include "user/log.h"
#include "user/note.h"

#define OF_NO_INTERFACE "host"
#define NO_LOGIN "4294967295" /* /proc/self/loginuid of who did not log in */
#define WORD_LEN 256	      /* of what comes from the environment */

static const char *const by_names[] = {
	[AUDIT_PERSON] = "person",
	[AUDIT_RULE] = "rule",
	[AUDIT_LIST] = "list",
};

void audit_place(const char *dev, char dir[VARFILE_PATH_LEN], const char **name)
{
	*name = dev ? dev : OF_NO_INTERFACE;
	shield_state_dir(*name, dir);
}

/* The first word of a variable, if it is text: sudo may keep what its caller has set. */
static bool first_word(const char *variable, char out[WORD_LEN])
{
	const char *text = getenv(variable);

	if (!text || !*text)
		return false;
	snprintf(out, WORD_LEN, "%.*s", (int)strcspn(text, " "), text);
	return note_is_valid(out);
}

/* Who logged in, whatever su and sudo made of him; the kernel keeps it. */
static bool login_uid(json_int_t *uid)
{
	char text[16] = "";
	FILE *file = fopen("/proc/self/loginuid", "re");
	bool known = file && fgets(text, sizeof(text), file) && *text && strcmp(text, NO_LOGIN);

	if (file)
		fclose(file);
	if (known)
		*uid = strtoll(text, NULL, 10);
	return known;
}

/* The user's name; his number if he has none. */
static const char *user_name(char out[WORD_LEN])
{
	const struct passwd *user = getpwuid(getuid());

	if (user)
		snprintf(out, WORD_LEN, "%s", user->pw_name);
	else
		snprintf(out, WORD_LEN, "%u", (unsigned int)getuid());
	return out;
}

static json_t *who_json(void)
{
	char word[WORD_LEN];
	json_int_t login;
	json_t *who = json_pack("{s:I, s:s, s:I}", "uid", (json_int_t)getuid(), "user",
				user_name(word), "pid", (json_int_t)getpid());

	if (first_word("SUDO_USER", word))
		json_object_set_new(who, "sudo_user", json_string(word));
	if (login_uid(&login))
		json_object_set_new(who, "login_uid", json_integer(login));
	if (first_word("SSH_CONNECTION", word))
		json_object_set_new(who, "from", json_string(word));
	return who;
}

/* A file's name may be no UTF-8; the record is worth more than its letters. */
static json_t *text_json(const char *text)
{
	json_t *json = json_string(text);
	char *ascii = json ? NULL : strdup(text);

	for (char *c = ascii; c && *c; c++) {
		if (*c & 0x80)
			*c = '?';
	}
	if (ascii)
		json = json_string(ascii);
	free(ascii);
	return json;
}

static json_t *time_json(void)
{
	struct timespec now;
	char time[24];
	struct tm utc;

	clock_gettime(CLOCK_REALTIME, &now);
	gmtime_r(&now.tv_sec, &utc);
	strftime(time, sizeof(time), "%Y-%m-%dT%H:%M:%S", &utc);
	return json_sprintf("%s.%03ldZ", time, now.tv_nsec / 1000000);
}

static json_t *entry_json(const struct audit_entry *entry)
{
	json_t *json = json_document();
	int err = json_object_set_new(json, "time", time_json());

	err |= json_object_set_new(json, "by", json_string(by_names[entry->by]));
	err |= json_object_set_new(json, "action", json_string(entry->action));
	if (entry->dev)
		err |= json_object_set_new(json, "dev", json_string(entry->dev));
	if (entry->object)
		err |= json_object_set_new(json, "object", text_json(entry->object));
	if (entry->why)
		err |= json_object_set_new(json, "why", text_json(entry->why));
	if (entry->ttl_seconds)
		err |= json_object_set_new(json, "ttl",
					   json_integer((json_int_t)entry->ttl_seconds));
	if (entry->before || entry->after)
		err |= json_object_set_new(json, "generation",
					   json_pack("{s:I, s:I}", "before",
						     (json_int_t)entry->before, "after",
						     (json_int_t)entry->after));
	if (entry->refused)
		err |= json_object_set_new(json, "refused", json_true());
	err |= json_object_set_new(json, "who", who_json());
	if (!err)
		return json;
	json_decref(json);
	return NULL;
}

/* The record in the journal, with the hash of the line in the trail, if there is one. */
static void tell_journal(const struct audit_entry *entry, const char *hash)
{
	char user[WORD_LEN], sudo[WORD_LEN], from[WORD_LEN], ttl[24], after[16];
	char *line;
	bool has_sudo = first_word("SUDO_USER", sudo),
	     has_from = first_word("SSH_CONNECTION", from);
	const struct log_field field[] = {
		{ "SIPSHIELD_ACTION", entry->action },
		{ "SIPSHIELD_BY", by_names[entry->by] },
		{ "SIPSHIELD_DEV", entry->dev },
		{ "SIPSHIELD_OBJECT", entry->object },
		{ "SIPSHIELD_WHY", entry->why },
		{ "SIPSHIELD_USER", user_name(user) },
		{ "SIPSHIELD_SUDO_USER", has_sudo ? sudo : NULL },
		{ "SIPSHIELD_FROM", has_from ? from : NULL },
		{ "SIPSHIELD_TTL", entry->ttl_seconds ? ttl : NULL },
		{ "SIPSHIELD_GENERATION", entry->after ? after : NULL },
		{ "SIPSHIELD_AUDIT_HASH", hash },
	};

	snprintf(ttl, sizeof(ttl), "%" PRIu64, (uint64_t)entry->ttl_seconds);
	snprintf(after, sizeof(after), "%u", entry->after);
	if (asprintf(&line, "%s%s%s%s%s%s by %s%s%s%s%s", entry->action, entry->object ? " " : "",
		     entry->object ? entry->object : "", entry->dev ? " on " : "",
		     entry->dev ? entry->dev : "", entry->refused ? " refused," : "", user,
		     has_sudo ? " for " : "", has_sudo ? sudo : "", entry->why ? ": " : "",
		     entry->why ? entry->why : "") < 0)
		return;
	log_record(MESSAGE_AUDIT, line, field, sizeof(field) / sizeof(field[0]));
	free(line);
}

static int write_trail(const struct audit_entry *entry, const char *dir, const char *name,
		       struct audit_link *link)
{
	json_t *json = entry_json(entry);
	int err;

	if (!json)
		return -ENOMEM;
	err = varfile_make_dir(dir);
	if (!err)
		err = audit_append(dir, name, json, entry->by == AUDIT_PERSON, link);
	json_decref(json);
	return err;
}

int audit(const struct audit_entry *entry)
{
	char dir[VARFILE_PATH_LEN];
	struct audit_link link;
	const char *name;
	int err = 0;

	audit_place(entry->dev, dir, &name);
	if (entry->state_dir)
		snprintf(dir, sizeof(dir), "%s", entry->state_dir);
	if (*dir)
		err = write_trail(entry, dir, name, &link);
	tell_journal(entry, *dir && !err ? link.hash : NULL);
	if (err)
		log_say(MESSAGE_AUDIT_FAILED,
			"%s %s was done, but is not in the audit trail in %s: %s", entry->action,
			entry->object ? entry->object : "", dir, strerror(-err));
	return err;
}
