// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/trunk.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "user/addr.h"

#define PEER_LEN 512
#define BLANKS " \t\r"

void trunks_free(struct trunks *trunks)
{
	free(trunks->item);
	memset(trunks, 0, sizeof(*trunks));
}

void trunk_sources_free(struct trunk_sources *sources)
{
	for (size_t i = 0; i < sources->count; i++)
		free(sources->item[i].path);
	free(sources->item);
	memset(sources, 0, sizeof(*sources));
}

static char *source_path(const char *path, size_t len, const char *beside)
{
	const char *slash = beside ? strrchr(beside, '/') : NULL;
	int dir = slash && *path != '/' ? (int)(slash - beside + 1) : 0;
	char *full;

	if (asprintf(&full, "%.*s%.*s", dir, beside ? beside : "", (int)len, path) < 0)
		return NULL;
	return full;
}

int trunk_source_add(struct trunk_sources *sources, enum trunk_kind kind, const char *path,
		     size_t len, const char *beside)
{
	struct trunk_source *item;
	char *full;

	if (!len || len >= PEER_LEN || sources->count == TRUNK_FILES_MAX)
		return 0;
	full = source_path(path, len, beside);
	if (!full)
		return -ENOMEM;
	for (size_t i = 0; i < sources->count; i++) {
		if (!strcmp(sources->item[i].path, full)) {
			free(full);
			return 0;
		}
	}
	item = reallocarray(sources->item, sources->count + 1, sizeof(*item));
	if (!item) {
		free(full);
		return -ENOMEM;
	}
	sources->item = item;
	item[sources->count++] = (struct trunk_source){ .kind = kind, .path = full };
	return 0;
}

int trunk_read(enum trunk_kind kind, const char *text, struct trunk_reader *reader)
{
	static int (*const readers[])(const char *text, struct trunk_reader *reader) = {
		[TRUNK_KAMAILIO_CFG] = trunk_read_kamailio_cfg,
		[TRUNK_DISPATCHER] = trunk_read_dispatcher,
		[TRUNK_ADDRESS] = trunk_read_address,
		[TRUNK_DBTEXT] = trunk_read_dbtext,
		[TRUNK_PJSIP] = trunk_read_pjsip,
		[TRUNK_CHAN_SIP] = trunk_read_chan_sip,
		[TRUNK_FREESWITCH] = trunk_read_freeswitch,
	};

	return readers[kind](text, reader);
}

/* --- text ---------------------------------------------------------------------------------------*/

bool trunk_line(const char **text, struct trunk_span *line)
{
	size_t len = strcspn(*text, "\n");

	if (!**text)
		return false;
	*line = (struct trunk_span){ *text, len };
	*text += len + ((*text)[len] == '\n');
	return true;
}

struct trunk_span trunk_trim(struct trunk_span span)
{
	while (span.len && strchr(BLANKS, *span.at)) {
		span.at++;
		span.len--;
	}
	while (span.len && strchr(BLANKS, span.at[span.len - 1]))
		span.len--;
	return span;
}

static bool in(char c, const char *set)
{
	return c && strchr(set, c);
}

bool trunk_word(struct trunk_span *line, const char *stop, struct trunk_span *word)
{
	size_t begin = 0, end;

	while (begin < line->len && in(line->at[begin], stop))
		begin++;
	for (end = begin; end < line->len && !in(line->at[end], stop);)
		end++;
	*word = (struct trunk_span){ line->at + begin, end - begin };
	line->at += end;
	line->len -= end;
	return word->len;
}

bool trunk_begins(struct trunk_span span, const char *text)
{
	return span.len >= strlen(text) && !strncasecmp(span.at, text, strlen(text));
}

bool trunk_is(struct trunk_span span, const char *text)
{
	return span.len == strlen(text) && trunk_begins(span, text);
}

/* --- peers --------------------------------------------------------------------------------------*/

/* "<sip:user@host:5060;transport=tcp>" becomes "host:5060", in place. */
static char *host_of_uri(char *text)
{
	static const char *const schemes[] = { "sip:", "sips:" };
	char *at;

	if (*text == '<')
		text++;
	for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
		if (!strncasecmp(text, schemes[i], strlen(schemes[i]))) {
			text += strlen(schemes[i]);
			break;
		}
	}
	text[strcspn(text, ";?>, \t")] = '\0';
	at = strrchr(text, '@');
	return at ? at + 1 : text;
}

/* Cuts off a port: "[2001:db8::1]:5060" becomes "2001:db8::1". */
static char *without_port(char *text)
{
	char *colon = strchr(text, ':');

	if (*text == '[') {
		text++;
		text[strcspn(text, "]")] = '\0';
	} else if (colon && !strchr(colon + 1, ':')) {
		*colon = '\0';
	}
	return text;
}

/* Names have a letter: a number that is no address is nothing. */
static bool is_host_name(const char *text)
{
	bool letter = false;

	for (const char *c = text; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr(".-_", *c))
			return false;
		letter |= !!isalpha((unsigned char)*c);
	}
	return letter && strlen(text) < TRUNK_HOST_LEN && strcasecmp(text, "localhost");
}

static bool is_nobody(const struct addr *address)
{
	static const struct addr loopback = { .byte = { [15] = 1 } }, any = { 0 };
	static const struct addr mapped = { .byte = { [10] = 0xff, [11] = 0xff } };

	if (!memcmp(address, &mapped, 12))
		return address->byte[12] == 127 || !address->byte[12];
	return !memcmp(address, &loopback, sizeof(any)) || !memcmp(address, &any, sizeof(any));
}

/* "192.0.2.0/255.255.255.0", as Asterisk has it: the bits of the mask, or -1. */
static int mask_length(const char *text)
{
	struct addr mask;
	int length = 0;

	if (!strchr(text, '.') || addr_parse(text, &mask))
		return -1;
	for (int i = 0; i < 32; i++) {
		bool bit = mask.byte[12 + i / 8] & (0x80 >> i % 8);

		if (bit && length != i)
			return -1;
		length += bit;
	}
	return length;
}

static bool parse_prefix(const char *text, struct trunk *trunk)
{
	const char *slash = strchr(text, '/');
	int mask = slash ? mask_length(slash + 1) : -1;
	char cidr[PREFIX_TEXT_LEN];
	int err;

	if (mask >= 0)
		snprintf(cidr, sizeof(cidr), "%.*s/%d", (int)(slash - text), text, mask);
	err = prefix_parse(mask >= 0 ? cidr : text, &trunk->address, &trunk->length);
	/* With host bits the network is meant: all of these servers read it so. */
	return !err || err == -EADDRNOTAVAIL;
}

static void make_name(const char *name, char out[CARRIER_NAME_LEN])
{
	snprintf(out, CARRIER_NAME_LEN, "%s", name);
	for (char *c = out; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr("._-", *c))
			*c = '_';
	}
	if (!*out)
		strcpy(out, "trunk");
}

static bool is_known(const struct trunks *trunks, const struct trunk *trunk)
{
	for (size_t i = 0; i < trunks->count; i++) {
		const struct trunk *other = &trunks->item[i];

		if (other->length == trunk->length && !strcasecmp(other->host, trunk->host) &&
		    !strcmp(other->name, trunk->name) &&
		    !memcmp(&other->address, &trunk->address, sizeof(trunk->address)))
			return true;
	}
	return false;
}

int trunk_add(struct trunk_reader *reader, const char *name, const char *peer, size_t len,
	      unsigned int line)
{
	struct trunk trunk = { .file = reader->file, .line = line };
	struct trunks *trunks = reader->trunks;
	char text[PEER_LEN];
	struct trunk *item;
	char *host;

	if (!len || len >= sizeof(text) || trunks->count == TRUNKS_MAX)
		return 0;
	snprintf(text, sizeof(text), "%.*s", (int)len, peer);
	host = without_port(host_of_uri(text));
	if (!parse_prefix(host, &trunk)) {
		memset(&trunk.address, 0, sizeof(trunk.address));
		trunk.length = 0;
		if (!is_host_name(host))
			return 0;
		snprintf(trunk.host, sizeof(trunk.host), "%.255s", host);
	} else if (is_nobody(&trunk.address) && trunk.length > 96) {
		return 0;
	}
	make_name(name, trunk.name);
	if (is_known(trunks, &trunk))
		return 0;
	item = reallocarray(trunks->item, trunks->count + 1, sizeof(*item));
	if (!item)
		return -ENOMEM;
	trunks->item = item;
	item[trunks->count++] = trunk;
	return 0;
}
