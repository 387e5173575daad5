// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "user/addr.h"
#include "user/audit.h"
#include "user/cmd.h"
#include "user/json.h"
#include "user/store.h"

/* Prints what is wrong with a prefix; 0 when nothing is. */
static int read_prefix(const char *text, struct addr *address, __u8 *length)
{
	char cut[PREFIX_TEXT_LEN];

	switch (prefix_parse(text, address, length)) {
	case 0:
		return EXIT_DONE;
	case -EADDRNOTAVAIL:
		return cmd_fail(EXIT_USAGE, "`%s' has bits behind its length; write %s", text,
				prefix_format(address, *length, cut));
	case -ERANGE:
		return cmd_fail(EXIT_USAGE, "`%s': the length is at most 32 for IPv4, 128 for IPv6",
				text);
	default:
		return cmd_fail(EXIT_USAGE,
				"`%s' is no address or prefix, as 192.0.2.7, "
				"192.0.2.0/24 or 2001:db8::/32",
				text);
	}
}

static int report(const char *prefix, const char *what, const char *key, bool json)
{
	json_t *document;

	if (!json) {
		printf("%s %s\n", prefix, what);
		return EXIT_DONE;
	}
	document = json_document();
	json_object_set_new(document, key, json_string(prefix));
	return json_print(document, stdout) ? EXIT_FAILED : EXIT_DONE;
}

static int allow_add(int argc, char **argv)
{
	const struct cmd_use use = {
		.name = "allow add",
		.args = "PREFIX",
		.what = "Exempts an address or prefix from every limit and check, at once, until the\n"
			"next policy is applied. For good, write it under `allow' in the policy file.\n"
			"A ban inside of it has no effect as long as it stays.",
		.args_min = 1,
		.args_max = 1,
	};
	cleanup_store struct store *store = NULL;
	struct cmd_common common;
	char text[PREFIX_TEXT_LEN];
	char dev[IF_NAMESIZE];
	struct addr address;
	__u8 length;
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	status = read_prefix(argv[0], &address, &length);
	if (!status)
		status = cmd_open_store(common.dev, true, &store, dev);
	if (status)
		return status;
	prefix_format(&address, length, text);
	err = store_allow(store, &address, length);
	if (err == -EPERM)
		return report(text, "is allowed by the policy already", "allowed", common.json);
	if (err == -ENOSPC)
		return cmd_fail(EXIT_FAILED,
				"%s: too many addresses were allowed by hand; write them "
				"into the policy and apply it",
				text);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot allow %s: %s", text, strerror(-err));
	audit(&(struct audit_entry){ .action = use.name, .dev = dev, .object = text });
	return report(text, "is allowed until the next policy is applied", "allowed", common.json);
}

static int allow_del(int argc, char **argv)
{
	const struct cmd_use use = {
		.name = "allow del",
		.args = "PREFIX",
		.what = "Takes back what `allow add' did. What the policy allows is deleted in its file,\n"
			"and by `policy apply'.",
		.args_min = 1,
		.args_max = 1,
	};
	cleanup_store struct store *store = NULL;
	struct cmd_common common;
	char text[PREFIX_TEXT_LEN];
	char dev[IF_NAMESIZE];
	struct addr address;
	__u8 length;
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	status = read_prefix(argv[0], &address, &length);
	if (!status)
		status = cmd_open_store(common.dev, true, &store, dev);
	if (status)
		return status;
	prefix_format(&address, length, text);
	err = store_unallow(store, &address, length);
	if (err == -EPERM)
		return cmd_fail(EXIT_FAILED,
				"%s is allowed by the policy; delete it in the policy "
				"file and run `sipshield policy apply'",
				text);
	if (err == -ENOENT)
		return cmd_fail(EXIT_FAILED,
				"%s is not allowed; `sipshield allow list' shows what is", text);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot delete %s: %s", text, strerror(-err));
	audit(&(struct audit_entry){ .action = use.name, .dev = dev, .object = text });
	return report(text, "is not allowed by hand any more", "deleted", common.json);
}

struct listing {
	json_t *json; /* NULL: text */
	unsigned int count;
};

static int list_prefix(const struct plan_prefix *prefix, void *arg)
{
	const char *by = store_rule_added(&prefix->rule) ? "hand" : "policy";
	struct listing *listing = arg;
	char text[PREFIX_TEXT_LEN];

	if (prefix->rule.kind != PREFIX_ALLOW)
		return 0;
	prefix_format(&prefix->address, prefix->length, text);
	if (listing->json)
		return json_array_append_new(listing->json,
					     json_pack("{s:s, s:s}", "prefix", text, "by", by))
			       ? -ENOMEM
			       : 0;
	if (!listing->count++)
		printf("%-44s %s\n", "PREFIX", "BY");
	printf("%-44s %s\n", text, by);
	return 0;
}

static int allow_list(int argc, char **argv)
{
	const struct cmd_use use = {
		.name = "allow list",
		.args = "",
		.what = "Lists who is exempt from every limit: by the policy, and by hand until the next\n"
			"policy is applied. Carriers and this host's own addresses are no part of it.",
	};
	cleanup_store struct store *store = NULL;
	struct listing listing = { 0 };
	struct cmd_common common;
	char name[IF_NAMESIZE];
	json_t *document;
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	status = cmd_open_store(common.dev, false, &store, name);
	if (status)
		return status;
	listing.json = common.json ? json_array() : NULL;
	err = store_each_prefix(store, list_prefix, &listing);
	if (err) {
		json_decref(listing.json);
		return cmd_fail(EXIT_FAILED, "cannot read the prefixes of %s: %s", name,
				strerror(-err));
	}
	if (!common.json)
		return EXIT_DONE;
	document = json_document();
	json_object_set_new(document, "dev", json_string(name));
	json_object_set_new(document, "allowed", listing.json);
	return json_print(document, stdout) ? EXIT_FAILED : EXIT_DONE;
}

int cmd_allow(int argc, char **argv)
{
	static const struct cmd_verb verbs[] = {
		{ "add", allow_add },
		{ "del", allow_del },
		{ "list", allow_list },
	};

	return cmd_dispatch(verbs, sizeof(verbs) / sizeof(verbs[0]), argc, argv);
}
