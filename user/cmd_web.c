// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <string.h>

#include "user/cmd.h"
#include "user/store.h"
#include "user/web.h"

static int fail(int err, const char *dev, unsigned short port)
{
	if (err == -EADDRINUSE || err == -EADDRNOTAVAIL || err == -EACCES)
		return cmd_fail(EXIT_FAILED,
				"cannot serve on 127.0.0.1:%u: %s; choose another port by --port",
				port, strerror(-err));
	return cmd_fail(EXIT_FAILED, "cannot serve the dashboard and the metrics of %s: %s", dev,
			strerror(-err));
}

int cmd_web(int argc, char **argv)
{
	const char *text = NULL, *dev;
	const struct cmd_option option[] = {
		{ "port", "PORT", "on 127.0.0.1, default 9478", &text, NULL },
	};
	const struct cmd_use use = {
		.name = "web",
		.args = "DEV",
		.what = "Serves the dashboard and the metrics of an interface until it is told to end, beside\n"
			"the agent: `run --metrics-port 0' leaves them to it. It gives up its user, where that\n"
			"is root, and every capability, and reads the pinned maps as a member of the group\n"
			"sipshield; why a source is treated as it is, it asks the agent.",
		.option = option,
		.options = sizeof(option) / sizeof(option[0]),
		.args_max = 1,
	};
	struct cmd_common common;
	unsigned short port = WEB_PORT;
	struct store *store;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	dev = argc ? argv[0] : common.dev;
	if (!dev)
		return cmd_fail(EXIT_USAGE, "web: which interface? `sipshield web eth0'");
	if (text && (!cmd_port(text, &port) || !port))
		return cmd_fail(EXIT_USAGE, "--port %s: expected 1 to 65535", text);
	status = cmd_open_store(dev, false, &store, NULL);
	if (status)
		return status;
	store_close(store);
	return fail(web_run(dev, port), dev, port);
}
