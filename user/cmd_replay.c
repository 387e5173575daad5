/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "user/cmd.h"
#include "user/cmd_captures.h"
#include "user/replay_report.h"

#define OUTPUT_BUFFER (1 << 20)
static const char *option_policy;
static const char *option_local;

static const struct cmd_option options[] = {
	{ "policy", "FILE", "the policy to try; without it, the defaults", &option_policy, NULL },
	{ "local", CAPTURES_LOCAL_ARG, CAPTURES_LOCAL_WHAT, &option_local, NULL },
};

static const struct cmd_use use = {
	.name = "replay",
	.args = "FILE...",
	.what = "Runs the shield's programs over captures, with the captures' own time as the\n"
		"clock, and says what they would have dropped. No interface is touched.\n"
		"\n"
		"Files are pcap or pcapng (Ethernet, Linux cooked, BSD loopback, raw IP; not\n"
		"compressed; \"-\" reads the standard input) and are replayed in the order given,\n"
		"on one timeline. Frames to a local address go to the ingress program, frames\n"
		"from one to the egress program; all others, and frames that the capture cut,\n"
		"are counted and given to none. Without --local the addresses are taken that\n"
		"receive requests on protected ports; they are named on stderr.\n"
		"\n"
		"With --json there is a line for each frame and the summary as the last one:\n"
		"  frame, t (seconds since the first), dir (in, out, other), src, dst\n"
		"  (ADDR:PORT; port 0: none in sight; null: no IP packet), verdict (pass,\n"
		"  drop), reason, method, standing\n"
		"\n"
		"A file that is no capture, or of another link type, is refused before any\n"
		"frame is replayed. A file that breaks off is replayed up to there, the summary\n"
		"says \"complete\": false. The exit status is 2 in both cases.",
	.option = options,
	.options = sizeof(options) / sizeof(options[0]),
	.args_min = 1,
	.args_max = -1,
};

/* All that one call works on. */
struct job {
	struct policy_doc doc;
	struct captures captures;
	struct replay *replay;
	bool json;
};

static void job_free(struct job *job)
{
	replay_free(job->replay);
	captures_free(&job->captures);
	policy_free(&job->doc);
}

static int report_frame(const struct replay_verdict *verdict, void *arg)
{
	const struct job *job = arg;

	if (job->json)
		replay_report_json(verdict, stdout);
	else
		replay_report_text(verdict, stdout);
	return EXIT_DONE;
}

static int summary(struct job *job)
{
	const struct local *local = &job->captures.local;
	int err;

	if (job->json)
		err = replay_summary_json(job->replay, local, !job->captures.broken, stdout);
	else
		err = replay_summary_text(job->replay, local, stdout);
	if (err == -ENOMEM)
		return cmd_fail(EXIT_FAILED, "replay: out of memory; fix: split the captures");
	if (err || fflush(stdout) || ferror(stdout))
		return cmd_fail(EXIT_FAILED, "replay: the output could not be written: %s",
				strerror(errno));
	return job->captures.broken ? EXIT_USAGE : EXIT_DONE;
}

static int run(struct job *job)
{
	int err = replay_new(&job->doc, &job->captures.local, &job->replay);
	int status;

	if (err)
		return cmd_fail(EXIT_FAILED, "replay: the programs could not be loaded: %s%s",
				strerror(-err), err == -EPERM ? "; fix: run it as root" : "");
	setvbuf(stdout, NULL, _IOFBF, OUTPUT_BUFFER);
	status = captures_replay(&job->captures, job->replay, report_frame, job);
	return status ? status : summary(job);
}

int cmd_replay(int argc, char **argv)
{
	__attribute__((cleanup(job_free))) struct job job = { .json = false };
	struct cmd_common common;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	job.json = common.json;
	if (policy_load(option_policy, &job.doc, stderr))
		return EXIT_USAGE;
	status = captures_open(&job.captures, argc, argv, option_local, &job.doc);
	return status ? status : run(&job);
}
