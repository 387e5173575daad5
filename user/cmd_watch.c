// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <net/if.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "user/agent_feed.h"
#include "user/agent_socket.h"
#include "user/cmd.h"
#include "user/instance.h"
#include "user/json.h"
#include "user/store.h"
#include "user/watch.h"

static void close_fd(const int *fd)
{
	if (*fd >= 0)
		close(*fd);
}

static int cannot_follow(const char *dev, int err)
{
	if (err == -ENOENT || err == -ECONNREFUSED)
		return cmd_fail(EXIT_NOT_ENFORCING,
				"no agent runs for %s, and nothing else sees single packets; start "
				"it with `sipshield run %s' (`sipshield status' needs none)",
				dev, dev);
	return cmd_fail(EXIT_FAILED, "cannot follow the agent of %s: %s%s", dev, strerror(-err),
			err == -EACCES ? "; run as root or in the group sipshield" : "");
}

/* Prints a message if it is wanted: 1, else 0; negative errno. */
static int show(const struct watch_filter *filter, const struct cmd_common *common,
		const char *text, size_t len)
{
	json_t *message = json_loadb(text, len, 0, NULL);
	int shown = message && watch_wants(filter, message);

	if (shown && common->json)
		fwrite(text, 1, len, stdout);
	if (shown && common->json)
		putchar('\n');
	else if (shown)
		watch_print(message, common->color, stdout);
	json_decref(message);
	return fflush(stdout) ? -errno : shown;
}

/* Until so many were shown, the agent ends or nobody reads any more. */
static int follow(int fd, const struct watch_filter *filter, const struct cmd_common *common,
		  unsigned long count)
{
	char text[FEED_MESSAGE_MAX + 1];
	unsigned long shown = 0;
	ssize_t n;
	int err;

	while (!count || shown < count) {
		n = TEMP_FAILURE_RETRY(recv(fd, text, sizeof(text), 0));
		if (n <= 0)
			return cmd_fail(EXIT_NOT_ENFORCING, "the agent has ended");
		err = show(filter, common, text, (size_t)n);
		if (err < 0)
			return EXIT_FAILED;
		shown += (unsigned int)err;
	}
	return EXIT_DONE;
}

static int count_of(const char *text, unsigned long *out)
{
	char *end;

	errno = 0;
	*out = strtoul(text, &end, 10);
	return errno || *end || *text < '1' || *text > '9' ? -EINVAL : 0;
}

int cmd_watch(int argc, char **argv)
{
	const char *source = NULL, *reason = NULL, *verdict = NULL, *method = NULL, *count = NULL;
	const struct cmd_option option[] = {
		{ .name = "src", .arg = "PREFIX", .what = "of these sources", .value = &source },
		{ .name = "reason", .arg = "REASON", .what = "with this reason", .value = &reason },
		{ .name = "verdict",
		  .arg = "drop|shadow|pass|decision",
		  .what = "with this verdict; decision: a step of the ladder",
		  .value = &verdict },
		{ .name = "method", .arg = "METHOD", .what = "with this method", .value = &method },
		{ .name = "count", .arg = "N", .what = "end after so many", .value = &count },
	};
	const struct cmd_use use = {
		.name = "watch",
		.args = "[DEV]",
		.what = "Follows live what is dropped, what rules in shadow would drop, what is learned of\n"
			"sources, and what the agent decides and why. Packets are sampled, within a budget\n"
			"for each reason: `sipshield status' has all counts. With --json an object a line.\n"
			"Needs the agent; exit status 3 without it.",
		.option = option,
		.options = sizeof(option) / sizeof(option[0]),
		.args_max = 1,
	};
	__attribute__((cleanup(close_fd))) int fd = -1;
	cleanup_store struct store *store = NULL;
	struct watch_filter filter;
	struct cmd_common common;
	char why[WATCH_WHY_LEN], name[IF_NAMESIZE], path[INSTANCE_PATH_LEN];
	unsigned long most = 0;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (watch_filter_of(source, reason, verdict, method, &filter, why))
		return cmd_fail(EXIT_USAGE, "%s", why);
	if (count && count_of(count, &most))
		return cmd_fail(EXIT_USAGE, "--count %s: expected a number from 1", count);
	status = cmd_open_store(argc ? argv[0] : common.dev, false, &store, name);
	if (status)
		return status;
	instance_path(name, FEED_SOCKET, path);
	fd = agent_connect(path, 0);
	if (fd < 0)
		return cannot_follow(name, fd);
	return follow(fd, &filter, &common, most);
}
