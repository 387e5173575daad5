// SPDX-License-Identifier: GPL-2.0-or-later
#include "user/cmd_captures.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "user/cmd.h"
#include "user/replay_report.h"

#define LOOK_MAX 2048 /* bytes of a frame that are looked at for a request */

static int no_memory(void)
{
	return cmd_fail(EXIT_FAILED, "no memory for the captures; fix: split them");
}

static int open_files(struct captures *captures, int count, char **names)
{
	captures->file = calloc((size_t)count, sizeof(*captures->file));
	if (!captures->file)
		return no_memory();
	for (; captures->files < (size_t)count; captures->files++) {
		const char *name = names[captures->files];
		int err = capture_file_open(name, &captures->file[captures->files]);

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

static int parse_local(struct captures *captures, const char *text)
{
	size_t at;
	int err = local_parse(text, &captures->local, &at);

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
typedef int frame_fn(const struct capture_frame *frame, void *arg);

/*
 * All frames of a file, or those before it breaks off (*broken; capture->error says why). Returns
 * an exit status.
 */
static int each_frame(const struct capture_file *file, frame_fn *fn, void *arg,
		      struct capture *capture, bool *broken)
{
	struct capture_frame frame;
	int status = EXIT_DONE;
	int got = capture_open(capture, file->data, file->len);

	if (got)
		return report_capture(file, capture);
	while (status == EXIT_DONE && (got = capture_next(capture, &frame)) == 1)
		status = fn(&frame, arg);
	if (got == -EPROTONOSUPPORT)
		return report_capture(file, capture);
	*broken = got == -EBADMSG;
	return status;
}

static void look_at(const struct capture_frame *frame, __u8 bytes[LOOK_MAX], struct frame_info *out)
{
	frame_parse(bytes, capture_ethernet(frame, bytes, LOOK_MAX), out);
}

static int check_frame(const struct capture_frame *frame, void *arg)
{
	struct captures *captures = arg;
	__u8 bytes[LOOK_MAX];
	struct frame_info parsed;

	if (!captures->guessing)
		return EXIT_DONE;
	look_at(frame, bytes, &parsed);
	return local_guess_receivers(&captures->guess, &parsed) ? no_memory() : EXIT_DONE;
}

static int client_frame(const struct capture_frame *frame, void *arg)
{
	struct captures *captures = arg;
	__u8 bytes[LOOK_MAX];
	struct frame_info parsed;

	look_at(frame, bytes, &parsed);
	local_guess_clients(&captures->guess, &parsed);
	return EXIT_DONE;
}

/* A pass over all files before the replay; those that break off are read up to there. */
static int look_through(struct captures *captures, frame_fn *fn)
{
	struct capture capture;
	int status = EXIT_DONE;
	bool broken;

	for (size_t i = 0; i < captures->files && !status; i++)
		status = each_frame(&captures->file[i], fn, captures, &capture, &broken);
	return status;
}

static int guess_local(struct captures *captures)
{
	int status = look_through(captures, client_frame);

	if (status)
		return status;
	if (local_guess_end(&captures->guess, &captures->local))
		return no_memory();
	if (!captures->local.list.count) {
		fputs("sipshield: no address receives anything on a protected port, so no frame is "
		      "given to a program; fix: name the host's addresses with --local\n",
		      stderr);
		return EXIT_DONE;
	}
	fputs("sipshield: local: ", stderr);
	replay_print_local(&captures->local, stderr);
	fputs(", which receive requests on protected ports (--local names others)\n", stderr);
	return EXIT_DONE;
}

int captures_open(struct captures *captures, int count, char **names, const char *local,
		  const struct policy_doc *doc)
{
	int status = local ? parse_local(captures, local) : EXIT_DONE;

	if (!status)
		status = open_files(captures, count, names);
	captures->guessing = !local;
	local_guess_init(&captures->guess, doc);
	if (!status)
		status = look_through(captures, check_frame);
	if (!status && captures->guessing)
		status = guess_local(captures);
	return status;
}

void captures_free(struct captures *captures)
{
	for (size_t i = 0; i < captures->files; i++)
		capture_file_close(&captures->file[i]);
	free(captures->file);
	local_guess_free(&captures->guess);
	local_free(&captures->local);
}

/* A replay that goes on, and who is told of its verdicts. */
struct run {
	struct replay *replay;
	captures_fn *fn;
	void *arg;
};

static int replay_one(const struct capture_frame *frame, void *arg)
{
	const struct run *run = arg;
	struct replay_verdict verdict;
	int err = replay_frame(run->replay, frame, &verdict);

	if (err)
		return cmd_fail(EXIT_FAILED, "replay: frame %" PRIu64 ": the kernel answers: %s",
				(uint64_t)replay_totals(run->replay)->frames, strerror(-err));
	return run->fn(&verdict, run->arg);
}

int captures_replay(struct captures *captures, struct replay *replay, captures_fn *fn, void *arg)
{
	struct run run = { .replay = replay, .fn = fn, .arg = arg };
	struct capture capture;
	int err;

	for (size_t i = 0; i < captures->files; i++) {
		bool broken = false;
		int status;

		replay_next_capture(replay);
		status = each_frame(&captures->file[i], replay_one, &run, &capture, &broken);
		if (status)
			return status;
		if (!broken)
			continue;
		if (!captures->told)
			report_capture(&captures->file[i], &capture);
		captures->broken = true;
	}
	captures->told = true;
	err = replay_end(replay);
	return err ? cmd_fail(EXIT_FAILED, "replay: the last round of the agent failed: %s",
			      strerror(-err))
		   : EXIT_DONE;
}
