// SPDX-License-Identifier: GPL-2.0-or-later
#include <string.h>
#include <unistd.h>

#include "user/agent.h"
#include "user/cmd.h"
#include "user/varfile.h"
#include "user/web.h"

#define DEFAULT_POLICY "/etc/sipshield/sipshield.yaml"

static bool mode_parse(const char *text, enum attach_mode *mode)
{
	static const char *const names[] = {
		[ATTACH_AUTO] = "auto",
		[ATTACH_NATIVE] = "native",
		[ATTACH_GENERIC] = "generic",
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!strcmp(text, names[i])) {
			*mode = i;
			return true;
		}
	}
	return false;
}

int cmd_run(int argc, char **argv)
{
	struct agent_options options = { .metrics_port = WEB_PORT, .state_dir = VARFILE_DIR };
	const char *mode = "auto", *port = NULL;
	const struct cmd_option option[] = {
		{ "policy", "FILE", "default " DEFAULT_POLICY, &options.policy, NULL },
		{ "mode", "auto|native|generic", "auto: native, else generic", &mode, NULL },
		{ "metrics-port", "PORT",
		  "of dashboard and metrics, on 127.0.0.1; default 9478, 0 for none", &port, NULL },
		{ "state-dir", "DIR", "default " VARFILE_DIR "; '' for none", &options.state_dir,
		  NULL },
	};
	const struct cmd_use use = {
		.name = "run",
		.args = "DEV",
		.what = "Protects an interface, and stays to ban and to report until it gets SIGTERM or\n"
			"SIGINT. What it put in force stays in force without it; `sipshield detach DEV'\n"
			"removes it.\n\n"
			"Without --policy and without " DEFAULT_POLICY " the built-in\n"
			"defaults apply, or the policy that an earlier agent left in force. SIGHUP reads\n"
			"the file again: a policy with errors changes nothing, and neither does anything\n"
			"while a policy waits to be confirmed. A file that has errors when it starts, or\n"
			"reads like a policy that was not confirmed, is not applied: what is in force\n"
			"stays, after a reboot what held last. What runs already is taken over without a\n"
			"gap.\n\n"
			"Once a minute and at its end it saves the standing of sources to a file,\n"
			"DEV.standing in the state directory. When it starts with new maps, as after a\n"
			"reboot, each source gets half of its trust back. The journal of its decisions\n"
			"lies beside it; see explain.",
		.option = option,
		.options = sizeof(option) / sizeof(option[0]),
		.args_max = 1,
	};
	struct cmd_common common;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	options.dev = argc ? argv[0] : common.dev;
	if (!options.dev)
		return cmd_fail(EXIT_USAGE, "run: which interface? `ip link' lists them, and "
					    "`sipshield run eth0' protects one");
	if (!mode_parse(mode, &options.mode))
		return cmd_fail(EXIT_USAGE, "--mode %s: expected auto, native or generic", mode);
	if (port && !cmd_port(port, &options.metrics_port))
		return cmd_fail(EXIT_USAGE, "--metrics-port %s: expected 0 to 65535", port);
	if (!options.policy && !access(DEFAULT_POLICY, F_OK))
		options.policy = DEFAULT_POLICY;
	return agent_run(&options);
}
