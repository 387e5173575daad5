// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "user/audit.h"
#include "user/cmd.h"
#include "user/instance.h"
#include "user/json.h"
#include "user/loader.h"

#define WAIT_STEPS 50
#define WAIT_STEP_US 100000

/* An agent that goes on would find its maps gone: it ends first. */
static int stop_agent(const char *dev)
{
	pid_t pid = instance_of(dev);

	if (!pid)
		return 0;
	if (kill(pid, SIGTERM))
		return -errno;
	for (int i = 0; i < WAIT_STEPS && instance_of(dev) == pid; i++)
		usleep(WAIT_STEP_US);
	return instance_of(dev) ? -ETIMEDOUT : 0;
}

static int print_done(const char *dev, bool json)
{
	json_t *document;

	if (!json) {
		printf("%s is not protected any more\n", dev);
		return EXIT_DONE;
	}
	document = json_document();
	json_object_set_new(document, "dev", json_string(dev));
	json_object_set_new(document, "enforcing", json_false());
	return json_print(document, stdout) ? EXIT_FAILED : EXIT_DONE;
}

int cmd_detach(int argc, char **argv)
{
	const struct cmd_use use = {
		.name = "detach",
		.args = "DEV",
		.what = "Ends the protection of an interface: stops its agent, takes the programs off\n"
			"and forgets the policy and the bans. What sources have earned is forgotten with the\n"
			"file in the agent's state directory (run --state-dir), if that is deleted, too.",
		.args_max = 1,
	};
	struct cmd_common common;
	char state_dir[VARFILE_PATH_LEN];
	const char *dev;
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	dev = argc ? argv[0] : common.dev;
	if (!dev)
		return cmd_fail(EXIT_USAGE, "detach: which interface? `sipshield detach eth0'");
	if (!store_is_dev(dev))
		return cmd_fail(EXIT_USAGE, "detach: `%s' is no interface; `ip link' lists them",
				dev);
	err = stop_agent(dev);
	if (err)
		return cmd_fail(EXIT_FAILED,
				"cannot stop the agent of %s: %s; end process %d and "
				"try again",
				dev, strerror(-err), instance_of(dev));
	/* Where its trail is stands beside the pins. */
	shield_state_dir(dev, state_dir);
	err = shield_detach(dev);
	if (err == -ENOENT)
		return cmd_fail(EXIT_NOT_ENFORCING, "nothing protects %s", dev);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot remove what protects %s: %s", dev,
				strerror(-err));
	audit(&(struct audit_entry){ .action = use.name, .dev = dev, .state_dir = state_dir });
	return print_done(dev, common.json);
}
