// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * FreeSWITCH: <gateway name> with <param name="proxy" value>, and <list default="deny"> with
 * <node type="allow" cidr>. Tags are taken one by one; what they stand in matters only by the last
 * gateway or list that was opened.
 */
#include "user/trunk.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#define NAME_LEN 64
#define VALUE_LEN 256
#define BLANKS " \t\r\n"

struct xml {
	const char *at;
	unsigned int line;     /* of at */
	struct trunk_span tag; /* between < and > */
	unsigned int tag_line;
};

static void advance(struct xml *xml, size_t len)
{
	for (const char *end = xml->at + len; xml->at < end; xml->at++)
		xml->line += *xml->at == '\n';
}

static void advance_behind(struct xml *xml, const char *what)
{
	const char *end = strstr(xml->at, what);

	advance(xml, end ? (size_t)(end - xml->at) + strlen(what) : strlen(xml->at));
}

/* The next tag that is no comment. */
static bool next_tag(struct xml *xml)
{
	for (;;) {
		advance(xml, strcspn(xml->at, "<"));
		if (!*xml->at)
			return false;
		if (strncmp(xml->at, "<!--", 4))
			break;
		advance(xml, 4);
		advance_behind(xml, "-->");
	}
	xml->tag_line = xml->line;
	xml->tag = (struct trunk_span){ xml->at + 1, strcspn(xml->at + 1, ">") };
	advance_behind(xml, ">");
	return true;
}

/* The value of an attribute of the tag; "" without it. */
static const char *attribute(const struct xml *xml, const char *name, char out[VALUE_LEN])
{
	struct trunk_span rest = xml->tag, word;

	*out = '\0';
	trunk_word(&rest, BLANKS, &word);
	while (trunk_word(&rest, BLANKS "=", &word)) {
		const char *open = rest.len > 1 ? rest.at + 1 : NULL;
		const char *close;

		if (!open || *rest.at != '=' || (*open != '"' && *open != '\''))
			continue;
		close = memchr(open + 1, *open, rest.len - 2);
		if (!close)
			return out;
		if (trunk_is(word, name))
			snprintf(out, VALUE_LEN, "%.*s", (int)(close - open - 1), open + 1);
		rest.len -= (size_t)(close + 1 - rest.at);
		rest.at = close + 1;
	}
	return out;
}

static bool is_tag(const struct xml *xml, const char *name)
{
	struct trunk_span rest = xml->tag, word;

	return trunk_word(&rest, BLANKS "/", &word) && trunk_is(word, name) &&
	       word.at == xml->tag.at;
}

/* Values that are the profile's variables are nobody's address. */
static int add(struct xml *xml, const char *name, const char *value, struct trunk_reader *reader)
{
	return strchr(value, '$') ? 0
				  : trunk_add(reader, name, value, strlen(value), xml->tag_line);
}

static int read_param(struct xml *xml, const char *gateway, struct trunk_reader *reader)
{
	static const char *const keys[] = { "proxy", "outbound-proxy", "realm" };
	char key[VALUE_LEN], value[VALUE_LEN];

	attribute(xml, "name", key);
	attribute(xml, "value", value);
	for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
		if (!strcmp(key, keys[i]))
			return add(xml, gateway, value, reader);
	}
	return 0;
}

int trunk_read_freeswitch(const char *text, struct trunk_reader *reader)
{
	struct xml xml = { .at = text, .line = 1 };
	char gateway[VALUE_LEN] = "", list[VALUE_LEN] = "", value[VALUE_LEN];
	int err = 0;

	while (!err && next_tag(&xml)) {
		if (is_tag(&xml, "gateway")) {
			attribute(&xml, "name", gateway);
		} else if (trunk_begins(xml.tag, "/gateway")) {
			*gateway = '\0';
		} else if (is_tag(&xml, "list")) {
			/* A list that allows all but some names nobody. */
			if (strcmp(attribute(&xml, "default", value), "deny"))
				*list = '\0';
			else
				attribute(&xml, "name", list);
		} else if (trunk_begins(xml.tag, "/list")) {
			*list = '\0';
		} else if (is_tag(&xml, "param") && *gateway) {
			err = read_param(&xml, gateway, reader);
		} else if (is_tag(&xml, "node") && *list &&
			   !strcmp(attribute(&xml, "type", value), "allow")) {
			attribute(&xml, "cidr", value);
			err = add(&xml, list, value, reader);
		}
	}
	return err;
}
