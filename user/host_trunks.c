// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/host.h"

#include <errno.h>
#include <glob.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define PATH_LEN 4096
#define CONFIG_MAX (4U << 20) /* bytes of one file */

static void free_text(char **text)
{
	free(*text);
}
static void free_addresses(struct addrinfo **list)
{
	if (*list)
		freeaddrinfo(*list);
}
#define cleanup_text __attribute__((cleanup(free_text)))
#define cleanup_addresses __attribute__((cleanup(free_addresses)))

/* Where the packages of Debian and of the projects put them. */
static const struct {
	enum trunk_kind kind;
	const char *path;
} usual[] = {
	{ TRUNK_KAMAILIO_CFG, "/etc/kamailio/kamailio.cfg" },
	{ TRUNK_DISPATCHER, "/etc/kamailio/dispatcher.list" },
	{ TRUNK_ADDRESS, "/etc/kamailio/address.list" },
	{ TRUNK_KAMAILIO_CFG, "/etc/opensips/opensips.cfg" },
	{ TRUNK_PJSIP, "/etc/asterisk/pjsip.conf" },
	{ TRUNK_PJSIP, "/etc/asterisk/pjsip_wizard.conf" },
	{ TRUNK_CHAN_SIP, "/etc/asterisk/sip.conf" },
	{ TRUNK_FREESWITCH, "/etc/freeswitch/autoload_configs/acl.conf.xml" },
	{ TRUNK_FREESWITCH, "/etc/freeswitch/sip_profiles/*.xml" },
	{ TRUNK_FREESWITCH, "/etc/freeswitch/sip_profiles/*/*.xml" },
};

static int read_pattern(const char *root, const struct trunk_source *source,
			struct trunk_sources *sources)
{
	size_t root_len = strlen(root);
	char pattern[PATH_LEN];
	glob_t files = { 0 };
	int err = 0;

	snprintf(pattern, sizeof(pattern), "%.2000s%.2000s", root, source->path);
	if (!glob(pattern, 0, NULL, &files)) {
		for (size_t i = 0; !err && i < files.gl_pathc; i++) {
			const char *path = files.gl_pathv[i] + root_len;

			err = trunk_source_add(sources, source->kind, path, strlen(path), NULL);
		}
	}
	globfree(&files);
	return err;
}

/* Copies of one entry: the list moves while it grows. */
static int read_source(const char *root, size_t i, struct trunk_sources *sources,
		       struct trunks *trunks)
{
	struct trunk_source source = sources->item[i];
	struct trunk_reader reader = { source.path, trunks, sources };
	cleanup_text char *text = NULL;
	int err;

	if (strpbrk(source.path, "*?["))
		return read_pattern(root, &source, sources);
	err = host_read(root, source.path, CONFIG_MAX, &text);
	if (err)
		return err == -ENOMEM ? err : 0;
	sources->item[i].found = true;
	return trunk_read(source.kind, text, &reader);
}

int host_trunks(const char *root, struct trunk_sources *sources, struct trunks *out)
{
	struct trunk_sources list = { 0 };
	struct trunks trunks = { 0 };
	int err = 0;

	for (size_t i = 0; !err && i < sizeof(usual) / sizeof(usual[0]); i++)
		err = trunk_source_add(&list, usual[i].kind, usual[i].path, strlen(usual[i].path),
				       NULL);
	/* What a file names comes behind it. */
	for (size_t i = 0; !err && i < list.count; i++)
		err = read_source(root, i, &list, &trunks);
	if (err) {
		trunks_free(&trunks);
		trunk_sources_free(&list);
		return err;
	}
	*sources = list;
	*out = trunks;
	return 0;
}

static void set_address(struct trunk *trunk, const struct addrinfo *found)
{
	trunk->address = (struct addr){ .byte = { [10] = 0xff, [11] = 0xff } };
	trunk->length = 128;
	if (found->ai_family == AF_INET)
		memcpy(&trunk->address.byte[12],
		       &((const struct sockaddr_in *)found->ai_addr)->sin_addr, 4);
	else
		memcpy(trunk->address.byte,
		       &((const struct sockaddr_in6 *)found->ai_addr)->sin6_addr, 16);
}

/* The first address takes the name's place, the others come behind all. */
static int resolve(struct trunks *trunks, size_t i)
{
	static const struct addrinfo hints = { .ai_socktype = SOCK_DGRAM };
	cleanup_addresses struct addrinfo *found = NULL;
	struct trunk trunk = trunks->item[i];

	if (getaddrinfo(trunk.host, NULL, &hints, &found))
		return 0;
	for (const struct addrinfo *at = found; at; at = at->ai_next) {
		struct trunk *item;

		if (at->ai_family != AF_INET && at->ai_family != AF_INET6)
			continue;
		set_address(&trunk, at);
		if (!trunks->item[i].length) {
			trunks->item[i] = trunk;
			continue;
		}
		if (trunks->count == TRUNKS_MAX)
			return 0;
		item = reallocarray(trunks->item, trunks->count + 1, sizeof(*item));
		if (!item)
			return -ENOMEM;
		trunks->item = item;
		item[trunks->count++] = trunk;
	}
	return 0;
}

int host_resolve(struct trunks *trunks)
{
	size_t count = trunks->count;
	int err = 0;

	for (size_t i = 0; !err && i < count; i++) {
		if (*trunks->item[i].host)
			err = resolve(trunks, i);
	}
	return err;
}
