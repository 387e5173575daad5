// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/addr.h"
#include "user/audit.h"
#include "user/cmd.h"
#include "user/duration.h"
#include "user/json.h"
#include "user/note.h"
#include "user/store.h"

#define NS_PER_SECOND 1000000000ULL
#define NEVER ~0ULL
#define DEFAULT_TTL "10m"
#define DEFAULT_GRACE "10m"

static __u64 seconds_left(const struct ban *ban, __u64 now_ns)
{
	return ban->expires_ns > now_ns ? (ban->expires_ns - now_ns) / NS_PER_SECOND : 0;
}

static json_t *ban_json(const struct addr *key, const struct ban *ban, __u64 now_ns)
{
	bool for_ever = ban->expires_ns == NEVER;
	char source[ADDR_TEXT_LEN];

	addr_format(key, source);
	return json_pack("{s:s, s:o, s:I, s:I, s:s}", "src", source, "expires_in",
			 for_ever ? json_null() : json_integer(seconds_left(ban, now_ns)),
			 "banned_for", (json_int_t)((now_ns - ban->since_ns) / NS_PER_SECOND),
			 "level", (json_int_t)ban->level, "reason", ban->note);
}

static int fail_ban(int err, const char *source)
{
	switch (err) {
	case -EPERM:
		return cmd_fail(EXIT_REFUSED,
				"%s is not banned: it is an address of this host, a "
				"gateway, a resolver, or allowed or a carrier in the policy; "
				"`sipshield source show %s' says which",
				source, source);
	case -ENOSPC:
		return cmd_fail(EXIT_FAILED,
				"%s is not banned: the table of bans is full; deny whole "
				"prefixes in the policy instead",
				source);
	default:
		return cmd_fail(EXIT_FAILED, "cannot ban %s: %s", source, strerror(-err));
	}
}

static int wrong_address(const char *text)
{
	return cmd_fail(EXIT_USAGE, "`%s' is no IPv4 or IPv6 address%s", text,
			strchr(text, '/') ? "; prefixes are denied in the policy, under `deny'"
					  : "");
}

static int print_ban(const struct store *store, const struct addr *address, __u64 now_ns, bool json)
{
	char source[ADDR_TEXT_LEN], time[DURATION_TEXT_LEN];
	struct addr key;
	struct ban ban;
	int err = store_key(store, address, &key);

	if (!err)
		err = store_ban_get(store, address, &ban);
	if (err)
		return fail_ban(err, addr_format(address, source));
	if (json) {
		json_t *document = json_document();

		json_object_set_new(document, "ban", ban_json(&key, &ban, now_ns));
		return json_print(document, stdout) ? EXIT_FAILED : EXIT_DONE;
	}
	printf("banned %s", addr_format(&key, source));
	if (memcmp(&key, address, sizeof(key)))
		printf(" (with all of its network, as the policy's ipv6-prefix says)");
	if (ban.expires_ns == NEVER)
		puts(" until it is deleted");
	else
		printf(" for %s\n", duration_format(seconds_left(&ban, now_ns), time));
	return EXIT_DONE;
}

static int ban_add(int argc, char **argv)
{
	const char *ttl = DEFAULT_TTL, *reason = "by hand";
	const struct cmd_option option[] = {
		{ "ttl", "TIME", "90s, 10m, 2h, 7d; 0 until it is deleted (default 10m)", &ttl,
		  NULL },
		{ "reason", "TEXT", "why, for people; at most 63 bytes", &reason, NULL },
	};
	const struct cmd_use use = {
		.name = "ban add",
		.args = "ADDR",
		.what = "Drops everything that a source sends to protected ports, for a time. A ban that\n"
			"exists gets the new time and reason. Addresses of this host, gateways,\n"
			"resolvers, and what the policy allows are refused with exit status 4. An IPv6\n"
			"address stands for its network (policy: ipv6-prefix, /64).",
		.option = option,
		.options = sizeof(option) / sizeof(option[0]),
		.args_min = 1,
		.args_max = 1,
	};
	struct audit_entry entry = { .action = use.name };
	cleanup_store struct store *store = NULL;
	struct cmd_common common;
	char dev[IF_NAMESIZE];
	struct addr address;
	uint64_t seconds;
	__u64 now_ns = cmd_now();
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (addr_parse(argv[0], &address))
		return wrong_address(argv[0]);
	if (duration_parse(ttl, &seconds))
		return cmd_fail(EXIT_USAGE,
				"--ttl %s: expected a time as 90s, 10m, 2h or 7d, at most "
				"3650d",
				ttl);
	if (strlen(reason) >= BAN_NOTE_LEN || !note_is_valid(reason))
		return cmd_fail(EXIT_USAGE, "--reason: expected at most %d bytes of printable text",
				BAN_NOTE_LEN - 1);
	if (!strncmp(reason, POLICY_LIST_NOTE, strlen(POLICY_LIST_NOTE)))
		return cmd_fail(EXIT_USAGE, "--reason: `" POLICY_LIST_NOTE
					    "' is how bans of lists begin; begin otherwise");
	status = cmd_open_store(common.dev, true, &store, dev);
	if (status)
		return status;
	err = store_ban(store, &address, now_ns, seconds, 0, reason);
	entry.dev = dev;
	entry.object = argv[0];
	entry.why = reason;
	entry.ttl_seconds = seconds;
	entry.refused = err == -EPERM;
	if (!err || entry.refused)
		audit(&entry);
	if (err)
		return fail_ban(err, argv[0]);
	return print_ban(store, &address, now_ns, common.json);
}

static int print_unban(const char *source, __u64 grace, bool json)
{
	char time[DURATION_TEXT_LEN];
	json_t *document;

	if (json) {
		document = json_document();
		json_object_set_new(document, "unbanned", json_string(source));
		json_object_set_new(document, "grace", json_integer((json_int_t)grace));
		return json_print(document, stdout) ? EXIT_FAILED : EXIT_DONE;
	}
	printf("%s is not banned any more", source);
	if (grace)
		printf("; the agent makes no new ban for %s", duration_format(grace, time));
	putchar('\n');
	return EXIT_DONE;
}

/* Whoever takes back what he has done himself leaves the bans of others alone. */
static bool has_reason(const struct store *store, const struct addr *address, const char *reason)
{
	struct ban ban;

	return !store_ban_get(store, address, &ban) && ban.expires_ns > cmd_now() &&
	       !strcmp(ban.note, reason);
}

static int print_kept(const char *source, const char *reason, bool json)
{
	json_t *document;

	if (!json) {
		printf("%s has no ban for `%s'\n", source, reason);
		return EXIT_DONE;
	}
	document = json_document();
	json_object_set_new(document, "unbanned", json_null());
	return json_print(document, stdout) ? EXIT_FAILED : EXIT_DONE;
}

static int ban_del(int argc, char **argv)
{
	const char *grace = DEFAULT_GRACE, *reason = NULL;
	const struct cmd_option option[] = {
		{ "grace", "TIME", "so long the agent makes no new ban; 0: none (default 10m)",
		  &grace, NULL },
		{ "if-reason", "TEXT", "only a ban with this reason; status 0 if there is none",
		  &reason, NULL },
	};
	const struct cmd_use use = {
		.name = "ban del",
		.args = "ADDR",
		.what = "Ends a ban at once, and keeps the agent from making a new one for a time. What\n"
			"spoke against the source up to now counts no more. Exit status 1 if it is not\n"
			"banned.",
		.option = option,
		.options = sizeof(option) / sizeof(option[0]),
		.args_min = 1,
		.args_max = 1,
	};
	cleanup_store struct store *store = NULL;
	struct cmd_common common;
	char dev[IF_NAMESIZE];
	struct addr address;
	uint64_t seconds;
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (addr_parse(argv[0], &address))
		return wrong_address(argv[0]);
	if (duration_parse(grace, &seconds))
		return cmd_fail(EXIT_USAGE,
				"--grace %s: expected a time as 90s, 10m or 2h, at most 3650d",
				grace);
	status = cmd_open_store(common.dev, true, &store, dev);
	if (status)
		return status;
	if (reason && !has_reason(store, &address, reason))
		return print_kept(argv[0], reason, common.json);
	err = store_unban(store, &address, cmd_now(), seconds);
	if (err == -ENOENT)
		return cmd_fail(EXIT_FAILED, "%s is not banned", argv[0]);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot end the ban of %s: %s", argv[0],
				strerror(-err));
	audit(&(struct audit_entry){ .action = use.name, .dev = dev, .object = argv[0] });
	return print_unban(argv[0], seconds, common.json);
}

struct listing {
	__u64 now_ns;
	bool quiet;
	json_t *json; /* NULL: text */
	unsigned int count;
};

static int list_ban(const struct addr *key, const struct ban *ban, void *arg)
{
	struct listing *listing = arg;
	char source[ADDR_TEXT_LEN], time[DURATION_TEXT_LEN];

	if (ban->expires_ns <= listing->now_ns)
		return 0;
	addr_format(key, source);
	if (listing->json)
		return json_array_append_new(listing->json, ban_json(key, ban, listing->now_ns))
			       ? -ENOMEM
			       : 0;
	if (listing->quiet) {
		puts(source);
		return 0;
	}
	if (!listing->count++)
		printf("%-40s %-10s %-5s %s\n", "SOURCE", "LEFT", "STEP", "REASON");
	printf("%-40s %-10s %-5u %s\n", source,
	       ban->expires_ns == NEVER ? "for ever"
					: duration_format(seconds_left(ban, listing->now_ns), time),
	       ban->level, ban->note);
	return 0;
}

static int ban_list(int argc, char **argv)
{
	struct listing listing = { .now_ns = cmd_now() };
	const struct cmd_option option[] = {
		{ "quiet", NULL, "bare addresses, one on each line", NULL, &listing.quiet },
	};
	const struct cmd_use use = {
		.name = "ban list",
		.args = "",
		.what = "Lists the bans in force: how long they last, the step of the agent's ladder\n"
			"(0: by hand) and why.",
		.option = option,
		.options = 1,
	};
	cleanup_store struct store *store = NULL;
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
	err = store_each_ban(store, list_ban, &listing);
	if (err) {
		json_decref(listing.json);
		return cmd_fail(EXIT_FAILED, "cannot read the bans of %s: %s", name,
				strerror(-err));
	}
	if (!common.json)
		return EXIT_DONE;
	document = json_document();
	json_object_set_new(document, "dev", json_string(name));
	json_object_set_new(document, "bans", listing.json);
	return json_print(document, stdout) ? EXIT_FAILED : EXIT_DONE;
}

int cmd_ban(int argc, char **argv)
{
	static const struct cmd_verb verbs[] = {
		{ "add", ban_add },
		{ "del", ban_del },
		{ "list", ban_list },
	};

	return cmd_dispatch(verbs, sizeof(verbs) / sizeof(verbs[0]), argc, argv);
}
