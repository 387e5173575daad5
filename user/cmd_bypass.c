// SPDX-License-Identifier: GPL-2.0-or-later
#include <inttypes.h>
#include <net/if.h>
#include <stdio.h>
#include <string.h>

#include "user/audit.h"
#include "user/cmd.h"
#include "user/duration.h"
#include "user/json.h"
#include "user/store.h"

#define NS_PER_SECOND 1000000000ULL
#define BYPASS_DEFAULT "10m"
#define BYPASS_MAX (24 * 3600)

static int print_json(const char *dev, __u64 seconds)
{
	json_t *document = json_document();

	json_object_set_new(document, "dev", json_string(dev));
	json_object_set_new(document, "bypass",
			    seconds ? json_integer((json_int_t)seconds) : json_null());
	return json_print(document, stdout) ? EXIT_FAILED : EXIT_DONE;
}

static int print_text(const char *dev, __u64 seconds)
{
	char left[DURATION_TEXT_LEN];

	if (!seconds) {
		printf("%s: no bypass any more, the policy holds\n", dev);
		return EXIT_DONE;
	}
	printf("%s: EVERYTHING PASSES for %s, then the policy holds again by itself\n"
	       "  sipshield bypass %s --off    ends it now\n",
	       dev, duration_format(seconds, left), dev);
	return EXIT_DONE;
}

int cmd_bypass(int argc, char **argv)
{
	const char *text = NULL;
	bool off = false;
	const struct cmd_option option[] = {
		{ "for", "TIME", "default " BYPASS_DEFAULT ", at most 24h", &text, NULL },
		{ "off", NULL, "end it now", NULL, &off },
	};
	const struct cmd_use use = {
		.name = "bypass",
		.args = "[DEV]",
		.what = "Lets every packet pass for a time, whatever the policy and the bans say: the way\n"
			"to find out whether it is the shield. The kernel itself ends it, with or without\n"
			"an agent. What passes is counted as `bypass', and `status' ends with 3.\n\n"
			"Without this program: rm " STORE_ROOT "/DEV/link",
		.option = option,
		.options = sizeof(option) / sizeof(option[0]),
		.args_max = 1,
	};
	cleanup_store struct store *store = NULL;
	struct cmd_common common;
	char dev[IF_NAMESIZE];
	uint64_t seconds = 0;
	int status, err;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	if (off && text)
		return cmd_fail(EXIT_USAGE, "bypass: --for or --off, not both");
	if (!off && (duration_parse(text ? text : BYPASS_DEFAULT, &seconds) || !seconds ||
		     seconds > BYPASS_MAX))
		return cmd_fail(EXIT_USAGE,
				"--for %s: expected a time from 1s to 24h, as 90s or 10m", text);
	status = cmd_open_store(argc ? argv[0] : common.dev, true, &store, dev);
	if (status)
		return status;
	err = store_set_bypass(store, seconds ? cmd_now() + seconds * NS_PER_SECOND : 0);
	if (err)
		return cmd_fail(EXIT_FAILED, "cannot write to the maps of %s: %s", dev,
				strerror(-err));
	audit(&(struct audit_entry){
		.action = off ? "bypass off" : use.name, .dev = dev, .ttl_seconds = seconds });
	return common.json ? print_json(dev, seconds) : print_text(dev, seconds);
}
