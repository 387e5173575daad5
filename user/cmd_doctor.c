// SPDX-License-Identifier: GPL-2.0-or-later
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/cmd.h"
#include "user/doctor_probe.h"
#include "user/json.h"
#include "user/nic.h"
#include "user/store.h"

/* Which interface, where none was named: the protected one, else that of the default route. */
static int choose(const char *root, char dev[IF_NAMESIZE])
{
	cleanup_store struct store *store = NULL;
	struct nic_around around;
	int err = *root ? -ENODEV : store_open(NULL, false, &store, dev);

	if (!err)
		return EXIT_DONE;
	if (err == -EEXIST)
		return cmd_fail(EXIT_USAGE, "doctor: several interfaces are protected; name one "
					    "(ls " STORE_ROOT ")");
	if (*root || nic_around("", &around))
		return cmd_fail(EXIT_USAGE, "doctor: which interface? `ip link' lists them");
	if (around.devs)
		snprintf(dev, IF_NAMESIZE, "%s", around.dev[0]);
	nic_around_free(&around);
	return *dev ? EXIT_DONE
		    : cmd_fail(EXIT_USAGE, "doctor: there is no default route; which interface? "
					   "`ip link' lists them");
}

static int examine(const struct doctor_options *options, struct doctor_facts *facts,
		   const struct cmd_common *common, bool strict)
{
	struct doctor_report *report = malloc(sizeof(*report));
	bool found;
	int err = 0;

	if (!report)
		return cmd_fail(EXIT_FAILED, "no memory");
	doctor_probe(options, facts);
	doctor_judge(facts, report);
	if (common->json)
		err = json_print(doctor_json(facts, report), stdout);
	else
		doctor_print(facts, report, common->color, stdout);
	found = doctor_count(report, DOCTOR_FAIL) || (strict && doctor_count(report, DOCTOR_WARN));
	free(report);
	if (err)
		return EXIT_FAILED;
	return found ? EXIT_DOCTOR : EXIT_DONE;
}

int cmd_doctor(int argc, char **argv)
{
	struct doctor_options options = { .root = "" };
	bool strict = false;
	const struct cmd_option option[] = {
		{ "probe", NULL, "try a native attach: the link may flap", NULL, &options.probe },
		{ "strict", NULL, "end with 5 for what is to be looked at, too", NULL, &strict },
		{ "root", "DIR", "judge the files below it, as of another host", &options.root,
		  NULL },
	};
	const struct cmd_use use = {
		.name = "doctor",
		.args = "[DEV]",
		.what = "Looks for what keeps an interface from being protected well: kernel, driver,\n"
			"offloads, other programs, listeners, firewall, units; and compares for two\n"
			"seconds what the interface receives with what the program sees. A line for each\n"
			"check, and below it how to fix what is wrong; docs/doctor.md has more of each.\n"
			"Nothing is changed, but for --probe. What only root can see says SKIP.\n\n"
			"Exit status: 0 nothing is wrong, 5 something is (FAIL; with --strict also WARN).",
		.option = option,
		.options = sizeof(option) / sizeof(option[0]),
		.args_max = 1,
	};
	struct doctor_facts *facts;
	struct cmd_common common;
	struct drivers drivers;
	const char *dev;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	dev = argc ? argv[0] : common.dev;
	if (dev && !store_is_dev(dev))
		return cmd_fail(EXIT_USAGE, "doctor: `%s' is no interface; `ip link' lists them",
				dev);
	facts = calloc(1, sizeof(*facts));
	if (!facts)
		return cmd_fail(EXIT_FAILED, "no memory");
	if (dev)
		snprintf(facts->nic.name, sizeof(facts->nic.name), "%s", dev);
	else
		status = choose(options.root, facts->nic.name);
	if (!dev && status) {
		free(facts);
		return status;
	}
	if (doctor_drivers(options.root, &drivers)) {
		free(facts);
		return cmd_fail(EXIT_USAGE, "doctor: the table of drivers has errors");
	}
	facts->drivers = &drivers;
	status = examine(&options, facts, &common, strict);
	drivers_free(&drivers);
	free(facts);
	return status;
}
