// SPDX-License-Identifier: GPL-2.0-or-later
/*
 * Asterisk: pjsip.conf, pjsip_wizard.conf and sip.conf. Sections of `key=value' or `key=>value';
 * `;' begins a comment; a section in parentheses behind a name is a template, or takes from one.
 */
#include "user/trunk.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define NAME_LEN 64
#define PEERS_MAX 256 /* values of one section */
#define TEMPLATES_MAX 128

enum section_type { TYPE_OTHER, TYPE_IDENTIFY, TYPE_AOR, TYPE_WIZARD, TYPE_PEER };

struct template
{
	char name[NAME_LEN];
	enum section_type type;
};

struct peer {
	struct trunk_span value;
	unsigned int line;
};

struct section {
	char name[NAME_LEN];
	char endpoint[NAME_LEN]; /* of type=identify */
	enum section_type type;
	bool is_template;
	struct peer peer[PEERS_MAX];
	size_t peers;
};

struct conf {
	struct trunk_reader *reader;
	enum trunk_kind kind;
	struct section section;
	struct template template[TEMPLATES_MAX];
	size_t templates;
	bool in_comment; /* between ;-- and --; */
};

static void copy(char out[NAME_LEN], struct trunk_span from)
{
	snprintf(out, NAME_LEN, "%.*s", (int)from.len, from.at);
}

static enum section_type type_of(struct trunk_span value)
{
	if (trunk_is(value, "identify"))
		return TYPE_IDENTIFY;
	if (trunk_is(value, "aor"))
		return TYPE_AOR;
	if (trunk_is(value, "wizard"))
		return TYPE_WIZARD;
	return trunk_is(value, "peer") || trunk_is(value, "friend") ? TYPE_PEER : TYPE_OTHER;
}

/* Each of "a, b, c". */
static int add_peers(struct conf *conf, const char *name, const struct peer *peer)
{
	struct trunk_span rest = peer->value, word;
	int err = 0;

	while (!err && trunk_word(&rest, ", \t", &word))
		err = trunk_add(conf->reader, name, word.at, word.len, peer->line);
	return err;
}

/* The section has ended. */
static int flush(struct conf *conf)
{
	struct section *section = &conf->section;
	const char *name = section->type == TYPE_IDENTIFY && *section->endpoint ? section->endpoint
										: section->name;
	int err = 0;

	if (section->is_template && conf->templates < TEMPLATES_MAX) {
		struct template *template = &conf->template[conf->templates++];

		memcpy(template->name, section->name, NAME_LEN);
		template->type = section->type;
	}
	if (section->type != TYPE_OTHER && !section->is_template) {
		for (size_t i = 0; !err && i < section->peers; i++)
			err = add_peers(conf, name, &section->peer[i]);
	}
	memset(section, 0, sizeof(*section));
	return err;
}

/* "(!)", "(trunk)", "(!,trunk)": what stands behind a section's name. */
static void take_templates(struct conf *conf, struct trunk_span list)
{
	struct trunk_span word;

	while (trunk_word(&list, "(), \t", &word)) {
		if (trunk_is(word, "!"))
			conf->section.is_template = true;
		for (size_t i = 0; i < conf->templates; i++) {
			if (trunk_is(word, conf->template[i].name))
				conf->section.type = conf->template[i].type;
		}
	}
}

static int begin_section(struct conf *conf, struct trunk_span line)
{
	const char *close = memchr(line.at, ']', line.len);
	int err = flush(conf);

	if (!close || err)
		return err;
	copy(conf->section.name,
	     trunk_trim((struct trunk_span){ line.at + 1, (size_t)(close - line.at - 1) }));
	take_templates(conf,
		       (struct trunk_span){ close + 1, line.len - (size_t)(close - line.at) - 1 });
	return 0;
}

/* Does a value of this key name a peer? Which type of section it must be in is known at its end. */
static bool names_peer(const struct conf *conf, struct trunk_span key)
{
	if (conf->kind == TRUNK_CHAN_SIP)
		return trunk_is(key, "host");
	return trunk_is(key, "match") || trunk_is(key, "contact") || trunk_is(key, "remote_hosts");
}

static void read_value(struct conf *conf, struct trunk_span key, struct trunk_span value,
		       unsigned int line)
{
	struct section *section = &conf->section;

	if (trunk_is(key, "type")) {
		section->type = type_of(value);
	} else if (trunk_is(key, "endpoint")) {
		copy(section->endpoint, value);
	} else if (names_peer(conf, key) && !trunk_is(value, "dynamic") &&
		   section->peers < PEERS_MAX) {
		section->peer[section->peers++] = (struct peer){ value, line };
	}
}

/* #include "file", #include <file>, #tryinclude file */
static int read_include(struct conf *conf, struct trunk_span line)
{
	struct trunk_span word, path;

	trunk_word(&line, " \t", &word);
	if (!trunk_is(word, "#include") && !trunk_is(word, "#tryinclude"))
		return 0;
	if (!trunk_word(&line, " \t\"<>", &path))
		return 0;
	return trunk_source_add(conf->reader->more, conf->kind, path.at, path.len,
				conf->reader->file);
}

/* What is left of a line without its comments. `\;' is no comment, but in no address either. */
static struct trunk_span without_comment(struct conf *conf, struct trunk_span line)
{
	const char *semicolon = memchr(line.at, ';', line.len);

	if (conf->in_comment) {
		conf->in_comment = !memmem(line.at, line.len, "--;", 3);
		return (struct trunk_span){ line.at, 0 };
	}
	if (semicolon) {
		size_t rest = line.len - (size_t)(semicolon - line.at);

		conf->in_comment = rest >= 3 && !memcmp(semicolon, ";--", 3) &&
				   (rest < 4 || semicolon[3] != '-') &&
				   !memmem(semicolon + 3, rest - 3, "--;", 3);
		line.len -= rest;
	}
	return trunk_trim(line);
}

static int read_line(struct conf *conf, struct trunk_span line, unsigned int number)
{
	struct trunk_span key, value;
	const char *equals;

	if (!line.len)
		return 0;
	if (*line.at == '[')
		return begin_section(conf, line);
	if (*line.at == '#')
		return read_include(conf, line);
	equals = memchr(line.at, '=', line.len);
	if (!equals)
		return 0;
	key = trunk_trim((struct trunk_span){ line.at, (size_t)(equals - line.at) });
	value = (struct trunk_span){ equals + 1, line.len - (size_t)(equals - line.at) - 1 };
	if (value.len && *value.at == '>') {
		value.at++;
		value.len--;
	}
	read_value(conf, key, trunk_trim(value), number);
	return 0;
}

static int read_conf(const char *text, enum trunk_kind kind, struct trunk_reader *reader)
{
	struct conf *conf = calloc(1, sizeof(*conf));
	unsigned int number = 0;
	struct trunk_span line;
	int err = 0;

	if (!conf)
		return -ENOMEM;
	conf->reader = reader;
	conf->kind = kind;
	while (!err && trunk_line(&text, &line))
		err = read_line(conf, without_comment(conf, line), ++number);
	if (!err)
		err = flush(conf);
	free(conf);
	return err;
}

int trunk_read_pjsip(const char *text, struct trunk_reader *reader)
{
	return read_conf(text, TRUNK_PJSIP, reader);
}

int trunk_read_chan_sip(const char *text, struct trunk_reader *reader)
{
	return read_conf(text, TRUNK_CHAN_SIP, reader);
}
