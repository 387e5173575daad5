/* SPDX-License-Identifier: GPL-2.0-or-later */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/capture_file.h"
#include "user/cmd.h"
#include "user/replay_report.h"

#define OUTPUT_BUFFER (1 << 20)
static const char *option_policy;
static const char *option_local;

static const struct cmd_option options[] = {
	{ "policy", "FILE", "the policy to try; without it, the defaults", &option_policy, NULL },
	{ "local", "ADDR[/LEN][,...]", "the host's addresses; without it, guessed", &option_local,
	  NULL },
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

#define LOOK_MAX 2048 /* bytes of a frame that are looked at for a request */

/* All that one call works on. */
struct job {
	struct policy_doc doc;
	struct capture_file *file;
	size_t files;
	struct local local;
	struct local_guess guess;
	bool guessing;
	struct replay *replay;
	bool json;
	bool complete; /* no file broke off */
};

static void job_free(struct job *job)
{
	for (size_t i = 0; i < job->files; i++)
		capture_file_close(&job->file[i]);
	free(job->file);
	replay_free(job->replay);
	local_guess_free(&job->guess);
	local_free(&job->local);
	policy_free(&job->doc);
}

static int no_memory(void)
{
	return cmd_fail(EXIT_FAILED, "replay: out of memory; fix: split the captures");
}

static int open_files(struct job *job, int count, char **names)
{
	job->file = calloc((size_t)count, sizeof(*job->file));
	if (!job->file)
		return no_memory();
	for (; job->files < (size_t)count; job->files++) {
		const char *name = names[job->files];
		int err = capture_file_open(name, &job->file[job->files]);

		if (err == -ENODATA)
			return cmd_fail(EXIT_USAGE, "%s: the file is empty; fix: capture it again",
					name);
		if (err)
			return cmd_fail(EXIT_USAGE,
					"%s: %s; fix: name a pcap or pcapng file that "
					"can be read",
					name, strerror(-err));
	}
	return EXIT_DONE;
}

static int parse_local(struct job *job, const char *text)
{
	size_t at;
	int err = local_parse(text, &job->local, &at);

	if (!err)
		return EXIT_DONE;
	if (err == -ENOMEM)
		return no_memory();
	return cmd_fail(EXIT_USAGE,
			"--local: `%.*s' %s; fix: write ADDR or ADDR/LEN, with a comma "
			"between two, as in 192.0.2.1,2001:db8::/64",
			(int)strcspn(text + at, ","), text + at,
			err == -EADDRNOTAVAIL ? "has bits set behind its length"
					      : "is neither an address nor a prefix");
}

static int report_capture(const struct capture_file *file, const struct capture *capture)
{
	if (!capture->at)
		return cmd_fail(EXIT_USAGE, "%s: %s", file->name, capture->error);
	return cmd_fail(EXIT_USAGE, "%s: at byte %zu, behind frame %" PRIu64 " of the file: %s",
			file->name, capture->at, (uint64_t)capture->frames, capture->error);
}

/* What is done with a frame; an exit status other than 0 ends the call. */
typedef int frame_fn(const struct capture_frame *frame, struct job *job);

/*
 * All frames of a file, or those before it breaks off (*broken; capture->error says why). Returns
 * an exit status.
 */
static int each_frame(struct job *job, const struct capture_file *file, frame_fn *fn,
		      struct capture *capture, bool *broken)
{
	struct capture_frame frame;
	int status = EXIT_DONE;
	int got = capture_open(capture, file->data, file->len);

	if (got)
		return report_capture(file, capture);
	while (status == EXIT_DONE && (got = capture_next(capture, &frame)) == 1)
		status = fn(&frame, job);
	if (got == -EPROTONOSUPPORT)
		return report_capture(file, capture);
	*broken = got == -EBADMSG;
	return status;
}

static void look_at(const struct capture_frame *frame, __u8 bytes[LOOK_MAX], struct frame_info *out)
{
	frame_parse(bytes, capture_ethernet(frame, bytes, LOOK_MAX), out);
}

static int check_frame(const struct capture_frame *frame, struct job *job)
{
	__u8 bytes[LOOK_MAX];
	struct frame_info parsed;

	if (!job->guessing)
		return EXIT_DONE;
	look_at(frame, bytes, &parsed);
	return local_guess_receivers(&job->guess, &parsed) ? no_memory() : EXIT_DONE;
}

static int client_frame(const struct capture_frame *frame, struct job *job)
{
	__u8 bytes[LOOK_MAX];
	struct frame_info parsed;

	look_at(frame, bytes, &parsed);
	local_guess_clients(&job->guess, &parsed);
	return EXIT_DONE;
}

static int replay_one(const struct capture_frame *frame, struct job *job)
{
	struct replay_verdict verdict;
	int err = replay_frame(job->replay, frame, &verdict);

	if (err)
		return cmd_fail(EXIT_FAILED, "replay: frame %" PRIu64 ": the kernel answers: %s",
				(uint64_t)replay_totals(job->replay)->frames, strerror(-err));
	if (job->json)
		replay_report_json(&verdict, stdout);
	else
		replay_report_text(&verdict, stdout);
	return EXIT_DONE;
}

/* A pass over all files before the replay; those that break off are read up to there. */
static int look_through(struct job *job, frame_fn *fn)
{
	struct capture capture;
	int status = EXIT_DONE;
	bool broken;

	for (size_t i = 0; i < job->files && !status; i++)
		status = each_frame(job, &job->file[i], fn, &capture, &broken);
	return status;
}

static int replay_files(struct job *job)
{
	struct capture capture;

	for (size_t i = 0; i < job->files; i++) {
		bool broken = false;
		int status;

		replay_next_capture(job->replay);
		status = each_frame(job, &job->file[i], replay_one, &capture, &broken);
		if (status)
			return status;
		if (!broken)
			continue;
		job->complete = false;
		report_capture(&job->file[i], &capture);
	}
	return EXIT_DONE;
}

static int guess_local(struct job *job)
{
	int status = look_through(job, client_frame);

	if (status)
		return status;
	if (local_guess_end(&job->guess, &job->local))
		return no_memory();
	if (!job->local.list.count) {
		fputs("sipshield: no address receives anything on a protected port, so no frame is "
		      "given to a program; fix: name the host's addresses with --local\n",
		      stderr);
		return EXIT_DONE;
	}
	fputs("sipshield: local: ", stderr);
	replay_print_local(&job->local, stderr);
	fputs(", which receive requests on protected ports (--local names others)\n", stderr);
	return EXIT_DONE;
}

/* Reads all that can be wrong before the first frame is replayed. */
static int prepare(struct job *job, int count, char **names)
{
	int status = policy_load(option_policy, &job->doc, stderr) ? EXIT_USAGE : EXIT_DONE;

	if (!status && option_local)
		status = parse_local(job, option_local);
	if (!status)
		status = open_files(job, count, names);
	job->guessing = !option_local;
	local_guess_init(&job->guess, &job->doc);
	if (!status)
		status = look_through(job, check_frame);
	if (!status && job->guessing)
		status = guess_local(job);
	return status;
}

static int summary(struct job *job)
{
	int err = replay_end(job->replay);

	if (err)
		return cmd_fail(EXIT_FAILED, "replay: the last round of the agent failed: %s",
				strerror(-err));
	if (job->json)
		err = replay_summary_json(job->replay, &job->local, job->complete, stdout);
	else
		err = replay_summary_text(job->replay, &job->local, stdout);
	if (err == -ENOMEM)
		return no_memory();
	if (err || fflush(stdout) || ferror(stdout))
		return cmd_fail(EXIT_FAILED, "replay: the output could not be written: %s",
				strerror(errno));
	return job->complete ? EXIT_DONE : EXIT_USAGE;
}

static int run(struct job *job)
{
	int err = replay_new(&job->doc, &job->local, &job->replay);
	int status;

	if (err)
		return cmd_fail(EXIT_FAILED, "replay: the programs could not be loaded: %s%s",
				strerror(-err), err == -EPERM ? "; fix: run it as root" : "");
	setvbuf(stdout, NULL, _IOFBF, OUTPUT_BUFFER);
	status = replay_files(job);
	return status ? status : summary(job);
}

int cmd_replay(int argc, char **argv)
{
	__attribute__((cleanup(job_free))) struct job job = { .complete = true };
	struct cmd_common common;
	int status;

	if (!cmd_parse(&use, &argc, &argv, &common, &status))
		return status;
	job.json = common.json;
	status = prepare(&job, argc, argv);
	return status ? status : run(&job);
}
