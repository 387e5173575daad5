// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Kamailio and OpenSIPS: the configuration for the files that it names, and those files.
 */
#include "user/trunk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLANKS " \t\r"
#define NAME_LEN 64

/* --- kamailio.cfg -------------------------------------------------------------------------------*/

/* The n-th string in quotes, from 0. */
static bool quoted(struct trunk_span line, unsigned int n, struct trunk_span *out)
{
	const char *end = line.at + line.len;

	for (const char *begin = line.at; begin < end; n--) {
		const char *open = memchr(begin, '"', (size_t)(end - begin));
		const char *close = open ? memchr(open + 1, '"', (size_t)(end - open - 1)) : NULL;

		if (!close)
			return false;
		if (!n) {
			*out = (struct trunk_span){ open + 1, (size_t)(close - open - 1) };
			return true;
		}
		begin = close + 1;
	}
	return false;
}

/* A database that is a directory of text files, wherever it is named. */
static int read_db_url(struct trunk_span line, struct trunk_reader *reader)
{
	static const char *const tables[] = { "dispatcher", "address" };
	static const char scheme[] = "text://";
	struct trunk_span value;
	int err = 0;

	for (unsigned int n = 0; quoted(line, n, &value); n++) {
		if (!trunk_begins(value, scheme))
			continue;
		for (size_t i = 0; !err && i < sizeof(tables) / sizeof(tables[0]); i++) {
			char path[512];
			int len = snprintf(path, sizeof(path), "%.*s/%s",
					   (int)(value.len - strlen(scheme)),
					   value.at + strlen(scheme), tables[i]);

			if (*path == '/' && len < (int)sizeof(path))
				err = trunk_source_add(reader->more, TRUNK_DBTEXT, path,
						       (size_t)len, NULL);
		}
	}
	return err;
}

static int read_modparam(struct trunk_span line, struct trunk_reader *reader)
{
	static const struct {
		const char *module, *parameter;
		enum trunk_kind kind;
	} files[] = {
		{ "dispatcher", "list_file", TRUNK_DISPATCHER },
		{ "permissions", "address_file", TRUNK_ADDRESS },
	};
	struct trunk_span module, parameter, value;

	if (!quoted(line, 0, &module) || !quoted(line, 1, &parameter) || !quoted(line, 2, &value))
		return 0;
	for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
		if (trunk_is(module, files[i].module) && trunk_is(parameter, files[i].parameter))
			return trunk_source_add(reader->more, files[i].kind, value.at, value.len,
						reader->file);
	}
	return 0;
}

/*
 * `#!' and `!!' begin what the preprocessor reads, as the definition of a database; any other `#'
 * and `//' a comment.
 */
static bool is_comment(struct trunk_span line)
{
	return (trunk_begins(line, "#") && !trunk_begins(line, "#!")) || trunk_begins(line, "//");
}

/* Does a comment that goes on behind the line begin in it, outside of quotes? */
static bool opens_block(struct trunk_span line)
{
	const char *end = line.at + line.len;
	bool in_quotes = false;

	for (const char *at = line.at; at + 1 < end; at++) {
		in_quotes ^= *at == '"';
		if (in_quotes || *at != '/' || (at[1] != '*' && at[1] != '/'))
			continue;
		if (at[1] == '/')
			return false;
		at = memmem(at + 2, (size_t)(end - at - 2), "*/", 2);
		if (!at)
			return true;
		at++;
	}
	return false;
}

/* The line behind the block comments that it begins with; *inside: it begins in one, or ends in one. */
static struct trunk_span behind_blocks(struct trunk_span line, bool *inside)
{
	while (*inside || trunk_begins(line, "/*")) {
		size_t skip = *inside ? 0 : 2;
		const char *close = memmem(line.at + skip, line.len - skip, "*/", 2);

		*inside = !close;
		if (!close)
			return (struct trunk_span){ line.at, 0 };
		line.len -= (size_t)(close + 2 - line.at);
		line.at = close + 2;
		line = trunk_trim(line);
	}
	*inside = !is_comment(line) && opens_block(line);
	return line;
}

int trunk_read_kamailio_cfg(const char *text, struct trunk_reader *reader)
{
	struct trunk_span line, value;
	bool inside = false;
	int err = 0;

	while (!err && trunk_line(&text, &line)) {
		line = behind_blocks(trunk_trim(line), &inside);
		if (is_comment(line))
			continue;
		err = read_db_url(line, reader);
		if (!err && trunk_begins(line, "modparam"))
			err = read_modparam(line, reader);
		else if (!err &&
			 (trunk_begins(line, "include_file") || trunk_begins(line, "import_file") ||
			  trunk_begins(line, "#!include_file") ||
			  trunk_begins(line, "#!import_file")) &&
			 quoted(line, 0, &value))
			err = trunk_source_add(reader->more, TRUNK_KAMAILIO_CFG, value.at,
					       value.len, reader->file);
	}
	return err;
}

/* --- dispatcher.list: SETID DESTINATION FLAGS PRIORITY ATTRIBUTES --------------------------------*/

int trunk_read_dispatcher(const char *text, struct trunk_reader *reader)
{
	unsigned int number = 0;
	struct trunk_span line;
	int err = 0;

	while (!err && trunk_line(&text, &line)) {
		struct trunk_span set, destination;
		char name[NAME_LEN];

		number++;
		line = trunk_trim(line);
		if (trunk_begins(line, "#") || !trunk_word(&line, BLANKS, &set) ||
		    !trunk_word(&line, BLANKS, &destination) || !trunk_begins(destination, "sip"))
			continue;
		snprintf(name, sizeof(name), "dispatcher-%.*s", (int)set.len, set.at);
		err = trunk_add(reader, name, destination.at, destination.len, number);
	}
	return err;
}

/* --- the address file: GROUP ADDRESS MASK PORT TAG ----------------------------------------------*/

static int add_address(struct trunk_reader *reader, struct trunk_span group,
		       struct trunk_span address, struct trunk_span mask, unsigned int line)
{
	char name[NAME_LEN], prefix[128];
	int len;

	snprintf(name, sizeof(name), "address-%.*s", (int)group.len, group.at);
	if (!mask.len || memchr(address.at, '/', address.len))
		return trunk_add(reader, name, address.at, address.len, line);
	len = snprintf(prefix, sizeof(prefix), "%.*s/%.*s", (int)address.len, address.at,
		       (int)mask.len, mask.at);
	return len < (int)sizeof(prefix) ? trunk_add(reader, name, prefix, (size_t)len, line) : 0;
}

/* A mask is of addresses; a host name stands with one that is written for form's sake. */
static bool is_name(struct trunk_span address)
{
	for (size_t i = 0; i < address.len; i++) {
		if (!strchr("0123456789abcdefABCDEF.:/[]", address.at[i]))
			return true;
	}
	return false;
}

int trunk_read_address(const char *text, struct trunk_reader *reader)
{
	unsigned int number = 0;
	struct trunk_span line;
	int err = 0;

	while (!err && trunk_line(&text, &line)) {
		struct trunk_span group, address, mask;

		number++;
		line = trunk_trim(line);
		if (trunk_begins(line, "#") || !trunk_word(&line, BLANKS, &group) ||
		    !trunk_word(&line, BLANKS, &address))
			continue;
		trunk_word(&line, BLANKS, &mask);
		if (is_name(address))
			mask.len = 0;
		err = add_address(reader, group, address, mask, number);
	}
	return err;
}

/* --- db_text: a line of columns, then a line a row, fields with `:' between them ------------------*/

#define COLUMNS_MAX 32
#define FIELD_LEN 256

enum column { COLUMN_SET, COLUMN_DESTINATION, COLUMN_GROUP, COLUMN_ADDRESS, COLUMN_MASK, COLUMNS };

static int column_of(struct trunk_span name)
{
	static const struct {
		const char *name;
		enum column column;
	} known[] = {
		{ "setid", COLUMN_SET },  { "destination", COLUMN_DESTINATION },
		{ "grp", COLUMN_GROUP },  { "ip_addr", COLUMN_ADDRESS },
		{ "ip", COLUMN_ADDRESS }, { "mask", COLUMN_MASK },
	};

	name.len = strcspn(name.at, "(") < name.len ? strcspn(name.at, "(") : name.len;
	for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		if (trunk_is(name, known[i].name))
			return (int)known[i].column;
	}
	return -1;
}

/* The next field of a row, without its escapes; false: the row has no more. */
static bool next_field(struct trunk_span *row, char out[FIELD_LEN])
{
	size_t i = 0, len = 0;

	if (!row->at)
		return false;
	for (; i < row->len && row->at[i] != ':'; i++) {
		if (row->at[i] == '\\' && i + 1 < row->len)
			i++;
		if (len + 1 < FIELD_LEN)
			out[len++] = row->at[i];
	}
	out[len] = '\0';
	/* What is behind the last field is no further one. */
	row->at = i < row->len ? row->at + i + 1 : NULL;
	row->len = i < row->len ? row->len - i - 1 : 0;
	return true;
}

static struct trunk_span span(const char *text)
{
	return (struct trunk_span){ text, strlen(text) };
}

static int read_row(struct trunk_span row, const int *column, size_t columns,
		    struct trunk_reader *reader, unsigned int line)
{
	char value[COLUMNS][FIELD_LEN] = { { 0 } }, other[FIELD_LEN] = "", name[NAME_LEN];

	for (size_t i = 0; i < columns; i++) {
		if (!next_field(&row, column[i] < 0 ? other : value[column[i]]))
			break;
	}
	if (*value[COLUMN_DESTINATION]) {
		snprintf(name, sizeof(name), "dispatcher-%.48s", value[COLUMN_SET]);
		return trunk_add(reader, name, value[COLUMN_DESTINATION],
				 strlen(value[COLUMN_DESTINATION]), line);
	}
	if (!*value[COLUMN_ADDRESS])
		return 0;
	if (is_name(span(value[COLUMN_ADDRESS])))
		*value[COLUMN_MASK] = '\0';
	return add_address(reader, span(value[COLUMN_GROUP]), span(value[COLUMN_ADDRESS]),
			   span(value[COLUMN_MASK]), line);
}

int trunk_read_dbtext(const char *text, struct trunk_reader *reader)
{
	int column[COLUMNS_MAX];
	size_t columns = 0;
	struct trunk_span line, word;
	unsigned int number = 1;
	int err = 0;

	if (!trunk_line(&text, &line))
		return 0;
	while (columns < COLUMNS_MAX && trunk_word(&line, BLANKS, &word))
		column[columns++] = column_of(word);
	while (!err && trunk_line(&text, &line)) {
		number++;
		if (line.len)
			err = read_row(line, column, columns, reader, number);
	}
	return err;
}
